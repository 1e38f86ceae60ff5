// Package call carries what one request has from its first byte to its line in
// the log: its trace and its reader's language.
//
// The server begins a call; a handler that stands alone (a test, the command
// line without a server) begins its own. The promise: both sides of a failure
// hold the same trace.
package call

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"fontis/internal/edge/text"
	"fontis/internal/vocab"
)

// HeaderTrace carries the trace of every answer.
const HeaderTrace = "X-Trace"

// Call is one request. It belongs to the goroutine that serves it.
type Call struct {
	Trace   vocab.TraceID
	Lang    text.Lang
	Pattern string     // the route's pattern, for the log: a path may hold an id
	Code    vocab.Code // of the failure that was answered, for the log
	From    netip.Addr // who calls, as the server knows it
	Began   time.Time
	// Stopping is closed when the server stops: a call without an end ends then.
	Stopping <-chan struct{}
}

type key struct{}

// Begin gives the call of the request and the request that carries it. A call
// that was begun further out is kept.
func Begin(r *http.Request, now time.Time) (*Call, *http.Request) {
	if c := Of(r.Context()); c != nil {
		return c, r
	}
	c := &Call{Trace: vocab.NewTrace(now), Lang: text.Negotiate(r.Header.Get("Accept-Language")), From: peer(r), Began: now}
	return c, r.WithContext(context.WithValue(r.Context(), key{}, c))
}

// Of is the call of the context, or nil.
func Of(ctx context.Context) *Call {
	c, _ := ctx.Value(key{}).(*Call)
	return c
}

func peer(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}
