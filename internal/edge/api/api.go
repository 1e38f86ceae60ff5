package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/succession"
	"fontis/internal/duty/share"
	"fontis/internal/edge/call"
	"fontis/internal/edge/problem"
	"fontis/internal/edge/text"
	"fontis/internal/engine/blob"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/idempotency"
	"fontis/internal/trust/identity/limit"
	"fontis/internal/trust/identity/token"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/totals"
	"fontis/internal/vocab"
)

// Parts are the services whose verbs have this face.
type Parts struct {
	Identity *identity.Service
	Catalog  *catalog.Service
	// Succession ends entries and tells what stands in their place.
	Succession *succession.Service
	Share      *share.Service
	Door       *access.Door
	Ledger     *ledger.Ledger
	Totals     *totals.Totals
	Kept       *idempotency.Store
	Blobs      *blob.Store // of imports: reports and rejected lines
	Limits     *limit.Limiter
	Text       *text.Catalog
	Clock      clock.Clock
	Diary      *slog.Logger

	Logs    []Log  // the node's logs; the last one is open
	URL     string // how others reach the node
	Version string
	Keeping Keeping
	Scratch string // folder for uploads while they are read; the system's when empty
}

// Log is one of the node's logs as strangers read it.
type Log struct {
	Number  int
	Origin  string
	VKey    string
	Handler http.Handler
}

// API serves the routes. It is safe for concurrent use.
type API struct {
	s      *server
	mux    *http.ServeMux
	routes []Route
}

// Route is one operation.
type Route struct {
	Method, Path string
	Public       bool // needs no one signed in
}

// server is what the routes share.
type server struct {
	Parts
	problems problem.Writer
	huma     huma.API
	api      *API

	// The fast path's verbs, each replaceable in a benchmark.
	ask          func(context.Context, identity.Actor, access.Call) (access.Answered, error)
	authenticate func(context.Context, token.Token) (identity.Actor, error)
}

// New makes the face.
func New(p Parts) (*API, error) {
	if p.Text == nil || p.Clock == nil || p.Identity == nil {
		return nil, vocab.InternalError.Because("the interface lacks texts, clock or identity")
	}
	if p.Diary == nil {
		p.Diary = slog.New(slog.DiscardHandler)
	}
	if p.Limits == nil {
		p.Limits = limit.New(p.Clock, limit.Limits{})
	}
	a := &API{mux: http.NewServeMux()}
	s := &server{Parts: p, problems: problem.Writer{Text: p.Text, Diary: p.Diary}, api: a, authenticate: p.Identity.Authenticate}
	if p.Door != nil {
		s.ask = p.Door.Ask
	}
	a.s = s
	s.huma = humago.New(a.mux, s.config())
	for _, add := range []func(){
		s.addSessions, s.addMembers, s.addOfficers, s.addMachines, s.addNotices, s.addCatalog, s.addFills, s.addPublications, s.addImports,
		s.addSources, s.addRequests, s.addGrants, s.addQuestions, s.addBatches, s.addOpenRows, s.addLedger, s.addLogs, s.addAbout, s.addKeeping,
	} {
		add()
	}
	return a, nil
}

func (s *server) config() huma.Config {
	plain := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: huma.DefaultJSONFormat.Unmarshal}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "fontis", Version: orElse(s.Version, "dev"),
				Description: "One source for every public fact. Every answer carries a trace; every failure is an RFC 9457 problem with cause, remedy (fix) and trace.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token": {Type: "http", Scheme: "bearer", Description: "A session's, a machine's or a person's own token. A machine names officer, unit and case in Fontis-Officer, Fontis-Unit and Fontis-Case."},
				},
			},
		},
		Formats:                      map[string]huma.Format{"application/json": plain, "json": plain},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{s.transform},
	}
}

// schemaName keeps types of one name in two packages apart.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := huma.DefaultSchemaNamer(t, hint)
	pkg := t.PkgPath()
	pkg = pkg[strings.LastIndex(pkg, "/")+1:]
	if pkg == "" || pkg == "api" || pkg == "vocab" {
		return name
	}
	return strings.ToUpper(pkg[:1]) + pkg[1:] + name
}

// transform makes a problem of what huma finds wrong with an input, without the
// values that huma would repeat.
func (s *server) transform(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	faults := make([]problem.Fault, 0, len(m.Errors))
	for _, e := range m.Errors {
		faults = append(faults, problem.Fault{Where: e.Location, What: e.Message})
	}
	cause := m.Detail
	if len(faults) > 0 {
		cause = "fields of the request are wrong: " + faults[0].Where + ": " + faults[0].What
	}
	return s.problems.Faults(call.Of(ctx.Context()), m.Status, cause, faults), nil
}

// ServeHTTP serves one call.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, r := call.Begin(r, a.s.Clock.Now())
	h := w.Header()
	h[call.HeaderTrace] = []string{string(c.Trace)}
	h["X-Content-Type-Options"] = noSniff
	defer a.s.mend(w, c)
	if verb := fastVerb(r); verb != "" {
		a.s.serveFast(w, r, c, verb)
		return
	}
	a.s.enter(a.mux, w, r)
}

var noSniff = []string{"nosniff"}

// mend answers for a route that panicked. What was written already stays; the
// diary has the trace.
func (s *server) mend(w http.ResponseWriter, c *call.Call) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	s.Diary.Error("a route panicked", "trace", c.Trace, "route", c.Pattern, "kind", reflect.TypeOf(p).String(), "stack", stack())
	s.problems.Write(w, c, vocab.InternalError.Because("a route panicked"))
}

// Routes lists every operation, for the tests that walk them all.
func (a *API) Routes() []Route { return a.routes }

// Prefixes are the paths that belong to this face; everything else is a page.
func (a *API) Prefixes() []string {
	return []string{
		"/v1/", "/api/", "/log/", "/log.json", "/receipts/", "/openapi.json", "/openapi.yaml", "/healthz", "/problems/",
		"/catalog.ttl", "/catalog.jsonld", "/catalog.jsonl", "/catalog.jsonl.gz", "/dataset/", "/scheme/", "/organization/", "/data.json", "/sitemap.xml", "/sitemap/",
	}
}

// OpenAPI is the document as JSON.
func (a *API) OpenAPI() ([]byte, error) { return json.Marshal(a.s.huma.OpenAPI()) }

func (s *server) addAbout() {
	asJSON := sync.OnceValues(s.api.OpenAPI)
	asYAML := sync.OnceValues(s.huma.OpenAPI().YAML)
	document := func(kind string, make func() ([]byte, error)) func(http.ResponseWriter, *http.Request) error {
		return func(w http.ResponseWriter, _ *http.Request) error {
			b, err := make()
			if err != nil {
				return err
			}
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write(b)
			return nil
		}
	}
	s.raw(huma.Operation{Method: "GET", Path: "/openapi.json", Summary: "This document as JSON", Tags: tags("about")}, true, document("application/openapi+json", asJSON))
	s.raw(huma.Operation{Method: "GET", Path: "/openapi.yaml", Summary: "This document as YAML", Tags: tags("about")}, true, document("application/openapi+yaml", asYAML))
	open(s, huma.Operation{Method: "GET", Path: "/healthz", Summary: "Is the node serving", Tags: tags("about")}, s.health)
	open(s, huma.Operation{Method: "GET", Path: "/problems/{code}", Summary: "What a code means and what helps", Tags: tags("about")}, s.explainCode)
	open(s, huma.Operation{Method: "GET", Path: "/v1/problems", Summary: "Every code with status, title and remedy", Tags: tags("about")}, s.explainCodes)
	s.api.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.problems.Write(w, call.Of(r.Context()), vocab.NoSuchThing.Because("no route answers %s here", method(r)).
			WithFix("look at the address and the method: /openapi.json has every route"))
	})
}

// method is the request's own word for what it wants, as far as it is one.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "that"
}

func tags(t string) []string { return []string{t} }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
