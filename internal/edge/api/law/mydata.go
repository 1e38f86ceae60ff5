package law

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/edge/api"
	"fontis/internal/edge/text"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/view"
	"fontis/internal/vocab"
)

// MyData is one page of a person's view with the sentence about what it does not
// show.
type MyData struct {
	view.Page
	Note string `json:"note"`
}

// ViewFilter narrows a person's view. It is exported for huma, which sees no other field.
type ViewFilter struct {
	api.Paging
	Member vocab.MemberID `query:"member"`
	From   time.Time      `query:"from"`
	Until  time.Time      `query:"until"`
	Item   string         `query:"item" doc:"Item, or data set"`
	Kind   string         `query:"kind" enum:"access,batch,act"`
	State  string         `query:"state"`
	Case   string         `query:"case"`
}

func (f ViewFilter) filter() view.Filter {
	return view.Filter{
		After: f.After, Limit: f.Limit, Member: f.Member, From: f.From, Until: f.Until, Item: f.Item, Kind: f.Kind, State: f.State, Case: f.Case,
	}
}

// CounterVisit is a person at a counter whose document the officer has seen.
type CounterVisit struct {
	Subject  vocab.SubjectKey `json:"subject"`
	Document view.Document    `json:"document" enum:"identity-card,passport,residence-permit,business-licence"`
	After    string           `json:"after,omitempty"`
	Limit    int              `json:"limit,omitempty"`
}

func (v CounterVisit) visit() view.Visit {
	return view.Visit{Subject: v.Subject, Document: v.Document}
}

type myData struct {
	v    *view.Service
	text *text.Catalog
}

func addMyData(a *api.API, v *view.Service, texts *text.Catalog) {
	s, t := myData{v, texts}, []string{"my data"}
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/mydata", Summary: "Who used the data of the person who asks, or of whom the caller acts for", Tags: t}, s.mine)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/mydata/file", Summary: "The whole view as a file", Tags: t}, s.file)
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/mydata/receipts/{trace}", Summary: "The receipt of one line", Tags: t}, s.receipt)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/mydata/counter", Summary: "At the counter: the view of the person who stands there; the look is an entry", Tags: t}, s.counter)
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/mydata/counter/receipts/{trace}", Summary: "At the counter: the receipt of one line, to print", Tags: t}, s.counterReceipt)
}

// note is the sentence about what the view does not show.
func (s myData) note(ctx context.Context) string {
	sentence, err := s.text.Get(langOf(ctx), "mydata.scope")
	if err != nil {
		return ""
	}
	return sentence
}

func (s myData) mine(ctx context.Context, a identity.Actor, in *ViewFilter) (MyData, error) {
	p, err := s.v.Mine(ctx, a, in.filter())
	return MyData{p, s.note(ctx)}, err
}

// file writes while it reads; the error of a broken one shows as a file without
// its end.
func (s myData) file(ctx context.Context, a identity.Actor, in *struct {
	ViewFilter
	Format string `query:"format" enum:"json,csv" default:"json"`
},
) (func(huma.Context), error) {
	if _, err := a.For(view.Act); err != nil {
		return nil, err
	}
	kind := map[string]string{"json": "application/json", "csv": "text/csv; charset=utf-8"}[in.Format]
	note, lang, filter := s.note(ctx), string(langOf(ctx)), in.filter()
	return func(h huma.Context) {
		h.SetHeader("Content-Type", kind)
		h.SetHeader("Content-Disposition", `attachment; filename="my-data.`+in.Format+`"`)
		_ = s.v.File(h.Context(), a, filter, view.Sheet{Format: in.Format, Lang: lang, Note: note, To: h.BodyWriter()})
	}, nil
}

func receiptOf(r ledger.Receipts, err error) (api.Receipt, error) {
	return api.Receipt{Trace: r.Trace, Holder: r.Holder, Intent: string(r.Intent), Outcome: string(r.Outcome)}, err
}

func (s myData) receipt(ctx context.Context, a identity.Actor, in *api.TracePath) (api.Receipt, error) {
	return receiptOf(s.v.Receipt(ctx, a, in.Trace))
}

func (s myData) counter(ctx context.Context, a identity.Actor, in *body[CounterVisit]) (MyData, error) {
	p, err := s.v.AtCounter(ctx, a, in.Body.visit(), view.Filter{After: in.Body.After, Limit: in.Body.Limit})
	return MyData{p, s.note(ctx)}, err
}

func (s myData) counterReceipt(ctx context.Context, a identity.Actor, in *struct {
	api.TracePath
	Body CounterVisit
},
) (api.Receipt, error) {
	return receiptOf(s.v.ReceiptAtCounter(ctx, a, in.Body.visit(), in.Trace))
}
