package reports

import (
	"encoding/json"
	"math/big"
	"time"
)

// LetterFormat names the JSON of a letter and its version.
const LetterFormat = "covpipe.newsletter/1"

type shareJSON struct {
	Name    string `json:"name"`
	Files   int64  `json:"files,omitempty"`
	Old     *Count `json:"old_lines"`
	New     *Count `json:"new_lines"`
	Change  string `json:"change,omitempty"` // a fraction
	Carried string `json:"carried_over_from,omitempty"`
}

type moveJSON struct {
	Owners []string `json:"owners"`
	partJSON
}

// JSON gives the letter for a webhook: what the text says, as data, and the text
// itself. Shares are fractions, such as "-3/182", so that they are exact.
func (d *Digest) JSON(text string) ([]byte, error) {
	out := struct {
		Format    string        `json:"format"`
		Project   string        `json:"project"`
		Owner     string        `json:"owner,omitempty"`
		Week      string        `json:"week"`
		Monday    string        `json:"report_week"`
		Against   string        `json:"against,omitempty"`
		Subject   string        `json:"subject"`
		Text      string        `json:"text"`
		Lines     *Count        `json:"lines"`
		Old       *Count        `json:"old_lines"`
		Change    string        `json:"change,omitempty"`
		None      string        `json:"no_account,omitempty"`
		Causes    []causeJSON   `json:"causes"`
		Files     []moveJSON    `json:"files"`
		Owners    []shareJSON   `json:"owners"`
		Platforms []shareJSON   `json:"platforms"`
		Releases  []Release     `json:"releases"`
		Sources   []SourceState `json:"sources"`
	}{
		Format: LetterFormat, Project: d.Project, Owner: d.Owner,
		Week: isoWeek(d.Monday), Monday: d.Monday.Format(time.DateOnly),
		Subject: d.Subject(), Text: text, Lines: d.Share, None: d.None,
		Causes: []causeJSON{}, Files: []moveJSON{}, Owners: []shareJSON{}, Platforms: []shareJSON{},
		Releases: []Release{}, Sources: d.Sources,
	}
	if !d.Earlier.IsZero() {
		out.Against = isoWeek(d.Earlier)
	}
	if d.Account != nil {
		out.Old, out.Change = &d.Account.Old, d.Account.Change.RatString()
		for _, c := range d.Account.Causes {
			out.Causes = append(out.Causes, causeJSON{c.Cause, c.Files, c.Share.RatString()})
		}
	}
	for _, f := range d.Files {
		out.Files = append(out.Files, moveJSON{append([]string{}, f.Names...), f.forJSON()})
	}
	for _, o := range d.Owners {
		share := shareJSON{Name: o.Owner, Files: o.Files, Old: o.Old, New: o.New}
		if o.Account != nil {
			share.Change = o.Account.Change.RatString()
		}
		out.Owners = append(out.Owners, share)
	}
	for _, p := range d.Platforms {
		share := shareJSON{Name: p.Platform, Files: p.Files, Old: p.Old, New: p.Lines, Carried: p.Carried}
		if p.Old != nil && p.Lines != nil && p.Old.Total > 0 && p.Lines.Total > 0 {
			change := new(big.Rat).Sub(big.NewRat(p.Lines.Covered, p.Lines.Total),
				big.NewRat(p.Old.Covered, p.Old.Total))
			share.Change = change.RatString()
		}
		out.Platforms = append(out.Platforms, share)
	}
	out.Releases = append(out.Releases, d.Released...)
	return json.MarshalIndent(out, "", "  ")
}
