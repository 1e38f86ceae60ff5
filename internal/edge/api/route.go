package api

import (
	"context"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/edge/call"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/token"
	"fontis/internal/vocab"
)

// The largest bodies: of a JSON call, and of a file that is sent.
const (
	maxJSON = 1 << 20
	maxFile = 1 << 30
)

// The headers by which a machine says for whom it calls.
const (
	HeaderOfficer     = "Fontis-Officer"
	HeaderUnit        = "Fontis-Unit"
	HeaderCase        = "Fontis-Case"
	HeaderIdempotency = "Idempotency-Key"
)

// answer is what huma renders.
type answer[T any] struct{ Body T }

type nothing struct{}

// who is the caller as the entrance found them.
type who struct {
	actor identity.Actor
	err   error // why no one is known, for routes that need someone
}

type whoKey struct{}

func whoOf(ctx context.Context) who {
	w, _ := ctx.Value(whoKey{}).(who)
	return w
}

// someone is the caller of a route that needs one.
func (s *server) someone(ctx context.Context) (identity.Actor, error) {
	w := whoOf(ctx)
	if w.err != nil {
		s.Totals.Count("unauthenticated")
	}
	return w.actor, w.err
}

// op registers a route that needs someone signed in.
func op[I, O any](s *server, o huma.Operation, verb func(context.Context, identity.Actor, *I) (O, error)) {
	register(s, o, false, func(ctx context.Context, in *I) (O, error) {
		a, err := s.someone(ctx)
		if err == nil && a.Officer != "" {
			err = a.MayName()
		}
		if err != nil {
			var none O
			return none, err
		}
		return verb(ctx, a, in)
	})
}

// open registers a route that anyone may call.
func open[I, O any](s *server, o huma.Operation, verb func(context.Context, *I) (O, error)) {
	register(s, o, true, verb)
}

func register[I, O any](s *server, o huma.Operation, public bool, verb func(context.Context, *I) (O, error)) {
	s.describe(&o, public)
	huma.Register(s.huma, o, func(ctx context.Context, in *I) (*answer[O], error) {
		call.Of(ctx).Pattern = o.Method + " " + o.Path
		out, err := verb(ctx, in)
		if err != nil {
			return nil, s.problems.Of(call.Of(ctx), err)
		}
		return &answer[O]{Body: out}, nil
	})
}

// none adapts a verb that answers nothing.
func none[I any](verb func(context.Context, identity.Actor, *I) error) func(context.Context, identity.Actor, *I) (nothing, error) {
	return func(ctx context.Context, a identity.Actor, in *I) (nothing, error) {
		return nothing{}, verb(ctx, a, in)
	}
}

// raw registers a route that reads its body or writes its answer by itself, for
// files and streams.
func (s *server) raw(o huma.Operation, public bool, verb func(http.ResponseWriter, *http.Request) error) {
	s.describe(&o, public)
	o.Parameters = append(o.Parameters, pathParams(o.Path)...)
	if o.Responses == nil {
		o.Responses = map[string]*huma.Response{"200": {Description: "OK"}}
	}
	s.huma.OpenAPI().AddOperation(&o)
	s.api.mux.HandleFunc(o.Method+" "+o.Path, func(w http.ResponseWriter, r *http.Request) {
		c := call.Of(r.Context())
		c.Pattern = o.Method + " " + o.Path
		if !public {
			if _, err := s.someone(r.Context()); err != nil {
				s.problems.Write(w, c, err)
				return
			}
		}
		if err := verb(w, r); err != nil {
			s.problems.Write(w, c, err)
		}
	})
}

func (s *server) describe(o *huma.Operation, public bool) {
	o.OperationID = operationID(o.Method, o.Path)
	if o.MaxBodyBytes == 0 {
		o.MaxBodyBytes = maxJSON
	}
	if !public {
		o.Security = []map[string][]string{{"token": {}}}
	}
	if o.Method != http.MethodGet {
		o.Parameters = append(o.Parameters, &huma.Param{
			Name: HeaderIdempotency, In: "header", Schema: &huma.Schema{Type: "string"},
			Description: "The same key with the same body within 24 hours gives the first answer again.",
		})
	}
	s.api.routes = append(s.api.routes, Route{Method: o.Method, Path: o.Path, Public: public})
}

// pathParams documents the path of raw routes; huma finds those of the others.
func pathParams(path string) []*huma.Param {
	var out []*huma.Param
	for _, part := range strings.Split(path, "/") {
		if strings.HasPrefix(part, "{") {
			name := strings.Trim(part, "{}.")
			out = append(out, &huma.Param{Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: "string"}})
		}
	}
	return out
}

func operationID(method, path string) string {
	words := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '{' || r == '}' || r == '.' || r == '-' })
	if words[0] == "v1" {
		words = words[1:]
	} else { // beside the versioned routes stands one of the same name
		words = append([]string{"root"}, words...)
	}
	return strings.ToLower(method) + "-" + strings.Join(words, "-")
}

// enter finds out who calls, takes the call from their allowance, and passes on.
func (s *server) enter(next http.Handler, w http.ResponseWriter, r *http.Request) {
	c := call.Of(r.Context())
	if !strings.HasPrefix(r.URL.Path, "/v1/") && !strings.HasPrefix(r.URL.Path, "/receipts/") && !foreign(r) {
		if err := s.Limits.Address(c.From); err != nil {
			s.Totals.Count("rate-limited")
			s.problems.Write(w, c, err)
			return
		}
		next.ServeHTTP(w, r)
		return
	}
	w.Header()["Cache-Control"] = noStore
	known, err := s.identify(r, c)
	if err != nil {
		s.problems.Write(w, c, err)
		return
	}
	r = r.WithContext(context.WithValue(r.Context(), whoKey{}, known))
	if key := r.Header.Get(HeaderIdempotency); key != "" && r.Method != http.MethodGet && known.err == nil && !foreign(r) {
		s.once(next, w, r, key)
		return
	}
	next.ServeHTTP(w, r)
}

var noStore = []string{"no-store"}

// identify gives the caller. The error is that of a call that goes no further:
// a token that is wrong, an officer's name that is none, too many calls.
func (s *server) identify(r *http.Request, c *call.Call) (who, error) {
	header := credential(r)
	if header == "" {
		if err := s.Limits.Address(c.From); err != nil {
			s.Totals.Count("rate-limited")
			return who{}, err
		}
		return who{err: vocab.SignInNeeded.Because("no one is signed in")}, nil
	}
	word, ok := bearer(header)
	if !ok {
		return who{}, s.stranger(c, vocab.SignInNeeded.Because("the Authorization header is not of the form Bearer TOKEN"))
	}
	actor, err := s.authenticate(r.Context(), token.Token(word))
	if err != nil {
		return who{}, s.stranger(c, err)
	}
	if err := s.allowance(actor, c); err != nil {
		s.Totals.Count("rate-limited")
		return who{}, err
	}
	actor = actor.At(c.From)
	if officer := r.Header.Get(HeaderOfficer); officer != "" {
		if actor, err = s.Identity.Naming(r.Context(), actor, vocab.OfficerID(officer), r.Header.Get(HeaderUnit)); err != nil {
			return who{}, err
		}
	}
	return who{actor: actor}, nil
}

// allowance takes the call from the member's, or from the address's of a person
// who acts for themself.
func (s *server) allowance(a identity.Actor, c *call.Call) error {
	if a.Member == "" {
		return s.Limits.Address(c.From)
	}
	return s.Limits.Member(a.Member)
}

// stranger counts a call without a name; no leaf of its own is written for it.
func (s *server) stranger(c *call.Call, err error) error {
	if limited := s.Limits.Address(c.From); limited != nil {
		s.Totals.Count("rate-limited")
		return limited
	}
	if vocab.CodeOf(err) == vocab.SignInNeeded {
		s.Totals.Count("unauthenticated")
	}
	return err
}

// foreign tells a path whose form another interface sets.
func foreign(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

// credential is what the call says of who calls. Clients of the foreign interface
// send the token alone, in a header of either name.
func credential(r *http.Request) string {
	header := r.Header.Get("Authorization")
	if !foreign(r) {
		return header
	}
	header = orElse(header, r.Header.Get("X-CKAN-API-Key"))
	if _, ok := bearer(header); header != "" && !ok {
		header = "Bearer " + header
	}
	return header
}

func bearer(header string) (string, bool) {
	const scheme = "bearer "
	if len(header) <= len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) {
		return "", false
	}
	return strings.TrimSpace(header[len(scheme):]), true
}

// from is where the call came from, for the list of sessions.
func from(r *call.Call, agent string) identity.From {
	if len(agent) > 200 {
		agent = agent[:200]
	}
	return identity.From{Address: r.From, Agent: agent}
}

func stack() string { return string(debug.Stack()) }
