package finding

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/engine/index"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// Kind is the kind of the notice that a saved search sends.
const Kind = "search-found"

// Searches lists what the officer has saved.
func (s *Service) Searches(ctx context.Context, a identity.Actor) ([]Search, error) {
	if err := mustBeOfficer(a); err != nil {
		return nil, err
	}
	var out []Search
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = loadSearches(ctx, tx, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list saved searches: %w", err)
	}
	return out, nil
}

// SaveSearch keeps a search of the officer. It is asked once, so that none is kept
// that can find nothing.
func (s *Service) SaveSearch(ctx context.Context, a identity.Actor, q Search) (*Search, error) {
	if err := mustBeOfficer(a); err != nil {
		return nil, err
	}
	q.Name, q.Text = strings.TrimSpace(q.Name), strings.TrimSpace(q.Text)
	if q.Name == "" {
		q.Name = q.Text
	}
	switch {
	case q.Text == "" && q.Item == "" && len(q.Filters) == 0:
		return nil, vocab.FieldMissing.Because("the search has neither words nor filters")
	case q.Name == "" || utf8.RuneCountInString(q.Name) > maxName || !utf8.ValidString(q.Name) || strings.ContainsRune(q.Name, 0):
		return nil, vocab.ValueInvalid.Because("a saved search has a name of 1 to %d characters", maxName)
	}
	if _, err := s.p.Catalog.Search(ctx, a, catalog.SearchQuery{Text: q.Text, Item: q.Item, Filters: q.Filters, Limit: 1}); err != nil {
		return nil, err
	}
	q.ID, q.At, q.owner, q.officer = vocab.NewID("ss"), s.p.Clock.Now().UTC(), a.Member, a.Officer
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := mayHoldMore(ctx, tx, sqlCountSearches, maxSearches, string(a.Member), string(a.Officer)); err != nil {
			return err
		}
		return insertSearch(ctx, tx, q)
	})
	if err != nil {
		return nil, fmt.Errorf("save a search: %w", err)
	}
	return &q, nil
}

// ForgetSearch ends a saved search of the officer.
func (s *Service) ForgetSearch(ctx context.Context, a identity.Actor, id string) error {
	if err := mustBeOfficer(a); err != nil {
		return err
	}
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlDeleteSearch, id, string(a.Member), string(a.Officer))
		if err != nil {
			return err
		}
		if n == 0 {
			return identity.NotYours()
		}
		_, err = tx.Exec(ctx, sqlDeleteFound, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget a saved search: %w", err)
	}
	return nil
}

// mustBeOfficer: a notice needs an inbox that somebody reads.
func mustBeOfficer(a identity.Actor) error {
	if a.Officer == "" || a.Machine != "" {
		return vocab.RoleMissing.Because("a search is saved by an officer who signs in")
	}
	return nil
}

// Hear asks an entry that was published every saved search, and tells whose finds
// it. The owner of the process has it hear the facts of the outbox.
func (s *Service) Hear(ctx context.Context, f outbox.Fact) error {
	if f.Topic != fact.TopicDataset {
		return nil
	}
	var told fact.Dataset
	if err := json.Unmarshal(f.Payload, &told); err != nil {
		return fmt.Errorf("read fact %d: %w", f.N, err)
	}
	if !told.First {
		return nil // only the step by which an entry is first shown is news
	}
	var all []Search
	err := s.p.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = loadAll(ctx, tx)
		return err
	})
	if err != nil || len(all) == 0 {
		return err
	}
	d, err := s.p.Catalog.Get(ctx, identity.Actor{}, told.ID)
	if vocab.CodeOf(err) == vocab.NoSuchThing {
		return nil // it is gone since
	}
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(q Search) bool { return q.At.After(d.PublishedAt) })
	fits, err := s.fitting(ctx, d, all)
	if err != nil {
		return err
	}
	for _, q := range fits {
		if err := s.tell(ctx, q, d); err != nil {
			return fmt.Errorf("tell what saved search %s finds: %w", q.ID, err)
		}
	}
	return nil
}

// fitting gives the searches that find the entry as it stands, each asked as its
// officer would ask it.
func (s *Service) fitting(ctx context.Context, d *entry.Dataset, all []Search) ([]Search, error) {
	x := s.p.Index.Like()
	if err := x.Apply(ctx, 0, catalog.Documents(d)); err != nil {
		return nil, fmt.Errorf("look which searches find %s: %w", d.ID, err)
	}
	var out []Search
	for _, q := range all {
		ask := index.Query{
			Text: q.Text, Item: q.Item, Filters: map[index.Facet][]string{}, Limit: 1,
			Visible: catalog.VisibleTo(identity.Actor{Member: q.owner, Officer: q.officer}),
		}
		for facet, values := range q.Filters {
			ask.Filters[index.Facet(facet)] = values
		}
		// What can no longer be asked, as by a facet that is no more, finds nothing.
		if found, err := x.Search(ctx, ask); err == nil && found.Total > 0 {
			out = append(out, q)
		}
	}
	return out, ctx.Err()
}

// tell puts the notice, once for the entry.
func (s *Service) tell(ctx context.Context, q Search, d *entry.Dataset) error {
	if q.owner == d.Owner {
		return nil // who published it knows
	}
	return s.p.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlInsertFound, q.ID, string(d.ID))
		if err != nil || n == 0 {
			return err
		}
		return s.p.Notices.PutNotice(ctx, tx, identity.Notice{
			Member: q.owner, Officer: q.officer, Kind: Kind, Link: "/datasets/" + url.PathEscape(string(d.ID)),
			Params: map[string]string{"search": q.Name, "dataset": d.Name.In("zh-Hans")},
		})
	})
}
