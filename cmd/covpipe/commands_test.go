package main

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestEachCommandHasExamplesAGroupAndAPage looks at the commands, not at those of
// cobra.
func TestEachCommandHasExamplesAGroupAndAPage(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
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
		if !strings.Contains(string(readme), "`covpipe "+cmd.Name()) {
			t.Errorf("README.md does not name covpipe %s", cmd.Name())
		}
	}
}
