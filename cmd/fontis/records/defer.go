package records

import (
	"net/http"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api/law"
	"fontis/internal/trust/ledger/deferral"
	"fontis/internal/vocab"
)

// Defer holds the verbs about orders that keep a use of data from the person.
type Defer struct {
	Order   deferOrder   `cmd:"" help:"Propose an order; it hides nothing until another body confirms it."`
	Confirm deferConfirm `cmd:"" help:"As an authority or auditor of another body, put it in force."`
	Refuse  deferRefuse  `cmd:"" help:"As an authority or auditor of another body, refuse it."`
	Lift    deferLift    `cmd:"" help:"End it before its end; the person is told."`
	List    deferList    `cmd:"" help:"List orders."`
	Totals  deferTotals  `cmd:"" help:"How many orders there are; public."`
	Grounds deferGrounds `cmd:"" help:"The rows of law that allow a deferral."`
	Ground  deferGround  `cmd:"" help:"Put a row of law."`
}

type deferOrder struct {
	Subject      string `help:"Number of the person from whom it is kept; with --member." placeholder:"NUMBER"`
	Kind         string `help:"Kind of the number: ${enum}." enum:"citizen,permit,passport,credit_code,register" default:"citizen"`
	Entry        string `help:"Trace of one entry of your member." placeholder:"TRACE"`
	Member       string `help:"Or the member whose uses of the subject's data are deferred." placeholder:"MEMBER"`
	Ground       string `help:"Name of the row of law." required:"" placeholder:"GROUND"`
	Jurisdiction string `help:"Of the row." default:"CN"`
	Reference    string `help:"The file in which the reasons lie." required:"" placeholder:"FILE-NUMBER"`
	Until        string `help:"Its end, within the term of the row." required:"" placeholder:"DAY"`
	Renews       string `help:"The order that this one renews." placeholder:"ORDER"`
}

// Help shows an example.
func (deferOrder) Help() string {
	return "Example:\n  fontis defer order --member police --subject 990000195004220038 --ground would-hinder-duty --reference K-12 --until 2027-01-31"
}

// Run proposes.
func (d *deferOrder) Run(c *console.Console) error {
	until, err := time.ParseInLocation(time.DateOnly, d.Until, time.Local)
	if err != nil {
		return console.Misuse("--until is a day such as 2027-01-31")
	}
	in := law.NewDeferral{
		Member: vocab.MemberID(d.Member), Entry: vocab.TraceID(d.Entry), Ground: d.Ground, Jurisdiction: d.Jurisdiction,
		Reference: d.Reference, Until: until, Renews: d.Renews,
	}
	if d.Subject != "" {
		in.Subject = subject{d.Subject, d.Kind}.key()
	}
	return postOrder(c, "/v1/deferrals", in)
}

func postOrder(c *console.Console, path string, in any) error {
	return c.With(func(r *console.Reached) error {
		var o deferral.Order
		if err := r.Do(c.Ctx, http.MethodPost, path, in, &o); err != nil {
			return err
		}
		return c.Result(o, func() { c.Say("%s  %s  until %s", o.ID, o.State, o.Until.Local().Format(time.DateOnly)) })
	})
}

type deferConfirm struct {
	ID string `arg:"" help:"Id of the order."`
}

// Run confirms.
func (d *deferConfirm) Run(c *console.Console) error {
	return postOrder(c, "/v1/deferrals/"+console.Segment(d.ID)+"/confirm", nil)
}

type deferRefuse struct {
	ID     string `arg:"" help:"Id of the order."`
	Reason string `help:"Why." required:"" placeholder:"TEXT"`
}

// Run refuses.
func (d *deferRefuse) Run(c *console.Console) error {
	return postOrder(c, "/v1/deferrals/"+console.Segment(d.ID)+"/refuse", law.Why{Reason: d.Reason})
}

type deferLift struct {
	ID     string `arg:"" help:"Id of the order."`
	Reason string `help:"Why." required:"" placeholder:"TEXT"`
}

// Run lifts.
func (d *deferLift) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		return done(c, d.ID, r.Do(c.Ctx, http.MethodPost, "/v1/deferrals/"+console.Segment(d.ID)+"/lift", law.Why{Reason: d.Reason}, nil))
	})
}

type deferList struct{}

// Run lists.
func (deferList) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListAll[deferral.Order](c.Ctx, r.Client, "/v1/deferrals")
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, o := range list {
				rows = append(rows, []string{o.ID, string(o.State), string(o.Body), string(o.Member) + string(o.Trace), o.Ground, string(o.SecondOf), o.Until.Local().Format(time.DateOnly)})
			}
			c.Table([]string{"ORDER", "STATE", "BODY", "OF", "GROUND", "SECOND", "UNTIL"}, rows)
		})
	})
}

type deferTotals struct{}

// Run shows.
func (deferTotals) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var t deferral.Totals
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/deferrals/totals", nil, &t); err != nil {
			return err
		}
		return c.Result(t, func() {
			c.Say("%d orders, %d in force, %d renewals, %d refused, %d lifted", t.All.Orders, t.All.InForce, t.All.Renewals, t.All.Refused, t.All.Lifted)
		})
	})
}

type deferGrounds struct{}

// Run lists.
func (deferGrounds) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out law.Several[deferral.Ground]
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/deferrals/grounds", nil, &out); err != nil {
			return err
		}
		return c.Result(out.Items, func() {
			for _, g := range out.Items {
				c.Say("%s  %s  %d days, %d renewals  %s%s", g.Jurisdiction, g.Name, g.LongestDays, g.Renewals, g.Citation, unverified(g.Verified))
			}
		})
	})
}

// unverified marks a row of law whose text nobody has read.
func unverified(verified bool) string {
	if verified {
		return ""
	}
	return "  (unverified)"
}

type deferGround struct {
	Name         string `arg:"" help:"Name of the row."`
	Jurisdiction string `help:"Where it holds." required:"" placeholder:"CODE"`
	Citation     string `help:"Law and article." required:"" placeholder:"TEXT"`
	Source       string `help:"Where its text was read." placeholder:"TEXT"`
	Days         int    `help:"Longest term of one order." required:""`
	Renewals     int    `help:"How often it may be renewed."`
	AskDays      int    `help:"How old an entry may be when its deferral is asked for." default:"3"`
}

// Run puts.
func (g *deferGround) Run(c *console.Console) error {
	in := deferral.Ground{
		Name: g.Name, Jurisdiction: g.Jurisdiction, Citation: g.Citation, Source: g.Source,
		LongestDays: g.Days, Renewals: g.Renewals, AskDays: g.AskDays,
	}
	return c.With(func(r *console.Reached) error {
		return done(c, g.Name, r.Do(c.Ctx, http.MethodPost, "/v1/deferrals/grounds", in, nil))
	})
}
