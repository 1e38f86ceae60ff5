package web

import (
	"bytes"
	"os"
	"slices"
	"strings"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/vocab"
)

// importRun is one file on its way into the catalog.
type importRun struct {
	*Site
	v       *visit
	m       intake.Mapping
	file    *os.File
	size    int64
	name    string
	id      string
	chunk   []catalog.Draft
	rejects []intake.Reject
	out     done
}

// mostRejects is how many rejected lines a page's import keeps for its workbook;
// a list with more wrong lines has another fault than its lines.
const mostRejects = 100_000

// all reads, stages and switches, then keeps what the result page shows.
func (r *importRun) all() error {
	sum, err := input.Digest(r.file)
	if err != nil {
		return err
	}
	if r.id, err = intake.ImportID(sum, r.m); err != nil {
		return err
	}
	o := r.m.Options()
	o.Name = r.name
	in, err := intake.Open(r.file, r.size, o)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := r.m.Check(in.Columns()); err != nil {
		return err
	}
	if r.out.Report, err = intake.Apply(r.v.ctx(), in, r.m, intake.Sink{Good: r.good, Bad: r.bad}); err != nil {
		return r.discard(err)
	}
	r.out.File, r.out.Mapping, r.out.Columns, r.out.Report.ImportID = r.name, r.m, in.Columns(), r.id
	return r.finish()
}

func (r *importRun) good(d catalog.Draft) error {
	if r.chunk = append(r.chunk, d); len(r.chunk) < catalog.MaxChunk {
		return nil
	}
	return r.stage()
}

func (r *importRun) stage() error {
	staged, err := r.Catalog.Stage(r.v.ctx(), r.v.actor, r.id, r.chunk)
	if vocab.CodeOf(err) == vocab.StateWrong {
		r.chunk = r.chunk[:0]
		return nil // the same file under the same mapping was switched before: nothing changes
	}
	if err != nil {
		return err
	}
	r.chunk = r.chunk[:0]
	r.out.Same += staged.Same
	for _, x := range staged.Rejected {
		r.out.Report.Rejected++
		r.out.Refused = append(r.out.Refused, rejectLine{Line: x.Line, Cause: r.v.problems.Of(r.v.call, x.Err).Detail})
	}
	return nil
}

func (r *importRun) bad(x intake.Reject) error {
	if len(r.rejects) < mostRejects {
		r.rejects = append(r.rejects, x)
	}
	return nil
}

// discard forgets what was staged; the error that ended the import is told.
func (r *importRun) discard(err error) error {
	if gone := r.Catalog.Discard(r.v.ctx(), r.v.actor, r.id); gone != nil && vocab.KindOf(gone) != vocab.NotFound {
		r.Diary.Warn("a broken import stays staged", "trace", r.v.call.Trace, "error", gone)
	}
	return err
}

func (r *importRun) finish() error {
	if r.v.said("all_or_none") != "" {
		if err := r.out.Report.AllOrNone(); err != nil {
			return r.discard(err)
		}
	}
	if err := r.stage(); err != nil {
		return r.discard(err)
	}
	switched, err := r.Catalog.Switch(r.v.ctx(), r.v.actor, r.id)
	if err != nil {
		return err
	}
	r.out.Import = *switched
	r.out.Rejects = r.rejects[:min(len(r.rejects), mostShown)]
	folder := r.v.folder(r.v.id("id"))
	var book bytes.Buffer
	if err := intake.RejectsWorkbook(&book, slices.Values(r.rejects), r.out.Columns, string(r.v.call.Lang)); err != nil {
		return err
	}
	if err := r.Blobs.Put(r.v.ctx(), folder+"rejected.xlsx", &book); err != nil {
		return err
	}
	return r.keepJSON(r.v.ctx(), folder+"done.json", r.out)
}

// mostShown is how many rejected lines the result page shows; the workbook has all.
const mostShown = 200

func (v *visit) rejectLine(x intake.Reject) rejectLine {
	out := rejectLine{Line: x.Line}
	var causes, remedies []string
	for _, t := range x.Troubles {
		if !t.Rejects {
			continue
		}
		cause, remedy := t.Say(string(v.call.Lang))
		if t.Column != "" {
			cause = t.Column + v.look().must("page.frame.colon") + cause
		}
		causes, remedies = append(causes, cause), append(remedies, remedy)
	}
	out.Cause, out.Remedy = strings.Join(causes, "; "), strings.Join(slices.Compact(remedies), "; ")
	return out
}

// importedPage is what an import came to.
type importedPage struct {
	ID       string
	Done     done
	Rejects  []rejectLine
	Warnings []warning
}

type warning struct {
	Line          int
	Column, Cause string
}

func (s *Site) imported(v *visit) (any, error) {
	p := importedPage{ID: v.id("id")}
	if err := s.readJSON(v.ctx(), v.folder(p.ID)+"done.json", &p.Done); err != nil {
		return nil, err
	}
	for _, x := range p.Done.Rejects {
		p.Rejects = append(p.Rejects, v.rejectLine(x))
	}
	p.Rejects = append(p.Rejects, p.Done.Refused...)
	for _, t := range p.Done.Report.WarningsShown {
		cause, remedy := t.Say(string(v.call.Lang))
		p.Warnings = append(p.Warnings, warning{Line: t.Line, Column: t.Column, Cause: cause + " " + remedy})
	}
	return p, nil
}

func (s *Site) rejected(v *visit) error {
	r, err := s.Blobs.Open(v.ctx(), v.folder(v.id("id"))+"rejected.xlsx")
	if err != nil {
		return notThere(err)
	}
	defer r.Close()
	v.download("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "rejected.xlsx")
	return v.pour(r)
}

func (s *Site) mappingFile(v *visit) error {
	var d done
	if err := s.readJSON(v.ctx(), v.folder(v.id("id"))+"done.json", &d); err != nil {
		return err
	}
	v.download("application/toml", "mapping.toml")
	return d.Mapping.Write(v.w)
}
