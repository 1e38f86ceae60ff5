package law

import (
	"context"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/audit"
	"fontis/internal/vocab"
)

// EntryFilter narrows the auditor's list. It is exported for huma, which sees no other field.
type EntryFilter struct {
	Member  vocab.MemberID  `query:"member"`
	Officer vocab.OfficerID `query:"officer"`
	Grant   vocab.GrantID   `query:"grant"`
	Purpose string          `query:"purpose"`
	About   audit.About     `query:"about" enum:"deferrals,emergencies,overrides,refusals,hands,one-admitter"`
	From    time.Time       `query:"from"`
	Until   time.Time       `query:"until"`
}

func (f EntryFilter) filter() audit.Filter {
	return audit.Filter{Member: f.Member, Officer: f.Officer, Grant: f.Grant, Purpose: f.Purpose, About: f.About, From: f.From, Until: f.Until}
}

// Period is the time of a report.
type Period struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

type auditing struct{ s *audit.Service }

func addAudit(a *api.API, v *audit.Service) {
	s, t := auditing{v}, []string{"audit"}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/audit/entries", Summary: "Entries of every member, newest first; to read them is an entry", Tags: t}, s.list)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/audit/entries/file", Summary: "The whole list as a file", Tags: t}, s.file)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/audit/report", Summary: "Answer times, refusals, disputes and corrections of a time", Tags: t}, s.report)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/audit/reports", Summary: "Publish the report of a time as open data", Tags: t}, s.publish)
	api.Do(a, huma.Operation{Method: "POST", Path: "/v1/audit/reports/{id}/withdraw", Summary: "Say of a published report that it no longer stands, and why; its file stays", Tags: t}, s.withdraw)
	api.Open(a, huma.Operation{Method: "GET", Path: "/v1/audit/reports", Summary: "Published reports; open to everyone", Tags: t}, s.published)
	api.Open(a, huma.Operation{Method: "GET", Path: "/v1/audit/reports/{id}/file", Summary: "A published report, byte for byte as it was published; open to everyone", Tags: t}, s.reportFile)
	api.Open(a, huma.Operation{Method: "GET", Path: "/v1/audit/reports/{id}/lines", Summary: "The figures of a published report as CSV; open to everyone", Tags: t}, s.reportLines)
	api.Open(a, huma.Operation{Method: "GET", Path: "/v1/audit/reports/{id}/receipt", Summary: "Proof of the digest with which a report was published; open to everyone", Tags: t}, s.reportReceipt)
}

func (s auditing) list(ctx context.Context, a identity.Actor, in *struct {
	EntryFilter
	api.Paging
},
) (api.Page[ledger.Access], error) {
	f := in.filter()
	f.Limit = in.Limit
	if in.After != "" {
		n, err := strconv.ParseInt(in.After, 10, 64)
		if err != nil || n <= 0 {
			return api.Page[ledger.Access]{}, vocab.BadInput.Because("after is not the next of a page")
		}
		f.After = n
	}
	p, err := s.s.List(ctx, a, f)
	out := api.Page[ledger.Access]{Items: p.Entries}
	if p.Next > 0 {
		out.Next = strconv.FormatInt(p.Next, 10)
	}
	return out, err
}

func (s auditing) file(_ context.Context, a identity.Actor, in *struct {
	EntryFilter
	Format string `query:"format" enum:"jsonl,csv" default:"csv"`
},
) (func(huma.Context), error) {
	if err := a.Must(vocab.Auditor); err != nil {
		return nil, err
	}
	kind := map[string]string{"jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"}[in.Format]
	return func(h huma.Context) {
		h.SetHeader("Content-Type", kind)
		_ = s.s.File(h.Context(), a, in.filter(), in.Format, h.BodyWriter())
	}, nil
}

func (s auditing) report(ctx context.Context, a identity.Actor, in *struct {
	From  time.Time `query:"from" required:"true"`
	Until time.Time `query:"until" required:"true"`
	Least int       `query:"least" doc:"Figures below it are suppressed" default:"10"`
},
) (audit.Report, error) {
	return s.s.Report(ctx, a, in.From, in.Until, in.Least)
}

func (s auditing) publish(ctx context.Context, a identity.Actor, in *body[Period]) (audit.Report, error) {
	return s.s.Publish(ctx, a, in.Body.From, in.Body.Until)
}

func (s auditing) withdraw(ctx context.Context, a identity.Actor, in *struct {
	NamePath
	Body api.Reason
},
) error {
	return s.s.Withdraw(ctx, a, in.ID, in.Body.Reason)
}

func (s auditing) reportFile(ctx context.Context, in *NamePath) (func(huma.Context), error) {
	return fileOf("application/json")(s.s.ReportFile(ctx, in.ID))
}

func (s auditing) reportLines(ctx context.Context, in *NamePath) (func(huma.Context), error) {
	b, err := s.s.ReportFile(ctx, in.ID)
	if err == nil {
		b, err = audit.Lines(b)
	}
	return fileOf("text/csv; charset=utf-8")(b, err)
}

func (s auditing) reportReceipt(ctx context.Context, in *NamePath) (func(huma.Context), error) {
	return fileOf("text/plain; charset=utf-8")(s.s.ReportReceipt(ctx, in.ID))
}

// fileOf answers with bytes as they are.
func fileOf(kind string) func([]byte, error) (func(huma.Context), error) {
	return func(b []byte, err error) (func(huma.Context), error) {
		if err != nil {
			return nil, err
		}
		return func(h huma.Context) {
			h.SetHeader("Content-Type", kind)
			_, _ = h.BodyWriter().Write(b) // the reader has gone: there is nobody to tell
		}, nil
	}
}

func (s auditing) published(ctx context.Context, in *struct{ api.Paging }) (api.Page[audit.Report], error) {
	list, err := s.s.Published(ctx, further(&in.Paging))
	return paged(list, err, in.Limit, func(r audit.Report) string { return r.ID })
}
