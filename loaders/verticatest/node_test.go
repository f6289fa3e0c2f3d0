package verticatest

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTheClientForNodeConnects keeps the server from being fitted to one client.
// make setup installs the client; where it is missing the test is passed over,
// and fails if COVPIPE_TEST_ALL is set, as make test does.
func TestTheClientForNodeConnects(t *testing.T) {
	modules, err := filepath.Abs("../../build/npm/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	_, errNode := exec.LookPath("node")
	_, errClient := os.Stat(filepath.Join(modules, "vertica-nodejs"))
	if errNode != nil || errClient != nil {
		const missing = "node or vertica-nodejs is missing; make setup installs them"
		if os.Getenv("COVPIPE_TEST_ALL") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	for name, auth := range map[string]Auth{"clear": Cleartext, "MD5": MD5, "SHA-512": SHA512} {
		t.Run(name, func(t *testing.T) { nodeConnects(t, modules, auth) })
	}
}

func nodeConnects(t *testing.T, modules string, auth Auth) {
	server, err := Start(Options{User: "loader", Password: "sesame", Auth: auth})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	host, port, err := net.SplitHostPort(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "testdata/client.js")
	cmd.Env = append(
		os.Environ(),
		"NODE_PATH="+modules,
		"VERTICA_HOST="+host,
		"VERTICA_PORT="+port,
		"VERTICA_PASSWORD=sesame",
	)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const want = `{"rows":[{"n":1,"label":"it's one"},{"n":2,"label":null}],` +
		`"refused":"syntax error at or near \"EXCLUDE\"","one":[{"n":1}]}`
	if got := strings.TrimSpace(string(out)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
