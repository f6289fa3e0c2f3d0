package jenkins

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"
)

// Ended is a build that has ended, as a list of builds has it.
type Ended struct {
	Name   string // as people see it, "#42" if nobody has named it
	Number int64
	Result string
	At     time.Time // when it ended, UTC
	Commit string    // empty if Jenkins does not know
	URL    string
}

// endedTree asks for what Ended needs. Without allBuilds Jenkins lists a hundred.
const endedTree = "allBuilds[number,displayName,result,building,timestamp,duration," +
	"actions[lastBuiltRevision[SHA1,branch[SHA1,name]]]]{0,%d}"

// Builds gives the builds of a job that have ended, the newest first, out of the
// newest so many.
func (s Server) Builds(ctx context.Context, job string, most int) (all []Ended, err error) {
	var answer struct {
		Builds []struct {
			Number    int64   `json:"number"`
			Name      string  `json:"displayName"`
			Result    string  `json:"result"`
			Building  bool    `json:"building"`
			Timestamp int64   `json:"timestamp"` // milliseconds since 1970
			Duration  int64   `json:"duration"`  // milliseconds
			Actions   actions `json:"actions"`
		} `json:"allBuilds"`
	}
	tree := fmt.Sprintf(endedTree, most)
	document, err := s.get(ctx, s.jobURL(job)+"/api/json?tree="+url.QueryEscape(tree), acceptJSON)
	if err == nil {
		if err = json.Unmarshal(document, &answer); err != nil {
			err = fmt.Errorf("%w: %w", ErrNoBuild, err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("jenkins: builds of %s: %w", job, err)
	}
	for _, b := range answer.Builds {
		if b.Number <= 0 || b.Timestamp <= 0 {
			return nil, fmt.Errorf("jenkins: builds of %s: %w: number %d, timestamp %d",
				job, ErrNoBuild, b.Number, b.Timestamp)
		}
		if b.Building || b.Result == "" {
			continue
		}
		_, commit := b.Actions.revision()
		all = append(all, Ended{
			Name: b.Name, Number: b.Number, Result: b.Result,
			At:     time.UnixMilli(b.Timestamp + max(0, b.Duration)).UTC(),
			Commit: commit, URL: s.buildURL(job, fmt.Sprint(b.Number)) + "/",
		})
	}
	return all, nil
}
