package law

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/edge/api"
	"fontis/internal/edge/call"
	"fontis/internal/edge/text"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/ledger/audit"
	"fontis/internal/trust/ledger/deferral"
	"fontis/internal/trust/ledger/retention"
	"fontis/internal/trust/ledger/view"
	"fontis/internal/vocab"
)

// Records are the services about what is on record: who may see it, for how long
// it is kept, and who looks at those who look.
type Records struct {
	Identity  *identity.Service
	View      *view.Service
	Mandates  *mandate.Service
	Deferrals *deferral.Service
	Audit     *audit.Service
	Retention *retention.Service
	Text      *text.Catalog
}

// MountRecords adds their operations to the interface, before it serves.
func MountRecords(a *api.API, p Records) {
	addMyData(a, p.View, p.Text)
	addMandates(a, p.Mandates)
	addDeferrals(a, p.Deferrals)
	addAudit(a, p.Audit)
	addSamples(a, p.Audit)
	addRetention(a, p.Retention)
	s := protecting{p.Identity}
	api.Do(a, huma.Operation{Method: "POST", Path: "/v1/members/{id}/protects", Summary: "Say whether a member protects people: its uses are shown to the person alone", Tags: []string{"members"}}, s.set)
}

type protecting struct{ i *identity.Service }

// Protects says whether a member protects or shelters people.
type Protects struct {
	Protects bool   `json:"protects"`
	Reason   string `json:"reason"`
}

func (s protecting) set(ctx context.Context, a identity.Actor, in *struct {
	NamePath
	Body Protects
},
) error {
	return s.i.SetProtects(ctx, a, vocab.MemberID(in.ID), in.Body.Protects, in.Body.Reason)
}

// langOf is the language of the call.
func langOf(ctx context.Context) text.Lang { return call.Of(ctx).Lang }

// paged gives a page out of a list that was asked for one more than the limit.
func paged[T any](list []T, err error, limit int, key func(T) string) (api.Page[T], error) {
	if err != nil {
		return api.Page[T]{}, err
	}
	return api.PageOf(list, limit, key), nil
}

// further is the page that a service is asked for, and one line more.
func further(in *api.Paging) identity.Page {
	return identity.Page{After: in.After, Limit: in.Limit + 1}
}

// Several is a list that is given whole.
type Several[T any] struct {
	Items []T `json:"items"`
}

func several[T any](list []T, err error) (Several[T], error) {
	if list == nil {
		list = []T{}
	}
	return Several[T]{Items: list}, err
}
