package share

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share/snippet"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// rebuildChunk is how many requests one read transaction holds at start.
const rebuildChunk = 500

// Rebuild puts the twins of every submitted request and of the grants after them;
// they live in memory, so that a start puts them again.
func (s *Service) Rebuild(ctx context.Context) error {
	var after vocab.RequestID
	for {
		var chunk []*Request
		err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
			chunk, err = loadSubmitted(ctx, tx, after, rebuildChunk)
			return err
		})
		if err != nil {
			return fmt.Errorf("put the test twins: %w", err)
		}
		for _, r := range chunk {
			s.putTwins(ctx, r)
			after = r.ID
		}
		if len(chunk) < rebuildChunk {
			return nil
		}
	}
}

// putTwins puts the twin of a request that was submitted and of its grant. What
// it stands on was checked when it was submitted; should one fail nevertheless,
// only the trial is missing, and the diary says so.
func (s *Service) putTwins(ctx context.Context, r *Request) {
	if r.SubmittedAt.IsZero() || !r.EmptiedAt.IsZero() {
		return
	}
	g := r.grant("", nil)
	if !slices.Contains(g.Carriages, vocab.Single) {
		g.Carriages = append(g.Carriages, vocab.Single) // a trial goes one by one
	}
	items := s.twinItems(ctx, r)
	if err := s.p.Door.PutTwin(string(r.ID), g, items); err != nil {
		s.p.Diary.Warn("a test twin is missing", "request", r.ID, "error", err)
	}
	if r.Grant == "" {
		return
	}
	given, err := s.p.Door.GrantFor(identity.Actor{Member: r.Provider}, r.Grant)
	if err == nil {
		given.Carriages = g.Carriages
		err = s.p.Door.PutTwin(string(r.Grant), given, items)
	}
	if err != nil {
		s.p.Diary.Warn("a test twin is missing", "grant", r.Grant, "error", err)
	}
}

// twinItems are the items as the catalog declares them. Where it names no comparator
// the items' types suggest one, so that a trial compares as the source will once it
// is bound.
func (s *Service) twinItems(ctx context.Context, r *Request) map[vocab.ItemID]access.TwinItem {
	out := map[vocab.ItemID]access.TwinItem{}
	set := r.set
	if set == nil || set.ID != r.Dataset {
		var err error
		if set, err = s.p.Catalog.Get(ctx, identity.Actor{Member: r.Provider}, r.Dataset); err != nil {
			return out
		}
	}
	for _, id := range r.Items {
		it, _ := set.Item(id.Name())
		spec := string(it.Compare)
		if spec == "" {
			spec = string(byType(it.Type))
		}
		if it.Compare == vocab.CompareNumber && it.Tolerance != "" {
			spec += ":" + it.Tolerance
		}
		if _, err := comparator.Parse(spec); err != nil {
			spec = ""
		}
		out[id] = access.TwinItem{Compare: spec, Kind: string(it.Type), Name: cmp.Or(it.Name.ZH, it.Name.EN), Length: it.Length, Codes: s.codes(ctx, it)}
	}
	return out
}

// codes are values that the item may have; without them a trial goes on with others.
func (s *Service) codes(ctx context.Context, it entry.Item) []string {
	if s.p.Codes == nil {
		return nil
	}
	out, err := s.p.Codes(ctx, it)
	if err != nil {
		s.p.Diary.Warn("a test twin has no codes", "item", it.Code, "error", err)
	}
	return out
}

// byType is how values of a type are compared where the catalog does not say.
func byType(t entry.ItemType) vocab.Comparator {
	switch t {
	case entry.TypeDate:
		return vocab.CompareDate
	case entry.TypeNumber:
		return vocab.CompareNumber
	}
	return ""
}

// twinOf is the twin that a developer tries: of the grant once there is one.
func (r *Request) twinOf() string {
	if r.Grant != "" {
		return string(r.Grant)
	}
	return string(r.ID)
}

// TwinSample gives code that works as it stands, but for the token: a call of the
// twin about an invented subject whose values match.
func (s *Service) TwinSample(ctx context.Context, a identity.Actor, id vocab.RequestID) (snippet.Snippets, error) {
	r, err := s.Get(ctx, a, id)
	if err != nil {
		return snippet.Snippets{}, err
	}
	if r.SubmittedAt.IsZero() {
		return snippet.Snippets{}, vocab.StateWrong.Because("a request has a test twin once it is submitted")
	}
	rows, err := s.p.Door.Twin(a, r.twinOf())
	if err != nil {
		return snippet.Snippets{}, fmt.Errorf("test twin of request: %w", err)
	}
	g := r.grant(access.TwinOf(r.twinOf()), decisionOf(r))
	out, err := snippet.Of(s.p.URL, g, rows[0])
	if err != nil {
		return snippet.Snippets{}, fmt.Errorf("test twin of request: %w", err)
	}
	out.Rows = rows
	return out, nil
}

func decisionOf(r *Request) *Decision {
	if r.Grant == "" || r.Decision == nil {
		return nil
	}
	return &r.Decision.Decision
}
