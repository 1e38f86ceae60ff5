package coverage_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share/coverage"
	"fontis/internal/duty/share/freshness"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

type world struct {
	*app.App
	t   *testing.T
	now *clock.Fake
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// whole is an entry that says everything.
func whole(region string) entry.Dataset {
	return entry.Dataset{
		Name: entry.Text{ZH: "企业名录", EN: "List of firms"}, Abstract: entry.Text{ZH: "全市企业的名称、地址与登记机关，每周更新。"}, Theme: "市场", Region: region, Provider: "局", Maintainer: "信息中心",
		Share: vocab.Unconditional, Cycle: vocab.Weekly, Subject: vocab.LegalEntity, Origin: vocab.Government,
		Items: []entry.Item{{Code: "note", Name: entry.Text{ZH: "备注", EN: "Note"}, Type: entry.TypeText, CodeList: "x"}},
	}
}

func (w *world) put(m vocab.MemberID, d entry.Dataset, publish bool) *entry.Dataset {
	w.t.Helper()
	a := apptest.Officer(m, vocab.Steward)
	made, err := w.Catalog.Create(w.t.Context(), a, d)
	w.must(err)
	if publish {
		_, err = w.Catalog.Publish(w.t.Context(), a, made.ID, 0, catalog.Secrecy{CheckedBy: "何平", Basis: "x"})
		w.must(err)
	}
	return made
}

// bind connects an entry's item to a list that was loaded now.
func (w *world) bind(m vocab.MemberID, d *entry.Dataset, list vocab.SourceID) {
	w.t.Helper()
	a := apptest.Officer(m, vocab.Steward)
	_, err := w.Door.Load(w.t.Context(), a, access.Register{
		ID: list, Dated: w.now.Now(), Columns: []string{"number", "note"}, KeyKind: vocab.RegisterNumber,
		Rows: func(yield func([]string, error) bool) { yield([]string{"1", "x"}, nil) },
	})
	w.must(err)
	_, err = w.Door.Bind(w.t.Context(), a, access.Binding{
		Item: d.ItemID("note"), Owner: m, Source: list, Column: "note", Subject: "number", KeyKind: vocab.RegisterNumber, Compare: "text", About: vocab.LegalEntity,
	})
	w.must(err)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: clock.NewFake(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))}
	w.App = apptest.Open(t, apptest.Config(t), app.Options{Clock: w.now})
	apptest.Init(t, w.App)
	thin := entry.Dataset{Name: entry.Text{ZH: "台账"}, Provider: "局", Share: vocab.Unconditional, Cycle: vocab.Weekly, Subject: vocab.LegalEntity, Origin: vocab.Government, Items: []entry.Item{{Code: "note", Name: entry.Text{ZH: "备注"}}}}
	nearly := whole("120101")
	nearly.Abstract = entry.Text{}
	hidden := whole("120000")
	hidden.Share, hidden.NotSharedReason, hidden.NotSharedLaw = vocab.NotShared, "涉密", "保守国家秘密法"
	w.bind(apptest.Civil, w.put(apptest.Civil, whole("120101"), true), "a")
	w.put(apptest.Civil, nearly, true)
	w.put(apptest.Civil, thin, true)
	w.put(apptest.Civil, hidden, true)
	w.bind(apptest.Civil, w.put(apptest.Civil, whole("120101"), false), "b") // a draft is listed nowhere
	w.bind(apptest.Tax, w.put(apptest.Tax, whole("310000"), true), "c")
	w.must(w.Catalog.Settled(t.Context()))
	return w
}

func (w *world) report(a identity.Actor, q coverage.Query) []coverage.Line {
	w.t.Helper()
	lines, err := w.Coverage.Report(w.t.Context(), a, q)
	w.must(err)
	return lines
}

// TestAReportCountsWhatIsListedDescribedConnectedAndStale, by department and by region
// with all below it; who sees an entry in part judges it nowhere and knows of no region.
func TestAReportCountsWhatIsListedDescribedConnectedAndStale(t *testing.T) {
	w := newWorld(t)
	chief := apptest.Officer(apptest.Tax, vocab.Authority)
	want := []coverage.Line{
		{Member: apptest.Civil, Listed: 4, Whole: 1, Most: 1, Less: 1, Connected: 1},
		{Member: apptest.Tax, Listed: 1, Whole: 1, Connected: 1},
	}
	slices.SortFunc(want, func(a, b coverage.Line) int { return strings.Compare(string(a.Member), string(b.Member)) })
	if d := cmp.Diff(want, w.report(chief, coverage.Query{By: coverage.Department})); d != "" {
		t.Errorf("by department: %s", d)
	}
	for under, want := range map[string][]coverage.Line{
		"":       {{Region: "120000", Listed: 2, Whole: 1, Most: 1, Connected: 1}, {Region: "310000", Listed: 1, Whole: 1, Connected: 1}},
		"120000": {{Region: "120100", Listed: 2, Whole: 1, Most: 1, Connected: 1}},
		"120100": {{Region: "120101", Listed: 2, Whole: 1, Most: 1, Connected: 1}},
		"120101": nil,
	} {
		if d := cmp.Diff(want, w.report(chief, coverage.Query{By: coverage.Region, Under: under})); d != "" {
			t.Errorf("by region under %q: %s", under, d)
		}
	}
	for range 9 {
		w.now.Advance(24 * time.Hour)
		w.must(w.Freshness.Sweep(t.Context()))
	}
	for _, l := range w.report(chief, coverage.Query{By: coverage.Department}) {
		if l.Stale != 1 {
			t.Errorf("after nine nights: %+v", l)
		}
	}
	every, err := w.Freshness.Lapses(t.Context(), chief, freshness.Page{Overseen: true})
	if err != nil || len(every) != 2 {
		t.Errorf("what lapsed, as the authority sees it: %+v, %v", every, err)
	}
}

// TestAStewardSeesTheOwnLine and neither another's nor a region's; who holds no role
// of these sees nothing.
func TestAStewardSeesTheOwnLine(t *testing.T) {
	w := newWorld(t)
	steward := apptest.Officer(apptest.Tax, vocab.Steward)
	if lines := w.report(steward, coverage.Query{By: coverage.Department}); len(lines) != 1 || lines[0].Member != apptest.Tax || lines[0].Connected != 1 {
		t.Errorf("a steward: %+v", lines)
	}
	own := w.report(apptest.Officer(apptest.Civil, vocab.Steward), coverage.Query{By: coverage.Department})
	if len(own) != 1 || own[0].Whole != 2 {
		t.Errorf("who holds the entry that others see in part: %+v", own)
	}
	for name, try := range map[string]struct {
		who  identity.Actor
		q    coverage.Query
		code vocab.Code
	}{
		"a steward by region":  {steward, coverage.Query{By: coverage.Region}, vocab.RoleMissing},
		"a data user":          {apptest.Officer(apptest.Tax, vocab.DataUser), coverage.Query{By: coverage.Department}, vocab.RoleMissing},
		"a stranger":           {identity.Actor{}, coverage.Query{By: coverage.Department}, vocab.SignInNeeded},
		"by something unknown": {steward, coverage.Query{By: "person"}, vocab.BadInput},
	} {
		if _, err := w.Coverage.Report(t.Context(), try.who, try.q); vocab.CodeOf(err) != try.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Freshness.Lapses(t.Context(), steward, freshness.Page{Overseen: true}); vocab.CodeOf(err) != vocab.RoleMissing {
		t.Errorf("a steward asks what lapsed everywhere: %v", err)
	}
}

// TestAReportIsReadInPages line by line, the same as in one.
func TestAReportIsReadInPages(t *testing.T) {
	w := newWorld(t)
	chief := apptest.Officer(apptest.Tax, vocab.Authority)
	var got []coverage.Line
	for after := ""; ; {
		lines := w.report(chief, coverage.Query{By: coverage.Region, After: after, Limit: 1})
		if len(lines) == 0 {
			break
		}
		got, after = append(got, lines...), lines[0].Region
	}
	if d := cmp.Diff(w.report(chief, coverage.Query{By: coverage.Region}), got); d != "" || len(got) != 2 {
		t.Error(d)
	}
}
