package main

import (
	"errors"
	"strings"
	"testing"
)

func TestAMessageCannotWriteToTheTerminal(t *testing.T) {
	var out strings.Builder
	a := &app{stderr: &out}
	if got := printable("a\x1b\n\u009b\u202eb"); got != "a????b" {
		t.Errorf("got %q", got)
	}
	a.warn("a\x1b[2J\r.php: two\n\tlines")
	a.complain(&errNoFile{"x\u202e.php", "y\x07.php"})
	a.complain(errors.New("ä\x7f"))
	if strings.ContainsAny(out.String(), "\x1b\r\x07\x7f\u202e") || !strings.Contains(out.String(), "two\n\tlines") {
		t.Errorf("got %q", out.String())
	}
}
