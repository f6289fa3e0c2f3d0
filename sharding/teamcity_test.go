package sharding

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const teamcityLog = `
##teamcity[testCount count='4' flowId='7']

##teamcity[testSuiteStarted name='App\CartTest' ` +
	`locationHint='php_qn:///t/Cart|'s/CartTest.php::\App\CartTest' flowId='7']

##teamcity[testStarted name='testAdd' ` +
	`locationHint='php_qn:///t/Cart|'s/CartTest.php::\App\CartTest::testAdd' flowId='7']

##teamcity[testFinished name='testAdd' duration='12' flowId='7']

##teamcity[testSuiteStarted name='App\CartTest::testSum' flowId='7']

##teamcity[testStarted name='testSum with data set "x duration=|'9|' ||"' ` +
	`locationHint='php_qn:///t/Cart|'s/CartTest.php::\App\CartTest::testSum' flowId='7']

##teamcity[testFailed name='testSum' message='no|n##teamcity|[testStarted name=|'x|'|]' flowId='7']

##teamcity[testFinished name='testSum with data set "x duration=|'9|' ||"' duration='30' flowId='7']

##teamcity[testSuiteFinished name='App\CartTest::testSum' flowId='7']

##teamcity[testStarted name='testLast' locationHint='php_qn:///t/TaxTest.php::\App\TaxTest::testLast' flowId='7']
printed by a test
`

// However the log is cut while it is written, it says the same.
func TestTheEventLogIsReadInAnyPieces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	for size := 1; size <= len(teamcityLog); size = size*2 + 1 {
		e := newEvents(path)
		e.read() // it is not there
		for at := 0; at < len(teamcityLog); at += size {
			if err := os.WriteFile(path, []byte(teamcityLog[:min(at+size, len(teamcityLog))]), 0o644); err != nil {
				t.Fatal(err)
			}
			e.read()
		}
		if e.planned != 4 || e.started != 3 || e.running != `App\CartTest::testLast` {
			t.Errorf("in pieces of %d: %d of %d tests, the last %q", size, e.started, e.planned, e.running)
		}
		if !maps.Equal(e.counts, map[string]int{"/t/Cart's/CartTest.php": 2, "/t/TaxTest.php": 1}) ||
			!maps.Equal(e.times, map[string]time.Duration{"/t/Cart's/CartTest.php": 42 * time.Millisecond}) {
			t.Errorf("in pieces of %d: counts %v, times %v", size, e.counts, e.times)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// A name in the value of another attribute is not that attribute.
func TestAnAttributeIsFoundByItsWholeName(t *testing.T) {
	attributes := []byte(`nodename='a' rename='b' text=' name=|'c|'' name='d||e|nf|[' last='g`)
	for name, want := range map[string]string{
		"name": "d|e f[", "nodename": "a", "text": " name='c'", "last": "g", "none": "",
	} {
		if got := attribute(attributes, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
