package api

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"iter"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/edge/call"
	"fontis/internal/edge/problem"
	"fontis/internal/edge/taking/rows"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
	"fontis/internal/vocab/cell"
)

// Started is a batch that was taken in.
type Started struct {
	Batch *batch.Status `json:"batch,omitempty"`
}

// The types of long bodies.
const (
	typeNDJSON = "application/x-ndjson"
	typeCSV    = "text/csv"
)

// batchParams say what all rows of a batch share.
var batchParams = []string{"grant", "question", "status", "as_of", "items", "purpose", "case", "kind", "spare", "file"}

func (s *server) addBatches() {
	t := tags("batches")
	s.raw(huma.Operation{
		Method: "POST", Path: "/v1/batches", Summary: "Ask about many subjects: one row each, as NDJSON or CSV", Tags: t,
		Parameters: queries(batchParams...), RequestBody: file(typeNDJSON, typeCSV), Responses: s.jsonAnswer(Started{}),
	}, false, s.startBatch)
	op(s, huma.Operation{Method: "GET", Path: "/v1/batches", Summary: "The member's batches, newest first", Tags: t}, s.batches)
	op(s, huma.Operation{Method: "GET", Path: "/v1/batches/{id}", Summary: "How far a batch has come", Tags: t}, s.batch)
	s.raw(huma.Operation{
		Method: "GET", Path: "/v1/batches/{id}/answers", Summary: "The answers in the order of the lines, as NDJSON or CSV", Tags: t,
		Responses: map[string]*huma.Response{"200": {Description: "OK", Content: file(typeNDJSON, typeCSV).Content}},
	}, false, s.batchAnswers)
}

func (s *server) startBatch(w http.ResponseWriter, r *http.Request) error {
	a := whoOf(r.Context()).actor
	if err := named(a); err != nil {
		return err
	}
	q := r.URL.Query()
	for name := range q {
		if !slices.Contains(batchParams, name) {
			return vocab.BadInput.Because("a batch has no parameter of that name; it has %s", strings.Join(batchParams, ", "))
		}
	}
	c := batch.Call{
		Grant: vocab.GrantID(q.Get("grant")), Question: vocab.Question(q.Get("question")), Status: q.Get("status"),
		Purpose: q.Get("purpose"), Cases: q["case"], File: q.Get("file"),
	}
	for _, i := range q["items"] {
		c.Items = append(c.Items, vocab.ItemID(i))
	}
	if named := r.Header.Get(HeaderCase); len(c.Cases) == 0 && named != "" {
		c.Cases = []string{named}
	}
	var err error
	if c.AsOf, err = day(q.Get("as_of")); err != nil {
		return err
	}
	lines, err := s.batchLines(w, r, a, c.Grant)
	if err != nil {
		return err
	}
	status, bad, err := s.Door.StartBatch(r.Context(), a, c, lines)
	if err != nil {
		return err
	}
	if len(bad) > 0 {
		s.problems.Send(w, s.badLines(r.Context(), bad))
		return nil
	}
	w.Header().Set("Location", "/v1/batches/"+string(status.ID))
	return writeJSON(w, Started{Batch: &status})
}

// badLines is the problem of a batch of which nothing was asked.
func (s *server) badLines(ctx context.Context, bad []access.BadLine) *problem.Problem {
	p := s.problems.Of(call.Of(ctx), vocab.LineRejected.Because("%d lines cannot be asked, and so nothing was", len(bad)).
		WithFix("mend the lines and send the whole batch again"))
	for _, b := range bad {
		p.Errors = append(p.Errors, problem.Fault{Where: "line " + strconv.FormatInt(b.Line, 10), What: b.Cause})
	}
	return p
}

func (s *server) batchLines(w http.ResponseWriter, r *http.Request, a identity.Actor, g vocab.GrantID) (iter.Seq2[block.Row, error], error) {
	body := http.MaxBytesReader(w, r.Body, maxFile)
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, vocab.BadInput.Because("the Content-Type is missing: %s or %s", typeNDJSON, typeCSV)
	}
	switch kind {
	case typeNDJSON, "application/ndjson", "application/jsonl":
		return rows.NDJSON(body), nil
	case typeCSV:
		grant, err := s.Door.GrantFor(a, g)
		if err != nil && vocab.KindOf(err) != vocab.NotFound { // the door itself answers for what is not there
			return nil, err
		}
		q := r.URL.Query()
		of := rows.Of{Dataset: grant.Dataset, Kind: vocab.SubjectKeyKind(orElse(q.Get("kind"), string(vocab.CitizenNumber))), Spare: q.Get("spare") == "pass", Encoding: params["charset"]}
		if err == nil {
			of.Items = grant.Asked()
		}
		return rows.CSV(body, of)
	}
	return nil, vocab.BadInput.Because("a batch is %s or %s", typeNDJSON, typeCSV)
}

func (s *server) batches(ctx context.Context, a identity.Actor, in *Paging) (Page[batch.Status], error) {
	all, err := s.Door.Batches(ctx, a, vocab.BatchID(in.After), in.Limit+1)
	if err != nil {
		return Page[batch.Status]{}, err
	}
	return PageOf(all, in.Limit, func(b batch.Status) string { return string(b.ID) }), nil
}

func (s *server) batch(ctx context.Context, a identity.Actor, in *struct {
	ID vocab.BatchID `path:"id"`
},
) (batch.Status, error) {
	return s.Door.Batch(ctx, a, in.ID)
}

func (s *server) batchAnswers(w http.ResponseWriter, r *http.Request) error {
	answers, err := s.Door.BatchAnswers(r.Context(), whoOf(r.Context()).actor, vocab.BatchID(r.PathValue("id")))
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	kind, write := typeNDJSON, ndjson
	if strings.Contains(r.Header.Get("Accept"), typeCSV) {
		kind, write = typeCSV, asCSV
	}
	// Nothing is sent before the first row is there, so that a failure up to
	// then is still a problem. Later the connection is cut: a list that ends
	// early must not look whole.
	next, stop := iter.Pull2(answers)
	defer stop()
	first, err, ok := next()
	if ok && err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind+"; charset=utf-8")
	if err := write(out, first, ok, next); err != nil {
		s.Diary.Warn("a batch's answers were cut", "trace", w.Header().Get("X-Trace"), "error", err)
		panic(http.ErrAbortHandler)
	}
	if err := out.Flush(); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

func ndjson(w io.Writer, row batch.Answer, ok bool, next func() (batch.Answer, error, bool)) error {
	e := json.NewEncoder(w)
	var err error
	for ok {
		if err = e.Encode(row); err != nil {
			return err
		}
		if row, err, ok = next(); ok && err != nil {
			return err
		}
	}
	return nil
}

// asCSV writes the columns of the first row's items; all rows have the same. A
// spreadsheet reads it, so what others wrote is guarded; NDJSON has it as it is.
func asCSV(w io.Writer, row batch.Answer, ok bool, next func() (batch.Answer, error, bool)) error {
	var items []vocab.ItemID
	for i := range row.Answers {
		items = append(items, i)
	}
	slices.Sort(items)
	head := []string{"line", "case", "as_of"}
	for _, i := range items {
		head = append(head, string(i), string(i)+"#value", string(i)+"#reason", string(i)+"#disputed")
	}
	c := csv.NewWriter(w)
	if err := c.Write(head); err != nil {
		return err
	}
	var err error
	for ok {
		cells := []string{strconv.FormatInt(row.Line, 10), cell.Guard(row.Case), row.AsOf.UTC().Format(time.RFC3339)}
		for _, i := range items {
			a := row.Answers[i]
			value, disputed := "", ""
			if a.Value != nil {
				value = cell.Guard(*a.Value)
			}
			if a.Disputed {
				disputed = "disputed"
			}
			cells = append(cells, string(a.Answer), value, string(a.Reason), disputed)
		}
		if err := c.Write(cells); err != nil {
			return err
		}
		if row, err, ok = next(); ok && err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}
