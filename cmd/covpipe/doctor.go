package main

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/loaders"
)

func (a *app) doctorCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor --warehouse PLACE",
		Short: "Try out a warehouse: each line is ok, or says what to do",
		Long: `Connects to the warehouse and tries what a load does: rights, hostile values,
counts, texts that are too long, rollback, and whether a second session sees what
is not committed. It leaves nothing behind.`,
		Example: `  covpipe doctor --warehouse 'vertica://loader@db.example.com:5433/coverage?ca=ca.pem'
  covpipe doctor --json`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			place, _, err := a.warehousePlace()
			if err != nil {
				return err
			}
			opt, err := a.placeOptions()
			if err != nil {
				return err
			}
			wrong := 0
			findings := []loaders.Finding{}
			err = loaders.Examine(cmd.Context(), place, opt, func(f loaders.Finding) {
				if !f.OK {
					wrong++
				}
				findings = append(findings, f)
				if !asJSON {
					a.showFinding(f)
				}
			})
			if err == nil && asJSON {
				err = json.NewEncoder(a.stdout).Encode(findings)
			}
			if err == nil && wrong > 0 {
				err = fmt.Errorf("doctor: %s: %d of %d checks are not ok", place, wrong, len(findings))
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) showFinding(f loaders.Finding) {
	state := "ok"
	if !f.OK {
		state = "NOT OK"
	}
	fmt.Fprintf(a.stdout, "%-6s  %-22s  %s\n", state, f.What, cmp.Or(f.Detail, "-"))
	if !f.OK {
		fmt.Fprintf(a.stdout, "        try: %s\n", f.Advice)
	}
}
