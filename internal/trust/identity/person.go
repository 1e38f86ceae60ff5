package identity

import (
	"context"
	"fmt"
	"strings"

	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// Persons. Everywhere a person is a pseudonym: HMAC-SHA-256 over kind and
// canonical value, under the key of a sector, or under the audit key in the
// ledger's records. Two sectors' pseudonyms of one person do not meet without a
// key. The first version of a key makes them for good: a rotated key would make
// strangers of all persons on record.
//
// The identity root keeps the number itself, sealed, and only where somebody
// must be able to go back from the pseudonym: a source that needs it calls
// RegisterSubject in the transaction of its own first row about the subject.
// Comparisons, statuses, reads and the list of accesses never write it; the root
// of a node that holds no register stays empty. Only the person opens their own
// row (OwnKey); there is no verb that lists the root.

// SubjectOptions are those of this node, for subject.Normalise.
func (s *Service) SubjectOptions() subject.Options {
	return subject.Options{Demo: s.opt.Demo, Today: s.clock.Now()}
}

// Pseudonym is the person in one sector. The key need not be a right one: a
// source may hold wrong numbers, and one wrong number is one stranger. The
// sector's name may hold a-z, 0-9, '-' and '_'; call Sectors for it before.
func (s *Service) Pseudonym(sector string, k vocab.SubjectKey) vocab.PersonRef {
	return s.pseudonym(keys.Sector(sector), k)
}

// Sectors makes sure that the sectors have keys; Pseudonym cannot say that one
// lacks.
func (s *Service) Sectors(names ...string) error {
	uses := make([]keys.Use, len(names))
	for i, n := range names {
		uses[i] = keys.Sector(n)
	}
	return s.keys.Ensure(uses...)
}

// AuditRef is the person in the ledger's records.
func (s *Service) AuditRef(k vocab.SubjectKey) vocab.PersonRef { return s.pseudonym(keys.Audit, k) }

func (s *Service) pseudonym(use keys.Use, k vocab.SubjectKey) vocab.PersonRef {
	c := subject.Canonical(k)
	kind, value := []byte(c.Kind), []byte(c.Value)
	sum, id := s.keys.MAC(use, kind, value)
	if first := s.firstKey(use, id); first != id {
		var err error
		if sum, err = s.keys.MACWith(first, kind, value); err != nil {
			panic(fmt.Errorf("pseudonym under key %s: %w", first, err))
		}
	}
	return vocab.PersonRef(sum[:16])
}

// firstKey is the first version of the use's key; current saves the search
// while there is only one.
func (s *Service) firstKey(use keys.Use, current string) string {
	if strings.Contains(current, ".1.") {
		return current
	}
	if id, ok := s.firstKeys.Load(use); ok {
		return id.(string)
	}
	first, version := current, 0
	for _, i := range s.keys.List() {
		if i.Use == use && (version == 0 || i.Version < version) {
			first, version = i.ID, i.Version
		}
	}
	s.firstKeys.Store(use, first)
	return first
}

// RegisterSubject writes the subject's row in the identity root, unless it is
// there; owner and source say who needed it first. See above for when.
func (s *Service) RegisterSubject(ctx context.Context, tx *db.Tx, owner vocab.MemberID, source vocab.SourceID, k vocab.SubjectKey) (vocab.PersonRef, error) {
	k, _, err := subject.Normalise(k, s.SubjectOptions())
	if err != nil {
		return vocab.PersonRef{}, err
	}
	ref := s.AuditRef(k)
	known, err := hasRoot(ctx, tx, ref)
	if err != nil {
		return vocab.PersonRef{}, fmt.Errorf("read identity root: %w", err)
	}
	if known {
		return ref, nil
	}
	sealed, err := s.keys.Seal(keys.IdentityRoot, []byte(k.Value), rootBound(ref, k.Kind))
	if err != nil {
		return vocab.PersonRef{}, fmt.Errorf("seal a subject key: %w", err)
	}
	row := rootRow{ref: ref, owner: owner, kind: k.Kind, sealed: sealed, source: source, created: s.clock.Now()}
	if err := insertRoot(ctx, tx, row); err != nil {
		return vocab.PersonRef{}, fmt.Errorf("write identity root: %w", err)
	}
	return ref, nil
}

// rootBound ties a sealed number to its row, so that rows cannot be exchanged.
func rootBound(ref vocab.PersonRef, kind vocab.SubjectKeyKind) []byte {
	return append([]byte("fontis/identity-root/v1\n"+string(kind)+"\n"), ref[:]...)
}

// OwnKey opens the person's own row of the identity root.
func (s *Service) OwnKey(ctx context.Context, a Actor) (vocab.SubjectKey, error) {
	if !a.IsPerson() {
		return vocab.SubjectKey{}, NotYours()
	}
	var r rootRow
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		r, err = selectRoot(ctx, tx, a.Self)
		return err
	})
	if db.NoRows(err) {
		return vocab.SubjectKey{}, NotYours()
	}
	if err != nil {
		return vocab.SubjectKey{}, fmt.Errorf("read identity root: %w", err)
	}
	plain, err := s.keys.Unseal(keys.IdentityRoot, r.sealed, rootBound(a.Self, r.kind))
	if err != nil {
		return vocab.SubjectKey{}, fmt.Errorf("open a row of the identity root: %w", err)
	}
	return vocab.SubjectKey{Kind: r.kind, Value: string(plain)}, nil
}

// SelfActor is the person acting for themself. The caller has proved that the
// key is theirs: at the counter, by a permit, or as an invented person of a demo.
func (s *Service) SelfActor(k vocab.SubjectKey) (Actor, error) {
	k, _, err := subject.Normalise(k, s.SubjectOptions())
	if err != nil {
		return Actor{}, err
	}
	return Actor{Self: s.AuditRef(k)}, nil
}
