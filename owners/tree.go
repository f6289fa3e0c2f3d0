package owners

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"
)

// Tree finds the files of a report in a repository, and their owners.
type Tree struct {
	Rules      *Rules
	Repository fs.FS
	Roots      []string // folders from the top of the repository, "." is the top
}

// isNowhere tells whether an error says that there can be no such file: a folder of
// its path may be a file, or a name longer than any.
func isNowhere(err error) bool {
	for _, none := range []error{fs.ErrNotExist, fs.ErrInvalid, syscall.ENOTDIR, syscall.ENAMETOOLONG} {
		if errors.Is(err, none) {
			return true
		}
	}
	return false
}

// Of gives the owners of a file as a report names it, relative to one of the
// roots: {Unowned} if it has none, {Unmatched} and the reason if it lies under
// none of the roots or under several. Nothing is guessed by suffix.
func (t Tree) Of(file string) (owners []string, why string, err error) {
	var found []string
	for _, root := range t.Roots {
		full := path.Join(root, file)
		if !fs.ValidPath(full) {
			continue // outside, or absolute
		}
		switch info, err := fs.Stat(t.Repository, full); {
		case err == nil && !info.IsDir():
			found = append(found, full)
		case err != nil && !isNowhere(err):
			return nil, "", err
		}
	}
	switch len(found) {
	case 0:
		return []string{Unmatched}, "it lies under none of the roots " + strings.Join(t.Roots, ", "), nil
	case 1:
	default:
		return []string{Unmatched}, fmt.Sprintf("it could be %s", strings.Join(found, " or ")), nil
	}
	if owners = t.Rules.Of(found[0]); len(owners) == 0 {
		owners = []string{Unowned}
	}
	return owners, "", nil
}
