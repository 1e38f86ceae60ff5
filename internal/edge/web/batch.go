package web

import (
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"mime/multipart"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// batchesPage lists a member's batches and takes one more.
type batchesPage struct {
	Batches []access.BatchStatus
	Form    *form
}

func (s *Site) batches(v *visit) (any, error) {
	list, err := s.Door.Batches(v.ctx(), v.actor, 50)
	if err != nil {
		return nil, err
	}
	p := batchesPage{Batches: list}
	grants, err := s.Door.Grants(v.ctx(), v.actor, false, "", 200)
	if err != nil {
		return nil, err
	}
	var choice []option
	for _, g := range grants {
		if slices.Contains(g.Carriages, vocab.Batch) && g.State == access.GrantActive {
			choice = append(choice, option{Value: string(g.ID), Label: string(g.ID) + " · " + v.setName(g.Dataset).Text + " · " + v.look().Word("question", string(g.Question))})
		}
	}
	if len(choice) > 0 {
		p.Form = v.form(form{Action: "/batches", Name: "start_batch", Files: true, Fields: []field{
			{Name: "grant", Kind: "select", Need: true, Value: v.said("grant"), Options: choice},
			{Name: "file", Text: "batch_file", Kind: "file", Hint: true, Need: true},
			{Name: "key_kind", Kind: "select", Options: words(v, "key_kind", []vocab.SubjectKeyKind{vocab.CitizenNumber, vocab.CreditCode, vocab.Permit, vocab.Passport, vocab.RegisterNumber})},
			{Name: "status", Text: "which_status"},
			{Name: "cases", Hint: true},
		}})
	}
	return p, nil
}

func (s *Site) startBatch(v *visit) (string, error) {
	g, err := s.Door.GrantFor(v.actor, vocab.GrantID(v.said("grant")))
	if err != nil {
		return "", err
	}
	file, head, err := v.file("file")
	if err != nil {
		return "", err
	}
	defer file.Close()
	in, err := input.Open(file, head.Size, input.Options{Name: head.Filename})
	if err != nil {
		return "", err
	}
	defer in.Close()
	c := access.BatchCall{Grant: g.ID, Question: g.Question, Purpose: g.Purpose, Status: v.said("status"), Cases: listed(v.said("cases"))}
	if g.Question == vocab.Read {
		c.Items = g.Items
	}
	b, bad, err := s.Door.StartBatch(v.ctx(), v.actor, c, batchLines(in, g, vocab.SubjectKeyKind(v.said("key_kind"))))
	if err == nil && len(bad) > 0 {
		err = badLines(bad)
	}
	return "/batches/" + url.PathEscape(string(b.ID)), err
}

// batchLines reads a table whose columns are subject, case and the items' codes.
func batchLines(in input.Reader, g access.Grant, kind vocab.SubjectKeyKind) iter.Seq2[access.BatchLine, error] {
	return func(yield func(access.BatchLine, error) bool) {
		if !slices.Contains(in.Columns(), "subject") {
			yield(access.BatchLine{}, vocab.ColumnUnknown.Because("the file has no column named subject").WithFix("name the columns subject, case, and the items by their codes"))
			return
		}
		for {
			rec, err := in.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			l := access.BatchLine{Subject: vocab.SubjectKey{Kind: kind, Value: rec.Cells["subject"]}, Case: rec.Cells["case"], Values: map[vocab.ItemID]string{}}
			for _, i := range g.Items {
				if value := firstOf(rec.Cells[string(i)], rec.Cells[i.Name()]); value != "" && g.Question == vocab.Compare {
					l.Values[i] = value
				}
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
	}
}

func firstOf(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// badLines says which lines must be mended; no value stands in it.
func badLines(bad []access.BadLine) error {
	var said []string
	for _, b := range bad[:min(len(bad), 20)] {
		said = append(said, strconv.FormatInt(b.Line, 10)+": "+b.Cause)
	}
	return vocab.LineRejected.Because("%d lines cannot be asked, so none was: %s", len(bad), strings.Join(said, "; "))
}

// batchPage shows how far a batch has come; it loads itself again until the end.
type batchPage struct {
	Batch   access.BatchStatus
	Percent int64
	Over    bool
}

func (s *Site) batch(v *visit) (any, error) {
	b, err := s.Door.Batch(v.ctx(), v.actor, vocab.BatchID(v.id("id")))
	if err != nil {
		return nil, err
	}
	p := batchPage{Batch: b, Over: b.State == access.BatchDone || b.State == access.BatchRefused || b.State == access.BatchFailed}
	if b.Rows > 0 {
		p.Percent = b.Done * 100 / b.Rows
	}
	if !p.Over {
		v.w.Header().Set("Refresh", "3")
	}
	return p, nil
}

func (s *Site) batchAnswers(v *visit) error {
	id := vocab.BatchID(v.id("id"))
	answers, err := s.Door.BatchAnswers(v.ctx(), v.actor, id)
	if err != nil {
		return err
	}
	v.download("text/csv; charset=utf-8", string(id)+".csv")
	out := csv.NewWriter(v.w)
	if err := out.Write([]string{"line", "item", "answer", "value", "reason", "comparator", "as_of"}); err != nil {
		return nil // the reader is gone
	}
	for a, err := range answers {
		if err != nil {
			return s.broken(v, err)
		}
		for _, row := range answerRows(a) {
			if out.Write(row) != nil {
				return nil // the reader is gone
			}
		}
	}
	out.Flush()
	return nil
}

func answerRows(a access.BatchAnswer) [][]string {
	items := make([]vocab.ItemID, 0, len(a.Answers))
	for i := range a.Answers {
		items = append(items, i)
	}
	slices.Sort(items)
	out := make([][]string, len(items))
	for n, i := range items {
		x, value := a.Answers[i], ""
		if x.Value != nil {
			value = plainCell(*x.Value)
		}
		out[n] = []string{strconv.FormatInt(a.Line, 10), string(i), string(x.Answer), value, string(x.Reason), x.Comparator, a.AsOf.UTC().Format(time.RFC3339)}
	}
	return out
}

// plainCell keeps a spreadsheet from taking a value for a formula.
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// broken ends a download in the middle, so that nobody takes it for whole.
func (s *Site) broken(v *visit, err error) error {
	s.Diary.Error("a download broke", "trace", v.call.Trace, "page", v.call.Pattern, "error", err)
	panic(errAbort)
}

func (v *visit) download(kind, name string) {
	v.w.Header().Set("Content-Type", kind)
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+strings.Map(func(r rune) rune {
		if r == '"' || r < 0x21 || r > 0x7e || r == '\\' || r == '/' {
			return '_'
		}
		return r
	}, name)+`"`)
}

// file is a file of the form.
func (v *visit) file(name string) (multipart.File, *multipart.FileHeader, error) {
	f, head, err := v.r.FormFile(name)
	if err != nil || head.Size == 0 {
		return nil, nil, vocab.FieldMissing.Because("no file was sent").WithFix("choose a file and send the form again")
	}
	return f, head, nil
}

// pour sends what is left of a file.
func (v *visit) pour(r io.Reader) error {
	if _, err := io.Copy(v.w, r); err != nil {
		return v.broken(v, err)
	}
	return nil
}
