package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/parsers"
)

func (a *app) mergeCommand() *cobra.Command {
	var out, root string
	var force bool
	cmd := &cobra.Command{
		Use:   "merge SHARD…",
		Short: "Merge the Clover reports of shards so that they equal the unsharded run",
		Long: `Merges Clover reports of PHPUnit, one for each shard of a test suite, into one
Clover report with the totals that a run of the whole suite would state. A file's
executable lines are those of the shards that loaded it; shards that only list it
add nothing. Files for which the shards leave more than one answer are named; a
Cobertura report beside each shard (Cart.cobertura.xml beside Cart.clover.xml, by
PHPUnit's --coverage-cobertura) settles them.`,
		Example: `  covpipe merge shards/*.clover.xml -o merged.xml
  covpipe merge --root /srv/app shards/*.clover.xml > merged.xml`,
		Args: some("the Clover report of each shard"),
		RunE: func(cmd *cobra.Command, shards []string) error {
			return a.merge(shards, root, out, force)
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to `FILE`, whole or not at all (default: standard output)")
	cmd.Flags().StringVar(&root, "root", "", "keep only files under `DIR`, and write their paths relative to it")
	cmd.Flags().BoolVar(&force, "force", false, "merge shards of different versions of the code, too")
	return cmd
}

func (a *app) merge(shards []string, root, out string, force bool) error {
	named := map[string]bool{}
	for _, shard := range shards {
		if shard = filepath.Clean(shard); named[shard] {
			return usage("merge: %s is named twice, and its hits would count twice", shard)
		}
		named[shard] = true
	}
	merged, err := a.mergeFiles(shards, realRoot(root), false)
	if err != nil {
		return err
	}
	for _, f := range merged.Findings {
		if strings.HasPrefix(f.Reason, coverage.OtherCode) && !force {
			return fmt.Errorf("merge: %s: %w", f.Path, errOtherCode)
		}
	}
	if out == "" {
		return parsers.WriteClover(a.stdout, a.now(), "", merged.Rows)
	}
	if err := writeClover(out, a.now(), "", merged.Rows); err != nil {
		return err
	}
	var totals coverage.Totals
	for _, row := range merged.Rows {
		totals.Add(row)
	}
	a.say("%s: %d files from %d shards, %v lines and %v methods covered",
		out, totals.Files, len(shards), totals.Lines, totals.Methods)
	return nil
}

// errOtherCode is what shards are that measured different versions of a file.
var errOtherCode = errors.New("the shards state different numbers of lines of code, so they are of different commits")

// writeClover writes merged rows to a file, whole or not at all.
func writeClover(path string, at time.Time, root string, rows []coverage.Row) error {
	return loaders.ReplaceFile(path, func(w io.Writer) error {
		return parsers.WriteClover(w, at, root, rows)
	})
}
