package identity

import (
	"context"
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity/region"
	"fontis/internal/vocab"
)

// Init is what `fontis init` asks for.
type Init struct {
	Name         string // of the node
	Instance     string // first part of every identity string, such as CN-31
	Jurisdiction string // area code of six digits
	Authority    NewMember
	Officer      NewOfficer // Member and Roles are filled when empty
}

// InitNode makes the node, its authority and an invitation for its first
// officer, once. All of it or nothing stands afterwards.
func (s *Service) InitNode(ctx context.Context, n Init) (Invitation, error) {
	if n.Instance == "" {
		n.Instance = "CN"
	}
	if err := validNamed("node's name", n.Name); err != nil {
		return Invitation{}, err
	}
	if err := validNamed("instance", n.Instance); err != nil {
		return Invitation{}, err
	}
	if !region.Valid(n.Jurisdiction) {
		return Invitation{}, vocab.BadInput.Because("a jurisdiction is an area code of six digits")
	}
	n.Authority.Kind = orElse(n.Authority.Kind, KindAuthority)
	n.Authority.Region = orElse(n.Authority.Region, n.Jurisdiction)
	member, _, err := n.Authority.ready()
	if err != nil {
		return Invitation{}, err
	}
	if member.Kind != KindAuthority {
		return Invitation{}, vocab.BadInput.Because("the first member keeps the node and is of kind authority, not %s", member.Kind)
	}
	n.Officer.Member = member.ID
	if len(n.Officer.Roles) == 0 {
		n.Officer.Roles = []vocab.Role{vocab.Authority, vocab.Operator, vocab.Steward}
	}
	if n.Officer.Roles, err = validRoles(n.Officer.Roles); err != nil {
		return Invitation{}, err
	}
	if err := validOfficer(n.Officer); err != nil {
		return Invitation{}, err
	}
	var inv Invitation
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		inv, err = s.initNode(ctx, tx, n, member)
		return err
	})
	if err != nil {
		return Invitation{}, fmt.Errorf("init node: %w", err)
	}
	return inv, nil
}

func (s *Service) initNode(ctx context.Context, tx *db.Tx, n Init, member NewMember) (Invitation, error) {
	node := Node{Name: n.Name, Instance: n.Instance, Jurisdiction: n.Jurisdiction, Keeper: member.ID, Created: s.clock.Now()}
	fresh, err := insertNode(ctx, tx, node)
	if err != nil {
		return Invitation{}, err
	}
	if !fresh {
		return Invitation{}, vocab.AlreadyExists.Because("this node has been made already")
	}
	err = s.act(ctx, tx, change{
		act: "node-made", what: "node", id: n.Name, owner: member.ID, state: string(Active),
		more: map[string]string{"instance": n.Instance, "jurisdiction": n.Jurisdiction},
	})
	if err != nil {
		return Invitation{}, err
	}
	if _, err := s.putMember(ctx, tx, node, member, Actor{}); err != nil {
		return Invitation{}, err
	}
	return s.putOfficer(ctx, tx, n.Officer, Actor{})
}

// InviteFirst gives a new code to the first officer, for whoever holds the node's
// folder, as long as nobody has ever been in: afterwards an officer invites.
func (s *Service) InviteFirst(ctx context.Context) (Invitation, error) {
	var inv Invitation
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		o, in, err := selectFirst(ctx, tx)
		if err != nil {
			return err
		}
		if in > 0 {
			return vocab.StateWrong.Because("an officer has set a password here or come through an issuer").
				WithFix("An officer who may invite gives the code: fontis officer invite LOGIN@MEMBER.")
		}
		if inv, err = s.putInvitation(ctx, tx, o, Actor{}); err != nil {
			return err
		}
		return s.act(ctx, tx, change{act: "officer-invited", what: "officer", id: string(o.ID), owner: o.Member, state: string(o.State)})
	})
	if err != nil {
		return Invitation{}, fmt.Errorf("invite the first officer again: %w", err)
	}
	return inv, nil
}

// Node gives this node's name and place; vocab.StateWrong before InitNode.
func (s *Service) Node(ctx context.Context) (Node, error) {
	var n Node
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		n, err = readNode(ctx, tx)
		return err
	})
	return n, err
}

// Prune removes what has ended: sessions, permits, invitations, forgiven tries
// and read notices older than a year. Jobs call it daily; nothing depends on it.
func (s *Service) Prune(ctx context.Context) (removed int64, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if removed, err = pruneEnded(ctx, tx, s.clock.Now(), s.opt.SessionIdle); err != nil {
			return err
		}
		tries, err := s.book.Prune(ctx, tx)
		removed += tries
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("prune what has ended: %w", err)
	}
	return removed, nil
}
