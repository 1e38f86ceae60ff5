package main

import (
	"net/http"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/cmd/fontis/terms"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/edge/api"
	"fontis/internal/vocab"
)

// requestCmd asks for data.
type requestCmd struct {
	Make     requestMakeCmd       `cmd:"" default:"withargs" help:"Ask for items of a data set."`
	Like     requestLikeCmd       `cmd:"" help:"Ask again for what a grant gave."`
	List     requestListCmd       `cmd:"" help:"List your member's requests, or those made to it."`
	Show     requestShowCmd       `cmd:"" help:"Show a request: what it lacks, what became of it."`
	History  requestHistoryCmd    `cmd:"" help:"Show every step of a request: who, when, on what ground."`
	Twin     requestTwinCmd       `cmd:"" help:"Show the test twin: invented subjects and working calls."`
	Submit   terms.RequestSubmit  `cmd:"" help:"Complete a draft and hand it over."`
	Drop     terms.RequestDrop    `cmd:"" help:"Remove a draft."`
	Withdraw requestWithdrawCmd   `cmd:"" help:"Take a request back before it is decided."`
	Supply   terms.RequestSupply  `cmd:"" help:"Bring what was missing."`
	Step     terms.RequestStep    `cmd:"" help:"Take a step: supplement, extension, the true source, delivery, review."`
	Certify  terms.RequestCertify `cmd:"" help:"Certify that what a grant gave is destroyed."`
}

type requestMakeCmd struct {
	Dataset     string   `arg:"" help:"Id of the data set."`
	Items       []string `help:"Codes of items." placeholder:"ITEM,..."`
	Question    string   `help:"One of ${enum}." enum:"compare,status,read" default:"compare"`
	Statuses    []string `help:"For status: which ones." placeholder:"NAME,..."`
	Carriages   []string `help:"single, batch or both." default:"single"`
	Law         string   `help:"Law that allows it." placeholder:"TEXT"`
	Article     string   `help:"Its article." placeholder:"TEXT"`
	Purpose     string   `help:"What for." placeholder:"TEXT"`
	Scenario    string   `help:"In which work." placeholder:"TEXT"`
	Statute     string   `help:"Statute that names reading about persons in a batch." placeholder:"TEXT"`
	RowScope    string   `help:"Conditions on columns that rows must fulfil." placeholder:"TEXT"`
	From        string   `help:"First day; today when empty." placeholder:"DAY"`
	Until       string   `help:"Last day; a year from the first when empty." placeholder:"DAY"`
	CasePattern string   `help:"Regular expression that every case number fulfils." placeholder:"RE"`
	CasesPerDay int      `help:"Calls that one case number may carry in a day." placeholder:"N"`
	PerDay      int64    `help:"Subjects a day." placeholder:"N"`
	Security    string   `help:"Security measures." placeholder:"TEXT"`
	Impact      string   `help:"Reference of the impact assessment." placeholder:"REF"`
	Existence   bool     `help:"Wish to learn why an answer is unknown."`
	Draft       bool     `help:"Only draft; do not submit."`
}

// Help shows an example.
func (requestMakeCmd) Help() string {
	return `Drafts and submits. Everything that is missing is told at once.

Example:
  fontis request d-4k1m --items born --purpose pension --law 社会保险法 --article 58 \
    --scenario 养老金核定 --case-pattern 'P-\d+' --per-day 1000 --security 'two officers, no copies' --impact PIA-7`
}

// Run drafts and submits.
func (q *requestMakeCmd) Run(c *console.Console) error {
	in, err := q.fields(time.Now())
	if err != nil {
		return err
	}
	return c.With(func(r *console.Reached) error {
		var out share.Request
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/requests", in, &out); err != nil {
			return err
		}
		return submit(c, r, out, q.Draft)
	})
}

func (q *requestMakeCmd) fields(now time.Time) (share.Fields, error) {
	f := share.Fields{
		Dataset: vocab.DatasetID(q.Dataset), Items: console.Words[vocab.ItemID](q.Items), Question: vocab.Question(q.Question),
		Statuses: console.Words[string](q.Statuses), Carriages: console.Words[vocab.Carriage](q.Carriages), Basis: entry.Cite{Law: q.Law, Article: q.Article},
		Purpose: q.Purpose, Scenario: q.Scenario, Statute: q.Statute, RowScope: q.RowScope, CasePattern: q.CasePattern,
		CasesPerDay: q.CasesPerDay, PerDay: q.PerDay, Security: q.Security, ImpactRef: q.Impact, Existence: q.Existence,
		From: now.UTC().Truncate(24 * time.Hour),
	}
	var err error
	if q.From != "" {
		if f.From, err = dayOf("from", q.From); err != nil {
			return f, err
		}
	}
	f.Until = f.From.AddDate(1, 0, 0)
	if q.Until != "" {
		if f.Until, err = dayOf("until", q.Until); err != nil {
			return f, err
		}
		f.Until = f.Until.AddDate(0, 0, 1) // the day itself belongs to the period
	}
	return f, nil
}

func dayOf(flag, s string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, console.Misuse("--%s: %q is not a day such as 2026-03-01", flag, s)
	}
	return t, nil
}

type requestLikeCmd struct {
	Grant string `arg:"" help:"Id of a grant that your member holds or held."`
	Draft bool   `help:"Only draft; do not submit."`
}

// Help shows an example.
func (requestLikeCmd) Help() string { return "Example:\n  fontis request like g-4k1m" }

// Run drafts from the request behind the grant, and submits.
func (q *requestLikeCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out share.Request
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/grants/"+console.Segment(q.Grant)+"/again", nil, &out); err != nil {
			return err
		}
		return submit(c, r, out, q.Draft)
	})
}

// submit hands a draft over, unless it is to stay one.
func submit(c *console.Console, r *console.Reached, out share.Request, draft bool) error {
	if !draft {
		id := out.ID
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/requests/"+console.Segment(id)+"/submit", nil, &out); err != nil {
			terms.Kept(c, r, id)
			return err
		}
	}
	err := c.Result(out, func() { c.Say("%s  %s  to %s", out.ID, out.State, out.Provider) })
	if draft {
		c.Next("fontis request submit %s", out.ID)
		return err
	}
	c.Next("try it on invented subjects: fontis request twin %s; a steward of %s: fontis decide %s --agree", out.ID, out.Provider, out.ID)
	return err
}

type requestListCmd struct {
	Incoming bool   `help:"Those made to your member."`
	Overseen bool   `help:"As the data authority: those in its region."`
	Waiting  bool   `help:"As the data authority: those that wait for its word, such as disputes."`
	State    string `help:"Only in this state." placeholder:"STATE"`
	Most     int    `help:"At most so many." default:"50"`
}

// Help shows an example.
func (requestListCmd) Help() string {
	return "Example:\n  fontis request list --incoming --state submitted"
}

// Run lists.
func (q *requestListCmd) Run(c *console.Console) error {
	path := "/v1/requests?incoming=false"
	switch {
	case q.Waiting:
		path = "/v1/requests?waiting=true"
	case q.Overseen:
		path = "/v1/requests?overseen=true"
	case q.Incoming:
		path = "/v1/requests?incoming=true"
	}
	if q.State != "" {
		path += "&state=" + console.Segment(q.State)
	}
	return c.With(func(r *console.Reached) error {
		list, err := console.ListSome[share.Request](c.Ctx, r.Client, path, q.Most)
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, one := range list {
				rows = append(rows, []string{string(one.ID), string(one.State), string(one.Requester), string(one.Provider), string(one.Dataset), string(one.Question), one.Purpose})
			}
			c.Table([]string{"REQUEST", "STATE", "FROM", "TO", "DATASET", "QUESTION", "PURPOSE"}, rows)
		})
	})
}

type requestShowCmd struct {
	Request string `arg:"" help:"Id of the request."`
}

// Help shows an example.
func (requestShowCmd) Help() string { return "Example:\n  fontis request show r-4k1m" }

// Run shows.
func (q *requestShowCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		out := api.RequestView{Request: &share.Request{}}
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/requests/"+console.Segment(q.Request), nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() {
			c.Say("%s  %s  from %s to %s", out.ID, out.Stage, out.Requester, out.Provider)
			c.Say("asks      %s of %s: %s", out.Question, out.Dataset, console.Joined(out.Items))
			c.Say("purpose   %s (%s)", out.Purpose, out.BasisText())
			c.Say("period    %s to %s", out.From.Format(time.DateOnly), out.Until.Format(time.DateOnly))
			if sup := out.Supplement; sup != nil && sup.Supplied.IsZero() {
				c.Say("asked     %s", sup.What)
				c.Next("fontis request supply %s", out.ID)
			}
			if p := out.Procedure; p != nil && p.Ended.IsZero() {
				c.Say("stands    %s: %s  %s", p.Kind, p.What, p.Citation)
			}
			if d := out.Decision; d != nil && d.Reason != "" {
				c.Say("said      %s  %s", d.Reason, d.Citation)
			}
			if out.Grant != "" {
				c.Say("grant     %s, %s", out.Grant, out.GrantState)
			}
			if len(out.Clocks) > 0 {
				terms.ShowClocks(c, out.Clocks)
			}
			for _, m := range out.Missing {
				c.Say("missing   %s", m)
			}
			for _, w := range out.Warnings {
				c.Say("warning   %s", w.Cause)
			}
		})
	})
}

type requestWithdrawCmd struct {
	Request string `arg:"" help:"Id of the request."`
	Reason  string `help:"Why." placeholder:"TEXT"`
}

// Help shows an example.
func (requestWithdrawCmd) Help() string {
	return "Example:\n  fontis request withdraw r-4k1m --reason 'asked twice'"
}

// Run withdraws.
func (q *requestWithdrawCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out share.Request
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/requests/"+console.Segment(q.Request)+"/withdraw", api.Reason{Reason: q.Reason}, &out); err != nil {
			return err
		}
		return c.Result(out, func() { c.Say("%s  %s", out.ID, out.State) })
	})
}

type requestHistoryCmd struct {
	Request string `arg:"" help:"Id of the request."`
}

// Help shows an example.
func (requestHistoryCmd) Help() string { return "Example:\n  fontis request history r-4k1m" }

// Run lists the steps.
func (q *requestHistoryCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var h api.RequestHistory
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/requests/"+console.Segment(q.Request)+"/history", nil, &h); err != nil {
			return err
		}
		return c.Result(h.Items, func() {
			var rows [][]string
			for _, one := range h.Items {
				rows = append(rows, []string{one.At.Local().Format(time.DateTime), one.Act, one.To, string(one.Member), string(one.Officer), one.Citation, one.Reason})
			}
			c.Table([]string{"AT", "STEP", "STATE", "MEMBER", "OFFICER", "LAW", "REASON"}, rows)
		})
	})
}
