package main

import (
	"net/http"

	"fontis/cmd/fontis/console"
	"fontis/internal/trust/access"
)

// whyCmd explains a decision.
type whyCmd struct {
	Trace string `arg:"" help:"Trace of an access or a refusal."`
}

// Help shows an example.
func (whyCmd) Help() string { return "Example:\n  fontis why 019a0b2c4d5e6f708192a3b4c5d6e7f8" }

// Run explains.
func (q *whyCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out access.Why
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/why/"+console.Segment(q.Trace), nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() {
			c.Say("%s", out.Verdict)
			c.Say("%s %s, grant %s, purpose %s, case %s", out.Access.Question, out.Access.State, out.Access.Grant, out.Access.Purpose, out.Access.Case)
			var rows [][]string
			for _, e := range out.Rules {
				state := "holds"
				if !e.Holds {
					state = "FAILS"
				}
				rows = append(rows, []string{state, e.Rule, e.Cause})
			}
			c.Table([]string{"", "RULE", "CAUSE"}, rows)
		})
	})
}
