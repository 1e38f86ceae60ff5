package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Machine is a system's access, without its secret.
type Machine struct {
	ID        vocab.MachineID `json:"id"`
	Member    vocab.MemberID  `json:"member"`
	System    vocab.SystemID  `json:"system"`
	Name      string          `json:"name"`
	Roles     []vocab.Role    `json:"roles"`
	CreatedBy vocab.OfficerID `json:"created_by"`
	Created   time.Time       `json:"created"`
	Expires   time.Time       `json:"expires"`
	Revoked   time.Time       `json:"revoked,omitzero"`
	// ListedOnly: its calls name officers whom the member lists.
	ListedOnly bool `json:"listed_only,omitempty"`
}

// NewMachine is a token to issue for a system of the caller's member.
type NewMachine struct {
	System vocab.SystemID `json:"system"`
	Name   string         `json:"name"`
	Roles  []vocab.Role   `json:"roles,omitempty"`
	Days   int            `json:"days,omitempty" minimum:"1" maximum:"366" doc:"90 when empty"`

	ListedOnly bool `json:"listed_only,omitempty" doc:"Refuse calls in the name of anyone whom the member does not list"`
}

// IssuedMachine holds the token, which is shown here and never again.
type IssuedMachine struct {
	Machine Machine `json:"machine"`
	Token   string  `json:"token"`
}

func (s *server) addMachines() {
	t := tags("machines")
	op(s, huma.Operation{Method: "GET", Path: "/v1/machines", Summary: "Tokens of the member's systems", Tags: t}, s.machines)
	op(s, huma.Operation{Method: "POST", Path: "/v1/machines", Summary: "Issue a token for a system", Tags: t}, s.issueMachine)
	op(s, huma.Operation{Method: "DELETE", Path: "/v1/machines/{id}", Summary: "Revoke a token; it is dead when this answers", Tags: t}, none(s.revokeMachine))
}

func (s *server) machines(ctx context.Context, a identity.Actor, in *struct {
	Paging
	Member vocab.MemberID `query:"member" doc:"The caller's own when empty"`
},
) (Page[Machine], error) {
	of := in.Member
	if of == "" {
		of = a.Member
	}
	all, err := s.Identity.Machines(ctx, a, of, identity.Page{After: in.After, Limit: in.Limit + 1})
	if err != nil {
		return Page[Machine]{}, err
	}
	return page(all, in.Limit, func(m identity.Machine) Machine { return Machine(m) }, func(m identity.Machine) string { return string(m.ID) }), nil
}

func (s *server) issueMachine(ctx context.Context, a identity.Actor, in *body[NewMachine]) (IssuedMachine, error) {
	n := in.Body
	if n.Days == 0 {
		n.Days = 90
	}
	m, token, err := s.Identity.IssueMachine(ctx, a, identity.NewMachine{
		Member: a.Member, System: n.System, Name: n.Name, Roles: n.Roles, Expires: s.Clock.Now().AddDate(0, 0, n.Days),
		ListedOnly: n.ListedOnly,
	})
	if err != nil {
		return IssuedMachine{}, err
	}
	return IssuedMachine{Machine: Machine(m), Token: token.Reveal()}, nil
}

func (s *server) revokeMachine(ctx context.Context, a identity.Actor, in *struct {
	ID vocab.MachineID `path:"id"`
},
) error {
	return s.Identity.RevokeMachine(ctx, a, in.ID)
}

// Notice is a line in the caller's inbox.
type Notice struct {
	ID     string            `json:"id"`
	Kind   string            `json:"kind"`
	Params map[string]string `json:"params,omitempty"`
	Link   string            `json:"link,omitempty"`
	At     time.Time         `json:"at"`
	Read   time.Time         `json:"read,omitzero"`
}

func (s *server) addNotices() {
	t := tags("notices")
	op(s, huma.Operation{Method: "GET", Path: "/v1/notices", Summary: "The caller's inbox, newest first", Tags: t}, s.notices)
	op(s, huma.Operation{Method: "POST", Path: "/v1/notices/{id}/read", Summary: "Mark a notice read", Tags: t}, none(s.readNotice))
}

func (s *server) notices(ctx context.Context, a identity.Actor, in *Paging) (Page[Notice], error) {
	all, err := s.Identity.Notices(ctx, a, identity.Page{After: in.After, Limit: in.Limit + 1})
	if err != nil {
		return Page[Notice]{}, err
	}
	show := func(n identity.Notice) Notice {
		return Notice{ID: n.ID, Kind: n.Kind, Params: n.Params, Link: n.Link, At: n.At, Read: n.Read}
	}
	return page(all, in.Limit, show, func(n identity.Notice) string { return n.ID }), nil
}

func (s *server) readNotice(ctx context.Context, a identity.Actor, in *struct {
	ID string `path:"id"`
},
) error {
	return s.Identity.MarkNoticeRead(ctx, a, in.ID)
}
