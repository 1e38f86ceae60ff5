package app_test

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/audit"
	"fontis/internal/trust/ledger/checker"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/sample"
	"fontis/internal/vocab"
)

// sound checks a receipt off line, as its holder would who knows nothing of the
// node but the policy.
func sound(t *testing.T, what string, receipt []byte, origin string, policy *proof.Policy) *checker.Verdict {
	t.Helper()
	v, err := checker.Bytes(receipt, what, checker.Options{Policy: policy, Evidence: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if v.Word != checker.Sound || v.Origin != origin {
		t.Errorf("%s: %s in the log %s, want sound in %s: %+v", what, v.Word, v.Origin, origin, v.Findings)
	}
	return v
}

func TestAReceiptAfterADeclaredLossStandsInTheLogOfItsEntry(t *testing.T) {
	w := newWatched(t)
	world := apptest.Fill(t, apptest.Open(t, w.cfg, app.Options{}), 50, vocab.Compare)
	ask := func(i int) vocab.TraceID {
		t.Helper()
		got, err := world.Door.Ask(t.Context(), world.User, world.Ask(i%50, "1960-01-01"))
		if err != nil {
			t.Fatal(err)
		}
		return got.Trace
	}
	old := ask(1)
	sent := send(t, world, line(2, ""), line(3, ""), line(4, ""))
	if sent.State != batch.Done {
		t.Fatalf("%+v", sent)
	}
	for i := range 1000 {
		ask(i)
	}
	settle(t, world.App)
	oldOrigin, person := world.Ledger.Origin(), auditRef(world, 3)
	var backup bytes.Buffer
	if _, err := world.Backup(t.Context(), &backup); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		ask(i)
	}
	settle(t, world.App)
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := app.Restore(t.Context(), freshPlace(t, w.cfg), bytes.NewReader(backup.Bytes()), app.RestoreOptions{})
	if err != nil || !out.Lost() {
		t.Fatalf("restored %+v, %v: want a declared loss", out, err)
	}

	world.App = apptest.Open(t, freshPlace(t, w.cfg), app.Options{})
	for name, v := range map[string]struct {
		trace  vocab.TraceID
		viewer ledger.Viewer
	}{
		"an access":       {old, ledger.Viewer{Member: apptest.Tax}},
		"a batch's row":   {sent.Trace, ledger.Viewer{Person: person}},
		"a batch's whole": {sent.Trace, ledger.Viewer{Member: apptest.Tax}},
	} {
		r, err := world.Ledger.Receipt(t.Context(), v.trace, v.viewer)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(r.Outcome) == 0 || r.Lost != nil {
			t.Errorf("%s: no receipt of its outcome: %v", name, r.Lost)
			continue
		}
		sound(t, name, r.Intent, oldOrigin, w.policy)
		sound(t, name+"'s outcome", r.Outcome, oldOrigin, w.policy)
		parsed, err := proof.ParseReceipt(r.Intent)
		if err != nil {
			t.Fatal(err)
		}
		own, err := proof.ParsePolicy([]byte(parsed.Policy))
		if err != nil {
			t.Fatalf("the policy inside: %v", err)
		}
		sound(t, name+" by the policy inside", r.Intent, oldOrigin, own)
	}
	if err := world.Door.EndGrant(t.Context(), world.Steward, world.Grant.ID, access.GrantActive, "confirmed"); err != nil {
		t.Fatal(err)
	}
	fresh := ask(1)
	settle(t, world.App)
	r, err := world.Ledger.Receipt(t.Context(), fresh, ledger.Viewer{Member: apptest.Tax})
	for vocab.CodeOf(err) == vocab.ReceiptWaiting && t.Context().Err() == nil { // its place is written with its outcome
		<-time.After(5 * time.Millisecond)
		r, err = world.Ledger.Receipt(t.Context(), fresh, ledger.Viewer{Member: apptest.Tax})
	}
	if err != nil {
		t.Fatal(err)
	}
	sound(t, "an access after the restore", r.Intent, world.Ledger.Origin(), w.policy)
}

func TestAnEntryThatNoCheckpointOfAFrozenLogCoversIsSaidToBeLost(t *testing.T) {
	w := newWatched(t)
	world := apptest.Fill(t, apptest.Open(t, w.cfg, app.Options{}), 10, vocab.Compare)
	ask := func() vocab.TraceID {
		t.Helper()
		got, err := world.Door.Ask(t.Context(), world.User, world.Ask(1, "1960-01-01"))
		if err != nil {
			t.Fatal(err)
		}
		return got.Trace
	}
	covered := ask()
	settle(t, world.App)
	w.witness.Close()
	bare, oldOrigin := ask(), world.Ledger.Origin()
	var backup bytes.Buffer // at once: the outcome of the last is not on record yet
	if _, err := world.Backup(t.Context(), &backup); err != nil {
		t.Fatal(err)
	}
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := context.WithoutCancel(t.Context())
	if _, err := app.Restore(ctx, freshPlace(t, w.cfg), bytes.NewReader(backup.Bytes()), app.RestoreOptions{WithoutWitness: true}); err != nil {
		t.Fatal(err)
	}
	world.App = apptest.Open(t, freshPlace(t, w.cfg), app.Options{})
	viewer := ledger.Viewer{Member: apptest.Tax}
	r, err := world.Ledger.Receipt(ctx, covered, viewer)
	if err != nil {
		t.Fatal(err)
	}
	sound(t, "what the last checkpoint covers", r.Intent, oldOrigin, w.policy)
	_, err = world.Ledger.Receipt(ctx, bare, viewer)
	if vocab.CodeOf(err) != vocab.ReceiptLost || !strings.Contains(err.Error(), oldOrigin) || !strings.Contains(err.Error(), "declared a loss") {
		t.Errorf("a receipt that can never come: %v", err)
	}
	if e, err := world.Ledger.Entry(ctx, bare, viewer); err != nil || e.Index == nil {
		t.Errorf("the entry has lost its place in the frozen log: %+v, %v", e, err)
	}
}

func TestASampleReachesTheEntriesBeforeARestoreAndSaysWhatItDoesNot(t *testing.T) {
	w := newWatched(t)
	world := apptest.Fill(t, apptest.Open(t, w.cfg, app.Options{}), 50, vocab.Compare)
	ask := func(i int) {
		t.Helper()
		if _, err := world.Door.Ask(t.Context(), world.User, world.Ask(i%50, "1960-01-01")); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now().Add(-time.Hour)
	for i := range 300 {
		ask(i)
	}
	atRest(t, world)
	settle(t, world.App)
	oldOrigin, before := world.Ledger.Origin(), world.Log.State().Size
	var backup bytes.Buffer
	if _, err := world.Backup(t.Context(), &backup); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		ask(i)
	}
	settle(t, world.App)
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := freshPlace(t, w.cfg)
	if out, err := app.Restore(t.Context(), cfg, bytes.NewReader(backup.Bytes()), app.RestoreOptions{}); err != nil || !out.Lost() {
		t.Fatalf("restored %+v, %v: want a declared loss", out, err)
	}
	cfg = freshPlace(t, w.cfg)
	world.App = apptest.Open(t, cfg, app.Options{})
	desk, court := world.Records.Audit, apptest.Officer("court", vocab.Auditor)
	seed := sample.NewSeed()
	n := audit.NewDraw{SeedHash: seed.Hash(), From: begun, Until: time.Now().Add(time.Hour), Count: 12, Reason: "yearly"}
	if _, err := desk.Commit(t.Context(), court, n); vocab.CodeOf(err) != vocab.BadInput || !strings.Contains(err.Error(), oldOrigin) {
		t.Errorf("a time over a restore, and no log named: %v", err) // the restore itself is an entry of the new log
	}
	n.Log = oldOrigin
	d, err := desk.Commit(t.Context(), court, n)
	if err != nil {
		t.Fatal(err)
	}
	if d.Leaves != oldOrigin || d.Origin == oldOrigin || d.End < 300 || d.End > before || d.Lost < 40 {
		t.Fatalf("%d leaves stood at the backup: %+v", before, d)
	}
	got, err := desk.Draw(t.Context(), court, d.ID, seed.String())
	if err != nil || len(got.Picked) != 12 {
		t.Fatalf("%+v, %v", got, err)
	}
	cases, err := desk.Cases(t.Context(), court, d.ID, identity.Page{})
	if err != nil || len(cases) != 12 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, c := range cases {
		if o, err := desk.Open(t.Context(), court, c.ID); err != nil || o.Entry.Index == nil || *o.Entry.Index != c.Index || o.Entry.Member != apptest.Tax {
			t.Errorf("case %s: %+v, %v", c.ID, o.Entry, err)
		}
	}
	if err := world.Door.EndGrant(t.Context(), world.Steward, world.Grant.ID, access.GrantActive, "confirmed"); err != nil {
		t.Fatal(err)
	}
	ask(1) // and waits: a checkpoint covers the commit
	settle(t, world.App)
	for frozen, fine := range map[string]bool{"1": true, "2": false} {
		out, err := checker.Recompute(t.Context(), checker.Redraw{
			Address: filepath.Join(cfg.Dir, "data", "log", "2"), Frozen: filepath.Join(cfg.Dir, "data", "log", frozen),
			Drawn: checker.Drawn{
				Origin: got.Origin, Leaves: got.Leaves, SeedHash: got.SeedHash, Seed: got.Seed, CommitIndex: got.CommitIndex, Root: got.Root,
				First: got.First, End: got.End, Count: got.Count, Population: got.Population, Picked: got.Picked,
			},
		})
		if fine && (err != nil || len(out.Wrong) > 0 || out.Population != got.Population) || !fine && err == nil && len(out.Wrong) == 0 {
			t.Errorf("drawn again from log %s: %+v, %v", frozen, out, err)
		}
	}
}
