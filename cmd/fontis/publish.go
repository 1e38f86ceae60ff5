package main

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/cmd/fontis/finding"
	"fontis/cmd/fontis/terms"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/api"
	"fontis/internal/vocab"
)

// publishCmd makes complete drafts findable.
type publishCmd struct {
	Datasets         []string `arg:"" optional:"" name:"dataset" help:"Ids of data sets; several go under one leaf of the ledger."`
	All              bool     `help:"Every draft of the department that lacks nothing."`
	Preview          bool     `help:"Only look; nothing is written."`
	SecrecyCheckedBy string   `help:"Who made the secrecy review; about persons a second officer says it: fontis dataset check." placeholder:"NAME"`
	SecrecyBasis     string   `help:"On what its result rests." placeholder:"TEXT"`
}

// Help shows an example.
func (publishCmd) Help() string {
	return "Example:\n  fontis publish --all --preview\n  fontis publish d-4k1m --secrecy-checked-by 何平 --secrecy-basis '保守国家秘密法 第十三条'"
}

// Run publishes one, or many together.
func (p *publishCmd) Run(c *console.Console) error {
	said := catalog.Secrecy{CheckedBy: p.SecrecyCheckedBy, Basis: p.SecrecyBasis}
	switch {
	case len(p.Datasets) == 0 && !p.All:
		return vocab.FieldMissing.Because("no data set is named").WithFix("fontis publish DATASET, or --all for every draft that lacks nothing")
	case len(p.Datasets) > 0 && p.All:
		return vocab.BadInput.Because("both data sets and --all are said").WithFix("name data sets, or say --all")
	case len(p.Datasets) != 1 || p.Preview:
		return c.With(func(r *console.Reached) error { return p.together(c, r, said) })
	}
	return c.With(func(r *console.Reached) error {
		var d entry.Dataset
		path := "/v1/datasets/" + console.Segment(p.Datasets[0])
		if err := r.Do(c.Ctx, http.MethodGet, path, nil, &d); err != nil {
			return err
		}
		if err := r.Do(c.Ctx, http.MethodPost, path+"/publish", api.Step{Rev: d.Rev, Secrecy: said}, &d); err != nil {
			return err
		}
		err := c.Result([]entry.Dataset{d}, func() { c.Say("%s  %s  %s", d.ID, d.State, d.Name.In("zh")) })
		c.Next("another department finds it: fontis search %s", console.Quoted(d.Name.In("zh")))
		return err
	})
}

// together publishes many under one leaf; a refused one stays a draft.
func (p *publishCmd) together(c *console.Console, r *console.Reached, said catalog.Secrecy) error {
	in := api.PublicationIn{Secrecy: said, IDs: console.Words[vocab.DatasetID](p.Datasets), Preview: p.Preview}
	var out api.Publication
	if err := r.Do(c.Ctx, http.MethodPost, "/v1/publications", in, &out); err != nil {
		return err
	}
	word := "published"
	if p.Preview {
		word = "would be published"
	}
	err := c.Result(out, func() {
		c.Say("%d %s, %d refused", out.Count, word, len(out.Refused))
		for _, one := range out.Refused {
			c.Say("  %s: %s; fix: %s", one.Dataset, one.Cause, one.Fix)
		}
	})
	switch {
	case p.Preview && out.Count > 0:
		c.Next("the same without --preview")
	case out.Count == 0:
		c.Next("fontis todo")
	case out.More:
		c.Next("there are more complete drafts: the same again")
	default:
		c.Next("the receipt of each: fontis dataset proof %s", out.Entries[0])
	}
	return err
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
	Proof   datasetProofCmd   `cmd:"" help:"Write the receipts of an entry's rows in imports and publications."`
	Quality datasetQualityCmd `cmd:"" help:"Show how well an entry describes its data, and what it lacks."`

	Export finding.DatasetExport `cmd:"" help:"Write the catalog into one file, an entry a line."`

	Check    terms.DatasetCheck    `cmd:"" help:"As second officer, say the result of the secrecy review."`
	Awaiting terms.DatasetAwaiting `cmd:"" help:"List drafts that lack nothing but a second officer's word, and say it of all."`

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

type datasetProofCmd struct {
	Dataset string `arg:"" help:"Id of the data set."`
	Out     string `help:"Folder for the receipts; without it they are only named." placeholder:"FOLDER" type:"path"`
}

// Help shows an example.
func (datasetProofCmd) Help() string {
	return "What was imported or published together stands under one leaf, with a row for each entry. Where the entry still says what the row's digest is made of, that text is written too: sha256sum gives the digest.\nExample:\n  fontis dataset proof d-4k1m --out proofs\n  fontis check proofs/d-4k1m-1.tlog-proof"
}

// Run lists the rows and writes their receipts.
func (p *datasetProofCmd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var all api.Proofs
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/datasets/"+console.Segment(p.Dataset)+"/proofs", nil, &all); err != nil {
			return err
		}
		var rows [][]string
		var first string
		for i, one := range all.Items {
			name := fmt.Sprintf("%s-%d", p.Dataset, i+1)
			if p.Out != "" {
				written, err := writeProof(p.Out, name, one)
				if err != nil {
					return err
				}
				first = cmp.Or(first, written)
			}
			rows = append(rows, []string{name, one.At.Local().Format(time.DateTime), one.Act, fmt.Sprintf("%d of %d", one.Row+1, one.Rows), one.Digest})
		}
		err := c.Result(all.Items, func() { c.Table([]string{"RECEIPT", "TIME", "ACT", "ROW", "DIGEST"}, rows) })
		switch {
		case first != "":
			c.Next("anyone judges it off line: fontis check %s", console.Quoted(first))
		case len(all.Items) > 0:
			c.Next("fontis dataset proof %s --out FOLDER", p.Dataset)
		}
		return err
	})
}

// writeProof writes a receipt, and beside it what its digest is made of.
func writeProof(folder, name string, p catalog.Proof) (string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", vocab.BadInput.Wrap(err, "the folder cannot be made")
	}
	receipt := filepath.Join(folder, name+".tlog-proof")
	files := map[string]string{receipt: p.Receipt}
	if p.Text != "" {
		files[filepath.Join(folder, name+".json")] = p.Text
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return "", vocab.BadInput.Wrap(err, "the receipt cannot be written")
		}
	}
	return receipt, nil
}
