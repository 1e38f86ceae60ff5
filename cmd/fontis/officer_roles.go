package main

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

type officerRolesCmd struct {
	Officer wholeID  `arg:"" help:"Whole id, such as wang.fang@civil."`
	Give    []string `help:"Roles to give: steward, user, authority, auditor, counter, operator." placeholder:"ROLE,..."`
	Take    []string `help:"Roles to take away." placeholder:"ROLE,..."`
	Member  string   `help:"Member in which they are held; the officer's own when empty." placeholder:"ID"`
}

// Help shows an example.
func (officerRolesCmd) Help() string {
	return "Whoever is signed in has the change at their next call.\n\nExample:\n  fontis officer roles wang.fang@civil --give user"
}

// Run gives and takes; the other roles stay.
func (o *officerRolesCmd) Run(c *console.Console) error {
	give, take := console.Words[vocab.Role](o.Give), console.Words[vocab.Role](o.Take)
	if len(give)+len(take) == 0 {
		return console.Misuse("give --give ROLE,... or --take ROLE,...")
	}
	member := vocab.MemberID(o.Member)
	if _, home, whole := strings.Cut(string(o.Officer), "@"); member == "" && whole {
		member = vocab.MemberID(home)
	}
	return c.With(func(r *console.Reached) error {
		held, err := rolesIn(c, r, vocab.OfficerID(o.Officer), member)
		if err != nil {
			return err
		}
		held = slices.DeleteFunc(held, func(one vocab.Role) bool { return slices.Contains(take, one) })
		for _, one := range give {
			if !slices.Contains(held, one) {
				held = append(held, one)
			}
		}
		in := api.Roles{Member: member, Roles: held}
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/officers/"+console.Segment(string(o.Officer))+"/roles", in, nil); err != nil {
			return err
		}
		return c.Result(in, func() {
			if len(held) == 0 {
				c.Say("%s holds no role in %s", o.Officer, member)
				return
			}
			c.Say("%s holds in %s: %s", o.Officer, member, console.Joined(held))
		})
	})
}

// rolesIn are those that the officer holds in the member; none of one who is not
// listed there.
func rolesIn(c *console.Console, r *console.Reached, id vocab.OfficerID, member vocab.MemberID) ([]vocab.Role, error) {
	list, err := console.ListAll[api.Officer](c.Ctx, r.Client, "/v1/officers?member="+console.Segment(member))
	if err != nil {
		return nil, err
	}
	var held []vocab.Role
	for _, one := range list {
		for _, h := range one.Roles {
			if one.ID == id && h.Member == member {
				held = append(held, h.Role)
			}
		}
	}
	return held, nil
}

type officerSuspendCmd struct {
	Officer wholeID `arg:"" help:"Whole id, such as wang.fang@civil."`
	Reason  string  `help:"Why." required:"" placeholder:"TEXT"`
}

// Help shows an example.
func (officerSuspendCmd) Help() string {
	return "All their sessions and codes are dead when this answers.\n\nExample:\n  fontis officer suspend wang.fang@civil --reason 'left the department'"
}

// Run suspends.
func (o *officerSuspendCmd) Run(c *console.Console) error {
	return newState(c, "/v1/officers/", string(o.Officer), api.State{State: string(identity.Suspended), Reason: o.Reason})
}

type officerResumeCmd struct {
	Officer wholeID `arg:"" help:"Whole id, such as wang.fang@civil."`
	Reason  string  `help:"Why." required:"" placeholder:"TEXT"`
}

// Help shows an example.
func (officerResumeCmd) Help() string {
	return "Example:\n  fontis officer resume wang.fang@civil --reason 'back from leave'"
}

// Run lets the officer act again.
func (o *officerResumeCmd) Run(c *console.Console) error {
	return newState(c, "/v1/officers/", string(o.Officer), api.State{State: string(identity.Active), Reason: o.Reason})
}

// newState brings an officer or a member into a state.
func newState(c *console.Console, of, id string, s api.State) error {
	return c.With(func(r *console.Reached) error {
		if err := r.Do(c.Ctx, http.MethodPost, of+console.Segment(id)+"/state", s, nil); err != nil {
			return err
		}
		return c.Result(s, func() { c.Say("%s  %s", id, s.State) })
	})
}

type officerUnlockCmd struct {
	Officer wholeID `arg:"" help:"Whole id, such as wang.fang@civil."`
}

// Help shows an example.
func (officerUnlockCmd) Help() string { return "Example:\n  fontis officer unlock wang.fang@civil" }

// Run forgets the wrong tries.
func (o *officerUnlockCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/officers/"+console.Segment(string(o.Officer))+"/unlock", nil, nil); err != nil {
			return err
		}
		return c.Result(struct{}{}, func() { c.Say("%s may try to sign in again", o.Officer) })
	})
}

type officerSessionsCmd struct {
	Officer wholeID `arg:"" help:"Whole id, such as wang.fang@civil."`
	End     string  `help:"End this session." placeholder:"ID"`
}

// Help shows an example.
func (officerSessionsCmd) Help() string {
	return "Example:\n  fontis officer sessions wang.fang@civil"
}

// Run lists where an officer is signed in, or ends one session.
func (o *officerSessionsCmd) Run(c *console.Console) error {
	path := "/v1/officers/" + console.Segment(string(o.Officer)) + "/sessions"
	return c.With(func(r *console.Reached) error {
		if o.End != "" {
			if err := r.Do(c.Ctx, http.MethodDelete, path+"/"+console.Segment(o.End), nil, nil); err != nil {
				return err
			}
			return c.Result(struct{}{}, func() { c.Say("the session %s is ended", o.End) })
		}
		var out api.Sessions
		if err := r.Do(c.Ctx, http.MethodGet, path, nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() {
			var rows [][]string
			for _, s := range out.Sessions {
				rows = append(rows, []string{s.ID, string(s.Member), s.Created.Local().Format(time.DateTime), s.Expires.Local().Format(time.DateTime), s.Address})
			}
			c.Table([]string{"SESSION", "MEMBER", "SINCE", "UNTIL", "FROM"}, rows)
		})
	})
}

type memberSuspendCmd struct {
	ID     string `arg:"" help:"Id of the member."`
	Reason string `help:"Why." required:"" placeholder:"TEXT"`
}

// Help shows an example.
func (memberSuspendCmd) Help() string {
	return "All its sessions and tokens are dead when this answers.\n\nExample:\n  fontis member suspend civil --reason 'merged into another'"
}

// Run suspends.
func (m *memberSuspendCmd) Run(c *console.Console) error {
	return newState(c, "/v1/members/", m.ID, api.State{State: string(identity.Suspended), Reason: m.Reason})
}

type memberResumeCmd struct {
	ID     string `arg:"" help:"Id of the member."`
	Reason string `help:"Why." required:"" placeholder:"TEXT"`
}

// Help shows an example.
func (memberResumeCmd) Help() string {
	return "Example:\n  fontis member resume civil --reason 'takes part again'"
}

// Run lets it act again.
func (m *memberResumeCmd) Run(c *console.Console) error {
	return newState(c, "/v1/members/", m.ID, api.State{State: string(identity.Active), Reason: m.Reason})
}
