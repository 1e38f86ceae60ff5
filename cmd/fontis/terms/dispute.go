package terms

import (
	"net/http"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/calendar"
	"fontis/internal/duty/share"
	"fontis/internal/vocab"
)

// Dispute holds the steps of a dispute about a refusal or a silence.
type Dispute struct {
	Raise    DisputeRaise    `cmd:"" help:"Dispute a refusal, or a reply that is overdue."`
	Settle   DisputeSettle   `cmd:"" help:"Take the refusal as it is."`
	Escalate DisputeEscalate `cmd:"" help:"Take it to the data authority: consulting came to nothing."`
	Appeal   DisputeAppeal   `cmd:"" help:"Take a ruling to the common superior."`
	Uphold   DisputeUphold   `cmd:"" help:"Rule, as the authority or the superior, that the refusal stands."`
	Order    DisputeOrder    `cmd:"" help:"Rule, as the authority or the superior, that the provider is to agree."`
}

// stepped is a step of a request with what is said.
type stepped struct {
	Request  string `arg:"" help:"Id of the request."`
	Reason   string `help:"Why." placeholder:"TEXT"`
	Citation string `help:"Law and article." placeholder:"TEXT"`
}

func (s *stepped) take(c *console.Console, w share.Word) error {
	w.Reason, w.Citation = s.Reason, s.Citation
	return c.With(func(r *console.Reached) error {
		var out share.Request
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/requests/"+console.Segment(s.Request)+"/steps", w, &out); err != nil {
			return err
		}
		return c.Result(out, func() {
			c.Say("%s  %s", out.ID, out.Stage)
			for _, k := range out.Clocks {
				if k.Open() {
					c.Say("due    %s  %s  %s (%s)", k.DueDay, k.Rule.Name, k.Rule.Citation, verified(k.Rule.Verified))
				}
			}
		})
	})
}

// DisputeRaise is the command: fontis dispute raise.
type DisputeRaise struct{ stepped }

// Help shows an example.
func (DisputeRaise) Help() string {
	return "Example:\n  fontis dispute raise r-4k1m --reason 'the law names this purpose'"
}

// Run disputes.
func (d *DisputeRaise) Run(c *console.Console) error {
	return d.take(c, share.Word{Act: share.ActDispute})
}

// DisputeSettle is the command: fontis dispute settle.
type DisputeSettle struct{ stepped }

// Help shows an example.
func (DisputeSettle) Help() string { return "Example:\n  fontis dispute settle r-4k1m" }

// Run settles.
func (d *DisputeSettle) Run(c *console.Console) error {
	return d.take(c, share.Word{Act: share.ActSettle})
}

// DisputeEscalate is the command: fontis dispute escalate.
type DisputeEscalate struct{ stepped }

// Help shows an example.
func (DisputeEscalate) Help() string {
	return "Example:\n  fontis dispute escalate r-4k1m --reason 'no answer in two weeks'"
}

// Run escalates.
func (d *DisputeEscalate) Run(c *console.Console) error {
	return d.take(c, share.Word{Act: share.ActEscalate})
}

// DisputeAppeal is the command: fontis dispute appeal.
type DisputeAppeal struct{ stepped }

// Help shows an example.
func (DisputeAppeal) Help() string {
	return "Example:\n  fontis dispute appeal r-4k1m --reason 'the ruling overlooks article 12'"
}

// Run appeals.
func (d *DisputeAppeal) Run(c *console.Console) error {
	return d.take(c, share.Word{Act: share.ActAppeal})
}

// DisputeUphold is the command: fontis dispute uphold.
type DisputeUphold struct{ stepped }

// Help shows an example.
func (DisputeUphold) Help() string {
	return "Example:\n  fontis dispute uphold r-4k1m --reason 'the purpose needs no birth date' --citation '个人信息保护法 第六条'"
}

// Run rules.
func (d *DisputeUphold) Run(c *console.Console) error {
	return d.take(c, share.Word{Act: share.ActUphold})
}

// DisputeOrder is the command: fontis dispute order.
type DisputeOrder struct {
	stepped
	Items []string `help:"At least these; all that was asked when empty." placeholder:"ITEM,..."`
}

// Help shows an example.
func (DisputeOrder) Help() string {
	return "Example:\n  fontis dispute order r-4k1m --items born --reason 'the statute names it' --citation '社会保险法 第七十四条'"
}

// Run rules.
func (d *DisputeOrder) Run(c *console.Console) error {
	return d.take(c, share.Word{Act: share.ActOrder, Items: console.Words[vocab.ItemID](d.Items)})
}

// RequestStep is the command: fontis request step.
type RequestStep struct {
	Step string `arg:"" help:"One of ${enum}." enum:"pass,refuse,supplement,procedure,proceed,ask-extension,extend,refuse-extension,reroute,disown,assign,deliver,review"`
	stepped
	Kind    string `help:"Of a procedure: special-procedure or consultation." enum:"special-procedure,consultation," default:"" placeholder:"KIND"`
	Days    int    `help:"Of an extension." placeholder:"N"`
	Dataset string `help:"Of the true source." placeholder:"ID"`
}

// Help shows an example.
func (RequestStep) Help() string {
	return `Who may take which step, and where it is laid down: docs/law.

Example:
  fontis request step supplement r-4k1m --reason 'which office uses it, and at which counter?'
  fontis request step procedure r-4k1m --kind consultation --reason 'the archive is heard' --citation 'Archives Law art. 28'
  fontis request step proceed r-4k1m                     # it is over, the term goes on
  fontis request step ask-extension r-4k1m --days 5 --reason 'two systems must be joined'
  fontis request step extend r-4k1m                      # the data authority`
}

// Run takes the step.
func (q *RequestStep) Run(c *console.Console) error {
	return q.take(c, share.Word{Act: q.Step, Kind: q.Kind, Days: q.Days, Dataset: vocab.DatasetID(q.Dataset)})
}

// RequestCertify is the command: fontis request certify.
type RequestCertify struct {
	Request string `arg:"" help:"Id of the request that the grant came from."`
	Method  string `help:"How it was destroyed." required:"" placeholder:"TEXT"`
	What    string `help:"Which copies, in which systems." required:"" placeholder:"TEXT"`
	Kept    string `help:"What a law has you keep, and which law." placeholder:"TEXT"`
	On      string `help:"The day." required:"" placeholder:"DAY"`
}

// Help shows an example.
func (RequestCertify) Help() string {
	return "Example:\n  fontis request certify r-4k1m --method overwritten --what 'cache of the counter system' --on 2026-11-20"
}

// Run hands the certificate in.
func (q *RequestCertify) Run(c *console.Console) error {
	day, err := calendar.ParseDay(q.On)
	if err != nil {
		return err
	}
	return c.With(func(r *console.Reached) error {
		var out share.Request
		in := share.Destruction{Method: q.Method, What: q.What, Kept: q.Kept, On: day}
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/requests/"+console.Segment(q.Request)+"/destruction", in, &out); err != nil {
			return err
		}
		return c.Result(out, func() { c.Say("%s  %s", out.ID, out.Stage) })
	})
}
