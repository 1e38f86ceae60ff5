package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/share"
	"fontis/internal/duty/share/snippet"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// RequestEdit replaces the fields of a draft, on the revision named; 0 is
// whatever it is now.
type RequestEdit struct {
	Rev    int64        `json:"rev,omitempty"`
	Fields share.Fields `json:"fields"`
}

// Reason says why.
type Reason struct {
	Reason string `json:"reason,omitempty"`
}

// Requests is one page of requests, newest first.
type Requests struct {
	Items []*share.Request `json:"items"`
	Next  string           `json:"next,omitempty"`
}

// RequestView is a request with what its reader should know of it.
type RequestView struct {
	*share.Request
	Missing  []string        `json:"missing,omitempty" doc:"What a submission would lack"`
	Warnings []share.Warning `json:"warnings,omitempty" doc:"What the provider's decision should know"`
}

// RequestHistory is the changes of a request, oldest first.
type RequestHistory struct {
	Items []share.Change `json:"items"`
}

// RequestPath names a request. It is exported for huma, which sees no other field.
type RequestPath struct {
	ID vocab.RequestID `path:"id"`
}

func (s *server) addRequests() {
	t := tags("requests")
	op(s, huma.Operation{Method: "GET", Path: "/v1/requests", Summary: "The member's requests, or those made to it", Tags: t}, s.requests)
	op(s, huma.Operation{Method: "POST", Path: "/v1/requests", Summary: "Draft a request", Tags: t}, s.draftRequest)
	op(s, huma.Operation{Method: "GET", Path: "/v1/requests/{id}", Summary: "One request", Tags: t}, s.request)
	op(s, huma.Operation{Method: "PATCH", Path: "/v1/requests/{id}", Summary: "Replace the fields of a draft", Tags: t}, s.editRequest)
	op(s, huma.Operation{Method: "DELETE", Path: "/v1/requests/{id}", Summary: "Remove a draft", Tags: t}, none(s.dropRequest))
	op(s, huma.Operation{Method: "POST", Path: "/v1/requests/{id}/submit", Summary: "Hand the draft to the provider", Tags: t}, s.submitRequest)
	op(s, huma.Operation{Method: "POST", Path: "/v1/requests/{id}/withdraw", Summary: "Take it back before it is decided", Tags: t}, s.withdrawRequest)
	op(s, huma.Operation{Method: "POST", Path: "/v1/requests/{id}/decide", Summary: "Agree, agree in part, or refuse", Tags: t}, s.decideRequest)
	op(s, huma.Operation{Method: "POST", Path: "/v1/requests/{id}/approve", Summary: "As second steward, agree to what the first decided", Tags: t}, s.approveRequest)
	op(s, huma.Operation{Method: "GET", Path: "/v1/requests/{id}/history", Summary: "Every step of a request", Tags: t}, s.requestHistory)
	op(s, huma.Operation{Method: "GET", Path: "/v1/datasets/{id}/about", Summary: "How fresh it is, what was decided before, and invented rows", Tags: t}, s.aboutSet)
	op(s, huma.Operation{Method: "GET", Path: "/v1/requests/{id}/twin", Summary: "The test twin: invented subjects and working calls", Tags: t}, s.twin)
}

func (s *server) requests(ctx context.Context, a identity.Actor, in *struct {
	Paging
	Incoming bool        `query:"incoming" doc:"Those made to the caller's member"`
	Overseen bool        `query:"overseen" doc:"As the data authority: those in its region"`
	Waiting  bool        `query:"waiting" doc:"As the data authority: those that wait for its word: disputes, longer terms, checks of conformity, data without a known source"`
	State    share.State `query:"state"`
},
) (Requests, error) {
	all, err := s.Share.List(ctx, a, share.ListQuery{Incoming: in.Incoming, Overseen: in.Overseen, Waiting: in.Waiting, State: in.State, After: vocab.RequestID(in.After), Limit: in.Limit + 1})
	if err != nil {
		return Requests{}, err
	}
	p := page(all, in.Limit, func(r *share.Request) *share.Request { return r }, func(r *share.Request) string { return string(r.ID) })
	return Requests(p), nil
}

func (s *server) aboutSet(ctx context.Context, a identity.Actor, in *DatasetPath) (share.About, error) {
	return s.Share.About(ctx, a, in.ID)
}

func (s *server) draftRequest(ctx context.Context, a identity.Actor, in *body[share.Fields]) (*share.Request, error) {
	return s.Share.Draft(ctx, a, in.Body)
}

func (s *server) request(ctx context.Context, a identity.Actor, in *RequestPath) (RequestView, error) {
	r, err := s.Share.Get(ctx, a, in.ID)
	if err != nil {
		return RequestView{}, err
	}
	v := RequestView{Request: r}
	switch {
	case a.In(r.Requester) && r.State == share.StateDraft:
		v.Missing, err = s.Share.Missing(ctx, a, in.ID)
	case a.In(r.Provider) && a.Has(vocab.Steward):
		v.Warnings, err = s.Share.Warnings(ctx, a, in.ID)
	}
	return v, err
}

func (s *server) editRequest(ctx context.Context, a identity.Actor, in *struct {
	RequestPath
	Body RequestEdit
},
) (*share.Request, error) {
	return s.Share.Edit(ctx, a, in.ID, in.Body.Rev, in.Body.Fields)
}

func (s *server) dropRequest(ctx context.Context, a identity.Actor, in *RequestPath) error {
	return s.Share.Drop(ctx, a, in.ID)
}

func (s *server) submitRequest(ctx context.Context, a identity.Actor, in *RequestPath) (*share.Request, error) {
	return s.Share.Submit(ctx, a, in.ID)
}

func (s *server) withdrawRequest(ctx context.Context, a identity.Actor, in *struct {
	RequestPath
	Body Reason
},
) (*share.Request, error) {
	return s.Share.Withdraw(ctx, a, in.ID, in.Body.Reason)
}

func (s *server) decideRequest(ctx context.Context, a identity.Actor, in *struct {
	RequestPath
	Body share.Decision
},
) (*share.Request, error) {
	return s.Share.Decide(ctx, a, in.ID, in.Body)
}

func (s *server) approveRequest(ctx context.Context, a identity.Actor, in *RequestPath) (*share.Request, error) {
	return s.Share.Approve(ctx, a, in.ID)
}

func (s *server) requestHistory(ctx context.Context, a identity.Actor, in *struct {
	RequestPath
	After int64 `query:"after" doc:"Only changes after this revision"`
},
) (RequestHistory, error) {
	all, err := s.Share.History(ctx, a, in.ID, in.After)
	return RequestHistory{Items: all}, err
}

func (s *server) twin(ctx context.Context, a identity.Actor, in *RequestPath) (snippet.Snippets, error) {
	return s.Share.TwinSample(ctx, a, in.ID)
}

// GrantPath names a grant. It is exported for huma, which sees no other field.
type GrantPath struct {
	ID vocab.GrantID `path:"id"`
}

func (s *server) addGrants() {
	t := tags("grants")
	op(s, huma.Operation{Method: "GET", Path: "/v1/grants", Summary: "Grants that the member holds, or has given", Tags: t}, s.grants)
	op(s, huma.Operation{Method: "GET", Path: "/v1/grants/{id}", Summary: "One grant", Tags: t}, s.grant)
	op(s, huma.Operation{Method: "POST", Path: "/v1/grants/{id}/state", Summary: "Suspend (suspended), resume (active) or end (ended) a grant", Tags: t}, s.grantState)
	op(s, huma.Operation{Method: "POST", Path: "/v1/grants/{id}/again", Summary: "Draft a request as the one that the grant came from", Tags: t}, s.requestAgain)
}

func (s *server) grants(ctx context.Context, a identity.Actor, in *struct {
	Paging
	Given bool `query:"given" doc:"Those that the caller's member has given"`
},
) (Page[access.Grant], error) {
	all, err := s.Door.Grants(ctx, a, in.Given, vocab.GrantID(in.After), in.Limit+1)
	if err != nil {
		return Page[access.Grant]{}, err
	}
	return page(all, in.Limit, func(g access.Grant) access.Grant { return g }, func(g access.Grant) string { return string(g.ID) }), nil
}

func (s *server) grant(_ context.Context, a identity.Actor, in *GrantPath) (access.Grant, error) {
	return s.Door.GrantFor(a, in.ID)
}

func (s *server) grantState(ctx context.Context, a identity.Actor, in *struct {
	GrantPath
	Body State
},
) (*share.Request, error) {
	switch access.GrantState(in.Body.State) {
	case access.GrantSuspended:
		return s.Share.Suspend(ctx, a, in.ID, in.Body.Reason)
	case access.GrantActive:
		return s.Share.Resume(ctx, a, in.ID, in.Body.Reason)
	case access.GrantEnded:
		return s.Share.End(ctx, a, in.ID, in.Body.Reason)
	}
	return nil, vocab.BadInput.Because("the state of a grant is %s, %s or %s", access.GrantActive, access.GrantSuspended, access.GrantEnded)
}

func (s *server) requestAgain(ctx context.Context, a identity.Actor, in *GrantPath) (*share.Request, error) {
	return s.Share.Like(ctx, a, in.ID)
}
