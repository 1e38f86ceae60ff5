package api

import (
	"context"
	"iter"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/edge/taking/rows"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// NewSource connects a database that the member keeps.
type NewSource struct {
	ID       vocab.SourceID `json:"id"`
	Address  string         `json:"address" doc:"postgres://USER@HOST/DATABASE or sqlite:///PATH, without the password"`
	Password string         `json:"password,omitempty"`
}

// BindIn says where an item of the caller's own data set is found and how it is
// compared. What the catalog knows of the item is taken from there.
type BindIn struct {
	Item     vocab.ItemID         `json:"item" doc:"DATASET/ITEM: the item's code, or its name where no other item of the data set bears it"`
	Source   vocab.SourceID       `json:"source"`
	Table    string               `json:"table"`
	Column   string               `json:"column"`
	Subject  string               `json:"subject_column"`
	KeyKind  vocab.SubjectKeyKind `json:"key_kind"`
	Compare  string               `json:"compare,omitempty" doc:"exact, text, name, date, number:TOLERANCE, code:LIST; as the catalog says when empty"`
	Read     bool                 `json:"read,omitempty"`
	Statuses []BindStatus         `json:"statuses,omitempty"`
	ByAct    bool                 `json:"by_act,omitempty" doc:"A person's value changes by acts of two officers only"`
}

// BindStatus declares a status: yes, no or unknown as of a day.
type BindStatus struct {
	Name  string `json:"name"`
	Where string `json:"where" doc:"COLUMN in ('a', 'b') and OTHER is null"`
	From  string `json:"from,omitempty" doc:"The column with the first day"`
	To    string `json:"to,omitempty" doc:"The column with the last day"`
}

// Bound is the masked sample that a steward sees when binding.
type Bound struct {
	Item   vocab.ItemID    `json:"item"`
	Sample []access.Masked `json:"sample"`
}

// Sources lists what the member has connected.
type Sources struct {
	Items []access.Connected `json:"items"`
}

// SourcePath names a source. It is exported for huma, which sees no other field.
type SourcePath struct {
	ID vocab.SourceID `path:"id"`
}

func (s *server) addSources() {
	t := tags("sources")
	op(s, huma.Operation{Method: "GET", Path: "/v1/sources", Summary: "The member's sources", Tags: t}, s.sources)
	op(s, huma.Operation{Method: "POST", Path: "/v1/sources", Summary: "Connect a database whose account cannot write", Tags: t}, s.addSource)
	op(s, huma.Operation{Method: "GET", Path: "/v1/sources/{id}", Summary: "One source with its tables", Tags: t}, s.source)
	op(s, huma.Operation{Method: "POST", Path: "/v1/sources/{id}/check", Summary: "Probe a source again", Tags: t}, s.checkSource)
	op(s, huma.Operation{Method: "GET", Path: "/v1/sources/{id}/bad-subjects", Summary: "Wrong subject numbers of a register, by line", Tags: t}, s.badSubjects)
	op(s, huma.Operation{Method: "POST", Path: "/v1/bindings", Summary: "Bind an item to a column", Tags: t}, s.bind)
	s.raw(huma.Operation{
		Method: "POST", Path: "/v1/sources/{id}/load", Summary: "Replace a register by the rows of a CSV file", Tags: t,
		Parameters: queries("subject", "key_kind", "dated"), RequestBody: file("text/csv"), Responses: s.jsonAnswer(access.Loaded{}),
	}, false, s.loadSource)
}

func (s *server) sources(ctx context.Context, a identity.Actor, _ *struct{}) (Sources, error) {
	all, err := s.Door.Sources(ctx, a)
	return Sources{Items: all}, err
}

// connect passes the password on under the type that the door names for it,
// which is a type of an engine that this face must not know.
func connect[P ~string](ctx context.Context, add func(context.Context, identity.Actor, vocab.SourceID, string, P) (access.Connected, error), a identity.Actor, n NewSource) (access.Connected, error) {
	return add(ctx, a, n.ID, n.Address, P(n.Password))
}

func (s *server) addSource(ctx context.Context, a identity.Actor, in *body[NewSource]) (access.Connected, error) {
	return connect(ctx, s.Door.AddSource, a, in.Body)
}

func (s *server) source(ctx context.Context, a identity.Actor, in *SourcePath) (access.Connected, error) {
	return s.Door.Source(ctx, a, in.ID)
}

func (s *server) checkSource(ctx context.Context, a identity.Actor, in *SourcePath) (access.Connected, error) {
	return s.Door.CheckSource(ctx, a, in.ID)
}

// badSubjects lists wrong subject numbers by line; the numbers stay inside.
func (s *server) badSubjects(ctx context.Context, a identity.Actor, in *struct {
	SourcePath
	After int64 `query:"after" doc:"The next of the page before"`
	Limit int   `query:"limit" minimum:"1" maximum:"200" default:"100"`
},
) (Page[access.BadLine], error) {
	all, err := s.Door.BadSubjects(ctx, a, in.ID, in.After, in.Limit+1)
	if err != nil {
		return Page[access.BadLine]{}, err
	}
	return PageOf(all, in.Limit, func(l access.BadLine) string { return strconv.FormatInt(l.Line, 10) }), nil
}

func (s *server) bind(ctx context.Context, a identity.Actor, in *body[BindIn]) (Bound, error) {
	b := in.Body
	d, err := s.Catalog.Get(ctx, a, b.Item.Dataset())
	if err != nil {
		return Bound{}, err
	}
	if !a.In(d.Owner) {
		return Bound{}, identity.NotYours()
	}
	item, err := d.Named(b.Item.Name())
	if err != nil {
		return Bound{}, err
	}
	made := access.Binding{
		Item: d.ItemID(item.Code), Owner: d.Owner, Source: b.Source, Table: b.Table, Column: b.Column, Subject: b.Subject, KeyKind: b.KeyKind,
		Compare: b.Compare, Read: b.Read, ByAct: b.ByAct, About: d.Subject, Tags: item.Tags, Cycle: d.Cycle,
	}
	if made.Compare == "" {
		made.Compare = string(item.Compare)
		if item.Compare == vocab.CompareNumber && item.Tolerance != "" {
			made.Compare += ":" + item.Tolerance
		}
	}
	for _, st := range b.Statuses {
		parsed, err := comparator.ParseStatus(st.Name, st.Where, st.From, st.To)
		if err != nil {
			return Bound{}, err
		}
		made.Statuses = append(made.Statuses, parsed)
	}
	sample, err := s.Door.Bind(ctx, a, made)
	return Bound{Item: made.Item, Sample: sample}, err
}

func (s *server) loadSource(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	dated := s.Clock.Now()
	if d := q.Get("dated"); d != "" {
		var err error
		if dated, err = time.Parse(time.DateOnly, d); err != nil {
			return vocab.BadInput.Because("dated is not a day such as 2026-03-01")
		}
	}
	table, err := rows.OpenTable(http.MaxBytesReader(w, r.Body, maxFile))
	if err != nil {
		return err
	}
	columns, lines, err := table.First(q.Get("subject"))
	if err != nil {
		return err
	}
	kind := vocab.SubjectKeyKind(orElse(q.Get("key_kind"), string(vocab.CitizenNumber)))
	done, err := s.Door.Load(r.Context(), whoOf(r.Context()).actor, access.Register{
		ID: vocab.SourceID(r.PathValue("id")), Dated: dated, Columns: columns, Rows: iter.Seq2[[]string, error](lines), KeyKind: kind, Line: table.Line,
	})
	if err != nil {
		return err
	}
	return writeJSON(w, done)
}
