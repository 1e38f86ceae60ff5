package api

import (
	"context"
	"sort"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/edge/call"
	"fontis/internal/edge/problem"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// Member is a body that takes part.
type Member struct {
	ID         vocab.MemberID      `json:"id"`
	Name       identity.Name       `json:"name"`
	CreditCode string              `json:"credit_code,omitempty"`
	Identity   string              `json:"identity"`
	Class      string              `json:"class"`
	Kind       identity.MemberKind `json:"kind"`
	Region     string              `json:"region"`
	State      identity.State      `json:"state"`
	Created    time.Time           `json:"created"`
	Warnings   []subject.Warning   `json:"warnings,omitempty"`
}

func member(m identity.Member) Member {
	return Member{
		ID: m.ID, Name: m.Name, CreditCode: m.CreditCode, Identity: m.Identity, Class: m.Class, Kind: m.Kind, Region: m.Region,
		State: m.State, Created: m.Created, Warnings: m.Warnings,
	}
}

// NewMember is what an authority writes to admit a member.
type NewMember struct {
	ID         vocab.MemberID      `json:"id"`
	Name       identity.Name       `json:"name"`
	CreditCode string              `json:"credit_code,omitempty"`
	Class      string              `json:"class,omitempty"`
	Kind       identity.MemberKind `json:"kind"`
	Region     string              `json:"region"`
}

// Node is this node.
type Node struct {
	Name         string         `json:"name"`
	Instance     string         `json:"instance"`
	Jurisdiction string         `json:"jurisdiction"`
	Keeper       vocab.MemberID `json:"keeper"`
	Created      time.Time      `json:"created"`
	URL          string         `json:"url,omitempty"`
	Version      string         `json:"version,omitempty"`
}

// Page is one page of a list; Next asks for what follows, and is empty at the end.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// Paging is what every list takes.
type Paging struct {
	After string `query:"after" doc:"The next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"100"`
}

// page cuts a list that was asked for one more than the limit.
func page[A, T any](all []A, limit int, show func(A) T, key func(A) string) Page[T] {
	p := Page[T]{Items: make([]T, 0, min(len(all), limit))}
	for i, x := range all {
		if i == limit {
			p.Next = key(all[i-1])
			break
		}
		p.Items = append(p.Items, show(x))
	}
	return p
}

// State is the state to bring something into, and why.
type State struct {
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"`
}

func (s *server) addMembers() {
	t := tags("members")
	op(s, huma.Operation{Method: "GET", Path: "/v1/node", Summary: "This node", Tags: t}, s.node)
	op(s, huma.Operation{Method: "GET", Path: "/v1/members", Summary: "Members that the caller sees", Tags: t}, s.members)
	op(s, huma.Operation{Method: "GET", Path: "/v1/departments", Summary: "Departments that act, by id, for whoever acts for a member", Tags: t}, s.departments)
	op(s, huma.Operation{Method: "POST", Path: "/v1/members", Summary: "Admit a member", Tags: t}, s.addMember)
	op(s, huma.Operation{Method: "GET", Path: "/v1/members/{id}", Summary: "One member", Tags: t}, s.member)
	op(s, huma.Operation{Method: "POST", Path: "/v1/members/{id}/state", Summary: "Suspend a member or let it act again", Tags: t}, s.memberState)
}

func (s *server) node(ctx context.Context, _ identity.Actor, _ *struct{}) (Node, error) {
	n, err := s.Identity.Node(ctx)
	if err != nil {
		return Node{}, err
	}
	return Node{
		Name: n.Name, Instance: n.Instance, Jurisdiction: n.Jurisdiction, Keeper: n.Keeper, Created: n.Created, URL: s.URL, Version: s.Version,
	}, nil
}

func (s *server) members(ctx context.Context, a identity.Actor, in *Paging) (Page[Member], error) {
	all, err := s.Identity.Members(ctx, a, identity.Page{After: in.After, Limit: in.Limit + 1})
	if err != nil {
		return Page[Member]{}, err
	}
	return page(all, in.Limit, member, func(m identity.Member) string { return string(m.ID) }), nil
}

// Department is a body of which others may demand what no catalog lists.
type Department struct {
	ID     vocab.MemberID `json:"id"`
	Name   identity.Name  `json:"name"`
	Region string         `json:"region"`
}

func (s *server) departments(ctx context.Context, a identity.Actor, in *Paging) (Page[Department], error) {
	all, err := s.Identity.Departments(ctx, a, identity.Page{After: in.After, Limit: in.Limit + 1})
	if err != nil {
		return Page[Department]{}, err
	}
	show := func(m identity.Member) Department { return Department{ID: m.ID, Name: m.Name, Region: m.Region} }
	return page(all, in.Limit, show, func(m identity.Member) string { return string(m.ID) }), nil
}

func (s *server) addMember(ctx context.Context, a identity.Actor, in *body[NewMember]) (Member, error) {
	n := in.Body
	m, err := s.Identity.AddMember(ctx, a, identity.NewMember{ID: n.ID, Name: n.Name, CreditCode: n.CreditCode, Class: n.Class, Kind: n.Kind, Region: n.Region})
	if err != nil {
		return Member{}, err
	}
	return member(m), nil
}

// MemberPath names a member. It is exported for huma, which sees no other field.
type MemberPath struct {
	ID vocab.MemberID `path:"id"`
}

func (s *server) member(ctx context.Context, a identity.Actor, in *MemberPath) (Member, error) {
	m, err := s.Identity.Member(ctx, a, in.ID)
	if err != nil {
		return Member{}, err
	}
	return member(m), nil
}

func (s *server) memberState(ctx context.Context, a identity.Actor, in *struct {
	MemberPath
	Body State
},
) (Member, error) {
	if err := s.Identity.SetMemberState(ctx, a, in.ID, identity.State(in.Body.State), in.Body.Reason); err != nil {
		return Member{}, err
	}
	return s.member(ctx, a, &in.MemberPath)
}

func (s *server) explainCodes(ctx context.Context, _ *struct{}) (Page[CodeText], error) {
	var out Page[CodeText]
	for code, kind := range vocab.Codes() {
		one, err := s.codeText(ctx, code, kind)
		if err != nil {
			return Page[CodeText]{}, err
		}
		out.Items = append(out.Items, one)
	}
	sort.Slice(out.Items, func(i, j int) bool { return out.Items[i].Code < out.Items[j].Code })
	return out, nil
}

func (s *server) codeText(ctx context.Context, code vocab.Code, kind vocab.Kind) (CodeText, error) {
	lang := call.Of(ctx).Lang
	title, err := s.Text.Get(lang, "error."+string(code)+".title")
	if err != nil {
		return CodeText{}, err
	}
	fix, err := s.Text.Get(lang, "error."+string(code)+".fix")
	return CodeText{Code: code, Kind: kind, Status: problem.Status(code), Title: title, Fix: fix}, err
}
