// Package ledgertest opens a small world for the tests of what stands on the
// ledger: a real database, a real log, members with officers, invented persons
// and a clock that the test moves.
package ledgertest

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/keys"
	"fontis/internal/engine/tlog"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/password"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Origin is the log's name.
const Origin = "law.test/log/1"

// World is a node without its door.
type World struct {
	T        testing.TB
	DB       *db.DB
	Clock    *clock.Fake
	Keys     *keys.Store
	Log      *tlog.Log
	LogDir   string
	VKey     string
	Ledger   *ledger.Ledger
	Identity *identity.Service
	Kept     []ledger.Erasure // what a restore would replay
	Policy   *proof.Policy
}

// New opens the world with the tables of the packages beside those of ledger and
// identity.
func New(t testing.TB, packages ...string) *World {
	t.Helper()
	w := &World{T: t, Clock: clock.NewFake(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), LogDir: t.TempDir()}
	w.DB = dbtest.Open(t, append([]string{"identity", "ledger"}, packages...)...)
	var err error
	w.Keys, err = keys.Open(filepath.Join(t.TempDir(), "keys"), keys.Options{New: true})
	w.Must(err)
	skey, vkey, err := note.GenerateKey(nil, Origin)
	w.Must(err)
	signer, err := note.NewSigner(skey)
	w.Must(err)
	w.VKey = vkey
	w.Policy, err = proof.PolicyFor(vkey, 0)
	w.Must(err)
	w.Log, err = tlog.Open(t.Context(), tlog.Options{Dir: w.LogDir, Origin: Origin, Signer: signer, VerifierKey: vkey})
	w.Must(err)
	w.Ledger, err = ledger.Open(t.Context(), ledger.Options{
		DB: w.DB, Log: w.Log, Origin: Origin, Signer: signer, Clock: w.Clock,
		Keep: func(e ledger.Erasure) error { w.Kept = append(w.Kept, e); return nil },
	})
	w.Must(err)
	t.Cleanup(func() { w.Ledger.Close(); w.Log.Close() })
	w.Identity, err = identity.New(identity.Parts{DB: w.DB, Keys: w.Keys, Clock: w.Clock, Ledger: w.Ledger},
		identity.Options{Demo: true, Password: password.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}})
	w.Must(err)
	w.people()
	return w
}

// people makes the members: the bureau keeps the node; civil, tax, police and
// shelter are departments of its area; court audits.
func (w *World) people() {
	w.T.Helper()
	inv, err := w.Identity.InitNode(w.T.Context(), identity.Init{
		Name: "law.test", Instance: "TEST", Jurisdiction: "990000",
		Authority: identity.NewMember{ID: "bureau", Name: identity.Name{En: "Data Bureau", Zh: "数据局"}, Kind: identity.KindAuthority, Region: "990000"},
		Officer:   identity.NewOfficer{Login: "first", Name: "First"},
	})
	w.Must(err)
	in, err := w.Identity.AcceptInvitation(w.T.Context(), inv.Code, "a long enough passphrase", identity.From{})
	w.Must(err)
	for _, m := range []vocab.MemberID{"civil", "tax", "police", "shelter", "court"} {
		kind := identity.KindDepartment
		if m == "court" {
			kind = identity.KindAuditor
		}
		_, err := w.Identity.AddMember(w.T.Context(), in.Actor, identity.NewMember{ID: m, Name: identity.Name{En: "The " + string(m)}, Kind: kind, Region: "990000"})
		w.Must(err)
	}
}

// Must ends the test on an error.
func (w *World) Must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// Officer is an actor with roles in a member, as sign-in would make it.
func Officer(m vocab.MemberID, roles ...vocab.Role) identity.Actor {
	return identity.Actor{Member: m, Officer: vocab.OfficerID("o@" + string(m)), Roles: roles, Region: "990000", OfNode: m == "bureau", Session: "s-" + string(m)}
}

// Key is the subject key of the n-th person who does not exist.
func Key(n int) vocab.SubjectKey {
	v := fmt.Sprintf("99000020000229%03d", n%1000)
	sum := 0
	for i, r := range v {
		sum += int(r-'0') * []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}[i]
	}
	return vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: v + string("10X98765432"[sum%11])}
}

// Person is the n-th person, acting for themself.
func (w *World) Person(n int) identity.Actor {
	w.T.Helper()
	a, err := w.Identity.SelfActor(Key(n))
	w.Must(err)
	a.Session = fmt.Sprint("p-", n)
	return a
}

// Use is one finished use of a person's data.
type Use struct {
	By      vocab.MemberID // tax when empty
	Person  int
	Subject vocab.SubjectKey // instead of Person, as of a firm
	Officer string
	Case    string
	Items   []string
	State   vocab.AccessState // released when empty; "open" leaves the outcome unknown
	Refused string
}

// Access writes a use and gives its trace.
func (w *World) Access(u Use) vocab.TraceID {
	w.T.Helper()
	if u.By == "" {
		u.By = "tax"
	}
	if u.Items == nil {
		u.Items = []string{"CIVIL-1/NAME"}
	}
	about := w.Person(u.Person).Self
	if u.Subject != (vocab.SubjectKey{}) {
		a, err := w.Identity.SelfActor(u.Subject)
		w.Must(err)
		about = a.Self
	}
	now := w.Clock.Now()
	trace := vocab.NewTrace(now)
	d := &ledger.Draft{
		Trace: trace, State: vocab.Intended, At: now, Owner: u.By, Provider: "civil", Grant: "g-1",
		Person: about, Personal: true,
		Fields: []ledger.Pair{
			{Name: ledger.FieldTrace, Value: string(trace)},
			{Name: ledger.FieldTime, Value: now.Format(time.RFC3339)},
			{Name: ledger.FieldMember, Value: string(u.By)},
			{Name: ledger.FieldProvider, Value: "civil"},
			{Name: ledger.FieldOfficer, Value: u.Officer},
			{Name: ledger.FieldCase, Value: u.Case},
			{Name: ledger.FieldPurpose, Value: "assessment"},
			{Name: ledger.FieldBasis, Value: "Tax Law art. 1"},
			{Name: ledger.FieldGrant, Value: "g-1"},
			{Name: ledger.FieldQuestion, Value: "compare"},
			{Name: ledger.FieldItems, Value: proof.ListValue(u.Items)},
		},
	}
	if u.State == vocab.Refused {
		d.State, d.Personal = vocab.Refused, false
		d.Fields = append(d.Fields, ledger.Pair{Name: ledger.FieldRefused, Value: u.Refused})
	}
	e, err := w.Ledger.Submit(w.T.Context(), d)
	w.Must(err)
	if u.State == "" {
		w.Ledger.Finish(ledger.Outcome{
			Seq: e.Seq, Trace: trace, Index: e.Index, State: vocab.Released, At: now,
			Fields: []ledger.Pair{{Name: ledger.FieldAnswers, Value: `{"` + u.Items[0] + `":"match"}`}},
		})
	}
	return trace
}

// Settle waits until what was written so far has its place in the log and its
// outcome on record.
func (w *World) Settle(trace vocab.TraceID) {
	w.T.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := w.Ledger.Receipt(w.T.Context(), trace, ledger.Viewer{Auditor: true})
		if err == nil && len(r.Outcome) > 0 {
			return
		}
		select {
		case <-deadline.C:
			w.T.Fatalf("no outcome of %s: %v", trace, err)
		case <-tick.C:
		}
	}
}
