package console

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"fontis/internal/app"
	"fontis/internal/edge/client"
	"fontis/internal/vocab"
)

// Reached is a node as a command works with it.
type Reached struct {
	*client.Client
	Name string // under which its credentials are kept
	// App is the node when it was opened in this process, nil when it is called.
	App   *app.App
	close func() error
}

// Close ends what was opened to reach the node.
func (r *Reached) Close() error {
	if r.close == nil {
		return nil
	}
	return r.close()
}

// IsURL reports whether the node is named by its address, not by its folder.
func IsURL(node string) bool {
	return strings.HasPrefix(node, "http://") || strings.HasPrefix(node, "https://")
}

// Reach finds the node: at its address, or in its folder. A node that runs there
// is called; one that does not is opened in this process, behind the very same
// interface. No officer is signed in yet.
func (c *Console) Reach() (*Reached, error) {
	if IsURL(c.Node) {
		return c.Dial(c.Node, strings.TrimSuffix(c.Node, "/"), c.CA)
	}
	cfg, err := app.ReadConfig(c.Node)
	if err != nil {
		return nil, err
	}
	if s, ok := ServedBy(cfg); ok {
		return c.Own(s, cfg)
	}
	a, err := app.Open(c.Ctx, cfg, app.Options{Clock: c.Clock, Diary: c.Diary()})
	if err != nil {
		return nil, err
	}
	h, err := Face(a)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return &Reached{Client: client.Over(h, ""), Name: cfg.Dir, App: a, close: a.Close}, nil
}

// Dial makes a client of the node at the address; its sessions are kept under the
// name, and the certificate in the file ca is trusted.
func (c *Console) Dial(address, name, ca string) (*Reached, error) {
	transport, err := trusting(ca)
	if err != nil {
		return nil, err
	}
	return c.over(transport, address, name)
}

func (c *Console) over(transport *http.Transport, address, name string) (*Reached, error) {
	to, err := client.Dial(address, "", transport)
	if err != nil {
		return nil, err
	}
	return &Reached{Client: to, Name: name, close: func() error { transport.CloseIdleConnections(); return nil }}, nil
}

// Own makes a client of the node that runs in the folder on this machine. It answers
// at an address that its certificate need not name: the certificate may be for the
// name under which others reach the node. What is trusted is that very certificate.
func (c *Console) Own(s Serving, cfg app.Config) (*Reached, error) {
	transport, err := trusting(cfg.TLSCert)
	if err != nil {
		return nil, err
	}
	if cfg.TLSCert != "" {
		if transport.TLSClientConfig.ServerName, err = nameIn(cfg.TLSCert); err != nil {
			return nil, err
		}
	}
	return c.over(transport, s.URL, cfg.Dir)
}

// nameIn is a name for which the certificate of the file is.
func nameIn(file string) (string, error) {
	cert, err := ReadCert(file)
	if err != nil {
		return "", err
	}
	switch {
	case len(cert.IPAddresses) > 0:
		return cert.IPAddresses[0].String(), nil
	case len(cert.DNSNames) > 0:
		return strings.Replace(cert.DNSNames[0], "*", "node", 1), nil
	}
	return "", nil
}

// ReadCert reads the first certificate of a file.
func ReadCert(file string) (*x509.Certificate, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, vocab.FileUnreadable.Wrap(err, "the certificate")
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, vocab.FileUnreadable.Because("%s holds no certificate", file)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, vocab.FileUnreadable.Wrap(err, "the certificate")
	}
	return cert, nil
}

// trusting reaches addresses whose certificates the machine trusts, or the file ca.
func trusting(ca string) (*http.Transport, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if ca == "" {
		return transport, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	b, err := os.ReadFile(ca)
	if err != nil {
		return nil, vocab.FileUnreadable.Wrap(err, "the certificate to trust")
	}
	if !pool.AppendCertsFromPEM(b) {
		return nil, vocab.FileUnreadable.Because("%s holds no certificate", ca)
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return transport, nil
}

// Reader fetches from logs and witnesses, which know no officer; it trusts the
// certificate of --ca as well.
func (c *Console) Reader(limit time.Duration) (*http.Client, error) {
	transport, err := trusting(c.CA)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: transport, Timeout: limit}, nil
}

// Signed reaches the node as the officer of --as, or as the person of --session.
func (c *Console) Signed() (*Reached, error) {
	if c.As == "" && c.Session != "" {
		return c.asPerson()
	}
	r, err := c.Reach()
	if err != nil {
		return nil, err
	}
	w, err := WalletFor(r.Name)
	if err == nil {
		var cred Credential
		if cred, err = w.Find(c.As); err == nil {
			r.Client = r.WithToken(cred.Token)
			return r, nil
		}
	}
	return nil, errors.Join(c.atNode(err), r.Close())
}

// usualNode is the folder of --node when none is named.
const usualNode = "./fontis-node"

// atNode completes the command that signs in by the node that was named, which a
// command without it would not reach.
func (c *Console) atNode(err error) error {
	var f *vocab.Failure
	if c.Node == usualNode || os.Getenv("FONTIS_NODE") != "" || !errors.As(err, &f) || f.Code != vocab.SignInNeeded {
		return err
	}
	return f.WithFix("%s --node %s", f.Fix, c.Node)
}

// asPerson reaches the node in a person's own session, which is kept nowhere.
func (c *Console) asPerson() (*Reached, error) {
	token, err := os.ReadFile(c.Session)
	if err != nil {
		return nil, vocab.FileUnreadable.Wrap(err, "the session")
	}
	r, err := c.Reach()
	if err != nil {
		return nil, err
	}
	r.Client = r.WithToken(strings.TrimSpace(string(token)))
	return r, nil
}

// With runs work on the node as who is signed in.
func (c *Console) With(work func(*Reached) error) error {
	r, err := c.Signed()
	if err != nil {
		return err
	}
	return errors.Join(work(r), r.Close())
}

// Serving says where the process that runs a node answers. It is written when
// the address is known, since a port of 0 is chosen by the system.
type Serving struct {
	URL string `json:"url"`
	PID int    `json:"pid"`
	// Whom doctor's hints name.
	Operator vocab.OfficerID `json:"operator,omitempty"`
	Steward  vocab.OfficerID `json:"steward,omitempty"`
}

// ServingFile is where a node that runs says so.
func ServingFile(cfg app.Config) string { return filepath.Join(cfg.Dir, "serving.json") }

// ServedBy gives the process that runs the node: the file alone proves nothing,
// the lease must be held.
func ServedBy(cfg app.Config) (Serving, bool) {
	var s Serving
	b, err := os.ReadFile(ServingFile(cfg))
	if err != nil || json.Unmarshal(b, &s) != nil || s.URL == "" || !LeaseHeld(cfg) {
		return Serving{}, false
	}
	return s, true
}

// LeaseHeld reports whether some process holds the node.
func LeaseHeld(cfg app.Config) bool {
	f, err := os.Open(filepath.Join(cfg.Dir, "data", "lease.json"))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}
