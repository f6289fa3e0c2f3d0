package parsers

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/covpipe/covpipe/coverage"
)

// gocover reads the profiles of go test -coverprofile.
//
//	mode: set
//	example.com/shop/cart.go:8.33,10.2 1 1
//
// Go measures blocks of statements, so what a row calls lines are statements
// here, as go tool cover counts them: a block's are all covered or none. The
// same block is repeated by every test binary that holds it (-coverpkg), and is
// covered if any of them ran it. The path is the import path and the file's
// name, which is no path on disk.
//
// go ends every line with a newline. A profile whose last line has none was cut
// off or edited, and is refused.
var gocover = Format{Name: "gocover", Sniff: gocoverSniff, Rows: gocoverRows}

func gocoverSniff(head []byte) bool {
	first, _, _ := strings.Cut(string(head), "\n")
	return gocoverMode(strings.TrimSuffix(first, "\r"))
}

func gocoverMode(line string) bool {
	mode, found := strings.CutPrefix(line, "mode: ")
	return found && (mode == "set" || mode == "count" || mode == "atomic")
}

type gocoverBlock struct{ line, column, endLine, endColumn int32 }

type gocoverCount struct {
	statements int32
	covered    bool
}

type gocoverFile struct {
	path   string
	blocks map[gocoverBlock]gocoverCount
}

func gocoverRows(r io.Reader, _ *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		files, err := gocoverRead(newTextLines(r))
		if err != nil {
			yield(coverage.Row{}, err)
			return
		}
		for _, file := range files {
			lines := coverage.Of(0, 0)
			for _, count := range file.blocks {
				lines.Total += int64(count.statements)
				if count.covered {
					lines.Covered += int64(count.statements)
				}
			}
			if !yield(coverage.Row{Path: file.path, Lines: lines, Basis: coverage.BasisLines, Exact: true}, nil) {
				return
			}
		}
	}
}

func gocoverRead(in *textLines) ([]*gocoverFile, error) {
	files := map[string]*gocoverFile{}
	var order []*gocoverFile
	for {
		err := in.next()
		if errors.Is(err, io.EOF) {
			if in.number == 0 {
				return nil, in.cut("the mode line")
			}
			return order, nil
		}
		if err != nil {
			return nil, err
		}
		switch {
		case !in.whole:
			return nil, in.cut("a line")
		case in.number == 1:
			if !gocoverMode(in.text) {
				return nil, in.fail(1, "%q is not a mode", shortened(in.text))
			}
			continue
		case strings.TrimSpace(in.text) == "":
			continue
		}
		path, block, count, err := gocoverLine(in.text)
		if err != nil {
			return nil, in.fail(1, "%w", err)
		}
		file := files[path]
		if file == nil {
			file = &gocoverFile{path: path, blocks: map[gocoverBlock]gocoverCount{}}
			files[path] = file
			order = append(order, file)
		}
		before, repeated := file.blocks[block]
		if repeated && before.statements != count.statements {
			return nil, in.fail(1, "a block of %s has %d statements here and %d before",
				path, count.statements, before.statements)
		}
		count.covered = count.covered || before.covered
		file.blocks[block] = count
	}
}

// gocoverLine reads path:line.column,line.column statements count.
func gocoverLine(text string) (path string, block gocoverBlock, count gocoverCount, err error) {
	fields := strings.Fields(text[strings.LastIndexByte(text, ':')+1:])
	path = text[:max(strings.LastIndexByte(text, ':'), 0)]
	if path == "" || len(fields) != 3 {
		return "", block, count, fmt.Errorf("%q is not a file, a block and its counts", shortened(text))
	}
	begin, end, comma := strings.Cut(fields[0], ",")
	beginLine, beginColumn, dot := strings.Cut(begin, ".")
	endLine, endColumn, endDot := strings.Cut(end, ".")
	if !comma || !dot || !endDot {
		return "", block, count, fmt.Errorf("%q is not line.column,line.column", shortened(fields[0]))
	}
	var n [6]int64
	for i, text := range [...]string{beginLine, beginColumn, endLine, endColumn, fields[1], fields[2]} {
		if n[i], err = number([]byte(text)); err != nil {
			return "", block, count, err
		}
	}
	statements, hits := n[4], n[5]
	switch {
	case n[0] < 1 || max(n[0], n[1], n[2], n[3]) > maxLine || n[0] > n[2] || n[0] == n[2] && n[1] > n[3]:
		return "", block, count, fmt.Errorf("a block from %s to %s", begin, end)
	case statements > maxLine:
		return "", block, count, fmt.Errorf("a block of %d statements", statements)
	}
	block = gocoverBlock{int32(n[0]), int32(n[1]), int32(n[2]), int32(n[3])}
	return path, block, gocoverCount{int32(statements), hits > 0}, nil
}
