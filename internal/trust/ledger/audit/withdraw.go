package audit

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// Withdrawal says of a published report that it no longer stands, and why.
type Withdrawal struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
}

// Withdraw says of a published report that it no longer stands. Its figures were
// read and its digest is in the log, so it stays in the list with the reason; the
// report of the very same time may then be published anew.
func (s *Service) Withdraw(ctx context.Context, a identity.Actor, id, reason string) error {
	if err := mayPublish(a); err != nil {
		return err
	}
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > 500 || subject.HoldsCitizenNumber(reason) {
		return vocab.BadInput.Because("the reason of a withdrawal has 1 to 500 bytes and names no person")
	}
	err := s.p.DB.Write(ctx, func(tx *db.Tx) error {
		k, err := reportByID(ctx, tx, id)
		switch {
		case db.NoRows(err):
			return identity.NotYours()
		case err != nil:
			return err
		case k.withdrawn != nil:
			return vocab.StateWrong.Because("this report was withdrawn on %s", day(k.withdrawn.At))
		}
		if _, err := s.enter(ctx, tx, a, "audit.withdrawn", []ledger.Pair{{Name: "report", Value: id}, {Name: "reason", Value: reason}}); err != nil {
			return err
		}
		return withdrawReport(ctx, tx, id, Withdrawal{At: s.p.Clock.Now(), Reason: reason})
	})
	if err != nil {
		return fmt.Errorf("withdraw a report: %w", err)
	}
	return nil
}

// mayPublish is nil for an auditor and for the node's own authority.
func mayPublish(a identity.Actor) error {
	if a.Has(vocab.Auditor) {
		return nil
	}
	return a.MustOnNode(vocab.Authority)
}
