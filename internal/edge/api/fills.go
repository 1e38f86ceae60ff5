package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/intake"
	"fontis/internal/edge/call"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Todo is what the drafts of the caller's member lack to be published.
type Todo struct {
	Lines []TodoLine `json:"lines"`
}

// TodoLine is one field that drafts lack.
type TodoLine struct {
	Field    entry.Field       `json:"field"`
	Count    int               `json:"count"`
	Datasets []vocab.DatasetID `json:"datasets" doc:"The first of them"`
}

// FillIn is a bulk fill: one field, one value, many entries; those named, or all
// drafts that lack the field.
type FillIn struct {
	IDs     []vocab.DatasetID `json:"ids,omitempty"`
	Missing entry.Field       `json:"missing,omitempty"`
	Field   entry.Field       `json:"field"`
	Value   string            `json:"value"`
	Preview bool              `json:"preview,omitempty" doc:"Look only; nothing is written"`
}

// Filled is what a bulk fill or its undoing did, or would do.
type Filled struct {
	ID      string           `json:"id,omitempty" doc:"To undo it; empty for a preview"`
	Field   entry.Field      `json:"field"`
	Changed int              `json:"changed"`
	Same    int              `json:"same"`
	Entries []catalog.Change `json:"entries"`
	Refused []RefusedEntry   `json:"refused,omitempty"`
}

// RefusedEntry is an entry that stays as it is, and why.
type RefusedEntry struct {
	Dataset vocab.DatasetID `json:"dataset"`
	Code    vocab.Code      `json:"code"`
	Cause   string          `json:"cause"`
	Fix     string          `json:"fix"`
}

func (s *server) addFills() {
	t := tags("to do")
	op(s, huma.Operation{Method: "GET", Path: "/v1/todo", Summary: "What drafts lack to be published", Tags: t}, s.todo)
	op(s, huma.Operation{Method: "GET", Path: "/v1/todo/{field}", Summary: "The drafts that lack a field", Tags: t}, s.lacking)
	op(s, huma.Operation{Method: "POST", Path: "/v1/fills", Summary: "Give one field of many entries a value, or look what that would do", Tags: t}, s.fill)
	op(s, huma.Operation{Method: "POST", Path: "/v1/fills/{id}/undo", Summary: "Take a bulk fill back", Tags: t}, s.undo)
}

func (s *server) todo(ctx context.Context, a identity.Actor, _ *struct{}) (Todo, error) {
	lines, err := s.Catalog.Todo(ctx, a)
	out := Todo{Lines: make([]TodoLine, len(lines))}
	for i, l := range lines {
		out.Lines[i] = TodoLine(l)
	}
	return out, err
}

func (s *server) lacking(ctx context.Context, a identity.Actor, in *struct {
	Paging
	Field entry.Field `path:"field"`
},
) (Datasets, error) {
	all, err := s.Catalog.Lacking(ctx, a, in.Field, catalog.Page{After: vocab.DatasetID(in.After), Limit: in.Limit + 1})
	if err != nil {
		return Datasets{}, err
	}
	return listed(all, in.Limit), nil
}

func (s *server) fill(ctx context.Context, a identity.Actor, in *body[FillIn]) (Filled, error) {
	f := in.Body
	value, err := intake.Said(f.Field, f.Value)
	if err != nil {
		return Filled{}, err
	}
	set, err := s.Catalog.BulkFill(ctx, a, catalog.Fill{
		Selection: catalog.Selection{IDs: f.IDs, Missing: f.Missing}, Field: f.Field, Value: value, Preview: f.Preview,
	})
	if err != nil {
		return Filled{}, err
	}
	return s.filled(call.Of(ctx), set), nil
}

func (s *server) undo(ctx context.Context, a identity.Actor, in *struct {
	ID string `path:"id"`
},
) (Filled, error) {
	set, err := s.Catalog.Undo(ctx, a, in.ID)
	if err != nil {
		return Filled{}, err
	}
	return s.filled(call.Of(ctx), set), nil
}

func (s *server) filled(c *call.Call, set *catalog.ChangeSet) Filled {
	return Filled{ID: set.ID, Field: set.Field, Changed: set.Changed, Same: set.Same, Entries: set.Entries, Refused: s.refused(c, set.Refused)}
}

// refused says why entries stay as they are, in a call that did not fail itself.
func (s *server) refused(c *call.Call, all []catalog.Refused) []RefusedEntry {
	var out []RefusedEntry
	for _, r := range all {
		p := s.problems.Of(c, r.Err)
		out = append(out, RefusedEntry{Dataset: r.Dataset, Code: p.Code, Cause: p.Detail, Fix: p.Fix})
	}
	c.Code = ""
	return out
}
