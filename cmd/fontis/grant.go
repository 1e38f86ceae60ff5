package main

import (
	"net/http"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/share"
	"fontis/internal/edge/api"
	"fontis/internal/trust/access"
)

// grantCmd holds the verbs about grants.
type grantCmd struct {
	List    grantListCmd    `cmd:"" help:"List the grants that your member holds, or has given."`
	Show    grantShowCmd    `cmd:"" help:"Show what a grant allows."`
	Suspend grantSuspendCmd `cmd:"" help:"Stop a grant for a time."`
	Resume  grantResumeCmd  `cmd:"" help:"Let a suspended grant answer again."`
	End     grantEndCmd     `cmd:"" help:"End a grant for good."`
}

type grantListCmd struct {
	Given bool `help:"Those that your member has given."`
}

// Help shows an example.
func (grantListCmd) Help() string { return "Example:\n  fontis grant list --given" }

// Run lists.
func (g *grantListCmd) Run(c *console.Console) error {
	path := "/v1/grants"
	if g.Given {
		path += "?given=true"
	}
	return c.With(func(r *console.Reached) error {
		list, err := console.ListAll[access.Grant](c.Ctx, r.Client, path)
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, one := range list {
				rows = append(rows, []string{string(one.ID), string(one.State), string(one.To), string(one.Provider), string(one.Question), one.Until.Format(time.DateOnly), one.Purpose})
			}
			c.Table([]string{"GRANT", "STATE", "HOLDER", "PROVIDER", "QUESTION", "UNTIL", "PURPOSE"}, rows)
			if !g.Given {
				c.Next("what your member holds stands above; what it has given: fontis grant list --given")
			}
		})
	})
}

type grantShowCmd struct {
	Grant string `arg:"" help:"Id of the grant."`
}

// Help shows an example.
func (grantShowCmd) Help() string { return "Example:\n  fontis grant show g-4k1m" }

// Run shows.
func (g *grantShowCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out access.Grant
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/grants/"+console.Segment(g.Grant), nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() {
			c.Say("%s  %s  %s", out.ID, out.State, out.Reason)
			c.Say("holder    %s, given by %s after request %s", out.To, out.Provider, out.Request)
			c.Say("allows    %s (%s): %s", out.Question, console.Joined(out.Carriages), console.Joined(out.Items))
			c.Say("purpose   %s (%s)", out.Purpose, out.Basis)
			c.Say("cases     %s", out.CasePattern)
			c.Say("period    %s to %s", out.From.Format(time.DateOnly), out.Until.Format(time.DateOnly))
			if out.PerDay > 0 {
				c.Say("volume    %d subjects a day", out.PerDay)
			}
		})
	})
}

type turned struct {
	Grant  string `arg:"" help:"Id of the grant."`
	Reason string `help:"Why." placeholder:"TEXT"`
}

func (g *turned) turn(c *console.Console, to access.GrantState) error {
	return c.With(func(r *console.Reached) error {
		var out share.Request
		err := r.Do(c.Ctx, http.MethodPost, "/v1/grants/"+console.Segment(g.Grant)+"/state", api.State{State: string(to), Reason: g.Reason}, &out)
		if err != nil {
			return err
		}
		return c.Result(out, func() { c.Say("%s  %s", out.Grant, out.GrantState) })
	})
}

type grantSuspendCmd struct{ turned }

// Help shows an example.
func (grantSuspendCmd) Help() string {
	return "Example:\n  fontis grant suspend g-4k1m --reason 'cases are missing'"
}

// Run suspends.
func (g *grantSuspendCmd) Run(c *console.Console) error { return g.turn(c, access.GrantSuspended) }

type grantResumeCmd struct{ turned }

// Help shows an example.
func (grantResumeCmd) Help() string {
	return "Example:\n  fontis grant resume g-4k1m --reason confirmed"
}

// Run resumes.
func (g *grantResumeCmd) Run(c *console.Console) error { return g.turn(c, access.GrantActive) }

type grantEndCmd struct{ turned }

// Help shows an example.
func (grantEndCmd) Help() string {
	return "Example:\n  fontis grant end g-4k1m --reason 'no longer needed'"
}

// Run ends.
func (g *grantEndCmd) Run(c *console.Console) error { return g.turn(c, access.GrantEnded) }
