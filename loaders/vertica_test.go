package loaders

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	vertigo "github.com/vertica/vertica-sql-go"

	"github.com/covpipe/covpipe/loaders/verticatest"
)

// many gives 20 rows of one measurement.
func many() (rows []line) {
	for i := range 20 {
		rows = append(rows, base(fmt.Sprintf("src/File%05d.php", i), nil))
	}
	return rows
}

// session opens a connection as the loader does.
func session(t *testing.T, p place) *verticaSession {
	t.Helper()
	parsed, err := parseVertica(p.to, p.opt)
	if err != nil {
		t.Fatal(err)
	}
	s, err := connectVertica(t.Context(), parsed, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Every statement of a load is known, in its order; what a clause of COPY is for
// stands in docs/adr/0014.
func TestALoadIntoVerticaIsTheseStatements(t *testing.T) {
	server := startVertica(t, verticatest.Options{ReadOnly: true})
	p := verticaPlaceOf(server)
	row := base("a.php", line{"owner_name": "dev@example.com"})
	if _, err := load(t.Context(), t, p, batches(t, 1, row)); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, text := range server.Seen() {
		got = append(got, strings.Join(strings.Fields(text), " "))
	}
	wanted := []string{
		"select now()::timestamptz",
		"SELECT COALESCE(MAX(version)",
		"CREATE LOCAL TEMP TABLE coverage_staging",
		"START TRANSACTION",
		"COPY coverage_staging",
		"SELECT GET_NUM_ACCEPTED_ROWS(), GET_NUM_REJECTED_ROWS()",
		"SELECT COUNT(*) AS staged",
		"SELECT COALESCE(file_path",
		"SELECT report_week",
		"SELECT COUNT(*) AS kept_rows",
		"DELETE FROM coverage_files",
		"INSERT INTO coverage_files",
		"SELECT COUNT(*) AS kept_rows",
		"SELECT COALESCE(file_path",
		"DELETE FROM coverage_owners",
		"SELECT DISTINCT owner_name",
		"INSERT INTO coverage_owners",
		"INSERT INTO coverage_runs",
		"COMMIT",
	}
	if len(got) != len(wanted) {
		t.Fatalf("got %d statements:\n%s", len(got), strings.Join(got, "\n"))
	}
	for i, beginning := range wanted {
		if !strings.HasPrefix(got[i], beginning) {
			t.Errorf("statement %d is %q, and should begin with %q", i+1, got[i], beginning)
		}
	}
	if !strings.HasSuffix(got[2], "ON COMMIT PRESERVE ROWS") {
		t.Errorf("staging does not outlast a commit: %s", got[2])
	}
	if said := server.Logins()[0]; said["autocommit"] != "off" || !strings.HasPrefix(said["client_label"], "covpipe-") {
		t.Errorf("the session was opened with %v", said)
	}
	const options = `FROM STDIN ABORT ON ERROR DELIMITER E'\001' ENFORCELENGTH ESCAPE AS E'\004' ` +
		`NULL E'\003' RECORD TERMINATOR E'\002' NO COMMIT`
	if !strings.HasSuffix(got[4], options) {
		t.Errorf("COPY is %s", got[4])
	}
	for _, text := range got {
		if strings.Contains(text, "@") {
			t.Errorf("the driver takes no parameters beside what looks like a mail address: %s", text)
		}
	}
}

// COPY commits what was before it, too, unless it says otherwise; so an
// unfinished load would count.
func TestCopyInTheMiddleOfALoadCommitsNothing(t *testing.T) {
	server := startVertica(t, verticatest.Options{})
	s := session(t, verticaPlaceOf(server))
	ctx := context.WithoutCancel(t.Context())
	copyInto := func(statement, rows string) {
		t.Helper()
		tx, err := s.conn.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		source := &steadyReader{from: strings.NewReader(rows)}
		if _, err := tx.ExecContext(copyContext(ctx, source), statement); err != nil {
			t.Fatal(err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
	count := func() (n int) {
		t.Helper()
		if err := server.DB().QueryRow("SELECT count(*) FROM main.coverage_files").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	row, err := os.ReadFile("testdata/one_row.copy")
	if err != nil {
		t.Fatal(err)
	}
	ours := strings.Replace(statement("vertica/copy"), "coverage_staging", "coverage_files", 1)
	copyInto(ours, string(row))
	if n := count(); n != 0 {
		t.Errorf("rows of a load that was rolled back: %d", n)
	}
	copyInto(strings.TrimSuffix(ours, " NO COMMIT"), string(row))
	if n := count(); n != 1 {
		t.Errorf("the server does not commit where Vertica does: %d rows", n)
	}
}

// A row that the server rejects ends the load, with the number of the row.
func TestARejectedRowEndsTheLoad(t *testing.T) {
	server := startVertica(t, verticatest.Options{})
	p := verticaPlaceOf(server)
	server.Break(verticatest.Fault{At: verticatest.InCopy, Rows: 7, Do: verticatest.Reject})
	_, err := load(t.Context(), t, p, batches(t, 100, many()...))
	var refusal *vertigo.VError
	if !errors.As(err, &refusal) || refusal.ErrorCode != "2035" ||
		!strings.Contains(err.Error(), "record 7 has been rejected") {
		t.Errorf("got %v", err)
	}
	same(t, p, "rejected")
}

// A row that goes missing on the way is missed, wherever it goes missing.
func TestARowThatGoesMissingIsMissed(t *testing.T) {
	for action, want := range map[verticatest.Action]string{
		verticatest.Lose:       "of 20 rows the server accepted 19 and rejected 0",
		verticatest.LoseLater:  "20 rows were sent and 19 arrived",
		verticatest.LoseInsert: "of 20 rows 19 were inserted and 19 are there",
	} {
		server := startVertica(t, verticatest.Options{})
		p := verticaPlaceOf(server)
		server.Break(verticatest.Fault{At: verticatest.InCopy, Rows: 7, Do: action})
		_, err := load(t.Context(), t, p, batches(t, 100, many()...))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		same(t, p, want)
	}
}

// The driver loses what comes together with the end of a reader, and reads its
// standard input in a context that is not its own.
func TestCopySendsEveryOctetOfItsReader(t *testing.T) {
	server := startVertica(t, verticatest.Options{})
	s := session(t, verticaPlaceOf(server))
	ctx := context.WithoutCancel(t.Context())
	const create = "CREATE LOCAL TEMP TABLE numbers (number_text VARCHAR(80)) ON COMMIT PRESERVE ROWS"
	if _, err := s.conn.ExecContext(ctx, create); err != nil {
		t.Fatal(err)
	}
	var rows bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&rows, "%d\x02", i)
	}
	source := &steadyReader{from: iotest.DataErrReader(&rows)}
	const copyNumbers = `COPY numbers FROM STDIN ABORT ON ERROR RECORD TERMINATOR E'\002' NO COMMIT`
	if _, err := s.conn.ExecContext(copyContext(ctx, source), copyNumbers); err != nil {
		t.Fatal(err)
	}
	var accepted, rejected, there int64
	if err := s.conn.QueryRowContext(ctx, statement("vertica/copied")).Scan(&accepted, &rejected); err != nil {
		t.Fatal(err)
	}
	if err := s.conn.QueryRowContext(ctx, "SELECT COUNT(*) AS there FROM numbers").Scan(&there); err != nil {
		t.Fatal(err)
	}
	if accepted != 1000 || rejected != 0 || there != 1000 {
		t.Errorf("of 1000 rows %d were accepted, %d rejected, and %d are there", accepted, rejected, there)
	}
}

// A steady reader gives the error of its source, which the driver does not.
func TestAReaderThatFailsIsTheReasonGiven(t *testing.T) {
	p := verticaPlaceOf(startVertica(t, verticatest.Options{}))
	s := session(t, p)
	rest, err := newSpool(t.Context(), batches(t, 100, many()...), About{})
	if err != nil {
		t.Fatal(err)
	}
	if err := rest.Close(); err != nil { // so that it cannot be read
		t.Fatal(err)
	}
	v := &vertica{attempts: 1}
	if _, err := v.attempt(s, rest, About{}.complete(), false); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v", err)
	}
	same(t, p, "a reader that fails")
}

// The driver writes its log to standard output unless it is told not to.
func TestNothingIsWrittenToStandardOutput(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = write
	server := startVertica(t, verticatest.Options{})
	server.Break(verticatest.Fault{At: verticatest.InCopy, Rows: 3})
	_, err = load(t.Context(), t, verticaPlaceOf(server), batches(t, 100, many()...))
	os.Stdout = stdout
	if errClose := write.Close(); err != nil || errClose != nil {
		t.Fatal(err, errClose)
	}
	if got, err := io.ReadAll(read); err != nil || len(got) > 0 {
		t.Errorf("written: %q, %v", got, err)
	}
}

// The DDL and the tables in Go say the same of how long a text may be.
func TestTextsAreAsLongAsTheTablesTake(t *testing.T) {
	for name, octets := range maxOctets {
		for _, file := range []string{"vertica/0001", "vertica/staging"} {
			text := strings.Join(strings.Fields(sqlFile(file)), " ")
			if !strings.Contains(text, fmt.Sprintf("%s VARCHAR(%d)", name, octets)) {
				t.Errorf("%s: %s is not VARCHAR(%d)", file, name, octets)
			}
		}
	}
	if strings.Contains(sqlFile("vertica/0001")+sqlFile("vertica/0002")+sqlFile("vertica/staging"), "VARCHAR,") {
		t.Error("a VARCHAR without a length has 80 octets")
	}
	if !strings.Contains(sqlFile("vertica/0002"), fmt.Sprintf("VARCHAR(%d)", maxFindings)) ||
		!strings.Contains(sqlFile("vertica/0002"), fmt.Sprintf("VARCHAR(%d)", maxFailing)) {
		t.Error("the texts of the ledger are of another length")
	}
}
