package page

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"runtime/debug"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/call"
	"fontis/internal/edge/problem"
	"fontis/internal/edge/text"
	"fontis/internal/edge/web/look"
	"fontis/internal/edge/web/notes"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/idempotency"
	"fontis/internal/trust/identity/limit"
	"fontis/internal/trust/ledger/totals"
	"fontis/internal/vocab"
)

// Parts are what every visit needs, whatever its page.
type Parts struct {
	Identity *identity.Service
	Catalog  *catalog.Service // of the names of data sets and items
	Totals   *totals.Totals
	Kept     *idempotency.Store
	Limits   *limit.Limiter
	Text     *text.Catalog
	Clock    clock.Clock
	Diary    *slog.Logger

	// Divisions name area codes; nil where only provinces have names.
	Divisions Divisions

	Contact Contact // whom one talks to

	Demo   func() Demo // nil on a node with real people
	URL    string      // how others reach the node
	Secure bool        // reached over TLS: cookies travel there only
}

// Divisions name area codes from memory; Fresh sees to it that they are those of now.
type Divisions interface {
	Name(code string) (entry.Text, bool)
	Fresh(ctx context.Context) error
}

// Contact is the person to talk to: where, when and at which number. What is empty
// is not told.
type Contact struct{ Phone, Hours, Place string }

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

// Route is one page: Show builds what its template is given, Act does what its
// form asks and gives the place to go to, Send writes a file instead of a page.
type Route struct {
	Path string // after the method, as http.ServeMux reads it
	Page string // the template
	Up   string // a page above it that its address does not name
	Open bool   // needs no one signed in
	Only bool   // takes a form and has nothing to read at its address
	Save bool   // its form only keeps what is typed: one sending more does no harm

	Person   bool                         // a person's own: who is not there is asked in as a person
	Plain    func(*Visit) string          // where a reader of plain pages goes instead
	Moved    func(*Visit) (string, error) // where what was asked for stands now; empty: here
	Fleeting bool                         // nothing to keep: it asks who is there, or stands on every device anyhow
	Paper    string                       // the blank form by which a person asks for the same without a screen

	Show func(*Visit) (any, error)
	Act  func(*Visit) (string, error)
	Send func(*Visit) error
	File func(*Visit) error // sends the page's list as a file, when the address says file
}

// Section is a room of the portal: pages that belong together and what they
// call stand in a package of their own.
type Section interface {
	Routes() []Route
}

// Site serves the pages of its sections. It is safe for concurrent use.
type Site struct {
	Parts
	Notes    *notes.Notes
	answers  *notes.Notes // pages that forms brought; they drive no note out
	problems problem.Writer
	looks    map[text.Lang]*look.Look
	static   *look.Static
	mux      *http.ServeMux
	routes   []Route
	menu     []MenuLine
	parts    map[string]Part  // what changes while it is read, by the first word of its name
	above    map[string]Route // pages that can be read, by their addresses
	ends     []func()         // of sections that do something between visits
}

// How many notes wait at most, and how many pages that forms brought.
const (
	mostNotes   = 4096
	mostAnswers = 512
)

// New makes a site without pages.
func New(p Parts, menu []MenuLine) (*Site, error) {
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
		mux: http.NewServeMux(), Notes: notes.New(p.Clock, mostNotes), answers: notes.New(p.Clock, mostAnswers), menu: menu, above: map[string]Route{}, parts: map[string]Part{},
	}
	var err error
	if s.static, err = look.OpenStatic(); err != nil {
		return nil, err
	}
	for _, lang := range p.Text.Langs() {
		if s.looks[lang], err = look.New(p.Text, lang); err != nil {
			return nil, err
		}
		if p.Divisions != nil {
			s.looks[lang].Divisions = p.Divisions.Name
		}
	}
	s.mux.Handle("GET /static/", s.static)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.serve(Route{Open: true, Show: nowhere}, w, r)
	})
	return s, nil
}

func nowhere(*Visit) (any, error) {
	return nil, vocab.NoSuchThing.Because("no page stands here")
}

// Mount adds the pages of sections, before the site serves.
func (s *Site) Mount(sections ...Section) {
	for _, section := range sections {
		if with, ok := section.(interface{ Parts() []Part }); ok {
			for _, p := range with.Parts() {
				s.parts[p.Name] = p
			}
		}
		if with, ok := section.(interface{ Close() }); ok {
			s.ends = append(s.ends, with.Close)
		}
		for _, r := range section.Routes() {
			s.routes = append(s.routes, r)
			s.add(r)
		}
	}
}

func (s *Site) add(r Route) {
	if r.Page != "" && !r.Only {
		s.above[r.Path] = r
	}
	if (r.Page != "" || r.Send != nil) && !r.Only {
		s.mux.HandleFunc("GET "+r.Path, func(w http.ResponseWriter, req *http.Request) { s.serve(r, w, req) })
	}
	if r.Act != nil {
		s.mux.HandleFunc("POST "+r.Path, func(w http.ResponseWriter, req *http.Request) { s.serve(r, w, req) })
	}
}

// Close ends what the pages do between visits; what they call closes after it.
func (s *Site) Close() {
	for _, end := range s.ends {
		end()
	}
}

// Routes are the pages that are mounted.
func (s *Site) Routes() []Route { return s.routes }

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

// policy lets a page load this node's stylesheet, script and pictures and speak
// with this node; there is nothing else that a page may do.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

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
	v := &Visit{Site: s, W: w, R: r, Call: c}
	v.fail(vocab.InternalError.Because("a page panicked"))
}
