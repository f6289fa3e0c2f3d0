package sharding

import (
	"context"
	"os/exec"
	"strings"
	"time"
)

// Revision gives the branch and the commit that are checked out in dir, each
// empty where it is not known: no git, no repository, a detached head.
func Revision(ctx context.Context, dir string) (branch, commit string) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	git := func(args ...string) string {
		out, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output()
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(out))
	}
	return git("symbolic-ref", "--quiet", "--short", "HEAD"), git("rev-parse", "--verify", "--quiet", "HEAD")
}
