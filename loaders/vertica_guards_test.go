package loaders

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	vertigo "github.com/vertica/vertica-sql-go"

	"github.com/covpipe/covpipe/loaders/verticatest"
)

// oneRow is a row as COPY reads it, with a project in place of its own.
func oneRow(t *testing.T, project string) string {
	t.Helper()
	row, err := os.ReadFile("testdata/one_row.copy")
	if err != nil {
		t.Fatal(err)
	}
	values := strings.Split(string(row), string(rune(copyDelimiter)))
	values[2] = project
	return strings.Join(values, string(rune(copyDelimiter)))
}

// stagedBy stages rows by two statements, commits, and gives the projects that
// are staged then.
func stagedBy(t *testing.T, staging, copying, rows string) (projects []string, err error) {
	t.Helper()
	s := session(t, verticaPlaceOf(startVertica(t, verticatest.Options{})))
	ctx := context.WithoutCancel(t.Context())
	if _, err := s.conn.ExecContext(ctx, staging); err != nil {
		t.Fatal(err)
	}
	tx, err := s.conn.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(copyContext(ctx, &steadyReader{from: strings.NewReader(rows)}), copying); err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	found, err := s.conn.QueryContext(ctx, "SELECT project FROM coverage_staging")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var project string
		if err := found.Scan(&project); err != nil {
			t.Fatal(err)
		}
		projects = append(projects, project)
	}
	return projects, found.Err()
}

// Without ENFORCELENGTH the server cuts texts off and says nothing.
func TestATextThatIsTooLongIsRefusedByTheServerAndNotCutOff(t *testing.T) {
	long := strings.Repeat("x", maxOctets["project"]+1)
	ours := statement("vertica/copy")
	projects, err := stagedBy(t, statement("vertica/staging"), ours, oneRow(t, long))
	var refusal *vertigo.VError
	if !errors.As(err, &refusal) {
		t.Errorf("a project of %d octets was taken as %d rows: %v", len(long), len(projects), err)
		for _, p := range projects {
			t.Errorf("it was cut off to %d octets", len(p))
		}
	}
	without := strings.Replace(ours, " ENFORCELENGTH", "", 1)
	projects, err = stagedBy(t, statement("vertica/staging"), without, oneRow(t, long))
	if err != nil || len(projects) != 1 || projects[0] != long[1:] {
		t.Errorf("the server is not as careless as Vertica: %d rows, %v", len(projects), err)
	}
}

// Without PRESERVE ROWS a commit empties a temporary table.
func TestStagedRowsOutlastACommit(t *testing.T) {
	ours := statement("vertica/staging")
	projects, err := stagedBy(t, ours, statement("vertica/copy"), oneRow(t, "shop"))
	if err != nil || len(projects) != 1 || projects[0] != "shop" {
		t.Errorf("of one staged row %d are left after a commit: %q, %v", len(projects), projects, err)
	}
	without := strings.Replace(ours, " ON COMMIT PRESERVE ROWS", "", 1)
	projects, err = stagedBy(t, without, statement("vertica/copy"), oneRow(t, "shop"))
	if err != nil || len(projects) != 0 {
		t.Errorf("the server keeps what Vertica deletes: %q, %v", projects, err)
	}
}

// Double rows are found where they are staged, before anything is locked.
func TestDoubleRowsAreRefusedBeforeTheTableIsLocked(t *testing.T) {
	p := verticaPlaceOf(startVertica(t, verticatest.Options{}))
	_, err := load(t.Context(), t, p, batches(t, 100, base("a.php", nil), base("a.php", nil)))
	if !errors.Is(err, ErrDouble) {
		t.Errorf("got %v", err)
	}
	for _, text := range p.server.Seen() {
		if strings.HasPrefix(text, "DELETE") || strings.HasPrefix(text, "INSERT") {
			t.Errorf("the table was locked: %s", text)
		}
	}
}
