package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/reports"
)

// The samples, really changed and measured twice with real PHPUnit: the account of
// the platform and of each owner adds up to the last digit, and says what was done.
func TestTheAccountOfTwoRealWeeksAddsUpAndSaysWhatWasDone(t *testing.T) {
	dir, begin := filepath.Join(t.TempDir(), "shop"), "2026-11-22T20:30:00Z"
	step := func(name string) {
		if out, err := exec.Command("../../samples/two-weeks.sh", name, dir, begin).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
	}
	step("first")
	config := filepath.Join(dir, "covpipe.yaml")
	text := "project: shop\nwarehouse: duckdb:w.duckdb\ntime_zone: UTC\n" +
		"owners: {}\nsources: [{name: php, phpunit: {dir: php, tests: tests}}]\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{begin, "2026-11-27T20:30:00Z"} {
		if code := covpipe(t, "run", "--config", config, "--at", at); code != exitDone {
			t.Fatalf("exit code %d", code)
		}
		if at == begin {
			step("second")
		}
	}
	db, err := loaders.Read(t.Context(), "duckdb:"+filepath.Join(dir, "w.duckdb"), loaders.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	a := &app{environ: os.Environ(), now: time.Now, configFile: config}
	c, err := a.loadConfig()
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, owner := range []string{"", "@shop/platform", "@shop/cart", "@shop/search", "@shop/billing",
		"@shop/customers"} {
		of := a.selection(c)
		of.Owner = owner
		week, err := reports.ReadWeek(t.Context(), db, of, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		changes, err := week.Against(t.Context(), db, of, week.Monday.AddDate(0, 0, -7))
		if err != nil || len(changes) != 1 || changes[0].History == nil || changes[0].History.Count != 5 {
			t.Fatalf("%s: got %+v, %v", owner, changes, err)
		}
		addsUp(t, week, changes[0])
		if a := changes[0].Account; a != nil {
			for _, p := range a.Parts {
				said[fmt.Sprintf("%s %s %s was %q %v %v", owner, p.Cause, p.Path, p.Was, p.Guessed, p.Owners)] = true
			}
		}
	}
	want := []string{
		` tests lost src/Search/Index.php was "" false []`,
		` code added src/Wishlist/Wishlist.php was "" false []`,
		` tests gained src/Support/SystemClock.php was "" false []`,
		` code changed in size src/Customer/VatNumber.php was "src/Tax/VatNumber.php" false []`,
		`@shop/search tests lost src/Search/Index.php was "" false []`,
		`@shop/platform code added src/Wishlist/Wishlist.php was "" false []`,
		`@shop/platform tests gained src/Support/SystemClock.php was "" false []`,
		`@shop/platform moved here src/Notification/Mail.php was "" false [@shop/customers]`,
		`@shop/platform moved here src/Notification/Outbox.php was "" false [@shop/customers]`,
		`@shop/customers moved away src/Notification/Mail.php was "" false [@shop/platform]`,
		`@shop/customers moved away src/Notification/Outbox.php was "" false [@shop/platform]`,
		`@shop/customers moved here src/Customer/VatNumber.php was "src/Tax/VatNumber.php" false [@shop/billing]`,
		`@shop/billing moved away src/Customer/VatNumber.php was "src/Tax/VatNumber.php" false [@shop/customers]`,
	}
	for _, part := range want {
		if !said[part] {
			t.Errorf("nothing says %s", part)
		}
		delete(said, part)
	}
	for part := range said {
		t.Errorf("nobody did: %s", part)
	}
}
