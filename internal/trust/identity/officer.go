package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity/hands"
	"fontis/internal/vocab"
)

// NewOfficer is what a steward, an operator or an authority writes to add one.
type NewOfficer struct {
	Member vocab.MemberID
	Login  string
	Name   string
	Unit   string
	Roles  []vocab.Role // held in Member
}

// OfficerOf is the id of a member's officer: "li.wei@tax-310000". Logins of two
// members never meet, so adding one tells nothing about another member's.
func OfficerOf(login string, m vocab.MemberID) vocab.OfficerID {
	return vocab.OfficerID(login + "@" + string(m))
}

// Officer is a person who acts for members; Member is whose employee they are.
type Officer struct {
	ID      vocab.OfficerID
	Member  vocab.MemberID
	Login   string
	Name    string
	Unit    string
	State   State
	Roles   []Held
	Created time.Time
	// AdmittedBy are who added or invited them or gave them a role; filled in lists.
	AdmittedBy []vocab.OfficerID
}

// Held is a role held in a member.
type Held struct {
	Member vocab.MemberID
	Role   vocab.Role
}

// Invitation opens an account once. Code is shown here and never again.
type Invitation struct {
	Officer vocab.OfficerID
	Code    string
	Expires time.Time
}

// AddOfficer adds an officer to a member and gives the code for the first
// sign-in: the member's own steward or operator, or an authority of its region.
func (s *Service) AddOfficer(ctx context.Context, a Actor, n NewOfficer) (Invitation, error) {
	if err := a.mustBeSomeone(); err != nil {
		return Invitation{}, err
	}
	roles, err := validRoles(n.Roles)
	if err != nil {
		return Invitation{}, err
	}
	n.Roles = roles
	var inv Invitation
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		m, err := s.administered(ctx, tx, a, n.Member)
		if err != nil {
			return err
		}
		if err := validOfficer(n); err != nil {
			return err
		}
		for _, r := range n.Roles {
			if err := mayGive(a, r, m.Kind); err != nil {
				return err
			}
		}
		inv, err = s.putOfficer(ctx, tx, n, a)
		return err
	})
	if err != nil {
		return Invitation{}, fmt.Errorf("add officer: %w", err)
	}
	return inv, nil
}

// administered is the member when the actor may administer it. A member of
// others answers as none; one's own without the role says which role is needed.
func (s *Service) administered(ctx context.Context, tx *db.Tx, a Actor, id vocab.MemberID) (Member, error) {
	m, err := s.memberFor(ctx, tx, a, id)
	if err != nil {
		return Member{}, err
	}
	if !a.signedIn() {
		return Member{}, vocab.RoleMissing.Because("members are administered by officers, not by machines")
	}
	if a.Governs(m.Region) {
		return m, nil
	}
	return m, a.Must(vocab.Steward, vocab.Operator)
}

// signedIn reports whether an officer acts in a session of their own: a machine
// that names an officer is not that officer.
func (a Actor) signedIn() bool { return !a.IsMachine() && !a.IsPerson() && a.Officer != "" }

// mustSignIn is nil for an officer in a session of their own.
func (a Actor) mustSignIn() error {
	if err := a.mustBeSomeone(); err != nil {
		return err
	}
	if !a.signedIn() {
		return vocab.RoleMissing.Because("this is for an officer in a session of their own")
	}
	return nil
}

func (s *Service) putOfficer(ctx context.Context, tx *db.Tx, n NewOfficer, by Actor) (Invitation, error) {
	o := Officer{
		ID: OfficerOf(n.Login, n.Member), Member: n.Member, Login: n.Login, Name: n.Name, Unit: n.Unit,
		State: Invited, Created: s.clock.Now(),
	}
	fresh, err := insertOfficer(ctx, tx, o)
	if err != nil {
		return Invitation{}, err
	}
	if !fresh {
		return Invitation{}, vocab.AlreadyExists.Because("the member has an officer of this login already")
	}
	tx.OnCommit(s.cache.Moved)
	if err := replaceRoles(ctx, tx, roleChange{officer: o.ID, member: n.Member, roles: n.Roles, by: by, at: o.Created}); err != nil {
		return Invitation{}, err
	}
	err = s.act(ctx, tx, change{
		act: "officer-added", what: "officer", id: string(o.ID), owner: o.Member, state: string(o.State), by: by,
		more: map[string]string{"roles": joinRoles(n.Roles)},
	})
	if err != nil {
		return Invitation{}, err
	}
	return s.putInvitation(ctx, tx, o, by)
}

// roleChange replaces the roles that an officer holds in a member.
type roleChange struct {
	officer vocab.OfficerID
	member  vocab.MemberID
	roles   []vocab.Role
	by      Actor
	at      time.Time
}

// Officer gives one officer of a member that the actor sees: oneself always,
// those of one's member, those whom an authority governs.
func (s *Service) Officer(ctx context.Context, a Actor, id vocab.OfficerID) (Officer, error) {
	if err := a.mustBeSomeone(); err != nil {
		return Officer{}, err
	}
	var o Officer
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		o, err = s.officerFor(ctx, tx, a, id)
		return err
	})
	return o, err
}

func (s *Service) officerFor(ctx context.Context, tx *db.Tx, a Actor, id vocab.OfficerID) (Officer, error) {
	o, err := selectOfficer(ctx, tx, scopeOf(a), id)
	if db.NoRows(err) {
		return Officer{}, NotYours()
	}
	if err != nil {
		return Officer{}, fmt.Errorf("read officer: %w", err)
	}
	held, err := selectHeld(ctx, tx, id)
	if err != nil {
		return Officer{}, fmt.Errorf("read officer's roles: %w", err)
	}
	// What the officer holds elsewhere is shown to those who govern there.
	for _, h := range held {
		if h.Member == o.Member || a.In(h.Member) || a.Officer == id {
			o.Roles = append(o.Roles, h)
		}
	}
	return o, nil
}

// Officers lists the officers of a member, by id.
func (s *Service) Officers(ctx context.Context, a Actor, m vocab.MemberID, p Page) ([]Officer, error) {
	if err := a.mustBeSomeone(); err != nil {
		return nil, err
	}
	var list []Officer
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		if _, err := s.memberFor(ctx, tx, a, m); err != nil {
			return err
		}
		var err error
		if list, err = selectOfficers(ctx, tx, m, p); err != nil {
			return err
		}
		for i := range list {
			if list[i].Roles, err = selectHeldIn(ctx, tx, list[i].ID, m); err != nil {
				return err
			}
			if list[i].AdmittedBy, err = hands.Admitted(ctx, tx, list[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list officers: %w", err)
	}
	return list, nil
}

// SetRoles replaces the roles that an officer holds in a member; none takes them
// all away. The officer must be one whom the actor sees. All of the officer's
// sessions notice at their next call.
func (s *Service) SetRoles(ctx context.Context, a Actor, id vocab.OfficerID, m vocab.MemberID, roles []vocab.Role) error {
	if err := a.mustBeSomeone(); err != nil {
		return err
	}
	roles, err := validRoles(roles)
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		member, err := s.administered(ctx, tx, a, m)
		if err != nil {
			return err
		}
		if _, err := s.officerFor(ctx, tx, a, id); err != nil {
			return err
		}
		held, err := selectHeldIn(ctx, tx, id, m)
		if err != nil {
			return err
		}
		if err := mayChange(a, held, roles, member.Kind); err != nil {
			return err
		}
		if slices.Contains(roles, vocab.Counter) && !slices.Contains(held, Held{m, vocab.Counter}) {
			if err := mayBeClerk(ctx, tx, a, id); err != nil {
				return err
			}
		}
		return s.changeRoles(ctx, tx, roleChange{officer: id, member: m, roles: roles, by: a, at: s.clock.Now()})
	})
	if err != nil {
		return fmt.Errorf("set roles: %w", err)
	}
	return nil
}

// mayBeClerk refuses to give counter to oneself, and to an account whose code is in
// other hands than those of the authority: whoever gave it could have kept it.
func mayBeClerk(ctx context.Context, tx *db.Tx, a Actor, id vocab.OfficerID) error {
	makers, err := hands.Makers(ctx, tx, id)
	switch {
	case err != nil:
		return err
	case id == a.Officer:
		return vocab.SecondNeeded.Because("nobody gives themself the role counter")
	case slices.ContainsFunc(makers, func(m vocab.OfficerID) bool { return m != a.Officer }):
		return vocab.SecondNeeded.Because("the officer's account was made by one who may not give the role counter").
			WithFix("Give the officer a code of the authority (fontis officer invite %s); once it is used, give the role.", id)
	}
	return nil
}

// mayChange asks mayGive for every role given or taken.
func mayChange(a Actor, held []Held, roles []vocab.Role, kind MemberKind) error {
	for _, r := range vocab.Roles() {
		had := slices.ContainsFunc(held, func(h Held) bool { return h.Role == r })
		if had == slices.Contains(roles, r) || had && r == vocab.Counter { // whoever administers a clerk may end it
			continue
		}
		if err := mayGive(a, r, kind); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) changeRoles(ctx context.Context, tx *db.Tx, c roleChange) error {
	if err := replaceRoles(ctx, tx, c); err != nil {
		return err
	}
	tx.OnCommit(s.cache.Clear)
	return s.act(ctx, tx, change{
		act: "officer-roles", what: "officer", id: string(c.officer), owner: c.member, state: string(Active), by: c.by,
		more: map[string]string{"member": string(c.member), "roles": joinRoles(c.roles)},
	})
}

// SetOfficerState suspends an officer or lets them act again; suspending ends
// all their sessions and open invitations.
func (s *Service) SetOfficerState(ctx context.Context, a Actor, id vocab.OfficerID, to State, reason string) error {
	if to != Active && to != Suspended {
		return vocab.BadInput.Because("an officer's state is active or suspended")
	}
	if err := validReason(reason); err != nil {
		return err
	}
	return s.onOfficer(ctx, a, id, func(tx *db.Tx, o Officer) error {
		if o.State == to {
			return vocab.StateWrong.Because("the officer is %s already", to)
		}
		if a.Officer == id {
			return vocab.StateWrong.Because("no one changes their own state")
		}
		if err := updateOfficerState(ctx, tx, id, to, s.clock.Now()); err != nil {
			return err
		}
		if err := endOfficer(ctx, tx, id); err != nil {
			return err
		}
		tx.OnCommit(s.cache.Clear)
		return s.act(ctx, tx, change{
			act: "officer-state", what: "officer", id: string(id), owner: o.Member, state: string(to), by: a,
			more: map[string]string{"reason": reason},
		})
	})
}

// Invite gives a new code to an officer who lost theirs or forgot the password;
// codes given before are dead. The old password holds until the code is used. A
// code for an active officer takes their account over, so that it is for the
// authority of the node to give; the officer is told of every code.
func (s *Service) Invite(ctx context.Context, a Actor, id vocab.OfficerID) (Invitation, error) {
	var inv Invitation
	err := s.onOfficer(ctx, a, id, func(tx *db.Tx, o Officer) error {
		if o.State == Suspended {
			return vocab.StateWrong.Because("the officer is suspended")
		}
		if o.State == Active && a.MustOnNode(vocab.Authority) != nil {
			return vocab.RoleMissing.Because("the officer is active, and only the authority of the node gives a new code to one who is").
				WithFix("Ask an authority of this node to invite %s.", id)
		}
		if err := s.mayInvite(ctx, tx, a, id); err != nil {
			return err
		}
		var err error
		if inv, err = s.putInvitation(ctx, tx, o, a); err != nil {
			return err
		}
		if err := s.PutNotice(ctx, tx, Notice{Member: o.Member, Officer: id, Kind: "officer-invited", Link: "/officers/" + string(id)}); err != nil {
			return err
		}
		return s.act(ctx, tx, change{
			act: "officer-invited", what: "officer", id: string(id), owner: o.Member, state: string(o.State), by: a,
		})
	})
	return inv, err
}

// mayInvite holds a new code to what it opens: it is given by one who could have
// given every role that the officer holds.
func (s *Service) mayInvite(ctx context.Context, tx *db.Tx, a Actor, id vocab.OfficerID) error {
	held, err := selectHeld(ctx, tx, id)
	if err != nil {
		return fmt.Errorf("read officer's roles: %w", err)
	}
	for _, h := range held {
		kind, err := selectMemberKind(ctx, tx, h.Member)
		if db.NoRows(err) {
			continue // the member is suspended, and nobody acts for it
		}
		if err != nil {
			return err
		}
		if err := mayGive(a, h.Role, kind); err != nil {
			return err
		}
	}
	return nil
}

// Unlock forgets the wrong tries of an officer.
func (s *Service) Unlock(ctx context.Context, a Actor, id vocab.OfficerID) error {
	return s.onOfficer(ctx, a, id, func(tx *db.Tx, o Officer) error {
		if err := s.book.Forgive(ctx, tx, string(id)); err != nil {
			return err
		}
		return s.act(ctx, tx, change{
			act: "officer-unlocked", what: "officer", id: string(id), owner: o.Member, state: string(o.State), by: a,
		})
	})
}

// onOfficer runs fn in a write transaction on an officer whose home member the
// actor administers.
func (s *Service) onOfficer(ctx context.Context, a Actor, id vocab.OfficerID, fn func(*db.Tx, Officer) error) error {
	if err := a.mustBeSomeone(); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		o, err := s.officerFor(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if _, err := s.administered(ctx, tx, a, o.Member); err != nil {
			return err
		}
		return fn(tx, o)
	})
	if err != nil {
		return fmt.Errorf("change officer: %w", err)
	}
	return nil
}

// OfficerRow is one line of a list of officers; Line is its place in the list.
type OfficerRow struct {
	Line   int
	Login  string
	Name   string
	Unit   string
	Member string
	Roles  string // words of vocab.Roles, apart by commas, semicolons or blanks
}

// RowResult is what became of a line: an invitation, or the reason why not.
type RowResult struct {
	Line       int
	Invitation Invitation
	Err        error
}

// maxImport bounds one list of officers.
const maxImport = 10_000

// ImportOfficers adds the officers of a list, each line by itself: a bad line
// changes nothing and hinders no other.
func (s *Service) ImportOfficers(ctx context.Context, a Actor, rows []OfficerRow) ([]RowResult, error) {
	if err := a.mustBeSomeone(); err != nil {
		return nil, err
	}
	if len(rows) > maxImport {
		return nil, vocab.FileTooLarge.Because("the list has %d officers, at most %d at once", len(rows), maxImport)
	}
	results := make([]RowResult, len(rows))
	for i, r := range rows {
		if err := ctx.Err(); err != nil {
			return results[:i], err
		}
		inv, err := s.AddOfficer(ctx, a, NewOfficer{
			Member: vocab.MemberID(strings.TrimSpace(r.Member)), Login: strings.ToLower(strings.TrimSpace(r.Login)),
			Name: strings.TrimSpace(r.Name), Unit: strings.TrimSpace(r.Unit), Roles: ParseRoles(r.Roles),
		})
		if k := vocab.KindOf(err); err != nil && (k == vocab.Unavailable || k == vocab.Internal) {
			return results[:i], fmt.Errorf("import officers, line %d: %w", r.Line, err)
		}
		results[i] = RowResult{Line: r.Line, Invitation: inv, Err: err}
	}
	return results, nil
}

// ParseRoles splits a list of roles; AddOfficer refuses words that are none.
func ParseRoles(list string) []vocab.Role {
	words := strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(",; 、，；\t\n", r) })
	roles := make([]vocab.Role, len(words))
	for i, w := range words {
		roles[i] = vocab.Role(strings.ToLower(w))
	}
	return roles
}
