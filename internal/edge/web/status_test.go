package web_test

import (
	"strings"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/engine/db"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/vocab"
)

// A person reads in their own language which status was asked of them and what was
// answered; an officer finds the declared name, which calls are written with, beside.
func TestAStatusIsSaidInTheReadersLanguage(t *testing.T) {
	w := newWorld(t)
	w.grant()
	by := apptest.Officer(apptest.Civil, vocab.Steward)
	_, err := w.Door.Bind(t.Context(), by, access.Binding{
		Item: apptest.Born, Owner: apptest.Civil, Source: "residents", Table: "resident", Column: "born", Subject: "number", KeyKind: vocab.CitizenNumber, Compare: "date", Read: true, About: vocab.NaturalPerson,
		Statuses: []comparator.Status{
			{Name: "living", Conditions: []source.Condition{{Column: "born", Op: source.IsNotNull}}},
			{Name: "holds_seal", Conditions: []source.Condition{{Column: "born", Op: source.IsNotNull}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	g := apptest.Grant(vocab.Status)
	g.Statuses = []string{"living", "holds_seal"}
	if err := w.DB.Write(t.Context(), func(tx *db.Tx) error { return w.Door.PutGrant(t.Context(), tx, g, by) }); err != nil {
		t.Fatal(err)
	}
	call := (&apptest.World{Grant: g}).Ask(3, "")
	for _, call.Status = range g.Statuses {
		call.Values = nil
		if _, err := w.Door.Ask(t.Context(), apptest.Officer(apptest.Tax, vocab.DataUser), call); err != nil {
			t.Fatal(err)
		}
	}
	self, user := w.person("zh-CN"), w.signedIn("li@tax", "zh-CN")
	for _, path := range []string{"/mydata", "/mydata?as=table", "/care/who"} {
		page := self.page(path)
		checkPage(t, "zh-CN", path, page)
		if !strings.Contains(page, "在世") || strings.Contains(page, "living") || !strings.Contains(page, "holds_seal") {
			t.Errorf("%s does not say the status in Chinese, or loses one without a word: %s", path, page)
		}
	}
	if page := w.person("en").page("/mydata"); !strings.Contains(page, "alive") || strings.Contains(page, "living") {
		t.Errorf("the status in English: %s", page)
	}
	for _, path := range []string{"/grants/" + string(g.ID), "/compare?grant=" + string(g.ID)} {
		if page := user.page(path); !strings.Contains(page, "在世（living）") {
			t.Errorf("%s does not say the status with its declared name: %s", path, page)
		}
	}
}
