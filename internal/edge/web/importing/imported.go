package importing

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/edge/taking"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// mostShown is how many rejected lines the result page shows; the workbook has
// them all.
const mostShown = 200

// keepResult keeps what the result page shows, and the workbook of rejected lines.
func (s *Section) keepResult(ctx context.Context, v *page.Visit, id string, d taking.Done) error {
	folder := folder(v, id)
	var book bytes.Buffer
	if err := intake.RejectsWorkbook(&book, reader(v).Each(slices.Values(d.Rejects)), d.Columns, string(v.Call.Lang)); err != nil {
		return err
	}
	if err := s.Blobs.Put(ctx, folder+"rejected.xlsx", &book); err != nil {
		return err
	}
	d.Rejects = d.Rejects[:min(len(d.Rejects), mostShown)]
	return s.keepJSON(ctx, folder+"done.json", d)
}

func reader(v *page.Visit) taking.Reader { return taking.Reader{Text: v.Text, Lang: v.Call.Lang} }

// rejected is one rejected line as people read it.
type rejected struct {
	Line          int
	Cause, Remedy string
}

func rejectLine(v *page.Visit, x intake.Reject) rejected {
	out := rejected{Line: x.Line}
	var causes, remedies []string
	for _, t := range reader(v).Reject(x).Troubles {
		if !t.Rejects {
			continue
		}
		cause, remedy := t.Say(string(v.Call.Lang))
		if t.Column != "" {
			cause = cellOf(v, t) + v.Look().Must("page.frame.colon") + cause
		}
		causes, remedies = append(causes, cause), append(remedies, remedy)
	}
	clause := v.Look().Must("page.frame.clause")
	out.Cause, out.Remedy = strings.Join(causes, clause), strings.Join(slices.Compact(remedies), clause)
	return out
}

// cellOf is the column of a trouble with what stands in it, where anything does.
func cellOf(v *page.Visit, t input.Trouble) string {
	if t.Value == "" {
		return t.Column
	}
	return v.Look().Must("page.imported.cell", t.Column, t.Value)
}

// importedPage is how far an import is, and what it came to.
type importedPage struct {
	ID       string
	State    string
	Live     string // while it runs
	Progress taking.Progress
	Done     *taking.Done // what was read of the list, once it was read to its end
	Rejects  []rejected
	Warnings []warning
	Wrong    *wrong
}

// wrong is why an import took nothing in, as people read it.
type wrong struct {
	Title, Fix string
	Said       failure
}

type warning struct {
	Line          int
	Column, Cause string
}

func (s *Section) imported(v *page.Visit) (any, error) {
	p := importedPage{ID: v.ID("id")}
	as, progress, err := s.stateOf(v, p.ID)
	if err != nil {
		return nil, err
	}
	p.State, p.Progress = string(as), progress
	switch as {
	case stateRunning:
		p.Live = v.Live("import", p.ID)
		p.reject(v, progress.First)
	case stateFailed:
		if err := s.failed(v, &p); err != nil {
			return nil, err
		}
	case stateDone:
		return p, s.done(v, &p)
	}
	return p, nil
}

// failed is why nothing was taken in, with the lines to mend when that was them.
func (s *Section) failed(v *page.Visit, p *importedPage) error {
	p.Wrong = &wrong{}
	if err := s.readJSON(v.Ctx(), folder(v, p.ID)+"failed.json", &p.Wrong.Said); err != nil {
		return err
	}
	p.Wrong.Title, p.Wrong.Fix = v.Look().Must("error."+string(p.Wrong.Said.Code)+".title"), v.Look().Must("error."+string(p.Wrong.Said.Code)+".fix")
	err := s.done(v, p)
	if vocab.KindOf(err) == vocab.NotFound {
		err = nil // it was not read to its end
	}
	return err
}

// done is what was read of the list.
func (s *Section) done(v *page.Visit, p *importedPage) error {
	var d taking.Done
	if err := s.readJSON(v.Ctx(), folder(v, p.ID)+"done.json", &d); err != nil {
		return err
	}
	p.Done = &d
	p.reject(v, d.Rejects)
	for _, t := range d.Report.WarningsShown {
		cause, remedy := reader(v).Trouble(t).Say(string(v.Call.Lang))
		p.Warnings = append(p.Warnings, warning{Line: t.Line, Column: cellOf(v, t), Cause: cause + v.Look().Must("page.frame.clause") + remedy})
	}
	return nil
}

func (p *importedPage) reject(v *page.Visit, list []intake.Reject) {
	for _, x := range list {
		p.Rejects = append(p.Rejects, rejectLine(v, x))
	}
}

func (s *Section) rejected(v *page.Visit) error {
	r, err := s.Blobs.Open(v.Ctx(), folder(v, v.ID("id"))+"rejected.xlsx")
	if err != nil {
		return notThere(err)
	}
	defer r.Close()
	v.Download("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "rejected.xlsx")
	return v.Pour(r)
}

func (s *Section) mappingFile(v *page.Visit) error {
	var d taking.Done
	if err := s.readJSON(v.Ctx(), folder(v, v.ID("id"))+"done.json", &d); err != nil {
		return err
	}
	v.Download("application/toml", "mapping.toml")
	return d.Mapping.Write(v.W)
}
