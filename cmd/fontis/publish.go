package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/cmd/fontis/finding"
	"fontis/cmd/fontis/terms"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/api"
)

// publishCmd makes complete drafts findable.
type publishCmd struct {
	Datasets         []string `arg:"" name:"dataset" help:"Ids of data sets."`
	SecrecyCheckedBy string   `help:"Who made the secrecy review; about persons a second officer says it: fontis dataset check." placeholder:"NAME"`
	SecrecyBasis     string   `help:"On what its result rests." placeholder:"TEXT"`
}

// Help shows an example.
func (publishCmd) Help() string {
	return "Example:\n  fontis publish d-4k1m --secrecy-checked-by 何平 --secrecy-basis '保守国家秘密法 第十三条'"
}

// Run publishes one after the other; the first refusal ends it.
func (p *publishCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var done []entry.Dataset
		for _, id := range p.Datasets {
			var d entry.Dataset
			path := "/v1/datasets/" + console.Segment(id)
			if err := r.Do(c.Ctx, http.MethodGet, path, nil, &d); err != nil {
				return err
			}
			if err := r.Do(c.Ctx, http.MethodPost, path+"/publish", api.Step{Rev: d.Rev, Secrecy: catalog.Secrecy{CheckedBy: p.SecrecyCheckedBy, Basis: p.SecrecyBasis}}, &d); err != nil {
				return err
			}
			done = append(done, d)
		}
		err := c.Result(done, func() {
			for _, d := range done {
				c.Say("%s  %s  %s", d.ID, d.State, d.Name.In("zh"))
			}
		})
		c.Next("another department finds it: fontis search %s", console.Quoted(done[0].Name.In("zh")))
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
	Item   string   `help:"Only entries with an item of exactly this name." placeholder:"NAME"`
	Why    bool     `help:"Say of each entry where the words were found."`
}

// Help shows an example.
func (searchCmd) Help() string { return "Example:\n  fontis search 社会保险 --items" }

// Run finds.
func (s *searchCmd) Run(c *console.Console) error {
	q := url.Values{"limit": {strconv.Itoa(min(max(s.Most, 1), 500))}}
	text := ""
	for i, w := range s.Words {
		if i > 0 {
			text += " "
		}
		text += w
	}
	for k, v := range map[string]string{"q": text, "owner": s.Owner, "state": s.State, "item": s.Item} {
		if v != "" {
			q.Set(k, v)
		}
	}
	for _, f := range s.Filter {
		q.Add("filter", f)
	}
	if s.Why {
		q.Set("explain", "true")
	}
	return c.With(func(r *console.Reached) error {
		var out api.Datasets
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/datasets?"+q.Encode(), nil, &out); err != nil {
			return err
		}
		err := c.Result(out, func() { found(c, out, s.Items) })
		if len(out.Items) > 0 {
			c.Next("%s", afterFinding(c, r, out.Items[0]))
		}
		return err
	})
}

// afterFinding is what one does with an entry: one asks for another's, and makes
// one's own complete.
func afterFinding(c *console.Console, r *console.Reached, d *entry.Dataset) string {
	var me api.Me
	switch err := r.Do(c.Ctx, http.MethodGet, "/v1/me", nil, &me); {
	case err != nil || me.Member != d.Owner:
		return "fontis request " + string(d.ID) + " --help"
	case d.State == entry.StateDraft:
		return "fontis todo; when nothing is missing: fontis publish " + string(d.ID)
	}
	return "fontis dataset show " + string(d.ID)
}

func found(c *console.Console, out api.Datasets, items bool) {
	var rows [][]string
	for i, d := range out.Items {
		rows = append(rows, []string{string(d.ID), string(d.Owner), string(d.State), string(d.Share), d.Name.In("zh")})
		if i < len(out.Why) {
			for _, r := range out.Why[i] {
				rows = append(rows, []string{"  " + r.Word, "", r.In, "", "  " + r.Line})
			}
		}
		if !items {
			continue
		}
		for _, it := range d.Items {
			rows = append(rows, []string{"  " + it.Code, "", string(it.Type), string(it.Compare), "  " + it.Name.In("zh")})
		}
	}
	c.Table([]string{"DATASET", "OWNER", "STATE", "SHARE", "NAME"}, rows)
	if out.Total != nil {
		c.Say("%d found", *out.Total)
	}
	if out.Meant != "" {
		c.Say("did you mean %s", out.Meant)
	}
}

// datasetCmd holds what concerns one entry.
type datasetCmd struct {
	Show    datasetShowCmd    `cmd:"" help:"Show an entry with its items."`
	History datasetHistoryCmd `cmd:"" help:"Show every change with author and difference."`
	Quality datasetQualityCmd `cmd:"" help:"Show how well an entry describes its data, and what it lacks."`

	Export finding.DatasetExport `cmd:"" help:"Write the catalog into one file, an entry a line."`

	Check terms.DatasetCheck `cmd:"" help:"As second officer, say the result of the secrecy review."`
	Stale terms.DatasetStale `cmd:"" help:"List entries whose data are older than their update cycle promises."`

	Coverage terms.DatasetCoverage `cmd:"" help:"Report how far the catalog reaches: listed, described, connected, stale."`

	Changed terms.DatasetChanged `cmd:"" help:"Announce that duty or data changed: the term to update the entry begins."`
	Changes terms.DatasetChanges `cmd:"" help:"List updates that are owed or reviewed."`
	Change  terms.DatasetChange  `cmd:"" help:"Extend, update, accept or return one."`

	Untag datasetUntagCmd `cmd:"" help:"Take a refused tag off an item: two officers."`

	Merge  terms.DatasetMerge  `cmd:"" help:"End an entry that says what another says; its id leads there."`
	Split  terms.DatasetSplit  `cmd:"" help:"End an entry that several others replace; its id leads there."`
	Retire terms.DatasetRetire `cmd:"" help:"End an entry for good; another may stand in its place."`
}

type datasetShowCmd struct {
	Dataset string `arg:"" help:"Id of the data set."`
}

// Help shows an example.
func (datasetShowCmd) Help() string { return "Example:\n  fontis dataset show d-4k1m" }

// Run shows.
func (s *datasetShowCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var d entry.Dataset
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/datasets/"+console.Segment(s.Dataset), nil, &d); err != nil {
			return err
		}
		return c.Result(d, func() { shown(c, &d) })
	})
}

// shown prints an entry with its items; what nobody said is left out.
func shown(c *console.Console, d *entry.Dataset) {
	c.Say("%s  %s  revision %d", d.ID, d.State, d.Rev)
	level := ""
	if d.Level > 0 {
		level = strconv.Itoa(d.Level)
	}
	for _, line := range [][2]string{
		{"name", d.Name.In("zh")},
		{"code", d.Code},
		{"provider", fmt.Sprintf("%s (%s)", d.Provider, d.Owner)},
		{"share", strings.TrimSpace(string(d.Share) + " " + d.ShareCondition)},
		{"cycle", string(d.Cycle)},
		{"about", string(d.Subject)},
		{"level", level},
		{"moved to", console.Joined(d.MovedTo)},
	} {
		if line[1] != "" {
			c.Say("%-9s %s", line[0], line[1])
		}
	}
	var rows [][]string
	for _, it := range d.Items {
		rows = append(rows, []string{it.Code, it.Name.In("zh"), string(it.Type), string(it.Compare)})
	}
	c.Table([]string{"ITEM", "NAME", "TYPE", "COMPARE"}, rows)
}

type datasetHistoryCmd struct {
	Dataset string `arg:"" help:"Id of the data set."`
}

// Help shows an example.
func (datasetHistoryCmd) Help() string { return "Example:\n  fontis dataset history d-4k1m --json" }

// Run lists the changes.
func (s *datasetHistoryCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var h api.History
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/datasets/"+console.Segment(s.Dataset)+"/history", nil, &h); err != nil {
			return err
		}
		return c.Result(h.Items, func() {
			for _, one := range h.Items {
				c.Say("%d  %s  %s  %s %s", one.Rev, one.At.Local().Format(time.DateTime), one.Act, one.Officer, one.Reason)
				for _, d := range one.Differences {
					c.Say("   %s: %q -> %q", d.Field, d.Old, d.New)
				}
			}
		})
	})
}
