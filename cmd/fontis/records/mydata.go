package records

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/edge/api/law"
	"fontis/internal/edge/client"
	"fontis/internal/edge/text"
	"fontis/internal/edge/web/look"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/identity/naming"
	"fontis/internal/trust/ledger/view"
	"fontis/internal/vocab"
	"fontis/web"
)

// subject names a person at a counter.
type subject struct {
	Subject string `help:"Number of the person who stands at the counter." placeholder:"NUMBER"`
	Kind    string `help:"Kind of the number: ${enum}." enum:"citizen,permit,passport,credit_code,register" default:"citizen"`
}

func (s subject) key() vocab.SubjectKey {
	return vocab.SubjectKey{Kind: vocab.SubjectKeyKind(s.Kind), Value: s.Subject}
}

// MyData shows who used a person's data, and lets the person look on their own.
type MyData struct {
	Show   myDataShow   `cmd:"" default:"withargs" help:"Who used a person's data: their own view, or at a counter."`
	Permit myDataPermit `cmd:"" help:"At a counter: give the person their own session for a while, in a file."`
}

type myDataShow struct {
	subject
	Document string `help:"At a counter: the document that you have seen: ${enum}." enum:",identity-card,passport,residence-permit,business-licence" default:""`
	Member   string `help:"Only uses by this member." placeholder:"MEMBER"`
	Item     string `help:"Only of this item or data set." placeholder:"ITEM"`
	From     string `help:"From this day." placeholder:"DAY"`
	Until    string `help:"Before this day." placeholder:"DAY"`
	After    string `help:"The next of the page before." placeholder:"NEXT"`
	File     string `help:"Write the whole view into a file, .json or .csv." placeholder:"FILE"`
}

// Help shows an example.
func (myDataShow) Help() string {
	return `Every number is accounted for: shown, deferred by an order, or said to be missing.
At a counter the look itself is an entry, which the person finds in their view.

Example:
  fontis mydata --session permit.txt --file my-data.csv
  fontis mydata --subject 990000195004220038 --document identity-card`
}

// Run shows or writes.
func (q *myDataShow) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		if q.File != "" {
			return q.write(c, r)
		}
		var p law.MyData
		if err := q.ask(c, r, &p); err != nil {
			return err
		}
		says, err := spoken()
		if err != nil {
			return err
		}
		if err := c.Result(p, func() { showMyData(c, says, p) }); err != nil || len(p.Lines) == 0 {
			return err
		}
		as := ""
		if c.Session != "" {
			as = " --session " + console.Quoted(c.Session)
		}
		c.Next("proof of one use: fontis receipts TRACE%s; a value that is wrong: fontis contest raise DATASET/ITEM NUMBER --claimed VALUE%s", as, as)
		return nil
	})
}

func (q *myDataShow) ask(c *console.Console, r *console.Reached, p *law.MyData) error {
	if q.Subject == "" {
		return r.Do(c.Ctx, http.MethodGet, "/v1/mydata?"+q.query().Encode(), nil, p)
	}
	in := law.CounterVisit{Subject: q.key(), Document: view.Document(q.Document), After: q.After, Limit: 100}
	return r.Do(c.Ctx, http.MethodPost, "/v1/mydata/counter", in, p)
}

func (q *myDataShow) query() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"member": q.Member, "item": q.Item, "after": q.After, "from": dayStart(q.From), "until": dayStart(q.Until)} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// dayStart is the beginning of a day as the interface takes moments.
func dayStart(day string) string {
	t, err := time.ParseInLocation(time.DateOnly, day, time.Local)
	if err != nil {
		return day
	}
	return t.Format(time.RFC3339)
}

func (q *myDataShow) write(c *console.Console, r *console.Reached) error {
	format := "json"
	if strings.HasSuffix(q.File, ".csv") {
		format = "csv"
	}
	v := q.query()
	v.Set("format", format)
	if err := c.SaveTo(q.File, r.Client, client.Request{Method: http.MethodGet, Path: "/v1/mydata/file?" + v.Encode()}); err != nil {
		return err
	}
	return c.Result(map[string]string{"file": q.File}, func() { c.Say("%s", q.File) })
}

// myDataPermit gives a person's permit. The document is seen by the clerk.
type myDataPermit struct {
	subject
	Document string `help:"The document that you have seen: ${enum}." enum:"identity-card,passport,residence-permit,business-licence" required:""`
	Minutes  int    `help:"How long it lasts; at most 60." default:"15"`
	Into     string `help:"File for the person's session, of mode 0600." default:"permit.txt" placeholder:"FILE"`
}

// Help shows an example.
func (myDataPermit) Help() string {
	return `The role counter gives it; who gave it is an entry. The document is looked at, not kept.

Example:
  fontis mydata permit --subject 990000195004220038 --document identity-card --into permit.txt`
}

// Run gives it.
func (m *myDataPermit) Run(c *console.Console) error {
	if m.Subject == "" {
		return console.Misuse("give --subject NUMBER")
	}
	if m.Minutes < 1 || m.Minutes > 60 {
		return console.Misuse("--minutes is 1 to 60")
	}
	return c.With(func(r *console.Reached) error {
		var p api.SelfPermit
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/self-permits", api.NewSelfPermit{Subject: m.key(), Minutes: m.Minutes}, &p); err != nil {
			return err
		}
		if err := console.WritePrivate(m.Into, []byte(p.Token+"\n")); err != nil {
			return err
		}
		c.Next("fontis mydata --session %s", console.Quoted(m.Into))
		return c.Result(map[string]any{"permit": p.ID, "session": m.Into, "expires": p.Expires}, func() {
			c.Say("%s  until %s", m.Into, p.Expires.Local().Format(time.TimeOnly))
		})
	})
}

// spoken says the words of acts as the pages do.
func spoken() (*look.Look, error) {
	sentences, err := text.Load(web.Text, "text")
	if err != nil {
		return nil, err
	}
	return look.New(sentences, text.English)
}

func showMyData(c *console.Console, says *look.Look, p law.MyData) {
	c.Say("since %s, %s", p.Since.Local().Format(time.DateOnly), p.Log)
	rows := make([][]string, len(p.Lines))
	for i, l := range p.Lines {
		what, at, number := says.Word("question", l.Question), "", ""
		if l.Question == "" {
			what = says.Act(l.Act)
		}
		if !l.At.IsZero() {
			at = l.At.Local().Format(time.DateTime)
		}
		if l.Number > 0 {
			number = fmt.Sprint(l.Number)
		}
		unit := says.Word("system", strings.TrimSpace(l.Unit))
		if l.Named == string(naming.AsGiven) {
			unit = strings.TrimSpace(unit + says.Aside("named", l.Named))
		}
		for _, role := range strings.Fields(l.Role) {
			unit = strings.TrimPrefix(unit+" · "+says.Word("role", role), " · ")
		}
		rows[i] = []string{number, at, bodyOf(l), unit, what, says.Word("state", l.State), l.Purpose, l.Basis, l.Case, strings.Join(l.Items, " "), string(l.Trace)}
	}
	c.Table([]string{"NO", "AT", "BODY", "UNIT AND ROLE", "WHAT", "STATE", "PURPOSE", "GROUND", "CASE", "ITEMS", "TRACE"}, rows)
	c.Say("%s", p.Note)
	if p.Next != "" {
		c.Next("fontis mydata --after %s", p.Next)
	}
}

// bodyOf is who did it: a body, or the person and who acts for them.
func bodyOf(l view.Line) string {
	switch {
	case l.Member != "":
		return cmp.Or(l.Body.In("zh"), string(l.Member))
	case l.Mandate != "":
		return "you, or who acts for you under " + l.Mandate
	}
	return "you"
}

// Mandate holds the verbs about acting for another.
type Mandate struct {
	List     mandateList     `cmd:"" help:"Mandates that you gave, and those under which you act."`
	Give     mandateGive     `cmd:"" help:"Name somebody to act for you."`
	Record   mandateRecord   `cmd:"" help:"At the counter: record what a document proves."`
	Enter    mandateEnter    `cmd:"" help:"Act under a mandate: writes the session into a file."`
	Withdraw mandateWithdraw `cmd:"" help:"End it at once."`
	End      mandateEnd      `cmd:"" help:"At the counter: end it, for a reason that a document proves."`
}

type mandateList struct{}

// Run lists.
func (mandateList) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out law.Several[struct {
			ID    string    `json:"id"`
			Kind  string    `json:"kind"`
			Acts  []string  `json:"acts"`
			State string    `json:"state"`
			Until time.Time `json:"until"`
			Mine  bool      `json:"mine"`
		}]
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/mandates", nil, &out); err != nil {
			return err
		}
		says, err := spoken()
		if err != nil {
			return err
		}
		return c.Result(out.Items, func() {
			var rows [][]string
			for _, m := range out.Items {
				for i, act := range m.Acts {
					m.Acts[i] = says.Word("mandate_act", act)
				}
				side := "you act"
				if m.Mine {
					side = "you gave"
				}
				rows = append(rows, []string{m.ID, side, says.Word("mandate_kind", m.Kind), strings.Join(m.Acts, ", "), says.Word("state", m.State), m.Until.Local().Format(time.DateOnly)})
			}
			c.Table([]string{"MANDATE", "SIDE", "KIND", "ACTS", "STATE", "UNTIL"}, rows)
		})
	})
}

type mandateGive struct {
	Agent     string   `arg:"" help:"Number of the person who is to act."`
	AgentKind string   `help:"Kind of the number." default:"citizen"`
	Acts      []string `help:"What they may do: contest, authorise, withdraw, apply, and at a counter view." required:""`
	Until     string   `help:"Its end." required:"" placeholder:"DAY"`
	As        string   `name:"kind-of" help:"agent or relative." default:"agent"`
}

// Run gives.
func (m *mandateGive) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		return m.send(c, r, "/v1/mandates", law.NewMandate{})
	})
}

func (m *mandateGive) send(c *console.Console, r *console.Reached, path string, in law.NewMandate) error {
	until, err := time.ParseInLocation(time.DateOnly, m.Until, time.Local)
	if err != nil {
		return console.Misuse("--until is a day such as 2027-06-30")
	}
	if in.Kind == "" {
		in.Kind = mandate.Kind(m.As)
	}
	in.Agent, in.Acts, in.Until = vocab.SubjectKey{Kind: vocab.SubjectKeyKind(m.AgentKind), Value: m.Agent}, m.Acts, until
	var out map[string]any
	if err := r.Do(c.Ctx, http.MethodPost, path, in, &out); err != nil {
		return err
	}
	return c.Result(out, func() { c.Say("%v  until %s", out["id"], m.Until) })
}

type mandateRecord struct {
	mandateGive
	Principal     string `help:"Number of the person or firm for whom they act." required:"" placeholder:"NUMBER"`
	PrincipalKind string `help:"Kind of the number." default:"citizen"`
	InPerson      bool   `help:"The principal stands at the counter and ticked each act."`
	Document      string `help:"The evidence: power-of-attorney, guardianship, household-register, court-decision, business-licence, death-certificate." required:"" placeholder:"KIND"`
	Reference     string `help:"The document's number." required:"" placeholder:"NUMBER"`
}

// Run records.
func (m *mandateRecord) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		return m.send(c, r, "/v1/mandates/recorded", law.NewMandate{
			Principal: vocab.SubjectKey{Kind: vocab.SubjectKeyKind(m.PrincipalKind), Value: m.Principal},
			InPerson:  m.InPerson, Document: m.Document, Reference: m.Reference,
		})
	})
}

type mandateEnter struct {
	ID   string `arg:"" help:"Id of the mandate."`
	Into string `help:"File for the session." default:"mandate.session" placeholder:"FILE"`
}

// Run enters.
func (m *mandateEnter) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var s api.Session
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/mandates/"+console.Segment(m.ID)+"/enter", nil, &s); err != nil {
			return err
		}
		if err := console.WritePrivate(m.Into, []byte(s.Token+"\n")); err != nil {
			return err
		}
		c.Next("fontis mydata --session %s", m.Into)
		return c.Result(map[string]any{"session": m.Into, "expires": s.Expires}, func() { c.Say("%s  until %s", m.Into, s.Expires.Local().Format(time.TimeOnly)) })
	})
}

type mandateWithdraw struct {
	ID string `arg:"" help:"Id of the mandate."`
}

// Run withdraws.
func (m *mandateWithdraw) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		return done(c, m.ID, r.Do(c.Ctx, http.MethodPost, "/v1/mandates/"+console.Segment(m.ID)+"/withdraw", nil, nil))
	})
}

// done says that a step on a thing is done.
func done(c *console.Console, id string, err error) error {
	if err != nil {
		return err
	}
	return c.Result(map[string]string{"id": id}, func() { c.Say("%s", id) })
}

type mandateEnd struct {
	ID        string `arg:"" help:"Id of the mandate."`
	Reason    string `help:"${enum}." enum:"death-of-principal,death-of-agent,guardianship-over,of-age,court-decision" required:""`
	Reference string `help:"Number of the document." required:"" placeholder:"NUMBER"`
}

// Run ends.
func (m *mandateEnd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		in := law.MandateEnding{Reason: m.Reason, Reference: m.Reference}
		return done(c, m.ID, r.Do(c.Ctx, http.MethodPost, "/v1/mandates/"+console.Segment(m.ID)+"/end", in, nil))
	})
}
