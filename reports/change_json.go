package reports

import (
	"encoding/json"
	"io"
)

// writeJSON writes a value for scripts.
func writeJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// changeJSON is a change for scripts. A share is a fraction, such as "-3/182",
// so that it is exact.
type changeJSON struct {
	Project  string      `json:"project"`
	Platform string      `json:"platform"` // empty: all of the project
	Branch   string      `json:"git_branch,omitempty"`
	None     string      `json:"no_account,omitempty"`
	From     Moment      `json:"from"`
	To       Moment      `json:"to"`
	Notes    []string    `json:"notes,omitempty"`
	Old      *Count      `json:"old_lines"`
	New      *Count      `json:"new_lines"`
	Share    string      `json:"change,omitempty"`
	Causes   []causeJSON `json:"causes"`
	Files    []partJSON  `json:"files"`
	Releases []Release   `json:"releases"`
	History  any         `json:"commits"`
}

// historyJSON is what a repository knows; null if there is none.
type historyJSON struct {
	Count   int      `json:"count"`
	Dropped int      `json:"dropped"`
	Newest  []Commit `json:"newest"`
	None    string   `json:"not_known,omitempty"`
}

type causeJSON struct {
	Cause Cause  `json:"cause"`
	Files int    `json:"files"`
	Share string `json:"change"`
}

type partJSON struct {
	Platform string   `json:"platform"`
	Module   string   `json:"module_name,omitempty"`
	Path     string   `json:"file_path"`
	Was      string   `json:"renamed_from,omitempty"`
	Guessed  bool     `json:"rename_is_a_guess,omitempty"`
	Owners   []string `json:"other_owners,omitempty"` // of a file that moved
	Cause    Cause    `json:"cause"`
	Old      *Count   `json:"old_lines"`
	New      *Count   `json:"new_lines"`
	Share    string   `json:"change,omitempty"`
}

func (p Part) forJSON() partJSON {
	j := partJSON{p.Platform, p.Module, p.Path, p.Was, p.Guessed, p.Owners, p.Cause, p.Old, p.New, ""}
	if p.Share != nil {
		j.Share = p.Share.RatString()
	}
	return j
}

// forJSON gives the changes for scripts; nil for none asked for.
func (s *Since) forJSON() any {
	if s == nil {
		return nil
	}
	changes := []changeJSON{}
	for _, c := range s.Changes {
		j := changeJSON{
			Project: c.Project, Platform: c.Platform, Branch: c.Branch, None: c.None,
			From: c.Old, To: c.New, Notes: c.Notes, Causes: []causeJSON{}, Files: []partJSON{},
			Releases: append([]Release{}, c.Releases...),
		}
		if h := c.History; h != nil {
			j.History = historyJSON{h.Count, h.Dropped, append([]Commit{}, h.Commits...), h.None}
		}
		if a := c.Account; a != nil {
			j.Old, j.New, j.Share = &a.Old, &a.New, a.Change.RatString()
			for _, cause := range a.Causes {
				j.Causes = append(j.Causes, causeJSON{cause.Cause, cause.Files, cause.Share.RatString()})
			}
			for _, p := range a.Parts {
				j.Files = append(j.Files, p.forJSON())
			}
		}
		changes = append(changes, j)
	}
	return struct {
		Week    string       `json:"week"`
		Changes []changeJSON `json:"changes"`
	}{isoWeek(s.Monday), changes}
}
