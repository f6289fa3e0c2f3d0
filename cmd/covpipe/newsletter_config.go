package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/covpipe/covpipe/notifiers"
	"github.com/covpipe/covpipe/reports"
)

// newsletterConfig says where the weekly letter goes.
type newsletterConfig struct {
	To          []string          `yaml:"to"`          // smtp://HOST:587, slack, webhook or letters/{week}.html
	From        string            `yaml:"from"`        // the sender, for mail
	Recipients  []string          `yaml:"recipients"`  // addresses that get everybody's edition, for mail
	ReplyTo     string            `yaml:"reply_to"`    // default: the sender
	Unsubscribe string            `yaml:"unsubscribe"` // the address that takes people off the list; default: reply_to
	Owners      map[string]string `yaml:"owners"`      // owners that want an edition of their own, and their addresses
	CA          string            `yaml:"ca"`          // file with the mail server's authority; default the system's
	Retry       string            `yaml:"retry"`       // how long a server may ask to come back; default 15m

	from, replyTo, unsubscribe *mail.Address
	recipients                 []*mail.Address
	owners                     map[string]*mail.Address
	retry                      time.Duration
	timeout                    time.Duration // of each answer; 0: as usual
}

// linksConfig are templates of addresses for the letter. {project}, {week},
// {platform}, {commit}, {path} and {owner} are filled in.
type linksConfig struct {
	Dashboard string `yaml:"dashboard"` // for example https://coverage.example.com/
	Owner     string `yaml:"owner"`     // default the page of the dashboard, if that ends with a slash
	File      string `yaml:"file"`      // for example https://git.example.com/shop/blob/{commit}/{path}
}

// resolve checks the addresses, so that a mistake is found before a week is
// measured.
func (n *newsletterConfig) resolve(dir string) (err error) {
	for i, to := range n.To {
		if notifiers.Kind(to) == "file" {
			n.To[i] = absolute(dir, to)
		}
		if err := notifiers.Check(to); err != nil {
			return fmt.Errorf("to: %w", err)
		}
	}
	address := func(key, text string) *mail.Address {
		if text == "" || err != nil {
			return nil
		}
		at, wrong := mail.ParseAddress(text)
		if wrong != nil {
			err = fmt.Errorf("%s: %q is no address such as coverage@example.com", key, text)
		}
		return at
	}
	n.from, n.replyTo = address("from", n.From), address("reply_to", n.ReplyTo)
	n.unsubscribe = address("unsubscribe", n.Unsubscribe)
	for i, text := range n.Recipients {
		n.recipients = append(n.recipients, address("recipients", text))
		if err == nil && n.recipients[i] == nil {
			return fmt.Errorf("recipients: number %d is empty", i+1)
		}
	}
	n.owners = map[string]*mail.Address{}
	for owner, text := range n.Owners {
		n.owners[owner] = address("owners: "+owner, text)
		if err == nil && n.owners[owner] == nil {
			return fmt.Errorf("owners: %s has no address", owner)
		}
	}
	if n.CA != "" {
		n.CA = absolute(dir, n.CA)
	}
	n.retry = 15 * time.Minute
	if n.Retry != "" {
		var wrong error
		if n.retry, wrong = time.ParseDuration(n.Retry); wrong != nil || n.retry < 0 {
			return fmt.Errorf("retry: %q is no duration such as 15m", n.Retry)
		}
	}
	if err == nil && slices.ContainsFunc(n.To, notifiers.IsMail) {
		err = n.requireMail()
	}
	return err
}

// requireMail checks that there is somebody to send mail to.
func (n *newsletterConfig) requireMail() error {
	switch {
	case n.from == nil:
		return errors.New("from: is missing; it is the sender of the mail")
	case len(n.recipients) == 0 && len(n.owners) == 0:
		return errors.New("recipients: is missing; it lists who gets the mail")
	}
	return nil
}

// links gives the templates, and where each platform lies in the repository.
func (c *config) links() reports.Links {
	links := reports.Links{Paths: map[string]string{}}
	if c.Links != nil {
		links.Dashboard, links.Owner, links.File = c.Links.Dashboard, c.Links.Owner, c.Links.File
	}
	for _, s := range c.Sources {
		if len(s.Roots) == 1 {
			links.Paths[s.Platform] = s.Roots[0]
		}
	}
	return links
}

// letterOptions are what places of letters need, from the environment.
func (a *app) letterOptions() (opt notifiers.Options, err error) {
	var errs [5]error
	opt.User, errs[0] = a.secret("COVPIPE_SMTP_USER")
	opt.Password, errs[1] = a.secret("COVPIPE_SMTP_PASSWORD")
	opt.SlackURL, errs[2] = a.secret("COVPIPE_SLACK_WEBHOOK")
	opt.WebhookURL, errs[3] = a.secret("COVPIPE_WEBHOOK_URL")
	opt.WebhookToken, errs[4] = a.secret("COVPIPE_WEBHOOK_TOKEN")
	return opt, errors.Join(errs[:]...)
}

// domain is the part of an address behind the @.
func domain(at *mail.Address) string {
	if at == nil {
		return "covpipe.invalid"
	}
	_, name, _ := strings.Cut(at.Address, "@")
	return cmp.Or(name, "covpipe.invalid")
}
