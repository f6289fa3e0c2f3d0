package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/loaders"
)

func (a *app) ddlCommand() *cobra.Command {
	var engine string
	var from int
	cmd := &cobra.Command{
		Use:   "ddl --for ENGINE",
		Short: "Show the statements that make the tables of a warehouse",
		Long: `Shows the SQL that makes the tables which covpipe loads into, for Vertica or
DuckDB. covpipe makes them in DuckDB by itself. In Vertica it creates nothing but
a temporary table: whoever looks after the database runs this SQL once, and again
with --from after an update of covpipe that says so.`,
		Example: `  covpipe ddl --for vertica | vsql -U dbadmin -d coverage
  covpipe ddl --for vertica --from 1`,
		Args: none,
		RunE: func(*cobra.Command, []string) error {
			if engine == "" {
				return usage("--for is missing: for which engine? (%s)", strings.Join(loaders.Engines, ", "))
			}
			text, err := loaders.DDL(engine, from)
			if err != nil {
				return usageError{err}
			}
			_, err = fmt.Fprint(a.stdout, text)
			return err
		},
	}
	cmd.Flags().StringVar(&engine, "for", "", "the `ENGINE`: duckdb or vertica")
	cmd.Flags().IntVar(&from, "from", 0, "only what comes after schema version `N`")
	return cmd
}
