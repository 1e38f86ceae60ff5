package identity

import (
	"sync"
	"sync/atomic"
	"testing"

	"fontis/internal/vocab"
)

// TestNoCallPassesAfterRevoking lets many callers race with the revocation; a
// call that begins after Revoke returned must be refused.
func TestNoCallPassesAfterRevoking(t *testing.T) {
	w := begun(t)
	li := w.as("li").Actor
	for range 10 {
		m, token, err := w.IssueMachine(w.ctx, li, NewMachine{Member: "tax-310000", System: "race"})
		w.must(err)
		var revoked atomic.Bool
		var wg sync.WaitGroup
		begin := make(chan struct{})
		for range 4 {
			wg.Go(func() {
				<-begin
				for refused := 0; refused < 3; {
					after := revoked.Load()
					_, err := w.Authenticate(w.ctx, token)
					if after && err == nil {
						t.Error("a revoked token passed")
						return
					}
					if err != nil {
						refused++
					}
				}
			})
		}
		wg.Go(func() {
			<-begin
			if err := w.RevokeMachine(w.ctx, li, m.ID); err != nil {
				t.Error(err)
			}
			revoked.Store(true)
		})
		close(begin)
		wg.Wait()
	}
}

func BenchmarkAuthenticateCached(b *testing.B) {
	w := begun(b)
	_, token, err := w.IssueMachine(w.ctx, w.as("li").Actor, NewMachine{Member: "tax-310000", System: "bench"})
	w.must(err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Authenticate(w.ctx, token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPseudonym(b *testing.B) {
	w := begun(b)
	k := demoPerson(1)
	var ref vocab.PersonRef
	for b.Loop() {
		ref = w.AuditRef(k)
	}
	_ = ref
}
