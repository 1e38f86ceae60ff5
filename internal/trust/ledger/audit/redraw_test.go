package audit_test

import (
	"slices"
	"testing"

	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/checker"
	"fontis/internal/trust/ledger/ledgertest"
	"fontis/internal/trust/ledger/sample"
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
	receipt, err := w.Ledger.Receipt(t.Context(), d.CommitTrace, ledger.Viewer{Member: "court"})
	w.Must(err)
	honest := checker.Redraw{Address: w.LogDir, Receipt: receipt.Intent, Drawn: checker.Drawn{
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
