package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/catalog"
	"fontis/internal/edge/call"
	"fontis/internal/trust/identity"
)

// Op adds an operation that needs someone signed in. The sections of the
// interface below this package add theirs with it, before the first call.
func Op[I, O any](a *API, o huma.Operation, verb func(context.Context, identity.Actor, *I) (O, error)) {
	op(a.s, o, verb)
}

// Do is Op for a verb that answers nothing.
func Do[I any](a *API, o huma.Operation, verb func(context.Context, identity.Actor, *I) error) {
	op(a.s, o, none(verb))
}

// Refused says of entries that an act on many left out why, in the caller's language.
func (a *API) Refused(ctx context.Context, all []catalog.Refused) []RefusedEntry {
	return a.s.refused(call.Of(ctx), all)
}

// Open adds an operation that anyone may call.
func Open[I, O any](a *API, o huma.Operation, verb func(context.Context, *I) (O, error)) {
	open(a.s, o, verb)
}

// Raw adds an operation that writes its answer by itself, for whoever calls: nobody,
// or the one whom the call names.
func Raw(a *API, o huma.Operation, verb func(http.ResponseWriter, *http.Request, identity.Actor) error) {
	a.s.raw(o, true, func(w http.ResponseWriter, r *http.Request) error { return verb(w, r, whoOf(r.Context()).actor) })
}

// SessionOf is an opened session as it is handed over, once.
func SessionOf(in identity.SignedIn) Session { return session(in) }

// PageOf cuts a list that was asked for one more than the limit.
func PageOf[T any](all []T, limit int, key func(T) string) Page[T] {
	return page(all, limit, func(x T) T { return x }, key)
}
