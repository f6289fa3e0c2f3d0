package jenkins

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// errNoTable is what a page of the JaCoCo plugin is that lists nothing, and what
// a login page is.
var errNoTable = errors.New("the page has no table of packages or classes")

// breakdown reads the names in the breakdown table of an index page of the
// JaCoCo plugin (tags/breakdownTable.jelly): one row a package or class, and
// the link in its first cell is the name and a slash.
//
//	<table border="1px" class="sortable pane"> … <tr>
//	<td class="nowrap "><a href="com.example.shop/">com.example.shop</a></td> …
//
// The page around the table has links too, so only those inside it count; its
// other cells, whose div elements are never closed, hold none. A name never has
// a "%", for which the plugin writes "_", so a href that has one is encoded.
func breakdown(page []byte) ([]string, error) {
	var names []string
	tokens := html.NewTokenizer(bytes.NewReader(page))
	inTable, depth := false, 0
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			switch {
			case !errors.Is(tokens.Err(), io.EOF):
				return nil, tokens.Err()
			case depth > 0:
				return nil, fmt.Errorf("the page ends inside its table: %w", io.ErrUnexpectedEOF)
			case len(names) == 0:
				return nil, errNoTable
			}
			return names, nil
		case html.StartTagToken:
			token := tokens.Token()
			switch {
			case token.Data == "table" &&
				(inTable || slices.Contains(strings.Fields(attribute(token, "class")), "sortable")):
				inTable = true
				depth++
			case token.Data == "a" && inTable:
				name, isChild := strings.CutSuffix(attribute(token, "href"), "/")
				if !isChild || name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/") {
					continue
				}
				if decoded, err := url.PathUnescape(name); err == nil {
					name = decoded
				}
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
		case html.EndTagToken:
			if inTable && tokens.Token().Data == "table" {
				depth--
				inTable = depth > 0
			}
		}
	}
}

func attribute(token html.Token, key string) string {
	for _, a := range token.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
