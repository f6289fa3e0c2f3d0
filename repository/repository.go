// Package repository turns a git repository into its tags, and into the commits
// and renames between two of its commits.
package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// Repository is a checkout, or a folder in one.
type Repository struct {
	Dir     string
	Environ []string      // of the git processes, as os.Environ
	Timeout time.Duration // of one git process; 0: [DefaultTimeout]
}

// DefaultTimeout is how long one question to git may take.
const DefaultTimeout = time.Minute

// Errors that a caller may tell apart.
var (
	ErrNone   = errors.New("it is not in a git repository")
	ErrCommit = errors.New("the repository does not have the commit")
	ErrNoGit  = errors.New("git is not installed")
)

// hash is what a commit may look like. Anything else could be an option of git.
var hash = regexp.MustCompile(`^[0-9a-fA-F]{7,64}$`)

// Top gives the top folder of the checkout.
func (r Repository) Top(ctx context.Context) (string, error) {
	out, err := r.git(ctx, "rev-parse", "--show-toplevel")
	return strings.TrimSuffix(out, "\n"), err
}

// has fails with [ErrCommit] unless the repository has both commits.
func (r Repository) has(ctx context.Context, commits ...string) error {
	for _, c := range commits {
		if !hash.MatchString(c) {
			return fmt.Errorf("%w %q", ErrCommit, c)
		}
		if _, err := r.git(ctx, "cat-file", "-e", c+"^{commit}"); err != nil {
			if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
				return err
			}
			return fmt.Errorf("%w %s (a shallow clone has few)", ErrCommit, c)
		}
	}
	return nil
}

// noRepository is how git says that a folder is in none.
const noRepository = "not a git repository"

// git runs git and gives what it prints. Settings of the repository cannot make it
// run another program for what is asked here.
func (r Repository) git(ctx context.Context, args ...string) (string, error) {
	timeout := r.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	all := append([]string{"-C", r.Dir, "--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false"}, args...)
	cmd := exec.CommandContext(ctx, "git", all...)
	cmd.WaitDelay = time.Second
	cmd.Env = r.environ()
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	err := cmd.Run()
	switch {
	case err == nil:
		return out.String(), nil
	case errors.Is(err, exec.ErrNotFound):
		return "", ErrNoGit
	case ctx.Err() != nil:
		return "", fmt.Errorf("git %s: %w after %v", args[0], context.Cause(ctx), timeout)
	case strings.Contains(problem.String(), noRepository):
		return "", fmt.Errorf("%s: %w", r.Dir, ErrNone)
	}
	why, _, _ := strings.Cut(strings.TrimSpace(problem.String()), "\n")
	return "", fmt.Errorf("git %s: %s: %w", args[0], why, err)
}

// environ leaves out what would point git at another repository, as it does in a
// hook, and has it speak English and ask nobody anything.
func (r Repository) environ() (all []string) {
	for _, entry := range r.Environ {
		name, _, _ := strings.Cut(entry, "=")
		switch name {
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_EXTERNAL_DIFF", "GIT_PREFIX", "LC_ALL", "LANGUAGE":
		default:
			all = append(all, entry)
		}
	}
	return append(all, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0")
}
