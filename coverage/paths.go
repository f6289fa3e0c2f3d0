package coverage

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// ErrOutside is returned by [Under] when a report has rows and none of them
// lies under the root.
var ErrOutside = errors.New("no file of the report lies under the source root")

// Outside counts the rows that [Under] left out.
type Outside struct {
	Files int
	First string // the first of them, as the report names it
}

// Under makes the paths of rows slash-separated and relative to root, an
// absolute path as the machine that measured knew it: "/srv/app/src/Cart.php"
// becomes "src/Cart.php". The root need not exist here; nothing is guessed by
// suffix, and a path that is already relative stays. With an empty root only
// the separators change.
//
// Rows outside the root are left out and counted in outside. If that leaves no
// row, the stream ends with [ErrOutside].
func Under(root string, rows Rows, outside *Outside) Rows {
	root = slashed(root)
	return func(yield func(Row, error) bool) {
		kept := 0
		for row, err := range rows {
			if err != nil {
				yield(Row{}, err)
				return
			}
			if row.Path != "" {
				relative, inside := relativeTo(root, slashed(row.Path))
				if !inside {
					if outside.Files == 0 {
						outside.First = row.Path
					}
					outside.Files++
					continue
				}
				row.Path = relative
			}
			kept++
			if !yield(row, nil) {
				return
			}
		}
		if kept == 0 && outside.Files > 0 {
			yield(Row{}, fmt.Errorf("%w %s: its first file is %s", ErrOutside, root, outside.First))
		}
	}
}

func relativeTo(root, file string) (string, bool) {
	if root == "" || !isAbsolute(file) {
		return file, true
	}
	prefix := strings.TrimSuffix(root, "/") + "/"
	relative, found := strings.CutPrefix(file, prefix)
	return relative, found && relative != ""
}

// slashed cleans a path, and turns backslashes round where the path is a
// Windows path: one with a drive, or without any slash. Elsewhere a backslash is
// an ordinary character of a name.
func slashed(p string) string {
	if p == "" {
		return ""
	}
	if hasDrive(p) || !strings.Contains(p, "/") {
		p = strings.ReplaceAll(p, `\`, "/")
	}
	return path.Clean(p)
}

func isAbsolute(p string) bool { return strings.HasPrefix(p, "/") || hasDrive(p) }

func hasDrive(p string) bool {
	return len(p) > 2 && p[1] == ':' && (p[2] == '\\' || p[2] == '/') &&
		('a' <= p[0] && p[0] <= 'z' || 'A' <= p[0] && p[0] <= 'Z')
}
