package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/notifiers"
)

// deliver sends what is to be sent. A recipient that fails does not stop the
// others; one that asks to come later is asked again with growing pauses.
func (a *app) deliver(ctx context.Context, c *config, deliveries []delivery) error {
	var todo []delivery
	var gone, failed int
	var problems []string
	for _, d := range deliveries {
		switch {
		case d.had == nil || d.again || !d.remembered():
			todo = append(todo, d)
		case d.had.Status == loaders.LetterSent:
			gone++
			a.say("newsletter: %s has it since %s; --resend sends it again", d.whom(), minute(d.had.ChangedAt))
		default:
			problems = append(problems, a.uncertain(d, d.had.ChangedAt))
		}
	}
	pause := &backoff.ExponentialBackOff{
		InitialInterval: min(30*time.Second, max(c.Newsletter.retry/8, 10*time.Millisecond)),
		Multiplier:      2, RandomizationFactor: 0.2, MaxInterval: 5 * time.Minute,
	}
	pause.Reset()
	until := time.Now().Add(c.Newsletter.retry)
	for round := 0; len(todo) > 0; round++ {
		later, sent, wait := a.deliverRound(ctx, c, todo, &problems)
		gone += sent
		wait = max(wait, pause.NextBackOff())
		if len(later) == 0 {
			break
		}
		if time.Now().Add(wait).After(until) || ctx.Err() != nil {
			for _, l := range later {
				a.complain(fmt.Errorf("newsletter: %s: %w", l.whom(), l.err))
				problems = append(problems, "not sent to "+l.whom())
			}
			break
		}
		todo = todo[:0]
		for _, l := range later {
			a.say("newsletter: %s: %v; again in %v", l.whom(), l.err, wait.Round(100*time.Millisecond))
			todo = append(todo, l.delivery)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
	failed = len(problems)
	switch {
	case failed == 0:
		return nil
	case gone == 0:
		return errors.New("newsletter: " + strings.Join(problems, "; "))
	}
	return &partError{what: "newsletter: " + strings.Join(problems, "; ")}
}

// postponed is a delivery that may succeed later.
type postponed struct {
	delivery
	err error
}

// deliverRound tries each delivery once, those of one place over one connection. A
// place that gives no answer in time is asked once a round, and not by each of its
// recipients; who asked it is the last one of the next round.
func (a *app) deliverRound(ctx context.Context, c *config, todo []delivery, problems *[]string) (
	later []postponed, sent int, wait time.Duration,
) {
	open := map[string]notifiers.Notifier{}
	defer func() {
		for _, place := range open {
			_ = place.Close() // each letter has had its answer
		}
	}()
	silent := map[string]error{}
	var asked []postponed
	defer func() { later = append(later, asked...) }()
	for _, d := range todo {
		if err := silent[d.place]; err != nil {
			later = append(later, postponed{d, err})
			continue
		}
		err := a.opened(c, d.place, open)
		if err == nil {
			err = a.deliverOne(ctx, c, open[d.place], d)
		}
		var no *notifiers.RefusedError
		var taken *loaders.LetterError // by another covpipe, since this one looked
		switch {
		case err == nil:
			sent++
			a.say("newsletter: sent to %s", d.whom())
		case errors.As(err, &taken) && taken.Kept.Status == loaders.LetterSent:
			sent++
			a.say("newsletter: %s has it since just now, from another covpipe", d.whom())
		case errors.As(err, &taken):
			*problems = append(*problems, a.uncertain(d, taken.Kept.ChangedAt))
		case errors.Is(err, notifiers.ErrUncertain):
			a.complain(fmt.Errorf("newsletter: %s: %w", d.whom(), err))
			*problems = append(*problems, a.uncertain(d, a.now()))
		case notifiers.Temporary(err) && isTimeout(err):
			silent[d.place], asked = err, append(asked, postponed{d, err})
		case notifiers.Temporary(err):
			later = append(later, postponed{d, err})
			if errors.As(err, &no) {
				wait = max(wait, no.After)
			}
		default:
			a.complain(fmt.Errorf("newsletter: %s: %w", d.whom(), err))
			*problems = append(*problems, "not sent to "+d.whom())
		}
	}
	return later, sent, wait
}

func isTimeout(err error) bool {
	var waiting net.Error
	return errors.As(err, &waiting) && waiting.Timeout()
}

func (a *app) opened(c *config, place string, open map[string]notifiers.Notifier) error {
	if open[place] != nil {
		return nil
	}
	to, err := a.openPlace(c, place, c.Newsletter.timeout)
	if err == nil {
		open[place] = to
	}
	return err
}

// openPlace opens a place of letters with what the environment and the
// configuration have for it. timeout is of each answer, 0 as usual.
func (a *app) openPlace(c *config, place string, timeout time.Duration) (notifiers.Notifier, error) {
	opt, err := a.letterOptions()
	if err == nil && c.Newsletter.CA != "" {
		opt.CA, err = os.ReadFile(c.Newsletter.CA)
	}
	if err != nil {
		return nil, err
	}
	opt.Timeout = timeout
	return notifiers.Open(place, opt)
}

// deliverOne claims a letter in the moment in which only the last word is
// missing, and confirms it when the place has it. If covpipe is killed before the
// claim, the letter was not sent and will be; after the confirmation, it was. In
// between nobody can know, and the letter is not sent again by itself.
func (a *app) deliverOne(ctx context.Context, c *config, to notifiers.Notifier, d delivery) error {
	if !d.remembered() {
		return to.Notify(ctx, d.letter, func() error { return nil })
	}
	options, err := a.placeOptions()
	if err != nil {
		return err
	}
	claimed := false
	err = to.Notify(ctx, d.letter, func() error {
		if d.had != nil && d.had.Status == loaders.LetterSending {
			if err := loaders.ReleaseClaim(ctx, c.Warehouse, options, d.had.Letter); err != nil {
				return err
			}
		}
		err := loaders.ClaimLetter(ctx, c.Warehouse, options, d.claim, a.now())
		claimed = err == nil
		return err
	})
	ctx = context.WithoutCancel(ctx) // what was sent is noted, also in a run that is told to end
	switch {
	case err == nil:
		if err := loaders.ConfirmLetter(ctx, c.Warehouse, options, d.claim, a.now()); err != nil {
			return fmt.Errorf("%w; it was sent, and that could not be noted: %w", errUnnoted, err)
		}
		return nil
	case claimed && !errors.Is(err, notifiers.ErrUncertain):
		return errors.Join(err, loaders.ReleaseClaim(ctx, c.Warehouse, options, d.claim))
	}
	return err
}

// errUnnoted is a letter of which only this process knows that it was sent.
var errUnnoted = errors.New("do not send it again")

// uncertain says of a letter that it may have been sent.
func (a *app) uncertain(d delivery, at time.Time) string {
	return fmt.Sprintf("%s may have it or not: it was about to be sent on %s, and nothing tells that it was; "+
		"look there, and --resend if it is missing", d.whom(), at.UTC().Format("2006-01-02 15:04:05 UTC"))
}

// letterHint says what to try after an error of a letter.
func letterHint(err error) string {
	var no *notifiers.RefusedError
	switch {
	case errors.Is(err, notifiers.ErrTLS):
		return "ca: under newsletter: in the configuration names the certificate authority; ?tlsmode=server in the " +
			"place does not verify, ?tlsmode=none sends all in the clear (docs/newsletter.md)"
	case errors.Is(err, notifiers.ErrUncertain):
		return "look whether it arrived; covpipe newsletter --resend sends it again"
	case errors.Is(err, notifiers.ErrSecret):
		return "COVPIPE_SLACK_WEBHOOK and COVPIPE_WEBHOOK_URL, or files that they name with _FILE, have the addresses"
	case errors.As(err, &no) && no.Step == "AUTH":
		return "COVPIPE_SMTP_USER and COVPIPE_SMTP_PASSWORD (or COVPIPE_SMTP_PASSWORD_FILE) say who sends"
	case errors.As(err, &no) && strings.HasPrefix(no.Step, "graphite-web") && (no.Code == 401 || no.Code == 403):
		return "COVPIPE_GRAPHITE_USER and COVPIPE_GRAPHITE_PASSWORD (or COVPIPE_GRAPHITE_PASSWORD_FILE) say who asks"
	case errors.As(err, &no) && strings.HasPrefix(no.Step, "graphite-web"):
		return "web: under graphite: in the configuration is the address of graphite-web, " +
			"which keeps releases as events"
	case errors.As(err, &no) && no.Step == "RCPT TO":
		return "look at the address in the configuration; the others have the letter"
	}
	return ""
}
