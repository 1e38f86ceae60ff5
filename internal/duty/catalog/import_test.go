package catalog_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/vocab"
)

func drafts(n int) []catalog.Draft {
	var out []catalog.Draft
	for i := range n {
		d := draft(fmt.Sprintf("登记事项 %05d", i))
		d.Code, d.Theme, d.Abstract.ZH = fmt.Sprintf("31/%05d", i), "tax", "事项的说明，写得有一句话那么长"
		for j := range 7 {
			d.Items = append(d.Items, entry.Item{Code: fmt.Sprintf("XM_%d", j), Name: entry.Text{ZH: "数据项名称"}, Type: entry.TypeText, Length: 20})
		}
		out = append(out, catalog.Draft{Line: i + 2, Dataset: d})
	}
	return out
}

func (w *world) stage(id string, all []catalog.Draft) catalog.Staged {
	w.t.Helper()
	var sum catalog.Staged
	for chunk := range slices.Chunk(all, catalog.MaxChunk) {
		s, err := w.Stage(ctx, tax, id, chunk)
		if err != nil {
			w.t.Fatal(err)
		}
		sum.Created, sum.Changed, sum.Same = sum.Created+s.Created, sum.Changed+s.Changed, sum.Same+s.Same
		sum.Rejected = append(sum.Rejected, s.Rejected...)
	}
	return sum
}

func (w *world) seen() int {
	w.t.Helper()
	res := w.find(tax, catalog.SearchQuery{Text: "登记事项"})
	n := 0
	q := catalog.ListQuery{Page: catalog.Page{Limit: 500}}
	for {
		page, err := w.List(ctx, tax, q)
		if err != nil {
			w.t.Fatal(err)
		}
		if n += len(page); len(page) < 500 {
			break
		}
		q.After = page[len(page)-1].ID
	}
	if res.Total != n {
		w.t.Fatalf("search counts %d, the list %d", res.Total, n)
	}
	return n
}

// TestTenThousandRowsInShortTransactions prints how long the one writer was held.
func TestTenThousandRowsInShortTransactions(t *testing.T) {
	w := newWorld(t)
	n := 10_000
	if testing.Short() {
		n = 1_000
	}
	all := drafts(n)
	begun := time.Now()
	s := w.stage("march", all)
	staged := time.Since(begun)
	if s.Created != n || len(s.Rejected) != 0 || w.seen() != 0 {
		t.Fatalf("%+v, seen %d before the switch", s, w.seen())
	}
	if lines, err := w.Todo(ctx, tax); err != nil || len(lines) != 0 {
		t.Fatalf("the to-do list tells of staged entries: %v %v", lines, err)
	}
	im, err := w.Switch(ctx, tax, "march")
	if err != nil || im.State != catalog.ImportSwitched || im.Created != n {
		t.Fatalf("%+v %v", im, err)
	}
	t.Logf("staged in %v, longest hold of the writer %v", staged, w.db.Stats().LongestHold)
	begun = time.Now()
	if got := w.seen(); got != n {
		t.Fatalf("%d are seen", got)
	}
	t.Logf("indexed and listed in %v", time.Since(begun))
}

func TestImportingTheSameTwiceChangesNothing(t *testing.T) {
	w := newWorld(t)
	all := drafts(50)
	w.stage("one", all)
	if _, err := w.Switch(ctx, tax, "one"); err != nil {
		t.Fatal(err)
	}
	list, err := w.List(ctx, tax, catalog.ListQuery{Page: catalog.Page{Limit: 100}})
	if err != nil {
		t.Fatal(err)
	}
	// A change by hand in between is not undone by the second import.
	edited, err := w.Edit(ctx, tax, entry.Edit{ID: list[7].ID, Rev: 1, Set: map[entry.Field]string{"theme": "by hand"}})
	if err != nil {
		t.Fatal(err)
	}
	list[7] = edited
	if s := w.stage("two", all); s.Same != 50 || s.Created+s.Changed+len(s.Rejected) != 0 {
		t.Fatalf("%+v", s)
	}
	if _, err := w.Switch(ctx, tax, "two"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Switch(ctx, tax, "two"); err != nil {
		t.Fatalf("switched once more: %v", err)
	}
	after, err := w.List(ctx, tax, catalog.ListQuery{Page: catalog.Page{Limit: 100}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(list, after); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestAMendedFileIsLaidOverWhatIsThere(t *testing.T) {
	w := newWorld(t)
	all := drafts(250)
	w.stage("one", all)
	if _, err := w.Switch(ctx, tax, "one"); err != nil {
		t.Fatal(err)
	}
	for i := range 230 {
		all[i].Dataset.Theme, all[i].Dataset.Abstract.ZH = "mended", ""
	}
	if s := w.stage("two", all); s.Changed != 230 || s.Same != 20 {
		t.Fatalf("%+v", s)
	}
	before, err := w.List(ctx, tax, catalog.ListQuery{Page: catalog.Page{Limit: 500}})
	if err != nil || slices.ContainsFunc(before, func(d *entry.Dataset) bool { return d.Theme == "mended" }) {
		t.Fatalf("a staged change is seen before the switch, %v", err)
	}
	im, err := w.Switch(ctx, tax, "two")
	if err != nil || im.Changed != 230 {
		t.Fatalf("%+v %v", im, err)
	}
	res := w.find(tax, catalog.SearchQuery{Filters: map[string][]string{"theme": {"mended"}}, Limit: 1})
	if res.Total != 230 || res.Hits[0].Abstract.ZH == "" || res.Hits[0].Rev != 2 {
		t.Fatalf("%d mended, first %+v", res.Total, res.Hits[0])
	}
	h, err := w.History(ctx, tax, res.Hits[0].ID, 0)
	if err != nil || len(h) != 2 || h[1].Act != "import" || len(h[1].Differences) != 1 {
		t.Fatalf("%+v %v", h, err)
	}
}

// TestAnImportKilledInTheMiddleGoesOn stages half, restarts, stages all again, and
// does the same to the switch.
func TestAnImportKilledInTheMiddleGoesOn(t *testing.T) {
	w := newWorld(t)
	all := drafts(2500)
	w.stage("march", all[:1000])
	w.restart()
	if n := w.seen(); n != 0 {
		t.Fatalf("after a restart %d staged entries are seen", n)
	}
	if s := w.stage("march", all); s.Created != 2500 || len(s.Rejected) != 0 {
		t.Fatalf("%+v", s)
	}
	if _, err := w.Switch(ctx, tax, "march"); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i].Dataset.Region = "310000"
	}
	w.stage("april", all)
	stop, cancel := killAfter(9)
	defer cancel()
	if _, err := w.Switch(stop, tax, "april"); err == nil {
		t.Fatal("the switch was not killed")
	}
	im, err := w.Import(ctx, tax, "april")
	if err != nil || im.State != catalog.ImportSwitching {
		t.Fatalf("%+v %v", im, err)
	}
	wants(t, w.Discard(ctx, tax, "april"), vocab.StateWrong)
	w.restart()
	if im, err = w.Import(ctx, tax, "april"); err != nil || im.State != catalog.ImportSwitched {
		t.Fatalf("a restart left %+v %v", im, err)
	}
	im, err = w.Switch(ctx, tax, "april")
	if err != nil || im.State != catalog.ImportSwitched || im.Changed != 2500 {
		t.Fatalf("%+v %v", im, err)
	}
	if res := w.find(tax, catalog.SearchQuery{Filters: map[string][]string{"region": {"310000"}}}); res.Total != 2500 {
		t.Fatalf("%d of 2500 changes were done", res.Total)
	}
}

func TestADiscardedImportLeavesNothing(t *testing.T) {
	w := newWorld(t)
	all := drafts(1200)
	w.stage("one", all[:5])
	if _, err := w.Switch(ctx, tax, "one"); err != nil {
		t.Fatal(err)
	}
	all[0].Dataset.Theme = "other"
	w.stage("two", all)
	if err := w.Discard(ctx, tax, "two"); err != nil {
		t.Fatal(err)
	}
	if n := w.seen(); n != 5 {
		t.Fatalf("%d are seen", n)
	}
	_, err := w.Import(ctx, tax, "two")
	wants(t, err, vocab.NoSuchThing)
	if s := w.stage("two", all); s.Created != 1195 || s.Changed != 1 || s.Same != 4 {
		t.Fatalf("%+v", s)
	}
}

// TestWhatAKilledImportStagedIsForgottenAtTheNextStart kills an import while it
// stages, another while it is discarded, and then sends mended lists.
func TestWhatAKilledImportStagedIsForgottenAtTheNextStart(t *testing.T) {
	w := newWorld(t)
	all := drafts(2500)
	w.stage("one", all[:5])
	if _, err := w.Switch(ctx, tax, "one"); err != nil {
		t.Fatal(err)
	}
	all[0].Dataset.Theme = "other"
	w.stage("march", all[:1500])
	w.stage("april", all[1500:])
	stop, cancel := killAfter(2)
	defer cancel()
	if err := w.Discard(stop, tax, "april"); err == nil {
		t.Fatal("discarding was not killed")
	}
	w.restart()
	for _, id := range []string{"march", "april"} {
		_, err := w.Import(ctx, tax, id)
		wants(t, err, vocab.NoSuchThing)
	}
	if s := w.stage("april", all); s.Created != 2495 || s.Changed != 1 || s.Same != 4 || len(s.Rejected) > 0 {
		t.Fatalf("%d created, %d changed, %d the same, %d rejected: %+v", s.Created, s.Changed, s.Same, len(s.Rejected), s.Rejected[:min(1, len(s.Rejected))])
	}
	if im, err := w.Switch(ctx, tax, "april"); err != nil || w.seen() != 2500 {
		t.Fatalf("%+v %v", im, err)
	}
}

func TestRejectedLinesSayWhy(t *testing.T) {
	w := newWorld(t)
	good := drafts(3)
	again := good[1]
	again.Line = 9
	hidden := draft("x")
	hidden.Code = "held"
	w.stage("open", []catalog.Draft{{Line: 12, Dataset: hidden}})
	chunk := append(good, again,
		catalog.Draft{Line: 10, Dataset: entry.Dataset{Name: entry.Text{ZH: "no provider"}}},
		catalog.Draft{Line: 11, Dataset: entry.Dataset{Name: entry.Text{ZH: "a"}, Provider: "p", Share: "perhaps"}},
		catalog.Draft{Line: 12, Dataset: hidden},
		catalog.Draft{Line: 13, Dataset: draft("broken \xff")},
	)
	s, err := w.Stage(ctx, tax, "march", chunk)
	if err != nil {
		t.Fatal(err)
	}
	got := map[int]vocab.Code{}
	for _, r := range s.Rejected {
		got[r.Line] = vocab.CodeOf(r.Err)
	}
	want := map[int]vocab.Code{9: vocab.AlreadyExists, 10: vocab.FieldMissing, 11: vocab.ValueInvalid, 12: vocab.AlreadyExists, 13: vocab.ValueInvalid}
	if diff := cmp.Diff(want, got); diff != "" || s.Created != 3 {
		t.Errorf("created %d (-want +got):\n%s", s.Created, diff)
	}
	if _, err := w.Stage(ctx, tax, "big", make([]catalog.Draft, catalog.MaxChunk+1)); vocab.CodeOf(err) != vocab.BadInput {
		t.Errorf("a chunk too large: %v", err)
	}
	if _, err := w.Stage(ctx, user, "march", nil); vocab.CodeOf(err) != vocab.RoleMissing {
		t.Errorf("staged by a user: %v", err)
	}
}

// TestImportsOfTwoMembersNeverMeet has two names that would run into one.
func TestImportsOfTwoMembersNeverMeet(t *testing.T) {
	w := newWorld(t)
	w.stage("a/b", drafts(2))
	near := actor("tax/a", "zhou")
	_, err := w.Import(ctx, near, "b")
	wants(t, err, vocab.NoSuchThing)
	_, err = w.Stage(ctx, near, "b", drafts(1))
	wants(t, err, vocab.NoSuchThing)
	wants(t, w.Discard(ctx, near, "b"), vocab.NoSuchThing)
}

func TestAnImportCannotTakeATagOff(t *testing.T) {
	w := newWorld(t)
	d := people("a")
	d.Code = "7"
	made := w.publish(tax, d)
	d.Items[1] = entry.Item{Code: "xm_7", Element: "x", Untagged: vocab.Tags()}
	if s := w.stage("i", []catalog.Draft{{Line: 1, Dataset: d}}); s.Changed != 1 {
		t.Fatalf("%+v", s)
	}
	if _, err := w.Switch(ctx, tax, "i"); err != nil {
		t.Fatal(err)
	}
	got, err := w.Get(ctx, tax, made.ID)
	if err != nil || got.State != entry.StatePublished || got.Items[1].Element != "x" || len(got.Items[1].Tags) != 1 {
		t.Fatalf("%+v %v", got, err)
	}
	d.Subject = vocab.LegalEntity
	if s := w.stage("j", []catalog.Draft{{Line: 1, Dataset: d}}); len(s.Rejected) != 1 || vocab.CodeOf(s.Rejected[0].Err) != vocab.RefusedByDesign {
		t.Fatalf("%+v", s)
	}
}
