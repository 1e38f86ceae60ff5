package console

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fontis/internal/app"
)

// serving is a node that answers on the loopback address with a certificate for the
// names, and the file of that certificate.
func serving(t *testing.T, names []string, addresses []net.IP) (Serving, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "node"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), DNSNames: names, IPAddresses: addresses}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"state":"fine"}`))
	}))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return Serving{URL: srv.URL}, file
}

// The commands on a node's own machine reach it whatever name its certificate is for,
// and trust no other certificate for that.
func TestANodesOwnCommandsReachItUnderItsPublicName(t *testing.T) {
	c := &Console{Ctx: t.Context(), Globals: &Globals{}}
	for name, of := range map[string]struct {
		names     []string
		addresses []net.IP
	}{
		"public name": {names: []string{"data.example.gov"}},
		"any name":    {names: []string{"*.example.gov"}},
		"address":     {addresses: []net.IP{net.IPv4(127, 0, 0, 1)}},
	} {
		s, cert := serving(t, of.names, of.addresses)
		r, err := c.Own(s, app.Config{Dir: t.TempDir(), TLSCert: cert})
		if err != nil {
			t.Fatal(err)
		}
		var health map[string]any
		if err := r.Do(t.Context(), http.MethodGet, "/healthz", nil, &health); err != nil || health["state"] != "fine" {
			t.Errorf("%s: %v %v", name, health, err)
		}
		_, another := serving(t, of.names, of.addresses)
		r, err = c.Own(s, app.Config{Dir: t.TempDir(), TLSCert: another})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Do(t.Context(), http.MethodGet, "/healthz", nil, &health); err == nil {
			t.Errorf("%s: a certificate of somebody else is trusted", name)
		}
	}
}
