package loaders

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

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
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", line{"owner_name": "dev@example.com"}))); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, text := range server.Seen() {
		got = append(got, strings.Join(strings.Fields(text), " "))
	}
	wanted := []string{"select now()::timestamptz", "SELECT COALESCE(MAX(version)", "CREATE LOCAL TEMP TABLE coverage_staging", "START TRANSACTION", "COPY coverage_staging",
		"SELECT GET_NUM_ACCEPTED_ROWS(), GET_NUM_REJECTED_ROWS()", "SELECT COUNT(*) AS staged", "SELECT COALESCE(file_path", "SELECT report_week", "SELECT COUNT(*) AS kept_rows",
		"DELETE FROM coverage_files", "INSERT INTO coverage_files", "SELECT COUNT(*) AS kept_rows", "SELECT COALESCE(file_path", "DELETE FROM coverage_owners", "SELECT DISTINCT owner_name",
		"INSERT INTO coverage_owners", "INSERT INTO coverage_runs", "COMMIT"}
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
	const options = `FROM STDIN ABORT ON ERROR DELIMITER E'\001' ENFORCELENGTH ESCAPE AS E'\004' NULL E'\003' RECORD TERMINATOR E'\002' NO COMMIT`
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
		if _, err := tx.ExecContext(copyContext(ctx, &steadyReader{from: strings.NewReader(rows)}), statement); err != nil {
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
	if !errors.As(err, &refusal) || refusal.ErrorCode != "2035" || !strings.Contains(err.Error(), "record 7 has been rejected") {
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
		if _, err := load(t.Context(), t, p, batches(t, 100, many()...)); err == nil || !strings.Contains(err.Error(), want) {
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
	if _, err := s.conn.ExecContext(ctx, "CREATE LOCAL TEMP TABLE numbers (number_text VARCHAR(80)) ON COMMIT PRESERVE ROWS"); err != nil {
		t.Fatal(err)
	}
	var rows bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&rows, "%d\x02", i)
	}
	source := &steadyReader{from: iotest.DataErrReader(&rows)}
	if _, err := s.conn.ExecContext(copyContext(ctx, source), `COPY numbers FROM STDIN ABORT ON ERROR RECORD TERMINATOR E'\002' NO COMMIT`); err != nil {
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

// A server that says nothing ends in an error, and soon.
func TestASilentServerIsGivenUp(t *testing.T) {
	for name, fault := range map[string]verticatest.Fault{
		"at connecting":    {At: verticatest.AtConnect},
		"after connecting": {At: verticatest.AtExecute, Match: "now()"},
		"at the schema":    {At: verticatest.AtExecute, Match: "coverage_schema"},
		"in COPY":          {At: verticatest.InCopy, Rows: 3},
		"after COPY":       {At: verticatest.AtAnswer, Match: "COPY"},
		"at the insert":    {At: verticatest.AtExecute, Match: "INSERT INTO coverage_files"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startVertica(t, verticatest.Options{})
			p := verticaPlaceOf(server)
			p.to = strings.Replace(p.to, "silence=20s", "silence=500ms", 1)
			fault.Do = verticatest.Mute
			server.Break(fault)
			begin := time.Now()
			if _, err := load(t.Context(), t, p, batches(t, 100, many()...)); !errors.Is(err, ErrSilent) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(begin); took > 15*time.Second {
				t.Errorf("it took %v", took)
			}
			same(t, p, "silent")
		})
	}
}

// A cancelled load ends at once, wherever it is, and leaves nothing.
func TestACancelledLoadEndsAtOnce(t *testing.T) {
	for name, fault := range map[string]verticatest.Fault{
		"at connecting": {At: verticatest.AtConnect},
		"in COPY":       {At: verticatest.InCopy, Rows: 3},
		"at the insert": {At: verticatest.AtExecute, Match: "INSERT INTO coverage_files"},
	} {
		server := startVertica(t, verticatest.Options{})
		p := verticaPlaceOf(server)
		hit := make(chan struct{})
		fault.Do, fault.Hit = verticatest.Mute, hit
		server.Break(fault)
		ctx, cancel := context.WithCancel(t.Context())
		var begin time.Time
		go func() { <-hit; begin = time.Now(); cancel() }()
		if _, err := load(ctx, t, p, batches(t, 100, many()...)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", name, err)
		}
		if took := time.Since(begin); took > 10*time.Second { // silence would end it after 20
			t.Errorf("%s: it took %v", name, took)
		}
		same(t, p, "cancelled "+name)
		if err := server.Sessions(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// A connection that breaks before COMMIT leaves nothing, and the load goes on
// with a new one.
func TestABrokenConnectionIsTriedAgain(t *testing.T) {
	for name, fault := range map[string]verticatest.Fault{
		"at connecting":     {At: verticatest.AtConnect},
		"at the schema":     {At: verticatest.AtExecute, Match: "coverage_schema"},
		"in COPY":           {At: verticatest.InCopy, Rows: 3},
		"after COPY":        {At: verticatest.AtAnswer, Match: "COPY"},
		"after the delete":  {At: verticatest.AtAnswer, Match: "DELETE"},
		"after the insert":  {At: verticatest.AtAnswer, Match: "INSERT INTO coverage_files"},
		"before the commit": {At: verticatest.AtExecute, Match: "^COMMIT"},
		"after the commit":  {At: verticatest.AtAnswer, Match: "^COMMIT"},
		"no resources":      {At: verticatest.AtExecute, Match: "COPY", Do: verticatest.Reject},
	} {
		server := startVertica(t, verticatest.Options{})
		p := verticaPlaceOf(server)
		if _, err := load(t.Context(), t, p, batches(t, 100, base("old.php", nil))); err != nil {
			t.Fatal(err)
		}
		server.Break(fault)
		outcome, err := load(t.Context(), t, p, batches(t, 100, many()...))
		if err != nil || len(outcome.Measurements) != 1 || outcome.Measurements[0].Change != Replaced {
			t.Errorf("%s: got %+v, %v", name, outcome, err)
		}
		same(t, p, name, many()...)
		if got := ledger(t, p, "run_status, rows_loaded"); !slices.Equal(got, []string{"added 1", "replaced 20"}) {
			t.Errorf("%s: the ledger has %q", name, got)
		}
	}
}

// A connection that breaks again and again is an error, which says if the load
// may be there.
func TestAConnectionThatKeepsBreakingIsGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		fault verticatest.Fault
		want  error
	}{
		"in COPY":           {verticatest.Fault{At: verticatest.InCopy, Rows: 3, Times: 99}, errClosed},
		"before the commit": {verticatest.Fault{At: verticatest.AtExecute, Match: "^COMMIT", Times: 99}, ErrUnknownCommit},
	} {
		server := startVertica(t, verticatest.Options{})
		p := verticaPlaceOf(server)
		server.Break(c.fault)
		if _, err := load(t.Context(), t, p, batches(t, 100, many()...)); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v", name, err)
		}
		same(t, p, name)
	}
	p := verticaPlaceOf(startVertica(t, verticatest.Options{}))
	p.server.Break(verticatest.Fault{At: verticatest.AtAnswer, Match: "^COMMIT"})
	p.server.Break(verticatest.Fault{At: verticatest.AtExecute, Match: "coverage_runs WHERE run_id", Times: 99})
	if _, err := load(t.Context(), t, p, batches(t, 100, many()...)); !errors.Is(err, ErrUnknownCommit) {
		t.Errorf("a commit that cannot be looked up: got %v", err)
	}
	same(t, p, "it was committed", many()...)
}

// What is wrong for good is tried once.
func TestWhatIsWrongForGoodIsNotTriedAgain(t *testing.T) {
	server := startVertica(t, verticatest.Options{})
	p := verticaPlaceOf(server)
	p.opt.Password = "wrong"
	var refusal *vertigo.VError
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); !errors.As(err, &refusal) || refusal.SQLState != "28000" {
		t.Errorf("a wrong password: got %v", err)
	} else if strings.Contains(err.Error(), "wrong") {
		t.Errorf("the password is in the error: %v", err)
	}
	empty, err := verticatest.Start(verticatest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	if _, err := load(t.Context(), t, verticaPlaceOf(empty), batches(t, 1, base("a.php", nil))); !errors.Is(err, ErrOlder) {
		t.Errorf("no tables: got %v", err)
	}
	if _, err := Read(t.Context(), verticaPlaceOf(empty).to, Options{}); !errors.Is(err, ErrNotLoaded) {
		t.Errorf("reading where there are no tables: got %v", err)
	}
}

// certificate makes a certificate for 127.0.0.1, and a file with it.
func certificate(t *testing.T) (*tls.Config, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "CA.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, file
}

// Without a word the certificate is verified; nothing goes in the clear unless
// it is asked for.
func TestTheServerMustProveWhoItIs(t *testing.T) {
	config, file := certificate(t)
	safe, clear := startVertica(t, verticatest.Options{TLS: config}), startVertica(t, verticatest.Options{})
	for _, c := range []struct {
		server *verticatest.Server
		query  string
		want   error
	}{
		{safe, "", ErrTLS},
		{clear, "", ErrTLS},
		{safe, "?ca=" + file, nil},
		{safe, "?tlsmode=server-strict&ca=" + file, nil},
		{clear, "?ca=" + file, ErrTLS},
		{safe, "?tlsmode=server", nil},
		{clear, "?tlsmode=server", ErrTLS},
		{clear, "?tlsmode=none", nil},
	} {
		p := verticaPlaceOf(c.server)
		p.to = "vertica://loader@" + c.server.Addr() + "/coverage" + c.query
		_, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil)))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.query, err, c.want)
		}
	}
	other := strings.Replace(safe.Addr(), "127.0.0.1", "localhost", 1)
	p := verticaPlaceOf(safe)
	p.to = "vertica://loader@" + other + "/coverage?ca=" + file
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); !errors.Is(err, ErrTLS) {
		t.Errorf("a certificate for another name: got %v", err)
	}
}

func TestPasswordsGoInEachWayThatServersAskFor(t *testing.T) {
	for _, auth := range []verticatest.Auth{verticatest.SHA512, verticatest.MD5, verticatest.Cleartext} {
		p := verticaPlaceOf(startVertica(t, verticatest.Options{Auth: auth}))
		if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err != nil {
			t.Errorf("%d: %v", auth, err)
		}
	}
}

// Another node is taken if the first is down, or if the first names it.
func TestAnotherNodeIsTaken(t *testing.T) {
	up := startVertica(t, verticatest.Options{})
	down := "127.0.0.1:1"
	first := startVertica(t, verticatest.Options{Redirect: up.Addr()})
	lone := startVertica(t, verticatest.Options{})
	for to, server := range map[string]*verticatest.Server{
		"vertica://loader@" + down + "/c?tlsmode=none&backup=" + down + "," + up.Addr(): up,
		"vertica://loader@" + first.Addr() + "/c?tlsmode=none&load_balance=true":        up,
		"vertica://loader@" + lone.Addr() + "/c?tlsmode=none&load_balance=true":         lone,
	} {
		p := verticaPlaceOf(server)
		p.to = to
		before := len(server.Seen())
		if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err != nil || len(server.Seen()) == before {
			t.Errorf("%s: %v, %d statements", to, err, len(server.Seen())-before)
		}
	}
	p := verticaPlaceOf(up)
	p.to = "vertica://loader@" + down + "/c?tlsmode=none"
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("no node: got %v", err)
	}
}

func TestPlacesOfVerticaThatAreNoneAreRefused(t *testing.T) {
	for _, to := range []string{
		"vertica://host/db", "vertica://user@/db", "vertica://user@host", "vertica://user@host/a/b",
		"vertica://user:secret@host/db", "vertica://user@host/db?tlsmode=prefer", "vertica://user@host/db?TLSMODE=none",
		"vertica://user@host/db?silence=never", "vertica://user@host/db?load_balance=1", "vertica://user@host/db?resource_pool=a;b",
		"vertica://user@host:port:/db",
	} {
		_, err := Open(t.Context(), to, Options{})
		if !errors.Is(err, ErrPlace) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", to, err)
		}
	}
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
	if !strings.Contains(sqlFile("vertica/0002"), fmt.Sprintf("VARCHAR(%d)", maxFindings)) || !strings.Contains(sqlFile("vertica/0002"), fmt.Sprintf("VARCHAR(%d)", maxFailing)) {
		t.Error("the texts of the ledger are of another length")
	}
}
