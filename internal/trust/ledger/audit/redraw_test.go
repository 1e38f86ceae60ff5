package audit_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/audit"
	"fontis/internal/trust/ledger/checker"
	"fontis/internal/trust/ledger/ledgertest"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/sample"
	"fontis/internal/vocab"
)

// A stranger draws again from the log's files alone, and every change of what was
// published shows.
func TestAStrangerRecomputesTheDrawFromTheFilesOfTheLog(t *testing.T) {
	w := newWorld(t)
	from, until := w.used(300) // more than one tile
	seed := sample.NewSeed()
	d := w.committed(seed, from, until, 9)
	got, err := w.Draw(t.Context(), court, d.ID, seed.String())
	w.Must(err)
	w.used(2) // and waits: a checkpoint covers the commit
	last := w.Access(ledgertest.Use{Person: 1})
	w.Settle(last)
	receipt, err := w.CommitReceipt(t.Context(), d.ID)
	w.Must(err)
	if bytes.Contains(receipt, []byte("yearly")) || bytes.Contains(receipt, []byte("o@court")) {
		t.Error("the public receipt tells who drew, or why")
	}
	honest := checker.Redraw{Address: w.LogDir, Receipt: receipt, Drawn: checker.Drawn{
		Origin: got.Origin, SeedHash: got.SeedHash, Seed: got.Seed, CommitIndex: got.CommitIndex, Root: got.Root, First: got.First, End: got.End,
		Count: got.Count, Population: got.Population, Picked: got.Picked,
	}}
	out, err := checker.Recompute(t.Context(), honest)
	w.Must(err)
	if len(out.Wrong) > 0 || len(out.Notes) > 0 || !slices.Equal(out.Picked, got.Picked) || out.Population != got.Population {
		t.Fatalf("%+v", out)
	}
	for name, change := range map[string]func(*checker.Redraw){
		"an entry exchanged":    func(r *checker.Redraw) { r.Picked = slices.Clone(r.Picked); r.Picked[0]++ },
		"an entry left out":     func(r *checker.Redraw) { r.Picked = r.Picked[1:] },
		"another seed":          func(r *checker.Redraw) { r.Seed = sample.NewSeed().String() },
		"another seed and hash": func(r *checker.Redraw) { s := sample.NewSeed(); r.Seed, r.SeedHash = s.String(), s.Hash() },
		"another root":          func(r *checker.Redraw) { r.Root = seed.String() },
		"a narrower range":      func(r *checker.Redraw) { r.First += 50 },
		"a smaller sample":      func(r *checker.Redraw) { r.Count = 3 },
		"another log":           func(r *checker.Redraw) { r.Origin = "else/log/1" },
	} {
		bad := honest
		change(&bad)
		if out, err := checker.Recompute(t.Context(), bad); err == nil && len(out.Wrong) == 0 {
			t.Errorf("%s: goes through", name)
		}
	}
	bare := honest
	bare.Receipt = nil
	if out, err := checker.Recompute(t.Context(), bare); err != nil || len(out.Wrong) > 0 || len(out.Notes) != 1 {
		t.Errorf("without the receipt: %+v, %v", out, err)
	}
	other, err := w.Ledger.Receipt(t.Context(), last, ledger.Viewer{Auditor: true})
	w.Must(err)
	foreign := honest
	foreign.Receipt = other.Intent
	if out, err := checker.Recompute(t.Context(), foreign); err == nil && len(out.Wrong) == 0 {
		t.Error("the receipt of another entry goes through")
	}
}

// What is published of a report is one file whose digest the log holds: who changes
// a figure afterwards changes the digest.
func TestAPublishedReportIsHeldByTheLog(t *testing.T) {
	w := newWorld(t)
	from, _ := w.used(3)
	r, err := w.Publish(t.Context(), court, from, w.Clock.Now())
	w.Must(err)
	w.Settle(w.Access(ledgertest.Use{Person: 1}))
	file, err := w.ReportFile(t.Context(), r.ID)
	w.Must(err)
	text, err := w.ReportReceipt(t.Context(), r.ID)
	w.Must(err)
	receipt, err := proof.ParseReceipt(text)
	w.Must(err)
	w.Must(proof.VerifyOpening(receipt.Leaf, *receipt.Opening))
	digest := sha256.Sum256(file)
	said, _ := receipt.Opening.Get("sha256")
	named, _ := receipt.Opening.Get("report")
	if string(said) != hex.EncodeToString(digest[:]) || string(named) != r.ID || r.SHA256 != string(said) {
		t.Errorf("the leaf says %s about %s, the file of %s has %x", said, named, r.ID, digest)
	}
	if _, open := receipt.Opening.Get(ledger.FieldOfficer); open {
		t.Error("the public receipt names the officer")
	}
	list, err := w.Published(t.Context(), identity.Page{})
	w.Must(err)
	if len(list) != 1 || list[0].SHA256 != r.SHA256 || list[0].Trace != r.Trace {
		t.Errorf("%+v", list)
	}
	for _, id := range []string{"rp-none", ""} {
		if _, err := w.ReportFile(t.Context(), id); !errors.Is(err, vocab.NoSuchThing) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// Every file of a draw is asked for at once, and what was passed over shows.
func TestEveryFileOfADrawIsAskedForAndTheDrawSaysSo(t *testing.T) {
	w := newWorld(t)
	from, until := w.used(60)
	seed := sample.NewSeed()
	d := w.committed(seed, from, until, 30)
	_, err := w.Draw(t.Context(), court, d.ID, seed.String())
	w.Must(err)
	public := func() audit.Draw {
		list, err := w.Draws(t.Context(), identity.Page{})
		w.Must(err)
		return list[0]
	}
	if got := public(); len(got.Picked) != 30 || got.Asked != 0 || got.Judged != 0 {
		t.Fatalf("%+v", got)
	}
	if _, err := w.AskAll(t.Context(), steward, d.ID); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("a steward asks: %v", err)
	}
	n, err := w.AskAll(t.Context(), court, d.ID)
	w.Must(err)
	if got := public(); n != 30 || got.Asked != 30 {
		t.Fatalf("%d asked for, the draw says %d", n, got.Asked)
	}
	if again, err := w.AskAll(t.Context(), court, d.ID); err != nil || again != 0 {
		t.Errorf("asked twice: %d, %v", again, err)
	}
	own, err := w.Cases(t.Context(), steward, "", identity.Page{Limit: 100})
	w.Must(err)
	if len(own) != 30 {
		t.Fatalf("the member sees %d", len(own))
	}
	_, err = w.Find(t.Context(), court, own[0].ID, audit.NotAnswered, "nothing came")
	w.Must(err)
	if got := public(); got.Judged != 1 {
		t.Errorf("%d judged", got.Judged)
	}
	all, err := w.Cases(t.Context(), court, "", identity.Page{Limit: 100})
	w.Must(err)
	if len(all) != 30 {
		t.Errorf("without a draw the auditor sees %d", len(all))
	}
}
