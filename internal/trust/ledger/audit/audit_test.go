package audit_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/audit"
	"fontis/internal/trust/ledger/ledgertest"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/sample"
	"fontis/internal/vocab"
)

type world struct {
	*ledgertest.World
	*audit.Service
}

var (
	court   = ledgertest.Officer("court", vocab.Auditor)
	steward = ledgertest.Officer("tax", vocab.Steward)
)

func newWorld(t *testing.T) *world {
	w := ledgertest.New(t, "audit")
	return &world{w, audit.NewService(audit.Parts{DB: w.DB, Clock: w.Clock, Ledger: w.Ledger, Identity: w.Identity})}
}

// used writes n uses by the tax office and waits for the last.
func (w *world) used(n int) (begun, ended time.Time) {
	w.T.Helper()
	begun = w.Clock.Now()
	var last vocab.TraceID
	for i := range n {
		w.Clock.Advance(time.Second)
		last = w.Access(ledgertest.Use{Person: 1 + i%5, Officer: fmt.Sprint("o", i%3), Case: fmt.Sprint("T-", i)})
	}
	w.Settle(last)
	return begun, w.Clock.Now().Add(time.Second)
}

func (w *world) committed(seed sample.Seed, from, until time.Time, n int) audit.Draw {
	w.T.Helper()
	d, err := w.Commit(w.T.Context(), court, audit.NewDraw{SeedHash: seed.Hash(), From: from, Until: until, Count: n, Reason: "yearly"})
	w.Must(err)
	return d
}

func TestADrawIsCommittedToBeforeAndRecomputedByAnyone(t *testing.T) {
	w := newWorld(t)
	from, until := w.used(40)
	seed := sample.NewSeed()
	d := w.committed(seed, from, until, 7)
	w.used(3) // what comes after the commit changes nothing
	got, err := w.Draw(t.Context(), court, d.ID, seed.String())
	w.Must(err)
	if len(got.Picked) != 7 || got.Population != 40 || got.CommitIndex != d.CommitIndex {
		t.Fatalf("%+v", got)
	}
	// A stranger has the log alone.
	var root proof.Hash
	var leaves [][]byte
	w.Must(w.Log.Leaves(t.Context(), 0, d.CommitIndex+1, func(_ uint64, b []byte) error { leaves = append(leaves, bytes.Clone(b)); return nil }))
	root = treeRoot(leaves)
	again, err := sample.New(seed, root, 7)
	w.Must(err)
	for i := got.First; i < got.End; i++ {
		leaf, err := proof.ParseLeaf(leaves[i])
		w.Must(err)
		again.Add(i, leaf.Kind())
	}
	if !slices.Equal(again.Picked(), got.Picked) {
		t.Errorf("drawn %v, recomputed %v", got.Picked, again.Picked())
	}
	public, err := w.Draws(t.Context(), identity.Page{})
	w.Must(err)
	if len(public) != 1 || public[0].Seed != seed.String() || !slices.Equal(public[0].Picked, got.Picked) || public[0].Reason != "" {
		t.Errorf("what is public: %+v", public)
	}
}

// treeRoot is RFC 6962 by the book, written again.
func treeRoot(leaves [][]byte) proof.Hash {
	if len(leaves) == 1 {
		return proof.LeafHash(leaves[0])
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	left, right := treeRoot(leaves[:k]), treeRoot(leaves[k:])
	return proof.NodeHash(&left, &right)
}

func TestADrawCannotBeSteered(t *testing.T) {
	w := newWorld(t)
	from, until := w.used(30)
	seed, other := sample.NewSeed(), sample.NewSeed()
	d := w.committed(seed, from, until, 5)
	if _, err := w.Draw(t.Context(), court, d.ID, other.String()); !errors.Is(err, vocab.BadInput) {
		t.Errorf("another seed draws: %v", err)
	}
	if _, err := w.Draw(t.Context(), steward, d.ID, seed.String()); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("a steward draws: %v", err)
	}
	first, err := w.Draw(t.Context(), court, d.ID, seed.String())
	w.Must(err)
	if _, err := w.Draw(t.Context(), court, d.ID, seed.String()); !errors.Is(err, vocab.StateWrong) {
		t.Errorf("drawn twice: %v", err)
	}
	// The same seed committed again gives another draw: the root is another.
	again := w.committed(seed, from, until, 5)
	second, err := w.Draw(t.Context(), court, again.ID, seed.String())
	w.Must(err)
	if slices.Equal(first.Picked, second.Picked) && first.Root == second.Root {
		t.Error("a second commit of the same seed draws the same")
	}
	for name, n := range map[string]audit.NewDraw{
		"no hash":   {From: from, Until: until, Count: 5, Reason: "x"},
		"the seed":  {SeedHash: strings.ToUpper(seed.Hash()), From: from, Until: until, Count: 5, Reason: "x"},
		"nothing":   {SeedHash: seed.Hash(), From: from, Until: until, Reason: "x"},
		"no reason": {SeedHash: seed.Hash(), From: from, Until: until, Count: 5},
		"a person":  {SeedHash: seed.Hash(), From: from, Until: until, Count: 5, Reason: "about 11010519491231002X"},
		"no time":   {SeedHash: seed.Hash(), From: until.AddDate(1, 0, 0), Until: until.AddDate(2, 0, 0), Count: 5, Reason: "x"},
	} {
		if _, err := w.Commit(t.Context(), court, n); err == nil {
			t.Errorf("%s: committed", name)
		}
	}
}

func TestASampledEntryGoesFromTheQuestionToTheFinding(t *testing.T) {
	w := newWorld(t)
	from, until := w.used(12)
	seed := sample.NewSeed()
	d := w.committed(seed, from, until, 2)
	_, err := w.Draw(t.Context(), court, d.ID, seed.String())
	w.Must(err)
	cases, err := w.Cases(t.Context(), court, d.ID, identity.Page{})
	w.Must(err)
	if len(cases) != 2 || cases[0].Member != "tax" {
		t.Fatalf("%+v", cases)
	}
	id := cases[0].ID
	open, err := w.Open(t.Context(), court, id)
	w.Must(err)
	if open.Entry.Officer == "" || open.Entry.Case == "" || open.Entry.Trace != cases[0].Trace {
		t.Errorf("opened: %+v", open.Entry)
	}
	if list, err := w.Cases(t.Context(), steward, "", identity.Page{}); err != nil || len(list) != 0 {
		t.Errorf("the member sees what was only drawn: %v, %v", list, err)
	}
	if _, err := w.Find(t.Context(), court, id, audit.InOrder, "fine"); !errors.Is(err, vocab.StateWrong) {
		t.Errorf("a finding before the question: %v", err)
	}
	_, err = w.Ask(t.Context(), court, id)
	w.Must(err)
	if _, err := w.Find(t.Context(), court, id, audit.InOrder, "fine"); !errors.Is(err, vocab.StateWrong) {
		t.Errorf("a finding before the answer: %v", err)
	}
	foreign := ledgertest.Officer("civil", vocab.Steward)
	_, err1 := w.Answer(t.Context(), foreign, id, "file T-1")
	_, err2 := w.Answer(t.Context(), foreign, "ac-none", "file T-1")
	if err1 == nil || err1.Error() != err2.Error() {
		t.Errorf("a foreign case: %v, none: %v", err1, err2)
	}
	if _, err := w.Answer(t.Context(), steward, id, "of 11010519491231002X"); !errors.Is(err, vocab.BadInput) {
		t.Errorf("an answer with a person's number: %v", err)
	}
	_, err = w.Answer(t.Context(), steward, id, "file T-1, page 3")
	w.Must(err)
	own := ledgertest.Officer("tax", vocab.Auditor)
	if _, err := w.Find(t.Context(), own, id, audit.InOrder, "fine"); !errors.Is(err, vocab.SecondNeeded) {
		t.Errorf("about one's own body: %v", err)
	}
	c, err := w.Find(t.Context(), court, id, audit.BeyondPurpose, "the file is about another tax")
	w.Must(err)
	if c.State != audit.Judged || c.Verdict != audit.BeyondPurpose {
		t.Errorf("%+v", c)
	}
	page, err := w.List(t.Context(), court, audit.Filter{Member: "court"})
	w.Must(err)
	var acts []string
	for _, e := range page.Entries {
		acts = append(acts, e.Act)
	}
	for _, want := range []string{"audit.found", "audit.asked", "audit.drawn", "audit.committed", "audit.list"} {
		if !slices.Contains(acts, want) {
			t.Errorf("no entry %s among %v", want, acts)
		}
	}
}

// Browsing a celebrity: one officer looks at one person again and again, with
// cases that are none. The list shows the officer, the sample the missing files.
func TestBrowsingACelebrity(t *testing.T) {
	w := newWorld(t)
	from := w.Clock.Now()
	var last vocab.TraceID
	for i := range 30 {
		w.Clock.Advance(time.Hour)
		officer, person := fmt.Sprint("o", i%3), 1+i%7
		if i%2 == 0 {
			officer, person = "curious", 77
		}
		last = w.Access(ledgertest.Use{Person: person, Officer: officer, Case: fmt.Sprint("T-", i)})
	}
	w.Settle(last)
	until := w.Clock.Now().Add(time.Second)
	page, err := w.List(t.Context(), court, audit.Filter{Member: "tax", Officer: "curious", From: from, Until: until})
	w.Must(err)
	if len(page.Entries) != 15 {
		t.Errorf("%d entries of the officer", len(page.Entries))
	}
	seen, err := w.Ledger.Uses(t.Context(), ledger.UsesOf{Viewer: ledger.Viewer{Person: w.Person(77).Self}})
	w.Must(err)
	if len(seen.Uses) != 15 {
		t.Errorf("the person sees %d uses", len(seen.Uses))
	}
	seed := sample.NewSeed()
	d := w.committed(seed, from, until, 20) // of thirty, fifteen of them hers
	_, err = w.Draw(t.Context(), court, d.ID, seed.String())
	w.Must(err)
	cases, err := w.Cases(t.Context(), court, d.ID, identity.Page{})
	w.Must(err)
	found := 0
	for _, c := range cases {
		o, err := w.Open(t.Context(), court, c.ID)
		w.Must(err)
		if o.Entry.Officer != "curious" {
			continue
		}
		_, err = w.Ask(t.Context(), court, c.ID)
		w.Must(err)
		_, err = w.Find(t.Context(), court, c.ID, audit.NotAnswered, "no file of that number")
		w.Must(err)
		found++
	}
	if found < 5 {
		t.Errorf("twenty of thirty, and only %d of the officer's fifteen", found)
	}
}

// A use whose outcome never came is drawn like any other.
func TestAUseWithoutAnOutcomeCanBeDrawn(t *testing.T) {
	w := newWorld(t)
	from := w.Clock.Now()
	trace := w.Access(ledgertest.Use{Person: 1, State: "open"})
	w.Settle(w.Access(ledgertest.Use{Person: 1}))
	seed := sample.NewSeed()
	w.used(1)
	d := w.committed(seed, from, w.Clock.Now().Add(time.Minute), 10)
	got, err := w.Draw(t.Context(), court, d.ID, seed.String())
	w.Must(err)
	cases, err := w.Cases(t.Context(), court, d.ID, identity.Page{})
	w.Must(err)
	if len(got.Picked) != 3 || !slices.ContainsFunc(cases, func(c audit.Case) bool { return c.Trace == trace }) {
		t.Errorf("drawn %+v", cases)
	}
}

func TestListsNarrowToExceptions(t *testing.T) {
	w := newWorld(t)
	w.used(3)
	w.Access(ledgertest.Use{State: vocab.Refused, Refused: "grant-ended", Officer: "li"})
	w.Must(w.DB.Write(t.Context(), func(tx *db.Tx) error {
		for _, act := range []string{"deferral.ordered", "emergency.begun", "request.order", "item.bind"} {
			if err := w.Ledger.Act(t.Context(), tx, act, map[string]string{"member": "tax"}); err != nil {
				return err
			}
		}
		return nil
	}))
	for about, want := range map[audit.About]int{audit.Deferrals: 1, audit.Emergencies: 1, audit.Overrides: 1, audit.Refusals: 1} {
		p, err := w.List(t.Context(), court, audit.Filter{About: about})
		w.Must(err)
		if len(p.Entries) != want {
			t.Errorf("%s: %d entries", about, len(p.Entries))
		}
	}
	for name, a := range map[string]identity.Actor{"a steward": steward, "the authority": ledgertest.Officer("bureau", vocab.Authority), "a person": w.Person(1)} {
		if _, err := w.List(t.Context(), a, audit.Filter{}); err == nil {
			t.Errorf("%s reads every entry", name)
		}
	}
	if _, err := w.List(t.Context(), court, audit.Filter{About: "gossip"}); !errors.Is(err, vocab.BadInput) {
		t.Errorf("an unknown sort: %v", err)
	}
	var all []ledger.Access
	f := audit.Filter{Member: "tax", Limit: 3}
	for {
		p, err := w.List(t.Context(), court, f)
		w.Must(err)
		all = append(all, p.Entries...)
		if f.After = p.Next; p.Next == 0 {
			break
		}
	}
	if len(all) != 8 {
		t.Errorf("%d entries of the tax office over its pages", len(all))
	}
	var csv, lines bytes.Buffer
	w.Must(w.File(t.Context(), court, audit.Filter{Member: "tax"}, "csv", &csv))
	w.Must(w.File(t.Context(), court, audit.Filter{Member: "tax"}, "jsonl", &lines))
	if n := strings.Count(csv.String(), "\n"); n != 9 || strings.Count(lines.String(), "\n") != 8 {
		t.Errorf("%d lines of csv, %d of json", n, strings.Count(lines.String(), "\n"))
	}
}

func TestAReportAddsUpAndHidesSmallCells(t *testing.T) {
	w := newWorld(t)
	from := w.Clock.Now()
	act := func(name string, fields map[string]string) {
		w.Must(w.DB.Write(t.Context(), func(tx *db.Tx) error { return w.Ledger.Act(t.Context(), tx, name, fields) }))
	}
	request := func(provider string, i int, late bool, decide, citation string) {
		f := map[string]string{"member": "tax", "provider": provider, "request": fmt.Sprint(provider, i)}
		act("request.submit", f)
		w.Clock.Advance(48 * time.Hour)
		if late {
			act("request.overdue", f)
		}
		f["citation"] = citation
		act("request."+decide, f)
	}
	for i := range 22 {
		request("civil", i, i < 11, map[bool]string{true: "refuse", false: "agree"}[i%2 == 0], "Art. 4")
	}
	for i := range 3 {
		request("police", i, false, "refuse", "Art. 9")
	}
	for i := range 12 {
		request("shelter", i, i == 0, "agree", "")
	}
	got, err := w.Report(t.Context(), court, from, w.Clock.Now().Add(time.Hour), 0)
	w.Must(err)
	cell := func(table, body string) audit.Cell {
		i := slices.IndexFunc(got.Cells, func(c audit.Cell) bool { return c.Table == table && string(c.Body) == body })
		if i < 0 {
			t.Fatalf("no cell %s of %s in %+v", table, body, got.Cells)
		}
		return got.Cells[i]
	}
	civil := cell(audit.TableAnswers, "civil")
	if civil.Count == nil || *civil.Count != 22 || civil.Late == nil || *civil.Late != 11 || civil.Days == nil || *civil.Days != 2 || civil.Region != "990000" {
		t.Errorf("answers of civil: %+v", civil)
	}
	for _, hidden := range []audit.Cell{cell(audit.TableAnswers, "police"), cell(audit.TableRefusals, "police"), cell(audit.TableAnswers, "shelter"), cell(audit.TableRefusals, "civil")} {
		if !hidden.Suppressed || hidden.Count != nil || hidden.Late != nil || hidden.Days != nil {
			t.Errorf("a small cell, or the one that would tell it: %+v", hidden)
		}
	}
	if _, err := w.Report(t.Context(), steward, from, w.Clock.Now(), 0); err == nil {
		t.Error("a steward makes reports")
	}
	_, err = w.Publish(t.Context(), court, from, w.Clock.Now())
	w.Must(err)
	if _, err := w.Publish(t.Context(), court, from.AddDate(0, 0, 1), w.Clock.Now()); !errors.Is(err, vocab.StateWrong) {
		t.Errorf("a second report over a part of the time, whose difference tells: %v", err)
	}
	list, err := w.Published(t.Context(), identity.Page{})
	w.Must(err)
	if len(list) != 1 || list[0].Least != audit.Least || len(list[0].Cells) == 0 {
		t.Fatalf("published: %+v", list)
	}
	file, err := w.ReportFile(t.Context(), list[0].ID)
	w.Must(err)
	lines, err := audit.Lines(file)
	w.Must(err)
	for _, want := range []string{",answers,civil,990000,,22,11,2.0,false\n", ",answers,police,990000,,,,,true\n"} {
		if !strings.Contains(string(lines), want) {
			t.Errorf("the lines have no %q:\n%s", want, lines)
		}
	}
}

// Only a time that is over has a report: what is to come would stand as nothing, and
// would keep its own report away.
func TestAReportOfATimeThatIsNotOverIsRefused(t *testing.T) {
	w := newWorld(t)
	from := w.Clock.Now().AddDate(0, -1, 0)
	for name, until := range map[string]time.Time{"a year ahead": w.Clock.Now().AddDate(1, 0, 0), "an instant ahead": w.Clock.Now().Add(time.Microsecond)} {
		if _, err := w.Publish(t.Context(), court, from, until); !errors.Is(err, vocab.StateWrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
	list, err := w.Published(t.Context(), identity.Page{})
	w.Must(err)
	if len(list) != 0 {
		t.Errorf("%d reports stand", len(list))
	}
	w.Must(second(w.Preview(t.Context(), court, from, w.Clock.Now())))
	w.Must(second(w.Publish(t.Context(), court, from, w.Clock.Now())))
}

// A report that is wrong is withdrawn with a reason: it stays to be read, its file
// as it was, and only the report of its very own time may follow it.
func TestAWithdrawnReportStaysAndOnlyItsOwnTimeIsPublishedAnew(t *testing.T) {
	w := newWorld(t)
	from, until := w.Clock.Now().AddDate(0, -1, 0), w.Clock.Now()
	first, err := w.Publish(t.Context(), court, from, until)
	w.Must(err)
	before, err := w.ReportFile(t.Context(), first.ID)
	w.Must(err)
	if err := w.Withdraw(t.Context(), steward, first.ID, "wrong"); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("a steward withdraws: %v", err)
	}
	if err := w.Withdraw(t.Context(), court, first.ID, " "); !errors.Is(err, vocab.BadInput) {
		t.Errorf("without a reason: %v", err)
	}
	if err := w.Withdraw(t.Context(), court, "rp-none", "wrong"); !errors.Is(err, vocab.NoSuchThing) {
		t.Errorf("of no report: %v", err)
	}
	w.Must(w.Withdraw(t.Context(), court, first.ID, "March was counted twice"))
	if err := w.Withdraw(t.Context(), court, first.ID, "again"); !errors.Is(err, vocab.StateWrong) {
		t.Errorf("twice: %v", err)
	}
	if _, err := w.Publish(t.Context(), court, from, until.Add(-time.Hour)); !errors.Is(err, vocab.StateWrong) {
		t.Errorf("a part of the time, whose difference to what was read tells: %v", err)
	}
	w.Must(second(w.Publish(t.Context(), court, from, until)))
	if _, err := w.Publish(t.Context(), court, from, until); !errors.Is(err, vocab.StateWrong) {
		t.Errorf("a third of the same time: %v", err)
	}
	list, err := w.Published(t.Context(), identity.Page{})
	w.Must(err)
	if len(list) != 2 {
		t.Fatalf("%d reports", len(list))
	}
	i := slices.IndexFunc(list, func(r audit.Report) bool { return r.ID == first.ID })
	if got := list[i].Withdrawn; got == nil || got.Reason != "March was counted twice" || list[1-i].Withdrawn != nil {
		t.Errorf("%+v", list)
	}
	after, err := w.ReportFile(t.Context(), first.ID)
	w.Must(err)
	if string(before) != string(after) || list[i].SHA256 != first.SHA256 {
		t.Error("the file of a withdrawn report is another")
	}
}

func second[T any](_ T, err error) error { return err }

// What two officers did is on one list, and what two did whom one had admitted on
// another: hands that one officer admitted count as two, and are looked at first.
func TestTheAuditorListsWhatTwoHandsDidAndWhoAdmittedThem(t *testing.T) {
	w := newWorld(t)
	for i, two := range []hands.Two{
		{First: "li", Second: "yu", FirstBy: []vocab.OfficerID{"chief"}, SecondBy: []vocab.OfficerID{"chief"}},
		{First: "li", Second: "wu", FirstBy: []vocab.OfficerID{"chief"}, SecondBy: []vocab.OfficerID{"deputy"}},
	} {
		w.Must(w.DB.Write(t.Context(), func(tx *db.Tx) error {
			return w.Ledger.Act(t.Context(), tx, fmt.Sprint("untag.", i), map[string]string{ledger.FieldMember: "tax", hands.Field: two.String()})
		}))
	}
	for about, want := range map[audit.About][]string{audit.Hands: {"untag.1", "untag.0"}, audit.OneAdmitter: {"untag.0"}} {
		p, err := w.List(t.Context(), court, audit.Filter{About: about})
		w.Must(err)
		var got []string
		for _, e := range p.Entries {
			got = append(got, e.Act)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", about, got, want)
		}
	}
	var file bytes.Buffer
	w.Must(w.File(t.Context(), court, audit.Filter{About: audit.OneAdmitter}, "csv", &file))
	if !strings.Contains(file.String(), "li ← chief; yu ← chief") {
		t.Errorf("the file: %s", file.String())
	}
}
