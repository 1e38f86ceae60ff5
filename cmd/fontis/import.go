package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/edge/api"
	"fontis/internal/edge/client"
	"fontis/internal/vocab"
)

// importCmd brings a catalog list in.
type importCmd struct {
	File      string `arg:"" help:"Workbook, CSV, TSV, titles, data.json, CKAN, DCAT or data package; gzip and zstd are taken off." type:"existingfile"`
	Map       bool   `help:"Only look: show the proposed mapping and write it to a file."`
	Mapping   string `help:"Mapping file to import with; without it the proposed one." type:"existingfile" placeholder:"FILE"`
	AllOrNone bool   `help:"Import nothing when a line is rejected."`
	Encoding  string `help:"Encoding of the text, when it is in doubt." placeholder:"NAME"`
	Sheet     string `help:"Sheet of the workbook." placeholder:"NAME"`
	NoHeader  bool   `help:"The first line is data already."`
}

// Help shows an example.
func (importCmd) Help() string {
	return `Rejected lines come back as a workbook beside the file, with cause and remedy, to be mended and
imported again. The same file imported twice changes nothing.

Example:
  fontis import catalog.xlsx --map
  fontis import catalog.xlsx --mapping catalog.mapping.toml`
}

// Run looks or imports.
func (i *importCmd) Run(c *console.Console) error {
	if i.Map && i.Mapping != "" {
		return console.Misuse("--map proposes a mapping, --mapping uses one: give one of them")
	}
	if i.Mapping != "" && (i.Encoding != "" || i.Sheet != "" || i.NoHeader) {
		return console.Misuse("how the file is written stands in the mapping, under [file]: give --encoding, --sheet and --no-header with --map, or write them there")
	}
	return c.With(func(r *console.Reached) error {
		if i.Map {
			return i.look(c, r)
		}
		return i.take(c, r)
	})
}

// beside names a file that belongs to the list. Lines that were mended belong to
// the list that they came from.
func (i *importCmd) beside(ending string) string {
	list := strings.TrimSuffix(i.File, filepath.Ext(i.File))
	for strings.HasSuffix(list, ".rejected") {
		list = strings.TrimSuffix(list, ".rejected")
	}
	return list + ending
}

func (i *importCmd) upload(action string) console.Upload {
	fields := map[string]string{"action": action, "encoding": i.Encoding, "sheet": i.Sheet}
	if i.AllOrNone {
		fields["all_or_none"] = "true"
	}
	if i.NoHeader {
		fields["no_header"] = "true"
	}
	return console.Upload{Path: "/v1/imports", File: i.File, Fields: fields}
}

type lookAnswer struct {
	api.Suggested
	MappingFile string `json:"mapping_file"`
}

func (i *importCmd) look(c *console.Console, r *console.Reached) error {
	var out lookAnswer
	if err := c.SendFile(r.Client, i.upload("suggest"), &out.Suggested); err != nil {
		return err
	}
	out.MappingFile = i.beside(".mapping.toml")
	f, err := console.NewFile(out.MappingFile, "the mapping", 0o644)
	if vocab.CodeOf(err) == vocab.AlreadyExists {
		return vocab.AlreadyExists.Because("there is a mapping already, %s", out.MappingFile).WithFix("use it: fontis import %s --mapping %s, or remove it", i.File, out.MappingFile)
	}
	if err != nil {
		return err
	}
	if _, err := f.WriteString(out.Mapping); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	err = c.Result(out, func() { proposal(c, out) })
	c.Next("look at %s, then: fontis import %s --mapping %s", out.MappingFile, i.File, out.MappingFile)
	return err
}

func proposal(c *console.Console, out lookAnswer) {
	rows := make([][]string, 0, len(out.Proposal.Columns))
	for _, s := range out.Proposal.Columns {
		field, sure := string(s.Field), fmt.Sprintf("%3.0f %%", 100*s.Confidence)
		if field == "" {
			field, sure = "-", "left out"
		}
		if slices.Contains(out.Proposal.Unmapped, s.Column) {
			sure = "unmapped"
		}
		rows = append(rows, []string{s.Column, field, sure, strings.Join(s.Sample, " | ")})
	}
	c.Table([]string{"COLUMN", "FIELD", "CONFIDENCE", "SAMPLE"}, rows)
	c.Say("format %s, header in line %d, columns unmapped: %d\nmapping written to %s", out.Facts.Format, out.Facts.HeaderLine, len(out.Proposal.Unmapped), out.MappingFile)
}

type importAnswer struct {
	api.Imported
	RejectsFile string `json:"rejects_file,omitempty"`
}

func (i *importCmd) take(c *console.Console, r *console.Reached) error {
	u := i.upload("run")
	if i.Mapping != "" {
		b, err := os.ReadFile(i.Mapping)
		if err != nil {
			return vocab.FileUnreadable.Wrap(err, "the mapping")
		}
		u.Fields["mapping"] = string(b)
	}
	var out importAnswer
	if err := c.SendFile(r.Client, u, &out.Imported); err != nil {
		return err
	}
	if out.Report.Rejected > 0 {
		out.RejectsFile = i.beside(".rejected.xlsx")
		err := c.SaveTo(out.RejectsFile, r.Client, client.Request{Method: http.MethodGet, Path: "/v1/imports/" + console.Segment(out.ID) + "/rejects.xlsx"})
		if err != nil {
			return err
		}
	}
	err := c.Result(out, func() { importReport(c, out.Imported.Report, out) })
	if out.RejectsFile != "" {
		c.Next("mend the lines in %s and import that file again; or go on: fontis todo", out.RejectsFile)
	} else {
		c.Next("fontis todo")
	}
	return err
}

// causesShown is how many grounds for rejection are printed; the workbook has all.
const causesShown = 5

func importReport(c *console.Console, rep intake.Report, out importAnswer) {
	if out.Before {
		c.Say("this list was taken in before, under the same mapping: nothing is changed")
	}
	c.Say("%s: %d good, %d rejected; %s made, %d changed, %s", lines(rep.Lines), rep.LinesGood, rep.Rejected,
		console.Counted(out.Created, "entry", "entries"), out.Changed, console.Counted(rep.Items, "item", "items"))
	for _, one := range rep.Causes[:min(len(rep.Causes), causesShown)] {
		cause, fix := one.First.Say("en")
		where := fmt.Sprintf("line %d", one.First.Line)
		if one.First.Column != "" {
			where += ", column " + one.First.Column
		}
		if one.Count > 1 {
			where = fmt.Sprintf("%d times, first in %s", one.Count, where)
		}
		c.Say("  %s: %s; fix: %s", where, cause, fix)
	}
	if more := len(rep.Causes) - causesShown; more > 0 {
		c.Say("  and %s more, each beside its line", console.Counted(more, "cause", "causes"))
	}
	if n := rep.Problems[input.EntryOfOthers]; n > 0 {
		c.Say("  left out, as entries of other departments of this catalog: %s", lines(n))
	}
	if len(rep.Unused) > 0 {
		c.Say("  columns not used: %s", strings.Join(rep.Unused, ", "))
	}
	if out.RejectsFile != "" {
		c.Say("rejected lines in %s", out.RejectsFile)
	}
}

func lines(n int) string { return console.Counted(n, "line", "lines") }

func sets(n int) string { return console.Counted(n, "data set", "data sets") }

// sampleWorkbookCmd writes a list to try an import with.
type sampleWorkbookCmd struct {
	File  string `arg:"" help:"Workbook to write, NAME.xlsx."`
	Lines int    `help:"Lines." default:"300"`
	Seed  uint64 `help:"The same seed writes the same lines." default:"1"`
}

// Help shows an example.
func (sampleWorkbookCmd) Help() string {
	return "Example:\n  fontis sample-workbook catalog.xlsx --lines 300"
}

// Run writes the workbook.
func (s *sampleWorkbookCmd) Run(c *console.Console) error {
	if s.Lines < 1 || !strings.EqualFold(filepath.Ext(s.File), ".xlsx") {
		return console.Misuse("a sample is a workbook, NAME.xlsx, of one line or more")
	}
	f, err := console.NewFile(s.File, "the sample", 0o644)
	if err != nil {
		return err
	}
	truth, err := intake.WriteSampleWorkbook(f, s.Lines, s.Seed)
	if err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return c.Result(truth, func() {
		c.Say("%s: %s, %s, %s; an import must reject %s (%s)", s.File, lines(truth.Lines), sets(truth.Datasets), console.Counted(truth.Items, "item", "items"), sets(truth.RejectedDatasets), lines(truth.RejectedLines))
	})
}
