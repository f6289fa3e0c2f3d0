package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestEachCommandHasExamplesAndAGroup looks at the commands, not at those of
// cobra.
func TestEachCommandHasExamplesAndAGroup(t *testing.T) {
	var look func(*cobra.Command)
	look = func(cmd *cobra.Command) {
		if !cmd.HasSubCommands() && strings.Count("\n"+cmd.Example, "\n  covpipe ") < 2 {
			t.Errorf("%s: it has not two examples", cmd.CommandPath())
		}
		for _, sub := range cmd.Commands() {
			look(sub)
		}
	}
	root := (&app{}).root()
	for _, cmd := range root.Commands() {
		look(cmd)
		if cmd.GroupID == "" && cmd.Name() != "version" {
			t.Errorf("%s is in no group of the help", cmd.Name())
		}
	}
}
