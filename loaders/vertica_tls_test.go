package loaders

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/covpipe/covpipe/loaders/verticatest"
)

// certificate makes a certificate for 127.0.0.1, and a file with it.
func certificate(t *testing.T) (*tls.Config, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "test"},
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses: []net.IP{
			net.IPv4(127, 0, 0, 1),
		},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
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
		_, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil)))
		if err != nil || len(server.Seen()) == before {
			t.Errorf("%s: %v, %d statements", to, err, len(server.Seen())-before)
		}
	}
	p := verticaPlaceOf(up)
	p.to = "vertica://loader@" + down + "/c?tlsmode=none"
	if _, err := load(t.Context(), t, p, batches(t, 1, base("a.php", nil))); err == nil ||
		!strings.Contains(err.Error(), "connection refused") {
		t.Errorf("no node: got %v", err)
	}
}

func TestPlacesOfVerticaThatAreNoneAreRefused(t *testing.T) {
	for _, to := range []string{
		"vertica://host/db", "vertica://user@/db", "vertica://user@host", "vertica://user@host/a/b",
		"vertica://user:secret@host/db", "vertica://user@host/db?tlsmode=prefer", "vertica://user@host/db?TLSMODE=none",
		"vertica://user@host/db?silence=never", "vertica://user@host/db?load_balance=1",
		"vertica://user@host/db?resource_pool=a;b", "vertica://user@host:port:/db",
	} {
		_, err := Open(to, Options{})
		if !errors.Is(err, ErrPlace) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", to, err)
		}
	}
}
