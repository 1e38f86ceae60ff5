package serve_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"fontis/internal/edge/serve"
)

// pipe is a listener whose one connection stays in memory, so that its hours pass
// at once.
type pipe struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipe) Close() error   { close(p.closed); return nil }
func (p *pipe) Addr() net.Addr { return &net.TCPAddr{} }

// TestABodyThatOnlyDripsIsCutOff: who sends some bytes now and then, each in time,
// does not hold a call for long; who sends slowly and steadily is served, also by a
// verb that takes its time.
func TestABodyThatOnlyDripsIsCutOff(t *testing.T) {
	for _, c := range []struct {
		name        string
		part, parts int
		every, verb time.Duration
		served      bool
	}{
		{"a byte every 20 s", 1, 1000, 20 * time.Second, 0, false},
		{"a hundred bytes a second", 100, 3000, time.Second, 0, false},
		{"a line of 512 bytes a second", 512, 3000, time.Second, 0, true},
		{"a verb that needs 45 s for each part", 512, 100, time.Second, 45 * time.Second, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &pipe{make(chan net.Conn, 1), make(chan struct{})}
				here, there := net.Pipe()
				l.conns <- there
				s := serve.On(l, serve.Options{Diary: slog.New(slog.DiscardHandler)})
				got := make(chan error, 1)
				ctx, stop := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() {
					ended <- s.Serve(ctx, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
						b := make([]byte, c.part)
						for {
							_, err := io.ReadFull(r.Body, b)
							if err != nil {
								got <- err
								return
							}
							time.Sleep(c.verb)
						}
					}))
				}()
				go io.Copy(io.Discard, here)
				began := time.Now()
				fmt.Fprintf(here, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", c.part*c.parts)
				for range c.parts {
					if _, err := here.Write(bytes.Repeat([]byte("x"), c.part)); err != nil {
						break
					}
					time.Sleep(c.every)
				}
				err := <-got
				if served := errors.Is(err, io.EOF); served != c.served {
					t.Errorf("the body ended with %v after %s", err, time.Since(began))
				}
				if !c.served && time.Since(began) > 3*time.Minute {
					t.Errorf("it was held for %s", time.Since(began))
				}
				here.Close()
				stop()
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		})
	}
}
