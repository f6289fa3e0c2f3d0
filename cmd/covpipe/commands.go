package main

import (
	"slices"

	"github.com/spf13/cobra"
)

// groupCommands orders the list of commands in the help by when one needs them.
func groupCommands(root *cobra.Command) {
	for _, group := range []struct {
		id, title string
		commands  []string
	}{
		{"begin", "To begin:", []string{"init", "doctor", "config", "ddl"}},
		{"week", "Every week:", []string{
			"run", "status", "report", "gate", "newsletter", "metrics", "dashboard", "serve", "query", "release",
		}},
		{"shards", "PHPUnit in shards:", []string{"shard", "merge"}},
		{"reports", "Reports of coverage:", []string{"parse", "check", "explain", "compare", "fetch", "load"}},
	} {
		root.AddGroup(&cobra.Group{ID: group.id, Title: group.title})
		for _, cmd := range root.Commands() {
			if slices.Contains(group.commands, cmd.Name()) {
				cmd.GroupID = group.id
			}
		}
	}
}
