package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/covpipe/covpipe/coverage"
	"github.com/covpipe/covpipe/loaders"
	"github.com/covpipe/covpipe/notifiers"
	"github.com/covpipe/covpipe/reports"
)

// newsletterOptions are the flags of covpipe newsletter.
type newsletterOptions struct {
	week   string
	owner  string
	to     []string
	dryRun bool
	resend bool
}

func (a *app) newsletterCommand() *cobra.Command {
	var opt newsletterOptions
	cmd := &cobra.Command{
		Use:   "newsletter",
		Short: "Send the letter of the week: the number, what moved it, who, and what is missing",
		Long: `Makes the letter of a week from the warehouse and sends it to the places that the
configuration names: mail, Slack, a webhook, files. Each recipient gets the letter
of a week once, however often this is called; --resend sends it again. Owners that
ask for it get an edition of their own.

Without a place the plain text is printed. --to FILE.html shows how it looks.`,
		Example: `  covpipe newsletter --dry-run
  covpipe newsletter --week 2026-W47 --to letter.html
  covpipe newsletter --to smtp://mail.example.com:587 --resend`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadConfig()
			if err != nil {
				return err
			}
			return a.sendLetter(cmd.Context(), c, opt)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opt.week, "week", "",
		"the `WEEK`: 2026-W47, a date in it, or last for the newest (default: last)")
	flags.StringVar(&opt.owner, "owner", "", "only the edition of this owner, such as @shop/cart")
	flags.StringSliceVar(&opt.to, "to", nil,
		"send it to this `PLACE`, in place of the configuration's (may be given several times)")
	flags.BoolVar(&opt.dryRun, "dry-run", false, "print the letter and to whom it would go, and send nothing")
	flags.BoolVar(&opt.resend, "resend", false, "send it also to those who have it, or may have it")
	return cmd
}

// edition is the letter of a week for everybody, or for one owner.
type edition struct {
	owner  string // empty: everybody's
	digest *reports.Digest
	letter notifiers.Letter // without ID and recipient
	sha256 string           // of what it says
}

// sendLetter makes the letter of a week and sends it to those who do not have it.
// c must have a warehouse.
func (a *app) sendLetter(ctx context.Context, c *config, opt newsletterOptions) error {
	monday, err := mondayOf(opt.week)
	if err != nil {
		return err
	}
	if c.Warehouse, err = requireWarehouse(c.Warehouse); err != nil {
		return err
	}
	if c.Newsletter == nil {
		c.Newsletter = &newsletterConfig{}
	}
	n := c.Newsletter
	places, err := a.letterPlaces(n, opt)
	if err != nil {
		return err
	}
	remembered := slices.ContainsFunc(places, func(to string) bool { return notifiers.Kind(to) != "file" })
	editions, kept, err := a.editions(ctx, c, opt, monday, remembered)
	if err != nil {
		return fmt.Errorf("newsletter: %w", err)
	}
	if len(opt.to) == 0 && len(n.To) > 0 && len(n.owners) > 0 && !slices.ContainsFunc(n.To, notifiers.IsMail) {
		a.warn("newsletter: the editions of owners go by mail, and to: names no mail server, so they go nowhere")
	}
	deliveries := plannedDeliveries(c, editions, places, kept, opt)
	switch {
	case opt.dryRun:
		return a.showLetters(editions, deliveries, places)
	case len(places) == 0:
		fmt.Fprint(a.stdout, editions[0].letter.Text)
		a.say("nothing was sent; newsletter: to: in the configuration, or --to, names places")
		return nil
	}
	return a.deliver(ctx, c, deliveries)
}

// letterPlaces are those of the flags, or of the configuration.
func (a *app) letterPlaces(n *newsletterConfig, opt newsletterOptions) ([]string, error) {
	places := n.To
	if len(opt.to) > 0 {
		places = opt.to
	}
	for _, to := range places {
		if err := notifiers.Check(to); err != nil {
			return nil, usageError{err}
		}
		if notifiers.IsMail(to) {
			if err := n.requireMail(); err != nil {
				return nil, fmt.Errorf("newsletter: %w", err)
			}
		}
	}
	return places, nil
}

// editions makes the letters and, if they go where it is remembered, reads what the
// warehouse knows of those sent.
func (a *app) editions(ctx context.Context, c *config, opt newsletterOptions, monday time.Time, remembered bool) (
	all []edition, kept []loaders.KeptLetter, err error,
) {
	db, err := a.readWarehouse(ctx, c.Warehouse)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	owners := []string{""}
	if owners = append(owners, slices.Sorted(maps.Keys(c.Newsletter.owners))...); opt.owner != "" {
		owners = []string{opt.owner}
	}
	of := a.selection(c)
	for _, owner := range owners {
		of.Owner = owner
		digest, err := reports.Weekly(ctx, db, of, monday)
		if errors.Is(err, reports.ErrNoFiles) && owner != opt.owner {
			a.warn("newsletter: %s has no files in this week, and gets no edition", owner)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		e, err := a.edition(c, digest)
		if err != nil {
			return nil, nil, err
		}
		monday = digest.Monday // all editions are of one week
		all = append(all, e)
	}
	if remembered {
		kept, err = loaders.Letters(ctx, db, c.Project)
	}
	return all, kept, err
}

// edition writes a digest in all its forms.
func (a *app) edition(c *config, digest *reports.Digest) (e edition, err error) {
	e = edition{owner: digest.Owner, digest: digest}
	links := c.links()
	var text, html bytes.Buffer
	chart, err := digest.Chart()
	if err == nil {
		err = errors.Join(digest.WriteText(&text, links), digest.WriteHTML(&html, links, chart != nil))
	}
	if err != nil {
		return e, err
	}
	n := c.Newsletter
	e.letter = notifiers.Letter{
		Date: a.now(), From: n.from, ReplyTo: n.replyTo, List: listOf(c.Project, domain(n.from)),
		Subject: digest.Subject(), Text: text.String(), HTML: html.String(), Slack: digest.Slack(links),
	}
	if e.letter.JSON, err = digest.JSON(text.String()); err != nil {
		return e, err
	}
	for _, address := range []string{addressOf(n.unsubscribe), addressOf(n.replyTo), addressOf(n.from)} {
		if e.letter.Unsubscribe == "" {
			e.letter.Unsubscribe = address
		}
	}
	if chart != nil {
		e.letter.Pictures = []notifiers.Picture{{Name: reports.ChartName, PNG: chart}}
	}
	sum := sha256.New()
	for _, part := range []string{e.letter.Subject, e.letter.Text, e.letter.HTML, string(chart)} {
		fmt.Fprintf(sum, "%d %s", len(part), part)
	}
	e.sha256 = hex.EncodeToString(sum.Sum(nil))
	return e, nil
}

// week is the ISO week of an edition.
func (e edition) week() string { return coverage.WeekOf(e.digest.Monday, time.UTC).String() }

// listOf names the list for those who sort their mail by it.
func listOf(project, domain string) string {
	name := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, strings.ToLower(project))
	return "coverage-" + name + "." + domain
}
