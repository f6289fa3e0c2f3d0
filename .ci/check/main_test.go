package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPlantedErrorsAreFound changes one thing of each sample.
func TestPlantedErrorsAreFound(t *testing.T) {
	for _, test := range []struct{ file, old, planted, want string }{
		{"kubernetes/cronjob.yaml", "concurrencyPolicy:", "concurencyPolicy:", `unknown field "spec.concurencyPolicy"`},
		{"kubernetes/cronjob.yaml", "backoffLimit: 3", "backoffLimit: three", "cannot unmarshal string"},
		{"kubernetes/cronjob.yaml", "kind: CronJob", "kind: CronJobs", "no kind"},
		{"kubernetes/cronjob.yaml", "restartPolicy: Never", "restartPolicy: Never\n          restartPolicy: Never", "already set"},
		{"cron/covpipe", "0  22 *", "0  25 *", "line 14"},
		{"cron/covpipe", "--max-age 8d", "$(--max-age 8d", "line 15"},
		{"fleet/kubernetes/queue.yaml", "replicas: 16", "replicas: many", "cannot unmarshal string"},
		{"fleet/kubernetes/indexed-job.yaml", "completionMode:", "completionsMode:", `unknown field "spec.completionsMode"`},
		{"fleet/docker-compose.yaml", "stop_grace_period: 1m", "stop_grace: 1m", "stop_grace"},
		{"fleet/docker-compose.yaml", "condition: service_healthy", "condition: service_well", "condition value must be one of"},
		{"docker/Dockerfile", "USER ", "USR ", "unknown instruction"},
		{"docker/Dockerfile", "COPY --from=build ", "COPY --form=build ", "unknown flag"},
	} {
		text, err := os.ReadFile("../../samples/" + test.file)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), test.file)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		write := func(text string) {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(string(text))
		if _, err := check(path, ""); err != nil {
			t.Errorf("%s: %v", test.file, err)
		}
		if !strings.Contains(string(text), test.old) {
			t.Fatalf("%s has no %q", test.file, test.old)
		}
		write(strings.Replace(string(text), test.old, test.planted, 1))
		if _, err := check(path, ""); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s with %q: %v", test.file, test.planted, err)
		}
	}
}
