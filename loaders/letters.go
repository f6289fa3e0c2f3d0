package loaders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Letter is an edition of a project's letter of a week. A warehouse keeps of it
// what a sender must know so that nobody gets it twice: it is claimed before it
// is sent and confirmed afterwards.
type Letter struct {
	Project   string
	Week      string // the Monday, 2026-11-16
	Edition   string // what it is for, such as a list of recipients; no two of a week are the same
	MessageID string // that it is sent under
	SHA256    string // of what is sent, in hexadecimal
}

// LetterStatus tells how far a letter is.
type LetterStatus string

// The states of a letter.
const (
	LetterSending LetterStatus = "sending" // claimed; if its sender has ended, nobody knows whether it went out
	LetterSent    LetterStatus = "sent"    // confirmed
)

// KeptLetter is a letter as a warehouse has it, a row of coverage_letters.
type KeptLetter struct {
	Letter
	Status    LetterStatus
	ChangedAt time.Time // when it was claimed or confirmed
}

// What [ClaimLetter] and the other two say of a letter.
var (
	ErrLetterSent    = errors.New("it was sent already")
	ErrLetterSending = errors.New("it was claimed and never confirmed, so it may have been sent")
	ErrNoClaim       = errors.New("it was not claimed")
)

// LetterError tells that a letter has been claimed by another sender, or by this
// one earlier. It is [ErrLetterSent] or [ErrLetterSending].
type LetterError struct{ Kept KeptLetter }

func (e *LetterError) Error() string {
	return fmt.Sprintf("letter %s of %s, week of %s: %v (%s)", e.Kept.Edition, e.Kept.Project, e.Kept.Week, e.Unwrap(),
		e.Kept.ChangedAt.UTC().Format(time.RFC3339))
}

func (e *LetterError) Unwrap() error {
	if e.Kept.Status == LetterSent {
		return ErrLetterSent
	}
	return ErrLetterSending
}

// ClaimLetter notes that a letter is about to be sent, at a time. Of several that
// claim the same edition of a week one succeeds; the others get a [*LetterError]
// with what is kept. After any error the letter must not be sent.
func ClaimLetter(ctx context.Context, place string, opt Options, l Letter, at time.Time) error {
	err := limits("letter "+l.Edition,
		limited{"its project", l.Project, 128, true}, limited{"its week", l.Week, 10, true},
		limited{"its edition", l.Edition, 256, true}, limited{"its message ID", l.MessageID, 512, true},
		limited{"its SHA-256", l.SHA256, 64, true})
	if err != nil {
		return err
	}
	return transact(ctx, place, opt, func(in *transaction, again bool) (bool, error) {
		kept, err := in.letter(l)
		switch {
		case err != nil:
			return false, err
		case kept == nil:
			_, err := in.exec("letters_insert", l.Project, l.Week, l.Edition, l.MessageID, l.SHA256, utc(at))
			return true, err
		case again && kept.Letter == l && kept.Status == LetterSending && sameTime(kept.ChangedAt, at):
			return false, nil // the claim whose commit was not answered
		}
		return false, &LetterError{*kept}
	})
}

// ConfirmLetter notes that a letter that was claimed has been sent. It does
// nothing if that is noted already, and is [ErrNoClaim] if the edition is not
// claimed under this message ID.
func ConfirmLetter(ctx context.Context, place string, opt Options, l Letter, at time.Time) error {
	return transact(ctx, place, opt, func(in *transaction, _ bool) (bool, error) {
		kept, err := in.letter(l)
		switch {
		case err != nil:
			return false, err
		case kept == nil || kept.MessageID != l.MessageID:
			return false, fmt.Errorf("letter %s of %s, week of %s: %w", l.Edition, l.Project, l.Week, ErrNoClaim)
		case kept.Status == LetterSent:
			return false, nil
		}
		_, err = in.exec("letters_sent", utc(at), l.Project, l.Week, l.Edition, l.MessageID)
		return true, err
	})
}

// ReleaseClaim takes back a claim, of a letter that was certainly not sent or
// that shall be sent again. It does nothing if there is no claim under this
// message ID, and is a [*LetterError] if the letter was sent.
func ReleaseClaim(ctx context.Context, place string, opt Options, l Letter) error {
	return transact(ctx, place, opt, func(in *transaction, _ bool) (bool, error) {
		kept, err := in.letter(l)
		switch {
		case err != nil, kept == nil, kept.MessageID != l.MessageID:
			return false, err
		case kept.Status == LetterSent:
			return false, &LetterError{*kept}
		}
		_, err = in.exec("letters_delete", l.Project, l.Week, l.Edition, l.MessageID)
		return true, err
	})
}

// letter gives what is kept of an edition, or nil, and holds the lock.
func (t *transaction) letter(l Letter) (*KeptLetter, error) {
	if _, err := t.exec("letters_lock"); err != nil {
		return nil, err
	}
	all, err := readLetters(t.ctx, t.tx, l.Project)
	for _, kept := range all {
		if kept.Week == l.Week && kept.Edition == l.Edition {
			return &kept, err
		}
	}
	return nil, err
}

// Letters gives the letters of a project that a warehouse has, from [Read], the
// newest week first.
func Letters(ctx context.Context, from *sql.DB, project string) ([]KeptLetter, error) {
	return readLetters(ctx, from, project)
}

func readLetters(ctx context.Context, from interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}, project string,
) (found []KeptLetter, err error) {
	rows, err := from.QueryContext(ctx, statement("letters"), project)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var l KeptLetter
		var week time.Time
		err := rows.Scan(&l.Project, &week, &l.Edition, &l.MessageID, &l.SHA256, &l.Status, &l.ChangedAt)
		if err != nil {
			return nil, err
		}
		l.Week = week.Format(time.DateOnly)
		found = append(found, l)
	}
	return found, errors.Join(rows.Err(), rows.Close())
}
