// Package serve puts a handler on the network.
//
// The flow: Listen holds the rule of exposure and binds; Serve answers until its
// context ends, then lets the calls under way finish. Every call gets its trace
// here, limits of time that follow its progress, and one line in the log.
//
// The promises: nothing but loopback is served without TLS or a declared proxy,
// a demo is never served elsewhere, and no line of the log holds a value of a
// call: the route's pattern stands there, not the path, and no address.
package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/vocab"
)

// Options say where and how to serve.
type Options struct {
	Address     string // host:port
	CertFile    string // PEM; empty: no TLS
	KeyFile     string
	BehindProxy bool // another server does TLS in front and names the caller
	Demo        bool // invented accounts: loopback only
	Clock       clock.Clock
	Diary       *slog.Logger
}

// Limits of a call. A body or an answer may take as long as it moves on: a
// million rows are no attack, a byte a minute is. A body that moves on comes at
// leastRate bytes a second, less than the slowest line that anybody uses.
const (
	headerPatience = 10 * time.Second
	idlePatience   = 2 * time.Minute
	movePatience   = 30 * time.Second
	leastRate      = 256
	stopPatience   = 15 * time.Second
	maxHeader      = 64 << 10
)

// Server is bound to its address.
type Server struct {
	o        Options
	listener net.Listener
	stopping <-chan struct{} // closed when Serve is to end
}

// Listen checks the rule of exposure and binds.
func Listen(ctx context.Context, o Options) (*Server, error) {
	if err := Exposure(o); err != nil {
		return nil, err
	}
	var config *tls.Config
	if o.CertFile != "" {
		cert, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
		if err != nil {
			return nil, vocab.BadInput.Wrap(err, "the certificate %s with the key %s", o.CertFile, o.KeyFile)
		}
		config = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}}
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", o.Address)
	if err != nil {
		return nil, vocab.BadInput.Wrap(err, "listen at %s", o.Address).WithFix("stop what uses the address, or choose another: fontis serve --listen HOST:PORT")
	}
	if config != nil {
		l = tls.NewListener(l, config)
	}
	return On(l, o), nil
}

// On serves where something listens already; whoever made it answers for who
// reaches it.
func On(l net.Listener, o Options) *Server {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Diary == nil {
		o.Diary = slog.New(slog.DiscardHandler)
	}
	return &Server{o: o, listener: l}
}

// Exposure refuses an address that others reach without TLS or a proxy that does
// it, and any such address for a demo.
func Exposure(o Options) error {
	host, _, err := net.SplitHostPort(o.Address)
	if err != nil {
		return vocab.BadInput.Because("%q is not HOST:PORT", o.Address)
	}
	if loopback(host) {
		return nil
	}
	if o.Demo {
		return vocab.UnsafeExposure.Because("%s is reached by others, and a demo has accounts that everyone knows", o.Address).WithFix("serve a demo at 127.0.0.1")
	}
	if o.CertFile == "" && !o.BehindProxy {
		return vocab.UnsafeExposure.Because("%s is reached by others, and there is no TLS", o.Address)
	}
	return nil
}

// loopback takes addresses and the one name that is always here; another name
// may lead anywhere tomorrow.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// Addr is the bound address.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// URL is where the server answers; of every address of the machine, the loopback
// one, for which a certificate that the node made itself holds.
func (s *Server) URL() string {
	at := s.listener.Addr().String()
	if tcp, ok := s.listener.Addr().(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		at = net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	if s.o.CertFile != "" {
		return "https://" + at
	}
	return "http://" + at
}

// Close gives the address back without having served.
func (s *Server) Close() error { return s.listener.Close() }

// Serve answers until ctx ends, then waits for the calls under way.
func (s *Server) Serve(ctx context.Context, h http.Handler) error {
	s.stopping = ctx.Done()
	server := &http.Server{
		Handler: s.Handler(h), ReadHeaderTimeout: headerPatience, IdleTimeout: idlePatience, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(nameless{s.o.Diary.Handler()}, slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(s.listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
	defer cancel()
	err := server.Shutdown(last)
	if errors.Is(err, context.DeadlineExceeded) {
		s.o.Diary.Warn("calls were cut off", "patience", stopPatience.String())
		err = server.Close()
	}
	<-ended
	return err
}
