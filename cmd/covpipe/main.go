// Command covpipe measures test coverage in shards, reads coverage reports,
// loads them into a warehouse and shows what changed.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"
	_ "time/tzdata" // time_zone, also where the system has no zones

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitPart   = 3 // measured and loaded, but tests failed or a part is missing
)

func main() {
	ctx := untilSignal(os.Interrupt, syscall.SIGTERM)
	a := &app{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		environ: os.Environ(), now: time.Now,
		terminal: term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("TERM") != "dumb",
		colour:   term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
	}
	a.width = func() int {
		width, _, _ := term.GetSize(int(os.Stderr.Fd())) // 0 if it is no terminal
		return width
	}
	if term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("TERM") != "dumb" {
		a.screen, _, _ = term.GetSize(int(os.Stdout.Fd()))
	}
	os.Exit(a.main(ctx, os.Args[1:]))
}

// untilSignal gives a context that ends with the first of these signals. Before
// it does, they get back their usual effect, so that a second one ends the
// process at once.
func untilSignal(signals ...os.Signal) context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	received := make(chan os.Signal, 1)
	signal.Notify(received, signals...)
	go func() {
		s := <-received
		signal.Stop(received)
		cancel(interruption{s})
	}()
	return ctx
}

// interruption is why a context has ended: by a signal.
type interruption struct{ os.Signal }

func (i interruption) Error() string        { return i.String() + " signal received" }
func (i interruption) Is(target error) bool { return target == context.Canceled }

// app is the program and the world it runs in.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string // as os.Environ
	now            func() time.Time
	colour         bool       // stdout shows colours
	screen         int        // columns of the terminal that stdout is; 0: it is none
	terminal       bool       // stderr shows lines that change
	width          func() int // of that terminal; nil: not known
	view           view       // on that terminal

	configFile string
	warehouse  string // overrides that of the configuration
	quiet      bool
	logFormat  string
	runLog     *slog.Logger // of the run that goes on; nil outside of one
	runName    string       // its folder
	printing   sync.Mutex
	maxBytes   int64 // to which a compressed report may grow
	began      bool  // the command line was understood
}

// watched remembers the first error of what few look at who print.
type watched struct {
	io.Writer
	err error
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if w.err == nil {
		w.err = err
	}
	return n, err
}

// main runs one command line and returns the exit code.
func (a *app) main(ctx context.Context, args []string) int {
	results := &watched{Writer: a.stdout}
	a.stdout = results
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil && results.err != nil {
		err, a.began = fmt.Errorf("results could not be printed: %w", results.err), true // --help begins nothing
	}
	switch {
	case err == nil:
		return exitDone
	case !a.began:
		a.complain(err)
		return exitUsage
	}
	a.complain(err)
	return exitCode(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "covpipe",
		Short: "One honest coverage number for each file, each week, each owner",
		Long: `covpipe runs PHPUnit with coverage in shards and merges them so that the result
equals the unsharded run, reads coverage reports of PHP, iOS and Android, loads
one row for each file into a warehouse, and shows the week.

Exit codes: 0 done; 1 failed; 2 wrong command line; 3 measured, but tests failed
or a part is missing.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if a.logFormat != "text" && a.logFormat != "json" {
				return fmt.Errorf("--log-format %q is neither text nor json", a.logFormat)
			}
			a.began = true
			return nil
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.configFile, "config", "", "configuration `FILE` (default covpipe.yaml)")
	flags.StringVar(&a.warehouse, "warehouse", "", "warehouse `PLACE`, in place of the configuration's")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "print nothing but results, warnings and errors")
	flags.StringVar(&a.logFormat, "log-format", "text", "print messages as `FORMAT`: text, or json, one object a line")
	flags.Int64Var(&a.maxBytes, "max-bytes", 0,
		"refuse compressed reports that unpack to more than `N` octets (default 8 GiB)")
	root.AddCommand(
		a.initCommand(),
		a.doctorCommand(),
		a.runCommand(),
		a.statusCommand(),
		a.reportCommand(), a.newsletterCommand(), a.metricsCommand(),
		a.gateCommand(),
		a.releaseCommand(),
		a.dashboardCommand(),
		a.serveCommand(),
		a.queryCommand(),
		a.shardCommand(),
		a.parseCommand(),
		a.mergeCommand(),
		a.fetchCommand(),
		a.checkCommand(),
		a.explainCommand(),
		a.compareCommand(),
		a.loadCommand(),
		a.ddlCommand(),
		a.configCommand(),
		a.versionCommand(),
	)
	groupCommands(root)
	if err := a.addCompletions(root); err != nil {
		panic(err) // a command or a flag of the list above has another name by now
	}
	return root
}

// some asks for at least one argument and says of what kind.
func some(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("%s: name %s", cmd.Name(), what)
		}
		return nil
	}
}

// none refuses arguments, and commands that a group of commands does not have.
func none(cmd *cobra.Command, args []string) error {
	if len(args) > 0 && cmd.HasAvailableSubCommands() {
		var known []string
		for _, c := range cmd.Commands() {
			known = append(known, c.Name())
		}
		return fmt.Errorf("%s: there is no command %q (known: %s)", cmd.Name(), args[0], strings.Join(known, ", "))
	}
	if len(args) > 0 {
		return fmt.Errorf("%s: it takes no arguments, and got %q", cmd.Name(), args)
	}
	return nil
}
