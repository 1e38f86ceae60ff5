package harvest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/vocab"
)

// other is a node of others with n published entries and a draft, as it is called.
func other(t *testing.T, n int) (*app.App, string) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	cfg := apptest.Config(t)
	cfg.URL = "http://" + s.Listener.Addr().String()
	a := apptest.Open(t, cfg, app.Options{})
	apptest.Init(t, a)
	by := apptest.Officer(apptest.Civil, vocab.Steward)
	for i := range n + 1 {
		d, err := a.Catalog.Create(t.Context(), by, entry.Dataset{
			Code: fmt.Sprint(i), Name: entry.Text{ZH: fmt.Sprintf("登记（%d）", i), EN: fmt.Sprint("Register ", i)}, Abstract: entry.Text{ZH: "谁登记", EN: "who is registered"},
			Provider: "民政局", Region: "990000", Share: vocab.Conditional, ShareCondition: "by request", Subject: vocab.LegalEntity, Origin: vocab.Government, Cycle: vocab.Weekly, Level: 2,
			Items: []entry.Item{{Code: "born", Name: entry.Text{ZH: "成立日期", EN: "founded"}, Type: entry.TypeDate}, {Code: "fee", Name: entry.Text{EN: "fee (元)"}, Type: entry.TypeNumber}},
		})
		if err == nil && i < n {
			_, err = apptest.Publish(t.Context(), a, by, d.ID, d.Rev)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	h, err := a.Face("test")
	if err != nil {
		t.Fatal(err)
	}
	s.Config.Handler = h
	s.Start()
	t.Cleanup(s.Close)
	return a, cfg.URL
}

// TestANodeReadsAnotherFromItsOneFile: names in both languages, items with their codes
// and types, and the words of the lists come over; a later run asks for what changed.
func TestANodeReadsAnotherFromItsOneFile(t *testing.T) {
	_, address := other(t, 12)
	w := newWorld(t, address)
	h := w.add(address + "/catalog.jsonl.gz")
	got, err := w.run(h.ID, false)
	if err != nil || got.Created != 12 || got.Rejected != 0 {
		t.Fatalf("%+v %v", got, err)
	}
	list, err := w.Catalog.List(t.Context(), steward, catalog.ListQuery{Owner: apptest.Tax})
	if err != nil || len(list) != 12 {
		t.Fatalf("%d entries, %v", len(list), err)
	}
	one := list[0]
	want := entry.Dataset{
		Name: one.Name, Abstract: entry.Text{ZH: "谁登记", EN: "who is registered"}, Provider: "Civil Affairs", Region: "990000", Share: vocab.Conditional, ShareCondition: "by request",
		Subject: vocab.LegalEntity, Origin: vocab.Government, Cycle: vocab.Weekly, Level: 2,
		Items: []entry.Item{{Code: "born", Name: entry.Text{ZH: "成立日期", EN: "founded"}, Type: entry.TypeDate}, {Code: "fee", Name: entry.Text{EN: "fee (元)"}, Type: entry.TypeNumber}},
	}
	kept := entry.Dataset{
		Name: one.Name, Abstract: one.Abstract, Provider: one.Provider, Region: one.Region, Share: one.Share, ShareCondition: one.ShareCondition,
		Subject: one.Subject, Origin: one.Origin, Cycle: one.Cycle, Level: one.Level, Items: one.Items,
	}
	for i := range kept.Items {
		kept.Items[i].Tags, kept.Items[i].Compare = nil, ""
	}
	if diff := cmp.Diff(want, kept); diff != "" || one.Name.ZH == "" || one.Name.EN == "" {
		t.Errorf("%+v (-want +got):\n%s", one.Name, diff)
	}
	if got, err = w.run(h.ID, false); err != nil || got.Created != 0 || got.Changed != 0 {
		t.Errorf("again: %+v %v", got, err)
	}
}

// TestARunWithoutAChangeIsNoFailure: what changed since then may be nothing at all.
func TestARunWithoutAChangeIsNoFailure(t *testing.T) {
	calls := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 1 {
			fmt.Fprintln(w, `{"id":"a","title":"甲","owner_org":"x","metadata_modified":"2026-01-01"}`)
			fmt.Fprintln(w, `{"id":"b","title":"乙","owner_org":"x","metadata_modified":"2026-01-01"}`)
		} else if asked := r.URL.Query().Has("modified_since"); asked != (calls == 2) {
			t.Errorf("call %d asks for what changed: %t", calls, asked)
		}
	}))
	t.Cleanup(s.Close)
	w := newWorld(t, s.URL)
	h := w.add(s.URL + "/catalog.jsonl")
	if got, err := w.run(h.ID, false); err != nil || got.Created != 2 {
		t.Fatalf("%+v %v", got, err)
	}
	if got, err := w.run(h.ID, false); err != nil || got.Error != "" || got.Created != 0 {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := w.run(h.ID, true); vocab.CodeOf(err) != vocab.FileUnreadable {
		t.Errorf("everything is nothing: %v", err)
	}
}
