package channel

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"

	"fontis/internal/vocab"
)

// Security is how a connection to the mail server is protected.
type Security string

// StartTLS is used wherever the server offers it. With Required, a server that
// does not is not spoken to.
const (
	Offered  Security = "offered"
	Required Security = "required"
	Implicit Security = "tls"
)

// Mail is a mail server that takes the node's messages.
type Mail struct {
	Address  string // host:port
	From     string // the node's own address
	Name     string // how the node says who it is; the host's when empty
	Security Security
	User     string
	Password Secret
	Roots    *x509.CertPool // the system's when nil
}

// Secret is a password; it never prints.
type Secret string

// String hides the password.
func (Secret) String() string { return "[secret]" }

// GoString hides the password from %#v.
func (Secret) GoString() string { return "[secret]" }

// send hands one message over.
func (m *Mail) send(ctx context.Context, to string, msg message) error {
	host, _, err := net.SplitHostPort(m.Address)
	if err != nil {
		return fmt.Errorf("mail server %s: %w", m.Address, err)
	}
	conn, err := m.dial(ctx, host)
	if err != nil {
		return fmt.Errorf("reach mail server %s: %w", m.Address, err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return fmt.Errorf("greet mail server %s: %w", m.Address, err)
	}
	defer c.Close()
	if err := m.begin(c, host); err != nil {
		return fmt.Errorf("mail server %s: %w", m.Address, err)
	}
	if err := hand(c, m.From, to, m.render(to, msg)); err != nil {
		return fmt.Errorf("mail server %s: %w", m.Address, lasting(err))
	}
	return nil
}

func (m *Mail) dial(ctx context.Context, host string) (net.Conn, error) {
	if m.Security == Implicit {
		d := tls.Dialer{Config: m.tls(host)}
		return d.DialContext(ctx, "tcp", m.Address)
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", m.Address)
}

func (m *Mail) tls(host string) *tls.Config {
	return &tls.Config{ServerName: host, RootCAs: m.Roots, MinVersion: tls.VersionTLS12}
}

// begin greets, protects the connection and signs in. A password never goes over
// a connection that anyone can read.
func (m *Mail) begin(c *smtp.Client, host string) error {
	name := m.Name
	if name == "" {
		name = "localhost"
	}
	if err := c.Hello(name); err != nil {
		return err
	}
	if offers, _ := c.Extension("STARTTLS"); offers && m.Security != Implicit {
		if err := c.StartTLS(m.tls(host)); err != nil {
			return err
		}
	}
	_, protected := c.TLSConnectionState()
	if !protected && m.Security == Required {
		return vocab.UnsafeExposure.Because("it offers no STARTTLS, and the node's configuration requires it")
	}
	if m.User == "" {
		return nil
	}
	if !protected {
		return vocab.UnsafeExposure.Because("a password is not sent over a connection without TLS")
	}
	return c.Auth(smtp.PlainAuth("", m.User, string(m.Password), host))
}

func hand(c *smtp.Client, from, to string, body []byte) error {
	if err := c.Mail(from); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(body); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_ = c.Quit() // the message is taken; how the server takes leave is its own
	return nil
}

// lasting marks what the server refused for good: a code of 5xx.
func lasting(err error) error {
	var said *textproto.Error
	if errors.As(err, &said) && said.Code >= 500 {
		return finalError{err}
	}
	return err
}

// render writes the message as RFC 5322 wants it. Everything that is not plain
// ASCII is encoded, so that no server and no header can take it apart.
func (m *Mail) render(to string, msg message) []byte {
	domain := m.From[strings.LastIndexByte(m.From, '@')+1:]
	var b strings.Builder
	for _, h := range [][2]string{
		{"From", m.From},
		{"To", to},
		{"Subject", mime.BEncoding.Encode("utf-8", msg.subject)},
		{"Date", msg.at.UTC().Format(time.RFC1123Z)},
		{"Message-ID", "<" + msg.id + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "base64"},
	} {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	b.WriteString("\r\n")
	enc := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(msg.body, "\n", "\r\n")))
	for len(enc) > 0 {
		n := min(76, len(enc))
		b.WriteString(enc[:n] + "\r\n")
		enc = enc[n:]
	}
	return []byte(b.String())
}
