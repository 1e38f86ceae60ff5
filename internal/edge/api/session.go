package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/edge/call"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/password"
	"fontis/internal/vocab"
)

// SignIn is what an officer signs in with.
type SignIn struct {
	Login    string `json:"login"`
	Password string `json:"password"`
}

// Accept is an invitation's code with the password it sets.
type Accept struct {
	Code     string `json:"code"`
	Password string `json:"password"`
}

// Session is an opened session; its token goes into Authorization: Bearer.
type Session struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
	Me      Me        `json:"me"`
}

// Me is who the caller is.
type Me struct {
	Member     vocab.MemberID  `json:"member,omitempty"`
	MemberName identity.Name   `json:"member_name,omitzero"`
	Region     string          `json:"region,omitempty"`
	Officer    vocab.OfficerID `json:"officer,omitempty"`
	Unit       string          `json:"unit,omitempty"`
	Machine    vocab.MachineID `json:"machine,omitempty"`
	System     vocab.SystemID  `json:"system,omitempty"`
	Roles      []vocab.Role    `json:"roles,omitempty"`
	Person     bool            `json:"person,omitempty" doc:"A person who acts for themself"`
	Mandate    string          `json:"mandate,omitempty" doc:"Under which the caller acts for another"`
	Acts       []string        `json:"acts,omitempty" doc:"What the mandate names"`
	OfNode     bool            `json:"of_node,omitempty" doc:"The member keeps this node"`
	Until      time.Time       `json:"until,omitzero"`
	Unread     int             `json:"unread_notices,omitempty"`
}

func me(a identity.Actor) Me {
	return Me{
		Member: a.Member, MemberName: a.MemberName, Region: a.Region, Officer: a.Officer, Unit: a.Unit, Machine: a.Machine,
		System: a.System, Roles: a.Roles, Person: a.IsPerson(), Mandate: a.Mandate, Acts: a.Acts, OfNode: a.OfNode, Until: a.Until,
	}
}

type body[T any] struct{ Body T }

type browser[T any] struct {
	Agent string `header:"User-Agent"`
	Body  T
}

func (s *server) addSessions() {
	t := tags("session")
	open(s, huma.Operation{Method: "POST", Path: "/v1/sign-in", Summary: "Open a session with login and password", Tags: t}, s.signIn)
	open(s, huma.Operation{Method: "POST", Path: "/v1/invitations/accept", Summary: "Set the password with an invitation's code", Tags: t}, s.accept)
	op(s, huma.Operation{Method: "POST", Path: "/v1/sign-out", Summary: "End the session", Tags: t}, none(s.signOut))
	op(s, huma.Operation{Method: "GET", Path: "/v1/me", Summary: "Who the caller is", Tags: t}, s.me)
	op(s, huma.Operation{Method: "POST", Path: "/v1/me/password", Summary: "Set a new password", Tags: t}, s.changePassword)
	op(s, huma.Operation{Method: "POST", Path: "/v1/me/act-for", Summary: "Act for another member in which the officer holds a role", Tags: t}, s.actFor)
	op(s, huma.Operation{Method: "POST", Path: "/v1/self-permits", Summary: "At the counter: a short permit for the person who stands there", Tags: t}, s.selfPermit)
}

func session(in identity.SignedIn) Session {
	return Session{Token: in.Token.Reveal(), Expires: in.Expires, Me: me(in.Actor)}
}

func (s *server) signIn(ctx context.Context, in *browser[SignIn]) (Session, error) {
	done, err := s.Identity.SignIn(ctx, in.Body.Login, password.Password(in.Body.Password), from(call.Of(ctx), in.Agent))
	if err != nil {
		return Session{}, err
	}
	return session(done), nil
}

func (s *server) accept(ctx context.Context, in *browser[Accept]) (Session, error) {
	done, err := s.Identity.AcceptInvitation(ctx, in.Body.Code, password.Password(in.Body.Password), from(call.Of(ctx), in.Agent))
	if err != nil {
		return Session{}, err
	}
	return session(done), nil
}

func (s *server) signOut(ctx context.Context, a identity.Actor, _ *struct{}) error {
	if a.Member == "" { // a person, or who acts for one
		return s.Identity.EndSelf(ctx, a)
	}
	return s.Identity.SignOut(ctx, a)
}

func (s *server) me(ctx context.Context, a identity.Actor, _ *struct{}) (Me, error) {
	m := me(a)
	if a.Member == "" || a.IsMachine() {
		return m, nil
	}
	var err error
	m.Unread, err = s.Identity.UnreadNotices(ctx, a)
	return m, err
}

// Passwords are the old password and the new one.
type Passwords struct {
	Old string `json:"old"`
	New string `json:"new"`
}

func (s *server) changePassword(ctx context.Context, a identity.Actor, in *body[Passwords]) (Session, error) {
	done, err := s.Identity.ChangePassword(ctx, a, password.Password(in.Body.Old), password.Password(in.Body.New))
	if err != nil {
		return Session{}, err
	}
	return session(done), nil
}

// ActFor names the member to act for.
type ActFor struct {
	Member vocab.MemberID `json:"member"`
}

func (s *server) actFor(ctx context.Context, a identity.Actor, in *body[ActFor]) (Session, error) {
	done, err := s.Identity.ActFor(ctx, a, in.Body.Member)
	if err != nil {
		return Session{}, err
	}
	return session(done), nil
}

// NewSelfPermit names the person whose document the clerk has seen.
type NewSelfPermit struct {
	Subject vocab.SubjectKey `json:"subject"`
	Minutes int              `json:"minutes,omitempty" minimum:"1" maximum:"60"`
}

// SelfPermit is a person's own token.
type SelfPermit struct {
	ID      string    `json:"id"`
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
}

func (s *server) selfPermit(ctx context.Context, a identity.Actor, in *body[NewSelfPermit]) (SelfPermit, error) {
	life := time.Duration(in.Body.Minutes) * time.Minute
	if life == 0 {
		life = 15 * time.Minute
	}
	p, token, err := s.Identity.IssueSelf(ctx, a, in.Body.Subject, life)
	if err != nil {
		return SelfPermit{}, err
	}
	return SelfPermit{ID: p.ID, Token: token.Reveal(), Expires: p.Expires}, nil
}

// Health says that the node serves.
type Health struct {
	Status string `json:"status"`
}

func (s *server) health(context.Context, *struct{}) (Health, error) {
	return Health{Status: "serving"}, nil
}

// CodeText is a code as a reader sees it.
type CodeText struct {
	Code   vocab.Code `json:"code"`
	Kind   vocab.Kind `json:"kind"`
	Status int        `json:"status"`
	Title  string     `json:"title"`
	Fix    string     `json:"fix"`
}

func (s *server) explainCode(ctx context.Context, in *struct {
	Code string `path:"code"`
},
) (CodeText, error) {
	kind, ok := vocab.Codes()[vocab.Code(in.Code)]
	if !ok {
		return CodeText{}, vocab.NoSuchThing.Because("there is no such code")
	}
	return s.codeText(ctx, vocab.Code(in.Code), kind)
}
