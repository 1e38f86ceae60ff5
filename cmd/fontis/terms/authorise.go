package terms

import (
	"net/http"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/edge/api/law"
	"fontis/internal/vocab"
)

// Authorise holds the verbs about what persons authorise bodies to ask.
type Authorise struct {
	Register AuthoriseRegister `cmd:"" help:"As a firm or public-service body, register what you may ask of persons."`
	Review   AuthoriseReview   `cmd:"" help:"As the data authority, approve a registration or not."`
	End      AuthoriseEnd      `cmd:"" help:"End a registration, with every word given to it."`
	List     AuthoriseList     `cmd:"" help:"List registrations."`
	Offers   AuthoriseOffers   `cmd:"" help:"As a person, see who may be authorised, and for what."`
	Give     AuthoriseGive     `cmd:"" help:"As a person, read what is asked, and authorise it."`
	Mine     AuthoriseMine     `cmd:"" help:"As a person, see whom you authorised."`
	Withdraw AuthoriseWithdraw `cmd:"" help:"As a person, take an authorisation back at once."`
}

// AuthoriseRegister is the command: fontis authorise register.
type AuthoriseRegister struct {
	Dataset  string   `arg:"" help:"Id of the data set."`
	Items    []string `help:"Codes of items." required:"" placeholder:"ITEM,..."`
	Question string   `help:"One of ${enum}." enum:"compare,status,read" default:"compare"`
	Statuses []string `help:"For status: which ones." placeholder:"NAME,..."`
	Purpose  string   `help:"What for." required:"" placeholder:"TEXT"`
	Service  string   `help:"For which service, as a person understands it." required:"" placeholder:"TEXT"`
	Law      string   `help:"Law of the consent." default:"个人信息保护法" placeholder:"TEXT"`
	Article  string   `help:"Its article." default:"第十三条第一项" placeholder:"TEXT"`
	Most     int      `help:"Days for which one word holds at most." default:"90"`
	Security string   `help:"Security measures." required:"" placeholder:"TEXT"`
}

// Help shows an example.
func (AuthoriseRegister) Help() string {
	return "Example:\n  fontis authorise register d-4k1m --items born --purpose loan --service 房屋贷款审批 --security '两人复核'"
}

// Run registers.
func (q *AuthoriseRegister) Run(c *console.Console) error {
	in := authorisation.Scope{
		Dataset: vocab.DatasetID(q.Dataset), Items: console.Words[vocab.ItemID](q.Items), Question: vocab.Question(q.Question),
		Statuses: console.Words[string](q.Statuses), Purpose: q.Purpose, Service: q.Service, Basis: entry.Cite{Law: q.Law, Article: q.Article},
		Most: q.Most, Security: q.Security,
	}
	return registration(c, "/v1/authorisations", in)
}

// registration posts something about a registration and shows what became of it.
func registration(c *console.Console, path string, in any) error {
	return c.With(func(r *console.Reached) error {
		var out authorisation.Registration
		if err := r.Do(c.Ctx, http.MethodPost, path, in, &out); err != nil {
			return err
		}
		err := c.Result(out, func() { c.Say("%s  %s  %s", out.ID, out.State, out.Grant) })
		switch out.State {
		case authorisation.Proposed:
			c.Next("the data authority: fontis authorise review %s --agree --reason TEXT", out.ID)
		case authorisation.Approved:
			c.Next("a person: fontis authorise give %s --session FILE; then ask under it: fontis compare %s NUMBER ITEM=VALUE --purpose %s", out.ID, out.Grant, console.Quoted(out.Purpose))
		}
		return err
	})
}

// AuthoriseReview is the command: fontis authorise review.
type AuthoriseReview struct {
	Registration string `arg:"" help:"Id of the registration."`
	Agree        bool   `xor:"word" help:"Approve it."`
	Refuse       bool   `xor:"word" help:"Do not, with --reason and --citation."`
	Reason       string `help:"Why." required:"" placeholder:"TEXT"`
	Citation     string `help:"Law and article." placeholder:"TEXT"`
}

// Help shows an example.
func (AuthoriseReview) Help() string {
	return "Example:\n  fontis authorise review z-4k1m --agree --reason 'needed for the loan'"
}

// Run reviews.
func (q *AuthoriseReview) Run(c *console.Console) error {
	if q.Agree == q.Refuse {
		return console.Misuse("give --agree or --refuse")
	}
	return registration(c, "/v1/authorisations/"+console.Segment(q.Registration)+"/review", law.Verdict{Agree: q.Agree, Reason: q.Reason, Citation: q.Citation})
}

// AuthoriseEnd is the command: fontis authorise end.
type AuthoriseEnd struct {
	Registration string `arg:"" help:"Id of the registration."`
	Reason       string `help:"Why." required:"" placeholder:"TEXT"`
}

// Help shows an example.
func (AuthoriseEnd) Help() string {
	return "Example:\n  fontis authorise end z-4k1m --reason 'the service is closed'"
}

// Run ends.
func (q *AuthoriseEnd) Run(c *console.Console) error {
	return registration(c, "/v1/authorisations/"+console.Segment(q.Registration)+"/end", law.Why{Reason: q.Reason})
}

// AuthoriseList is the command: fontis authorise list.
type AuthoriseList struct {
	State string `help:"Only in this state." placeholder:"STATE"`
}

// Help shows an example.
func (AuthoriseList) Help() string { return "Example:\n  fontis authorise list --state proposed" }

// Run lists.
func (q *AuthoriseList) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListAll[authorisation.Registration](c.Ctx, r.Client, "/v1/authorisations?state="+console.Segment(q.State))
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, one := range list {
				rows = append(rows, []string{one.ID, string(one.State), string(one.Body), string(one.Dataset), console.Joined(one.Items), one.Purpose})
			}
			c.Table([]string{"REGISTRATION", "STATE", "BODY", "DATASET", "ITEMS", "PURPOSE"}, rows)
		})
	})
}

// AuthoriseOffers is the command: fontis authorise offers.
type AuthoriseOffers struct{}

// Help shows an example.
func (AuthoriseOffers) Help() string { return "Example:\n  fontis authorise offers" }

// Run lists.
func (AuthoriseOffers) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListAll[authorisation.Offer](c.Ctx, r.Client, "/v1/offers")
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			for _, o := range list {
				showOffer(c, o)
			}
		})
	})
}

func showOffer(c *console.Console, o authorisation.Offer) {
	c.Say("%s  %s", o.Registration, o.BodyName.In("zh"))
	c.Say("for       %s (%s)", o.Service, o.Purpose)
	for _, it := range o.Items {
		c.Say("%-9s %s  %s", o.Question, it.ID, it.Name.ZH)
	}
	for _, name := range o.Statuses {
		c.Say("whether   %s: yes, no or unknown, and nothing else", name)
	}
	c.Say("until     %s at the latest; it can be taken back at any time", o.Until.Format(time.DateOnly))
}

// AuthoriseGive is the command: fontis authorise give.
type AuthoriseGive struct {
	Registration string   `arg:"" help:"Id of what is offered."`
	Items        []string `help:"Only these." placeholder:"ITEM,..."`
	Statuses     []string `help:"Of a status question, only these." placeholder:"STATUS,..."`
	Until        string   `help:"Last day; the latest possible when empty." placeholder:"DAY"`
	Yes          bool     `help:"You have read what it says."`
}

// Help shows an example.
func (AuthoriseGive) Help() string {
	return "Shows what is asked; authorises it with --yes.\n\nExample:\n  fontis authorise give z-4k1m --yes"
}

// Run shows, and authorises what was shown.
func (q *AuthoriseGive) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		path := "/v1/offers/" + console.Segment(q.Registration)
		var o authorisation.Offer
		if err := r.Do(c.Ctx, http.MethodGet, path, nil, &o); err != nil {
			return err
		}
		if !q.Yes {
			err := c.Result(o, func() { showOffer(c, o) })
			c.Next("if you agree: fontis authorise give %s --yes", o.Registration)
			return err
		}
		in := authorisation.Given{Items: console.Words[vocab.ItemID](q.Items), Statuses: q.Statuses, Shown: o.Shown}
		if q.Until != "" {
			day, err := dayOf("until", q.Until)
			if err != nil {
				return err
			}
			in.Until = day.AddDate(0, 0, 1)
		}
		var out authorisation.Word
		if err := r.Do(c.Ctx, http.MethodPost, path+"/give", in, &out); err != nil {
			return err
		}
		err := c.Result(out, func() { c.Say("%s  %s may ask until %s", out.ID, out.Body, out.Until.Format(time.DateOnly)) })
		c.Next("to take it back: fontis authorise withdraw %s", out.ID)
		return err
	})
}

// AuthoriseMine is the command: fontis authorise mine.
type AuthoriseMine struct{}

// Help shows an example.
func (AuthoriseMine) Help() string { return "Example:\n  fontis authorise mine" }

// Run lists.
func (AuthoriseMine) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListAll[authorisation.Word](c.Ctx, r.Client, "/v1/words")
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, w := range list {
				state := "until " + w.Until.Format(time.DateOnly)
				if !w.EndedAt.IsZero() {
					state = "ended " + w.EndedAt.Format(time.DateOnly)
				}
				rows = append(rows, []string{w.ID, string(w.Body), w.Purpose, console.Joined(w.Items), strings.Join(w.Statuses, ", "), state})
			}
			c.Table([]string{"AUTHORISATION", "BODY", "PURPOSE", "ITEMS", "STATUSES", "STATE"}, rows)
		})
	})
}

// AuthoriseWithdraw is the command: fontis authorise withdraw.
type AuthoriseWithdraw struct {
	Authorisation string `arg:"" help:"Id of the authorisation."`
}

// Help shows an example.
func (AuthoriseWithdraw) Help() string { return "Example:\n  fontis authorise withdraw y-4k1m" }

// Run withdraws.
func (q *AuthoriseWithdraw) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out authorisation.Word
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/words/"+console.Segment(q.Authorisation)+"/withdraw", nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() { c.Say("%s  %s may ask no more", out.ID, out.Body) })
	})
}
