package identity

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"fontis/internal/trust/identity/naming"
	"fontis/internal/trust/identity/region"
	"fontis/internal/vocab"
)

// Actor is who calls a verb. It is made by Authenticate, SelfActor and the
// sign-in verbs only; the zero Actor is nobody. It is copied freely; its Roles
// are shared and never written.
type Actor struct {
	Member     vocab.MemberID  // the member acted for; empty for a person and for nobody
	MemberName Name            // that member's names
	Region     string          // that member's region code
	OfNode     bool            // that member keeps this node
	Keeper     vocab.MemberID  // the member that does, so that a refusal can name whom to ask
	Officer    vocab.OfficerID // who acts; for a machine, whom the member names
	Unit       string          // the officer's unit
	Machine    vocab.MachineID // the token's name when a system calls
	System     vocab.SystemID  // that system
	Word       naming.Word     // for a machine: what stands behind the officer's name
	ListedOnly bool            // for a machine: it may call in the name of listed officers only
	Roles      []vocab.Role    // held in Member
	Self       vocab.PersonRef // audit pseudonym, when the person acts for themself
	InPerson   bool            // they stand at a counter, which has seen their document

	// When another acts for a person, under a mandate. Self is then nobody, so
	// that a verb which knows nothing of mandates is closed to them.
	Mandate   string
	Agent     vocab.PersonRef // who acts
	Principal vocab.PersonRef // for whom
	Acts      []string        // what the mandate names

	Session string     // id of session, token or permit; what Sessions lists
	Until   time.Time  // the latest end of that
	Address netip.Addr // where the call came from, when the edge knows it
}

// Nobody reports whether no one is signed in.
func (a Actor) Nobody() bool { return a.Member == "" && !a.IsPerson() && a.Mandate == "" }

func (a Actor) mustBeSomeone() error {
	if a.Nobody() {
		return vocab.SignInNeeded.Because("no one is signed in")
	}
	return nil
}

// IsPerson reports whether a person acts for themself.
func (a Actor) IsPerson() bool { return a.Self != vocab.PersonRef{} }

// For gives the person for whom the actor may do the act: themself, or the
// principal of a mandate that names it.
func (a Actor) For(act string) (vocab.PersonRef, error) {
	switch {
	case a.IsPerson():
		return a.Self, nil
	case a.Mandate == "":
		return vocab.PersonRef{}, vocab.SignInNeeded.Because("this belongs to a person, or to who acts for them under a mandate")
	case !slices.Contains(a.Acts, act):
		return vocab.PersonRef{}, vocab.MandateOutside.Because("the mandate %s names %s, not %s", a.Mandate, strings.Join(a.Acts, ", "), act)
	}
	return a.Principal, nil
}

// IsMachine reports whether a system calls.
func (a Actor) IsMachine() bool { return a.Machine != "" }

// InRole is in which roles the actor acts, as everybody may know it; the officer's name
// stays inside.
func (a Actor) InRole() string {
	if a.IsMachine() {
		return "system"
	}
	return strings.ReplaceAll(joinRoles(a.Roles), ",", " ")
}

// anyRole is the roles as a refusal names them.
func anyRole(roles []vocab.Role) string { return strings.ReplaceAll(joinRoles(roles), ",", " or ") }

// Has reports whether the actor holds the role in the member acted for.
func (a Actor) Has(r vocab.Role) bool { return slices.Contains(a.Roles, r) }

// Must is nil when the actor holds one of the roles.
func (a Actor) Must(anyOf ...vocab.Role) error {
	if err := a.mustBeSomeone(); err != nil {
		return err
	}
	if slices.ContainsFunc(anyOf, a.Has) {
		return nil
	}
	if a.IsPerson() {
		return vocab.RoleMissing.Because("this needs the role %s; a person acting for themself holds none", anyRole(anyOf))
	}
	if len(anyOf) == 0 {
		return vocab.RoleMissing.Because("no role in %s does this", a.Member)
	}
	return vocab.RoleMissing.Because("this needs the role %s in %s, and the caller does not hold it there", anyRole(anyOf), a.Member).
		WithFix("Ask an officer of %s who holds it: fontis officer list. An operator of %s or the data authority gives it: fontis officer roles %s --give %s --member %s", a.Member, a.Member, cmp.Or(a.Officer, "OFFICER"), anyOf[0], a.Member)
}

// MustOnNode is nil when the actor holds one of the roles in the member that
// keeps this node: whole-node verbs (backup, keys, doctor) ask it, since every
// member has operators of its own.
func (a Actor) MustOnNode(anyOf ...vocab.Role) error {
	if a.OfNode || a.Member == "" {
		return a.Must(anyOf...)
	}
	return vocab.RoleMissing.Because("this concerns the whole node, and %s does not keep it", a.Member).
		WithFix("Ask an officer of %s, which keeps this node, who holds the role %s.", cmp.Or(a.Keeper, "its keeper"), anyRole(anyOf))
}

// In reports whether the actor acts for the member.
func (a Actor) In(m vocab.MemberID) bool { return m != "" && a.Member == m }

// Governs reports whether the actor is an authority whose region holds the
// given region code.
func (a Actor) Governs(code string) bool {
	return a.Has(vocab.Authority) && region.Holds(a.Region, code)
}

// Oversees says whether the actor is an authority (1) and with what the codes of
// its region begin, for statements that filter by region; who keeps the node
// oversees all.
func (a Actor) Oversees() (is int, stem string) {
	if !a.Has(vocab.Authority) {
		return 0, ""
	}
	if a.OfNode {
		return 1, ""
	}
	stem = a.Region
	for len(stem) == 6 || len(stem) == 4 {
		if stem[len(stem)-2:] != "00" {
			break
		}
		stem = stem[:len(stem)-2]
	}
	if stem == "" {
		return 0, ""
	}
	return 1, stem
}

// Naming is the machine's actor with the officer in whose name it calls; its
// member answers for the name. An officer whom the member lists is meant by id or
// login, and their unit is the listed one where there is one; any other name
// stands as it was given. Any other actor comes back unchanged.
func (s *Service) Naming(ctx context.Context, a Actor, officer vocab.OfficerID, unit string) (Actor, error) {
	if !a.IsMachine() {
		return a, nil
	}
	if err := validNamed("officer", string(officer)); err != nil {
		return Actor{}, err
	}
	if unit != "" {
		if err := validNamed("unit", unit); err != nil {
			return Actor{}, err
		}
	}
	o, err := s.named.Of(ctx, s.db, a.Member, officer, s.cache.Epoch())
	if err != nil {
		return Actor{}, fmt.Errorf("look up the officer whom a machine names: %w", err)
	}
	a.Officer, a.Unit, a.Word = o.ID, orElse(o.Unit, unit), o.Word
	return a, nil
}

// MayName is nil unless a machine calls in a name that it may not use: of an
// officer whom its member has suspended, or, where its token demands it, of one
// whom the member does not list.
func (a Actor) MayName() error {
	switch {
	case a.Word == naming.Suspended:
		return vocab.OfficerUnlisted.Because("the officer whom the system names is suspended in %s", a.Member)
	case a.ListedOnly && a.Word != naming.Listed:
		return vocab.OfficerUnlisted.Because("the token of %s is bound to officers whom %s lists, and the system names none of them", a.System, a.Member)
	}
	return nil
}

// At is the actor with the address of the call.
func (a Actor) At(addr netip.Addr) Actor {
	a.Address = addr
	return a
}

// NotYours is the one answer to everything that does not exist or is another's.
// It takes no name, so that its bytes cannot differ.
func NotYours() error {
	return vocab.NoSuchThing.Because("nothing of that name is there for this caller")
}
