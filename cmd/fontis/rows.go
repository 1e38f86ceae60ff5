package main

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// rowsCmd reads an open data set.
type rowsCmd struct {
	Dataset string `arg:"" help:"Data set that is open to everybody."`
	After   string `help:"Go on after this key."`
	Limit   int    `default:"20" help:"Rows of one page, at most 1000."`
}

// Help shows an example.
func (rowsCmd) Help() string {
	return "No sign-in is needed, and nobody is noted.\nExample:\n  fontis rows civil-divisions --limit 100"
}

// Run reads a page and says how the next one is read.
func (q *rowsCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out access.OpenRows
		path := "/v1/datasets/" + console.Segment(q.Dataset) + "/rows?" + url.Values{"after": {q.After}, "limit": {strconv.Itoa(q.Limit)}}.Encode()
		if err := r.Do(c.Ctx, http.MethodGet, path, nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() {
			rows := make([][]string, len(out.Rows))
			for i, row := range out.Rows {
				for _, v := range row {
					rows[i] = append(rows[i], orEmpty(v))
				}
			}
			c.Table(itemNames(out.Items), rows)
			c.Say("as of %s", out.AsOf.Format(time.RFC3339))
			if out.Next != "" {
				c.Say("more: fontis rows %s --after %s --limit %d", q.Dataset, out.Next, q.Limit)
			}
		})
	})
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func itemNames(items []vocab.ItemID) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = item.Name()
	}
	return out
}
