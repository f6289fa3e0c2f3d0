package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/reports"
)

// completeSources completes the names of the configuration's sources.
func (a *app) completeSources(_ *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	c, err := a.loadConfig()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, s := range c.Sources {
		names = append(names, cobra.CompletionWithDesc(s.Name, s.kind()))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// addCompletions completes, in every shell, what comes from a list or from the
// configuration.
func (a *app) addCompletions(root *cobra.Command) error {
	formats := cobra.FixedCompletions([]cobra.Completion{"text", "json"}, cobra.ShellCompDirectiveNoFileComp)
	errs := []error{root.RegisterFlagCompletionFunc("log-format", formats)}
	for path, flag := range map[string]string{
		"run": "only", "doctor": "only", "shard plan": "source", "shard run": "source", "shard verify": "source",
	} {
		cmd, _, err := root.Find(strings.Fields(path))
		if err == nil {
			err = cmd.RegisterFlagCompletionFunc(flag, a.completeSources)
		}
		errs = append(errs, err)
	}
	if query, _, err := root.Find([]string{"query"}); err == nil {
		query.ValidArgsFunction = completeQueries
	}
	return errors.Join(errs...)
}

// completeQueries completes the names of the questions.
func completeQueries(_ *cobra.Command, args []string, _ string) (names []cobra.Completion, _ cobra.ShellCompDirective) {
	if len(args) == 0 {
		for _, q := range reports.Queries() {
			names = append(names, cobra.CompletionWithDesc(q.Name, q.About))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
