package main

import (
	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/docs"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "What covpipe.yaml may hold",
		Long: `Tells what covpipe.yaml may hold. covpipe doctor checks the one that is here, and
docs/config.md explains each key.`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of covpipe.yaml, for editors",
		Long: `Prints the JSON schema of covpipe.yaml, draft 2020-12. An editor that knows it
completes keys, explains them and marks those that are unknown. A comment in the
first line of covpipe.yaml names the schema for editors with a YAML language
server; covpipe init writes one.`,
		Example: `  covpipe config schema
  covpipe config schema > covpipe.schema.json
  sed -i '1i # yaml-language-server: $schema=covpipe.schema.json' covpipe.yaml`,
		Args: none,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.stdout.Write(docs.Schema)
			return err
		},
	})
	return cmd
}
