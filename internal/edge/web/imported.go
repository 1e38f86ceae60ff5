package web

import (
	"bytes"
	"slices"
	"strings"

	"fontis/internal/duty/catalog/intake"
	"fontis/internal/edge/web/taking"
)

// keepResult keeps what the result page shows, and the workbook of rejected lines.
func (s *Site) keepResult(v *visit, d taking.Done, rejects []intake.Reject) error {
	folder := v.folder(v.id("id"))
	var book bytes.Buffer
	if err := intake.RejectsWorkbook(&book, slices.Values(rejects), d.Columns, string(v.call.Lang)); err != nil {
		return err
	}
	if err := s.Blobs.Put(v.ctx(), folder+"rejected.xlsx", &book); err != nil {
		return err
	}
	return s.keepJSON(v.ctx(), folder+"done.json", d)
}

func (v *visit) rejectLine(x intake.Reject) taking.Line {
	out := taking.Line{Line: x.Line}
	var causes, remedies []string
	for _, t := range x.Troubles {
		if !t.Rejects {
			continue
		}
		cause, remedy := t.Say(string(v.call.Lang))
		if t.Column != "" {
			cause = t.Column + v.look().Must("page.frame.colon") + cause
		}
		causes, remedies = append(causes, cause), append(remedies, remedy)
	}
	out.Cause, out.Remedy = strings.Join(causes, "; "), strings.Join(slices.Compact(remedies), "; ")
	return out
}

// importedPage is what an import came to.
type importedPage struct {
	ID       string
	Done     taking.Done
	Rejects  []taking.Line
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
	var d taking.Done
	if err := s.readJSON(v.ctx(), v.folder(v.id("id"))+"done.json", &d); err != nil {
		return err
	}
	v.download("application/toml", "mapping.toml")
	return d.Mapping.Write(v.w)
}
