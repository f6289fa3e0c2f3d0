package loaders

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// hasRun tells whether the ledger has a load.
func hasRun(ctx context.Context, from queryer, run string) (bool, error) {
	var n int64
	err := from.QueryRowContext(ctx, statement("run"), run).Scan(&n)
	return n > 0, err
}

// record writes a measurement into the ledger.
func record(ctx context.Context, tx *sql.Tx, m Measurement, sum *summed, about About) error {
	if sum == nil {
		return fmt.Errorf("%v was staged and never sent", m.Key)
	}
	s := about.source(m.Key)
	var build any
	if sum.build != 0 {
		build = sum.build
	}
	args := []any{
		about.RunID,
		string(m.Change),
		known(clip(s.Name, maxSource)),
		m.Week,
		utc(sum.measuredAt),
		m.Project,
		m.Platform,
		known(m.Branch),
		known(sum.commit),
		build,
		known(sum.format),
		known(s.ReportSHA256),
	}
	args = append(args, s.Stated.values()...)
	for i := range sum.counts {
		args = append(args, sum.counts[i].value())
	}
	if err := insertRun(ctx, tx, append(args, s.values(m.Rows)...), about); err != nil {
		return err
	}
	return recordShards(ctx, tx, m.Key, s, about)
}

// RecordMissing notes in the ledger of a warehouse why sources could not be
// measured, where nothing else was measured either, so that there is no load that
// could. It passes over sources with an empty Missing. [ErrUnknownCommit] can be
// tried again.
func RecordMissing(ctx context.Context, place string, opt Options, about About) error {
	about = about.complete()
	return transact(ctx, place, opt, func(in *transaction, again bool) (noted bool, err error) {
		if again {
			if there, err := hasRun(in.ctx, in.tx, about.RunID); err != nil || there {
				return false, err
			}
		}
		for _, s := range about.Sources() {
			if s.Missing == "" {
				continue
			}
			if err := recordMissing(in.ctx, in.tx, s, about); err != nil {
				return false, fmt.Errorf("ledger: %w", err)
			}
			noted = true
		}
		return noted, nil
	})
}

// recordMissing writes a source that could not be measured into the ledger.
func recordMissing(ctx context.Context, tx *sql.Tx, s Source, about About) error {
	s.Findings = append([]string{s.Missing}, s.Findings...)
	args := []any{
		about.RunID,
		"missing",
		known(clip(s.Name, maxSource)),
		s.Week,
		nil,
		s.Project,
		s.Platform,
		known(s.Branch),
		nil,
		nil,
		nil,
		known(s.ReportSHA256),
	}
	args = append(args, s.Stated.values()...)
	args = append(args, make([]any, len(countColumns))...)
	if err := insertRun(ctx, tx, append(args, s.values(0)...), about); err != nil {
		return err
	}
	return recordShards(ctx, tx, s.Key, s, about)
}

func insertRun(ctx context.Context, tx *sql.Tx, args []any, about About) error {
	took := time.Since(about.began) // the lock is held by now, so the newest is what is kept
	args = append(args, took.Seconds(), known(about.Version), utc(about.At.Add(took)))
	n, err := changedRows(ctx, tx, "record", args)
	if err == nil && n != 1 {
		err = fmt.Errorf("%d rows were written", n)
	}
	return err
}

// recordShards writes the shards of a source.
func recordShards(ctx context.Context, tx *sql.Tx, key Key, s Source, about About) error {
	var rows [][]any
	for _, r := range s.ShardRuns {
		rows = append(rows, []any{
			about.RunID, known(clip(s.Name, maxSource)), key.Week, key.Project, key.Platform, known(key.Branch),
			clip(r.Name, maxShard), string(r.Status), known(clip(r.Ending, maxEnding)), r.Tests,
			positive(r.Wall.Seconds()), positive(r.CPU.Seconds()), positive(r.Peak), known(clip(r.Driver, maxVersion)),
		})
	}
	return insertAll(ctx, tx, "shards", "shard", rows)
}

// together is how many rows one statement inserts.
const together = 50

// insertAll inserts rows, many with one statement: into what is named, each
// selected as row says.
func insertAll(ctx context.Context, tx *sql.Tx, into, row string, rows [][]any) error {
	for some := range slices.Chunk(rows, together) {
		text := statement(into) + "\n" + statement(row) + strings.Repeat("\nUNION ALL\n"+statement(row), len(some)-1)
		result, err := tx.ExecContext(ctx, text, slices.Concat(some...)...)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err == nil && n != int64(len(some)) {
			err = fmt.Errorf("of %d rows %d were written", len(some), n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// positive gives NULL for what is unknown.
func positive[N int64 | float64](n N) any {
	if n <= 0 {
		return nil
	}
	return n
}

// values are the totals in the order of the ledger.
func (t Totals) values() (out []any) {
	for _, c := range []Total{t.Lines, t.Methods, t.Branches} {
		if c.Known {
			out = append(out, c.Total, c.Covered)
		} else {
			out = append(out, nil, nil)
		}
	}
	return out
}

// The ledger's texts end here.
const (
	maxFindings = 16000
	maxFailing  = 4096
	maxVersion  = 128
	maxShard    = 1024
	maxSource   = 256
	maxEnding   = 64
)

// values are the rest of a source in the order of the ledger.
func (s Source) values(rows int64) []any {
	var expected, present any
	if s.Shards.Known {
		expected, present = s.Shards.Total, s.Shards.Covered
	}
	return []any{int64(len(s.Findings)), known(clip(strings.Join(s.Findings, "\n"), maxFindings)), expected, present,
		known(s.failingText()), rows, positive(s.Took.Seconds()),
		known(
			clip(s.Driver, maxVersion),
		), known(clip(s.Runtime, maxVersion)), known(clip(s.Runner, maxVersion)), positive(s.Tests)}
}

// failingText is how the ledger keeps the parts whose tests fail.
func (s Source) failingText() string { return clip(strings.Join(s.Failing, ", "), maxFailing) }

// clip cuts a text to so many octets, at the end of a character.
func clip(text string, octets int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= octets {
		return text
	}
	cut := octets - len("…")
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// known gives NULL for an empty text.
func known(text string) any {
	if text == "" {
		return nil
	}
	return text
}
