package main

import (
	"net/http"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/share/emergency"
	"fontis/internal/edge/api/law"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// emergencyCmd holds the verbs of emergencies.
type emergencyCmd struct {
	Declare emergencyDeclareCmd `cmd:"" help:"Take a grant at once, for at most 24 hours."`
	Review  emergencyReviewCmd  `cmd:"" help:"As another officer of the member that declared it, say whether it was one."`
	List    emergencyListCmd    `cmd:"" help:"List emergencies of your member, or of data that it holds."`
}

type emergencyDeclareCmd struct {
	Items    []string `arg:"" help:"Items of one data set, as DATASET/ITEM."`
	Question string   `help:"One of ${enum}." enum:"compare,status,read" default:"read"`
	Status   []string `help:"For status: which ones." placeholder:"NAME,..."`
	Purpose  string   `required:"" help:"What for." placeholder:"TEXT"`
	Basis    string   `required:"" help:"Law and article." placeholder:"TEXT"`
	Reason   string   `required:"" help:"Why it cannot wait." placeholder:"TEXT"`
	Hours    int      `help:"For how long." default:"24"`
}

// Help shows an example.
func (emergencyDeclareCmd) Help() string {
	return "Provider and authority are told now, each person when their record is used. Without a second officer's review in time all grants of your member are suspended. That officer is another of your member, with the role user, authority or auditor there, and neither admitted by you nor the one who admitted you.\nExample:\n  fontis emergency declare d-4k1m/address --purpose rescue --basis 'Emergency Response Law art. 56' --reason 'flood in the east district'"
}

// Run declares.
func (q *emergencyDeclareCmd) Run(c *console.Console) error {
	in := access.EmergencyGrant{Question: vocab.Question(q.Question), Statuses: q.Status, Purpose: q.Purpose, Basis: q.Basis, Reason: q.Reason, Hours: q.Hours}
	for _, item := range q.Items {
		if !strings.Contains(item, "/") {
			return console.Misuse("%s names no item: write DATASET/ITEM, as fontis search WORDS --items lists them", item)
		}
		in.Items = append(in.Items, vocab.ItemID(item))
	}
	return c.With(func(r *console.Reached) error {
		var out emergency.Emergency
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/emergencies", in, &out); err != nil {
			return err
		}
		err := c.Result(out, func() { c.Say("%s  grant %s until %s", out.ID, out.Grant, out.EndsAt.Format(time.RFC3339)) })
		c.Next("another officer of %s, with the role user: fontis emergency review %s --uphold --note TEXT --as LOGIN", out.Member, out.ID)
		return err
	})
}

type emergencyReviewCmd struct {
	Emergency string `arg:"" help:"Id of the emergency."`
	Uphold    bool   `xor:"word" required:"" help:"It was one."`
	Object    bool   `xor:"word" required:"" help:"It was none: the grant ends at once."`
	Note      string `required:"" help:"What was found." placeholder:"TEXT"`
}

// Help shows an example.
func (emergencyReviewCmd) Help() string {
	return "An officer of the member that declared it, who is not the one who did: with the role user, authority or auditor there.\n\nExample:\n  fontis emergency review e-4k1m --uphold --note 'three addresses, all of missing persons'"
}

// Run reviews.
func (q *emergencyReviewCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out emergency.Emergency
		in := law.EmergencyReview{Uphold: q.Uphold, Note: q.Note}
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/emergencies/"+console.Segment(q.Emergency)+"/review", in, &out); err != nil {
			return err
		}
		return c.Result(out, func() { c.Say("%s  %s", out.ID, out.State) })
	})
}

type emergencyListCmd struct{}

// Help shows an example.
func (emergencyListCmd) Help() string { return "Example:\n  fontis emergency list" }

// Run lists.
func (emergencyListCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListAll[emergency.Emergency](c.Ctx, r.Client, "/v1/emergencies")
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, e := range list {
				due := ""
				for _, clock := range e.Clocks {
					due = clock.DueAt.Local().Format(time.DateTime)
				}
				rows = append(rows, []string{e.ID, string(e.State), string(e.Member), string(e.Grant), e.OpenedAt.Local().Format(time.DateTime), due, e.Reason})
			}
			c.Table([]string{"EMERGENCY", "STATE", "MEMBER", "GRANT", "DECLARED", "REVIEW DUE", "REASON"}, rows)
		})
	})
}
