package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"strings"
	"testing"
)

func TestTheServerSaysWhereItIsAndEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	done := make(chan error)
	go func() {
		stdin := strings.NewReader("CREATE TABLE numbers (n INT);")
		done <- run(ctx, []string{"--apply", "-"}, func(string) string { return "" }, stdin, write, t.Output())
	}()
	address, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", strings.TrimSpace(address))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAWrongCommandLineIsRefused(t *testing.T) {
	none := func(string) string { return "" }
	for args, want := range map[string]string{
		"more":             `unexpected argument "more"`,
		"--user u":         "environment variable VERTICA_PASSWORD is empty",
		"--apply none.sql": "none.sql: no such file",
		"--listen nowhere": "missing port",
		"--apply -":        `syntax error at or near "CREATEE"`,
	} {
		stdin := strings.NewReader("CREATEE TABLE x (n INT);")
		err := run(t.Context(), strings.Fields(args), none, stdin, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", args, err)
		}
	}
	if err := run(t.Context(), []string{"--help"}, none, nil, io.Discard, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("--help: got %v", err)
	}
}
