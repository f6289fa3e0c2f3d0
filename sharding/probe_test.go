package sharding

import (
	"os"
	"testing"
)

func TestTheDriverIsProvedToMeasure(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/phpunit.xml", []byte("<phpunit></phpunit>"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, driver := range []string{"pcov", "xdebug"} {
		s := Suite{Dir: dir, Driver: driver, Environ: os.Environ()}
		tools, err := s.Toolchain(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		proof, err := s.Probe(t.Context(), tools)
		if err != nil || proof.Driver != driver || proof.MemoryLimit != "-1" {
			t.Errorf("%s: %+v, %v", driver, proof, err)
		}
		tools.flags = driverOff
		if _, err := s.Probe(t.Context(), tools); err == nil {
			t.Errorf("%s is off, and measures", driver)
		}
	}
}
