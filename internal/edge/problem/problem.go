// Package problem turns a failure into what the outside reads: a status, and an
// RFC 9457 problem with cause, remedy and trace in the reader's language.
//
// It is the only place where a kind becomes a status. The promises: no problem
// is without cause, remedy or trace (promise 9), and what broke inside shows a
// reference number that the log holds, and nothing else.
package problem

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	"fontis/internal/edge/call"
	"fontis/internal/edge/text"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// ContentType is that of RFC 9457.
const ContentType = "application/problem+json"

// Problem is what a failed call answers.
type Problem struct {
	Type   string        `json:"type" doc:"/problems/CODE: a page that explains the code"`
	Title  string        `json:"title" doc:"What went wrong, in the reader's language"`
	Status int           `json:"status"`
	Detail string        `json:"detail" doc:"The cause, with the values that disagree"`
	Code   vocab.Code    `json:"code"`
	Fix    string        `json:"fix" doc:"The remedy, in the reader's language"`
	Trace  vocab.TraceID `json:"trace" doc:"Found in both sides' logs and, for an access, in the ledger"`
	Errors []Fault       `json:"errors,omitempty" doc:"The fields that are wrong"`

	Native bool `json:"-"` // the cause is in the reader's language
}

// Fault is one field that is wrong. It never repeats the value.
type Fault struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

// Error gives the cause.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders says when to come again.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if s := retryAfter(p.Code, p.Status); s > 0 {
		h.Set("Retry-After", strconv.Itoa(s))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="fontis"`)
	}
	return h
}

// ContentType marks the answer as a problem.
func (p *Problem) ContentType(string) string { return ContentType }

// statuses are those of the kinds.
var statuses = map[vocab.Kind]int{
	vocab.Invalid: http.StatusBadRequest, vocab.NotFound: http.StatusNotFound, vocab.Denied: http.StatusForbidden,
	vocab.Conflict: http.StatusConflict, vocab.Exhausted: http.StatusTooManyRequests,
	vocab.Unavailable: http.StatusServiceUnavailable, vocab.Internal: http.StatusInternalServerError,
}

// Status is the status of a code: its kind's, but for four that HTTP names.
func Status(c vocab.Code) int {
	switch c {
	case vocab.SignInNeeded:
		return http.StatusUnauthorized
	case vocab.FieldMissing, vocab.LineRejected:
		return http.StatusUnprocessableEntity
	case vocab.FileTooLarge:
		return http.StatusRequestEntityTooLarge
	}
	if s, ok := statuses[c.Kind()]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// retryAfter is in seconds; 0 says that coming again does not help by itself.
func retryAfter(c vocab.Code, status int) int {
	switch c {
	case vocab.TooManyCalls, vocab.ReceiptWaiting:
		return 1
	case vocab.LockedOut:
		return 60
	case vocab.GuessGuard, vocab.QuotaSpent:
		return 3600
	}
	switch status {
	case http.StatusTooManyRequests:
		return 60
	case http.StatusServiceUnavailable:
		return 5
	}
	return 0
}

// Writer makes problems and writes them.
type Writer struct {
	Text  *text.Catalog
	Diary *slog.Logger
}

// Of is the problem of an error for the call; what broke inside goes to the
// diary under the trace that the problem shows.
func (w Writer) Of(c *call.Call, err error) *Problem {
	var done *Problem
	if errors.As(err, &done) {
		c.Code = done.Code
		return done
	}
	var f *vocab.Failure
	if !errors.As(err, &f) || f.Kind == vocab.Internal {
		w.Diary.Error("broke inside", "trace", c.Trace, "route", c.Pattern, "error", err)
		f = vocab.InternalError.Because("reference %s", c.Trace)
	}
	p := w.plain(c, f)
	var refusal *access.Refusal
	if errors.As(err, &refusal) && refusal.Trace != "" {
		p.Trace = refusal.Trace
	}
	return p
}

func (w Writer) plain(c *call.Call, f *vocab.Failure) *Problem {
	c.Code = f.Code
	p := &Problem{
		Type: "/problems/" + string(f.Code), Code: f.Code, Status: Status(f.Code), Detail: f.Cause, Trace: c.Trace,
		Title: w.sentence(c.Lang, f.Code, "title"), Fix: w.sentence(c.Lang, f.Code, "fix"),
	}
	if p.Detail == "" {
		p.Detail = string(f.Code)
	}
	better, known := w.Text.Cause(c.Lang, f.Fix)
	switch {
	case f.Fix == "":
	case known || c.Lang == text.English:
		p.Fix = better
	default: // the better remedy is in English, and mostly a command
		p.Fix += " " + f.Fix
	}
	p.Detail, p.Native = w.Text.Cause(c.Lang, p.Detail)
	p.Native = p.Native || c.Lang == text.English
	return p
}

// Faults is the problem of an input whose fields are wrong; status is HTTP's own
// word for how (422, 415, 413 ...).
func (w Writer) Faults(c *call.Call, status int, cause string, faults []Fault) *Problem {
	code := vocab.BadInput
	switch {
	case status == http.StatusRequestEntityTooLarge:
		code = vocab.FileTooLarge
	case status >= http.StatusInternalServerError:
		code = vocab.InternalError
		cause = fmt.Sprintf("reference %s", c.Trace)
	}
	p := w.plain(c, code.Because("%s", cause))
	p.Status, p.Errors = status, faults
	return p
}

func (w Writer) sentence(lang text.Lang, c vocab.Code, part string) string {
	s, err := w.Text.Get(lang, "error."+string(c)+"."+part)
	if err != nil {
		w.Diary.Error("a sentence is missing", "error", err)
		return string(c)
	}
	return s
}

// Write answers the request with the problem of err.
func (w Writer) Write(rw http.ResponseWriter, c *call.Call, err error) {
	w.Send(rw, w.Of(c, err))
}

// Send answers with a problem.
func (w Writer) Send(rw http.ResponseWriter, p *Problem) {
	b, err := json.Marshal(p)
	if err != nil { // strings and numbers only: it cannot fail
		b = []byte("{}")
	}
	h := rw.Header()
	for k, v := range p.GetHeaders() {
		h[k] = v
	}
	h.Set("Content-Type", ContentType)
	h.Set("Cache-Control", "no-store")
	h.Set(call.HeaderTrace, string(p.Trace))
	rw.WriteHeader(p.Status)
	// The reader may be gone; nobody is left to tell.
	_, _ = rw.Write(append(b, '\n'))
}
