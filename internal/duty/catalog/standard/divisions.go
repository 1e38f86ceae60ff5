package standard

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// DivisionList is the code list in which a node keeps its administrative divisions.
const DivisionList = "GB/T 2260"

// The bounds of the names that are kept in memory: towns are the smallest divisions
// among them, since a list with villages has half a million lines; a village goes by
// its town. Another process may have put a new table, which is seen after a moment.
const (
	longestDivision = 9
	mostDivisions   = 100_000
	looksAgain      = 2 * time.Second
)

// Divisions are the names of area codes, as the node's own list has them. Every page
// asks for them, so they stand in memory and a look at the list costs one row. It is
// safe for concurrent use.
type Divisions struct {
	s     *Service
	names atomic.Pointer[map[string]entry.Text]
	put   atomic.Bool // here, since the last look

	mu      sync.Mutex // guards both; held by the one who looks
	version int64
	next    time.Time
}

// Divisions are the names of area codes.
func (s *Service) Divisions() *Divisions { return s.divisions }

// Name is the name of an area code, where the node's list has it.
func (d *Divisions) Name(code string) (entry.Text, bool) {
	names := d.names.Load()
	if names == nil {
		return entry.Text{}, false
	}
	t, ok := (*names)[code]
	return t, ok
}

// Fresh reads the names again when the list was given a new table. While one visitor
// reads them, the others go on with the former.
func (d *Divisions) Fresh(ctx context.Context) error {
	if !d.mu.TryLock() {
		return nil
	}
	defer d.mu.Unlock()
	now := d.s.p.Clock.Now()
	if !d.put.Swap(false) && now.Before(d.next) {
		return nil
	}
	d.next = now.Add(looksAgain)
	err := d.s.p.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := loadList(ctx, tx, DivisionList)
		if vocab.CodeOf(err) == vocab.NoSuchThing || err == nil && list.version == d.version {
			return nil
		}
		if err != nil {
			return err
		}
		names, err := divisionNames(ctx, tx, list)
		if err == nil {
			d.names.Store(&names)
			d.version = list.version
		}
		return err
	})
	if err != nil {
		d.put.Store(true)
		return fmt.Errorf("read the names of divisions: %w", err)
	}
	return nil
}

func divisionNames(ctx context.Context, tx *db.Tx, list *List) (map[string]entry.Text, error) {
	names := map[string]entry.Text{}
	for after := ""; len(names) < mostDivisions; {
		page, err := loadCodes(ctx, tx, list, "", after, 5000)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, c := range page {
			if len(c.Code) <= longestDivision {
				names[c.Code] = c.Name
			}
		}
		after = page[len(page)-1].Code
	}
	return names, nil
}
