package records

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/edge/api/law"
	"fontis/internal/edge/client"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/audit"
	"fontis/internal/trust/ledger/checker"
	"fontis/internal/trust/ledger/sample"
	"fontis/internal/vocab"
)

// Audit holds the auditor's verbs.
type Audit struct {
	List      auditList      `cmd:"" help:"List entries by member, officer, grant, purpose, time, or exceptions."`
	Seed      auditSeed      `cmd:"" help:"Make the seed of a sample; needs no node."`
	Commit    auditCommit    `cmd:"" help:"Enter the hash of a seed, before the draw."`
	Draw      auditDraw      `cmd:"" help:"Show the seed and draw."`
	Draws     auditDraws     `cmd:"" help:"Samples, as everybody may see them; with an id, fetch what it takes to draw one again."`
	Recompute auditRecompute `cmd:"" help:"Draw a sample again from the log's files; needs no node."`
	Cases     auditCases     `cmd:"" help:"Sampled entries: of a draw, or those that your member is to answer."`
	Open      auditOpen      `cmd:"" help:"Open one sampled entry."`
	Ask       auditAsk       `cmd:"" help:"Ask the member for the file; with --draw, for every file of it."`
	Answer    auditAnswer    `cmd:"" help:"As the member, show the file."`
	Finding   auditFinding   `cmd:"" help:"Close a sampled entry with a finding."`
	Report    auditReport    `cmd:"" help:"Answer times, refusals, disputes, corrections of a time."`
	Withdraw  auditWithdraw  `cmd:"" help:"Say of a published report that it no longer stands."`
}

type auditList struct {
	Member  string `help:"Only of this member." placeholder:"MEMBER"`
	Officer string `help:"Only by this officer." placeholder:"OFFICER"`
	Grant   string `help:"Only under this grant." placeholder:"GRANT"`
	Purpose string `help:"Only for this purpose." placeholder:"TEXT"`
	About   string `help:"Only exceptions: deferrals, emergencies, overrides, refusals; hands for acts by two officers, one-admitter where one officer had admitted both." placeholder:"SORT"`
	From    string `help:"From this day." placeholder:"DAY"`
	Until   string `help:"Before this day." placeholder:"DAY"`
	Most    int    `help:"At most so many." default:"50"`
	File    string `help:"Write all of them into a file, .csv or .jsonl." placeholder:"FILE"`
}

func (q *auditList) query() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"member": q.Member, "officer": q.Officer, "grant": q.Grant, "purpose": q.Purpose, "about": q.About, "from": dayStart(q.From), "until": dayStart(q.Until),
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// Run lists or writes.
func (q *auditList) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		v := q.query()
		if q.File != "" {
			v.Set("format", "csv")
			if strings.HasSuffix(q.File, ".jsonl") {
				v.Set("format", "jsonl")
			}
			if err := c.SaveTo(q.File, r.Client, client.Request{Method: http.MethodGet, Path: "/v1/audit/entries/file?" + v.Encode()}); err != nil {
				return err
			}
			return c.Result(map[string]string{"file": q.File}, func() { c.Say("%s", q.File) })
		}
		list, err := console.ListSome[ledger.Access](c.Ctx, r.Client, "/v1/audit/entries?"+v.Encode(), q.Most)
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, e := range list {
				rows = append(rows, []string{e.At.Local().Format(time.DateTime), e.Kind, e.State, string(e.Member), cmp.Or(e.Hands, e.Officer), e.Purpose, e.Case, e.Act + e.Refused, string(e.Trace)})
			}
			c.Table([]string{"AT", "KIND", "STATE", "MEMBER", "OFFICER", "PURPOSE", "CASE", "ACT", "TRACE"}, rows)
		})
	})
}

type auditSeed struct {
	File string `help:"Keep the seed here until the draw." default:"audit.seed" placeholder:"FILE"`
}

// Run makes a seed.
func (s *auditSeed) Run(c *console.Console) error {
	if _, err := os.Stat(s.File); err == nil {
		return vocab.AlreadyExists.Because("%s is there already: a hash that was committed is drawn with its own seed and no other", s.File).
			WithFix("Keep that file, and name another: fontis audit seed --file FILE")
	}
	seed := sample.NewSeed()
	if err := console.WritePrivate(s.File, []byte(seed.String()+"\n")); err != nil {
		return err
	}
	c.Next("fontis audit commit %s --from DAY --until DAY --count N --reason TEXT", seed.Hash())
	return c.Result(map[string]string{"file": s.File, "hash": seed.Hash()}, func() { c.Say("%s", seed.Hash()) })
}

type auditCommit struct {
	Hash   string `arg:"" help:"Hash of the seed."`
	From   string `help:"From this day." required:"" placeholder:"DAY"`
	Until  string `help:"Before this day." required:"" placeholder:"DAY"`
	Count  int    `help:"How many entries." required:""`
	Reason string `help:"Why." required:"" placeholder:"TEXT"`
	Log    string `help:"Name of the log to draw from, when a restore lies within the time." placeholder:"ORIGIN"`
}

// Run commits.
func (a *auditCommit) Run(c *console.Console) error {
	from, err := time.ParseInLocation(time.DateOnly, a.From, time.Local)
	if err != nil {
		return console.Misuse("--from is a day such as 2027-01-01")
	}
	until, err := time.ParseInLocation(time.DateOnly, a.Until, time.Local)
	if err != nil {
		return console.Misuse("--until is a day such as 2027-02-01")
	}
	return c.With(func(r *console.Reached) error {
		var d audit.Draw
		in := law.NewSample{SeedHash: a.Hash, From: from, Until: until, Count: a.Count, Reason: a.Reason, Log: a.Log}
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/audit/draws", in, &d); err != nil {
			return err
		}
		c.Next("fontis receipts %s; fontis audit draw %s", d.CommitTrace, d.ID)
		return c.Result(d, func() {
			c.Say("%s  leaf %d  entries %d to %d", d.ID, d.CommitIndex, d.First, d.End-1)
			if d.Leaves != "" {
				c.Say("drawn from %s, which a restore has frozen; %d leaves behind these are the loss that it declared and cannot be drawn", d.Leaves, d.Lost)
			}
		})
	})
}

type auditDraw struct {
	ID   string `arg:"" help:"Id of the draw."`
	Seed string `help:"File of the seed." default:"audit.seed" type:"existingfile" placeholder:"FILE"`
}

// Run draws.
func (a *auditDraw) Run(c *console.Console) error {
	seed, err := os.ReadFile(a.Seed)
	if err != nil {
		return vocab.FileUnreadable.Wrap(err, "the seed")
	}
	return c.With(func(r *console.Reached) error {
		var d audit.Draw
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/audit/draws/"+console.Segment(a.ID), law.Seed{Seed: strings.TrimSpace(string(seed))}, &d); err != nil {
			return err
		}
		c.Next("fontis audit cases %s", d.ID)
		return c.Result(d, func() { c.Say("%d of %d: %v", len(d.Picked), d.Population, d.Picked) })
	})
}

type auditDraws struct {
	ID string `arg:"" optional:"" help:"Id of the draw: written to ID.json, the receipt of its commit to ID.receipt."`
}

// Help shows an example.
func (auditDraws) Help() string {
	return "Nobody has to be signed in.\n\nExample:\n  fontis audit draws dr-4k1m --node https://data.example.gov"
}

// Run lists or fetches.
func (a *auditDraws) Run(c *console.Console) error {
	r, err := c.Reach()
	if err != nil {
		return err
	}
	return errors.Join(a.run(c, r), r.Close())
}

func (a *auditDraws) run(c *console.Console, r *console.Reached) error {
	list, err := console.ListAll[audit.Draw](c.Ctx, r.Client, "/v1/audit/draws")
	if err != nil {
		return err
	}
	if a.ID != "" {
		return a.fetch(c, r, list)
	}
	return c.Result(list, func() {
		var rows [][]string
		for _, d := range list {
			rows = append(rows, []string{d.ID, string(d.By), d.State, d.Made.Local().Format(time.DateTime), fmt.Sprint(d.CommitIndex), fmt.Sprint(len(d.Picked)), fmt.Sprint(d.Asked), fmt.Sprint(d.Judged)})
		}
		c.Table([]string{"DRAW", "BY", "STATE", "COMMITTED", "LEAF", "PICKED", "ASKED", "JUDGED"}, rows)
	})
}

// fetch writes what a stranger needs beside the log's own files.
func (a *auditDraws) fetch(c *console.Console, r *console.Reached, list []audit.Draw) error {
	i := slices.IndexFunc(list, func(d audit.Draw) bool { return d.ID == a.ID })
	if i < 0 {
		return vocab.NoSuchThing.Because("no draw %s is published there", a.ID)
	}
	d := list[i]
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	files := []string{d.ID + ".json", d.ID + ".receipt"}
	if err := os.WriteFile(files[0], append(text, '\n'), 0o644); err != nil {
		return vocab.FileUnreadable.Wrap(err, "writing the draw")
	}
	if err := c.SaveTo(files[1], r.Client, client.Request{Method: http.MethodGet, Path: "/v1/audit/draws/" + console.Segment(d.ID) + "/receipt"}); err != nil {
		return err
	}
	c.Next("fontis audit recompute %s --log URL/log --receipt %s", files[0], files[1])
	return c.Result(map[string][]string{"files": files}, func() { c.Say("%s", strings.Join(files, "\n")) })
}

type auditRecompute struct {
	File    string `arg:"" help:"The draw as JSON: fontis audit draws ID." type:"existingfile"`
	Log     string `help:"Address or folder of the log." required:"" placeholder:"URL|FOLDER"`
	Frozen  string `help:"Address or folder of the log that was drawn from, where a restore has frozen it." placeholder:"URL|FOLDER"`
	Receipt string `help:"Receipt of the commit: proves that the hash of the seed stood there before." type:"existingfile" placeholder:"FILE"`
}

// Help shows an example.
func (auditRecompute) Help() string {
	return "Believes no node. Exit code 0: the same entries are drawn; 1: others.\n\nExample:\n  fontis audit draws DRAW --node https://data.example.gov\n  fontis audit recompute DRAW.json --log https://data.example.gov/log/1 --receipt DRAW.receipt"
}

// Run draws again.
func (a *auditRecompute) Run(c *console.Console) error {
	text, err := os.ReadFile(a.File)
	if err != nil {
		return vocab.FileUnreadable.Wrap(err, "the draw")
	}
	reader, err := c.Reader(30 * time.Second)
	if err != nil {
		return err
	}
	defer reader.CloseIdleConnections()
	in := checker.Redraw{Address: console.LogAddress(c.Ctx, reader, a.Log), Client: reader}
	if err := json.Unmarshal(text, &in.Drawn); err != nil {
		return vocab.FileUnreadable.Wrap(err, "%s holds no draw", a.File)
	}
	if in.SeedHash == "" || in.Seed == "" {
		return vocab.FileUnreadable.Because("%s holds no draw whose seed was shown", a.File).WithFix("Fetch one: fontis audit draws DRAW")
	}
	if a.Frozen != "" {
		in.Frozen = console.LogAddress(c.Ctx, reader, a.Frozen)
	}
	if a.Receipt != "" {
		if in.Receipt, err = os.ReadFile(a.Receipt); err != nil {
			return vocab.FileUnreadable.Wrap(err, "the receipt")
		}
	}
	out, err := checker.Recompute(c.Ctx, in)
	if err != nil {
		return err
	}
	err = c.Result(out, func() {
		c.Say("drawn again  %v of %d", out.Picked, out.Population)
		for _, w := range out.Wrong {
			c.Say("wrong        %s", w)
		}
		for _, n := range out.Notes {
			c.Say("note         %s", n)
		}
	})
	if err == nil && len(out.Wrong) > 0 {
		return console.Exit(checker.ExitBad)
	}
	return err
}

type auditCases struct {
	Draw string `arg:"" optional:"" help:"Id of the draw."`
}

// Run lists.
func (a *auditCases) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListAll[audit.Case](c.Ctx, r.Client, "/v1/audit/cases?draw="+url.QueryEscape(a.Draw))
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, k := range list {
				rows = append(rows, []string{k.ID, fmt.Sprint(k.Index), string(k.Member), string(k.State), string(k.Verdict), string(k.Trace)})
			}
			c.Table([]string{"CASE", "LEAF", "MEMBER", "STATE", "VERDICT", "TRACE"}, rows)
		})
	})
}

type auditOpen struct {
	ID string `arg:"" help:"Id of the sampled entry."`
}

// Run opens.
func (a *auditOpen) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var o audit.Opened
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/audit/cases/"+console.Segment(a.ID), nil, &o); err != nil {
			return err
		}
		return c.Result(o, func() {
			e := o.Entry
			c.Say("%s  %s  %s  officer %s  purpose %s  case %s  items %s", e.At.Local().Format(time.DateTime), e.Member, e.State, e.Officer, e.Purpose, e.Case, strings.Join(e.Items, " "))
			if len(e.Cases) > 0 {
				c.Say("cases of the batch  %s", strings.Join(e.Cases, " "))
			}
			if l := o.Line; l != nil {
				c.Say("row %d of %d  case %s  %s", o.Row+1, o.Rows, l.Case, l.State)
			}
			c.Say("%s  %s  %s", o.State, o.AnsweredBy, o.Answer)
		})
	})
}

func postCase(c *console.Console, id, step string, in any) error {
	return c.With(func(r *console.Reached) error {
		var k audit.Case
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/audit/cases/"+console.Segment(id)+"/"+step, in, &k); err != nil {
			return err
		}
		return c.Result(k, func() { c.Say("%s  %s  %s", k.ID, k.State, k.Verdict) })
	})
}

type auditAsk struct {
	ID   string `arg:"" optional:"" help:"Id of the sampled entry."`
	Draw string `help:"Ask for every file of this draw that was not asked for." placeholder:"DRAW"`
}

// Run asks.
func (a *auditAsk) Run(c *console.Console) error {
	if (a.ID == "") == (a.Draw == "") {
		return console.Misuse("give the sampled entry, or --draw")
	}
	if a.Draw == "" {
		return postCase(c, a.ID, "ask", nil)
	}
	return c.With(func(r *console.Reached) error {
		var out law.Asked
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/audit/draws/"+console.Segment(a.Draw)+"/ask", nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() { c.Say("%d files asked for", out.Asked) })
	})
}

type auditAnswer struct {
	ID   string `arg:"" help:"Id of the sampled entry."`
	Text string `arg:"" help:"The file, by its number, and what it says."`
}

// Run answers.
func (a *auditAnswer) Run(c *console.Console) error {
	return postCase(c, a.ID, "answer", law.FileAnswer{Answer: a.Text})
}

type auditFinding struct {
	ID      string `arg:"" help:"Id of the sampled entry."`
	Verdict string `arg:"" help:"${enum}." enum:"in-order,no-file,beyond-purpose,wrong-person,not-answered"`
	Reason  string `help:"Why." required:"" placeholder:"TEXT"`
}

// Run finds.
func (a *auditFinding) Run(c *console.Console) error {
	return postCase(c, a.ID, "finding", law.Finding{Verdict: audit.Verdict(a.Verdict), Reason: a.Reason})
}

type auditReport struct {
	From    string `help:"From this day." required:"" placeholder:"DAY"`
	Until   string `help:"Before this day." required:"" placeholder:"DAY"`
	Publish bool   `help:"Make it open data."`
}

// Run reports.
func (a *auditReport) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out audit.Report
		var err error
		from, until := dayStart(a.From), dayStart(a.Until)
		if a.Publish {
			err = r.Do(c.Ctx, http.MethodPost, "/v1/audit/reports", map[string]string{"from": from, "until": until}, &out)
		} else {
			err = r.Do(c.Ctx, http.MethodGet, "/v1/audit/report?"+url.Values{"from": {from}, "until": {until}}.Encode(), nil, &out)
		}
		if err != nil {
			return err
		}
		return c.Result(out, func() { showReport(c, out) })
	})
}

type auditWithdraw struct {
	ID     string `arg:"" help:"Id of the report."`
	Reason string `help:"What is wrong with it; everybody reads it." required:"" placeholder:"TEXT"`
}

// Run withdraws.
func (w *auditWithdraw) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		return done(c, w.ID, r.Do(c.Ctx, http.MethodPost, "/v1/audit/reports/"+console.Segment(w.ID)+"/withdraw", api.Reason{Reason: w.Reason}, nil))
	})
}

func showReport(c *console.Console, r audit.Report) {
	if r.ID != "" {
		c.Say("published as %s", r.ID)
	}
	var rows [][]string
	hidden := false
	for _, k := range r.Cells {
		hidden = hidden || k.Count == nil
		row := []string{k.Table, string(k.Body), k.Region, k.Ground, "<", "", ""}
		if k.Count != nil {
			row[4] = fmt.Sprint(*k.Count)
		}
		if k.Late != nil {
			row[5] = fmt.Sprint(*k.Late)
		}
		if k.Days != nil {
			row[6] = fmt.Sprint(*k.Days)
		}
		rows = append(rows, row)
	}
	c.Table([]string{"TABLE", "BODY", "REGION", "GROUND", "COUNT", "LATE", "DAYS"}, rows)
	if hidden {
		c.Say("<: fewer than %d are not shown, nor what would tell such a figure", r.Least)
	}
}
