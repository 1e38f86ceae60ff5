package view

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
	"fontis/internal/vocab/cell"
)

// Sheet is the file that a person takes home.
type Sheet struct {
	Format string // json or csv
	Lang   string // of the bodies' names
	Note   string // what the view does not show, in the reader's language
	To     io.Writer
}

// exportPage is how many lines are read at a time.
const exportPage = 500

// File writes the whole view, or what the filter leaves of it, page by page. A
// file that broke off does not end as one: its JSON is open.
func (s *Service) File(ctx context.Context, a identity.Actor, f Filter, to Sheet) error {
	v, err := s.viewer(ctx, a)
	if err != nil {
		return err
	}
	if v.Mandate {
		if err := s.note(ctx, a, v.Person, "mydata.mandate-export", nil); err != nil {
			return err
		}
	}
	var w sheetWriter
	out := bufio.NewWriter(to.To)
	switch to.Format {
	case "json":
		w = &jsonSheet{w: out, note: to.Note}
	case "csv":
		w = &csvSheet{w: csv.NewWriter(out), note: to.Note, lang: to.Lang}
	default:
		return vocab.BadInput.Because("the file is json or csv")
	}
	if err := s.export(ctx, v, f, w); err != nil {
		return fmt.Errorf("write a person's view: %w", err)
	}
	return out.Flush()
}

type sheetWriter interface {
	begin(p *Page) error
	line(l *Line) error
	end() error
}

func (s *Service) export(ctx context.Context, v ledger.Viewer, f Filter, w sheetWriter) error {
	f.Limit = exportPage
	for first := true; ; first = false {
		p, err := s.page(ctx, v, f)
		if err != nil {
			return err
		}
		if first {
			if err := w.begin(&p); err != nil {
				return err
			}
		}
		for i := range p.Lines {
			if err := w.line(&p.Lines[i]); err != nil {
				return err
			}
		}
		if f.After = p.Next; f.After == "" {
			return w.end()
		}
	}
}

type jsonSheet struct {
	w    *bufio.Writer
	note string
	more bool
}

func (j *jsonSheet) begin(p *Page) error {
	head, err := json.Marshal(struct {
		Log    string    `json:"log"`
		Since  time.Time `json:"since"`
		Newest int64     `json:"newest,omitempty"`
		Note   string    `json:"note"`
	}{p.Log, p.Since, p.Newest, j.note})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(j.w, "%s,\"lines\":[", head[:len(head)-1])
	return err
}

func (j *jsonSheet) line(l *Line) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if j.more {
		b = append([]byte(",\n"), b...)
	}
	j.more = true
	_, err = j.w.Write(b)
	return err
}

func (j *jsonSheet) end() error {
	_, err := j.w.WriteString("]}\n")
	return err
}

type csvSheet struct {
	w          *csv.Writer
	note, lang string
}

// columns of the file; they are the names of the fields in JSON.
func columns() []string {
	return []string{
		"number", "at", "state", "kind", "member", "body", "unit", "role", "officer_named", "purpose", "basis", "case", "question", "items", "answers", "act", "refused", "mandate", "grant", "trace",
	}
}

func (c *csvSheet) begin(p *Page) error {
	if err := c.w.Write([]string{"# " + p.Log, "since " + p.Since.Format(time.RFC3339), cell.Guard(c.note)}); err != nil {
		return err
	}
	return c.w.Write(columns())
}

func (c *csvSheet) line(l *Line) error {
	at, number := "", ""
	if !l.At.IsZero() {
		at = l.At.Format(time.RFC3339)
	}
	if l.Number > 0 {
		number = strconv.FormatInt(l.Number, 10)
	}
	row := []string{
		number, at, l.State, l.Kind, string(l.Member), l.Body.In(c.lang), l.Unit, l.Role, l.Named, l.Purpose, l.Basis, l.Case, l.Question,
		strings.Join(l.Items, " "), answers(l.Answers), l.Act, l.Refused, l.Mandate, string(l.Grant), string(l.Trace),
	}
	for i := range row {
		row[i] = cell.Guard(row[i])
	}
	return c.w.Write(row)
}

func (c *csvSheet) end() error {
	c.w.Flush()
	return c.w.Error()
}

func answers(m map[string]string) string {
	out := make([]string, 0, len(m))
	for item, answer := range m {
		out = append(out, item+"="+answer)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
