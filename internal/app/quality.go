package app

import (
	"context"
	"fmt"
	"sync/atomic"

	"fontis/internal/duty/quality"
	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// openQuality opens contest and correction, says what happens when their terms
// are over, and carries on what a stop has cut.
func (a *App) openQuality(ctx context.Context, _ Options) error {
	var err error
	if a.Quality, err = quality.New(a.QualityParts()); err != nil {
		return fmt.Errorf("open quality: %w", err)
	}
	a.Calendar.Handle(quality.RefKind, a.Quality.Expired)
	a.Tally.Keep(quality.Books(a.labels)...)
	return a.Quality.Resume(ctx)
}

// labels are the door's, in quality's words.
func (a *App) labels(ctx context.Context, tx *db.Tx) ([]quality.Labelled, error) {
	list, err := a.Door.Labels(ctx, tx)
	out := make([]quality.Labelled, len(list))
	for i, l := range list {
		out[i] = quality.Labelled{Item: l.Item, Person: l.Person, Contest: l.Contest, At: l.At}
	}
	return out, err
}

// QualityParts are what contest and correction stand on in this node.
func (a *App) QualityParts() quality.Parts {
	return quality.Parts{
		DB: a.DB, Clock: a.Clock, Ledger: a.Ledger, Notices: a.Identity, Labels: a.Door, Sources: rereader{a.Door, a.Identity}, Holders: holders{a.Ledger},
		Vault: subjects{a.Identity, a.Keys}, Clocks: a.Calendar, Statuses: statuses{a.Door}, Catalog: a.Catalog, Diary: a.Diary,
		Authority: a.keeper(), Member: a.isThere, Jurisdiction: a.Config.Jurisdiction,
		Agent: func(ctx context.Context, tx *db.Tx, id string) (vocab.PersonRef, error) {
			return a.Records.Mandates.AgentOf(ctx, tx, id)
		},
	}
}

// keeper is the member that keeps the node; it never changes once it is there.
func (a *App) keeper() func(context.Context) (vocab.MemberID, error) {
	var known atomic.Value
	return func(ctx context.Context) (vocab.MemberID, error) {
		if m, ok := known.Load().(vocab.MemberID); ok {
			return m, nil
		}
		node, err := a.Identity.Node(ctx)
		if err != nil {
			return "", err
		}
		known.Store(node.Keeper)
		return node.Keeper, nil
	}
}

// isThere is nil for a member that is active.
func (a *App) isThere(ctx context.Context, m vocab.MemberID) error {
	found, err := a.Identity.Member(ctx, identity.Actor{Member: m}, m)
	if err == nil && found.State != identity.Active {
		return vocab.StateWrong.Because("%s is %s", m, found.State)
	}
	return err
}

// rereader is the door as quality reads values again.
type rereader struct {
	door *access.Door
	id   *identity.Service
}

// Check reads one value at its source.
func (r rereader) Check(ctx context.Context, a identity.Actor, item vocab.ItemID, k vocab.SubjectKey) (quality.Read, error) {
	c, err := r.door.Check(ctx, a, item, k)
	return quality.Read{Value: c.Value, Found: c.Found, Print: c.Print, Version: c.Version}, err
}

// OwnerOf is the member whose source the item is bound to.
func (r rereader) OwnerOf(item vocab.ItemID) vocab.MemberID {
	b, _ := r.door.BindingOf(item)
	return b.Owner
}

// Fits is nil when the number can be right.
func (r rereader) Fits(k vocab.SubjectKey) error {
	_, _, err := subject.Normalise(k, r.id.SubjectOptions())
	return err
}

// CountValue counts what a member holds as a guess at another's item.
func (r rereader) CountValue(ctx context.Context, m vocab.MemberID, other vocab.ItemID, k vocab.SubjectKey, value string) error {
	return r.door.CountValue(ctx, m, other, k, value)
}

// holders are the records as quality asks them.
type holders struct{ ledger *ledger.Ledger }

// Holders lists who received the print until a moment, a piece at a time.
func (h holders) Holders(ctx context.Context, tx *db.Tx, q quality.HoldersOf) ([]quality.Held, int64, error) {
	held, next, err := h.ledger.Holders(ctx, tx, ledger.HoldersOf{Person: q.Person, Item: q.Item, Owner: q.Owner, Print: q.Print, Until: q.Until, After: q.After})
	out := make([]quality.Held, len(held))
	for i, one := range held {
		out[i] = quality.Held{Trace: one.Trace, Member: one.Member, Grant: one.Grant, Case: one.Case, At: one.At, Unknown: one.Unknown}
	}
	return out, next, err
}

// subjects are kept in the identity root and what is said of them sealed under
// its key.
type subjects struct {
	identity *identity.Service
	keys     *keys.Store
}

// Keep registers the subject.
func (v subjects) Keep(ctx context.Context, tx *db.Tx, owner vocab.MemberID, k vocab.SubjectKey) (vocab.PersonRef, error) {
	return v.identity.RegisterSubject(ctx, tx, owner, "quality", k)
}

// Ref is the subject's audit pseudonym.
func (v subjects) Ref(k vocab.SubjectKey) vocab.PersonRef { return v.identity.AuditRef(k) }

// Open gives the key back: the number is opened in the name of the subject whose
// own contest or status act it is, and the opening is an entry of the duty.
func (v subjects) Open(ctx context.Context, person vocab.PersonRef) (vocab.SubjectKey, error) {
	return v.identity.OwnKey(ctx, identity.Actor{Self: person})
}

// Seal seals what a raiser says, bound to its contest.
func (v subjects) Seal(plain, bound []byte) ([]byte, error) {
	return v.keys.Seal(keys.IdentityRoot, plain, bound)
}

// Unseal opens it.
func (v subjects) Unseal(sealed, bound []byte) ([]byte, error) {
	return v.keys.Unseal(keys.IdentityRoot, sealed, bound)
}

// statuses carry a status act out: a register of this node answers with it from
// the commit on; what lies in a department's own system is changed there.
type statuses struct{ door *access.Door }

// SetStatus lays the value over the register's, where this node keeps it.
func (s statuses) SetStatus(ctx context.Context, tx *db.Tx, c quality.StatusChange) (quality.Effect, error) {
	effect, err := s.door.SetStatus(ctx, tx, access.StatusSet{Item: c.Item, Subject: c.Subject, Value: c.Value, Act: c.Act})
	return quality.Effect(effect), err
}

// mayChange asks for the act of two officers that a reload of a register needs.
func (a *App) mayChange(ctx context.Context, item vocab.ItemID, k vocab.SubjectKey, value string) error {
	return a.Quality.Permits(ctx, item, k, value)
}
