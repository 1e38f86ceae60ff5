package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

func TestAnEntryLivesFromDraftToRetired(t *testing.T) {
	w := newWorld(t)
	d := w.create(tax, draft("企业纳税信息"))
	_, err := w.Publish(ctx, tax, d.ID, d.Rev, catalog.Secrecy{})
	wants(t, err, vocab.FieldMissing)
	for _, f := range []string{"share_type", "update_cycle", "subject_kind", "origin_class"} {
		if !strings.Contains(err.Error(), f) {
			t.Errorf("%v does not name %s", err, f)
		}
	}
	d, err = w.Edit(ctx, tax, entry.Edit{ID: d.ID, Rev: d.Rev, Set: map[entry.Field]string{
		"share_type": "unconditional", "update_cycle": "daily", "subject_kind": "legal_entity", "origin_class": "government",
	}})
	if err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name string
		do   func() (*entry.Dataset, error)
		want entry.State
	}{
		{"publish", func() (*entry.Dataset, error) { return w.Publish(ctx, tax, d.ID, 0, catalog.Secrecy{}) }, entry.StatePublished},
		{"suspend", func() (*entry.Dataset, error) { return w.Suspend(ctx, tax, d.ID, 0, "checking") }, entry.StateSuspended},
		{"resume", func() (*entry.Dataset, error) { return w.Resume(ctx, tax, d.ID, 0) }, entry.StatePublished},
		{"retire", func() (*entry.Dataset, error) { return w.retire(d.ID, "merged") }, entry.StateRetired},
	}
	for _, s := range steps {
		if d, err = s.do(); err != nil || d.State != s.want {
			t.Fatalf("%s: %v %v", s.name, d, err)
		}
	}
	_, err = w.Publish(ctx, tax, d.ID, 0, catalog.Secrecy{})
	wants(t, err, vocab.StateWrong)
	_, err = w.Edit(ctx, tax, entry.Edit{ID: d.ID, Rev: d.Rev, Set: map[entry.Field]string{"theme": "x"}})
	wants(t, err, vocab.StateWrong)
	if diff := cmp.Diff([]string{"catalog.publish", "catalog.suspend", "catalog.resume", "catalog.retire"}, w.ledger.names); diff != "" {
		t.Errorf("acts (-want +got):\n%s", diff)
	}
	h, err := w.History(ctx, tax, d.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, c := range h {
		told = append(told, fmt.Sprintf("%d %s %s %d", c.Rev, c.Act, c.Officer, len(c.Differences)))
	}
	want := []string{"1 create zhang 0", "2 edit zhang 4", "3 publish zhang 1", "4 suspend zhang 1", "5 resume zhang 1", "6 retire zhang 1"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if got := h[1].Differences[0]; got != (entry.Difference{Field: "share_type", Old: "", New: "unconditional"}) {
		t.Errorf("difference %+v", got)
	}
}

func TestSuspendAndRetireNeedAReason(t *testing.T) {
	w := newWorld(t)
	d := w.publish(tax, firms("a"))
	_, err := w.Suspend(ctx, tax, d.ID, 0, " ")
	wants(t, err, vocab.ReasonNeeded)
	_, err = w.retire(d.ID, "")
	wants(t, err, vocab.ReasonNeeded)
}

func TestNoActNoChange(t *testing.T) {
	w := newWorld(t)
	d := w.create(tax, firms("a"))
	w.ledger.err = vocab.LedgerAway.Because("the log does not answer")
	_, err := w.Publish(ctx, tax, d.ID, 0, catalog.Secrecy{})
	wants(t, err, vocab.LedgerAway)
	_, err = w.BulkFill(ctx, tax, catalog.Fill{Selection: catalog.Selection{IDs: []vocab.DatasetID{d.ID}}, Field: "theme", Value: "x"})
	wants(t, err, vocab.LedgerAway)
	got, err := w.Get(ctx, tax, d.ID)
	if err != nil || cmp.Diff(d, got) != "" {
		t.Fatalf("%v %s", err, cmp.Diff(d, got))
	}
}

func TestAPublishedEntryStaysComplete(t *testing.T) {
	w := newWorld(t)
	d := w.publish(tax, firms("a"))
	for _, set := range []map[entry.Field]string{
		{"share_type": ""},
		{"name_zh": ""},
		{"subject_kind": "natural_person"},
		{"share_type": "conditional"},
		{"share_type": "not_shared"},
		{"open_type": "conditional"},
	} {
		_, err := w.Edit(ctx, tax, entry.Edit{ID: d.ID, Rev: d.Rev, Set: set})
		wants(t, err, vocab.FieldMissing)
	}
	_, err := w.Edit(ctx, tax, entry.Edit{ID: d.ID, Rev: d.Rev, Set: map[entry.Field]string{"code": "X"}})
	wants(t, err, vocab.StateWrong)
	_, err = w.Edit(ctx, tax, entry.Edit{ID: d.ID, Rev: d.Rev, Set: map[entry.Field]string{"colour": "red"}})
	wants(t, err, vocab.ColumnUnknown)
	_, err = w.Edit(ctx, tax, entry.Edit{ID: d.ID, Rev: d.Rev, Set: map[entry.Field]string{"update_cycle": "often"}})
	wants(t, err, vocab.ValueInvalid)
	for _, bad := range []entry.Item{
		{Code: "a/b"}, {Code: ""}, {Code: "n", Type: "blob"}, {Code: "n", Tags: []vocab.Tag{"height"}}, {Code: "n", Tolerance: "1"}, {Code: "n", Unit: "\x00"},
	} {
		_, err := w.Edit(ctx, tax, entry.Edit{ID: d.ID, Rev: d.Rev, Put: []entry.Item{bad}})
		wants(t, err, vocab.ValueInvalid)
	}
}

func TestAStaleRevisionIsAConflict(t *testing.T) {
	w := newWorld(t)
	d := w.create(tax, draft("a"))
	const writers = 8
	var wg sync.WaitGroup
	errs := make([]error, writers)
	for i := range writers {
		wg.Go(func() {
			_, errs[i] = w.Edit(ctx, tax, entry.Edit{ID: d.ID, Rev: d.Rev, Set: map[entry.Field]string{"theme": fmt.Sprint(i)}})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		wants(t, err, vocab.RevisionStale)
		if vocab.KindOf(err) != vocab.Conflict {
			t.Errorf("kind %s", vocab.KindOf(err))
		}
	}
	if won != 1 {
		t.Fatalf("%d of %d edits on one revision won", won, writers)
	}
	_, err := w.Publish(ctx, tax, d.ID, d.Rev, catalog.Secrecy{})
	wants(t, err, vocab.RevisionStale)
}

func TestOnlyStewardsChangeTheCatalog(t *testing.T) {
	w := newWorld(t)
	d := w.publish(health, firms("a"))
	for _, a := range []identity.Actor{user, nobody} {
		for name, verb := range verbs(w, d.ID, "x") {
			if slices.Contains(reading, name) {
				continue
			}
			if err := verb(a); !errors.Is(err, vocab.RoleMissing) && !errors.Is(err, vocab.SignInNeeded) {
				t.Errorf("%s by %v: %v", name, a, err)
			}
		}
	}
}

// reading are the verbs that anyone may call.
var reading = []string{"get", "history", "import"}

// verbs lists every verb that takes the name of an entry, set or import.
func verbs(w *world, id vocab.DatasetID, other string) map[string]func(identity.Actor) error {
	item := vocab.ItemID(string(id) + "/xm_7")
	return map[string]func(identity.Actor) error{
		"get": func(a identity.Actor) error { _, err := w.Get(ctx, a, id); return err },
		"edit": func(a identity.Actor) error {
			_, err := w.Edit(ctx, a, entry.Edit{ID: id, Rev: 1, Set: map[entry.Field]string{"theme": "x"}})
			return err
		},
		"publish": func(a identity.Actor) error { _, err := w.Publish(ctx, a, id, 0, catalog.Secrecy{}); return err },
		"suspend": func(a identity.Actor) error { _, err := w.Suspend(ctx, a, id, 0, "r"); return err },
		"resume":  func(a identity.Actor) error { _, err := w.Resume(ctx, a, id, 0); return err },
		"drop":    func(a identity.Actor) error { return w.Drop(ctx, a, id, 1) },
		"history": func(a identity.Actor) error { _, err := w.History(ctx, a, id, 0); return err },
		"fill": func(a identity.Actor) error {
			set, err := w.BulkFill(ctx, a, catalog.Fill{Selection: catalog.Selection{IDs: []vocab.DatasetID{id}}, Field: "theme", Value: "x"})
			if err == nil && len(set.Refused) > 0 {
				err = set.Refused[0].Err
			}
			return err
		},
		"tag":     func(a identity.Actor) error { _, err := w.Tag(ctx, a, item, vocab.TagScore); return err },
		"untag":   func(a identity.Actor) error { return w.Untag(ctx, a, item, vocab.TagEthnicity, "r") },
		"confirm": func(a identity.Actor) error { _, err := w.ConfirmUntag(ctx, a, item, vocab.TagEthnicity); return err },
		"undo":    func(a identity.Actor) error { _, err := w.Undo(ctx, a, other); return err },
		"import":  func(a identity.Actor) error { _, err := w.Import(ctx, a, other); return err },
		"switch":  func(a identity.Actor) error { _, err := w.Switch(ctx, a, other); return err },
		"discard": func(a identity.Actor) error { return w.Discard(ctx, a, other) },
	}
}

// TestAnothersDraftAnswersAsWhatDoesNotExist calls every verb with another
// member's draft, change set and import, and with names that do not exist.
func TestAnothersDraftAnswersAsWhatDoesNotExist(t *testing.T) {
	w := newWorld(t)
	d := w.create(tax, people("秘密"))
	set, err := w.BulkFill(ctx, tax, catalog.Fill{Selection: catalog.Selection{IDs: []vocab.DatasetID{d.ID}}, Field: "theme", Value: "y"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Stage(ctx, tax, "march", []catalog.Draft{{Line: 1, Dataset: draft("z")}}); err != nil {
		t.Fatal(err)
	}
	absent := verbs(w, "d-0000000000000000", "cs-0000000000000000")
	for _, other := range []string{set.ID, "march", "tax/march"} {
		for name, verb := range verbs(w, d.ID, other) {
			got, want := verb(health), absent[name](health)
			// The caller's own words come back, nothing else may differ.
			plain := strings.NewReplacer(string(d.ID), "ID", "d-0000000000000000", "ID", other, "SET", "cs-0000000000000000", "SET")
			if want == nil || got == nil || plain.Replace(got.Error()) != plain.Replace(want.Error()) || vocab.CodeOf(got) != vocab.NoSuchThing {
				t.Errorf("%s: %v, and for what does not exist %v", name, got, want)
			}
		}
	}
	for _, a := range []identity.Actor{health, user, nobody} {
		list, err := w.List(ctx, a, catalog.ListQuery{Owner: "tax"})
		if err != nil || len(list) != 0 {
			t.Errorf("list: %v %v", list, err)
		}
		res := w.find(a, catalog.SearchQuery{Text: "秘密", Facets: []string{"owner", "theme"}})
		if res.Total != 0 || len(res.Facets["owner"])+len(res.Facets["theme"]) != 0 {
			t.Errorf("search: %+v", res)
		}
	}
	if got, err := w.Get(ctx, tax, d.ID); err != nil || got.State != entry.StateDraft || got.Rev != 2 {
		t.Fatalf("the draft was touched: %+v %v", got, err)
	}
	if res := w.find(tax, catalog.SearchQuery{Text: "秘密"}); res.Total != 1 || len(res.Hits) != 1 {
		t.Errorf("its owner does not find it: %+v", res)
	}
}

func TestWhoSeesWhichState(t *testing.T) {
	w := newWorld(t)
	w.create(tax, firms("登记一"))
	w.publish(tax, firms("登记二"))
	s := w.publish(tax, firms("登记三"))
	if _, err := w.Suspend(ctx, tax, s.ID, 0, "r"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who  string
		a    identity.Actor
		want int
	}{{"owner", tax, 3}, {"another member", user, 2}, {"public", nobody, 1}} {
		list, err := w.List(ctx, c.a, catalog.ListQuery{})
		if err != nil {
			t.Fatal(err)
		}
		res := w.find(c.a, catalog.SearchQuery{Text: "登记"})
		if len(list) != c.want || res.Total != c.want || len(res.Hits) != c.want {
			t.Errorf("%s: list %d, total %d, hits %d, want %d", c.who, len(list), res.Total, len(res.Hits), c.want)
		}
	}
}

func TestAnEntryNotSharedShowsNameProviderAndReasonOnly(t *testing.T) {
	w := newWorld(t)
	d := people("案件线索")
	d.Share, d.NotSharedReason, d.NotSharedLaw, d.Abstract.ZH = vocab.NotShared, "办案秘密", "刑事诉讼法 54", "卧底名册"
	made := w.publish(tax, d)
	got, err := w.Get(ctx, user, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := &entry.Dataset{
		ID: made.ID, Owner: "tax", State: entry.StatePublished, Name: d.Name, Provider: d.Provider,
		Share: vocab.NotShared, NotSharedReason: "办案秘密", NotSharedLaw: "刑事诉讼法 54",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for text, n := range map[string]int{"案件线索": 1, "办案秘密": 1, "卧底名册": 0, "xm_7": 0, "纳税人名称": 0} {
		for _, a := range []identity.Actor{user, nobody} {
			if res := w.find(a, catalog.SearchQuery{Text: text}); res.Total != n || len(res.Hits) != n {
				t.Errorf("%q by others: %d", text, res.Total)
			}
		}
		if res := w.find(tax, catalog.SearchQuery{Text: text}); res.Total != 1 {
			t.Errorf("%q by its owner: %d", text, res.Total)
		}
	}
	if res := w.find(user, catalog.SearchQuery{Filters: map[string][]string{"subject_kind": {"natural_person"}}}); res.Total != 0 {
		t.Errorf("a filter tells what is not shown: %+v", res)
	}
	var lines [][]string
	err = w.Export(ctx, user, []string{"name_zh", "abstract_zh"}, func(l []string) error { lines = append(lines, l); return nil })
	if err != nil || len(lines) != 1 || lines[0][2] != "案件线索" || lines[0][3] != "" {
		t.Errorf("export %v %v", lines, err)
	}
}

func TestListPagesByKey(t *testing.T) {
	w := newWorld(t)
	want := map[vocab.DatasetID]bool{}
	for i := range 25 {
		want[w.publish(tax, firms(fmt.Sprint("s", i))).ID] = true
	}
	w.publish(health, firms("other"))
	q := catalog.ListQuery{Owner: "tax", State: entry.StatePublished, Page: catalog.Page{Limit: 7}}
	for {
		page, err := w.List(ctx, user, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, d := range page {
			if !want[d.ID] || d.ID <= q.After {
				t.Fatalf("%s comes twice, out of order or is not asked for", d.ID)
			}
			delete(want, d.ID)
			q.After = d.ID
		}
	}
	if len(want) != 0 {
		t.Fatalf("%d never came", len(want))
	}
}

func TestDropRemovesADraftOnly(t *testing.T) {
	w := newWorld(t)
	d, p := w.create(tax, draft("稿件")), w.publish(tax, firms("b"))
	if err := w.Drop(ctx, tax, d.ID, d.Rev); err != nil {
		t.Fatal(err)
	}
	_, err := w.Get(ctx, tax, d.ID)
	wants(t, err, vocab.NoSuchThing)
	wants(t, w.Drop(ctx, tax, p.ID, p.Rev), vocab.StateWrong)
	if res := w.find(tax, catalog.SearchQuery{Text: "稿件"}); res.Total != 0 {
		t.Errorf("a dropped draft is found: %+v", res)
	}
}

func TestARestartFindsTheSame(t *testing.T) {
	w := newWorld(t)
	for i := range 30 {
		d := w.publish([]identity.Actor{tax, health}[i%2], firms(fmt.Sprint("登记", i)))
		if i%5 == 0 {
			if _, err := w.Suspend(ctx, []identity.Actor{tax, health}[i%2], d.ID, 0, "r"); err != nil {
				t.Fatal(err)
			}
		}
	}
	q := catalog.SearchQuery{Text: "登记", Facets: []string{"owner", "state"}, Limit: 50}
	for _, a := range []identity.Actor{tax, user, nobody} {
		before := w.find(a, q)
		w.restart()
		res, err := w.Search(ctx, a, q)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, res); diff != "" || before.Total == 0 {
			t.Errorf("(-before +after):\n%s", diff)
		}
	}
}

// TestFollowFeedsSearches publishes while Follow runs and while readers search: a
// search that begins after Settled finds what was published.
func TestFollowFeedsSearches(t *testing.T) {
	w := newWorld(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- w.Follow(running) }()
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range 5 {
				name := fmt.Sprintf("登记 a%db%d", i, j)
				d, err := w.Create(ctx, tax, firms(name))
				if err == nil {
					d, err = w.Publish(ctx, tax, d.ID, d.Rev, catalog.Secrecy{})
				}
				if err == nil {
					err = w.Settled(ctx)
				}
				if err != nil {
					t.Error(err)
					return
				}
				res, err := w.Search(ctx, nobody, catalog.SearchQuery{Text: name})
				if err != nil || len(res.Hits) != 1 || res.Hits[0].ID != d.ID {
					t.Errorf("%s: %+v %v", name, res, err)
				}
			}
		})
	}
	wg.Wait()
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestCreateWithTheSameCodeTwiceIsRefused(t *testing.T) {
	w := newWorld(t)
	d := firms("a")
	d.Code = "3101/7"
	w.create(tax, d)
	_, err := w.Create(ctx, tax, d)
	wants(t, err, vocab.AlreadyExists)
	w.create(health, d) // another member's codes are its own
	var n int
	if err := w.db.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM catalog_dataset`).Scan(&n)
	}); err != nil || n != 2 {
		t.Fatal(n, err)
	}
}
