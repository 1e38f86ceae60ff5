package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/edge/call"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Officer is a person who acts for members.
type Officer struct {
	ID      vocab.OfficerID `json:"id"`
	Member  vocab.MemberID  `json:"member"`
	Login   string          `json:"login"`
	Name    string          `json:"name"`
	Unit    string          `json:"unit,omitempty"`
	State   identity.State  `json:"state"`
	Roles   []Held          `json:"roles"`
	Created time.Time       `json:"created"`
	// AdmittedBy stands in lists: two of whom one admitted the other are not two hands.
	AdmittedBy []vocab.OfficerID `json:"admitted_by,omitempty"`
}

// Held is a role held in a member.
type Held struct {
	Member vocab.MemberID `json:"member"`
	Role   vocab.Role     `json:"role"`
}

func officer(o identity.Officer) Officer {
	out := Officer{ID: o.ID, Member: o.Member, Login: o.Login, Name: o.Name, Unit: o.Unit, State: o.State, Created: o.Created, Roles: []Held{}, AdmittedBy: o.AdmittedBy}
	for _, h := range o.Roles {
		out.Roles = append(out.Roles, Held(h))
	}
	return out
}

// NewOfficer is an officer to invite; the caller's member when member is empty.
type NewOfficer struct {
	Member vocab.MemberID `json:"member,omitempty"`
	Login  string         `json:"login"`
	Name   string         `json:"name"`
	Unit   string         `json:"unit,omitempty"`
	Roles  []vocab.Role   `json:"roles"`
}

// Invitation opens an account once; its code is shown here and never again.
type Invitation struct {
	Officer vocab.OfficerID `json:"officer"`
	Code    string          `json:"code"`
	Expires time.Time       `json:"expires"`
}

// OfficerLine is what became of one line of a list.
type OfficerLine struct {
	Line       int         `json:"line"`
	Invitation *Invitation `json:"invitation,omitempty"`
	Code       vocab.Code  `json:"code,omitempty"`
	Cause      string      `json:"cause,omitempty"`
	Fix        string      `json:"fix,omitempty"`
}

// OfficersImported is what became of a list of officers.
type OfficersImported struct {
	Invited  int           `json:"invited"`
	Rejected int           `json:"rejected"`
	Lines    []OfficerLine `json:"lines"`
}

func (s *server) addOfficers() {
	t := tags("officers")
	op(s, huma.Operation{Method: "GET", Path: "/v1/officers", Summary: "Officers of a member", Tags: t}, s.officers)
	op(s, huma.Operation{Method: "POST", Path: "/v1/officers", Summary: "Add an officer; the answer holds the invitation's code", Tags: t}, s.addOfficer)
	op(s, huma.Operation{Method: "POST", Path: "/v1/officers/{id}/invite", Summary: "Give a new code", Tags: t}, s.invite)
	op(s, huma.Operation{Method: "POST", Path: "/v1/officers/{id}/state", Summary: "Suspend an officer or let them act again", Tags: t}, none(s.officerState))
	op(s, huma.Operation{Method: "POST", Path: "/v1/officers/{id}/roles", Summary: "Replace the roles held in a member", Tags: t}, none(s.officerRoles))
	op(s, huma.Operation{Method: "POST", Path: "/v1/officers/{id}/unlock", Summary: "End a lock-out before its time", Tags: t}, none(s.unlock))
	op(s, huma.Operation{Method: "GET", Path: "/v1/officers/{id}/sessions", Summary: "Where an officer is signed in", Tags: t}, s.sessions)
	op(s, huma.Operation{Method: "DELETE", Path: "/v1/officers/{id}/sessions/{session}", Summary: "End a session; it is dead when this answers", Tags: t}, none(s.revokeSession))
	s.raw(huma.Operation{
		Method: "POST", Path: "/v1/officers/import", Summary: "Add the officers of a list, CSV or xlsx", Tags: t,
		RequestBody: form(), Responses: s.jsonAnswer(OfficersImported{}),
	}, false, s.importOfficers)
}

func (s *server) officers(ctx context.Context, a identity.Actor, in *struct {
	Paging
	Member vocab.MemberID `query:"member" doc:"The caller's own when empty"`
},
) (Page[Officer], error) {
	of := in.Member
	if of == "" {
		of = a.Member
	}
	all, err := s.Identity.Officers(ctx, a, of, identity.Page{After: in.After, Limit: in.Limit + 1})
	if err != nil {
		return Page[Officer]{}, err
	}
	return page(all, in.Limit, officer, func(o identity.Officer) string { return string(o.ID) }), nil
}

func (s *server) addOfficer(ctx context.Context, a identity.Actor, in *body[NewOfficer]) (Invitation, error) {
	n := in.Body
	if n.Member == "" {
		n.Member = a.Member
	}
	got, err := s.Identity.AddOfficer(ctx, a, identity.NewOfficer(n))
	return Invitation(got), err
}

// OfficerPath names an officer. It is exported for huma, which sees no other field.
type OfficerPath struct {
	ID vocab.OfficerID `path:"id"`
}

func (s *server) invite(ctx context.Context, a identity.Actor, in *OfficerPath) (Invitation, error) {
	got, err := s.Identity.Invite(ctx, a, in.ID)
	return Invitation(got), err
}

func (s *server) unlock(ctx context.Context, a identity.Actor, in *OfficerPath) error {
	return s.Identity.Unlock(ctx, a, in.ID)
}

// Place is one place where an officer is signed in.
type Place struct {
	ID      string         `json:"id"`
	Member  vocab.MemberID `json:"member"`
	Via     string         `json:"via"`
	Created time.Time      `json:"created"`
	Seen    time.Time      `json:"seen"`
	Expires time.Time      `json:"expires"`
	Address string         `json:"address,omitempty"`
	Agent   string         `json:"agent,omitempty"`
}

// Sessions are all of an officer's.
type Sessions struct {
	Sessions []Place `json:"sessions"`
}

func (s *server) sessions(ctx context.Context, a identity.Actor, in *OfficerPath) (Sessions, error) {
	all, err := s.Identity.Sessions(ctx, a, in.ID)
	out := Sessions{Sessions: []Place{}}
	for _, x := range all {
		out.Sessions = append(out.Sessions, Place{x.ID, x.Member, x.Via, x.Created, x.Seen, x.Expires, x.Address, x.Agent})
	}
	return out, err
}

func (s *server) revokeSession(ctx context.Context, a identity.Actor, in *struct {
	OfficerPath
	Session string `path:"session"`
},
) error {
	return s.Identity.RevokeSession(ctx, a, in.ID, in.Session)
}

func (s *server) officerState(ctx context.Context, a identity.Actor, in *struct {
	OfficerPath
	Body State
},
) error {
	return s.Identity.SetOfficerState(ctx, a, in.ID, identity.State(in.Body.State), in.Body.Reason)
}

// Roles are the roles that an officer holds in a member from now on.
type Roles struct {
	Member vocab.MemberID `json:"member,omitempty"`
	Roles  []vocab.Role   `json:"roles"`
}

func (s *server) officerRoles(ctx context.Context, a identity.Actor, in *struct {
	OfficerPath
	Body Roles
},
) error {
	of := in.Body.Member
	if of == "" {
		of = a.Member
	}
	return s.Identity.SetRoles(ctx, a, in.ID, of, in.Body.Roles)
}

func (s *server) importOfficers(w http.ResponseWriter, r *http.Request) error {
	up, err := s.upload(w, r)
	if err != nil {
		return err
	}
	defer up.Close()
	list, err := intake.ReadOfficers(up.File, up.Size, input.Options{Name: up.Name})
	if err != nil {
		return err
	}
	rows := make([]identity.OfficerRow, len(list.Good))
	a := whoOf(r.Context()).actor
	for i, o := range list.Good {
		rows[i] = identity.OfficerRow{Line: o.Line, Login: o.Login, Name: o.Name, Member: string(o.Member), Roles: words(o.Roles)}
		if rows[i].Member == "" {
			rows[i].Member = string(a.Member)
		}
	}
	results, err := s.Identity.ImportOfficers(r.Context(), a, rows)
	if err != nil {
		return err
	}
	return writeJSON(w, s.imported(call.Of(r.Context()), results, list.Rejects))
}

// imported tells line by line; causes are those of the lines, never their cells.
func (s *server) imported(c *call.Call, results []identity.RowResult, rejects []intake.Reject) OfficersImported {
	out := OfficersImported{Lines: []OfficerLine{}}
	failed := func(line int, err error) {
		p := s.problems.Of(c, err)
		out.Rejected++
		out.Lines = append(out.Lines, OfficerLine{Line: line, Code: p.Code, Cause: p.Detail, Fix: p.Fix})
	}
	for _, r := range results {
		if r.Err != nil {
			failed(r.Line, r.Err)
			continue
		}
		inv := Invitation(r.Invitation)
		out.Invited++
		out.Lines = append(out.Lines, OfficerLine{Line: r.Line, Invitation: &inv})
	}
	for _, r := range rejects {
		failed(r.Line, r.Err())
	}
	return out
}

func words(roles []vocab.Role) string {
	var out string
	for i, r := range roles {
		if i > 0 {
			out += ","
		}
		out += string(r)
	}
	return out
}
