package retention_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/ledgertest"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/retention"
	"fontis/internal/vocab"
)

type world struct {
	*ledgertest.World
	*retention.Service
	law *least
}

var (
	bureau = ledgertest.Officer("bureau", vocab.Authority)
	court  = ledgertest.Officer("court", vocab.Auditor)
)

func newWorld(t *testing.T, rules ...retention.Rule) *world {
	w := ledgertest.New(t, "retention")
	law := &least{retention.Least{Kind: "access", Row: "retention.access", Jurisdiction: "XX", Years: 1, Citation: "Invented Act art. 1"}}
	s := retention.NewService(retention.Parts{
		DB: w.DB, Clock: w.Clock, Ledger: w.Ledger, Identity: w.Identity, Least: law.rows,
		Keeper:    func(context.Context) (vocab.MemberID, error) { return "bureau", nil },
		DatasetOf: func(vocab.MemberID, vocab.GrantID) (vocab.DatasetID, bool) { return "CIVIL-1", true },
	})
	for _, r := range rules {
		w.Must(s.PutRule(t.Context(), bureau, r))
	}
	return &world{w, s, law}
}

// least is the law's own rows, which may change under a rule.
type least []retention.Least

func (l *least) rows(context.Context) ([]retention.Least, error) { return *l, nil }

func rule(dataset string, years int) retention.Rule {
	return retention.Rule{Dataset: dataset, Kind: "access", Years: years, Citation: "Invented Act art. 3"}
}

func (w *world) use(items ...string) vocab.TraceID {
	w.T.Helper()
	trace := w.Access(ledgertest.Use{Person: 1, Case: "T-1", Items: items})
	w.Settle(trace)
	return trace
}

func (w *world) erased(trace vocab.TraceID) bool {
	w.T.Helper()
	e, err := w.Ledger.Entry(w.T.Context(), trace, ledger.Viewer{Auditor: true})
	w.Must(err)
	return e.Erased
}

func (w *world) round() int {
	w.T.Helper()
	n, err := w.Due(w.T.Context())
	w.Must(err)
	return n
}

func TestRecordsAreDestroyedWhenTheirTimeIsOverAndTheLogStillVerifies(t *testing.T) {
	w := newWorld(t, rule(retention.Any, 3), rule("LONG", 10))
	short, long, both := w.use("D/A"), w.use("LONG/A"), w.use("D/A", "LONG/B")
	w.Clock.Set(w.Clock.Now().AddDate(3, 0, 0).Add(-time.Minute))
	if n := w.round(); n != 0 {
		t.Fatalf("%d destroyed before their time", n)
	}
	w.Clock.Advance(2 * time.Minute)
	young := w.use("D/A")
	if n := w.round(); n != 1 || !w.erased(short) || w.erased(long) || w.erased(both) || w.erased(young) {
		t.Errorf("%d destroyed; short %v, long %v, both %v, young %v", n, w.erased(short), w.erased(long), w.erased(both), w.erased(young))
	}
	if n := w.round(); n != 0 {
		t.Errorf("the next round destroys %d more", n)
	}
	certs, err := w.Certificates(t.Context(), court, identity.Page{})
	w.Must(err)
	if len(certs) != 1 || certs[0].Count != 1 || certs[0].Citation == "" || len(w.Kept) != 1 || w.Kept[0].Traces[0] != short {
		t.Errorf("certificates %+v, kept for restores %+v", certs, w.Kept)
	}
	e, err := w.Ledger.Entry(t.Context(), certs[0].Trace, ledger.Viewer{Auditor: true})
	if err != nil || e.Kind != proof.Erasure.String() || e.Index == nil && e.State == "" {
		t.Errorf("the certificate's leaf: %+v, %v", e, err)
	}
	w.Settle(young)
	r, err := w.Ledger.Receipt(t.Context(), short, ledger.Viewer{Auditor: true})
	w.Must(err)
	parsed, err := proof.ParseReceipt(r.Intent)
	w.Must(err)
	if parsed.Opening != nil {
		t.Error("the receipt of a destroyed entry still opens it")
	}
	uses, err := w.Ledger.Uses(t.Context(), ledger.UsesOf{Viewer: ledger.Viewer{Person: w.Person(1).Self}})
	w.Must(err)
	if len(uses.Uses) != 4 || uses.Uses[3].Number != 1 || !uses.Uses[3].Erased || uses.Uses[3].Case != "" {
		t.Errorf("the person's view: %+v", uses.Uses)
	}
	w.Clock.Set(w.Clock.Now().AddDate(7, 0, 0))
	if n := w.round(); n < 2 || !w.erased(long) || !w.erased(both) {
		t.Errorf("after ten years %d destroyed", n)
	}
}

func TestWithoutARuleNothingIsDestroyed(t *testing.T) {
	w := newWorld(t, rule("D", 1))
	one, mixed, status := w.use("E/A"), w.use("D/A", "E/A"), w.use("alive")
	w.Clock.Set(w.Clock.Now().AddDate(50, 0, 0))
	if n := w.round(); n != 0 || w.erased(one) || w.erased(mixed) || w.erased(status) {
		t.Errorf("%d destroyed without a rule", n)
	}
	said := rule("CIVIL-1", 2)
	said.Verified = true // the officer's word
	w.Must(w.PutRule(t.Context(), bureau, said))
	rules, err := w.Rules(t.Context())
	w.Must(err)
	for _, r := range rules {
		if r.Dataset == "CIVIL-1" && r.Verified {
			t.Error("an officer's word made a row of the law a verified one")
		}
	}
	if n := w.round(); n != 1 || !w.erased(status) {
		t.Errorf("a question that names no item has the data set of its grant: %d destroyed", n)
	}
}

// A rule is refused when it is put, and held back when the law came to ask more
// after it was put; a kind of entry without a row of the law is never destroyed.
func TestTheLawsRowIsTheShortestTime(t *testing.T) {
	w := newWorld(t, rule(retention.Any, 1), rule("LONG", 10))
	short, long := w.use("D/A"), w.use("LONG/A")
	*w.law = least{{Kind: "access", Row: "retention.access", Jurisdiction: "XX", Years: 3, Citation: "Invented Act art. 2"}, {Kind: "contest", Row: "retention.contest", Jurisdiction: "XX", Years: 2, Citation: "c"}}
	err := w.PutRule(t.Context(), bureau, rule("D", 2))
	if vocab.CodeOf(err) != vocab.KeptTooShort || !strings.Contains(err.Error(), "retention.access of XX: Invented Act art. 2") {
		t.Errorf("two years under a row of three: %v", err)
	}
	for kind, want := range map[string]vocab.Code{"act": vocab.RuleMissing, "contest": vocab.KeptTooShort, "audit": ""} {
		r := retention.Rule{Dataset: "D", Kind: kind, Years: 1, Citation: "c"}
		if err := w.PutRule(t.Context(), bureau, r); err == nil && want != "" || err != nil && vocab.CodeOf(err) != want {
			t.Errorf("one year of %s: %v, want %q", kind, err, want)
		}
	}
	w.Clock.Set(w.Clock.Now().AddDate(3, 0, 0).Add(-time.Minute))
	if n := w.round(); n != 0 || w.erased(short) {
		t.Fatalf("%d destroyed before the law's time", n)
	}
	w.Clock.Advance(2 * time.Minute)
	*w.law = nil
	if n := w.round(); n != 0 || w.erased(short) {
		t.Fatalf("%d destroyed without a row of the law", n)
	}
	*w.law = least{{Kind: "access", Row: "retention.access", Jurisdiction: "XX", Years: 3, Citation: "Invented Act art. 2"}}
	if n := w.round(); n != 1 || !w.erased(short) || w.erased(long) {
		t.Errorf("%d destroyed; short %v, long %v", n, w.erased(short), w.erased(long))
	}
	certs, err := w.Certificates(t.Context(), court, identity.Page{})
	w.Must(err)
	if len(certs) != 1 || certs[0].Years != 3 || certs[0].Citation != "Invented Act art. 2" {
		t.Errorf("the certificate cites %+v", certs)
	}
}

func TestAShorterRuleLooksAgain(t *testing.T) {
	w := newWorld(t, rule(retention.Any, 20))
	trace := w.use("D/A")
	w.Clock.Set(w.Clock.Now().AddDate(5, 0, 0))
	w.round()
	w.Must(w.PutRule(t.Context(), bureau, rule(retention.Any, 3)))
	if n := w.round(); n != 1 || !w.erased(trace) {
		t.Errorf("%d destroyed", n)
	}
}

func TestAHoldKeepsAgainstEveryErasure(t *testing.T) {
	for about, target := range map[retention.About]string{
		retention.Entry: "", retention.CaseNo: "T-1", retention.Grant: "g-1", retention.Dataset: "D", retention.Member: "civil", retention.Person: "",
	} {
		t.Run(string(about), func(t *testing.T) {
			w := newWorld(t, rule(retention.Any, 1))
			trace := w.use("D/A")
			n := retention.NewHold{About: about, Target: target, Reason: "a trial", Reference: "2026-1"}
			switch about {
			case retention.Entry:
				n.Target = string(trace)
			case retention.Person:
				n.Subject = ledgertest.Key(1)
			}
			h, err := w.PutHold(t.Context(), court, n)
			w.Must(err)
			w.Clock.Set(w.Clock.Now().AddDate(2, 0, 0))
			if got := w.round(); got != 0 || w.erased(trace) {
				t.Errorf("the daily round destroyed %d", got)
			}
			e := ledger.Erasure{Traces: []vocab.TraceID{trace}, Reason: "by hand"}
			if _, err := w.Ledger.Erase(t.Context(), e); !errors.Is(err, vocab.OnHold) || w.erased(trace) || len(w.Kept) != 0 {
				t.Errorf("by hand: %v, %d kept for restores", err, len(w.Kept))
			}
			if err := w.Lift(t.Context(), bureau, h.ID, "x"); vocab.CodeOf(err) != vocab.NoSuchThing {
				t.Errorf("another body lifts: %v", err)
			}
			w.Must(w.Lift(t.Context(), court, h.ID, "the trial is over"))
			if err := w.Lift(t.Context(), court, h.ID, "again"); !errors.Is(err, vocab.StateWrong) {
				t.Errorf("lifted twice: %v", err)
			}
			if got := w.round(); got != 1 || !w.erased(trace) {
				t.Errorf("after the hold the round destroyed %d", got)
			}
		})
	}
}

// A restored backup destroys again, whatever hold came since.
func TestARestoreDestroysAgain(t *testing.T) {
	w := newWorld(t, rule(retention.Any, 1))
	trace := w.use("D/A")
	_, err := w.PutHold(t.Context(), court, retention.NewHold{About: retention.Entry, Target: string(trace), Reason: "r", Reference: "f"})
	w.Must(err)
	_, err = w.Ledger.Erase(t.Context(), ledger.Erasure{Traces: []vocab.TraceID{trace}, Reason: "replayed", Replay: true})
	if err != nil || !w.erased(trace) {
		t.Errorf("replay: %v", err)
	}
}

func TestOnlyWhoMayPutsRulesAndHolds(t *testing.T) {
	w := newWorld(t)
	machine := court
	machine.Machine = "m"
	for name, a := range map[string]identity.Actor{
		"a steward": ledgertest.Officer("civil", vocab.Steward), "another authority": ledgertest.Officer("civil", vocab.Authority), "a machine": machine, "a person": w.Person(1), "nobody": {},
	} {
		if _, err := w.PutHold(t.Context(), a, retention.NewHold{About: retention.Member, Target: "civil", Reason: "r", Reference: "f"}); err == nil {
			t.Errorf("%s puts a hold", name)
		}
		if err := w.PutRule(t.Context(), a, rule("D", 3)); err == nil {
			t.Errorf("%s puts a rule", name)
		}
	}
	for name, r := range map[string]retention.Rule{
		"no citation": {Dataset: "D", Kind: "access", Years: 3}, "no years": {Dataset: "D", Kind: "access", Citation: "c"},
		"for ever": {Dataset: "D", Kind: "access", Years: 1000, Citation: "c"}, "no kind": {Dataset: "D", Years: 3, Citation: "c"}, "no data set": {Kind: "access", Years: 3, Citation: "c"},
	} {
		if err := w.PutRule(t.Context(), bureau, r); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	for name, n := range map[string]retention.NewHold{
		"no reason": {About: retention.Member, Target: "civil", Reference: "f"}, "no file": {About: retention.Member, Target: "civil", Reason: "r"},
		"nothing": {About: retention.Member, Reason: "r", Reference: "f"}, "unknown": {About: "mood", Target: "x", Reason: "r", Reference: "f"},
		"a person by name": {About: retention.Person, Target: "Li", Reason: "r", Reference: "f"},
	} {
		if _, err := w.PutHold(t.Context(), court, n); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// What is kept beside the ledger goes by the same rules and holds, and each round
// that destroys leaves a certificate with a leaf of its own.
func TestWhatStandsBesideTheLedgerGoesWhenItsTimeIsOver(t *testing.T) {
	w := newWorld(t, retention.Rule{Dataset: retention.Any, Kind: "contest", Years: 3, Citation: "Invented Act art. 4"},
		retention.Rule{Dataset: "LONG", Kind: "contest", Years: 10, Citation: "Invented Act art. 5"})
	closed := w.Clock.Now()
	things := map[string]retention.Stored{
		"a": {ID: "a", Dataset: "D", Closed: closed},
		"b": {ID: "b", Dataset: "LONG", Closed: closed},
		"c": {ID: "c", Dataset: "D", Person: w.Person(1).Self, Closed: closed},
		"d": {ID: "d", Dataset: "D", Names: []string{"K-1"}, Closed: closed},
		"e": {ID: "e", Dataset: "D", Closed: closed.AddDate(2, 0, 0)},
	}
	var gone []string
	w.Keep(retention.Store{
		Kind: "contest", Tables: []string{"retention_hold"},
		Over: func(_ context.Context, _ *db.Tx, before time.Time, after string, limit int) (out []retention.Stored, err error) {
			for _, id := range slices.Sorted(maps.Keys(things)) {
				if one := things[id]; id > after && len(out) < limit && one.Closed.Before(before) {
					out = append(out, one)
				}
			}
			return out, nil
		},
		Destroy: func(_ context.Context, _ *db.Tx, id string) error {
			gone = append(gone, id)
			delete(things, id)
			return nil
		},
	})
	person, err := w.PutHold(t.Context(), court, retention.NewHold{About: retention.Person, Subject: ledgertest.Key(1), Reason: "a suit", Reference: "C-1"})
	w.Must(err)
	_, err = w.PutHold(t.Context(), court, retention.NewHold{About: retention.CaseNo, Target: "K-1", Reason: "a suit", Reference: "C-2"})
	w.Must(err)
	w.Clock.Set(closed.AddDate(3, 0, 0).Add(-time.Minute))
	if n := w.round(); n != 0 || len(gone) > 0 {
		t.Fatalf("destroyed before their time: %v", gone)
	}
	w.Clock.Advance(2 * time.Minute)
	if n := w.round(); n != 1 || !slices.Equal(gone, []string{"a"}) {
		t.Errorf("destroyed %v, want a alone", gone)
	}
	w.Must(w.Lift(t.Context(), court, person.ID, "closed"))
	if n := w.round(); n != 1 || !slices.Equal(gone, []string{"a", "c"}) {
		t.Errorf("after the hold: %v", gone)
	}
	list, err := w.Certificates(t.Context(), bureau, identity.Page{})
	w.Must(err)
	if len(list) != 2 || list[0].Kind != "contest" || list[0].Count != 1 || list[0].Citation != "Invented Act art. 4" {
		t.Fatalf("certificates: %+v", list)
	}
	w.use("D/A") // and waits: the leaf of the certificate stands before it
	e, err := w.Ledger.Entry(t.Context(), list[0].Trace, ledger.Viewer{Auditor: true})
	if err != nil || e.Kind != proof.Erasure.String() || e.Index == nil {
		t.Errorf("the certificate's leaf: %+v, %v", e, err)
	}
}
