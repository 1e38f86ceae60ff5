package identity

import (
	"context"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// SetProtects says whether a member protects or shelters people. The uses of such
// a body are shown to the person alone: one who acts for them, who may be the one
// they were sheltered from, never sees that there were any. The authority of the
// member's region says so, with a reason.
func (s *Service) SetProtects(ctx context.Context, a Actor, id vocab.MemberID, protects bool, reason string) error {
	if err := a.Must(vocab.Authority); err != nil {
		return err
	}
	if err := validReason(reason); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		m, err := s.memberFor(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if !a.Governs(m.Region) {
			return NotYours()
		}
		if err := updateProtects(ctx, tx, id, protects); err != nil {
			return err
		}
		return s.act(ctx, tx, change{
			act: "member-protects", what: "member", id: string(id), owner: id, state: string(m.State), by: a,
			more: map[string]string{"reason": reason, "protects": fmt.Sprint(protects)},
		})
	})
	if err != nil {
		return fmt.Errorf("say whether a member protects people: %w", err)
	}
	return nil
}

// Protecting is the members that protect people.
func (s *Service) Protecting(ctx context.Context) (map[vocab.MemberID]bool, error) {
	out := map[vocab.MemberID]bool{}
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		list, err := selectProtecting(ctx, tx)
		for _, id := range list {
			out[id] = true
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the members that protect people: %w", err)
	}
	return out, nil
}
