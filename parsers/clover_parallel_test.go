package parsers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/covpipe/covpipe/coverage"
)

// everything shows all that a reading gives: when it was measured, as it is known
// with the first row, rows, lines, totals and the error.
func everything(rows coverage.Rows, stated *coverage.Stated) string {
	var out strings.Builder
	for row, err := range rows {
		if err != nil {
			return fmt.Sprintf("refused: %v", err)
		}
		if out.Len() == 0 {
			fmt.Fprintf(&out, "measured at %v\n", stated.MeasuredAt)
		}
		source := row.Source
		row.Source = nil
		fmt.Fprintf(&out, "%+v\n", row)
		if source != nil {
			fmt.Fprintf(&out, "%+v\n", *source)
		}
	}
	fmt.Fprintf(&out, "%+v\n", *stated)
	return out.String()
}

// onOne reads a report on one processor, onMany on several.
func onOne(r io.Reader) string {
	var stated coverage.Stated
	c := cloverReader{xml: newXMLReader(r), stated: &stated, paths: map[string]bool{}}
	return everything(func(yield func(coverage.Row, error) bool) {
		for {
			row, err := c.next()
			if errors.Is(err, io.EOF) || !yield(row, err) || err != nil {
				return
			}
		}
	}, &stated)
}

func onMany(r io.Reader) string {
	var stated coverage.Stated
	return everything(cloverParallel(r, &stated), &stated)
}

// TestSeveralProcessorsReadWhatOneReads holds the pieces to the whole, for
// reports that are regular and for those that spoil every guess.
func TestSeveralProcessorsReadWhatOneReads(t *testing.T) {
	if runtime.GOMAXPROCS(0) < 2 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	}
	regular := string(bigClover(800)) // about six pieces
	files := strings.SplitAfter(regular, "</file>\n")
	packages := files[0]
	for i, file := range files[1 : len(files)-1] {
		if i%7 == 0 {
			file = fmt.Sprintf("<package name=\"p%d\">%s</package>", i, file)
		}
		packages += file
	}
	packages += files[len(files)-1]
	at := strings.LastIndex(regular[:2<<20], "</file>")
	comment := regular[:at+7] + "<!-- " + strings.Repeat("</file> ", 300_000) + "-->" + regular[at+7:]
	cdata := regular[:at+7] + "<![CDATA[" + strings.Repeat("</file>\n", 400_000) + "]]>" + regular[at+7:]
	lines := strings.Repeat(`<line num="9999" type="stmt" count="1"/>`+"\n", 300_000)
	long := regular[:at] + lines + regular[at:]
	documents := map[string]string{
		"regular":     regular,
		"one line":    strings.ReplaceAll(regular, "\n", ""),
		"in packages": packages,
		"one package": strings.Replace(
			strings.Replace(regular, "<project timestamp=\"1795315022\">", "<project><package name=\"a\">", 1),
			"    <metrics files", "</package><metrics files", 1),
		"a comment":       comment,
		"a CDATA section": cdata,
		"a file of 12 MB": long,
		"a path twice": strings.Replace(regular,
			"Module100/Component700/Service700.php", "Module0/Component0/Service0.php", 1),
		"a bad number late": strings.Replace(regular,
			"Module150/Component750/Service750.php\">\n", "x\"><line num=\"0\" type=\"stmt\" count=\"1\"/>", 1),
		"not closed": strings.Replace(regular,
			"</file>\n    <file name=\"/srv/app/src/Module150/Component750",
			"<file name=\"/srv/app/src/Module150/Component750", 1),
		"a tail": regular + "<more/>",
		"another producer": strings.Replace(regular,
			"<line num=\"11\" type=\"stmt\" count=\"2\"/>",
			"<line num=\"11\" type=\"cond\" truecount=\"1\" falsecount=\"0\"/>", 1),
		"tests left out": strings.Replace(regular, "  </project>",
			"  </project><testproject>"+strings.Join(files[1:500], "")+"</testproject>", 1),
		"small": "<coverage generated=\"1\"><project><metrics files=\"0\"/></project></coverage>",
		"empty": "",
	}
	first := strings.Index(regular, "</file>")
	documents["a first file of 12 MB"] = regular[:first] + lines + regular[first:]
	words := strings.Repeat("é", 5<<20) // a piece ends inside one of them, in one of two documents
	documents["long words"] = regular[:at+7] + words + regular[at+7:]
	documents["longer words"] = regular[:at+7] + " " + words + regular[at+7:]
	for _, n := range []int{1 << 20, 2<<20 + 13, len(regular) - 3, len(regular) - 40} {
		documents[fmt.Sprintf("cut at %d", n)] = regular[:n]
	}
	for name, document := range documents {
		want := onOne(strings.NewReader(document))
		if name == "a path twice" && !strings.Contains(want, "listed twice") ||
			name == "a bad number late" && !strings.Contains(want, "has the number 0") {
			t.Fatalf("%s: %.200s", name, want)
		}
		for kind, r := range map[string]io.Reader{
			"at once":   strings.NewReader(document),
			"in halves": iotest.HalfReader(strings.NewReader(document)),
		} {
			if got := onMany(r); got != want {
				t.Errorf("%s, %s: differs: %s", name, kind, firstDifference(got, want))
			}
		}
	}
	broken := io.MultiReader(strings.NewReader(regular[:2<<20]), iotest.ErrReader(os.ErrPermission))
	if got := onMany(broken); got != "refused: "+os.ErrPermission.Error() {
		t.Errorf("a read error became %.300s", got)
	}
}

func firstDifference(got, want string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			from := max(0, i-100)
			return fmt.Sprintf("got …%.300s\nwant …%.300s", got[from:], want[from:])
		}
	}
	return fmt.Sprintf("%d octets and %d", len(got), len(want))
}

func TestSeveralProcessorsReadRealReportsAsOneDoes(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(fixture(t, "clover"), "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := onMany(bytes.NewReader(content)), onOne(bytes.NewReader(content)); got != want {
			t.Errorf("%s: %s", path, firstDifference(got, want))
		}
	}
}

func TestAReadingThatIsLeftEarlyEnds(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		var stated coverage.Stated
		for _, err := range cloverParallel(bytes.NewReader(bigClover(800)), &stated) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	// They end when they have read the piece at hand.
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); runtime.Gosched() {
		if runtime.NumGoroutine() <= before {
			return
		}
	}
	t.Errorf("%d goroutines are left, of %d before", runtime.NumGoroutine(), before)
}
