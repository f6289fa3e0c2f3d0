// Command serve lets a client try out Vertica's protocol without a Vertica, for
// the demo and for other clients than ours:
//
//	covpipe ddl --for vertica | go run ./loaders/verticatest/serve --apply -
//
// It takes every user without a password unless --user is given. All data are
// gone when it ends. The address is the only line on stdout. SIGINT and SIGTERM
// end it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/covpipe/covpipe/loaders/verticatest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

func run(
	ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer,
) (err error) {
	var opt verticatest.Options
	var apply, passwordEnv string
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&opt.Listen, "listen", "127.0.0.1:0", "`address` to listen at")
	flags.StringVar(&opt.User, "user", "", "`name` of the only user; without it anybody may come in")
	flags.StringVar(&passwordEnv, "password-env", "VERTICA_PASSWORD",
		"`variable` of the environment with the user's password")
	flags.StringVar(&apply, "apply", "", "`file` of SQL to run first; - is standard input")
	flags.StringVar(&opt.DuckDBFile, "file", "",
		"keep the rows in this new `file`, which is for more than memory holds")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if opt.User != "" {
		if opt.Password = getenv(passwordEnv); opt.Password == "" {
			return fmt.Errorf("--user: environment variable %s is empty", passwordEnv)
		}
	}
	var statements []byte
	switch apply {
	case "":
	case "-":
		statements, err = io.ReadAll(stdin)
	default:
		statements, err = os.ReadFile(apply)
	}
	if err != nil {
		return err
	}
	server, err := verticatest.Start(opt)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if err := server.Apply(ctx, string(statements)); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(stdout, server.Addr()); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
