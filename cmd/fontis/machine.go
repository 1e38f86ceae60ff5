package main

import (
	"net/http"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/vocab"
)

// machineCmd holds the verbs about systems' tokens.
type machineCmd struct {
	Add    machineAddCmd    `cmd:"" help:"Issue a token for a system of your member."`
	List   machineListCmd   `cmd:"" help:"List the tokens of your member."`
	Revoke machineRevokeCmd `cmd:"" help:"End a token at once."`
}

type machineAddCmd struct {
	System string   `arg:"" help:"Id of the system, as it will stand in the ledger."`
	Name   string   `arg:"" help:"What the token is for."`
	Roles  []string `help:"user, steward or both." default:"user"`
	Days   int      `help:"Days until it ends." default:"90"`
	Listed bool     `name:"listed-only" help:"Refuse calls in the name of anyone whom your member does not list."`
}

// Help shows an example.
func (machineAddCmd) Help() string {
	return "The token is shown once. Its calls name an officer and a case in Fontis-Officer and Fontis-Case. An officer whom your member lists stands on record as listed; any other name as given.\n\nExample:\n  fontis machine add pension-core 养老金核心系统 --days 180"
}

// Run issues the token.
func (m *machineAddCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		in := api.NewMachine{System: vocab.SystemID(m.System), Name: m.Name, Roles: console.Words[vocab.Role](m.Roles), Days: m.Days, ListedOnly: m.Listed}
		var out api.IssuedMachine
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/machines", in, &out); err != nil {
			return err
		}
		err := c.Result(out, func() {
			c.Say("machine  %s\ntoken    %s\nuntil    %s", out.Machine.ID, out.Token, out.Machine.Expires.Local().Format(time.DateTime))
		})
		c.Next("send it with each call: Authorization: Bearer TOKEN; end it: fontis machine revoke %s", out.Machine.ID)
		return err
	})
}

type machineListCmd struct{}

// Help shows an example.
func (machineListCmd) Help() string { return "Example:\n  fontis machine list" }

// Run lists.
func (machineListCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListAll[api.Machine](c.Ctx, r.Client, "/v1/machines")
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, m := range list {
				state := "until " + m.Expires.Local().Format(time.DateOnly)
				if !m.Revoked.IsZero() {
					state = "revoked " + m.Revoked.Local().Format(time.DateOnly)
				}
				names := "any"
				if m.ListedOnly {
					names = "listed"
				}
				rows = append(rows, []string{string(m.ID), string(m.System), console.Joined(m.Roles), names, state, m.Name})
			}
			c.Table([]string{"MACHINE", "SYSTEM", "ROLES", "OFFICERS", "STATE", "NAME"}, rows)
		})
	})
}

type machineRevokeCmd struct {
	Machine string `arg:"" help:"Id of the token."`
}

// Help shows an example.
func (machineRevokeCmd) Help() string { return "Example:\n  fontis machine revoke m-4k1m" }

// Run revokes.
func (m *machineRevokeCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		if err := r.Do(c.Ctx, http.MethodDelete, "/v1/machines/"+console.Segment(m.Machine), nil, nil); err != nil {
			return err
		}
		return c.Result(map[string]string{"id": m.Machine, "state": "revoked"}, func() { c.Say("%s is dead", m.Machine) })
	})
}
