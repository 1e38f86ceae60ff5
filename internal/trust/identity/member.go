package identity

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity/region"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// Name is what a body is called in both languages; one may be missing.
type Name struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// In is the name in the language (a BCP 47 tag), or the other when it lacks.
func (n Name) In(lang string) string {
	zh := len(lang) >= 2 && lang[:2] == "zh"
	if zh && n.Zh != "" || n.En == "" {
		return n.Zh
	}
	return n.En
}

// MemberKind is what sort of body a member is.
type MemberKind string

// The kinds of members.
const (
	KindAuthority  MemberKind = "authority"  // 数据主管部门
	KindDepartment MemberKind = "department" // a department of government
	KindService    MemberKind = "service"    // a firm with a public service
	KindAuditor    MemberKind = "auditor"    // a body that audits
	KindFirm       MemberKind = "firm"       // any other body
)

// MemberKinds lists every kind.
func MemberKinds() []MemberKind {
	return []MemberKind{KindAuthority, KindDepartment, KindService, KindAuditor, KindFirm}
}

// State is whether a member or an officer may act.
type State string

// Suspended members and officers keep their history and can do nothing; an
// Invited officer has not yet set a password.
const (
	Active    State = "active"
	Invited   State = "invited"
	Suspended State = "suspended"
)

// NewMember is what an authority writes to admit a member.
type NewMember struct {
	ID         vocab.MemberID
	Name       Name
	CreditCode string // unified social credit code; empty where there is none
	Class      string // the class of the identity string; GOV when empty
	Kind       MemberKind
	Region     string
}

// Member is a body that takes part.
type Member struct {
	ID         vocab.MemberID
	Name       Name
	CreditCode string
	Identity   string // instance/class/member
	Class      string
	Kind       MemberKind
	Region     string
	State      State
	Created    time.Time
	Warnings   []subject.Warning // of the credit code, to be checked at the source
}

// Node is this node itself.
type Node struct {
	Name         string
	Instance     string // first part of every identity string
	Jurisdiction string // area code
	Keeper       vocab.MemberID
	Created      time.Time
}

// ready fills what may be left out and checks the rest.
func (m NewMember) ready() (NewMember, []subject.Warning, error) {
	if m.Class == "" {
		m.Class = "GOV"
		if m.Kind == KindFirm || m.Kind == KindService {
			m.Class = "COM"
		}
	}
	if err := validMember(m); err != nil {
		return m, nil, err
	}
	if m.Kind == KindFirm && m.Class == "GOV" || m.Kind == KindAuthority && m.Class == "COM" {
		return m, nil, vocab.BadInput.Because("the class %s does not fit a member of kind %s", m.Class, m.Kind).
			WithFix("Leave --class out: public bodies get GOV, firms and public-service bodies COM.")
	}
	if m.CreditCode == "" {
		return m, nil, nil
	}
	k, warnings, err := subject.Normalise(vocab.SubjectKey{Kind: vocab.CreditCode, Value: m.CreditCode}, subject.Options{})
	if err != nil {
		return m, nil, err
	}
	m.CreditCode = k.Value
	return m, warnings, nil
}

// AddMember admits a member; an authority of its region does so.
func (s *Service) AddMember(ctx context.Context, a Actor, n NewMember) (Member, error) {
	if err := a.Must(vocab.Authority); err != nil {
		return Member{}, err
	}
	n, warnings, err := n.ready()
	if err != nil {
		return Member{}, err
	}
	if !a.Governs(n.Region) {
		return Member{}, vocab.RoleMissing.Because("region %s is not within %s, the region of %s", n.Region, a.Region, a.Member)
	}
	var m Member
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		node, err := readNode(ctx, tx)
		if err != nil {
			return err
		}
		m, err = s.putMember(ctx, tx, node, n, a)
		return err
	})
	if err != nil {
		return Member{}, fmt.Errorf("add member %s: %w", n.ID, err)
	}
	m.Warnings = warnings
	return m, nil
}

func (s *Service) putMember(ctx context.Context, tx *db.Tx, node Node, n NewMember, by Actor) (Member, error) {
	m := Member{
		ID: n.ID, Name: n.Name, CreditCode: n.CreditCode, Class: n.Class, Kind: n.Kind, Region: n.Region,
		State: Active, Created: s.clock.Now(), Identity: identityString(node.Instance, n.Class, n.ID),
	}
	fresh, err := insertMember(ctx, tx, m)
	if err != nil {
		return Member{}, err
	}
	if !fresh {
		return Member{}, vocab.AlreadyExists.Because("there is a member %s already", n.ID)
	}
	return m, s.act(ctx, tx, change{
		act: "member-added", what: "member", id: string(m.ID), owner: m.ID, state: string(m.State), by: by,
		more: map[string]string{"kind": string(m.Kind), "region": m.Region, "identity": m.Identity, "credit_code": m.CreditCode},
	})
}

func identityString(instance, class string, id vocab.MemberID) string {
	return instance + "/" + class + "/" + string(id)
}

// Member gives one member: one's own, or one that the authority governs.
func (s *Service) Member(ctx context.Context, a Actor, id vocab.MemberID) (Member, error) {
	if err := a.mustBeSomeone(); err != nil {
		return Member{}, err
	}
	var m Member
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		m, err = s.memberFor(ctx, tx, a, id)
		return err
	})
	return m, err
}

// memberFor is the tenancy of every verb that names a member: own or governed.
func (s *Service) memberFor(ctx context.Context, tx *db.Tx, a Actor, id vocab.MemberID) (Member, error) {
	m, err := selectMember(ctx, tx, scopeOf(a), id)
	if db.NoRows(err) {
		return Member{}, NotYours()
	}
	if err != nil {
		return Member{}, fmt.Errorf("read member: %w", err)
	}
	return m, nil
}

// scope is what of the members an actor may see, as bounds that SQL filters by.
type scope struct {
	own      vocab.MemberID
	from, to string // governed region codes; empty for none
}

func scopeOf(a Actor) scope {
	sc := scope{own: a.Member}
	if a.Has(vocab.Authority) && region.Valid(a.Region) {
		sc.from, sc.to = region.Range(a.Region)
	}
	return sc
}

// Members lists what Member would give, by id.
func (s *Service) Members(ctx context.Context, a Actor, p Page) ([]Member, error) {
	if err := a.mustBeSomeone(); err != nil {
		return nil, err
	}
	sc := scopeOf(a)
	return s.listMembers(ctx, sqlSelectMembers, p.After, p.Most(), string(sc.own), sc.from, sc.to)
}

// Departments lists the departments that act, by id, to whoever acts for a member.
func (s *Service) Departments(ctx context.Context, a Actor, p Page) ([]Member, error) {
	if a.Member == "" {
		return nil, vocab.SignInNeeded.Because("departments are listed for a member")
	}
	return s.listMembers(ctx, sqlSelectDepartments, p.After, p.Most())
}

func (s *Service) listMembers(ctx context.Context, query string, args ...any) (list []Member, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := tx.Query(ctx, query, args...)
		list, err = db.Collect(rows, err, scanMember)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	return list, nil
}

// MemberNames gives the names of members by id, for pages of everyone: who
// takes part is public among those who are signed in. Unknown ids are left out.
func (s *Service) MemberNames(ctx context.Context, ids ...vocab.MemberID) (map[vocab.MemberID]Name, error) {
	names := make(map[vocab.MemberID]Name, len(ids))
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		for _, id := range ids {
			n, err := selectMemberName(ctx, tx, id)
			if db.NoRows(err) {
				continue
			}
			if err != nil {
				return err
			}
			names[id] = n
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read members' names: %w", err)
	}
	return names, nil
}

// SetMemberState suspends a member or lets it act again. All its sessions and
// tokens are dead while it is suspended. The node's keeper cannot be suspended.
func (s *Service) SetMemberState(ctx context.Context, a Actor, id vocab.MemberID, to State, reason string) error {
	if err := a.Must(vocab.Authority); err != nil {
		return err
	}
	if to != Active && to != Suspended {
		return vocab.BadInput.Because("a member's state is active or suspended")
	}
	if err := validReason(reason); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		m, err := s.memberFor(ctx, tx, a, id)
		if err != nil {
			return err
		}
		node, err := readNode(ctx, tx)
		if err != nil {
			return err
		}
		if !a.Governs(m.Region) {
			return NotYours()
		}
		if m.ID == node.Keeper {
			return vocab.StateWrong.Because("%s keeps this node and cannot be suspended", m.ID)
		}
		if m.State == to {
			return vocab.StateWrong.Because("the member is %s already", to)
		}
		if err := updateMemberState(ctx, tx, id, to, s.clock.Now()); err != nil {
			return err
		}
		tx.OnCommit(s.cache.Clear)
		return s.act(ctx, tx, change{
			act: "member-state", what: "member", id: string(id), owner: id, state: string(to), by: a,
			more: map[string]string{"reason": reason},
		})
	})
	if err != nil {
		return fmt.Errorf("set state of member: %w", err)
	}
	return nil
}

func validReason(reason string) error {
	if reason == "" {
		return vocab.ReasonNeeded.Because("a change of state needs a reason")
	}
	return validNamed("reason", reason)
}
