package source

import (
	"context"

	"fontis/internal/vocab"
)

// tables gives the catalog, read at most once until something proves it wrong.
func (s *Source) tables(ctx context.Context) ([]Table, error) {
	s.mu.Lock()
	known := s.catalog
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	return s.refresh(ctx)
}

// refresh reads the catalog. It holds no lock while it asks the source: two
// callers may ask at once, and both answers are good.
func (s *Source) refresh(ctx context.Context) ([]Table, error) {
	tables, err := s.driver.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	if tables == nil {
		tables = []Table{}
	}
	s.mu.Lock()
	s.catalog = tables
	s.mu.Unlock()
	return tables, nil
}

func (s *Source) forget() {
	s.mu.Lock()
	s.catalog = nil
	s.mu.Unlock()
}

// table finds a table by its full name, or by its bare name where only one
// schema has it. What comes back is the catalog's spelling, never the caller's.
func (s *Source) table(ctx context.Context, name string) (Table, error) {
	tables, err := s.tables(ctx)
	if err != nil {
		return Table{}, err
	}
	var bare []Table
	for _, t := range tables {
		if t.FullName() == name {
			return t, nil
		}
		if t.Name == name {
			bare = append(bare, t)
		}
	}
	switch len(bare) {
	case 1:
		return bare[0], nil
	case 0:
		return Table{}, vocab.SourceUnknown.Because("the source has no table %q that the account may read", short(name))
	}
	return Table{}, vocab.SourceUnknown.Because("table %q stands in %d schemas", short(name), len(bare)).
		WithFix("name the schema too: %s", bare[0].FullName())
}

// pick finds columns by their exact names.
func pick(t Table, names []string) ([]Column, error) {
	if len(names) > 1000 {
		return nil, vocab.BadInput.Because("%d columns were asked at once: allowed are 1000", len(names))
	}
	columns := make([]Column, 0, len(names))
	for _, n := range names {
		c, ok := t.Column(n)
		if !ok {
			return nil, vocab.SourceUnknown.Because("table %s has no column %q that the account may read", t.FullName(), short(n))
		}
		columns = append(columns, c)
	}
	return columns, nil
}

// short keeps a name that came from outside from filling an error.
func short(name string) string {
	const most = 80
	if r := []rune(name); len(r) > most {
		return string(r[:most]) + "..."
	}
	return name
}
