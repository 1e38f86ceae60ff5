package coverage

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/region"
	"fontis/internal/vocab"
)

// By says what a line is about.
type By string

// The lines of a report: departments, or the divisions right below one.
const (
	Department By = "department"
	Region     By = "region"
)

// Line is one department or one region. Whole, Most and Less are entries by how much
// of what a reader wants they say; Connected are entries with an item bound to a
// source, and Stale those of them with data older than their update cycle promises.
type Line struct {
	Member    vocab.MemberID `json:"member,omitempty"`
	Region    string         `json:"region,omitempty"`
	Listed    int            `json:"listed"`
	Whole     int            `json:"described_whole"`
	Most      int            `json:"described_most"`
	Less      int            `json:"described_less"`
	Connected int            `json:"connected"`
	Stale     int            `json:"stale"`
}

// Query asks for a report. Of regions, Under is the division whose parts are
// counted, "" for the topmost, each with all below it.
type Query struct {
	By    By
	Under string
	After string // a department or a region
	Limit int    // 0 for all
}

// Parts are what the service stands on; all are needed. Bound lists the entries with
// an item bound to a source, with whose they are; Stale those whose data lapsed.
type Parts struct {
	DB      *db.DB
	Catalog *catalog.Service
	Bound   func() map[vocab.DatasetID]vocab.MemberID
	Stale   func(ctx context.Context) (map[vocab.DatasetID]bool, error)
}

// Service makes reports.
type Service struct{ p Parts }

// New makes the service.
func New(p Parts) (*Service, error) {
	if p.DB == nil || p.Catalog == nil || p.Bound == nil || p.Stale == nil {
		return nil, fmt.Errorf("make coverage: %w", vocab.InternalError.Because("a part is missing"))
	}
	return &Service{p}, nil
}

// Report counts, in the order of the lines' names.
func (s *Service) Report(ctx context.Context, a identity.Actor, q Query) ([]Line, error) {
	if err := a.Must(vocab.Authority, vocab.Auditor, vocab.Steward); err != nil {
		return nil, err
	}
	if q.By != Department && q.By != Region {
		return nil, vocab.BadInput.Because("a report is by department or by region, not by %q", string(q.By))
	}
	c := &count{a: a, q: q, lines: map[string]*Line{}}
	if a.Must(vocab.Authority, vocab.Auditor) != nil {
		if q.By == Region {
			return nil, vocab.RoleMissing.Because("the report by region is for the data authority and for auditors").
				WithFix("Ask for the one by department: it holds your own department's line.")
		}
		c.only = a.Member
	}
	for _, step := range []func(context.Context, *count) error{s.listed, s.connected} {
		if err := step(ctx, c); err != nil {
			return nil, fmt.Errorf("report how far the catalog reaches: %w", err)
		}
	}
	return c.page(), nil
}

// count is a report in the making.
type count struct {
	a     identity.Actor
	q     Query
	only  vocab.MemberID // of no other department
	lines map[string]*Line
}

// line is the line of a name; the name of no line is nil.
func (c *count) line(name string) *Line {
	if name == "" || c.only != "" && name != string(c.only) {
		return nil
	}
	l := c.lines[name]
	if l == nil {
		l = &Line{Region: name}
		if c.q.By == Department {
			l = &Line{Member: vocab.MemberID(name)}
		}
		c.lines[name] = l
	}
	return l
}

func (c *count) page() []Line {
	var out []Line
	for _, name := range slices.Sorted(maps.Keys(c.lines)) {
		if name > c.q.After && (c.q.Limit == 0 || len(out) < c.q.Limit) {
			out = append(out, *c.lines[name])
		}
	}
	return out
}

// listed asks the index once for each of the degrees of a description.
func (s *Service) listed(ctx context.Context, c *count) error {
	facet := string(catalog.FacetOwner)
	if c.q.By == Region {
		facet = string(entry.FieldRegion)
	}
	for _, one := range []struct {
		degree entry.Degree
		add    func(*Line, int)
	}{
		{"", func(l *Line, n int) { l.Listed += n }},
		{entry.Whole, func(l *Line, n int) { l.Whole += n }},
		{entry.Most, func(l *Line, n int) { l.Most += n }},
		{entry.Less, func(l *Line, n int) { l.Less += n }},
	} {
		q := catalog.SearchQuery{Filters: map[string][]string{string(catalog.FacetState): {string(entry.StatePublished)}}, Facets: []string{facet}, Limit: 1}
		if one.degree != "" {
			q.Filters[string(catalog.FacetDescribed)] = []string{string(one.degree)}
		}
		if c.only != "" {
			q.Filters[facet] = []string{string(c.only)}
		}
		if c.q.By == Region {
			q.Under = map[string]string{facet: c.q.Under}
		}
		found, err := s.p.Catalog.Search(ctx, c.a, q)
		if err != nil {
			return err
		}
		for _, v := range found.Facets[facet] {
			if l := c.line(v.Value); l != nil && v.N > 0 {
				one.add(l, v.N)
			}
		}
	}
	return nil
}

// chunk is how many entries are looked at in one reading of the tables.
const chunk = 500

// connected looks at the entries that are bound.
func (s *Service) connected(ctx context.Context, c *count) error {
	stale, err := s.p.Stale(ctx)
	if err != nil {
		return err
	}
	bound := s.p.Bound()
	if c.only != "" {
		maps.DeleteFunc(bound, func(_ vocab.DatasetID, owner vocab.MemberID) bool { return owner != c.only })
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(bound)), chunk) {
		err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
			for _, id := range ids {
				d, err := s.p.Catalog.GetTx(ctx, tx, c.a, id)
				if vocab.CodeOf(err) == vocab.NoSuchThing || err == nil && d.State != entry.StatePublished {
					continue
				}
				if err != nil {
					return err
				}
				if l := c.line(c.nameOf(d)); l != nil {
					l.Connected++
					if stale[id] {
						l.Stale++
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// nameOf names the line in which an entry counts: its department, or the division
// right below the one asked about in which its region lies.
func (c *count) nameOf(d *entry.Dataset) string {
	if c.q.By == Department {
		return string(d.Owner)
	}
	for at := strings.TrimSpace(d.Region); at != ""; at = region.Above(at) {
		if region.Above(at) == c.q.Under {
			return at
		}
	}
	return ""
}
