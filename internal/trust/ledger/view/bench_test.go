package view_test

import (
	"sync"
	"testing"

	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/ledgertest"
	"fontis/internal/trust/ledger/view"
	"fontis/internal/vocab"
)

// BenchmarkFirstPageOf10000 is a person's first page over 10,000 uses: under 20 ms.
func BenchmarkFirstPageOf10000(b *testing.B) {
	w := ledgertest.New(b)
	v := view.New(view.Parts{DB: w.DB, Ledger: w.Ledger, Identity: w.Identity})
	me := w.Person(1)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			for range 100 {
				now := w.Clock.Now()
				trace := vocab.NewTrace(now)
				e, err := w.Ledger.Submit(b.Context(), &ledger.Draft{
					Trace: trace, State: vocab.Intended, At: now, Owner: "tax", Provider: "civil", Grant: "g-1", Person: me.Self, Personal: true,
					Fields: []ledger.Pair{
						{Name: ledger.FieldTrace, Value: string(trace)},
						{Name: ledger.FieldMember, Value: "tax"},
						{Name: ledger.FieldPurpose, Value: "assessment"},
						{Name: ledger.FieldBasis, Value: "Tax Law art. 1"},
						{Name: ledger.FieldCase, Value: "T-1"},
						{Name: ledger.FieldQuestion, Value: "compare"},
						{Name: ledger.FieldItems, Value: `["CIVIL-1/NAME","CIVIL-1/BORN"]`},
						{Name: ledger.FieldOfficer, Value: "li"},
					},
				})
				if err != nil {
					b.Error(err)
					return
				}
				w.Ledger.Finish(ledger.Outcome{
					Seq: e.Seq, Trace: trace, Index: e.Index, State: vocab.Released, At: now,
					Fields: []ledger.Pair{{Name: ledger.FieldAnswers, Value: `{"CIVIL-1/NAME":"match"}`}},
				})
			}
		})
	}
	all.Wait()
	b.ReportAllocs()
	for b.Loop() {
		p, err := v.Mine(b.Context(), me, view.Filter{Limit: 100})
		if err != nil || len(p.Lines) != 100 || p.Newest != 10_000 {
			b.Fatalf("%d lines, newest %d, %v", len(p.Lines), p.Newest, err)
		}
	}
}
