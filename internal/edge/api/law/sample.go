package law

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/audit"
)

// NewSample announces a draw: the auditor keeps the seed and gives its hash.
type NewSample struct {
	SeedHash string    `json:"seed_hash"`
	From     time.Time `json:"from"`
	Until    time.Time `json:"until"`
	Count    int       `json:"count"`
	Reason   string    `json:"reason"`
	Log      string    `json:"log,omitempty" doc:"The log to draw from, when a restore lies within the time"`
}

// Seed is shown with the draw.
type Seed struct {
	Seed string `json:"seed"`
}

// FileAnswer is what a member says of a file.
type FileAnswer struct {
	Answer string `json:"answer"`
}

// Finding is how the auditor closes a sampled entry.
type Finding struct {
	Verdict audit.Verdict `json:"verdict" enum:"in-order,no-file,beyond-purpose,wrong-person,not-answered"`
	Reason  string        `json:"reason"`
}

type samples struct{ s *audit.Service }

func addSamples(a *api.API, v *audit.Service) {
	s, t := samples{v}, []string{"audit"}
	api.Open(a, huma.Operation{Method: "GET", Path: "/v1/audit/draws", Summary: "Every sample, with all that anybody needs to draw again; open to everyone", Tags: t}, s.draws)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/audit/draws", Summary: "Commit to the hash of a seed, before the draw", Tags: t}, s.commit)
	api.Open(a, huma.Operation{Method: "GET", Path: "/v1/audit/draws/{id}/receipt", Summary: "Proof that the hash of the seed stood in the log before the draw; open to everyone", Tags: t}, s.receipt)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/audit/draws/{id}/ask", Summary: "Ask for every file of a draw that was not asked for", Tags: t}, s.askAll)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/audit/draws/{id}", Summary: "Show the seed and draw", Tags: t}, s.draw)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/audit/cases", Summary: "Sampled entries: of a draw, or those that the caller's member is to answer", Tags: t}, s.cases)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/audit/cases/{id}", Summary: "One sampled entry, opened", Tags: t}, s.open)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/audit/cases/{id}/ask", Summary: "Ask the member for the file; its term runs", Tags: t}, s.ask)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/audit/cases/{id}/answer", Summary: "Show the file", Tags: t}, s.answer)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/audit/cases/{id}/finding", Summary: "Close it with a finding", Tags: t}, s.find)
}

func (s samples) draws(ctx context.Context, in *struct{ api.Paging }) (api.Page[audit.Draw], error) {
	list, err := s.s.Draws(ctx, further(&in.Paging))
	return paged(list, err, in.Limit, func(d audit.Draw) string { return d.ID })
}

func (s samples) commit(ctx context.Context, a identity.Actor, in *body[NewSample]) (audit.Draw, error) {
	b := in.Body
	return s.s.Commit(ctx, a, audit.NewDraw{SeedHash: b.SeedHash, From: b.From, Until: b.Until, Count: b.Count, Reason: b.Reason, Log: b.Log})
}

func (s samples) draw(ctx context.Context, a identity.Actor, in *struct {
	NamePath
	Body Seed
},
) (audit.Draw, error) {
	return s.s.Draw(ctx, a, in.ID, in.Body.Seed)
}

func (s samples) receipt(ctx context.Context, in *NamePath) (func(huma.Context), error) {
	return fileOf("text/plain; charset=utf-8")(s.s.CommitReceipt(ctx, in.ID))
}

// Asked is how many files were asked for.
type Asked struct {
	Asked int `json:"asked"`
}

func (s samples) askAll(ctx context.Context, a identity.Actor, in *NamePath) (Asked, error) {
	n, err := s.s.AskAll(ctx, a, in.ID)
	return Asked{n}, err
}

func (s samples) cases(ctx context.Context, a identity.Actor, in *struct {
	api.Paging
	Draw string `query:"draw"`
},
) (api.Page[audit.Case], error) {
	list, err := s.s.Cases(ctx, a, in.Draw, further(&in.Paging))
	return paged(list, err, in.Limit, func(c audit.Case) string { return c.ID })
}

func (s samples) open(ctx context.Context, a identity.Actor, in *NamePath) (audit.Opened, error) {
	return s.s.Open(ctx, a, in.ID)
}

func (s samples) ask(ctx context.Context, a identity.Actor, in *NamePath) (audit.Case, error) {
	return s.s.Ask(ctx, a, in.ID)
}

func (s samples) answer(ctx context.Context, a identity.Actor, in *struct {
	NamePath
	Body FileAnswer
},
) (audit.Case, error) {
	return s.s.Answer(ctx, a, in.ID, in.Body.Answer)
}

func (s samples) find(ctx context.Context, a identity.Actor, in *struct {
	NamePath
	Body Finding
},
) (audit.Case, error) {
	return s.s.Find(ctx, a, in.ID, in.Body.Verdict, in.Body.Reason)
}
