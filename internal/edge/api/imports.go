package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/edge/call"
	"fontis/internal/edge/taking"
	"fontis/internal/engine/blob"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Suggested is a proposed mapping with the first lines of the file.
type Suggested struct {
	Action   string          `json:"action"`
	Facts    input.Facts     `json:"facts"`
	Columns  []string        `json:"columns"`
	Proposal intake.Proposal `json:"proposal"`
	Mapping  string          `json:"mapping" doc:"The proposed mapping as a file, to mend and to send back"`
	Sample   []SampleLine    `json:"sample"`
}

// SampleLine is one of the first lines of a file.
type SampleLine struct {
	Line  int               `json:"line"`
	Cells map[string]string `json:"cells"`
}

// Imported is what became of an import; it is kept with its rejected lines.
type Imported struct {
	Action  string              `json:"action,omitempty"`
	ID      string              `json:"id"`
	File    string              `json:"file"`
	State   catalog.ImportState `json:"state"`
	Created int                 `json:"created"`
	Changed int                 `json:"changed"`
	Before  bool                `json:"before,omitempty" doc:"The same list was taken in before under the same mapping: nothing is changed"`
	Report  intake.Report       `json:"report"`
	Columns []string            `json:"columns"`
	Rejects string              `json:"rejects,omitempty" doc:"Where the workbook of rejected lines is"`
}

func (s *server) addImports() {
	t := tags("imports")
	s.raw(huma.Operation{
		Method: "POST", Path: "/v1/imports", Summary: "Send a catalog list: look at it (action=suggest) or take it in (action=run)", Tags: t,
		RequestBody: form("action", "mapping", "all_or_none", "encoding", "sheet", "no_header"), Responses: s.jsonAnswer(Imported{}),
	}, false, s.importFile)
	op(s, huma.Operation{Method: "GET", Path: "/v1/imports/{id}", Summary: "What became of an import", Tags: t}, s.importKept)
	s.raw(huma.Operation{Method: "GET", Path: "/v1/imports/{id}/rejects.xlsx", Summary: "The rejected lines with cause and remedy, to mend and send again", Tags: t}, false, s.rejects)
}

func (s *server) importFile(w http.ResponseWriter, r *http.Request) error {
	a := whoOf(r.Context()).actor
	if err := a.Must(vocab.Steward); err != nil {
		return err
	}
	up, err := s.upload(w, r)
	if err != nil {
		return err
	}
	defer up.Close()
	switch up.Fields["action"] {
	case "suggest":
		out, err := s.suggest(r.Context(), a, up)
		if err != nil {
			return err
		}
		return writeJSON(w, out)
	case "run":
		out, err := s.runImport(r.Context(), a, up)
		if err != nil {
			return err
		}
		return writeJSON(w, out)
	}
	return vocab.BadInput.Because("the field action is neither suggest nor run")
}

func (u *upload) options() input.Options {
	return input.Options{Name: u.Name, Encoding: u.Fields["encoding"], Sheet: u.Fields["sheet"], NoHeader: u.Fields["no_header"] == "true"}
}

func (u *upload) list() taking.File {
	return taking.File{ReaderAt: u.File, Name: u.Name, Size: u.Size}
}

const sampleLines = 5

func (s *server) suggest(ctx context.Context, a identity.Actor, up *upload) (Suggested, error) {
	out := Suggested{Action: "suggest"}
	p, err := taking.Look(up.list(), up.options())
	if err != nil {
		return out, err
	}
	own, err := s.Identity.MemberNames(ctx, a.Member)
	if err != nil {
		return out, err
	}
	taking.OfOwn(&p.Proposal.Mapping, own[a.Member])
	out.Proposal, out.Facts, out.Columns = p.Proposal, p.Facts, p.Columns
	var text strings.Builder
	if err := out.Proposal.Mapping.Write(&text); err != nil {
		return out, err
	}
	out.Mapping = text.String()
	reader, err := intake.Open(up.File, up.Size, up.options())
	if err != nil {
		return out, err
	}
	defer reader.Close()
	records, err := intake.Sample(reader, sampleLines)
	for _, rec := range records {
		out.Sample = append(out.Sample, SampleLine{Line: rec.Line, Cells: rec.Cells})
	}
	return out, err
}

// mapping is the one that was sent, or else the proposed one.
func (s *server) mapping(ctx context.Context, a identity.Actor, up *upload) (intake.Mapping, error) {
	if text := up.Fields["mapping"]; text != "" {
		return intake.ReadMapping(strings.NewReader(text))
	}
	p, err := s.suggest(ctx, a, up)
	return p.Proposal.Mapping, err
}

func (s *server) runImport(ctx context.Context, a identity.Actor, up *upload) (Imported, error) {
	m, err := s.mapping(ctx, a, up)
	if err != nil {
		return Imported{}, err
	}
	done, err := taking.Take(ctx, s.Catalog, taking.Order{Actor: a, File: up.list(), Mapping: m, AllOrNone: up.Fields["all_or_none"] == "true"})
	out := Imported{ID: done.ID, File: done.File, State: done.State, Created: done.Created, Changed: done.Changed, Before: done.Before, Report: done.Report, Columns: done.Columns}
	if len(done.Rejects) > 0 {
		out.Rejects = "/v1/imports/" + done.ID + "/rejects.xlsx"
	}
	if err != nil && done.State != catalog.ImportDiscarding || done.Before {
		return out, err
	}
	if kept := s.keepImport(ctx, a, out, done.Rejects); kept != nil {
		return out, kept
	}
	if err != nil {
		return out, vocab.LineRejected.Because("%d of %d lines cannot be taken, so none was; the import is %s", out.Report.Rejected, out.Report.Lines, out.ID).
			WithFix("mend the lines in %s and send the whole list again", out.Rejects)
	}
	return out, nil
}

func importName(a identity.Actor, id, part string) string {
	return "imports/" + string(a.Member) + "/" + id + "/" + part
}

// keepImport keeps report and rejected lines, so that they survive a restart.
func (s *server) keepImport(ctx context.Context, a identity.Actor, out Imported, rejects []intake.Reject) error {
	var lines bytes.Buffer
	e := json.NewEncoder(&lines)
	for _, r := range rejects {
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	if err := s.Blobs.Put(ctx, importName(a, out.ID, "rejects.ndjson"), &lines); err != nil {
		return err
	}
	b, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return s.Blobs.Put(ctx, importName(a, out.ID, "report.json"), bytes.NewReader(b))
}

// keptImport reads the report of the caller's own member, and no other's.
func (s *server) keptImport(ctx context.Context, a identity.Actor, id string) (Imported, error) {
	name := importName(a, id, "report.json")
	if a.Member == "" || strings.ContainsAny(id, "/\\") || blob.ValidName(name) != nil {
		return Imported{}, identity.NotYours()
	}
	f, err := s.Blobs.Open(ctx, name)
	if vocab.KindOf(err) == vocab.NotFound {
		return Imported{}, identity.NotYours()
	}
	if err != nil {
		return Imported{}, err
	}
	defer f.Close()
	var out Imported
	return out, json.NewDecoder(f).Decode(&out)
}

func (s *server) importKept(ctx context.Context, a identity.Actor, in *struct {
	ID string `path:"id"`
},
) (Imported, error) {
	return s.keptImport(ctx, a, in.ID)
}

func (s *server) rejects(w http.ResponseWriter, r *http.Request) error {
	a := whoOf(r.Context()).actor
	kept, err := s.keptImport(r.Context(), a, r.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := s.Blobs.Open(r.Context(), importName(a, kept.ID, "rejects.ndjson"))
	if err != nil {
		return err
	}
	defer f.Close()
	var failed error
	var book bytes.Buffer
	reader := taking.Reader{Text: s.Text, Lang: call.Of(r.Context()).Lang}
	err = intake.RejectsWorkbook(&book, reader.Each(rejectsOf(f, &failed)), kept.Columns, string(reader.Lang))
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	w.Header().Set("Content-Disposition", `attachment; filename="rejects.xlsx"`)
	_, _ = w.Write(book.Bytes())
	return nil
}

func rejectsOf(f io.Reader, failed *error) iter.Seq[intake.Reject] {
	return func(yield func(intake.Reject) bool) {
		d := json.NewDecoder(f)
		for {
			var r intake.Reject
			err := d.Decode(&r)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				*failed = err
				return
			}
			if !yield(r) {
				return
			}
		}
	}
}
