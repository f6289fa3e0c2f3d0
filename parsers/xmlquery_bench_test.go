package parsers

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strconv"
	"testing"

	"github.com/antchfx/xmlquery"
)

// BenchmarkXMLQueryClover sums up the totals of each file of the Clover report
// that COVPIPE_BENCH_CLOVER names, as a stream of <file> elements. It is a
// baseline of make bench, which holds the sums against what it knows.
func BenchmarkXMLQueryClover(b *testing.B) {
	path := os.Getenv("COVPIPE_BENCH_CLOVER")
	if path == "" {
		b.Skip("COVPIPE_BENCH_CLOVER names no report")
	}
	var files, covered, lines int64
	for b.Loop() {
		files, covered, lines = 0, 0, 0
		report, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		stream, err := xmlquery.CreateStreamParser(bufio.NewReaderSize(report, 1<<16), "/coverage/project/file")
		if err != nil {
			b.Fatal(err)
		}
		for {
			file, err := stream.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			total := func(name string) int64 {
				n, err := strconv.ParseInt(file.SelectElement("metrics").SelectAttr(name), 10, 64)
				if err != nil {
					b.Fatal(err)
				}
				return n
			}
			files++
			covered += total("coveredstatements")
			lines += total("statements")
		}
		if err := report.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(files), "files")
	b.ReportMetric(float64(covered), "covered")
	b.ReportMetric(float64(lines), "lines")
}
