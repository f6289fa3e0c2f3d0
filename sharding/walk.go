package sharding

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// visitor is told of a file, or of something that is neither file nor folder.
type visitor func(path string, regular bool, state fileState) error

// walk visits files and links in order, but none in hidden folders, none of those
// that installing makes, and nothing that runs have left.
func walk(dir string, visit visitor) error { return walkFolder(dir, true, visit) }

// walkFolder asks for the state of each file by its name in the open folder,
// which takes the system half as long as by a path.
func walkFolder(dir string, top bool, visit visitor) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	if err != nil {
		return err
	}
	if !top && slices.Contains(names, JournalName) {
		return nil
	}
	slices.Sort(names)
	var info unix.Stat_t
	for _, name := range names {
		if strings.HasPrefix(name, ".") {
			continue
		}
		path := dir + string(filepath.Separator) + name
		err := unix.Fstatat(int(folder.Fd()), name, &info, unix.AT_SYMLINK_NOFOLLOW)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // it was deleted just now
		case err != nil:
			return &fs.PathError{Op: "stat", Path: path, Err: err}
		}
		switch kind := info.Mode & unix.S_IFMT; {
		case kind != unix.S_IFDIR:
			if !strings.HasSuffix(name, ".clover.xml") {
				err = visit(path, kind == unix.S_IFREG, stateIn(&info))
			}
		case name != "node_modules" && name != "vendor":
			err = walkFolder(path, false, visit)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
