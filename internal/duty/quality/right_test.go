package quality_test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/quality"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// atSchool is the birth date as the school's own register has it.
func (w *world) atSchool() vocab.ItemID {
	w.t.Helper()
	set := w.publish(teacher, people())
	_, err := w.node.Door.AddSource(w.t.Context(), teacher, "pupils", "sqlite://"+apptest.Register(w.t, residents), "")
	w.must(err)
	_, err = w.node.Door.Bind(w.t.Context(), teacher, access.Binding{
		Item: set.ItemID("born"), Owner: "school", Source: "pupils", Table: "resident", Column: "born", Subject: "number",
		KeyKind: vocab.CitizenNumber, Compare: "date", Read: true, About: vocab.NaturalPerson,
	})
	w.must(err)
	return set.ItemID("born")
}

// A contest goes to a source of the item; to any other body the authority assigns
// it, and a body that is not there is as everything else that is not.
func TestAContestGoesToASourceOrWhereTheAuthorityAssignsIt(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	routed := func(i int) *quality.Contest {
		t.Helper()
		c := w.raise(w.person(i), i)
		_, err := w.Accept(ctx, chief, c.ID)
		w.must(err)
		for to, code := range map[vocab.MemberID]vocab.Code{"tax": vocab.BadInput, "nobody": vocab.NoSuchThing, "no\x00body": vocab.NoSuchThing} {
			_, err = w.Route(ctx, chief, c.ID, quality.Word{To: to})
			wants(t, err, code)
		}
		c, err = w.Route(ctx, chief, c.ID, quality.Word{})
		w.must(err)
		return c
	}
	c := routed(1)
	for _, to := range []vocab.MemberID{"nobody", "x'; --", "no\nbody"} {
		_, err := w.NotMine(ctx, steward, c.ID, quality.Word{To: to, Reason: "theirs"})
		wants(t, err, vocab.NoSuchThing)
		_, err = w.Assign(ctx, chief, c.ID, quality.Word{To: to, Reason: "by law"})
		wants(t, err, vocab.NoSuchThing)
	}
	c, err := w.NotMine(ctx, steward, c.ID, quality.Word{To: "tax", Reason: "theirs"})
	w.must(err)
	if c.State != quality.StateUnassigned || c.Source == "tax" || c.Named != "tax" {
		t.Fatalf("sent to a body that holds nothing: %s at %s, named %s", c.State, c.Source, c.Named)
	}
	if _, err := w.Get(ctx, clerk, c.ID); vocab.CodeOf(err) != vocab.NoSuchThing {
		t.Errorf("the body that was named sees it before anybody assigned it: %v", err)
	}
	c, err = w.Assign(ctx, chief, c.ID, quality.Word{To: "tax", Reason: "its duty list names the item"})
	w.must(err)
	if c.State != quality.StateVerifying || c.Source != "tax" || c.Named != "" {
		t.Fatalf("assigned: %+v", c)
	}
	// What is labelled may be assigned at once, with the reason.
	c = w.raise(w.person(2), 2)
	_, err = w.Accept(ctx, chief, c.ID)
	w.must(err)
	_, err = w.Assign(ctx, chief, c.ID, quality.Word{To: "tax"})
	wants(t, err, vocab.ReasonNeeded)
	_, err = w.Assign(ctx, chief, c.ID, quality.Word{To: "tax", Reason: "the item has no other source"})
	w.must(err)
}

// A value that this node never reads is found by the source's own file: whatever
// the finding, the contest ends, and the document is on record.
func TestAContestOnAValueThatIsNeverReadEnds(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	d := people()
	d.Items = append(d.Items, entry.Item{Code: "mz", Name: entry.Text{ZH: "民族"}, Element: "GB/T 3304-1991"})
	set := w.publish(steward, d)
	for i, f := range []quality.Finding{
		{As: quality.StateCorrected},
		{As: quality.StateInPart, Word: quality.Word{Reason: "r", Citation: "c"}},
		{As: quality.StateUpheld, Word: quality.Word{Reason: "r", Citation: "c"}},
		{As: quality.StateActDispute, Word: quality.Word{Reason: "r", Citation: "c", Remedy: quality.Court}},
	} {
		for _, item := range []vocab.ItemID{set.ItemID("mz"), w.people.ItemID("code")} { // tagged, and bound to nothing
			me := w.person(i + 1)
			c, err := w.Raise(ctx, me, quality.Raise{Item: item, Subject: key(i + 1), Fault: quality.Wrong})
			w.must(err)
			_, err = w.Accept(ctx, chief, c.ID)
			w.must(err)
			_, err = w.Route(ctx, chief, c.ID, quality.Word{})
			w.must(err)
			_, err = w.Take(ctx, steward, c.ID)
			w.must(err)
			_, err = w.Find(ctx, steward, c.ID, f)
			wants(t, err, vocab.FieldMissing)
			proven := f
			proven.Evidence = "archive 7/12"
			c, err = w.Find(ctx, steward, c.ID, proven)
			w.must(err)
			if c.State != quality.StateClosed || c.Proof != "archive 7/12" {
				t.Errorf("%s of %s: %s %q", f.As, item, c.State, c.Proof)
			}
		}
	}
}

// under signs person 20 in as who acts for person i.
func (w *world) under(i int, acts ...string) identity.Actor {
	w.t.Helper()
	m, err := w.node.Records.Mandates.Give(w.t.Context(), w.person(i), mandate.New{Agent: key(20), Acts: acts, Until: w.clock.Now().AddDate(0, 1, 0)})
	w.must(err)
	in, err := w.node.Records.Mandates.Enter(w.t.Context(), w.person(20), m.ID)
	w.must(err)
	return in.Actor
}

// TestAMandateToContestIsNoWindow is the mandate that spies: an agent contests for
// the person, and learns by no step of it who used the person's data.
func TestAMandateToContestIsNoWindow(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set(3, "1999-09-09")
	w.ask(w.grant("school"), 3, bornOf(3))
	w.clock.Advance(time.Hour)
	// What a department raised about the person tells that it used their data.
	theirs, err := w.Raise(ctx, clerk, quality.Raise{Item: w.born, Subject: key(3), Fault: quality.Outdated, Case: "T-1"})
	w.must(err)

	wrong := w.under(3, mandate.Apply)
	in := quality.Raise{Item: w.born, Subject: key(3), Fault: quality.Wrong, Claimed: bornOf(3)}
	_, err = w.Raise(ctx, wrong, in)
	wants(t, err, vocab.MandateOutside)
	_, err = w.List(ctx, wrong, quality.ListQuery{})
	wants(t, err, vocab.MandateOutside)
	agent := w.under(3, mandate.Contest)
	other := in
	other.Subject = key(20)
	_, err = w.Raise(ctx, agent, other)
	wants(t, err, vocab.RoleMissing)
	_, err = w.Raise(ctx, agent, quality.Raise{Item: w.born, Subject: key(4), Fault: quality.Wrong})
	wants(t, err, vocab.RoleMissing)
	c, err := w.Raise(ctx, agent, in)
	w.must(err)
	if c.By != quality.ByPerson || c.Mandate != agent.Mandate || c.Member != "" {
		t.Fatalf("raised: %+v", c)
	}
	if list, err := w.List(ctx, agent, quality.ListQuery{}); err != nil || len(list) != 1 || list[0].ID != c.ID {
		t.Errorf("the agent lists %v, %v", list, err)
	}
	for name, a := range map[string]identity.Actor{"under no such mandate": wrong, "as themself": w.person(20), "under another's": w.under(4, mandate.Contest)} {
		if _, err := w.Get(ctx, a, c.ID); vocab.CodeOf(err) != vocab.NoSuchThing {
			t.Errorf("the contest %s: %v", name, err)
		}
	}
	if _, err := w.Get(ctx, agent, theirs.ID); vocab.CodeOf(err) != vocab.NoSuchThing {
		t.Errorf("the agent sees that a department has a case: %v", err)
	}
	if _, err := w.Get(ctx, w.person(3), theirs.ID); err != nil {
		t.Errorf("the person does not see it: %v", err)
	}
	if said, err := w.Said(ctx, agent, c.ID); err != nil || said.Claimed != bornOf(3) {
		t.Errorf("what the agent said: %v", err)
	}

	_, err = w.Accept(ctx, chief, c.ID)
	w.must(err)
	for i, want := range map[int]int{3: 1, 20: 1, 4: 0} { // the person and their agent hear the step, nobody else
		heard := 0
		all, err := w.node.Identity.Notices(ctx, w.person(i), identity.Page{})
		w.must(err)
		for _, n := range all {
			if n.Kind == "contest-accept" && n.Link == "/contests/"+string(c.ID) {
				heard++
			}
		}
		if heard != want {
			t.Errorf("person %d hears of the step %d times", i, heard)
		}
	}
	_, err = w.Route(ctx, chief, c.ID, quality.Word{})
	w.must(err)
	_, err = w.Take(ctx, steward, c.ID)
	w.must(err)
	w.set(3, bornOf(3))
	_, err = w.Find(ctx, steward, c.ID, quality.Finding{As: quality.StateCorrected})
	w.must(err)
	seen, err := w.TasksOf(ctx, agent, c.ID, "", 10)
	w.must(err)
	if len(seen) != 1 || seen[0].Member != "" || seen[0].Grant != "" || seen[0].Uses != nil || seen[0].Reason != "" {
		t.Errorf("the agent sees who was told: %+v", seen)
	}
	own, err := w.TasksOf(ctx, w.person(3), c.ID, "", 10)
	w.must(err)
	if len(own) != 1 || own[0].Member != "school" {
		t.Errorf("the person does not see who was told: %+v", own)
	}
	for _, p := range []identity.Actor{agent, wrong} {
		if _, err := w.node.Identity.Notices(ctx, p, identity.Page{}); err == nil {
			t.Error("an agent reads the person's inbox")
		}
	}
	// Each act under the mandate stands in the person's own chain and names it.
	chain, err := w.node.Ledger.OfPerson(ctx, w.person(3).Self, 0, 50)
	w.must(err)
	for _, act := range []string{"contest.raise", "contest.open"} {
		if !slices.ContainsFunc(chain, func(a ledger.Access) bool { return a.Act == act && a.Mandate == agent.Mandate }) {
			t.Errorf("the person's chain has no %s under the mandate", act)
		}
	}
	w.must(w.node.Records.Mandates.Withdraw(ctx, w.person(3), agent.Mandate))
}

// A holder whose outcome is not on record is told that it may have received the
// wrong value: "not used" cannot be said.
func TestWhoMayHaveReceivedTheWrongValueIsToldSo(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.set(3, "1999-09-09")
	now := w.clock.Now()
	_, err := w.node.Ledger.Submit(ctx, &ledger.Draft{
		Trace: vocab.NewTrace(now), State: vocab.Intended, At: now, Owner: "school", Provider: "civil", Grant: "g-unknown", Person: w.person(3).Self, Personal: true,
		Fields: []ledger.Pair{
			{Name: ledger.FieldItems, Value: proof.ListValue([]string{string(w.born)})}, {Name: ledger.FieldCase, Value: "P-9"}, {Name: ledger.FieldQuestion, Value: string(vocab.Compare)},
		},
	})
	w.must(err)
	w.ask(w.grant("tax"), 3, bornOf(3))
	w.clock.Advance(time.Hour)
	c := w.atSource(w.person(3), 3)
	w.set(3, bornOf(3))
	_, err = w.Find(ctx, steward, c.ID, quality.Finding{As: quality.StateCorrected})
	w.must(err)
	if got := texts(w.counted.told("school")); got != quality.NoticeMaybe {
		t.Errorf("who may have received it was told: %q", got)
	}
	if got := texts(w.counted.told("tax")); !strings.HasPrefix(got, quality.NoticeTask) {
		t.Errorf("who received it was told: %q", got)
	}
	mine, err := w.Tasks(ctx, teacher, quality.ListQuery{})
	w.must(err)
	if len(mine) != 1 || !mine[0].Unsure || !mine[0].Uses[0].Unsure {
		t.Errorf("the holder's own list: %+v", mine)
	}
	sure, err := w.Tasks(ctx, clerk, quality.ListQuery{})
	w.must(err)
	if len(sure) != 1 || sure[0].Unsure || sure[0].Uses[0].Unsure {
		t.Errorf("who received it: %+v", sure)
	}
}

// read counts the entries of a member's uses.
func (w *world) read(m vocab.MemberID) int {
	w.t.Helper()
	list, err := w.node.Ledger.OfMember(w.t.Context(), ledger.Viewer{Member: m}, ledger.Filter{Limit: 500})
	w.must(err)
	return len(list)
}

// A run is refused as a whole before anything is read; a refusal about one subject
// passes that one over; and a source that goes away leaves a result to go on from.
func TestARunOfComparisonsSaysWhatWasDone(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	item, path := w.edition(steward, map[string]string{"110000": "a", "120000": "b", "130000": "c"})
	other, _ := w.edition(teacher, map[string]string{"110000": "z", "120000": "z", "130000": "c"})
	w.must(w.NameSources(ctx, chief, item, []vocab.ItemID{other}))
	at := func(codes ...string) (out []vocab.SubjectKey) {
		for _, c := range codes {
			out = append(out, vocab.SubjectKey{Kind: vocab.RegisterNumber, Value: c})
		}
		return out
	}
	before := w.read("civil")
	run, err := w.CompareSources(ctx, steward, item, append(at("110000"), vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: "1"}))
	wants(t, err, vocab.SubjectInvalid)
	if run.Subjects != 0 || w.read("civil") != before {
		t.Errorf("a run that is refused whole read something: %+v", run)
	}
	conn, err := sql.Open("sqlite", path)
	w.must(err)
	defer conn.Close()
	for _, guess := range []string{"p", "q", "r", "s", "t", "u"} {
		_, err := conn.Exec(`UPDATE division SET name = ? WHERE code = '110000'`, guess)
		w.must(err)
		run, err = w.CompareSources(ctx, steward, item, at("110000", "130000"))
		w.must(err)
	}
	if run.Subjects != 1 || len(run.Refused) != 1 || run.Refused[0] != (quality.RunLine{At: 0, Code: vocab.GuessGuard}) || run.Stopped != nil {
		t.Errorf("one subject that is refused: %+v", run)
	}
	p := w.node.QualityParts()
	p.Sources = away{p.Sources, "130000"}
	cut, err := quality.New(p)
	w.must(err)
	run, err = cut.CompareSources(ctx, steward, item, at("120000", "130000", "110000"))
	w.must(err)
	if run.Subjects != 1 || len(run.Conflicts) != 1 || run.Stopped == nil || *run.Stopped != (quality.RunLine{At: 1, Code: vocab.SourceAway}) {
		t.Errorf("a source that went away: %+v", run)
	}
	_, err = cut.CompareSources(ctx, steward, item, at("130000", "110000"))
	wants(t, err, vocab.SourceAway)
}

// away does not answer about one subject.
type away struct {
	quality.Sources
	from string
}

func (a away) Check(ctx context.Context, by identity.Actor, item vocab.ItemID, k vocab.SubjectKey) (quality.Read, error) {
	if k.Value == a.from {
		return quality.Read{}, vocab.SourceAway.Because("cut")
	}
	return a.Sources.Check(ctx, by, item, k)
}
