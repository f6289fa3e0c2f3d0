package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"path"
	"regexp"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/reports"
)

// gateRule is what must hold of a group of files; of the whole project if it
// names no owner, directory and platform.
type gateRule struct {
	Owner     string `yaml:"owner"`     // such as @shop/cart, (unowned), or "*" for each
	Directory string `yaml:"directory"` // as the rows name it, with all below it
	Platform  string `yaml:"platform"`  // or "*" for each
	Metric    string `yaml:"metric"`    // lines, methods or branches; default lines
	Floor     string `yaml:"floor"`     // per cent that must be covered, such as 62.5
	MaxFall   string `yaml:"max_fall"`  // percentage points that it may fall since the earlier week
}

var percentage = regexp.MustCompile(`^[0-9]{1,3}(\.[0-9]{1,9})?$`)

// rule checks a rule and makes its numbers exact.
func (g gateRule) rule() (reports.Rule, error) {
	r := reports.Rule{Owner: g.Owner, Platform: g.Platform,
		Metric: reports.Metric(cmp.Or(g.Metric, string(reports.Lines)))}
	if g.Directory != "" {
		r.Directory = path.Clean(g.Directory)
	}
	if !slices.Contains(reports.Metrics, r.Metric) {
		return r, fmt.Errorf("metric: %q is not lines, methods or branches", g.Metric)
	}
	if g.Floor == "" && g.MaxFall == "" {
		return r, errors.New("it has neither floor nor max_fall, so nothing could break it")
	}
	for _, limit := range []struct {
		key, text string
		into      **big.Rat
	}{{"floor", g.Floor, &r.Floor}, {"max_fall", g.MaxFall, &r.MaxFall}} {
		if limit.text == "" {
			continue
		}
		value, is := new(big.Rat).SetString(limit.text)
		if !is || !percentage.MatchString(limit.text) || value.Cmp(big.NewRat(100, 1)) > 0 {
			return r, fmt.Errorf("%s: %q is no number from 0 to 100 such as 62.5", limit.key, limit.text)
		}
		*limit.into = value
	}
	return r, nil
}

// rules gives the rules of the gate.
func (c *config) rules() (rules []reports.Rule, err error) {
	for i, g := range c.Gate {
		rule, err := g.rule()
		if err != nil {
			return nil, fmt.Errorf("gate: rule %d: %w", i+1, err)
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

func (a *app) gateCommand() *cobra.Command {
	var opt reportOptions
	cmd := &cobra.Command{
		Use:   "gate",
		Short: "Fail if coverage is below a floor or has fallen too far",
		Long: `Holds a week against the rules under gate: in the configuration: floors, and how
far coverage may fall since an earlier week, for an owner, a directory, a platform
or the project; of lines, methods or branches. It only reads. Percentages are
compared exactly, and 0 of 0 is no data.

Exit codes: 0 all rules hold; 1 a rule is broken, or the command failed; 2 wrong
command line; 3 no rule is broken, and one could not be decided, since a source
that it rests on is missing or lacks parts, or there is nothing to count.`,
		Example: `  covpipe gate
  covpipe gate --week 2026-W47 --against 2026-W40 --markdown >gate.md`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.gate(cmd.Context(), opt)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opt.week, "week", "",
		"the `WEEK`: 2026-W47, a date in it, or last for the newest (default: last)")
	flags.StringVar(&opt.against, "against", "last", "the earlier `WEEK`; last is the newest one before")
	flags.BoolVar(&opt.asJSON, "json", false, "print JSON")
	flags.BoolVar(&opt.markdown, "markdown", false, "print Markdown, for a pull request or a wiki")
	return cmd
}

// errBroken says that a rule of the gate is broken.
var errBroken = errors.New("the gate is broken")

func (a *app) gate(ctx context.Context, opt reportOptions) error {
	if opt.asJSON && opt.markdown {
		return usage("gate: name one of --json and --markdown")
	}
	monday, err := mondayOf(opt.week)
	if err != nil {
		return err
	}
	earlier, err := mondayOf(opt.against)
	if err != nil {
		return err
	}
	place, c, err := a.warehousePlace()
	if err != nil {
		return err
	}
	if c == nil || len(c.Gate) == 0 {
		return usage("gate: there are no rules; gate: in the configuration has them (docs/gate.md)")
	}
	rules, err := c.rules()
	if err != nil {
		return err
	}
	gate, err := a.judge(ctx, place, c, rules, monday, earlier)
	if err != nil {
		return err
	}
	if opt.asJSON {
		err = gate.WriteJSON(a.stdout)
	} else {
		err = gate.WriteText(a.stdout, a.readerSees(opt.markdown))
	}
	switch {
	case err != nil:
		return err
	case gate.Has(reports.Broken):
		return fmt.Errorf("%w: %s", errBroken, counted(gate, reports.Broken))
	case gate.Has(reports.Undecided, reports.NoData):
		return &partError{what: "no rule is broken, and not all could be decided: " +
			counted(gate, reports.Undecided, reports.NoData)}
	}
	return nil
}

// counted says of how many rules there is such a verdict.
func counted(g *reports.Gate, verdicts ...reports.Verdict) string {
	n := 0
	for _, r := range g.Rulings {
		if slices.Contains(verdicts, r.Verdict) {
			n++
		}
	}
	return fmt.Sprintf("%d of %s", n, plural(int64(len(g.Rulings)), "rule"))
}

// judge reads both weeks. Without an earlier week nothing can have fallen.
func (a *app) judge(
	ctx context.Context, place string, c *config, rules []reports.Rule, monday, earlier time.Time,
) (gate *reports.Gate, err error) {
	db, err := a.readWarehouse(ctx, place)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	of := a.selection(c)
	week, err := reports.ReadWeek(ctx, db, of, monday)
	if err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	if earlier.IsZero() {
		if earlier, err = reports.Earlier(ctx, db, of.Project, week.Monday); err != nil &&
			!errors.Is(err, reports.ErrNoWeek) {
			return nil, err
		}
	} else if !earlier.Before(week.Monday) {
		return nil, usage("--against: it is not before the week that is judged")
	}
	gate = &reports.Gate{Monday: week.Monday, Earlier: earlier}
	if gate.Rulings, err = week.Judge(ctx, db, of, rules, earlier); err != nil {
		return nil, fmt.Errorf("gate: %w", err)
	}
	return gate, nil
}
