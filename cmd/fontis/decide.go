package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/share"
	"fontis/internal/vocab"
)

// decideCmd gives the provider's word on a request.
type decideCmd struct {
	Request  string   `arg:"" help:"Id of the request."`
	Agree    bool     `xor:"word" help:"Agree, to all or with --items to some."`
	Refuse   bool     `xor:"word" help:"Refuse, with --reason and --citation."`
	Approve  bool     `xor:"word" help:"As second steward, agree to what the first decided."`
	Items    []string `help:"Agree in part: only these." placeholder:"ITEM,..."`
	Reason   string   `help:"Why." placeholder:"TEXT"`
	Citation string   `help:"Law and article." placeholder:"TEXT"`
	Guesses  int      `help:"Distinct values a day about one item of one subject; at most 5." placeholder:"N"`
	PerDay   int64    `help:"Subjects a day; at most as asked." placeholder:"N"`
	Until    string   `help:"Last day; at most as asked." placeholder:"DAY"`
}

// Help shows an example.
func (decideCmd) Help() string {
	return `A decision may narrow what was asked and never widens it.

Example:
  fontis decide r-4k1m --agree
  fontis decide r-4k1m --refuse --reason 'the purpose needs no birth date' --citation '个人信息保护法 第六条'`
}

// Run decides.
func (d *decideCmd) Run(c *console.Console) error {
	if !d.Agree && !d.Refuse && !d.Approve {
		return console.Misuse("give --agree, --refuse or --approve")
	}
	in := share.Decision{
		Agree: d.Agree, Items: console.Words[vocab.ItemID](d.Items), Reason: d.Reason, Citation: d.Citation,
		Limits: share.Limits{Guesses: d.Guesses, PerDay: d.PerDay},
	}
	if d.Until != "" {
		day, err := dayOf("until", d.Until)
		if err != nil {
			return err
		}
		in.Until = day.AddDate(0, 0, 1)
	}
	return c.With(func(r *console.Reached) error {
		var out share.Request
		path := "/v1/requests/" + console.Segment(d.Request)
		var err error
		if d.Approve {
			err = r.Do(c.Ctx, http.MethodPost, path+"/approve", nil, &out)
		} else {
			err = r.Do(c.Ctx, http.MethodPost, path+"/decide", in, &out)
		}
		if err != nil {
			return err
		}
		err = c.Result(out, func() {
			c.Say("%s  %s", out.ID, out.State)
			if out.Grant != "" {
				c.Say("grant  %s to %s", out.Grant, out.Requester)
			}
		})
		switch {
		case out.State == share.StateSecond:
			c.Next("another steward: fontis decide %s --approve", out.ID)
		case out.Grant != "":
			c.Next("an officer of %s: %s", out.Requester, firstUse(&out))
		}
		return err
	})
}

// firstUse is the command that asks under a grant, to be typed as it stands but
// for what stands in capitals.
func firstUse(r *share.Request) string {
	items, what := r.Items, ""
	if r.Decision != nil && len(r.Decision.Items) > 0 {
		items = r.Decision.Items
	}
	switch {
	case r.Question == vocab.Status && len(r.Statuses) > 0:
		what = " " + r.Statuses[0]
	case r.Question == vocab.Status:
		what = " STATUS"
	default:
		for _, item := range items {
			what += " " + item.Name()
			if r.Question == vocab.Compare {
				what += "=VALUE"
			}
		}
	}
	if len(r.Carriages) > 0 && !slices.Contains(r.Carriages, vocab.Single) {
		asked := ""
		switch r.Question {
		case vocab.Status:
			asked = " --question status --status" + what
		case vocab.Read:
			asked = " --question read --items " + strings.ReplaceAll(console.Joined(items), ", ", ",")
		}
		return fmt.Sprintf("fontis batch run FILE --grant %s%s --purpose %s --case CASE", r.Grant, asked, console.Quoted(r.Purpose))
	}
	return fmt.Sprintf("fontis %s %s SUBJECT%s --purpose %s --case CASE", r.Question, r.Grant, what, console.Quoted(r.Purpose))
}
