package quality_test

import (
	"context"
	"fmt"
	"testing"

	"fontis/internal/duty/quality"
	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// many stands for records of a thousand holders.
type many int

func (m many) Holders(context.Context, *db.Tx, quality.HoldersOf) ([]quality.Held, int64, error) {
	out := make([]quality.Held, m)
	for i := range out {
		out[i] = quality.Held{Trace: vocab.TraceID(fmt.Sprintf("%032x", i)), Member: "tax", Grant: vocab.GrantID(fmt.Sprintf("g-%d", i)), Case: "P-1"}
	}
	return out, 0, nil
}

// corrected is a contest whose value was mended and whose holders are not told yet.
func (w *world) corrected(i, holders int) (*quality.Service, *quality.Contest) {
	w.t.Helper()
	w.set(i, "1999-09-09")
	c := w.atSource(w.person(i), i)
	w.set(i, bornOf(i))
	p := w.node.QualityParts()
	p.Holders = many(holders)
	s, err := quality.New(p)
	w.must(err)
	return s, c
}

func TestAThousandHoldersAreEachToldOnce(t *testing.T) {
	w := newWorld(t)
	s, c := w.corrected(1, 1000)
	last := w.last()
	got, err := s.Find(t.Context(), steward, c.ID, quality.Finding{As: quality.StateCorrected})
	w.must(err)
	if got.State != quality.StatePropagating {
		t.Fatalf("after the fan-out: %s", got.State)
	}
	if n := w.facts(last, "quality.task.v1"); n != 1000 {
		t.Errorf("%d were told", n)
	}
}

// BenchmarkCorrectionToThousandHolders is the bound of issue 3: under 2 s.
func BenchmarkCorrectionToThousandHolders(b *testing.B) {
	w := newWorld(b)
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		s, c := w.corrected(1+n%(residents-2), 1000)
		b.StartTimer()
		_, err := s.Find(b.Context(), steward, c.ID, quality.Finding{As: quality.StateCorrected})
		w.must(err)
	}
}
