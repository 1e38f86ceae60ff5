package web

import (
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"runtime/debug"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/share"
	"fontis/internal/edge/call"
	"fontis/internal/edge/problem"
	"fontis/internal/edge/text"
	"fontis/internal/edge/web/look"
	"fontis/internal/edge/web/notes"
	"fontis/internal/engine/blob"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/tlog"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/idempotency"
	"fontis/internal/trust/identity/limit"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// Parts are the services whose verbs have this face.
type Parts struct {
	Identity *identity.Service
	Catalog  *catalog.Service
	Share    *share.Service
	Door     *access.Door
	Ledger   *ledger.Ledger
	Totals   *ledger.Totals
	Kept     *idempotency.Store
	Blobs    *blob.Store // of uploads, between the file and its mapping
	Log      *tlog.Log
	Limits   *limit.Limiter
	Text     *text.Catalog
	Clock    clock.Clock
	Diary    *slog.Logger

	Issuers []Issuer    // through which officers may sign in
	Demo    func() Demo // nil on a node with real people
	URL     string      // how others reach the node
	Secure  bool        // reached over TLS: cookies travel there only
}

// Issuer is a sign-in service as the sign-in page shows it.
type Issuer struct {
	Name string
	OIDC *identity.OIDC
}

// Demo is what the first page of a demo node tells.
type Demo struct {
	Done, Total int64 // lines loaded, of how many
	Doing       string
	Accounts    []Account
	Residents   []vocab.SubjectKey // some whose page may be opened
}

// Account is an invented officer who may sign in.
type Account struct {
	Login, Password string
	Member          identity.Name
	Roles           []vocab.Role
}

// Site serves the pages. It is safe for concurrent use.
type Site struct {
	Parts
	problems problem.Writer
	looks    map[text.Lang]*look.Look
	static   *look.Static
	mux      *http.ServeMux
	routes   []route
	notes    *notes.Notes
}

// New makes the face.
func New(p Parts) (*Site, error) {
	if p.Text == nil || p.Clock == nil || p.Identity == nil {
		return nil, vocab.InternalError.Because("the pages lack texts, clock or identity")
	}
	if p.Diary == nil {
		p.Diary = slog.New(slog.DiscardHandler)
	}
	if p.Limits == nil {
		p.Limits = limit.New(p.Clock, limit.Limits{})
	}
	s := &Site{
		Parts: p, problems: problem.Writer{Text: p.Text, Diary: p.Diary}, looks: map[text.Lang]*look.Look{},
		mux: http.NewServeMux(), notes: notes.New(p.Clock),
	}
	var err error
	if s.static, err = look.OpenStatic(); err != nil {
		return nil, err
	}
	for _, lang := range text.Langs() {
		if s.looks[lang], err = look.New(p.Text, lang); err != nil {
			return nil, err
		}
	}
	s.mux.Handle("GET /static/", s.static)
	s.routes = s.table()
	for _, r := range s.routes {
		s.add(r)
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.serve(route{open: true, show: nowhere}, w, r)
	})
	return s, nil
}

func nowhere(*visit) (any, error) {
	return nil, vocab.NoSuchThing.Because("no page stands here")
}

// route is one page: show builds it, act does what its form asks and gives the
// place to go to, send writes a file instead of a page.
type route struct {
	path string // after the method
	page string // the template
	open bool   // needs no one signed in
	only bool   // takes a form and has nothing to read at its address
	show func(*visit) (any, error)
	act  func(*visit) (string, error)
	send func(*visit) error
}

func (s *Site) add(r route) {
	if (r.page != "" || r.send != nil) && !r.only {
		s.mux.HandleFunc("GET "+r.path, func(w http.ResponseWriter, req *http.Request) { s.serve(r, w, req) })
	}
	if r.act != nil {
		s.mux.HandleFunc("POST "+r.path, func(w http.ResponseWriter, req *http.Request) { s.serve(r, w, req) })
	}
}

// ServeHTTP serves one visit.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, r := call.Begin(r, s.Clock.Now())
	h := w.Header()
	h[call.HeaderTrace] = []string{string(c.Trace)}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if s.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	defer s.mend(w, r, c)
	s.mux.ServeHTTP(w, r)
}

// errAbort ends an answer that can no longer be whole.
var errAbort = http.ErrAbortHandler

// policy lets a page load this node's stylesheet and pictures and send its forms
// to this node; there is nothing else that a page may do.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// mend answers for a page that panicked; the diary has the trace.
func (s *Site) mend(w http.ResponseWriter, r *http.Request, c *call.Call) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	s.Diary.Error("a page panicked", "trace", c.Trace, "page", c.Pattern, "kind", reflect.TypeOf(p).String(), "stack", string(debug.Stack()))
	v := &visit{Site: s, w: w, r: r, call: c}
	v.fail(vocab.InternalError.Because("a page panicked"))
}
