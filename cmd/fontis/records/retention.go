package records

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api/law"
	"fontis/internal/trust/ledger/retention"
)

// Retention holds the verbs about how long records are kept.
type Retention struct {
	Rules        retentionRules        `cmd:"" help:"How long records are kept, with citations."`
	Rule         retentionRule         `cmd:"" help:"Put a rule."`
	Coming       retentionComing       `cmd:"" help:"What falls due soon, and what a hold keeps of it."`
	Certificates retentionCertificates `cmd:"" help:"Certificates of destruction."`
}

type retentionRules struct{}

// Run lists.
func (retentionRules) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out law.Several[retention.Rule]
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/retention/rules", nil, &out); err != nil {
			return err
		}
		return c.Result(out.Items, func() {
			for _, k := range out.Items {
				c.Say("%s  %s  %s  %s%s", k.Dataset, k.Kind, term(k.Years, k.Days), k.Citation, unverified(k.Verified))
			}
		})
	})
}

// term is a time of retention in words.
func term(years, days int) string {
	switch {
	case days == 0:
		return fmt.Sprintf("%d years", years)
	case years == 0:
		return fmt.Sprintf("%d days", days)
	}
	return fmt.Sprintf("%d years and %d days", years, days)
}

type retentionComing struct {
	Days int `help:"How far ahead." default:"30"`
}

// Run lists.
func (q *retentionComing) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out law.Several[retention.Coming]
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/retention/coming?days="+strconv.Itoa(q.Days), nil, &out); err != nil {
			return err
		}
		return c.Result(out.Items, func() {
			var rows [][]string
			for _, k := range out.Items {
				due := strconv.Itoa(k.Due)
				if k.More {
					due += " and more"
				}
				rows = append(rows, []string{k.Kind, due, strconv.Itoa(k.Held)})
			}
			c.Table([]string{"KIND", "DUE", "HELD"}, rows)
		})
	})
}

type retentionRule struct {
	Dataset  string `arg:"" help:"Data set, or * for those without a rule of their own."`
	Of       string `help:"Kind of record: ${enum}." enum:"access,batch,act,contest,request,audit,notice,address,batch-file,register" default:"access"`
	Years    int    `help:"How long; entries of the ledger in whole years."`
	Days     int    `help:"And so many days."`
	Citation string `help:"Law and article." required:"" placeholder:"TEXT"`
	Source   string `help:"Where its text was read." placeholder:"TEXT"`
}

// Help shows an example.
func (retentionRule) Help() string {
	return "Without a rule nothing is destroyed; the rules that ship touch files of batches, idle registers and old notices.\n\nExample:\n  fontis retention rule '*' --of access --years 3 --citation '个人信息保护法第五十六条' --source L-PIPL"
}

// Run puts.
func (q *retentionRule) Run(c *console.Console) error {
	in := retention.Rule{Dataset: q.Dataset, Kind: q.Of, Years: q.Years, Days: q.Days, Citation: q.Citation, Source: q.Source}
	return c.With(func(r *console.Reached) error {
		return done(c, q.Dataset, r.Do(c.Ctx, http.MethodPost, "/v1/retention/rules", in, nil))
	})
}

type retentionCertificates struct{}

// Run lists; with --json each is what a printer needs.
func (retentionCertificates) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListAll[retention.Certificate](c.Ctx, r.Client, "/v1/retention/certificates")
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			for _, k := range list {
				c.Say("certificate of destruction %s", k.ID)
				c.Say("  %d records of the kind %s, made from %s to %s, kept for %s", k.Count, k.Kind, k.Oldest.Format(time.DateOnly), k.Newest.Format(time.DateOnly), term(k.Years, k.Days))
				c.Say("  destroyed on %s under %s", k.Made.Format(time.DateOnly), k.Citation)
				c.Say("  proof: fontis receipts %s", k.Trace)
			}
		})
	})
}

// Hold holds the verbs about legal holds.
type Hold struct {
	Put  holdPut  `cmd:"" help:"Keep records from being destroyed."`
	Lift holdLift `cmd:"" help:"Lift a hold of your member."`
	List holdList `cmd:"" help:"List holds."`
}

type holdPut struct {
	subject
	About     string `arg:"" help:"What it is on: ${enum}." enum:"entry,case,grant,dataset,member,person"`
	Target    string `arg:"" optional:"" help:"Which; for a person give --subject."`
	Reason    string `help:"Why." required:"" placeholder:"TEXT"`
	Reference string `help:"The file that it rests on." required:"" placeholder:"FILE-NUMBER"`
}

// Run puts.
func (h *holdPut) Run(c *console.Console) error {
	in := law.NewHold{About: retention.About(h.About), Target: h.Target, Reason: h.Reason, Reference: h.Reference}
	if h.Subject != "" {
		in.Subject = h.key()
	}
	return c.With(func(r *console.Reached) error {
		var out retention.Hold
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/holds", in, &out); err != nil {
			return err
		}
		return c.Result(out, func() { c.Say("%s", out.ID) })
	})
}

type holdLift struct {
	ID     string `arg:"" help:"Id of the hold."`
	Reason string `help:"Why." required:"" placeholder:"TEXT"`
}

// Run lifts.
func (h *holdLift) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		return done(c, h.ID, r.Do(c.Ctx, http.MethodPost, "/v1/holds/"+console.Segment(h.ID)+"/lift", law.Why{Reason: h.Reason}, nil))
	})
}

type holdList struct{}

// Run lists.
func (holdList) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListAll[retention.Hold](c.Ctx, r.Client, "/v1/holds")
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, h := range list {
				lifted := ""
				if !h.Lifted.IsZero() {
					lifted = h.Lifted.Local().Format(time.DateOnly)
				}
				rows = append(rows, []string{h.ID, string(h.By), string(h.About), h.Target, h.Reason, h.Reference, lifted})
			}
			c.Table([]string{"HOLD", "BY", "ON", "WHICH", "REASON", "FILE", "LIFTED"}, rows)
		})
	})
}
