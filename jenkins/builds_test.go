package jenkins

import (
	"errors"
	"testing"
	"time"

	"github.com/covpipe/covpipe/jenkins/jenkinstest"
)

func TestBuildsThatEndedAreListedTheNewestFirst(t *testing.T) {
	fake, server := serve(t)
	fake.Jobs[0].Builds[1].Duration = 90 * time.Second
	for n := range 150 { // more than Jenkins lists by itself
		fake.Jobs[0].Builds = append(fake.Jobs[0].Builds,
			jenkinstest.Build{Number: 100 + n, Result: "FAILURE", Started: started})
	}
	all, err := server.Builds(t.Context(), job, 1000)
	if err != nil || len(all) != 153 {
		t.Fatalf("got %d, %v", len(all), err)
	}
	if all[0].Number != 249 || all[152].Number != 41 {
		t.Errorf("got %+v … %+v", all[0], all[152])
	}
	want := Ended{Name: "#42", Number: 42, Result: "SUCCESS",
		At: started.Add(90 * time.Second).UTC().Truncate(time.Millisecond), Commit: "c0ffee"}
	want.URL = server.buildURL(job, "42") + "/"
	if all[151] != want {
		t.Errorf("got %+v, want %+v", all[151], want)
	}
	if all, err := server.Builds(t.Context(), job, 3); err != nil || len(all) != 3 {
		t.Errorf("got %d, %v", len(all), err)
	}
	var status *StatusError
	if _, err := server.Builds(t.Context(), "no/such", 3); !errors.As(err, &status) || status.Status != 404 {
		t.Errorf("got %v", err)
	}
}
