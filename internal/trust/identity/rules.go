package identity

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fontis/internal/trust/identity/region"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

var (
	memberShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?$`)
	loginShape  = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,46}[a-z0-9])?$`)
	classShape  = regexp.MustCompile(`^[A-Z]{2,8}$`)
)

// validNamed checks a name written by people: 1 to 100 signs that print, and no
// citizen number among them.
func validNamed(what, v string) error {
	if v == "" || !utf8.ValidString(v) || utf8.RuneCountInString(v) > 100 || strings.TrimSpace(v) != v {
		return vocab.BadInput.Because("the %s must be 1 to 100 signs without outer blanks", what)
	}
	for _, r := range v {
		if !unicode.IsPrint(r) {
			return vocab.BadInput.Because("the %s holds U+%04X, a sign that does not print", what, r).WithFix("write it without that sign: some emoji, such as families, are several signs joined by U+200D")
		}
	}
	if subject.HoldsCitizenNumber(v) {
		return vocab.BadInput.Because("the %s holds a citizen number", what)
	}
	return nil
}

func validMember(m NewMember) error {
	if !memberShape.MatchString(string(m.ID)) {
		return vocab.BadInput.Because("a member's id is 1 to 48 of a-z, 0-9 and inner hyphens")
	}
	if m.Name.En == "" && m.Name.Zh == "" {
		return vocab.FieldMissing.Because("a member needs a name in English or Chinese")
	}
	for _, n := range []string{m.Name.En, m.Name.Zh} {
		if n == "" {
			continue
		}
		if err := validNamed("member's name", n); err != nil {
			return err
		}
	}
	if !region.Valid(m.Region) {
		return vocab.BadInput.Because("a region is an area code of six digits")
	}
	if !classShape.MatchString(m.Class) {
		return vocab.BadInput.Because("a member's class is 2 to 8 capital letters, such as GOV")
	}
	if !slices.Contains(MemberKinds(), m.Kind) {
		return vocab.BadInput.Because("the member's kind is none of authority, department, service, auditor, firm")
	}
	return nil
}

func validOfficer(o NewOfficer) error {
	if !loginShape.MatchString(o.Login) {
		return vocab.BadInput.Because("a login is 1 to 48 of a-z, 0-9 and inner . _ -")
	}
	if subject.HoldsCitizenNumber(o.Login) {
		return vocab.BadInput.Because("a login must not be a citizen number")
	}
	if err := validNamed("officer's name", o.Name); err != nil {
		return err
	}
	if o.Unit != "" {
		return validNamed("unit", o.Unit)
	}
	return nil
}

// validRoles answers the roles sorted and without doubles.
func validRoles(roles []vocab.Role) ([]vocab.Role, error) {
	for _, r := range roles {
		if !slices.Contains(vocab.Roles(), r) {
			return nil, vocab.BadInput.Because("%q is none of the roles %s", cut(string(r), 20), joinRoles(vocab.Roles()))
		}
	}
	sorted := slices.Clone(roles)
	slices.Sort(sorted)
	return slices.Compact(sorted), nil
}

// mayGive says whether the actor may give the role to an officer acting for a
// member of the given kind. A steward cannot make an operator, and only an
// authority makes an authority, and only inside a data authority. An auditor sees
// every member, and is made where auditing is the member's work or by an authority.
// Who holds counter opens any person's view, so that no member makes one alone.
func mayGive(a Actor, r vocab.Role, kind MemberKind) error {
	switch {
	case r == vocab.Authority && kind != KindAuthority:
		return vocab.BadInput.Because("the role authority is held in a data authority only, and this member is of kind %s", kind)
	case a.Has(vocab.Authority):
		return nil
	case r == vocab.Authority:
		return vocab.RoleMissing.Because("only an authority may give the role authority")
	case r == vocab.Auditor && kind != KindAuditor:
		return vocab.RoleMissing.Because("only an authority may give the role auditor in a member of kind %s", kind)
	case r == vocab.Counter:
		return vocab.RoleMissing.Because("only an authority may give the role counter: who holds it opens the view of every person")
	case r == vocab.Operator && !a.Has(vocab.Operator):
		return vocab.RoleMissing.Because("only an operator or an authority may give the role operator")
	}
	return nil
}

func joinRoles(roles []vocab.Role) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	return strings.Join(words, ",")
}

func splitRoles(s string) []vocab.Role {
	if s == "" {
		return nil
	}
	words := strings.Split(s, ",")
	roles := make([]vocab.Role, len(words))
	for i, w := range words {
		roles[i] = vocab.Role(w)
	}
	return roles
}

// cut bounds what of the outside's text goes into a cause.
func cut(s string, n int) string {
	r := []rune(s)
	if len(r) > n {
		return string(r[:n])
	}
	return s
}
