package identity

import (
	"context"
	"fmt"
	"strings"
	"time"

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

// SelfPermit is a person's short-lived access, without its secret.
type SelfPermit struct {
	ID      string
	Expires time.Time
}

// How long a person's permit lasts when nothing is said, and at most.
const (
	usualSelf   = 15 * time.Minute
	longestSelf = time.Hour
)

// IssueSelf gives a permit to the person who stands at the counter; the clerk,
// who holds the role counter, has seen their document. The number is not kept.
func (s *Service) IssueSelf(ctx context.Context, a Actor, k vocab.SubjectKey, life time.Duration) (SelfPermit, Token, error) {
	if err := a.Must(vocab.Counter); err != nil {
		return SelfPermit{}, "", err
	}
	if !a.signedIn() {
		return SelfPermit{}, "", vocab.RoleMissing.Because("a permit is given by a clerk, not by a machine")
	}
	return s.issueSelf(ctx, a, k, life)
}

// IssueDemoSelf gives a permit for an invented person; a demo node only, and a
// citizen number of the area that does not exist only.
func (s *Service) IssueDemoSelf(ctx context.Context, k vocab.SubjectKey) (SelfPermit, Token, error) {
	c := subject.Canonical(k)
	if !s.opt.Demo || c.Kind != vocab.CitizenNumber || !strings.HasPrefix(c.Value, subject.DemoArea) {
		return SelfPermit{}, "", vocab.NotOffered.Because("only a demo node gives permits without a counter, and to invented persons only").
			WithFix("go to a counter with your document")
	}
	return s.issueSelf(ctx, Actor{}, k, 0)
}

func (s *Service) issueSelf(ctx context.Context, a Actor, k vocab.SubjectKey, life time.Duration) (SelfPermit, Token, error) {
	self, err := s.SelfActor(k)
	if err != nil {
		return SelfPermit{}, "", err
	}
	life = orElse(life, usualSelf)
	if life < 0 || life > longestSelf {
		return SelfPermit{}, "", vocab.BadInput.Because("a person's permit lasts at most %s", longestSelf)
	}
	id, token := newToken("p")
	hash, key := s.tokenHash(id, token)
	p := SelfPermit{ID: id, Expires: s.clock.Now().Add(life)}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		row := selfRow{SelfPermit: p, owner: a.Member, person: self.Self, hash: hash[:], key: key, by: a.Officer, at: s.clock.Now()}
		if err := insertSelf(ctx, tx, row); err != nil {
			return err
		}
		return s.act(ctx, tx, change{act: "self-permit-issued", what: "self", id: id, owner: a.Member, state: "active", by: a})
	})
	if err != nil {
		return SelfPermit{}, "", fmt.Errorf("issue self permit: %w", err)
	}
	return p, token, nil
}

// EndSelf ends the permit that the person came with: leaving the counter.
func (s *Service) EndSelf(ctx context.Context, a Actor) error {
	if !a.IsPerson() {
		return NotYours()
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		tx.OnCommit(func() { s.cache.drop(a.Session) })
		return deleteSelf(ctx, tx, a.Session, a.Self)
	})
	if err != nil {
		return fmt.Errorf("end self permit: %w", err)
	}
	return nil
}
