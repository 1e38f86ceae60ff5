package succession_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/succession"
	"fontis/internal/duty/share"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

type world struct {
	*apptest.World
	t       testing.TB
	steward identity.Actor
	bureau  identity.Actor
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{World: apptest.NewWorld(t, 3, vocab.Compare), t: t, steward: apptest.Officer(apptest.Civil, vocab.Steward)}
	w.bureau = apptest.Officer("bureau", vocab.Authority)
	w.bureau.Region, w.bureau.OfNode = "990000", true
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func wants(t testing.TB, err error, code vocab.Code) {
	t.Helper()
	if err == nil || vocab.CodeOf(err) != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

// published is an entry of the actor's member with items of these codes.
func (w *world) published(a identity.Actor, name string, items ...string) vocab.DatasetID {
	w.t.Helper()
	d := entry.Dataset{
		Name: entry.Text{ZH: name}, Provider: "x", Share: vocab.Unconditional, Cycle: vocab.Daily, Subject: vocab.LegalEntity, Origin: vocab.Government,
	}
	for _, code := range items {
		d.Items = append(d.Items, entry.Item{Code: code, Name: entry.Text{ZH: code}})
	}
	made, err := w.Catalog.Create(w.t.Context(), a, d)
	w.must(err)
	_, err = w.Catalog.Publish(w.t.Context(), a, made.ID, 0, catalog.Secrecy{CheckedBy: "何平", Basis: "保守国家秘密法 第十三条"})
	w.must(err)
	return made.ID
}

func (w *world) merge(a identity.Actor, id vocab.DatasetID, into ...vocab.DatasetID) (*entry.Dataset, error) {
	return w.Succession.Merge(w.t.Context(), a, id, succession.Wish{Into: into, Reason: "重复编目"})
}

// notices counts those of a member of one kind.
func (w *world) notices(m vocab.MemberID, kind string) int {
	w.t.Helper()
	list, err := w.Identity.Notices(w.t.Context(), apptest.Officer(m, vocab.DataUser), identity.Page{Limit: 100})
	w.must(err)
	n := 0
	for _, one := range list {
		if one.Kind == kind {
			n++
		}
	}
	return n
}

// TestAnOldNameAnswersForEver: of two that say the same one lives and is found; the
// other's name leads there for everybody, its grant stays, and its holder is told once.
func TestAnOldNameAnswersForEver(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	old, stays := w.published(w.steward, "企业名录甲", "name"), w.published(w.steward, "企业名录乙", "name", "more")
	g := apptest.Grant(vocab.Compare)
	g.Dataset, g.Items = old, []vocab.ItemID{vocab.ItemID(old + "/name")}
	w.Put(t, g)
	d, err := w.merge(w.steward, old, stays)
	w.must(err)
	if diff := cmp.Diff([]vocab.DatasetID{stays}, d.MovedTo); diff != "" || d.State != entry.StateRetired {
		t.Errorf("%s, moved to (-want +got):\n%s", d.State, diff)
	}
	_, err = w.Catalog.Get(ctx, identity.Actor{}, old)
	wants(t, err, vocab.NoSuchThing)
	seen, err := w.Catalog.Get(ctx, w.User, old)
	w.must(err)
	if text, err := json.Marshal(seen); err != nil || !strings.Contains(string(text), `"moved_to":["`+string(stays)+`"]`) {
		t.Errorf("another member reads %s, %v", text, err)
	}
	moved, err := w.Succession.Moved(ctx, old)
	w.must(err)
	if moved.MovedTo[0] != stays || moved.Ended.Reason != "重复编目" || moved.Name.ZH != "" {
		t.Errorf("the old name says %+v", moved)
	}
	if k, err := w.Door.GrantFor(w.User, g.ID); err != nil || k.Dataset != old || k.State != g.State {
		t.Errorf("the grant is %+v, %v", k, err)
	}
	if n := w.notices(apptest.Tax, "dataset-merge"); n != 1 {
		t.Errorf("the holder was told %d times", n)
	}
	w.must(w.Catalog.CatchUp(ctx))
	found, err := w.Catalog.Search(ctx, w.steward, catalog.SearchQuery{Text: "企业名录"})
	w.must(err)
	if found.Total != 1 || len(found.Hits) != 1 || found.Hits[0].ID != stays {
		t.Errorf("%d are found: %+v", found.Total, found.Hits)
	}
	again := w.published(w.steward, "企业名录丙", "name", "more")
	_, err = w.merge(w.steward, stays, again)
	w.must(err)
	if moved, err := w.Succession.Moved(ctx, old); err != nil || moved.MovedTo[0] != stays {
		t.Errorf("after another end the old name says %+v, %v", moved, err)
	}
	_, err = w.merge(w.steward, again, old)
	wants(t, err, vocab.StateWrong) // no way leads in a ring
	_, err = w.Succession.Moved(ctx, again)
	wants(t, err, vocab.NoSuchThing)
}

// TestNoItemIsLostUnlessItIsSaid: items that none of the heirs has stop a merger and a
// division until they are said to end.
func TestNoItemIsLostUnlessItIsSaid(t *testing.T) {
	w := newWorld(t)
	whole := w.published(w.steward, "甲", "a", "b", "c")
	one, two := w.published(w.steward, "乙", "a"), w.published(w.steward, "丙", "b")
	wish := succession.Wish{Into: []vocab.DatasetID{one, two}, Reason: "按主体拆分"}
	_, err := w.Succession.Split(t.Context(), w.steward, whole, wish)
	wants(t, err, vocab.ValueInvalid)
	wish.LoseItems = true
	d, err := w.Succession.Split(t.Context(), w.steward, whole, wish)
	w.must(err)
	if len(d.MovedTo) != 2 {
		t.Errorf("moved to %v", d.MovedTo)
	}
}

// TestOnlyAnAuthorityOverBothEndsOneOfTwoOwners: neither owner does it alone, nor a
// member that owns neither, nor an authority elsewhere.
func TestOnlyAnAuthorityOverBothEndsOneOfTwoOwners(t *testing.T) {
	w := newWorld(t)
	tax := apptest.Officer(apptest.Tax, vocab.Steward)
	ours, theirs := w.published(w.steward, "甲", "a"), w.published(tax, "乙", "a")
	_, err := w.merge(w.steward, ours, theirs)
	wants(t, err, vocab.RoleMissing)
	_, err = w.merge(tax, ours, theirs)
	wants(t, err, vocab.NoSuchThing)
	elsewhere := w.bureau
	elsewhere.OfNode, elsewhere.Region = false, "110000"
	_, err = w.merge(elsewhere, ours, theirs)
	wants(t, err, vocab.NoSuchThing)
	machine := w.bureau
	machine.Machine = "m1"
	_, err = w.merge(machine, ours, theirs)
	wants(t, err, vocab.NoSuchThing)
	_, err = w.merge(w.bureau, ours, theirs)
	w.must(err)
	for _, m := range []vocab.MemberID{apptest.Civil, apptest.Tax} {
		if n := w.notices(m, "dataset-merge"); n != 1 {
			t.Errorf("%s was told %d times", m, n)
		}
	}
	alone := w.published(w.steward, "丙", "a")
	_, err = w.Succession.Retire(t.Context(), w.bureau, alone, succession.Wish{Reason: "x"})
	wants(t, err, vocab.RoleMissing)
}

// TestWhatAnEndCannotMeanIsRefused.
func TestWhatAnEndCannotMeanIsRefused(t *testing.T) {
	w := newWorld(t)
	a, b := w.published(w.steward, "甲", "a"), w.published(w.steward, "乙", "a")
	for _, c := range []struct {
		name string
		verb func(identity.Actor, succession.Wish) (*entry.Dataset, error)
		wish succession.Wish
		want vocab.Code
	}{
		{"a merger into nothing", w.of(w.Succession.Merge, a), succession.Wish{Reason: "x"}, vocab.ValueInvalid},
		{"a merger into two", w.of(w.Succession.Merge, a), succession.Wish{Reason: "x", Into: []vocab.DatasetID{b, "c"}}, vocab.ValueInvalid},
		{"a merger into itself", w.of(w.Succession.Merge, a), succession.Wish{Reason: "x", Into: []vocab.DatasetID{a}}, vocab.ValueInvalid},
		{"a division into one", w.of(w.Succession.Split, a), succession.Wish{Reason: "x", Into: []vocab.DatasetID{b}}, vocab.ValueInvalid},
		{"the same twice", w.of(w.Succession.Split, a), succession.Wish{Reason: "x", Into: []vocab.DatasetID{b, b}}, vocab.ValueInvalid},
		{"no reason", w.of(w.Succession.Merge, a), succession.Wish{Reason: " ", Into: []vocab.DatasetID{b}}, vocab.ReasonNeeded},
		{"an heir that is none", w.of(w.Succession.Merge, a), succession.Wish{Reason: "x", Into: []vocab.DatasetID{"d-none"}}, vocab.NoSuchThing},
		{"an old revision", w.of(w.Succession.Merge, a), succession.Wish{Reason: "x", Into: []vocab.DatasetID{b}, Rev: 1}, vocab.RevisionStale},
	} {
		if _, err := c.verb(w.steward, c.wish); vocab.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func (w *world) of(verb func(ctx context.Context, a identity.Actor, id vocab.DatasetID, s succession.Wish) (*entry.Dataset, error), id vocab.DatasetID) func(identity.Actor, succession.Wish) (*entry.Dataset, error) {
	return func(a identity.Actor, s succession.Wish) (*entry.Dataset, error) {
		return verb(w.t.Context(), a, id, s)
	}
}

// TestWhoAskedAndWaitsIsTold: of an entry that ends, those who asked for it and were not
// answered yet are told, once; who was refused is not.
func TestWhoAskedAndWaitsIsTold(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	old, stays := w.published(w.steward, "企业名录甲", "name"), w.published(w.steward, "企业名录乙", "name")
	now := w.Clock.Now()
	ask := func(m vocab.MemberID) vocab.RequestID {
		by := apptest.Officer(m, vocab.DataUser)
		r, err := w.Share.Draft(ctx, by, share.Fields{
			Dataset: old, Items: []vocab.ItemID{"name"}, Question: vocab.Compare, Carriages: []vocab.Carriage{vocab.Single},
			Basis: entry.Cite{Law: "Social Insurance Law", Article: "art. 58"}, Purpose: "pension", Scenario: "entitlement at the counter",
			From: now.Add(-time.Hour), Until: now.AddDate(1, 0, 0), PerDay: 1000, CasePattern: `P-\d+`, Security: "sealed terminals",
		})
		w.must(err)
		_, err = w.Share.Submit(ctx, by, r.ID)
		w.must(err)
		return r.ID
	}
	ask(apptest.Tax)
	ask(apptest.Tax)
	refused := ask("school")
	_, err := w.Share.Decide(ctx, w.steward, refused, share.Decision{Reason: "no ground", Citation: "art. 9"})
	w.must(err)
	_, err = w.merge(w.steward, old, stays)
	w.must(err)
	for m, want := range map[vocab.MemberID]int{apptest.Tax: 1, "school": 0} {
		if n := w.notices(m, "dataset-merge"); n != want {
			t.Errorf("%s was told %d times", m, n)
		}
	}
}
