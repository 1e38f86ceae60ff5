package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/vocab"
)

// officerCmd holds the verbs about officers.
type officerCmd struct {
	Add      officerAddCmd      `cmd:"" help:"Add an officer, or all of a list; prints one-time codes."`
	List     officerListCmd     `cmd:"" help:"List the officers of a member."`
	Invite   officerInviteCmd   `cmd:"" help:"Give a new code to an officer who lost theirs."`
	Roles    officerRolesCmd    `cmd:"" help:"Give an officer a role, or take it away."`
	Suspend  officerSuspendCmd  `cmd:"" help:"Let an officer act no more; their sessions end."`
	Resume   officerResumeCmd   `cmd:"" help:"Let a suspended officer act again."`
	Unlock   officerUnlockCmd   `cmd:"" help:"End a lock-out before its time."`
	Sessions officerSessionsCmd `cmd:"" help:"Show where an officer is signed in, or end a session."`
}

type officerAddCmd struct {
	Login  string   `arg:"" optional:"" help:"Login: a-z, 0-9 and . _ -"`
	Name   string   `arg:"" optional:"" help:"Name."`
	Member string   `help:"Member to act for; your own when empty." placeholder:"ID"`
	Unit   string   `help:"Unit inside the member." placeholder:"NAME"`
	Roles  []string `help:"Roles: steward, user, authority, auditor, counter, operator." placeholder:"ROLE,..."`
	File   string   `help:"A list instead: a workbook or CSV with login, name, member, roles." type:"existingfile" placeholder:"FILE"`
}

// Help shows an example.
func (officerAddCmd) Help() string {
	return "Example:\n  fontis officer add wang.fang 王芳 --member civil --roles steward\n  fontis officer add --file officers.xlsx"
}

// Run adds one or all of a list.
func (o *officerAddCmd) Run(c *console.Console) error {
	if o.File == "" && (o.Login == "" || o.Name == "") {
		return console.Misuse("give LOGIN and NAME, or --file LIST")
	}
	return c.With(func(r *console.Reached) error {
		if o.File != "" {
			return o.list(c, r)
		}
		in := api.NewOfficer{Member: vocab.MemberID(o.Member), Login: o.Login, Name: o.Name, Unit: o.Unit, Roles: console.Words[vocab.Role](o.Roles)}
		var out api.Invitation
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/officers", in, &out); err != nil {
			return err
		}
		return invited(c, out)
	})
}

func invited(c *console.Console, i api.Invitation) error {
	err := c.Result(i, func() {
		c.Say("officer  %s\ncode     %s\nuntil    %s", i.Officer, i.Code, i.Expires.Local().Format(time.DateTime))
	})
	c.Next("hand the code over; they type: fontis login %s --code %s", i.Officer, i.Code)
	return err
}

func (o *officerAddCmd) list(c *console.Console, r *console.Reached) error {
	var out api.OfficersImported
	err := c.SendFile(r.Client, console.Upload{Path: "/v1/officers/import", File: o.File}, &out)
	if err != nil {
		return err
	}
	err = c.Result(out, func() {
		var rows [][]string
		for _, l := range out.Lines {
			if l.Invitation != nil {
				rows = append(rows, []string{strconv.Itoa(l.Line), string(l.Invitation.Officer), l.Invitation.Code})
				continue
			}
			rows = append(rows, []string{strconv.Itoa(l.Line), "rejected", fmt.Sprintf("%s; fix: %s", l.Cause, l.Fix)})
		}
		c.Table([]string{"LINE", "OFFICER", "CODE"}, rows)
	})
	c.Note("%d invited, %s rejected", out.Invited, lines(out.Rejected))
	if err == nil && out.Rejected > 0 {
		return console.Exit(console.ExitRefused)
	}
	return err
}

type officerListCmd struct {
	Member string `help:"Member; your own when empty." placeholder:"ID"`
}

// Help shows an example.
func (officerListCmd) Help() string { return "Example:\n  fontis officer list --member civil" }

// Run lists.
func (o *officerListCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		path := "/v1/officers"
		if o.Member != "" {
			path += "?member=" + console.Segment(o.Member)
		}
		list, err := console.ListAll[api.Officer](c.Ctx, r.Client, path)
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, one := range list {
				var held []string
				for _, h := range one.Roles {
					held = append(held, string(h.Role)+"@"+string(h.Member))
				}
				var by []string
				for _, id := range one.AdmittedBy {
					by = append(by, string(id))
				}
				rows = append(rows, []string{string(one.ID), string(one.State), console.Joined(held), console.Joined(by), one.Name})
			}
			c.Table([]string{"OFFICER", "STATE", "ROLES", "ADMITTED BY", "NAME"}, rows)
		})
	})
}

// wholeID is an officer with their member: a login alone stands in many.
type wholeID string

// Validate refuses a login alone before anybody is asked.
func (w wholeID) Validate() error {
	if login, member, _ := strings.Cut(string(w), "@"); login == "" || member == "" {
		return fmt.Errorf("%q is no whole id: give LOGIN@MEMBER, such as wang.fang@civil, as fontis officer list shows it", string(w))
	}
	return nil
}

// anOfficer is an officer with or without their member.
type anOfficer string

// whole finds the one officer of that login among those whom the caller may see.
func (o anOfficer) whole(c *console.Console, r *console.Reached) (string, error) {
	if strings.Contains(string(o), "@") {
		return string(o), wholeID(o).Validate()
	}
	members, err := console.ListAll[api.Member](c.Ctx, r.Client, "/v1/members")
	if err != nil {
		return "", err
	}
	var found []string
	for _, m := range members {
		list, err := console.ListAll[api.Officer](c.Ctx, r.Client, "/v1/officers?member="+console.Segment(m.ID))
		if errors.Is(err, vocab.NoSuchThing) {
			continue // another body's officers are not the caller's to see
		}
		if err != nil {
			return "", err
		}
		for _, one := range list {
			if id := string(one.ID); strings.HasPrefix(id, string(o)+"@") && !slices.Contains(found, id) {
				found = append(found, id)
			}
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", vocab.NoSuchThing.Because("no officer whom you see has the login %q", string(o)).WithFix("fontis officer list --member ID")
	}
	return "", vocab.BadInput.Because("%d officers have the login %q: %s", len(found), string(o), console.Joined(found)).WithFix("fontis officer invite %s", found[0])
}

type officerInviteCmd struct {
	Officer anOfficer `arg:"" help:"Whole id, such as wang.fang@civil, or the login where one officer has it."`
}

// Help shows an example.
func (officerInviteCmd) Help() string { return "Example:\n  fontis officer invite wang.fang@civil" }

// Run gives a new code.
func (o *officerInviteCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		id, err := o.Officer.whole(c, r)
		if err != nil {
			return err
		}
		var out api.Invitation
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/officers/"+console.Segment(id)+"/invite", nil, &out); err != nil {
			return err
		}
		return invited(c, out)
	})
}
