package catalog_test

import (
	"fmt"
	"slices"
	"testing"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// complete makes so many drafts that lack nothing, and one that lacks much.
func (w *world) complete(n int) (ready []*entry.Dataset, lacking *entry.Dataset) {
	w.t.Helper()
	for i := range n {
		ready = append(ready, w.create(tax, firms(fmt.Sprintf("名录%d", i))))
	}
	return ready, w.create(tax, draft("缺项的名录"))
}

func (w *world) count(act string) (n int) {
	w.ledger.mu.Lock()
	defer w.ledger.mu.Unlock()
	for _, one := range w.ledger.names {
		if one == act {
			n++
		}
	}
	return n
}

func (w *world) published() int {
	w.t.Helper()
	return w.find(identity.Actor{}, catalog.SearchQuery{Limit: 1}).Total
}

func TestManyDraftsArePublishedByOneAct(t *testing.T) {
	w := newWorld(t)
	_, lacking := w.complete(300)
	other := w.create(health, firms("卫生名录"))

	look, err := w.PublishMany(ctx, tax, catalog.Publication{Preview: true})
	if err != nil || look.Count != 300 || look.ID != "" || w.published() != 0 || w.count("catalog.publications") != 0 {
		t.Fatalf("a look: %+v, %d published, %v", look, w.published(), err)
	}
	done, err := w.PublishMany(ctx, tax, catalog.Publication{})
	if err != nil || done.Count != 300 || len(done.Refused) != 0 {
		t.Fatalf("%d published, refused %v, %v", done.Count, done.Refused, err)
	}
	if n := w.published(); n != 300 {
		t.Errorf("%d are found by everyone", n)
	}
	if w.count("catalog.publications") != 1 || w.count("catalog.publish") != 0 || w.count("catalog.publications.left") != 0 {
		t.Errorf("acts %v", w.ledger.names)
	}

	named, err := w.PublishMany(ctx, tax, catalog.Publication{IDs: []vocab.DatasetID{lacking.ID, other.ID, done.Entries[0], "d-none"}})
	if err != nil || named.Count != 0 || named.ID != "" || len(named.Refused) != 4 {
		t.Fatalf("%+v %v", named, err)
	}
	for _, r := range named.Refused {
		want := vocab.NoSuchThing
		switch r.Dataset {
		case lacking.ID:
			want = vocab.FieldMissing
		case done.Entries[0]:
			want = vocab.StateWrong
		}
		if vocab.CodeOf(r.Err) != want {
			t.Errorf("%s: %v, want %s", r.Dataset, r.Err, want)
		}
	}
	if _, err := w.PublishMany(ctx, user, catalog.Publication{}); err == nil {
		t.Error("who is no steward published")
	}
}

// TestAPublicationThatIsKilledIsWholeAfterARestart: either the act stands and every
// entry that it names is published, or nothing was.
func TestAPublicationThatIsKilledIsWholeAfterARestart(t *testing.T) {
	seen := map[int]bool{}
	for at := int64(1); at < 1000 && (!seen[0] || !seen[1] || !seen[2]); at = at*5/4 + 1 {
		w := newWorld(t)
		w.complete(150)
		stop, cancel := killAfter(at)
		_, err := w.PublishMany(stop, tax, catalog.Publication{})
		cancel()
		before := w.published()
		w.restart()
		acts, after := w.count("catalog.publications"), w.published()
		if after != 150*acts || acts > 1 {
			t.Errorf("killed at %d (%v): %d acts, %d published before the restart, %d after", at, err, acts, before, after)
		}
		seen[acts] = true
		if err != nil && before > 0 && before < 150 {
			seen[2] = true // in the middle of what the act names
		}
		again, err := w.PublishMany(ctx, tax, catalog.Publication{})
		if err != nil || again.Count != 150-after {
			t.Errorf("killed at %d: once more %+v %v", at, again, err)
		}
	}
	if !seen[0] || !seen[1] || !seen[2] {
		t.Errorf("no kill before the act, after it, or in its middle: %v", seen)
	}
}

// TestWhatChangedSinceItsRowIsNotPublishedAndAnActSaysSo: the leaf names a revision,
// and another is not listed under it.
func TestWhatChangedSinceItsRowIsNotPublishedAndAnActSaysSo(t *testing.T) {
	for at := int64(18); at < 1000; at += at / 8 {
		w := newWorld(t)
		ready, _ := w.complete(150)
		stop, cancel := killAfter(at)
		_, err := w.PublishMany(stop, tax, catalog.Publication{})
		cancel()
		if err == nil {
			t.Fatal("no kill fell between the act and its end")
		}
		left := slices.IndexFunc(ready, func(d *entry.Dataset) bool {
			now, err := w.Get(ctx, tax, d.ID)
			return err == nil && now.State == entry.StateDraft
		})
		if w.count("catalog.publications") == 0 || left < 0 {
			continue
		}
		if _, err := w.Edit(ctx, tax, entry.Edit{ID: ready[left].ID, Rev: 1, Set: map[entry.Field]string{entry.FieldTheme: "other"}}); err != nil {
			t.Fatal(err)
		}
		w.restart()
		now, err := w.Get(ctx, tax, ready[left].ID)
		if err != nil || now.State != entry.StateDraft || w.published() != 149 || w.count("catalog.publications.left") != 1 {
			t.Errorf("%s, %d published, acts %v, %v", now.State, w.published(), w.ledger.names, err)
		}
		return
	}
	t.Fatal("no kill fell between the act and its end")
}
