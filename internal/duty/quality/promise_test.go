package quality_test

import (
	"bufio"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/quality"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// divisions are codes with their names in two published editions.
func divisions(t *testing.T) (codes []string, older, newer map[string]string) {
	t.Helper()
	f, err := os.Open("testdata/divisions.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	older, newer = map[string]string{}, map[string]string{}
	for s := bufio.NewScanner(f); s.Scan(); {
		if cells := strings.Split(s.Text(), "\t"); len(cells) == 3 && !strings.HasPrefix(cells[0], "#") {
			codes = append(codes, cells[0])
			older[cells[0]], newer[cells[0]] = cells[1], cells[2]
		}
	}
	return codes, older, newer
}

// edition publishes a list of divisions of a member, bound to its own database.
func (w *world) edition(a identity.Actor, names map[string]string) (vocab.ItemID, string) {
	w.t.Helper()
	path := filepath.Join(w.t.(*testing.T).TempDir(), "divisions.db")
	conn, err := sql.Open("sqlite", path)
	w.must(err)
	defer conn.Close()
	_, err = conn.Exec(`CREATE TABLE division (code TEXT, name TEXT)`)
	w.must(err)
	for code, name := range names {
		_, err := conn.Exec(`INSERT INTO division VALUES (?, ?)`, code, name)
		w.must(err)
	}
	d := w.publish(a, entry.Dataset{
		Name: entry.Text{ZH: "行政区划"}, Provider: string(a.Member), Share: vocab.Unconditional, Cycle: vocab.Yearly,
		Subject: vocab.NoSubject, Origin: vocab.Government, Items: []entry.Item{{Code: "name", Name: entry.Text{ZH: "名称"}, Compare: vocab.CompareText}},
	})
	_, err = w.node.Door.AddSource(w.t.Context(), a, "divisions", "sqlite://"+path, "")
	w.must(err)
	item := d.ItemID("name")
	_, err = w.node.Door.Bind(w.t.Context(), a, access.Binding{
		Item: item, Owner: a.Member, Source: "divisions", Table: "division", Column: "name", Subject: "code",
		KeyKind: vocab.RegisterNumber, Compare: "text", Read: true, About: vocab.NoSubject,
	})
	w.must(err)
	return item, path
}

func content(t *testing.T, path string) map[string]string {
	t.Helper()
	conn, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	rows, err := conn.Query(`SELECT code, name FROM division`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var code, name string
		if err := rows.Scan(&code, &name); err != nil {
			t.Fatal(err)
		}
		out[code] = name
	}
	return out
}

// TestPromise5AConflictOverwritesNothing compares two published lists of
// divisions that disagree: each conflict opens a contest, labels the value and
// asks the authority, and both sources stay as they were.
func TestPromise5AConflictOverwritesNothing(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	codes, older, newer := divisions(t)
	item, one := w.edition(steward, older)
	other, two := w.edition(teacher, newer)
	wants(t, w.NameSources(ctx, steward, item, []vocab.ItemID{other}), vocab.RoleMissing)
	w.must(w.NameSources(ctx, chief, item, []vocab.ItemID{other}))
	var subjects []vocab.SubjectKey
	var differ int
	for _, c := range codes {
		subjects = append(subjects, vocab.SubjectKey{Kind: vocab.RegisterNumber, Value: c})
		if older[c] != newer[c] {
			differ++
		}
	}
	if _, err := w.CompareSources(ctx, clerk, item, subjects); vocab.CodeOf(err) != vocab.RoleMissing {
		t.Errorf("anyone compares: %v", err)
	}
	if _, err := w.CompareSources(ctx, teacher, item, subjects); vocab.CodeOf(err) != vocab.NoSuchThing {
		t.Errorf("another's steward compares: %v", err)
	}
	run, err := w.CompareSources(ctx, steward, item, subjects)
	w.must(err)
	if differ == 0 || len(run.Conflicts) != differ || run.Subjects != len(codes) {
		t.Fatalf("%d conflicts of %d, %d differ", len(run.Conflicts), run.Subjects, differ)
	}
	if diff := cmp.Diff(older, content(t, one)); diff != "" {
		t.Errorf("the first source was changed: %s", diff)
	}
	if diff := cmp.Diff(newer, content(t, two)); diff != "" {
		t.Errorf("the other source was changed: %s", diff)
	}
	asked := w.counted.told("bureau")
	for _, id := range run.Conflicts {
		c, err := w.Get(ctx, chief, id)
		w.must(err)
		if c.State != quality.StateLabelled || c.By != quality.ByRule || c.Fault != quality.Conflict {
			t.Errorf("contest %s: %s by %s", id, c.State, c.By)
		}
	}
	if n := len(asked); n < 2*differ {
		t.Errorf("the authority was told %d times of %d conflicts: %v", n, differ, asked)
	}
	for _, code := range codes {
		g := access.Grant{
			ID: vocab.GrantID(vocab.NewID("g")), Provider: "civil", To: "tax", State: access.GrantActive, Dataset: item.Dataset(), About: vocab.NoSubject,
			Items: []vocab.ItemID{item}, Question: vocab.Compare, Carriages: []vocab.Carriage{vocab.Single}, Purpose: "pension", Basis: "law",
			From: w.clock.Now().Add(-1), Until: w.clock.Now().AddDate(1, 0, 0),
		}
		w.putGrant(g)
		out, err := w.node.Door.Ask(ctx, clerk, access.Call{
			Grant: g.ID, Question: vocab.Compare, Subject: vocab.SubjectKey{Kind: vocab.RegisterNumber, Value: code}, Values: map[vocab.ItemID]string{item: older[code]}, Purpose: "pension", Case: "P-1",
		})
		w.must(err)
		if got, want := out.Answers[item].Disputed, older[code] != newer[code]; got != want {
			t.Errorf("%s: disputed %v, want %v", code, got, want)
		}
	}
	again, err := w.CompareSources(ctx, steward, item, subjects)
	w.must(err)
	if len(again.Conflicts) != 0 || again.Standing != differ {
		t.Errorf("a second run: %+v", again)
	}
}

func (w *world) statusAct() quality.NewStatusAct {
	return quality.NewStatusAct{
		Item: w.people.ItemID("code"), Subject: key(2), Value: "red", Evidence: "doc-2026-17", Law: "传染病防治法", Article: "41", Reason: "a contact was confirmed",
	}
}

// TestPromise8NoOneAloneChangesAPersonsStatus tries it by every single role, with
// each thing missing, with each part of the transaction failing, and then does it
// as the law wants.
func TestPromise8NoOneAloneChangesAPersonsStatus(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	n := w.statusAct()
	for _, role := range vocab.Roles() {
		one := officer("civil", "one", role)
		one.OfNode = true
		act, err := w.ProposeStatus(ctx, one, n)
		if err == nil {
			_, err = w.ConfirmStatus(ctx, one, act.ID)
		}
		if err == nil {
			t.Errorf("the role %s alone changes a person's status", role)
		}
	}
	machine := steward
	machine.Machine = "m-1"
	if _, err := w.ProposeStatus(ctx, machine, n); vocab.CodeOf(err) != vocab.RoleMissing {
		t.Errorf("a system proposes: %v", err)
	}
	for name, lack := range map[string]func(*quality.NewStatusAct){
		"evidence": func(n *quality.NewStatusAct) { n.Evidence = " " }, "law": func(n *quality.NewStatusAct) { n.Law = "" },
		"reason": func(n *quality.NewStatusAct) { n.Reason = "" }, "subject": func(n *quality.NewStatusAct) { n.Subject.Value = "" },
	} {
		bad := n
		lack(&bad)
		if _, err := w.ProposeStatus(ctx, steward, bad); vocab.CodeOf(err) != vocab.FieldMissing {
			t.Errorf("without %s: %v", name, err)
		}
	}
	act, err := w.ProposeStatus(ctx, steward, n)
	w.must(err)
	for name, a := range map[string]identity.Actor{"the proposer": steward, "another member's steward": teacher, "the authority": chief, "a clerk of the member": officer("civil", "x", vocab.DataUser)} {
		if _, err := w.ConfirmStatus(ctx, a, act.ID); err == nil {
			t.Errorf("%s confirms", name)
		}
	}
	me := w.person(2)
	if len(w.changed) != 0 {
		t.Fatalf("changed by one hand: %v", w.changed)
	}
	if _, err := w.StatusAct(ctx, me, act.ID); vocab.CodeOf(err) != vocab.NoSuchThing {
		t.Errorf("the person sees a proposal: %v", err)
	}
	away := errors.New("away")
	for _, set := range []func(error){func(e error) { w.counted.actErr = e }, func(e error) { w.counted.noticeErr = e }} {
		set(away)
		if _, err := w.ConfirmStatus(ctx, steward2, act.ID); !errors.Is(err, away) {
			t.Errorf("without entry or notice: %v", err)
		}
		set(nil)
	}
	if now, err := w.StatusAct(ctx, steward, act.ID); err != nil || now.State != quality.StatusProposed || len(w.changed) != 0 {
		t.Fatalf("after confirmations that failed: %+v %v %v", now, w.changed, err)
	}
	apptest.Made(t, w.node.DB, steward2.Officer, steward.Officer)
	if _, err := w.ConfirmStatus(ctx, steward2, act.ID); vocab.CodeOf(err) != vocab.SecondNeeded || len(w.changed) != 0 {
		t.Errorf("an officer whom the proposer added confirms: %v", err)
	}
	apptest.Made(t, w.node.DB, steward2.Officer, "")
	done, err := w.ConfirmStatus(ctx, steward2, act.ID)
	w.must(err)
	w.holds(me, done)
}

// Who confirms a change sees whose status it is and what it becomes; nobody else of
// the department does, nor anybody once it is done but the person, who reads the value.
func TestTheSecondOfficerReadsWhatTheyConfirm(t *testing.T) {
	w := newWorld(t)
	act, err := w.ProposeStatus(t.Context(), steward, w.statusAct())
	w.must(err)
	reads := func(a identity.Actor) *quality.StatusAct {
		t.Helper()
		got, err := w.StatusAct(t.Context(), a, act.ID)
		w.must(err)
		return got
	}
	if got := reads(steward2); got.Value != "red" || got.Subject == nil || *got.Subject != key(2) {
		t.Errorf("the second officer confirms without seeing it: %+v", got)
	}
	machine := steward2
	machine.Machine = "m-1"
	for name, a := range map[string]identity.Actor{"a clerk of the member": officer("civil", "x", vocab.DataUser), "a system": machine} {
		if got := reads(a); got.Value != "" || got.Subject != nil {
			t.Errorf("%s reads a person's value: %+v", name, got)
		}
	}
	_, err = w.ConfirmStatus(t.Context(), steward2, act.ID)
	w.must(err)
	if got := reads(steward); got.Value != "" || got.Subject != nil {
		t.Errorf("what is done stays open to the department: %+v", got)
	}
	if got := reads(w.person(2)); got.Value != "red" || got.Subject != nil {
		t.Errorf("the person is not told what their status became: %+v", got)
	}
}

// holds looks for all four: evidence, second officer, notice, contest.
func (w *world) holds(me identity.Actor, done *quality.StatusAct) {
	w.t.Helper()
	ctx := w.t.Context()
	if done.State != quality.StatusDone || len(w.changed) != 1 || done.Second != steward2.Officer {
		w.t.Fatalf("done: %+v %v", done, w.changed)
	}
	inbox, err := w.node.Identity.Notices(ctx, me, identity.Page{})
	w.must(err)
	if len(inbox) != 1 || inbox[0].Kind != quality.NoticeStatus || strings.Contains(inbox[0].Params["state"]+inbox[0].Link, "red") {
		w.t.Errorf("the person's inbox: %+v", inbox)
	}
	seen, err := w.node.Ledger.OfPerson(ctx, me.Self, 0, 10)
	w.must(err)
	if !slices.ContainsFunc(seen, func(a ledger.Access) bool { return a.Act == "status.done" && a.Officer == "" }) {
		w.t.Errorf("the person's own view: %+v", seen)
	}
	shown, err := w.StatusAct(ctx, me, done.ID)
	w.must(err)
	if shown.Proposer != "" || shown.Second != "" || shown.Evidence == "" || shown.Contest == "" {
		w.t.Errorf("the act as the person sees it: %+v", shown)
	}
	c, err := w.Raise(ctx, me, quality.Raise{Item: done.Item, Subject: key(2), Fault: quality.Wrong, StatusAct: done.ID})
	w.must(err)
	if c.Act != done.ID {
		w.t.Errorf("the contest names no act: %+v", c)
	}
}

// codes loads a register of the members' codes into the node, and binds it.
func (w *world) codes(codes ...string) error {
	rows := func(yield func([]string, error) bool) {
		for i, code := range codes {
			if !yield([]string{key(i + 1).Value, code}, nil) {
				return
			}
		}
	}
	_, err := w.node.Door.Load(w.t.Context(), steward, access.Register{
		ID: "codes", Dated: w.clock.Now(), Columns: []string{"number", "code"}, Rows: rows, KeyKind: vocab.CitizenNumber,
	})
	return err
}

// TestPromise8AReloadChangesNoStatusWithoutItsAct goes round the two officers by
// the file: one steward loads the register anew, or binds the item elsewhere.
func TestPromise8AReloadChangesNoStatusWithoutItsAct(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	item := w.people.ItemID("code")
	w.must(w.codes("green", "green", "green"))
	b := access.Binding{
		Item: item, Owner: "civil", Source: "codes", Column: "code", Subject: "number", KeyKind: vocab.CitizenNumber,
		Compare: "text", About: vocab.NaturalPerson, ByAct: true,
	}
	_, err := w.node.Door.Bind(ctx, steward, b)
	w.must(err)
	now := func() string {
		t.Helper()
		c, err := w.node.Door.Check(ctx, steward, item, key(2))
		w.must(err)
		return c.Value
	}
	green := now()
	w.must(w.codes("green", "green", "green", "green")) // one more person, no change
	wants(t, w.codes("green", "red", "green", "green"), vocab.SecondNeeded)
	wants(t, w.codes("green", "", "green", "green"), vocab.SecondNeeded)
	wants(t, w.codes("green", "green", "green"), vocab.SecondNeeded) // leaves a person out
	if got := now(); got != green {
		t.Fatalf("a load by one hand made it %s", got)
	}
	loose := b
	loose.ByAct = false
	_, err = w.node.Door.Bind(ctx, steward2, loose) // stays held
	w.must(err)
	wants(t, w.codes("green", "red", "green", "green"), vocab.SecondNeeded)
	loose.Source, loose.Table, loose.Column = "residents", "resident", "name"
	_, err = w.node.Door.Bind(ctx, steward2, loose)
	wants(t, err, vocab.SecondNeeded)

	act, err := w.ProposeStatus(ctx, steward, w.statusAct())
	w.must(err)
	wants(t, w.codes("green", "red", "green", "green"), vocab.SecondNeeded) // proposed is not done
	_, err = w.ConfirmStatus(ctx, steward2, act.ID)
	w.must(err)
	if got := now(); got == green {
		t.Error("the act was not carried out")
	}
	wants(t, w.codes("green", "red", "red", "green"), vocab.SecondNeeded) // another person's
	w.must(w.codes("green", "yellow", "green", "green"))                  // what a row says while the act lies over it changes nothing
	if got := now(); got != "red" {
		t.Errorf("a load by one hand made it %s", got)
	}
	w.must(w.codes("green", "red", "green", "green"))
	if got := now(); got != "red" {
		t.Errorf("carried by the register it is %s", got)
	}
	wants(t, w.codes("green", "green", "green", "green"), vocab.SecondNeeded)
}

// TestComparingSourcesIsNoWayAroundTheGuessGuard edits one's own source and asks
// again, as who would find out another's value.
func TestComparingSourcesIsNoWayAroundTheGuessGuard(t *testing.T) {
	w := newWorld(t)
	item, path := w.edition(steward, map[string]string{"110000": "start"})
	other, _ := w.edition(teacher, map[string]string{"110000": "theirs"})
	w.must(w.NameSources(t.Context(), chief, item, []vocab.ItemID{other}))
	conn, err := sql.Open("sqlite", path)
	w.must(err)
	defer conn.Close()
	subject := []vocab.SubjectKey{{Kind: vocab.RegisterNumber, Value: "110000"}}
	for _, guess := range []string{"a", "b", "c", "d", "e", "e"} { // a repeat is free
		_, err := conn.Exec(`UPDATE division SET name = ?`, guess)
		w.must(err)
		_, err = w.CompareSources(t.Context(), steward, item, subject)
		w.must(err)
	}
	_, err = conn.Exec(`UPDATE division SET name = 'theirs'`)
	w.must(err)
	for _, a := range []identity.Actor{steward, chief} {
		if run, err := w.CompareSources(t.Context(), a, item, subject); vocab.CodeOf(err) != vocab.GuessGuard || run.Subjects != 0 {
			t.Errorf("a sixth value: %+v %v", run, err)
		}
	}
	w.clock.Advance(25 * 3600 * 1e9)
	_, err = w.CompareSources(t.Context(), steward, item, subject)
	w.must(err)
}
