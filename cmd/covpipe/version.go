package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/coverage"
)

// version is what this program is.
type version struct {
	Version  string    `json:"version"`
	Commit   string    `json:"commit,omitempty"`
	Time     time.Time `json:"commit_time,omitzero"`
	Modified bool      `json:"modified,omitempty"` // built from a tree with changes that are not in the commit
	Go       string    `json:"go"`
	Platform string    `json:"platform"`
	Schema   int       `json:"schema_version"` // of the rows
}

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Show the version of covpipe and of its rows",
		Example: "  covpipe version\n  covpipe version --json",
		Args:    none,
		RunE: func(*cobra.Command, []string) error {
			v := thisVersion()
			if asJSON {
				return json.NewEncoder(a.stdout).Encode(v)
			}
			line := "covpipe " + v.Version
			if v.Commit != "" {
				line += " (" + v.Commit + ")"
			}
			_, err := fmt.Fprintf(a.stdout, "%s, rows version %d, %s %s\n", line, v.Schema, v.Go, v.Platform)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func thisVersion() version {
	v := version{Version: "development", Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH, Schema: coverage.SchemaVersion}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.time":
			v.Time, _ = time.Parse(time.RFC3339, s.Value) // Go writes it; zero if it is not there
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}
