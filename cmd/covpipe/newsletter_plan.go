package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/notifiers"
)

// delivery is one edition to one recipient in one place.
type delivery struct {
	place  string
	to     *mail.Address // of mail
	letter notifiers.Letter
	claim  loaders.Letter
	had    *loaders.KeptLetter // it was sent, or may have been; nil: not
	again  bool                // send it all the same
}

// whom names the recipient for people.
func (d delivery) whom() string {
	if d.to != nil {
		return d.to.Address + " by " + d.place
	}
	return d.place
}

// remembered tells whether the warehouse keeps who got it. A file may be written
// again and again.
func (d delivery) remembered() bool { return notifiers.Kind(d.place) != "file" }

// plannedDeliveries says who gets what: everybody's edition goes to all places
// and recipients, that of an owner to the owner's address by mail, and where it is
// asked for by --owner to the other places.
func plannedDeliveries(
	c *config, editions []edition, places []string, kept []loaders.KeptLetter, opt newsletterOptions,
) (all []delivery) {
	for _, e := range editions {
		for _, place := range places {
			switch kind := notifiers.Kind(place); {
			case kind == "smtp":
				recipients := c.Newsletter.recipients
				if e.owner != "" {
					recipients = nil
					if to := c.Newsletter.owners[e.owner]; to != nil {
						recipients = []*mail.Address{to}
					}
				}
				for _, to := range recipients {
					all = append(all, plannedDelivery(c, e, place, to, kept, opt))
				}
			case e.owner == "" || e.owner == opt.owner:
				all = append(all, plannedDelivery(c, e, place, nil, kept, opt))
			}
		}
	}
	return all
}

func plannedDelivery(
	c *config, e edition, place string, to *mail.Address, kept []loaders.KeptLetter, opt newsletterOptions,
) delivery {
	d := delivery{place: strings.ReplaceAll(place, "{week}", e.week()), to: to, letter: e.letter, again: opt.resend}
	recipient := strings.TrimSpace(notifiers.Kind(place) + " " + addressOf(to))
	d.letter.To = to
	if notifiers.Kind(place) == "file" && d.letter.From != nil {
		d.letter.To = cmp.Or(to, d.letter.From) // so that it is a mail that readers open
	}
	d.claim = loaders.Letter{
		Project: c.Project, Week: e.digest.Monday.Format(time.DateOnly), SHA256: e.sha256,
		Edition: short(cmp.Or(e.owner, "everybody") + " " + recipient),
	}
	id := sha256.Sum256([]byte(strings.Join([]string{c.Project, e.week(), e.owner, recipient}, "\x00")))
	name := "covpipe." + e.week() + "." + hex.EncodeToString(id[:10])
	d.had = newest(kept, d.claim)
	if d.had != nil {
		if d.had.SHA256 != e.sha256 {
			name += "." + e.sha256[:8] // another letter; readers that drop doubles must not drop it
		}
		if d.had.Status == loaders.LetterSent {
			d.claim.Edition = d.nextEdition(kept)
		}
	}
	d.letter.ID = name + "@" + domain(c.Newsletter.from)
	d.claim.MessageID = d.letter.ID
	return d
}

// short keeps a name within what the warehouse holds.
func short(edition string) string {
	const most = 200
	if len(edition) <= most {
		return edition
	}
	sum := sha256.Sum256([]byte(edition))
	return strings.ToValidUTF8(edition[:most-20], "") + " " + hex.EncodeToString(sum[:8])
}

// againMark is between an edition and how many times it was sent.
const againMark = ", time "

// newest gives what is kept of a letter, of several times the newest.
func newest(kept []loaders.KeptLetter, claim loaders.Letter) (found *loaders.KeptLetter) {
	for _, k := range kept {
		name, _, _ := strings.Cut(k.Edition, againMark)
		if k.Week == claim.Week && name == claim.Edition && (found == nil || k.ChangedAt.After(found.ChangedAt)) {
			found = &k
		}
	}
	return found
}

// nextEdition names the next time that a letter is sent.
func (d delivery) nextEdition(kept []loaders.KeptLetter) string {
	times := 1
	for _, k := range kept {
		name, _, _ := strings.Cut(k.Edition, againMark)
		if k.Week == d.claim.Week && name == d.claim.Edition {
			times++
		}
	}
	return fmt.Sprintf("%s%s%d", d.claim.Edition, againMark, times)
}

func addressOf(at *mail.Address) string {
	if at == nil {
		return ""
	}
	return at.Address
}

// minute writes a time for people.
func minute(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

// showLetters prints each edition and says to whom it would go.
func (a *app) showLetters(editions []edition, deliveries []delivery, places []string) error {
	for i, e := range editions {
		if i > 0 {
			fmt.Fprintln(a.stdout, "\n"+strings.Repeat("=", 76))
		}
		fmt.Fprintf(a.stdout, "Subject: %s\n\n%s", e.letter.Subject, e.letter.Text)
	}
	fmt.Fprintln(a.stdout, "\n"+strings.Repeat("=", 76))
	for _, d := range deliveries {
		what := "would go to"
		switch {
		case d.had == nil || !d.remembered():
		case d.again:
			what = "would go again to"
		case d.had.Status == loaders.LetterSent:
			what = "was sent on " + minute(d.had.ChangedAt) + " to"
		default:
			what = "may have been sent on " + minute(d.had.ChangedAt) + " to"
		}
		edition, _, _ := strings.Cut(d.claim.Edition, " ")
		fmt.Fprintf(a.stdout, "%s's edition %s %s\n", edition, what, d.whom())
	}
	if len(places) == 0 {
		fmt.Fprintln(a.stdout, "it would go nowhere; newsletter: to: in the configuration, or --to, names places")
	}
	return nil
}
