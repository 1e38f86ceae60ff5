package access

import (
	"context"
	"fmt"

	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// mostErased bounds one act of erasure.
const mostErased = 10_000

// Erase destroys the openings of entries for good: the authority that keeps the
// node does it, with a reason and the law it rests on, and the act itself is an
// entry. The leaves stay and the log still verifies.
func (d *Door) Erase(ctx context.Context, a identity.Actor, traces []vocab.TraceID, reason, basis string) (ledger.Entry, error) {
	if err := a.MustOnNode(vocab.Authority); err != nil {
		return ledger.Entry{}, err
	}
	switch {
	case len(traces) == 0 || len(traces) > mostErased:
		return ledger.Entry{}, vocab.BadInput.Because("%d entries are named, 1 to %d can be", len(traces), mostErased)
	case reason == "" || basis == "":
		return ledger.Entry{}, vocab.ReasonNeeded.Because("an erasure names its reason and the law it rests on")
	}
	e, err := d.p.Ledger.Erase(ctx, ledger.Erasure{Traces: traces, Member: a.Member, Reason: reason, Basis: basis})
	if err != nil {
		return ledger.Entry{}, fmt.Errorf("erase %d entries: %w", len(traces), err)
	}
	return e, nil
}

// answersStand refuses the answers of a batch whose files, or the openings of whose
// entry, were destroyed.
func (d *Door) answersStand(ctx context.Context, s batch.Status) error {
	e, err := d.p.Ledger.Entry(ctx, s.Trace, ledger.Viewer{Auditor: true})
	if err != nil {
		return err
	}
	if e.Erased || !s.Emptied.IsZero() {
		return vocab.ReceiptErased.Because("the answers of batch %s were destroyed", s.ID)
	}
	return nil
}
