package main

import (
	"net/http"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/edge/api/law"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// memberCmd holds the verbs about members.
type memberCmd struct {
	Add      memberAddCmd      `cmd:"" help:"Admit a body to this node."`
	List     memberListCmd     `cmd:"" help:"List the members that you see."`
	Suspend  memberSuspendCmd  `cmd:"" help:"Let a member act no more; its sessions and tokens end."`
	Resume   memberResumeCmd   `cmd:"" help:"Let a suspended member act again."`
	Protects memberProtectsCmd `cmd:"" help:"Say that a member protects or shelters people: its uses are shown to the person alone."`
}

type memberAddCmd struct {
	ID         string `arg:"" help:"Id: a-z, 0-9 and hyphens."`
	Name       string `arg:"" help:"Name in Chinese or English."`
	NameEn     string `help:"English name beside a Chinese one." placeholder:"NAME"`
	Kind       string `help:"One of ${enum}." enum:"authority,department,service,auditor,firm" default:"department"`
	CreditCode string `help:"Unified social credit code." placeholder:"CODE"`
	Class      string `help:"Class of the identity string; GOV for public bodies and COM for firms and services when empty." placeholder:"CLASS"`
	Region     string `help:"Area code of six digits; the node's own when empty." placeholder:"CODE"`
}

// Help shows an example.
func (memberAddCmd) Help() string {
	return "Example:\n  fontis member add civil 民政局 --credit-code 119900000000123432"
}

// Run admits the member.
func (m *memberAddCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		if m.Region == "" {
			var n api.Node
			if err := r.Do(c.Ctx, http.MethodGet, "/v1/node", nil, &n); err != nil {
				return err
			}
			m.Region = n.Jurisdiction
		}
		name := console.NameOf(m.Name)
		if m.NameEn != "" {
			name.En = m.NameEn
		}
		in := api.NewMember{ID: vocab.MemberID(m.ID), Name: name, CreditCode: m.CreditCode, Class: m.Class, Kind: identity.MemberKind(m.Kind), Region: m.Region}
		var out api.Member
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/members", in, &out); err != nil {
			return err
		}
		err := c.Result(out, func() { c.Say("%s  %s  %s", out.ID, out.Name.In("zh"), out.Identity) })
		for _, w := range out.Warnings {
			c.Note("warning: %v", w)
		}
		c.Next("fontis officer add LOGIN NAME --member %s --roles steward", out.ID)
		return err
	})
}

type memberListCmd struct {
	Departments bool `help:"All departments of the node that act, whosever you are: of them you may demand what no catalog lists."`
}

// Help shows an example.
func (memberListCmd) Help() string { return "Example:\n  fontis member list --json" }

// Run lists.
func (m memberListCmd) Run(c *console.Console) error {
	if m.Departments {
		return listDepartments(c)
	}
	return c.With(func(r *console.Reached) error {
		list, err := console.ListAll[api.Member](c.Ctx, r.Client, "/v1/members")
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, m := range list {
				rows = append(rows, []string{string(m.ID), string(m.Kind), m.Region, string(m.State), m.Name.In("zh")})
			}
			c.Table([]string{"MEMBER", "KIND", "REGION", "STATE", "NAME"}, rows)
		})
	})
}

func listDepartments(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListAll[api.Department](c.Ctx, r.Client, "/v1/departments")
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, m := range list {
				rows = append(rows, []string{string(m.ID), m.Region, m.Name.In("zh")})
			}
			c.Table([]string{"MEMBER", "REGION", "NAME"}, rows)
		})
	})
}

type memberProtectsCmd struct {
	ID     string `arg:"" help:"Id of the member."`
	No     bool   `help:"It does not, or no longer."`
	Reason string `help:"Why." required:"" placeholder:"TEXT"`
}

// Help shows an example.
func (memberProtectsCmd) Help() string {
	return "No mandate sees what such a member asked: not by a line, a number, a receipt or a file.\n\nExample:\n  fontis member protects shelter --reason 'it shelters people from violence at home'"
}

// Run says so.
func (m *memberProtectsCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		in := law.Protects{Protects: !m.No, Reason: m.Reason}
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/members/"+console.Segment(m.ID)+"/protects", in, nil); err != nil {
			return err
		}
		return c.Result(in, func() {
			if m.No {
				c.Say("%s protects nobody; mandates see its uses from now on", m.ID)
				return
			}
			c.Say("%s protects people: its uses are shown to the person alone", m.ID)
		})
	})
}
