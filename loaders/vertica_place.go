package loaders

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	vertigo "github.com/vertica/vertica-sql-go"
)

const verticaScheme = "vertica://"

// verticaPlace is vertica://user@host:5433/db?tlsmode=server-strict, taken apart.
type verticaPlace struct {
	user, password string
	host           string   // without the port, for people and for the certificate
	nodes          []string // host:port, in the order in which they are tried
	database       string
	tls            tlsMode
	roots          *x509.CertPool // nil: those of the system
	rootsName      string
	balance        bool
	silence        time.Duration // how long nothing may come or go
	pool           string        // resource pool of the session
}

// tlsMode says how the server proves who it is. The driver's "prefer" is not
// among them: it goes on in the clear without a word.
type tlsMode string

const (
	tlsStrict tlsMode = "server-strict" // the certificate is verified; the default
	tlsServer tlsMode = "server"        // encrypted, and not verified
	tlsNone   tlsMode = "none"
)

const verticaPort = "5433"

// parseVertica reads a place. A password in it is refused, since places are
// shown and logged.
func parseVertica(to string, opt Options) (p verticaPlace, err error) {
	u, err := url.Parse(to)
	if err != nil {
		return p, fmt.Errorf(
			"%w: it is no address such as vertica://user@host:5433/db",
			ErrPlace,
		) // the error would show all of it
	}
	if _, has := u.User.Password(); has {
		return p, fmt.Errorf(
			"%w: vertica://%s: it holds a password; COVPIPE_VERTICA_PASSWORD or COVPIPE_VERTICA_PASSWORD_FILE gives it",
			ErrPlace,
			u.Host,
		)
	}
	fail := func(format string, args ...any) (verticaPlace, error) {
		return p, fmt.Errorf("%w: vertica://%s: %s", ErrPlace, u.Host, fmt.Sprintf(format, args...))
	}
	p = verticaPlace{
		user:     u.User.Username(),
		password: opt.Password,
		host:     u.Hostname(),
		database: strings.Trim(u.Path, "/"),
		tls:      tlsStrict,
		silence:  10 * time.Minute,
	}
	if p.user == "" || p.host == "" || p.database == "" || strings.Contains(p.database, "/") {
		return fail("it needs a user, a host and a database: vertica://user@host:5433/db")
	}
	options, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return fail("its options cannot be read: %v", err)
	}
	p.nodes = []string{withPort(u.Host)}
	for name, values := range options {
		value := values[len(values)-1]
		switch name {
		case "tlsmode":
			p.tls = tlsMode(value)
			if !slices.Contains([]tlsMode{tlsStrict, tlsServer, tlsNone}, p.tls) {
				return fail("tlsmode %q is not server-strict, server or none", value)
			}
		case "ca":
			text, err := os.ReadFile(value)
			if err != nil {
				return p, fmt.Errorf("vertica: ca: %w", err)
			}
			p.roots, p.rootsName = x509.NewCertPool(), value
			if !p.roots.AppendCertsFromPEM(text) {
				return fail("ca: %s has no certificate in PEM", value)
			}
		case "backup":
			for node := range strings.SplitSeq(value, ",") {
				p.nodes = append(p.nodes, withPort(node))
			}
		case "load_balance":
			if p.balance = value == "true"; !p.balance && value != "false" {
				return fail("load_balance %q is neither true nor false", value)
			}
		case "silence":
			if p.silence, err = time.ParseDuration(value); err != nil || p.silence <= 0 {
				return fail("silence: %q is no duration such as 10m", value)
			}
		case "resource_pool":
			if p.pool = value; !isName(value) {
				return fail("resource_pool: %q is no name", value)
			}
		default:
			return fail("it has no option %q (known: backup, ca, load_balance, resource_pool, silence, tlsmode)", name)
		}
	}
	for _, node := range p.nodes {
		host, port, err := net.SplitHostPort(node)
		if n, errPort := strconv.ParseUint(port, 10, 16); err != nil || errPort != nil || n == 0 || host == "" ||
			strings.Contains(host, ":") && net.ParseIP(host) == nil {
			return fail("%q is no host:port", node)
		}
	}
	if p.roots != nil && p.tls != tlsStrict {
		return fail("ca is for tlsmode server-strict, and it is %s", p.tls)
	}
	return p, nil
}

// nameForm is a name that needs no quotes.
var nameForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func isName(text string) bool {
	return nameForm.MatchString(text)
}

func withPort(node string) string {
	if _, _, err := net.SplitHostPort(node); err == nil {
		return node
	}
	return net.JoinHostPort(strings.Trim(node, "[]"), verticaPort)
}

// address gives the driver what it needs to connect to a relay. The name that
// the certificate must have is that of the node. Autocommit is off, so that
// nothing counts before COMMIT even if a statement forgot to say so.
func (p verticaPlace) address(relay, node, label string) (string, error) {
	mode, err := p.driverTLS(node)
	if err != nil {
		return "", err
	}
	who := url.User(p.user)
	if p.password != "" {
		who = url.UserPassword(p.user, p.password)
	}
	query := url.Values{"tlsmode": {mode}, "autocommit": {"0"}, "client_label": {label}}
	u := url.URL{Scheme: "vertica", User: who, Host: relay, Path: "/" + p.database, RawQuery: query.Encode()}
	return u.String(), nil
}

// driverTLS gives the driver's name of a mode. Its own server-strict would look
// for the relay's name in the certificate, so the settings are registered, under
// a name in lower case: the driver finds no other.
func (p verticaPlace) driverTLS(node string) (string, error) {
	if p.tls != tlsStrict {
		return string(p.tls), nil
	}
	host, _, err := net.SplitHostPort(node)
	if err != nil {
		return "", err
	}
	hash := sha256.Sum256([]byte(host + "\x00" + p.rootsName))
	name := "covpipe-" + hex.EncodeToString(hash[:8])
	return name, vertigo.RegisterTLSConfig(
		name,
		&tls.Config{ServerName: host, RootCAs: p.roots, MinVersion: tls.VersionTLS12},
	)
}
