package channel_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"io"
	"math/big"
	"mime"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// taken is a message that the server took.
type taken struct {
	from, to  string
	protected bool
	signedIn  string
	id        string
	subject   string
	body      string
	raw       string
}

// server is a mail server on a real socket, as RFC 5321 wants it, small.
type server struct {
	t        *testing.T
	listener net.Listener
	cert     *tls.Config // nil: offers no STARTTLS
	roots    *x509.CertPool

	mu      sync.Mutex // guards what follows
	taken   []taken
	refuse  string // what it says to the recipient, instead of 250
	running sync.WaitGroup
}

func newServer(t *testing.T, protects bool) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, listener: l}
	if protects {
		s.cert, s.roots = certificate(t)
	}
	s.running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.running.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); s.running.Wait() })
	return s
}

func (s *server) address() string { return s.listener.Addr().String() }

func (s *server) says(code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = code
}

func (s *server) all() []taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]taken(nil), s.taken...)
}

func (s *server) serve(conn net.Conn) {
	defer func() { conn.Close() }()
	in := bufio.NewReader(conn)
	say := func(line string) { _, _ = io.WriteString(conn, line+"\r\n") }
	say("220 mail.test ready")
	var m taken
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		switch verb := strings.ToUpper(line); {
		case strings.HasPrefix(verb, "EHLO"):
			if s.cert != nil && !m.protected {
				say("250-mail.test\r\n250-8BITMIME\r\n250 STARTTLS")
			} else {
				say("250-mail.test\r\n250 AUTH PLAIN")
			}
		case verb == "STARTTLS":
			say("220 go on")
			secure := tls.Server(conn, s.cert)
			if secure.Handshake() != nil {
				return
			}
			conn, in, m.protected = secure, bufio.NewReader(secure), true
		case strings.HasPrefix(verb, "AUTH PLAIN "):
			b, _ := base64.StdEncoding.DecodeString(line[len("AUTH PLAIN "):])
			m.signedIn = string(b)
			say("235 welcome")
		case strings.HasPrefix(verb, "MAIL FROM:"):
			m.from = line[len("MAIL FROM:"):]
			say("250 well")
		case strings.HasPrefix(verb, "RCPT TO:"):
			s.mu.Lock()
			refuse := s.refuse
			s.mu.Unlock()
			if refuse != "" {
				say(refuse)
				continue
			}
			m.to = line[len("RCPT TO:"):]
			say("250 well")
		case verb == "DATA":
			say("354 end with a dot")
			m.raw = ""
			for {
				l, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				m.raw += l
			}
			s.keep(m)
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 well")
		}
	}
}

func (s *server) keep(m taken) {
	parsed, err := mail.ReadMessage(strings.NewReader(m.raw))
	if err != nil {
		s.t.Errorf("the message is none: %v\n%s", err, m.raw)
		return
	}
	m.id = parsed.Header.Get("Message-ID")
	m.subject, err = new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	if err != nil {
		s.t.Error(err)
	}
	b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, parsed.Body))
	if err != nil {
		s.t.Errorf("the body is not base64: %v", err)
	}
	m.body = string(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = append(s.taken, m)
}

// certificate is a fresh one for 127.0.0.1, and the pool that knows it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}
