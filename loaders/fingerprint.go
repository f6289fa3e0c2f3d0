package loaders

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Fingerprint gives a text that is another one after something was loaded into a
// warehouse, without holding up a load: of a DuckDB it looks at the file only.
func Fingerprint(ctx context.Context, from string, opt Options) (print string, err error) {
	if path, is := strings.CutPrefix(from, duckDBScheme); is {
		return fileFingerprint(path)
	}
	db, err := Read(ctx, from, opt)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.QueryRowContext(ctx, statement("fingerprint")).Scan(&print)
	return print, err
}

// fileFingerprint looks at a database and at what DuckDB has not yet moved into it.
func fileFingerprint(path string) (print string, err error) {
	for _, name := range []string{path, path + ".wal"} {
		info, err := os.Stat(name)
		switch {
		case err == nil:
			print += fmt.Sprint(info.Size(), " ", info.ModTime().UnixNano(), " ")
		case !errors.Is(err, fs.ErrNotExist):
			return "", err
		}
	}
	if print == "" {
		return "", fmt.Errorf("duckdb: %s: %w", path, ErrNotLoaded)
	}
	return print, nil
}
