package reports

import (
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
)

// WriteReleases writes releases as a table.
func WriteReleases(out io.Writer, all []Release, look Look) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(out, "no releases")
		return err
	}
	t := look.table("released", "project", "platform", "name", "commit", "source", "url")
	for _, r := range all {
		t.AppendRow(table.Row{r.At.Format("2006-01-02 15:04 UTC"), look.name(r.Project), look.name(r.Platform),
			look.name(r.Name), look.name(short(r.Commit)), look.name(r.Source), look.name(r.URL)})
	}
	_, err := fmt.Fprintln(out, look.fit(t, fitting{elastic: 4, spare: [][]int{{7}, {6}, {5}, {2}}}))
	return err
}

// WriteReleasesJSON writes releases for scripts.
func WriteReleasesJSON(out io.Writer, all []Release) error {
	for i := range all {
		all[i].At = all[i].At.UTC().Truncate(time.Microsecond)
	}
	return writeJSON(out, append([]Release{}, all...))
}
