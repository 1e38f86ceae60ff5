package ledger_test

import (
	"slices"
	"testing"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

func (n *node) uses(t testing.TB, q ledger.UsesOf) ledger.UsesPage {
	t.Helper()
	page, err := n.Uses(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func numbers(p ledger.UsesPage) []int64 {
	var out []int64
	for _, u := range p.Uses {
		out = append(out, u.Number)
	}
	return out
}

func (n *node) write(t testing.TB, f func(tx *db.Tx) error) {
	t.Helper()
	if err := n.db.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func of(person byte) ledger.Viewer { return ledger.Viewer{Person: vocab.PersonRef{person}} }

func TestAPersonsPagesJoinWithoutGapOrOverlap(t *testing.T) {
	n := newNode(t)
	for i := range 11 {
		n.used(t, draft(7, i), "")
	}
	var all []int64
	q := ledger.UsesOf{Viewer: of(7), Limit: 4}
	for pages := 0; pages < 5; pages++ {
		page := n.uses(t, q)
		all = append(all, numbers(page)...)
		if page.Newest != 11 || page.Since.IsZero() {
			t.Errorf("newest %d, since %s", page.Newest, page.Since)
		}
		if q.Before = page.Next; page.Next == 0 {
			break
		}
	}
	if !slices.Equal(all, []int64{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}) {
		t.Errorf("the pages give %v", all)
	}
}

// Records withheld: whoever takes one out, exchanges or renumbers one is seen.
func TestARecordTakenOutOfAPersonsChainShows(t *testing.T) {
	for name, c := range map[string]struct {
		damage []string
		want   map[int64]string
	}{
		"a record is deleted":            {[]string{`DELETE FROM ledger_person WHERE n = 3`}, map[int64]string{3: ledger.StateMissing}},
		"the oldest are deleted":         {[]string{`DELETE FROM ledger_person WHERE n < 3`}, map[int64]string{1: ledger.StateMissing, 2: ledger.StateMissing}},
		"deleted, the rest renumbered":   {[]string{`DELETE FROM ledger_person WHERE n = 3`, `UPDATE ledger_person SET n = 3 WHERE n = 4`, `UPDATE ledger_person SET n = 4 WHERE n = 5`}, map[int64]string{3: ledger.StateAltered, 4: ledger.StateAltered}},
		"a record points at another":     {[]string{`UPDATE ledger_person SET seq = (SELECT seq FROM ledger_person WHERE n = 1) WHERE n = 4`}, map[int64]string{4: ledger.StateAltered}},
		"the root is exchanged":          {[]string{`UPDATE ledger_person SET root = (SELECT root FROM ledger_person WHERE n = 1) WHERE n = 2`}, map[int64]string{2: ledger.StateAltered, 3: ledger.StateAltered}},
		"openings put under another seq": {[]string{`UPDATE ledger_entry SET secret = (SELECT e.secret FROM ledger_entry e WHERE e.seq = 1) WHERE seq = 2`}, map[int64]string{2: ledger.StateAltered}},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t)
			for i := range 5 {
				n.used(t, draft(7, i), "")
			}
			n.write(t, func(tx *db.Tx) error {
				for _, q := range c.damage {
					if _, err := tx.Exec(t.Context(), q); err != nil {
						return err
					}
				}
				return nil
			})
			for _, u := range n.uses(t, ledger.UsesOf{Viewer: of(7)}).Uses {
				odd := u.State == ledger.StateMissing || u.State == ledger.StateAltered
				if want := c.want[u.Number]; odd != (want != "") || odd && u.State != want {
					t.Errorf("number %d reads %q, want %q", u.Number, u.State, want)
				}
			}
		})
	}
}

func TestADeferredUseKeepsItsNumberAndHidesTheRest(t *testing.T) {
	n := newNode(t)
	now := time.Now()
	var traces []vocab.TraceID
	for i := range 3 {
		d := draft(7, i)
		if i == 2 {
			d.Owner = "police"
		}
		traces = append(traces, n.used(t, d, ""))
	}
	deferral := ledger.Deferral{Order: "o-1", Person: vocab.PersonRef{7}, Trace: traces[1], From: now, Until: now.Add(time.Hour)}
	n.write(t, func(tx *db.Tx) error {
		if err := n.Defer(t.Context(), tx, deferral); err != nil {
			return err
		}
		body := ledger.Deferral{Order: "o-2", Person: vocab.PersonRef{7}, Member: "police", From: now.Add(-time.Minute), Until: now.Add(time.Hour)}
		return n.Defer(t.Context(), tx, body)
	})
	uses := n.uses(t, ledger.UsesOf{Viewer: of(7)}).Uses
	for i, want := range []bool{true, true, false} {
		if got := uses[i].State == ledger.StateDeferred; got != want || got && (uses[i].Trace != "" || uses[i].Member != "" || !uses[i].At.IsZero()) {
			t.Errorf("line %d: %+v", uses[i].Number, uses[i])
		}
	}
	for _, hidden := range traces[1:] {
		if _, err := n.Entry(t.Context(), hidden, of(7)); vocab.CodeOf(err) != vocab.NoSuchThing {
			t.Errorf("a deferred entry is given by its trace: %v", err)
		}
		if _, err := n.Receipt(t.Context(), hidden, of(7)); vocab.CodeOf(err) != vocab.NoSuchThing {
			t.Errorf("a receipt of a deferred entry is given: %v", err)
		}
		if _, err := n.Entry(t.Context(), hidden, ledger.Viewer{Auditor: true}); err != nil {
			t.Errorf("the auditor is kept out: %v", err)
		}
	}
	n.write(t, func(tx *db.Tx) error { return n.Undefer(t.Context(), tx, "o-1", time.Now()) })
	if got := n.uses(t, ledger.UsesOf{Viewer: of(7)}).Uses[1]; got.State == ledger.StateDeferred || got.Trace != traces[1] {
		t.Errorf("after its end the use reads %+v", got)
	}
}

func TestADeferralIsOnOneEntryOfThatPersonOrOnOneBody(t *testing.T) {
	n := newNode(t)
	now := time.Now()
	trace := n.used(t, draft(7, 1), "")
	ok := ledger.Deferral{Order: "o", Person: vocab.PersonRef{7}, Trace: trace, From: now, Until: now.Add(time.Hour)}
	for name, change := range map[string]func(*ledger.Deferral){
		"nothing":          func(d *ledger.Deferral) { d.Trace = "" },
		"both":             func(d *ledger.Deferral) { d.Member = "tax" },
		"no order":         func(d *ledger.Deferral) { d.Order = "" },
		"no end":           func(d *ledger.Deferral) { d.Until = time.Time{} },
		"another's entry":  func(d *ledger.Deferral) { d.Person = vocab.PersonRef{8} },
		"no entry at all":  func(d *ledger.Deferral) { d.Trace = vocab.NewTrace(now) },
		"ends as it began": func(d *ledger.Deferral) { d.Until = now },
	} {
		bad := ok
		change(&bad)
		if err := n.db.Write(t.Context(), func(tx *db.Tx) error { return n.Defer(t.Context(), tx, bad) }); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestWhoActsForAPersonSeesNeitherCountersNorProtectingBodies(t *testing.T) {
	n := newNode(t)
	var shelter vocab.TraceID
	for i := range 6 {
		d := draft(7, i)
		if i%2 == 1 {
			d.Owner = "shelter"
		}
		if trace := n.used(t, d, ""); i == 3 {
			shelter = trace
		}
	}
	v := of(7)
	v.Mandate, v.Except = true, map[vocab.MemberID]bool{"shelter": true}
	page := n.uses(t, ledger.UsesOf{Viewer: v, Limit: 2})
	rest := n.uses(t, ledger.UsesOf{Viewer: v, Limit: 2, After: page.After})
	if len(page.Uses) != 2 || len(rest.Uses) != 1 || page.Newest != 0 || page.Next != 0 || rest.After != "" {
		t.Fatalf("pages of %d and %d lines, newest %d, next %d, then %q", len(page.Uses), len(rest.Uses), page.Newest, page.Next, rest.After)
	}
	for _, u := range append(page.Uses, rest.Uses...) {
		if u.Number != 0 || u.Member != "tax" {
			t.Errorf("%+v", u)
		}
	}
	if _, err := n.Entry(t.Context(), shelter, v); vocab.CodeOf(err) != vocab.NoSuchThing {
		t.Errorf("a protecting body's use is given by its trace: %v", err)
	}
	e, err := n.Entry(t.Context(), page.Uses[0].Trace, v)
	if err != nil || e.Number != 0 {
		t.Errorf("number %d, %v", e.Number, err)
	}
}

func TestFiltersOfAPersonsView(t *testing.T) {
	n := newNode(t)
	for i := range 9 {
		d := question(7, i, []string{"D/A", "E/B", "D/C"}[i%3])
		if i%2 == 0 {
			d.Owner = "police"
		}
		n.used(t, d, "")
	}
	for name, c := range map[string]struct {
		q    ledger.UsesOf
		want []int64
	}{
		"body":            {ledger.UsesOf{Member: "police"}, []int64{9, 7, 5, 3, 1}},
		"item":            {ledger.UsesOf{Item: "E/B"}, []int64{8, 5, 2}},
		"data set":        {ledger.UsesOf{Item: "D"}, []int64{9, 7, 6, 4, 3, 1}},
		"body and item":   {ledger.UsesOf{Member: "police", Item: "D/A"}, []int64{7, 1}},
		"case":            {ledger.UsesOf{Case: "c-4"}, []int64{5}},
		"before the time": {ledger.UsesOf{Until: time.Now().Add(-time.Hour)}, nil},
		"page of two":     {ledger.UsesOf{Member: "police", Limit: 2}, []int64{9, 7}},
	} {
		c.q.Viewer = of(7)
		if got := numbers(n.uses(t, c.q)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestAnActAboutAPersonStandsInTheirChain(t *testing.T) {
	n := newNode(t)
	n.used(t, draft(7, 1), "")
	n.write(t, func(tx *db.Tx) error {
		_, err := n.ActAbout(t.Context(), tx, vocab.PersonRef{7}, "mydata.counter", map[string]string{ledger.FieldMember: "civil", ledger.FieldOfficer: "he", ledger.FieldMandate: "m-1"})
		return err
	})
	n.used(t, draft(7, 2), "")
	uses := n.uses(t, ledger.UsesOf{Viewer: of(7)}).Uses
	if len(uses) != 3 || uses[1].Act != "mydata.counter" || uses[1].Mandate != "m-1" || uses[1].Member != "civil" || uses[1].Officer != "" || uses[1].State == ledger.StateAltered {
		t.Errorf("%+v", uses)
	}
	if err := n.db.Write(t.Context(), func(tx *db.Tx) error {
		_, err := n.ActAbout(t.Context(), tx, vocab.PersonRef{}, "x", nil)
		return err
	}); err == nil {
		t.Error("an act about nobody is taken")
	}
}
