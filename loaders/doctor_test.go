package loaders

import (
	"strings"
	"testing"
)

// The doctor tries each table that covpipe writes to: one that is missing, or
// has other columns, is named.
func TestTheDoctorTriesEachTable(t *testing.T) {
	for _, table := range []string{
		"coverage_files", "coverage_owners", "coverage_runs",
		"coverage_shards", "coverage_releases", "coverage_letters",
	} {
		for _, p := range warehouses(t) {
			if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err != nil {
				t.Fatal(err)
			}
			change(t, p, "DROP TABLE main."+table)
			wrong := ""
			err := Examine(t.Context(), p.to, p.opt, func(f Finding) {
				if !f.OK && (f.What == "rights" || f.What == "tables") {
					wrong += f.Detail
				}
			})
			if err != nil || !strings.Contains(wrong, table) {
				t.Errorf("%s without %s: found wrong: %q, %v", p.name, table, wrong, err)
			}
		}
	}
}
