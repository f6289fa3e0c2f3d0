package loaders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	vertigo "github.com/vertica/vertica-sql-go"
)

// copyRowsIn sends the rows into the staging table. The driver gives no count,
// so the session is asked for it.
func copyRowsIn(ctx context.Context, tx *sql.Tx, rest *spool, about About) error {
	source := &steadyReader{from: rest.reader(), progress: func(octets int64) {
		about.step(Sending, int64(float64(rest.sent.rows)*float64(octets)/float64(rest.size)))
	}}
	_, err := tx.ExecContext(copyContext(ctx, source), statement("vertica/copy"))
	if source.err != nil {
		return fmt.Errorf("copy: %w", source.err) // the driver does not say why it stopped
	}
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	var accepted, rejected int64
	if err := tx.QueryRowContext(ctx, statement("vertica/copied")).Scan(&accepted, &rejected); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	if accepted != rest.sent.rows || rejected != 0 {
		return fmt.Errorf("copy: of %d rows the server accepted %d and rejected %d", rest.sent.rows, accepted, rejected)
	}
	return nil
}

// copyContext gives the context of a COPY, in which the driver looks for the
// rows. It must be the outermost: in any other the driver does not find them,
// and sends its standard input.
func copyContext(ctx context.Context, source *steadyReader) context.Context {
	outermost := vertigo.NewVerticaContext(ctx)
	if err := outermost.SetCopyInputStream(source); err != nil {
		panic(err) // only for nil
	}
	return outermost
}

// steadyReader never gives octets and an end together: the driver would lose
// those octets. It keeps the error of its source, which the driver forgets.
type steadyReader struct {
	from     io.Reader
	progress func(octets int64)
	octets   int64
	end      error // to be given next time
	err      error // of the source
}

func (r *steadyReader) Read(p []byte) (int, error) {
	if r.end != nil {
		return 0, r.end
	}
	n, err := r.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	} else if err != nil {
		err = io.EOF // bare, as the driver compares it
	}
	r.octets += int64(n)
	if n > 0 {
		r.end, err = err, nil
		if r.progress != nil {
			r.progress(r.octets)
		}
	}
	return n, err
}
