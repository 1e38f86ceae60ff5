package main

import (
	"net/http"
	"net/url"
	"strconv"

	"fontis/internal/duty/catalog"
	"fontis/internal/edge/api"
)

// publishCmd makes complete drafts findable.
type publishCmd struct {
	Datasets []string `arg:"" name:"dataset" help:"Ids of data sets."`
}

// Help shows an example.
func (publishCmd) Help() string { return "Example:\n  fontis publish d-4k1m" }

// Run publishes one after the other; the first refusal ends it.
func (p *publishCmd) Run(c *console) error {
	return c.with(func(r *reached) error {
		var done []catalog.Dataset
		for _, id := range p.Datasets {
			var d catalog.Dataset
			path := "/v1/datasets/" + segment(id)
			if err := r.Do(c.ctx, http.MethodGet, path, nil, &d); err != nil {
				return err
			}
			if err := r.Do(c.ctx, http.MethodPost, path+"/publish", api.Step{Rev: d.Rev}, &d); err != nil {
				return err
			}
			done = append(done, d)
		}
		err := c.result(done, func() {
			for _, d := range done {
				c.say("%s  %s  %s", d.ID, d.State, d.Name.In("zh"))
			}
		})
		c.next("another department finds it: fontis search %s", done[0].Name.In("zh"))
		return err
	})
}

// searchCmd finds catalog entries.
type searchCmd struct {
	Words  []string `arg:"" optional:"" help:"Words to find; all entries that you see when empty."`
	Owner  string   `help:"Only this member's." placeholder:"ID"`
	State  string   `help:"Only in this state." placeholder:"STATE"`
	Filter []string `help:"FACET:VALUE; several of one facet mean any of them." placeholder:"F:V,..."`
	Most   int      `help:"At most so many." default:"20"`
	Items  bool     `help:"Show the items too."`
}

// Help shows an example.
func (searchCmd) Help() string { return "Example:\n  fontis search 社会保险 --items" }

// Run finds.
func (s *searchCmd) Run(c *console) error {
	q := url.Values{"limit": {strconv.Itoa(min(max(s.Most, 1), 500))}}
	text := ""
	for i, w := range s.Words {
		if i > 0 {
			text += " "
		}
		text += w
	}
	for k, v := range map[string]string{"q": text, "owner": s.Owner, "state": s.State} {
		if v != "" {
			q.Set(k, v)
		}
	}
	for _, f := range s.Filter {
		q.Add("filter", f)
	}
	return c.with(func(r *reached) error {
		var out api.Datasets
		if err := r.Do(c.ctx, http.MethodGet, "/v1/datasets?"+q.Encode(), nil, &out); err != nil {
			return err
		}
		err := c.result(out, func() { c.found(out, s.Items) })
		if len(out.Items) > 0 {
			c.next("fontis request %s --help", out.Items[0].ID)
		}
		return err
	})
}

func (c *console) found(out api.Datasets, items bool) {
	var rows [][]string
	for _, d := range out.Items {
		rows = append(rows, []string{string(d.ID), string(d.Owner), string(d.State), string(d.Share), d.Name.In("zh")})
		if !items {
			continue
		}
		for _, it := range d.Items {
			rows = append(rows, []string{"  " + it.Code, "", string(it.Type), string(it.Compare), "  " + it.Name.In("zh")})
		}
	}
	c.table([]string{"DATASET", "OWNER", "STATE", "SHARE", "NAME"}, rows)
	if out.Total != nil {
		c.say("%d found", *out.Total)
	}
}
