package quality_test

import (
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/quality"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/vocab"
)

// byAct binds the code to the register of codes; it then changes by acts only.
func (w *world) byAct(change func(*access.Binding)) error {
	b := access.Binding{
		Item: w.people.ItemID("code"), Owner: "civil", Source: "codes", Column: "code", Subject: "number", KeyKind: vocab.CitizenNumber,
		Compare: "text", Read: true, About: vocab.NaturalPerson, ByAct: true,
	}
	if change != nil {
		change(&b)
	}
	_, err := w.node.Door.Bind(w.t.Context(), steward, b)
	return err
}

// act is a change of person i's code by two officers.
func (w *world) act(i int, value string) *quality.StatusAct {
	w.t.Helper()
	n := w.statusAct()
	n.Subject, n.Value, n.Off = key(i), value, value == ""
	p, err := w.ProposeStatus(w.t.Context(), steward, n)
	w.must(err)
	done, err := w.ConfirmStatus(w.t.Context(), steward2, p.ID)
	w.must(err)
	return done
}

// code is what the department's own steward finds, empty where nothing is.
func (w *world) code(i int) string {
	w.t.Helper()
	c, err := w.node.Door.Check(w.t.Context(), steward, w.people.ItemID("code"), key(i))
	w.must(err)
	return c.Value
}

// given is what another department reads, empty where the answer is unknown.
func (w *world) given(i int) string {
	w.t.Helper()
	g := apptest.Grant(vocab.Read)
	g.To, g.Dataset, g.Items, g.PerDay = "tax", w.people.ID, []vocab.ItemID{w.people.ItemID("code")}, 0
	g.Carriages, g.From, g.Until = []vocab.Carriage{vocab.Single}, w.clock.Now().Add(-1), w.clock.Now().AddDate(1, 0, 0)
	w.putGrant(g)
	out, err := w.node.Door.Ask(w.t.Context(), clerk, access.Call{Grant: g.ID, Question: vocab.Read, Subject: key(i), Items: g.Items, Purpose: g.Purpose, Case: "P-1"})
	w.must(err)
	if v := out.Answers[g.Items[0]].Value; v != nil {
		return *v
	}
	return ""
}

// TestPromise8AnActTakesEffectForTheNextAnswer is the health code, the other way
// round: what two officers decided with evidence stands in the very next answer,
// over restarts, and until a load of the register carries it.
func TestPromise8AnActTakesEffectForTheNextAnswer(t *testing.T) {
	w := newWorld(t)
	w.must(w.codes("green", "green", "green"))
	w.must(w.byAct(nil))
	done := w.act(2, "red")
	if done.Effect != quality.InRegister || w.code(2) != "red" || w.given(2) != "red" || w.given(1) != "green" {
		t.Fatalf("after the act: %s, %s and %s", done.Effect, w.code(2), w.given(2))
	}
	cfg := w.node.Config
	w.must(w.node.Close())
	w.node = apptest.Open(t, cfg, app.Options{Clock: w.clock})
	w.serve()
	if w.given(2) != "red" {
		t.Errorf("after a restart: %s", w.given(2))
	}
	w.must(w.codes("green", "green", "green", "green")) // the file does not know of it yet
	if w.given(2) != "red" || w.given(4) != "green" {
		t.Errorf("after a load of the old file: %s", w.given(2))
	}
	w.must(w.codes("green", "red", "green", "green")) // now it does
	wants(t, w.codes("green", "green", "green", "green"), vocab.SecondNeeded)
	w.act(2, "green")
	if w.given(2) != "green" {
		t.Errorf("after the act back: %s", w.given(2))
	}
	w.must(w.codes("green", "green", "green", "green"))
}

// Who is in such a register leaves it by an act of two officers, and comes back by
// one: no load does either.
func TestPromise8ALoadLeavesNobodyOut(t *testing.T) {
	w := newWorld(t)
	w.must(w.codes("green", "green", "green"))
	w.must(w.byAct(nil))
	wants(t, w.codes("green", "green"), vocab.SecondNeeded)
	n := w.statusAct()
	n.Off = true
	_, err := w.ProposeStatus(t.Context(), steward, n) // a value, and off
	wants(t, err, vocab.FieldMissing)
	w.act(3, "")
	if got := w.given(3); got != "" {
		t.Errorf("off the register: %s", got)
	}
	wants(t, w.codes("green"), vocab.SecondNeeded) // the act is about the third, not the second
	w.must(w.codes("green", "green"))
	w.must(w.codes("green", "green", "green")) // one hand brings nobody back
	if got := w.given(3); got != "" {
		t.Errorf("back by a load: %s", got)
	}
	w.must(w.codes("green", "green"))
	w.act(3, "green")
	if got := w.given(3); got != "green" {
		t.Errorf("back by an act: %q", got)
	}
}

// One steward finds no way round: not another source under the same name, not
// another meaning of the status, not an item that nobody declared.
func TestPromise8OneHandFindsNoWayRound(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.must(w.codes("green", "green", "green"))
	when := func(code string) comparator.Status {
		return comparator.Status{Name: "may travel", Conditions: []source.Condition{{Column: "code", Op: source.Equal, Values: []string{code}}}}
	}
	may := when("green")
	free := func(b *access.Binding) { b.ByAct, b.Statuses = false, []comparator.Status{may} }
	w.must(w.byAct(free))
	w.must(w.codes("green", "yellow", "green")) // nothing is declared yet
	done := w.act(2, "red")
	if done.Effect != quality.InRegister || w.given(2) != "red" {
		t.Fatalf("the first act: %+v", done)
	}
	wants(t, w.codes("yellow", "red", "green"), vocab.SecondNeeded) // from the first act on
	_, err := w.node.Door.AddSource(ctx, steward, "codes", "sqlite://"+w.path, "")
	wants(t, err, vocab.SecondNeeded)
	for name, change := range map[string]func(*access.Binding){
		"another meaning":    func(b *access.Binding) { b.Statuses = []comparator.Status{when("red")} },
		"no status":          func(b *access.Binding) { b.Statuses = nil },
		"another comparison": func(b *access.Binding) { b.Statuses, b.Compare = []comparator.Status{may}, "date" },
		"another column":     func(b *access.Binding) { b.Statuses, b.Column = []comparator.Status{may}, "number" },
	} {
		if err := w.byAct(change); vocab.CodeOf(err) != vocab.SecondNeeded {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.must(w.byAct(free))
	wants(t, w.codes("yellow", "red", "green"), vocab.SecondNeeded)
}

// What a department keeps in a database of its own is changed there: the act is on
// record, says so, and the answer is what the source holds.
func TestPromise8OfAnOthersDatabaseTheActIsTheRecord(t *testing.T) {
	w := newWorld(t)
	n := w.statusAct()
	n.Item, n.Value = w.born, "1999-09-09"
	p, err := w.ProposeStatus(t.Context(), steward, n)
	w.must(err)
	done, err := w.ConfirmStatus(t.Context(), steward2, p.ID)
	w.must(err)
	c, err := w.node.Door.Check(t.Context(), steward, w.born, key(2))
	w.must(err)
	if done.Effect != quality.AtSource || c.Value != bornOf(2) {
		t.Errorf("%s, and the source's value is %s", done.Effect, c.Value)
	}
	if out := w.act(2, "red"); out.Effect != quality.Unbound {
		t.Errorf("an item that is connected to nothing: %s", out.Effect)
	}
}
