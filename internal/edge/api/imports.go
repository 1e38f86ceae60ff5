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
	Report  intake.Report       `json:"report"`
	Columns []string            `json:"columns"`
	Rejects string              `json:"rejects,omitempty" doc:"Where the workbook of rejected lines is"`
}

func (s *server) addImports() {
	t := tags("imports")
	s.raw(huma.Operation{
		Method: "POST", Path: "/v1/imports", Summary: "Send a catalog list: look at it (action=suggest) or take it in (action=run)", Tags: t,
		RequestBody: form("action", "mapping", "all_or_none", "encoding", "sheet"), Responses: s.jsonAnswer(Imported{}),
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
		out, err := s.suggest(up)
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
	return input.Options{Name: u.Name, Encoding: u.Fields["encoding"], Sheet: u.Fields["sheet"]}
}

// propose looks at the first lines.
func (u *upload) propose() (intake.Proposal, input.Facts, []string, error) {
	reader, err := intake.Open(u.File, u.Size, u.options())
	if err != nil {
		return intake.Proposal{}, input.Facts{}, nil, err
	}
	defer reader.Close()
	p, err := intake.Propose(reader)
	return p, reader.Facts(), reader.Columns(), err
}

const sampleLines = 5

func (s *server) suggest(up *upload) (Suggested, error) {
	out := Suggested{Action: "suggest"}
	var err error
	if out.Proposal, out.Facts, out.Columns, err = up.propose(); err != nil {
		return out, err
	}
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
func (u *upload) mapping() (intake.Mapping, error) {
	if text := u.Fields["mapping"]; text != "" {
		return intake.ReadMapping(strings.NewReader(text))
	}
	p, _, _, err := u.propose()
	return p.Mapping, err
}

// run is one import on its way.
type run struct {
	s       *server
	a       identity.Actor
	id      string
	chunk   []catalog.Draft
	rejects []intake.Reject
	refused map[int]error // lines that the catalog itself refused
	before  bool          // the same file under the same mapping was taken in already
}

func (s *server) runImport(ctx context.Context, a identity.Actor, up *upload) (Imported, error) {
	m, err := up.mapping()
	if err != nil {
		return Imported{}, err
	}
	digest, err := input.Digest(io.NewSectionReader(up.File, 0, up.Size))
	if err != nil {
		return Imported{}, err
	}
	x := run{s: s, a: a, refused: map[int]error{}}
	if x.id, err = intake.ImportID(digest, m); err != nil {
		return Imported{}, err
	}
	reader, columns, report, err := x.stage(ctx, up, m)
	if err != nil {
		return Imported{}, err
	}
	defer reader.Close()
	if err := x.nameRefused(up, m); err != nil {
		return Imported{}, err
	}
	report.ImportID = x.id
	report.Rejected += len(x.refused)
	out := Imported{ID: x.id, File: up.Name, Report: report, Columns: columns}
	if len(x.rejects) > 0 {
		out.Rejects = "/v1/imports/" + x.id + "/rejects.xlsx"
	}
	if up.Fields["all_or_none"] == "true" && !x.before && report.Rejected > 0 {
		if err := s.Catalog.Discard(ctx, a, x.id); err != nil {
			return out, err
		}
		out.State = catalog.ImportDiscarding
		if err := s.keepImport(ctx, a, out, x.rejects); err != nil {
			return out, err
		}
		return out, vocab.LineRejected.Because("%d of %d lines cannot be taken, so none was; the import is %s", report.Rejected, report.Lines, x.id).
			WithFix("mend the lines in /v1/imports/%s/rejects.xlsx and send the whole list again", x.id)
	}
	done, err := s.Catalog.Switch(ctx, a, x.id)
	if err != nil {
		return out, err
	}
	out.State, out.Created, out.Changed = done.State, done.Created, done.Changed
	if x.before {
		out.Created, out.Changed = 0, 0
		return out, nil
	}
	return out, s.keepImport(ctx, a, out, x.rejects)
}

func (x *run) stage(ctx context.Context, up *upload, m intake.Mapping) (input.Reader, []string, intake.Report, error) {
	o := m.Options()
	o.Name = up.Name
	reader, err := intake.Open(up.File, up.Size, o)
	if err != nil {
		return nil, nil, intake.Report{}, err
	}
	report, err := intake.Apply(ctx, reader, m, intake.Sink{
		Good: func(d catalog.Draft) error {
			if x.chunk = append(x.chunk, d); len(x.chunk) < catalog.MaxChunk {
				return nil
			}
			return x.flush(ctx)
		},
		Bad: func(r intake.Reject) error {
			x.rejects = append(x.rejects, r)
			return nil
		},
	})
	if err == nil {
		err = x.flush(ctx)
	}
	if err != nil {
		reader.Close()
		return nil, nil, report, err
	}
	return reader, reader.Columns(), report, nil
}

func (x *run) flush(ctx context.Context) error {
	staged, err := x.s.Catalog.Stage(ctx, x.a, x.id, x.chunk)
	x.chunk = x.chunk[:0]
	if vocab.CodeOf(err) == vocab.StateWrong {
		x.before = true // nothing changes a second time
		return nil
	}
	if err != nil {
		return err
	}
	for _, r := range staged.Rejected {
		x.refused[r.Line] = r.Err
	}
	return nil
}

// nameRefused reads the file again for the cells of the lines that the catalog
// refused, so that they too come back to be mended.
func (x *run) nameRefused(up *upload, m intake.Mapping) error {
	if len(x.refused) == 0 {
		return nil
	}
	o := m.Options()
	o.Name = up.Name
	reader, err := intake.Open(up.File, up.Size, o)
	if err != nil {
		return err
	}
	defer reader.Close()
	for {
		rec, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if cause, ok := x.refused[rec.Line]; ok {
			t := input.Trouble{Problem: input.ValueUnfit, Line: rec.Line, Args: []string{string(vocab.CodeOf(cause))}, Rejects: true}
			x.rejects = append(x.rejects, intake.Reject{Line: rec.Line, Cells: rec.Cells, Troubles: []input.Trouble{t}})
		}
	}
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
	err = intake.RejectsWorkbook(&book, rejectsOf(f, &failed), kept.Columns, string(call.Of(r.Context()).Lang))
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
