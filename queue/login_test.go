package queue

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

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

func TestACredentialsFileLogsIn(t *testing.T) {
	operator := must[nkeys.KeyPair](t)(nkeys.CreateOperator())
	account, user := must[nkeys.KeyPair](t)(nkeys.CreateAccount()), must[nkeys.KeyPair](t)(nkeys.CreateUser())
	key := func(pair nkeys.KeyPair) string { return must[string](t)(pair.PublicKey()) }
	accountClaims := jwt.NewAccountClaims(key(account))
	accountClaims.Limits.JetStreamLimits = jwt.JetStreamLimits{DiskStorage: -1, MemoryStorage: -1}
	accountToken := must[string](t)(accountClaims.Encode(operator))
	userToken := must[string](t)(jwt.NewUserClaims(key(user)).Encode(account))
	credentials := must[[]byte](t)(jwt.FormatUserConfig(userToken, must[[]byte](t)(user.Seed())))

	system := must[nkeys.KeyPair](t)(nkeys.CreateAccount())
	systemToken := must[string](t)(jwt.NewAccountClaims(key(system)).Encode(operator))
	resolver := &server.MemAccResolver{}
	for name, token := range map[string]string{key(account): accountToken, key(system): systemToken} {
		if err := resolver.Store(name, token); err != nil {
			t.Fatal(err)
		}
	}
	s := embedded(t, server.Options{
		TrustedKeys: []string{key(operator)}, AccountResolver: resolver, SystemAccount: key(system),
	})
	q := connect(t, s, func(o *Options) { o.Credentials = credentials })
	create(t, q, "Cart")
	left(t, q, 1)
	_, err := Connect(t.Context(), Options{Place: s.place, Run: "run-1", Patience: time.Second})
	if !errors.Is(err, ErrLogin) {
		t.Errorf("without credentials: %v", err)
	}
}

// certificate makes one for 127.0.0.1, signed by itself.
func certificate(t *testing.T) (pair tls.Certificate, ca string) {
	t.Helper()
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "nats"},
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, ca
}

func TestTLSIsVerified(t *testing.T) {
	pair, ca := certificate(t)
	_, otherCA := certificate(t)
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	for query, first := range map[string]bool{"": false, "&tls=first": true} {
		s := embedded(t, server.Options{TLSConfig: config, TLSTimeout: 5, TLSHandshakeFirst: first})
		place := strings.Replace(s.place, "nats://", "tls://", 1)
		q := connect(t, s, func(o *Options) { o.Place = place + "?ca=" + ca + query })
		create(t, q, "Cart")
		for _, wrong := range []string{"?ca=" + otherCA + query, "?" + strings.TrimPrefix(query, "&")} {
			if _, err := Connect(t.Context(), Options{Place: place + wrong, Run: "run-1"}); !errors.Is(err, ErrTLS) {
				t.Errorf("%q: %v", wrong, err)
			}
		}
	}
}

func TestAServerWithoutJetStreamIsNamed(t *testing.T) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer s.Shutdown()
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("the server does not start")
	}
	_, err = Connect(t.Context(), Options{Place: s.ClientURL(), Run: "run-1", Patience: time.Second})
	if !errors.Is(err, ErrNoJetStream) {
		t.Errorf("got %v", err)
	}
}

// A file that cannot be read will not be there the next time, so nothing is tried
// again.
func TestCertificatesAndCredentialsThatCannotBeReadAreRefusedAtOnce(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.pem")
	if err := os.WriteFile(broken, []byte("nothing of the kind\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	lost := func(err error) { t.Errorf("it was tried: %v", err) }
	for query, want := range map[string]string{
		"?ca=nowhere.pem":                    "nowhere.pem",
		"?ca=" + broken:                      broken,
		"?cert=" + broken + "&key=" + broken: "client certificate",
	} {
		_, err := Connect(t.Context(), Options{Place: "tls://127.0.0.1:1" + query, Run: "run-1", Lost: lost})
		if !errors.Is(err, ErrTLS) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", query, err)
		}
	}
	opt := Options{Place: "nats://127.0.0.1:1", Run: "run-1", Credentials: []byte("nothing of the kind\n"), Lost: lost}
	if _, err := Connect(t.Context(), opt); !errors.Is(err, ErrCredentials) {
		t.Errorf("credentials: %v", err)
	}
}
