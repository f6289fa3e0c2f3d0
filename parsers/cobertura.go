package parsers

import (
	_ "embed"
	"io"
	"strings"

	"github.com/covpipe/covpipe/coverage"
)

//go:embed mappings/cobertura.yaml
var coberturaMapping []byte

// cobertura reads Cobertura's XML, which dozens of tools write. It is the
// mapping mappings/cobertura.yaml, read as any mapping of a user is.
//
//	<coverage line-rate="0.5" lines-valid="2" lines-covered="1" timestamp="1795315022">
//	  <sources><source>/srv/shop</source></sources>
//	  <packages><package name="shop"><classes>
//	    <class name="Cart" filename="src/Cart.php"><lines>
//	      <line number="9" hits="3" branch="true" condition-coverage="50% (1/2)"/>
//	      <line number="10" hits="0"/>
//	    </lines></class>
//	  </classes></package></packages>
//	</coverage>
//
// A file has a row, whatever the number of its classes: their lines are united
// by number.
var cobertura = Format{Name: "cobertura", Sniff: coberturaSniff, Rows: coberturaRows, TimeLast: true}

func coberturaSniff(head []byte) bool {
	name, rest := rootTag(head)
	if name != "coverage" || cloverSniff(head) {
		return false
	}
	attributes := rootAttributes(rest)
	return strings.Contains(attributes, " line-rate=") || strings.Contains(attributes, " branch-rate=") ||
		strings.Contains(attributes, " lines-valid=")
}

func coberturaRows(r io.Reader, stated *coverage.Stated) coverage.Rows {
	return func(yield func(coverage.Row, error) bool) {
		m, err := readMapping(coberturaMapping)
		if err != nil {
			yield(coverage.Row{}, err)
			return
		}
		m.rows(r, stated)(yield)
	}
}
