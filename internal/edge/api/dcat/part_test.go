package dcat

import (
	"context"
	"fmt"
	"testing"
	"time"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/api/open"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// many is a catalog of n entries that never changed, by their numbers.
type many struct {
	open.Catalog
	n, looks int
}

func (m *many) List(_ context.Context, _ identity.Actor, q catalog.ListQuery) (out []*entry.Dataset, err error) {
	at := 0
	if m.looks++; q.After != "" {
		if _, err := fmt.Sscanf(string(q.After), "d-%d", &at); err != nil {
			return nil, err
		}
	}
	for at < m.n && len(out) < q.Limit {
		at++
		out = append(out, &entry.Dataset{ID: vocab.DatasetID(fmt.Sprintf("d-%08d", at))})
	}
	return out, nil
}

// TestAPageLooksAtABoundedNumberOfEntries: where nothing changed a page comes empty
// after so many, and its next leads on to the end; of what is to come nothing is read.
func TestAPageLooksAtABoundedNumberOfEntries(t *testing.T) {
	m := &many{n: 2*lookMost + 1}
	k := clock.NewFake(time.Unix(1_800_000_000, 0))
	f := &face{Parts{Reader: open.New(open.Parts{Catalog: m, Clock: k})}}
	turns := 0
	for after := vocab.DatasetID(""); turns == 0 || after != ""; turns++ {
		before := m.looks
		list, next, err := f.part(t.Context(), identity.Actor{}, after, time.Unix(1, 0))
		if err != nil || len(list) != 0 || next != "" && next <= after {
			t.Fatalf("%d entries, next %q, %v", len(list), next, err)
		}
		if m.looks-before > lookMost/open.Batch+1 {
			t.Fatalf("%d looks for one page", m.looks-before)
		}
		after = next
	}
	if turns != 3 {
		t.Errorf("%d pages", turns)
	}
	before := m.looks
	if list, next, err := f.part(t.Context(), identity.Actor{}, "", k.Now().AddDate(900, 0, 0)); len(list) != 0 || next != "" || err != nil || m.looks != before {
		t.Errorf("what changed in a time to come: %d, %q, %v after %d looks", len(list), next, err, m.looks-before)
	}
}
