package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"fontis/internal/app"
	"fontis/internal/edge/client"
	"fontis/internal/vocab"
)

// reached is a node as a command works with it.
type reached struct {
	*client.Client
	name  string // under which its credentials are kept
	app   *app.App
	close func() error
}

// Close ends what was opened to reach the node.
func (r *reached) Close() error {
	if r.close == nil {
		return nil
	}
	return r.close()
}

func isURL(node string) bool {
	return strings.HasPrefix(node, "http://") || strings.HasPrefix(node, "https://")
}

// reach finds the node: at its address, or in its folder. A node that runs there
// is called; one that does not is opened in this process, behind the very same
// interface. No officer is signed in yet.
func (c *console) reach() (*reached, error) {
	if isURL(c.Node) {
		return c.dial(c.Node, strings.TrimSuffix(c.Node, "/"), c.CA)
	}
	cfg, err := app.ReadConfig(c.Node)
	if err != nil {
		return nil, err
	}
	if s, ok := servedBy(cfg); ok {
		return c.dial(s.URL, cfg.Dir, cfg.TLSCert)
	}
	a, err := app.Open(c.ctx, cfg, app.Options{Diary: c.diary()})
	if err != nil {
		return nil, err
	}
	h, err := face(a)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return &reached{Client: client.Over(h, ""), name: cfg.Dir, app: a, close: a.Close}, nil
}

func (c *console) dial(address, name, ca string) (*reached, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if ca != "" {
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
	}
	to, err := client.Dial(address, "", transport)
	if err != nil {
		return nil, err
	}
	return &reached{Client: to, name: name, close: func() error { transport.CloseIdleConnections(); return nil }}, nil
}

// signed reaches the node as the officer of --as.
func (c *console) signed() (*reached, error) {
	r, err := c.reach()
	if err != nil {
		return nil, err
	}
	w, err := walletFor(r.name)
	if err == nil {
		var cred credential
		if cred, err = w.find(c.As); err == nil {
			r.Client = r.WithToken(cred.Token)
			return r, nil
		}
	}
	return nil, errors.Join(err, r.Close())
}

// with runs work on the node as the signed-in officer.
func (c *console) with(work func(*reached) error) error {
	r, err := c.signed()
	if err != nil {
		return err
	}
	return errors.Join(work(r), r.Close())
}

// serving says where the process that runs a node answers. It is written when
// the address is known, since a port of 0 is chosen by the system.
type serving struct {
	URL string `json:"url"`
	PID int    `json:"pid"`
}

func servingFile(cfg app.Config) string { return filepath.Join(cfg.Dir, "serving.json") }

// servedBy gives the process that runs the node: the file alone proves nothing,
// the lease must be held.
func servedBy(cfg app.Config) (serving, bool) {
	var s serving
	b, err := os.ReadFile(servingFile(cfg))
	if err != nil || json.Unmarshal(b, &s) != nil || s.URL == "" || !leaseHeld(cfg) {
		return serving{}, false
	}
	return s, true
}

func leaseHeld(cfg app.Config) bool {
	f, err := os.Open(filepath.Join(cfg.Dir, "data", "lease.json"))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}
