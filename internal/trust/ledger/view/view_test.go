package view_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/ledgertest"
	"fontis/internal/trust/ledger/view"
	"fontis/internal/vocab"
)

type world struct {
	*ledgertest.World
	view *view.Service
}

func newWorld(t *testing.T) *world {
	w := ledgertest.New(t)
	return &world{w, view.New(view.Parts{DB: w.DB, Ledger: w.Ledger, Identity: w.Identity})}
}

func (w *world) mine(a identity.Actor, f view.Filter) view.Page {
	w.T.Helper()
	p, err := w.view.Mine(w.T.Context(), a, f)
	w.Must(err)
	return p
}

// agent is person 2 acting for person 1.
func (w *world) agent(acts ...string) identity.Actor {
	return identity.Actor{Mandate: "m-1", Agent: w.Person(2).Self, Principal: w.Person(1).Self, Acts: acts}
}

func TestAPersonSeesWhoUsedTheirDataAndNotWhichOfficer(t *testing.T) {
	w := newWorld(t)
	w.Access(ledgertest.Use{Person: 2})
	trace := w.Access(ledgertest.Use{Person: 1, Officer: "li", Case: "T-7"})
	w.Settle(trace)
	p := w.mine(w.Person(1), view.Filter{})
	if len(p.Lines) != 1 {
		t.Fatalf("%d lines", len(p.Lines))
	}
	l := p.Lines[0]
	if l.Number != 1 || l.Trace != trace || l.Body.En != "The tax" || l.Purpose == "" || l.Basis == "" || l.Case != "T-7" || l.Officer != "" || l.Answers["CIVIL-1/NAME"] != "match" {
		t.Errorf("%+v", l)
	}
	if p.Since.IsZero() || p.Log != ledgertest.Origin || p.Newest != 1 {
		t.Errorf("since %s, log %s, newest %d", p.Since, p.Log, p.Newest)
	}
	r, err := w.view.Receipt(t.Context(), w.Person(1), trace)
	if err != nil || bytes.Contains(r.Intent, []byte(`"li"`)) {
		t.Errorf("the receipt: %v", err)
	}
	if _, err := w.view.Receipt(t.Context(), w.Person(2), trace); vocab.CodeOf(err) != vocab.NoSuchThing {
		t.Errorf("another's receipt: %v", err)
	}
	for name, a := range map[string]identity.Actor{"an officer": ledgertest.Officer("tax", vocab.Roles()...), "nobody": {}} {
		if _, err := w.view.Mine(t.Context(), a, view.Filter{}); !errors.Is(err, vocab.SignInNeeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALookAtTheCounterIsAnEntryBeforeAnythingIsShown(t *testing.T) {
	w := newWorld(t)
	w.Access(ledgertest.Use{Person: 1})
	clerk := ledgertest.Officer("civil", vocab.Counter)
	visit := view.Visit{Subject: ledgertest.Key(1), Document: view.IdentityCard}
	p, err := w.view.AtCounter(t.Context(), clerk, visit, view.Filter{})
	w.Must(err)
	if len(p.Lines) != 2 || p.Lines[0].Act != "mydata.counter" || p.Lines[0].Member != "civil" || p.Lines[0].Officer != "" {
		t.Errorf("what the person sees of the look: %+v", p.Lines)
	}
	if got := w.mine(w.Person(1), view.Filter{}); len(got.Lines) != 2 {
		t.Errorf("the look is not in the person's own view: %+v", got.Lines)
	}
	machine := clerk
	machine.Machine = "m-1"
	for name, c := range map[string]struct {
		a identity.Actor
		v view.Visit
	}{
		"no role":        {ledgertest.Officer("civil", vocab.Steward), visit},
		"a machine":      {machine, visit},
		"no document":    {clerk, view.Visit{Subject: ledgertest.Key(1)}},
		"no such person": {clerk, view.Visit{Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: "1"}, Document: view.IdentityCard}},
		"the person":     {w.Person(1), visit},
	} {
		if p, err := w.view.AtCounter(t.Context(), c.a, c.v, view.Filter{}); err == nil || len(p.Lines) > 0 {
			t.Errorf("%s: shown", name)
		}
	}
	if got := w.mine(w.Person(1), view.Filter{}); len(got.Lines) != 2 {
		t.Errorf("refused looks left lines: %+v", got.Lines)
	}
	// No ledger, no look.
	w.Must(w.Ledger.Close())
	if p, err := w.view.AtCounter(t.Context(), clerk, visit, view.Filter{}); err == nil || len(p.Lines) > 0 {
		t.Error("the view is shown though the look cannot be written down")
	}
}

// The mandate that spies: a relative whom the person did not let look, or from
// whom a shelter protects them.
func TestAMandateThatSpies(t *testing.T) {
	w := newWorld(t)
	boss := ledgertest.Officer("bureau", vocab.Authority)
	w.Must(w.Identity.SetProtects(t.Context(), boss, "shelter", true, "women's shelter"))
	for _, by := range []vocab.MemberID{"tax", "shelter", "police", "shelter", "tax"} {
		w.Clock.Advance(time.Minute)
		w.Access(ledgertest.Use{Person: 1, By: by})
	}
	if _, err := w.view.Mine(t.Context(), w.agent("contest"), view.Filter{}); !errors.Is(err, vocab.MandateOutside) {
		t.Errorf("a mandate without the view: %v", err)
	}
	own := w.mine(w.Person(1), view.Filter{})
	if len(own.Lines) != 5 {
		t.Fatalf("the person sees %d lines", len(own.Lines))
	}
	agent := w.agent(view.Act)
	var seen []view.Line
	for f := (view.Filter{Limit: 2}); ; {
		p := w.mine(agent, f)
		seen = append(seen, p.Lines...)
		if p.Newest != 0 {
			t.Error("the newest number is told")
		}
		if f.After = p.Next; f.After == "" {
			break
		}
	}
	for i, l := range seen {
		if l.Member == "shelter" || l.Number != 0 {
			t.Errorf("line %d: %+v", i, l)
		}
	}
	if len(seen) != 4 || seen[0].Act != "mydata.mandate" { // the look itself and three uses
		t.Errorf("the agent sees %d lines", len(seen))
	}
	for _, l := range own.Lines {
		_, err := w.view.Receipt(t.Context(), agent, l.Trace)
		if (l.Member == "shelter") != (vocab.CodeOf(err) == vocab.NoSuchThing) {
			t.Errorf("receipt of a use by %s: %v", l.Member, err)
		}
	}
	for _, after := range []string{"3", "x", string(own.Lines[1].Trace) + "0"} {
		if _, err := w.view.Mine(t.Context(), agent, view.Filter{After: after}); err == nil {
			t.Errorf("the agent pages by %q", after)
		}
	}
	for _, format := range []string{"json", "csv"} {
		var file bytes.Buffer
		w.Must(w.view.File(t.Context(), agent, view.Filter{}, view.Sheet{Format: format, Lang: "en", To: &file}))
		if strings.Contains(strings.ToLower(file.String()), "shelter") || !strings.Contains(file.String(), "tax") {
			t.Errorf("the agent's %s: %s", format, file.String())
		}
	}
	looks := w.mine(w.Person(1), view.Filter{Kind: "act"})
	if len(looks.Lines) != 3 || looks.Lines[2].Act != "mydata.mandate" || looks.Lines[0].Mandate != "m-1" {
		t.Errorf("the person sees of the agent's look: %+v", looks.Lines)
	}
}

func firm() vocab.SubjectKey {
	return vocab.SubjectKey{Kind: vocab.CreditCode, Value: "11100000000013338W"}
}

// Who stands at a counter with a firm's licence acts for the firm, as under a
// mandate: no counters, and no use by a body that protects people.
func TestWhoHoldsAFirmsLicenceSeesWhatAMandateShows(t *testing.T) {
	w := newWorld(t)
	boss, clerk := ledgertest.Officer("bureau", vocab.Authority), ledgertest.Officer("civil", vocab.Counter)
	w.Must(w.Identity.SetProtects(t.Context(), boss, "shelter", true, "women's shelter"))
	for _, by := range []vocab.MemberID{"tax", "shelter"} {
		w.Clock.Advance(time.Minute)
		w.Access(ledgertest.Use{Subject: firm(), By: by})
	}
	visit := view.Visit{Subject: firm(), Document: view.Licence}
	p, err := w.view.AtCounter(t.Context(), clerk, visit, view.Filter{})
	w.Must(err)
	if len(p.Lines) != 2 || p.Newest != 0 || p.Lines[0].Number != 0 || p.Lines[1].Member != "tax" {
		t.Errorf("%+v", p)
	}
	for _, v := range []view.Visit{{Subject: firm(), Document: view.IdentityCard}, {Subject: ledgertest.Key(1), Document: view.Licence}} {
		if _, err := w.view.AtCounter(t.Context(), clerk, v, view.Filter{}); !errors.Is(err, vocab.BadInput) {
			t.Errorf("%s of a %s: %v", v.Document, v.Subject.Kind, err)
		}
	}
}

// A number without an entry is a line of its own in what the person takes home, and
// the page that shows it says so.
func TestAMissingNumberStandsInTheFile(t *testing.T) {
	w := newWorld(t)
	for range 4 {
		w.Clock.Advance(time.Minute)
		w.Access(ledgertest.Use{Person: 1})
	}
	w.Must(w.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `DELETE FROM ledger_person WHERE n = 2`)
		return err
	}))
	var buf bytes.Buffer
	w.Must(w.view.File(t.Context(), w.Person(1), view.Filter{}, view.Sheet{Format: "json", To: &buf}))
	if !strings.Contains(buf.String(), `"number":2,"kind":"","state":"missing"`) {
		t.Errorf("%s", buf.String())
	}
	buf.Reset()
	w.Must(w.view.File(t.Context(), w.Person(1), view.Filter{}, view.Sheet{Format: "csv", To: &buf}))
	if !strings.Contains(buf.String(), "\n2,,missing,") {
		t.Errorf("%s", buf.String())
	}
}

func TestTheFileHoldsEveryLineAndNoFormula(t *testing.T) {
	w := newWorld(t)
	for i := range 7 {
		w.Clock.Advance(time.Minute)
		w.Access(ledgertest.Use{Person: 1, Case: []string{"=1+1", "C,\"7\"", "乙-3"}[i%3]})
	}
	var buf bytes.Buffer
	w.Must(w.view.File(t.Context(), w.Person(1), view.Filter{}, view.Sheet{Format: "json", Note: "only this node", To: &buf}))
	var file struct {
		Note  string      `json:"note"`
		Lines []view.Line `json:"lines"`
	}
	w.Must(json.Unmarshal(buf.Bytes(), &file))
	if len(file.Lines) != 7 || file.Note != "only this node" || file.Lines[6].Number != 1 {
		t.Errorf("%+v", file)
	}
	buf.Reset()
	w.Must(w.view.File(t.Context(), w.Person(1), view.Filter{}, view.Sheet{Format: "csv", Note: "only this node", To: &buf}))
	r := csv.NewReader(&buf)
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	w.Must(err)
	if len(rows) != 9 {
		t.Fatalf("%d rows", len(rows))
	}
	at := slices.Index(rows[1], "case")
	if rows[8][at] != "'=1+1" || rows[7][at] != `C,"7"` {
		t.Errorf("cases %q, %q", rows[8][at], rows[7][at])
	}
	if err := w.view.File(t.Context(), w.Person(1), view.Filter{}, view.Sheet{Format: "exe", To: &buf}); !errors.Is(err, vocab.BadInput) {
		t.Errorf("an unknown format: %v", err)
	}
	if strings.Contains(buf.String(), ledgertest.Key(1).Value) {
		t.Error("the file holds the number")
	}
}

func TestADeferredLineInTheFileTellsItsNumberOnly(t *testing.T) {
	w := newWorld(t)
	trace := w.Access(ledgertest.Use{Person: 1, By: "police"})
	w.Must(w.DB.Write(t.Context(), func(tx *db.Tx) error {
		return w.Ledger.Defer(t.Context(), tx, ledger.Deferral{Order: "o", Person: w.Person(1).Self, Trace: trace, From: w.Clock.Now(), Until: w.Clock.Now().Add(time.Hour)})
	}))
	var buf bytes.Buffer
	w.Must(w.view.File(t.Context(), w.Person(1), view.Filter{}, view.Sheet{Format: "json", To: &buf}))
	if strings.Contains(buf.String(), "police") || strings.Contains(buf.String(), string(trace)) || !strings.Contains(buf.String(), `"state":"deferred"`) {
		t.Errorf("the file: %s", buf.String())
	}
}
