package serve

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"fontis/internal/edge/call"
)

// Handler is h with trace, limits of time, and a line in the log for each call.
func (s *Server) Handler(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, r := call.Begin(r, s.o.Clock.Now())
		c.Stopping = s.stopping
		if s.o.BehindProxy {
			if from, ok := forwarded(r); ok {
				c.From = from
			}
		}
		control := http.NewResponseController(w)
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &moving{ReadCloser: r.Body, control: control}
		}
		out := &observed{ResponseWriter: w, control: control}
		defer s.line(r, c, out)
		h.ServeHTTP(out, r)
	})
}

// forwarded is the caller whom the proxy names: the last entry, which the proxy
// wrote; the ones before it came from outside.
func forwarded(r *http.Request) (netip.Addr, bool) {
	all := r.Header.Values("X-Forwarded-For")
	if len(all) == 0 {
		return netip.Addr{}, false
	}
	last := all[len(all)-1]
	if i := strings.LastIndexByte(last, ','); i >= 0 {
		last = last[i+1:]
	}
	a, err := netip.ParseAddr(strings.TrimSpace(last))
	return a.Unmap(), err == nil
}

// line writes what is known of the call without any of its values.
func (s *Server) line(r *http.Request, c *call.Call, out *observed) {
	level := slog.LevelInfo
	switch {
	case out.status == 0 && r.Context().Err() != nil:
		out.status = 499 // the reader went away before an answer
	case out.status == 0:
		out.status = http.StatusOK
	case out.status >= http.StatusInternalServerError:
		level = slog.LevelWarn
	}
	route := c.Pattern
	if route == "" {
		route = "-"
	}
	attrs := []slog.Attr{
		slog.String("trace", string(c.Trace)), slog.String("route", route), slog.Int("status", out.status), slog.Int64("bytes", out.bytes),
		slog.Duration("took", s.o.Clock.Now().Sub(c.Began)),
	}
	if c.Code != "" {
		attrs = append(attrs, slog.String("code", string(c.Code)))
	}
	s.o.Diary.LogAttrs(r.Context(), level, "call", attrs...)
}

// deadlineStep is how seldom a deadline is moved: setting one costs more than a
// small read.
const deadlineStep = time.Second

// moving is a body whose sender must keep sending.
type moving struct {
	io.ReadCloser
	control *http.ResponseController
	set     time.Time
	bytes   int64
	waited  time.Duration // for the sender; the time that the verb takes is its own
}

// Read gives the sender movePatience for the next part, and in all so much more as
// leastRate allows for what came. At the end the deadline goes, or it would end the
// call's context while the verb still works.
func (m *moving) Read(b []byte) (int, error) {
	now := time.Now()
	if now.Sub(m.set) > deadlineStep {
		m.set = now
		left := movePatience + time.Duration(m.bytes)*time.Second/leastRate - m.waited
		_ = m.control.SetReadDeadline(now.Add(min(movePatience, left))) // where there is no connection there is none to wait for
	}
	n, err := m.ReadCloser.Read(b)
	m.bytes, m.waited = m.bytes+int64(n), m.waited+time.Since(now)
	if err != nil {
		_ = m.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// observed counts an answer and gives its reader movePatience for each part.
type observed struct {
	http.ResponseWriter
	control *http.ResponseController
	status  int
	bytes   int64
	set     time.Time
}

// WriteHeader notes the status.
func (o *observed) WriteHeader(status int) {
	if o.status == 0 && status >= http.StatusOK {
		o.status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write counts.
func (o *observed) Write(b []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	if now := time.Now(); now.Sub(o.set) > deadlineStep {
		o.set = now
		_ = o.control.SetWriteDeadline(now.Add(movePatience))
	}
	n, err := o.ResponseWriter.Write(b)
	o.bytes += int64(n)
	return n, err
}

// Flush sends what was written so far.
func (o *observed) Flush() { _ = o.control.Flush() }

// Unwrap lets http.ResponseController reach the connection.
func (o *observed) Unwrap() http.ResponseWriter { return o.ResponseWriter }

// nameless takes addresses out of what net/http says.
type nameless struct{ slog.Handler }

var address = regexp.MustCompile(`(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.%a-z]+\])(:\d+)?`)

// Handle writes the record without addresses.
func (n nameless) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, address.ReplaceAllString(r.Message, "[address]"), r.PC)
	return n.Handler.Handle(ctx, clean)
}
