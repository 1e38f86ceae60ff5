package identity

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"fontis/internal/trust/identity/issuer"
	"fontis/internal/trust/identity/password"
	"fontis/internal/vocab"
)

// OIDCConfig names an issuer whose word this node takes: about officers, or about
// persons who come for themselves.
type OIDCConfig struct {
	Issuer       string
	ClientID     string
	ClientSecret password.Password // empty for a public client
	RedirectURL  string
	Scopes       []string // openid is always asked

	LoginClaim  string           // preferred_username when empty
	NameClaim   string           // name when empty
	Member      vocab.MemberID   // the member of all its officers, or
	MemberClaim string           // the claim that names it, which must be
	Members     []vocab.MemberID // one of these: no issuer speaks for others
	RolesClaim  string           // when set, the roles that the issuer may give follow the claim at each sign-in
	Roles       map[string]vocab.Role
	// StrongRoles are words for authority, auditor, operator and counter. Naming one
	// says that whoever administers the issuer may make such an officer alone.
	StrongRoles map[string]vocab.Role
	Provision   bool // an officer unknown here is added at the first sign-in

	// For persons instead of officers: the claim that holds the subject key, and
	// which kind of key it is. The number is read, turned into the pseudonym and
	// forgotten.
	SubjectClaim string
	SubjectKind  vocab.SubjectKeyKind

	Client *http.Client // 10 s timeout when nil
}

// OIDC signs officers or persons in through one issuer.
type OIDC struct {
	s      *Service
	cfg    OIDCConfig
	issuer *issuer.Issuer
}

// NewOIDC checks the configuration; the issuer is first asked at Begin, so a
// node starts without it.
func NewOIDC(s *Service, cfg OIDCConfig) (*OIDC, error) {
	i, err := issuer.New(issuer.Config{
		Issuer: cfg.Issuer, ClientID: cfg.ClientID, ClientSecret: string(cfg.ClientSecret), RedirectURL: cfg.RedirectURL,
		Scopes: cfg.Scopes, Client: cfg.Client,
	}, s.keys, s.clock)
	if err != nil {
		return nil, err
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg.LoginClaim = orElse(cfg.LoginClaim, "preferred_username")
	cfg.NameClaim = orElse(cfg.NameClaim, "name")
	return &OIDC{s: s, cfg: cfg, issuer: i}, nil
}

// check says for whom the issuer speaks: persons, one member, or listed members.
func (c OIDCConfig) check() error {
	if c.SubjectClaim != "" {
		if c.Member != "" || c.MemberClaim != "" || len(c.Roles)+len(c.StrongRoles) > 0 || c.Provision {
			return vocab.BadInput.Because("an issuer speaks for persons or for officers, not for both")
		}
		if c.SubjectKind != vocab.CitizenNumber && c.SubjectKind != vocab.Permit && c.SubjectKind != vocab.Passport {
			return vocab.BadInput.Because("the claim of the subject key names no kind of number that a person has")
		}
		return nil
	}
	if (c.Member == "") == (c.MemberClaim == "") || c.MemberClaim != "" && len(c.Members) == 0 {
		return vocab.BadInput.Because("an issuer speaks for one member, or for those listed by the member claim")
	}
	for word, r := range c.Roles {
		switch {
		case !slices.Contains(vocab.Roles(), r):
			return vocab.BadInput.Because("the claim mapping names %q, which is no role", cut(string(r), 20))
		case strong(r):
			return vocab.BadInput.Because("the claim mapping gives the role %s, which is not a member's own to give", r).
				WithFix("If the issuer shall be able to make such officers, say so in a table of its own: strong_roles = { %q = %q }.", cut(word, 40), r)
		}
	}
	for _, r := range c.StrongRoles {
		if !strong(r) {
			return vocab.BadInput.Because("strong_roles names %q; it takes authority, auditor, operator and counter", cut(string(r), 20))
		}
	}
	return nil
}

// strong says that a role reaches beyond its member: an issuer gives it only where
// the node's configuration names it among the strong ones.
func strong(r vocab.Role) bool {
	return slices.Contains(vocab.Roles(), r) && r != vocab.DataUser && r != vocab.Steward
}

// given are the roles that the issuer can give, and so take away.
func (c OIDCConfig) given() []vocab.Role {
	return slices.Concat(slices.Collect(maps.Values(c.Roles)), slices.Collect(maps.Values(c.StrongRoles)))
}

// ForPersons reports whether the issuer speaks for persons.
func (o *OIDC) ForPersons() bool { return o.cfg.SubjectClaim != "" }

// Departure sends a browser to the issuer; Cookie must come back with it.
type Departure = issuer.Departure

// Arrival is what the issuer sent the browser back with.
type Arrival struct {
	Cookie string
	State  string
	Code   string
	From   From
}

// Begin starts a sign-in.
func (o *OIDC) Begin(ctx context.Context) (Departure, error) { return o.issuer.Begin(ctx) }

// Finish ends a sign-in that Begin started in the same browser.
func (o *OIDC) Finish(ctx context.Context, in Arrival) (SignedIn, error) {
	c, err := o.issuer.Finish(ctx, issuer.Arrival{Cookie: in.Cookie, State: in.State, Code: in.Code})
	if o.ForPersons() {
		var out SignedIn
		if err == nil {
			out, err = o.s.signInPerson(ctx, vocab.SubjectKey{Kind: o.cfg.SubjectKind, Value: c.Text(o.cfg.SubjectClaim)})
		}
		if f := new(vocab.Failure); errors.As(err, &f) && f.Code == vocab.SignInFailed {
			err = f.WithFix("begin the sign-in again; an officer at a counter who sees your document shows you the same")
		}
		return out, err
	}
	if err != nil {
		return SignedIn{}, err
	}
	v, err := o.read(c)
	if err != nil {
		return SignedIn{}, err
	}
	return o.s.signInVouched(ctx, v, in.From)
}

// vouched is what an issuer says of an officer.
type vouched struct {
	issuer, subject string
	officer         NewOfficer
	follow          bool         // roles follow the claim
	given           []vocab.Role // as far as these go; others stay as officers gave them
	provision       bool
}

func (o *OIDC) read(c issuer.Claims) (vouched, error) {
	v := vouched{issuer: c.Issuer, subject: c.Subject, follow: o.cfg.RolesClaim != "", given: o.cfg.given(), provision: o.cfg.Provision}
	n := &v.officer
	n.Login = strings.ToLower(c.Text(o.cfg.LoginClaim))
	n.Name = orElse(c.Text(o.cfg.NameClaim), n.Login)
	n.Member = o.cfg.Member
	if o.cfg.MemberClaim != "" {
		n.Member = vocab.MemberID(c.Text(o.cfg.MemberClaim))
		if !slices.Contains(o.cfg.Members, n.Member) {
			return vouched{}, vocab.SignInFailed.Because("the issuer does not speak for the member that its claim names").WithFix(issuer.FixIssuer)
		}
	}
	if n.Login == "" {
		return vouched{}, vocab.SignInFailed.Because("the issuer's token lacks the claim %s", o.cfg.LoginClaim).WithFix(issuer.FixIssuer)
	}
	for _, word := range c.List(o.cfg.RolesClaim) {
		for _, words := range []map[string]vocab.Role{o.cfg.Roles, o.cfg.StrongRoles} {
			if r, ok := words[word]; ok {
				n.Roles = append(n.Roles, r)
			}
		}
	}
	return v, nil
}
