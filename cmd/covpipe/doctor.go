package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/loaders"
)

func (a *app) doctorCommand() *cobra.Command {
	var asJSON bool
	var only []string
	cmd := &cobra.Command{
		Use:   "doctor [--warehouse PLACE]",
		Short: "Is the whole chain ready? Each line is ok, or says what to do",
		Long: `Tries out all that covpipe.yaml names, as a run would use it: PHP, the coverage
driver, PHPUnit and its tests, reports, Jenkins, owners, folders and their space, the
clock, the warehouse, and where letters and metrics go. It measures nothing, sends
nothing and leaves nothing behind. Nothing waits for longer than some minutes.

With --warehouse it tries out that warehouse alone: rights, hostile values, counts,
texts that are too long, rollback, and whether a second session sees what is not
committed.

Exit codes: 0 all is ready; 1 a run would fail; 3 a run would measure, and what is
not ok may be missing from it or not sent.`,
		Example: `  covpipe doctor
  covpipe doctor --only android --json
  covpipe doctor --warehouse 'vertica://loader@db.example.com:5433/coverage?ca=ca.pem'`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := &doctor{app: a, lines: []doctorLine{}, json: asJSON, secrets: a.secrets()}
			if a.warehouse != "" {
				return d.examineWarehouse(cmd.Context())
			}
			return d.examineAll(cmd.Context(), only)
		},
	}
	cmd.Flags().StringSliceVar(&only, "only", nil, "try out only `SOURCE` of the sources (may be given several times)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// doctorLine is one line of doctor.
type doctorLine struct {
	Part string `json:"part,omitempty"` // what it belongs to, such as a source's name
	loaders.Finding
	Stops bool `json:"stops,omitempty"` // it is not ok, and its source, or the run, would fail
}

// doctor tries things out and shows what it finds.
type doctor struct {
	*app
	json    bool
	secrets []string // not to be shown, whatever prints them
	part    string
	source  bool // the part is a source, of which others do not depend
	sources int
	lost    []string // sources that would fail
	stops   bool     // the run would fail
	lines   []doctorLine
}

// begin begins a part.
func (d *doctor) begin(part string, source bool) {
	d.part, d.source = part, source
	if source {
		d.sources++
	}
	if !d.json {
		if len(d.lines) > 0 {
			fmt.Fprintln(d.stdout)
		}
		fmt.Fprintln(d.stdout, printable(part))
	}
}

// found shows a line; essential ones are what the run, or its source, would fail
// for.
func (d *doctor) found(f loaders.Finding, essential bool) {
	line := doctorLine{d.part, f, essential && !f.OK}
	detail, _, _ := strings.Cut(f.Detail, "\n") // an engine shows the statement below
	line.Detail, line.Advice = d.withoutSecrets(detail), d.withoutSecrets(f.Advice)
	switch {
	case line.Stops && !d.source:
		d.stops = true
	case line.Stops && !slices.Contains(d.lost, d.part):
		d.lost = append(d.lost, d.part)
	}
	d.lines = append(d.lines, line)
	if !d.json {
		d.showFinding(line.Finding)
	}
}

// trial is a check that is to be made.
type trial struct {
	what      string
	essential bool          // the run, or its source, would fail if it is not ok
	deadline  time.Duration // 0: soon
	advice    string        // for any error; empty: what hint says
}

// gap is an error of an essential trial that a run would live with all the same.
type gap struct{ error }

func (g gap) Unwrap() error { return g.error }

// try makes a check and shows it.
func (d *doctor) try(ctx context.Context, t trial, work func(context.Context) (string, error)) bool {
	deadline := cmp.Or(t.deadline, soon)
	limited, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	detail, err := within(limited, work)
	f := loaders.Finding{What: t.what, OK: err == nil, Detail: detail}
	if err != nil {
		f.Detail = strings.ReplaceAll(err.Error(), "\n", "; ")
		f.Advice = cmp.Or(t.advice, hint(err), "look at the message; covpipe run would say the same")
		if limited.Err() != nil && ctx.Err() == nil {
			f.Detail = fmt.Sprintf("no answer within %v: %s", deadline, f.Detail)
		}
	}
	d.found(f, t.essential && !errors.As(err, new(gap)))
	return err == nil
}

// within gives up on work that does not listen to its context, such as reading
// from a server of files that is gone.
func within(ctx context.Context, work func(context.Context) (string, error)) (string, error) {
	type answer struct {
		detail string
		err    error
	}
	done := make(chan answer, 1)
	go func() {
		detail, err := work(ctx)
		done <- answer{detail, err}
	}()
	select {
	case a := <-done:
		return a.detail, a.err
	case <-ctx.Done():
	}
	select { // what listens ends its processes and says more
	case a := <-done:
		return a.detail, a.err
	case <-time.After(5 * time.Second):
		return "", context.Cause(ctx)
	}
}

// wrong counts the lines that are not ok.
func (d *doctor) wrong() (n int) {
	for _, line := range d.lines {
		if !line.OK {
			n++
		}
	}
	return n
}

// end gives the error of the whole.
func (d *doctor) end() error {
	if d.json {
		if err := json.NewEncoder(d.stdout).Encode(d.lines); err != nil {
			return err
		}
	}
	wrong := d.wrong()
	what := "doctor: " + notOK(wrong, len(d.lines))
	switch {
	case d.stops || d.sources > 0 && len(d.lost) == d.sources:
		return fmt.Errorf("%s: a run would fail", what)
	case len(d.lost) > 0:
		return &partError{what: fmt.Sprintf("%s: a run would not measure %s", what, strings.Join(d.lost, ", "))}
	case wrong > 0:
		return &partError{what: what + ": a run would measure, and may have a gap"}
	}
	d.say("doctor: all %s are ok", plural(len(d.lines), "check"))
	return nil
}

func notOK(wrong, all int) string {
	if wrong == 1 {
		return fmt.Sprintf("1 of %s is not ok", plural(all, "check"))
	}
	return fmt.Sprintf("%d of %d checks are not ok", wrong, all)
}

// examineWarehouse tries out the warehouse that --warehouse names, and nothing
// else.
func (d *doctor) examineWarehouse(ctx context.Context) error {
	place, _, err := d.warehousePlace()
	if err != nil {
		return err
	}
	if err := d.tryWarehouse(ctx, place); err != nil {
		return err
	}
	wrong := d.wrong()
	if d.json {
		err = json.NewEncoder(d.stdout).Encode(d.lines)
	}
	if err == nil && wrong > 0 {
		err = fmt.Errorf("doctor: %s: %s", place, notOK(wrong, len(d.lines)))
	}
	return err
}

func (d *doctor) tryWarehouse(ctx context.Context, place string) error {
	opt, err := d.placeOptions()
	if err != nil {
		return err
	}
	return loaders.Examine(ctx, place, opt, func(f loaders.Finding) {
		d.found(f, f.What != "TLS") // without it a load works, and anybody can listen
	})
}

func (a *app) showFinding(f loaders.Finding) {
	state := "ok    "
	switch {
	case !f.OK && a.colour:
		state = "\x1b[1;31mNOT OK\x1b[0m"
	case !f.OK:
		state = "NOT OK"
	}
	fmt.Fprintf(a.stdout, "%s  %-22s  %s\n", state, f.What, printable(cmp.Or(f.Detail, "-")))
	if !f.OK {
		fmt.Fprintf(a.stdout, "        try: %s\n", printable(f.Advice))
	}
}

var secretNames = regexp.MustCompile(
	`^(COVPIPE_\w*(?:TOKEN|PASSWORD|SECRET|KEY|CREDS|WEBHOOK|WEBHOOK_URL|HEARTBEAT_URL))(?:_FILE)?=`)

// secrets are the values that no output may have. A file of them that cannot be
// read is complained of by whoever needs it.
func (a *app) secrets() (values []string) {
	for _, entry := range a.environ {
		if m := secretNames.FindStringSubmatch(entry); m != nil {
			if value, err := a.secret(m[1]); err == nil && value != "" {
				values = append(values, value)
			}
		}
	}
	return values
}

// withoutSecrets is for what servers and PHP print, which covpipe cannot know.
func (d *doctor) withoutSecrets(text string) string {
	for _, value := range d.secrets {
		text = strings.ReplaceAll(text, value, "[secret]")
	}
	return text
}
