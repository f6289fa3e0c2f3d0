package notifiers

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/mail"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/covpipe/covpipe/notifiers/notifierstest"
)

// never is a last word that must not be asked for.
func never(t *testing.T) func() error {
	return func() error { t.Error("the letter was about to be sent"); return errors.New("no") }
}

func sample(to string) Letter {
	return Letter{
		ID: "covpipe.2026-W47.0123@example.com", List: "coverage-shop.example.com",
		Date: time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC),
		From: &mail.Address{Name: "Coverage", Address: "coverage@example.com"}, To: &mail.Address{Address: to},
		Unsubscribe: "leave@example.com", Subject: "shop 2026-W47: 72.9 % of lines covered, up 0.42 points",
		Text: "72.9 %\n.a line with a dot\n", HTML: "<p>72.9 % ünchanged <img src=\"cid:trend\" alt=\"\"></p>",
		Pictures: []Picture{{"trend", []byte("\x89PNG picture")}},
		Slack:    []string{"72.9 %"}, JSON: []byte(`{"format":"x"}`),
	}
}

func startMail(t *testing.T, opt notifierstest.MailOptions) *notifierstest.Mail {
	t.Helper()
	server, err := notifierstest.StartMail(t.TempDir(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server
}

func authority(t *testing.T, server *notifierstest.Mail) []byte {
	t.Helper()
	ca, err := os.ReadFile(server.CA)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func open(t *testing.T, to string, opt Options) Notifier {
	t.Helper()
	n, err := Open(to, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = n.Close() })
	return n
}

func TestMailArrivesOverTLS(t *testing.T) {
	for name, c := range map[string]struct {
		server notifierstest.MailOptions
		to     string
	}{
		"STARTTLS": {notifierstest.MailOptions{User: "covpipe", Password: "sesame"}, "smtp://ADDR"},
		"TLS": {notifierstest.MailOptions{TLS: true, User: "covpipe", Password: "sesame"},
			"smtps://ADDR"},
		"STARTTLS, unverified": {notifierstest.MailOptions{OtherName: true, User: "covpipe", Password: "sesame"},
			"smtp://covpipe@ADDR?tlsmode=server"},
		"plain, as asked": {notifierstest.MailOptions{Plain: true}, "smtp://ADDR?tlsmode=none"},
	} {
		t.Run(name, func(t *testing.T) {
			server := startMail(t, c.server)
			opt := Options{User: c.server.User, Password: c.server.Password}
			if !c.server.Plain {
				opt.CA = authority(t, server)
			}
			n := open(t, strings.Replace(c.to, "ADDR", server.Addr, 1), opt)
			for _, to := range []string{"lead@example.com", "team@example.com"} { // over one connection
				asked := 0
				err := n.Notify(t.Context(), sample(to), func() error { asked++; return nil })
				if err != nil || asked != 1 {
					t.Fatalf("got %v, asked %d times", err, asked)
				}
			}
			got, err := server.Received()
			if err != nil || len(got) != 2 || got[0].To != "lead@example.com" || got[1].To != "team@example.com" {
				t.Fatalf("got %v, %v", got, err)
			}
			for header, want := range map[string]string{
				"Message-Id":       "<covpipe.2026-W47.0123@example.com>",
				"Auto-Submitted":   "auto-generated",
				"Date":             "Sun, 22 Nov 2026 23:30:00 +0000",
				"List-Id":          "<coverage-shop.example.com>",
				"From":             `"Coverage" <coverage@example.com>`,
				"To":               "<lead@example.com>",
				"List-Unsubscribe": "<mailto:leave@example.com?subject=unsubscribe%20lead@example.com>",
				"Precedence":       "",
				"Subject":          "shop 2026-W47: 72.9 % of lines covered, up 0.42 points",
			} {
				if h := got[0].Header.Get(header); h != want {
					t.Errorf("%s: got %q, want %q", header, h, want)
				}
			}
		})
	}
}

func TestAServerThatIsNotSafeGetsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		server notifierstest.MailOptions
		opt    func(*notifierstest.Mail) Options
		want   error
	}{
		"no STARTTLS": {notifierstest.MailOptions{Plain: true},
			func(*notifierstest.Mail) Options { return Options{} }, ErrTLS},
		"unknown authority": {notifierstest.MailOptions{},
			func(*notifierstest.Mail) Options { return Options{} }, ErrTLS},
		"other name": {notifierstest.MailOptions{OtherName: true},
			func(m *notifierstest.Mail) Options { return Options{CA: authority(t, m)} }, ErrTLS},
		"TLS for plain": {notifierstest.MailOptions{TLS: true},
			func(*notifierstest.Mail) Options { return Options{Timeout: time.Second} }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			server := startMail(t, c.server)
			opt := c.opt(server)
			opt.User, opt.Password = "covpipe", "sesame"
			err := open(t, "smtp://"+server.Addr, opt).Notify(t.Context(), sample("team@example.com"), never(t))
			if err == nil || c.want != nil && !errors.Is(err, c.want) || errors.Is(err, ErrUncertain) ||
				strings.Contains(err.Error(), "sesame") {
				t.Errorf("got %v", err)
			}
			if c.want != nil && Temporary(err) {
				t.Errorf("%v is not temporary", err)
			}
		})
	}
}

func TestALoginIsRefused(t *testing.T) {
	server := startMail(t, notifierstest.MailOptions{User: "covpipe", Password: "sesame"})
	n := open(t, "smtp://"+server.Addr, Options{User: "covpipe", Password: "wrong", CA: authority(t, server)})
	err := n.Notify(t.Context(), sample("team@example.com"), never(t))
	var no *RefusedError
	if !errors.As(err, &no) || no.Step != "AUTH" || no.Code != 535 ||
		Temporary(err) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("got %v", err)
	}
}

func TestAnUnknownMailboxDoesNotStopTheOthers(t *testing.T) {
	server := startMail(t, notifierstest.MailOptions{})
	n := open(t, "smtp://"+server.Addr, Options{CA: authority(t, server)})
	for _, to := range []string{"lead@example.com", "nobody@example.com", "team@example.com"} {
		err := n.Notify(t.Context(), sample(to), func() error { return nil })
		var no *RefusedError
		refused := errors.As(err, &no) && no.Step == "RCPT TO" && no.Code == 550 && !no.Temporary
		if to == "nobody@example.com" && !refused || to != "nobody@example.com" && err != nil {
			t.Errorf("%s: got %v", to, err)
		}
	}
	if got, err := server.Received(); err != nil || len(got) != 2 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestWhatAServerSaysDecidesWhetherToComeAgain(t *testing.T) {
	ok := func() error { return nil }
	for name, c := range map[string]struct {
		answers                       map[string][]string
		refused, uncertain, temporary bool
		mails                         int
	}{
		"busy":               {map[string][]string{"CONNECT": {"421 too busy"}}, true, false, true, 0},
		"greylisted":         {map[string][]string{"RCPT": {"451 4.7.1 greylisted, come again"}}, true, false, true, 0},
		"no such sender":     {map[string][]string{"MAIL": {"550 no"}}, true, false, false, 0},
		"lost before DATA":   {map[string][]string{"RCPT": {notifierstest.Hangup}}, false, false, true, 0},
		"refused at the end": {map[string][]string{".": {"554 spam"}}, true, false, false, 0},
		"later at the end":   {map[string][]string{".": {"452 disk full"}}, true, false, true, 0},
		"lost after DATA":    {map[string][]string{".": {notifierstest.Hangup}}, false, true, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			server, err := notifierstest.StartFaulty(c.answers)
			if err != nil {
				t.Fatal(err)
			}
			n := open(t, "smtp://"+server.Addr()+"?tlsmode=none", Options{})
			err = n.Notify(t.Context(), sample("team@example.com"), ok)
			var no *RefusedError
			if err == nil || errors.As(err, &no) != c.refused ||
				errors.Is(err, ErrUncertain) != c.uncertain || Temporary(err) != c.temporary {
				t.Errorf("got %v", err)
			}
			if mails := server.Mails(); len(mails) != c.mails {
				t.Errorf("got %d mails", len(mails))
			}
			if !c.uncertain { // the next letter finds a server that works, and arrives once
				if err := n.Notify(t.Context(), sample("team@example.com"), ok); err != nil {
					t.Errorf("again: %v", err)
				}
				if mails := server.Mails(); len(mails) != 1 || !strings.Contains(mails[0], "\r\n.a line with a dot") {
					t.Errorf("again: got %q", mails)
				}
			}
			_ = n.Close()
			_ = server.Close()
		})
	}
}

func TestWithoutTheLastWordNothingIsSent(t *testing.T) {
	server, err := notifierstest.StartFaulty(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	n := open(t, "smtp://"+server.Addr()+"?tlsmode=none", Options{})
	taken := errors.New("somebody else has sent it")
	if err := n.Notify(t.Context(), sample("team@example.com"), func() error { return taken }); !errors.Is(err, taken) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.Notify(ctx, sample("team@example.com"), never(t)); err == nil {
		t.Error("a run that was told to end has sent a letter")
	}
	if got := server.Mails(); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

func TestAServerThatIsSilentIsGivenUp(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	n := open(t, "smtp://"+silent.Addr().String()+"?tlsmode=none", Options{Timeout: 50 * time.Millisecond})
	if err := n.Notify(t.Context(), sample("team@example.com"), never(t)); err == nil || !Temporary(err) {
		t.Errorf("got %v", err)
	}
}

func TestAServerThatIsSilentIsLeftWhenARunIsToldToEnd(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	n := open(t, "smtp://"+silent.Addr().String()+"?tlsmode=none", Options{Timeout: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	for range 2 {
		if err := n.Notify(ctx, sample("team@example.com"), never(t)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	}
	_ = n.Close() // waits for nobody
}

func TestWhatAServerRepeatsOfASecretIsNotShown(t *testing.T) {
	const long = "550 sesame is no password of "
	faulty, err := notifierstest.StartFaulty(map[string][]string{"RCPT": {long + strings.Repeat("x", 500)}})
	if err != nil {
		t.Fatal(err)
	}
	defer faulty.Close()
	n := open(t, "smtp://"+faulty.Addr()+"?tlsmode=none", Options{Password: "sesame"})
	defer n.Close()
	err = n.Notify(t.Context(), sample("team@example.com"), never(t))
	if err == nil || !strings.Contains(err.Error(), "550 [secret] is no password of xxx") || len(err.Error()) > 400 {
		t.Errorf("got %v", err)
	}
}

func TestNoNameGetsIntoAHeader(t *testing.T) {
	letter := sample("team@example.com")
	evil := "x\r\nBcc: everybody@example.com\r\n\r\nbody\x00\u2028y"
	letter.Subject, letter.ID, letter.List = evil, evil, evil
	message, err := compose(letter)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := message.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	parsed, err := mail.ReadMessage(&out)
	if err != nil {
		t.Fatal(err)
	}
	if len(parsed.Header["Bcc"]) > 0 || parsed.Header.Get("Subject") != "x Bcc: everybody@example.com body y" {
		t.Errorf("got %v", parsed.Header)
	}
	for header := range parsed.Header {
		const ours = " Date From To Subject Message-Id Mime-Version Content-Type " +
			"Auto-Submitted List-Id List-Unsubscribe "
		if !strings.Contains(ours, " "+header+" ") {
			t.Errorf("there is a header %s", header)
		}
	}
	server, err := notifierstest.StartFaulty(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	letter.To = &mail.Address{Address: "a@example.com>\r\nRCPT TO:<everybody@example.com"}
	n := open(t, "smtp://"+server.Addr()+"?tlsmode=none", Options{})
	if err := n.Notify(t.Context(), letter, never(t)); err == nil {
		t.Error("an address with a line break was sent")
	}
	_ = n.Close()
}

func TestPlacesThatAreNone(t *testing.T) {
	for _, to := range []string{
		"", "letter", "smtp://", "smtp://a/b", "smtp://user:secret@a",
		"smtp://a?tlsmode=maybe", "smtps://a?tlsmode=none",
		"smtp://a?password=x", "http://a", "smtp://a:port",
	} {
		if _, err := Open(to, Options{}); !errors.Is(err, ErrPlace) || strings.Contains(err.Error(), "secret@") {
			t.Errorf("%q: got %v", to, err)
		}
	}
}

func TestAHostThatIsNotThereIsNotTriedAgain(t *testing.T) {
	err := open(t, "smtp://no.such.host.invalid", Options{}).Notify(t.Context(), sample("team@example.com"), never(t))
	var name *net.DNSError
	if !errors.As(err, &name) || Temporary(err) != !name.IsNotFound {
		t.Errorf("got %v", err)
	}
}
