package main

import (
	"net/http"
	"os"
	"path/filepath"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/api"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// receiptsCmd fetches receipts, or lists accesses.
type receiptsCmd struct {
	Trace string        `arg:"" optional:"" help:"Trace of an access; without it the list of accesses."`
	Dir   string        `help:"Folder to write to." default:"." placeholder:"FOLDER"`
	Wait  time.Duration `help:"How long to wait for the witness." default:"20s"`
	Given bool          `help:"List what was asked of your member instead of what it asked."`
	Grant string        `help:"List only under this grant." placeholder:"GRANT"`
	Most  int           `help:"List at most so many." default:"20"`
}

// Help shows an example.
func (receiptsCmd) Help() string {
	return `A receipt proves an access to anyone, off line: fontis check FILE. It comes once a witnessed
checkpoint covers the entry.

Example:
  fontis receipts 019a0b2c4d5e6f708192a3b4c5d6e7f8 --dir receipts`
}

// Run fetches or lists.
func (q *receiptsCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		if q.Trace == "" {
			return q.list(c, r)
		}
		return q.fetch(c, r)
	})
}

func (q *receiptsCmd) list(c *console.Console, r *console.Reached) error {
	path := "/v1/accesses?as=caller"
	if q.Given {
		path = "/v1/accesses?as=provider"
	}
	if q.Grant != "" {
		path += "&grant=" + console.Segment(q.Grant)
	}
	list, err := console.ListSome[ledger.Access](c.Ctx, r.Client, path, q.Most)
	if err != nil {
		return err
	}
	return c.Result(list, func() {
		var rows [][]string
		for _, a := range list {
			what := a.Question
			if what == "" {
				what = a.Act
			}
			rows = append(rows, []string{string(a.Trace), a.At.Local().Format(time.DateTime), what, a.State, string(a.Member), a.Case, a.Refused})
		}
		c.Table([]string{"TRACE", "AT", "WHAT", "STATE", "MEMBER", "CASE", "REFUSED"}, rows)
	})
}

type receiptsAnswer struct {
	Trace   vocab.TraceID `json:"trace"`
	Intent  string        `json:"intent"`
	Outcome string        `json:"outcome,omitempty"`
}

func (q *receiptsCmd) fetch(c *console.Console, r *console.Reached) error {
	got, err := q.await(c, r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(q.Dir, 0o700); err != nil {
		return err
	}
	out := receiptsAnswer{Trace: got.Trace, Intent: filepath.Join(q.Dir, string(got.Trace)+".intent.receipt")}
	if err := console.WritePrivate(out.Intent, []byte(got.Intent)); err != nil {
		return err
	}
	if got.Outcome != "" {
		out.Outcome = filepath.Join(q.Dir, string(got.Trace)+".outcome.receipt")
		if err := console.WritePrivate(out.Outcome, []byte(got.Outcome)); err != nil {
			return err
		}
	}
	err = c.Result(out, func() {
		c.Say("intent   %s", out.Intent)
		if out.Outcome != "" {
			c.Say("outcome  %s", out.Outcome)
		}
	})
	c.Next("fontis check %s", out.Intent)
	return err
}

// await asks again while the witness has not covered the entry, or its outcome
// is still on the way.
func (q *receiptsCmd) await(c *console.Console, r *console.Reached) (api.Receipt, error) {
	deadline := time.NewTimer(q.Wait)
	defer deadline.Stop()
	tick := time.NewTicker(console.LookEvery)
	defer tick.Stop()
	for {
		var got api.Receipt
		err := r.Do(c.Ctx, http.MethodGet, "/v1/receipts/"+console.Segment(q.Trace), nil, &got)
		if err != nil && vocab.CodeOf(err) != vocab.ReceiptWaiting {
			return got, err
		}
		if err == nil && got.Outcome != "" {
			return got, nil
		}
		select {
		case <-c.Ctx.Done():
			return got, c.Ctx.Err()
		case <-deadline.C:
			return got, err // without an outcome the intent alone is a receipt
		case <-tick.C:
		}
	}
}
