package importing

import (
	"bytes"
	"slices"
	"strings"

	"fontis/internal/duty/catalog/intake"
	"fontis/internal/edge/taking"
	"fontis/internal/edge/web/page"
)

// mostShown is how many rejected lines the result page shows; the workbook has
// them all.
const mostShown = 200

// keepResult keeps what the result page shows, and the workbook of rejected lines.
func (s *Section) keepResult(v *page.Visit, d taking.Done) error {
	folder := folder(v, v.ID("id"))
	var book bytes.Buffer
	if err := intake.RejectsWorkbook(&book, reader(v).Each(slices.Values(d.Rejects)), d.Columns, string(v.Call.Lang)); err != nil {
		return err
	}
	if err := s.Blobs.Put(v.Ctx(), folder+"rejected.xlsx", &book); err != nil {
		return err
	}
	d.Rejects = d.Rejects[:min(len(d.Rejects), mostShown)]
	return s.keepJSON(v.Ctx(), folder+"done.json", d)
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
			cause = t.Column + v.Look().Must("page.frame.colon") + cause
		}
		causes, remedies = append(causes, cause), append(remedies, remedy)
	}
	clause := v.Look().Must("page.frame.clause")
	out.Cause, out.Remedy = strings.Join(causes, clause), strings.Join(slices.Compact(remedies), clause)
	return out
}

// importedPage is what an import came to.
type importedPage struct {
	ID       string
	Done     taking.Done
	Rejects  []rejected
	Warnings []warning
}

type warning struct {
	Line          int
	Column, Cause string
}

func (s *Section) imported(v *page.Visit) (any, error) {
	p := importedPage{ID: v.ID("id")}
	if err := s.readJSON(v.Ctx(), folder(v, p.ID)+"done.json", &p.Done); err != nil {
		return nil, err
	}
	for _, x := range p.Done.Rejects {
		p.Rejects = append(p.Rejects, rejectLine(v, x))
	}
	for _, t := range p.Done.Report.WarningsShown {
		cause, remedy := reader(v).Trouble(t).Say(string(v.Call.Lang))
		p.Warnings = append(p.Warnings, warning{Line: t.Line, Column: t.Column, Cause: cause + v.Look().Must("page.frame.clause") + remedy})
	}
	return p, nil
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
