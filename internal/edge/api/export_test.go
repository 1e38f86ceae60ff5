package api

import (
	"context"

	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/token"
)

// Fake replaces the verbs under the fast path: what is left is this layer.
func (a *API) Fake(actor identity.Actor, out access.Answered) {
	a.s.authenticate = func(context.Context, token.Token) (identity.Actor, error) { return actor, nil }
	a.s.ask = func(_ context.Context, _ identity.Actor, c access.Call) (access.Answered, error) {
		out.Trace = c.Trace
		return out, nil
	}
}

// Break makes the next question panic with a value that must not be shown.
func (a *API) Break(value string) {
	a.s.ask = func(context.Context, identity.Actor, access.Call) (access.Answered, error) { panic(value) }
}

// Hold makes each question wait until let is closed, and tell that it began.
func (a *API) Hold(began chan<- struct{}, let <-chan struct{}) {
	before := a.s.ask
	a.s.ask = func(ctx context.Context, actor identity.Actor, c access.Call) (access.Answered, error) {
		began <- struct{}{}
		<-let
		return before(ctx, actor, c)
	}
}
