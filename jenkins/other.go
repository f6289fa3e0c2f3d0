package jenkins

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// OtherPluginError is returned for a build whose coverage another plugin than
// JaCoCo's has published.
type OtherPluginError struct {
	URL    string // that answered
	Plugin string // "Coverage plugin", for example
}

func (e *OtherPluginError) Error() string {
	return fmt.Sprintf("%s: the %s published this build's coverage, not the JaCoCo plugin, "+
		"and it serves no counts of files", e.URL, e.Plugin)
}

// missing tells whether Jenkins knows no such page.
func missing(err error) bool {
	var status *StatusError
	return errors.As(err, &status) && status.Status == http.StatusNotFound
}

// otherPlugin finds out which plugin published the coverage of a build that the
// JaCoCo plugin does not know, or gives the error it was given.
//
// The Coverage plugin, and code-coverage-api from 4.0 on, serve percentages as
// text at coverage/api/json (CoverageApi); code-coverage-api before that serves
// elements at coverage/result/api/json (CoverageResult), and names of files only
// by chance of the depth that was asked for.
func (s Server) otherPlugin(ctx context.Context, build string, none error) error {
	for _, page := range []string{"/coverage/api/json", "/coverage/result/api/json"} {
		tree := url.QueryEscape("projectStatistics[line],results[name]")
		document, err := s.get(ctx, build+page+"?tree="+tree, acceptJSON)
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			continue // none is the better answer
		}
		var answer struct {
			Statistics any `json:"projectStatistics"`
			Results    any `json:"results"`
		}
		plugin := "Coverage plugin"
		switch err := json.Unmarshal(document, &answer); {
		case err == nil && answer.Results != nil:
			plugin = "Code Coverage API plugin"
		case err != nil || answer.Statistics == nil:
			continue
		}
		return &OtherPluginError{URL: build + page, Plugin: plugin}
	}
	return none
}
