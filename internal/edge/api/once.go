package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"

	"fontis/internal/edge/call"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/idempotency"
	"fontis/internal/vocab"
)

// waitForFirst is how long a second call with the same key waits for the first.
const waitForFirst = 10 * time.Second

// givenOnce marks an answer that is never kept: it held a secret or the values
// of a read, which leave the node only under a permit of their own.
const givenOnce = "given once"

// once serves a write under the caller's own key.
func (s *server) once(next http.Handler, w http.ResponseWriter, r *http.Request, word string) {
	c := call.Of(r.Context())
	_, pattern := s.api.mux.Handler(r)
	claim, err := s.claim(r, pattern, word)
	if err != nil {
		s.problems.Write(w, c, err)
		return
	}
	sum := sha256.New()
	for _, part := range []string{r.URL.RawQuery, r.Header.Get(HeaderOfficer), r.Header.Get(HeaderUnit), r.Header.Get(HeaderCase)} {
		fmt.Fprintf(sum, "%d:%s\n", len(part), part) // what is asked stands there too
	}
	body := io.TeeReader(http.MaxBytesReader(w, r.Body, maxFile), sum)
	if claim.Done {
		s.again(w, c, claim, body, sum)
		return
	}
	ended := false
	defer func() {
		if !ended { // the route panicked: nobody knows what it did
			claim.Abandon()
		}
	}()
	kept := &recorder{ResponseWriter: w}
	in := r.Clone(r.Context())
	in.Body = io.NopCloser(body)
	next.ServeHTTP(kept, in)
	ended = true
	s.keep(r.Context(), claim, body, sum, kept.answer(c, pattern))
}

func (s *server) claim(r *http.Request, pattern, word string) (*idempotency.Claim, error) {
	ctx, cancel := context.WithTimeout(r.Context(), waitForFirst)
	defer cancel()
	actor := whoOf(r.Context()).actor
	return s.Kept.Claim(ctx, idempotency.Key{Member: actor.Member, Caller: caller(actor), Verb: pattern + " " + r.URL.Path, Pattern: pattern, Word: word})
}

// caller tells apart who acts inside a member: one officer's answer is not
// another's, who may hold other roles.
func caller(a identity.Actor) string {
	switch {
	case a.IsMachine():
		return "m:" + string(a.Machine)
	case a.Member == "": // a person, or who acts for one
		return "p:" + a.Session
	}
	return "o:" + string(a.Officer)
}

// again gives the kept answer to a call with the same body.
func (s *server) again(w http.ResponseWriter, c *call.Call, claim *idempotency.Claim, body io.Reader, sum hash.Hash) {
	if _, err := io.Copy(io.Discard, body); err != nil {
		s.problems.Write(w, c, vocab.BadInput.Because("the body could not be read to its end"))
		return
	}
	a, err := claim.Replay([sha256.Size]byte(sum.Sum(nil)))
	if err == nil && a.Type == givenOnce {
		err = vocab.AlreadyExists.Because("the first call with this key was answered under the trace %s, and what it gave is given once", a.Trace)
	}
	if err != nil {
		s.problems.Write(w, c, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.Type)
	h.Set("Idempotent-Replayed", "true")
	h.Set(call.HeaderTrace, string(a.Trace))
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

// keep stores the answer of what was done; what failed changed nothing and may
// be tried again under the same key.
func (s *server) keep(ctx context.Context, claim *idempotency.Claim, body io.Reader, sum hash.Hash, a idempotency.Answer) {
	ctx = context.WithoutCancel(ctx)
	var err error
	switch {
	case a.Status >= http.StatusInternalServerError && a.Status != http.StatusServiceUnavailable:
		claim.Abandon()
	case a.Status >= http.StatusBadRequest:
		err = claim.Release(ctx)
	default:
		// What the route left of the body belongs to its fingerprint.
		if _, err = io.Copy(io.Discard, body); err == nil {
			err = claim.Finish(ctx, [sha256.Size]byte(sum.Sum(nil)), a)
		} else {
			claim.Abandon()
		}
	}
	if err != nil {
		s.Diary.Error("the answer of a write is not kept", "trace", a.Trace, "error", err)
	}
}

// recorder keeps a copy of an answer that is short enough.
type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	long   bool
}

// WriteHeader notes the status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write copies what fits.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	if r.long = r.long || r.body.Len()+len(b) > idempotency.MaxAnswer; !r.long {
		r.body.Write(b)
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) answer(c *call.Call, pattern string) idempotency.Answer {
	a := idempotency.Answer{Status: r.status, Type: r.Header().Get("Content-Type"), Trace: c.Trace}
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	if r.long || secret(pattern) {
		a.Type = givenOnce
		return a
	}
	a.Body = bytes.Clone(r.body.Bytes())
	return a
}

// secret reports whether the route's answer holds what is shown once: codes,
// tokens, and the values of a read.
func secret(pattern string) bool {
	_, path, _ := strings.Cut(pattern, " ")
	switch path {
	case "/v1/officers", "/v1/officers/import", "/v1/officers/{id}/invite", "/v1/machines", "/v1/self-permits", "/v1/read",
		"/v1/sign-in", "/v1/invitations/accept", "/v1/me/act-for", "/v1/me/password":
		return true
	}
	return false
}
