package sharding

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Process is a process to be run.
type Process struct {
	Args    []string // the program, absolute, and its arguments
	Dir     string
	Env     []string
	Output  string        // the file for what it prints; empty: Exit has it
	Timeout time.Duration // 0: as long as the context lasts
}

// Exit is how a process ended.
type Exit struct {
	Code   int            // exit code; -1 after a signal
	Signal syscall.Signal // that ended it; 0 for none
	Late   bool           // it was stopped since it took longer than Timeout
	Wall   time.Duration
	CPU    time.Duration // its own and that of those it waited for
	Peak   int64         // most octets that were resident at a time
	Output []byte        // if no file was named
	Err    error         // it could not be run, or the context ended
}

// Processes run processes.
type Processes interface {
	// Run runs a process to its end, with all that it starts. When ctx ends or
	// time is up, it and all that it has started are stopped.
	Run(ctx context.Context, p Process) Exit
}

// Machine runs processes on this machine, each in a process group of its own.
// Its zero value is ready; with a guard, none outlives the program.
type Machine struct {
	guard *guard
}

// killDelay is how long a process may take to end in order.
const killDelay = 5 * time.Second

// Run implements [Processes].
func (m Machine) Run(ctx context.Context, p Process) (ended Exit) {
	limited, cancel := context.WithCancel(ctx)
	if p.Timeout > 0 {
		limited, cancel = context.WithTimeout(ctx, p.Timeout)
	}
	defer cancel()
	cmd := exec.CommandContext(limited, p.Args[0], p.Args[1:]...)
	cmd.Dir, cmd.Env = p.Dir, p.Env
	cmd.SysProcAttr = attributes()
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = killDelay
	if p.Output != "" {
		log, err := os.Create(p.Output)
		if err != nil {
			return Exit{Err: err}
		}
		defer log.Close()
		cmd.Stdout, cmd.Stderr = log, log
	} else {
		var both buffer
		cmd.Stdout, cmd.Stderr = &both, &both
		defer func() { ended.Output = both.bytes }()
	}
	begin := time.Now()
	err := m.wait(cmd)
	ended = Exit{Wall: time.Since(begin)}
	if state := cmd.ProcessState; state != nil {
		ended.Code, ended.CPU = state.ExitCode(), state.UserTime()+state.SystemTime()
		if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			ended.Signal = status.Signal()
		}
		ended.Peak = peak(state)
	}
	exit := (*exec.ExitError)(nil)
	switch {
	case ctx.Err() != nil:
		ended.Err = context.Cause(ctx)
	case limited.Err() != nil:
		ended.Late = true
	case err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay):
		ended.Err = err
	}
	return ended
}

// wait starts the process and waits for it. The thread that starts it must
// live as long, since the system ends the process with it.
func (m Machine) wait(cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return err
	}
	group := cmd.Process.Pid
	m.guard.watch(group)
	err := cmd.Wait()
	_ = syscall.Kill(-group, syscall.SIGKILL) // whatever it started ends with it
	m.guard.leave(group)
	return err
}

// buffer keeps the first octets that are written to it, enough for an error.
type buffer struct{ bytes []byte }

func (b *buffer) Write(p []byte) (int, error) {
	b.bytes = append(b.bytes, p[:min(len(p), 1<<20-len(b.bytes))]...)
	return len(p), nil
}

// Guarded gives a machine whose processes end when this program does, however
// it does; release is to be called in the end. A shell waits on a pipe that
// breaks when the program is gone, and then ends the process groups that have
// not left.
func Guarded() (m Machine, release func(), err error) {
	cmd := exec.Command("/bin/sh", "-c", guardScript) //nolint:noctx // it ends with the pipe
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return Machine{}, nil, fmt.Errorf("guard: %w", err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C of the terminal is not for it
	if err := cmd.Start(); err != nil {
		return Machine{}, nil, fmt.Errorf("guard: %w", err)
	}
	g := &guard{pipe: pipe}
	return Machine{guard: g}, func() {
		_ = pipe.Close() // the shell ends with it, and nothing is left to end
		_ = cmd.Wait()
	}, nil
}

// guardScript reads "+ GROUP" and "- GROUP" lines, and at their end kills the
// groups that are left.
const guardScript = `trap '' HUP INT TERM
left=' '
while read -r sign group; do
  case $sign in
    +) left="$left$group " ;;
    -) case $left in *" $group "*) left="${left%% $group *} ${left#* $group }" ;; esac ;;
  esac
done
for group in $left; do kill -KILL -- "-$group" 2>/dev/null; done
exit 0`

// guard is told of process groups. A nil one does nothing.
type guard struct{ pipe io.Writer }

func (g *guard) watch(group int) { g.tell("+", group) }
func (g *guard) leave(group int) { g.tell("-", group) }

// tell writes one line, which a pipe takes whole. If the shell is gone, there is
// no guard, and the run goes on.
func (g *guard) tell(sign string, group int) {
	if g != nil {
		_, _ = fmt.Fprintf(g.pipe, "%s %d\n", sign, group)
	}
}
