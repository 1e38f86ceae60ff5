package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// Receipt is what a holder keeps of one access; intent and outcome are texts of
// their own, each a C2SP tlog-proof, and are checked with `fontis check`.
type Receipt struct {
	Trace   vocab.TraceID `json:"trace"`
	Holder  ledger.Holder `json:"holder"`
	Intent  string        `json:"intent"`
	Outcome string        `json:"outcome,omitempty" doc:"Empty while the outcome is unknown"`
}

// Accesses is one page of uses of data, newest first.
type Accesses struct {
	Items []ledger.Access `json:"items"`
	Next  string          `json:"next,omitempty"`
}

// TracePath names an entry of the record. It is exported for huma, which sees no other field.
type TracePath struct {
	Trace vocab.TraceID `path:"trace"`
}

func (s *server) addLedger() {
	t := tags("record")
	receipt := huma.Operation{
		Method: "GET", Path: "/v1/receipts/{trace}", Summary: "The receipt of an access; as text/plain only its intent", Tags: t,
		Parameters: []*huma.Param{
			{Name: "part", In: "query", Schema: &huma.Schema{Type: "string", Enum: []any{"intent", "outcome"}}, Description: "Of a text: which one"},
			{Name: "number", In: "query", Schema: &huma.Schema{Type: "integer"}, Description: "Of a person who stands in a batch more than once: their counter of the use"},
		},
		Responses: s.jsonAnswer(Receipt{}),
	}
	s.raw(receipt, false, s.receipt)
	receipt.Path = "/receipts/{trace}"
	s.raw(receipt, false, s.receipt)
	op(s, huma.Operation{Method: "GET", Path: "/v1/why/{trace}", Summary: "Every rule of the decision behind an access", Tags: t}, s.why)
	op(s, huma.Operation{Method: "GET", Path: "/v1/accesses", Summary: "What the member asked, or what was asked of it", Tags: t}, s.accesses)
	op(s, huma.Operation{Method: "GET", Path: "/v1/self/accesses", Summary: "Who used the data of the person who asks", Tags: t}, s.selfAccesses)
	op(s, huma.Operation{Method: "POST", Path: "/v1/erasures", Summary: "Destroy the openings of entries; the leaves stay", Tags: t}, s.erase)
}

// NewErasure names entries whose openings are destroyed for good.
type NewErasure struct {
	Traces []vocab.TraceID `json:"traces"`
	Reason string          `json:"reason"`
	Basis  string          `json:"basis" doc:"Law and article"`
}

// Erased is the entry that the erasure itself is.
type Erased struct {
	Trace vocab.TraceID `json:"trace"`
	Index uint64        `json:"index"`
}

func (s *server) erase(ctx context.Context, a identity.Actor, in *body[NewErasure]) (Erased, error) {
	e, err := s.Door.Erase(ctx, a, in.Body.Traces, in.Body.Reason, in.Body.Basis)
	return Erased{Trace: e.Trace, Index: e.Index}, err
}

func (s *server) receipt(w http.ResponseWriter, r *http.Request) error {
	trace := vocab.TraceID(r.PathValue("trace"))
	number, err := Before{After: r.URL.Query().Get("number")}.number()
	if err != nil {
		return vocab.BadInput.Because("number is not the counter of a use")
	}
	got, err := s.Door.ReceiptOf(r.Context(), whoOf(r.Context()).actor, trace, number)
	if err != nil {
		return err
	}
	if !strings.Contains(r.Header.Get("Accept"), "text/plain") {
		return writeJSON(w, Receipt{Trace: got.Trace, Holder: got.Holder, Intent: string(got.Intent), Outcome: string(got.Outcome)})
	}
	text := got.Intent
	if r.URL.Query().Get("part") == "outcome" {
		if text = got.Outcome; len(text) == 0 && got.Lost != nil {
			return got.Lost
		} else if len(text) == 0 {
			return vocab.ReceiptWaiting.Because("the outcome of %s is not in the log yet", got.Trace)
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(text)
	return nil
}

func (s *server) why(ctx context.Context, a identity.Actor, in *TracePath) (access.Why, error) {
	return s.Door.Why(ctx, a, in.Trace)
}

// Before is what lists of the record take: newest first, below After. It is exported for huma, which sees no other field.
type Before struct {
	After string `query:"after" doc:"The next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"100"`
}

func (b Before) number() (int64, error) {
	if b.After == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(b.After, 10, 64)
	if err != nil || n <= 0 {
		return 0, vocab.BadInput.Because("after is not the next of a page")
	}
	return n, nil
}

func (s *server) accesses(ctx context.Context, a identity.Actor, in *struct {
	Before
	As    string        `query:"as" enum:"caller,provider" default:"caller"`
	Grant vocab.GrantID `query:"grant"`
},
) (Accesses, error) {
	n, err := in.number()
	if err != nil {
		return Accesses{}, err
	}
	all, err := s.Door.Accesses(ctx, a, ledger.Filter{Grant: in.Grant, AsCaller: in.As == "caller", Before: n, Limit: in.Limit + 1})
	if err != nil {
		return Accesses{}, err
	}
	p := page(all, in.Limit, func(l ledger.Listed) ledger.Access { return l.Access }, func(l ledger.Listed) string { return strconv.FormatInt(l.Seq, 10) })
	return Accesses(p), nil
}

func (s *server) selfAccesses(ctx context.Context, a identity.Actor, in *Before) (Accesses, error) {
	n, err := in.number()
	if err != nil {
		return Accesses{}, err
	}
	all, err := s.Door.Mine(ctx, a, n, in.Limit+1)
	if err != nil {
		return Accesses{}, err
	}
	p := page(all, in.Limit, func(l ledger.Access) ledger.Access { return l }, func(l ledger.Access) string { return strconv.FormatInt(l.Number, 10) })
	return Accesses(p), nil
}

// LogName is what a log says of itself; a witness and a checker read it.
type LogName struct {
	Origin string `json:"origin"`
	VKey   string `json:"vkey"`
	URL    string `json:"url"`
}

// addLogs serves each log by its number. The address of a log holds log.json
// beside checkpoint and tiles; /log.json names the open one.
func (s *server) addLogs() {
	for i, l := range s.Logs {
		prefix := "/log/" + strconv.Itoa(l.Number)
		name := LogName{Origin: l.Origin, VKey: l.VKey, URL: strings.TrimSuffix(s.URL, "/") + prefix}
		show := func(w http.ResponseWriter, r *http.Request) { _ = writeJSON(w, name) }
		s.api.mux.HandleFunc("GET "+prefix+"/log.json", show)
		s.api.mux.Handle("GET "+prefix+"/", http.StripPrefix(prefix, l.Handler))
		if i == len(s.Logs)-1 {
			s.api.mux.HandleFunc("GET /log.json", show)
			s.api.mux.HandleFunc("GET /log/log.json", show)
			for _, part := range []string{"/log/checkpoint", "/log/tile/"} {
				s.api.mux.Handle("GET "+part, http.StripPrefix("/log", l.Handler))
			}
		}
	}
}
