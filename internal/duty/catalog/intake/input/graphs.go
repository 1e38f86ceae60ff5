package input

import (
	"bytes"
	"io"
	"regexp"

	"fontis/internal/duty/catalog/intake/graph"
	"fontis/internal/vocab"
)

// turtleBegins knows Turtle and N-Triples by how they begin, after comments.
var turtleBegins = regexp.MustCompile(`(?i)^(\s|#[^\n]*\n)*(@prefix\s|@base\s|prefix\s+[\w.-]*:\s*<|base\s+<|<[^<>\s"]+>\s+(a|<[^<>\s"]+>)\s)`)

// openGraph reads a whole description in RDF: what belongs to one data set may
// stand anywhere in it, so all is held, within a limit.
func openGraph(r io.Reader, form Format, facts Facts, o Options) (Reader, error) {
	doc, err := wholeOf(r, o.Limits.orShipped())
	if err != nil {
		return nil, err
	}
	facts.Format = form
	var g graph.Graph
	if form == Turtle {
		err = graph.Turtle(doc, "", g.Add)
	} else {
		err = graph.JSONLD(doc, g.Add)
	}
	if err != nil {
		return nil, err
	}
	facts.Next = g.Next()
	held := &heldRecords{facts: facts, columns: graph.Columns()}
	for _, e := range g.Entries() {
		held.add(Record{Line: e.Line, Cells: e.Cells}, o.Limits.orShipped())
	}
	if len(held.records) == 0 {
		return nil, vocab.FileUnreadable.Because("the description names no dcat:Dataset").WithFix("send a DCAT catalog")
	}
	return held, nil
}

// wholeOf reads a document that must be seen as a whole.
func wholeOf(r io.Reader, lim Limits) ([]byte, error) {
	doc, err := io.ReadAll(io.LimitReader(r, lim.Whole+1))
	if err != nil {
		return nil, vocab.FileUnreadable.Wrap(err, "read the document")
	}
	if int64(len(doc)) > lim.Whole {
		return nil, vocab.FileTooLarge.Because("the document is larger than %s and must be read as a whole", BytesWord(int(lim.Whole))).
			WithFix("send it in pages, or as JSON with one entry a line")
	}
	return bytes.TrimPrefix(doc, []byte("\xEF\xBB\xBF")), nil
}

// heldRecords are records that were read beforehand.
type heldRecords struct {
	facts   Facts
	columns []string
	records []Record
}

// add takes a record in, cleaned.
func (h *heldRecords) add(rec Record, lim Limits) {
	for name, text := range rec.Cells {
		if text == "" {
			delete(rec.Cells, name)
			continue
		}
		if len(text) > lim.Cell {
			rec.Cells[name] = Cut(text, 200)
			rec.Troubles = append(rec.Troubles, Trouble{Problem: CellTooLong, Line: rec.Line, Column: name, Args: []string{BytesWord(lim.Cell)}, Rejects: true})
			continue
		}
		clean, problem := hygiene(text, false)
		rec.Cells[name] = clean
		if problem != "" {
			rec.Troubles = append(rec.Troubles, Trouble{Problem: problem, Line: rec.Line, Column: name, Value: Cut(clean, CutRunes), Rejects: problem == BadBytes, Args: []string{UTF8}})
		}
	}
	h.records = append(h.records, rec)
}

// Columns are the names that entries may have.
func (h *heldRecords) Columns() []string { return h.columns }

// Facts tell how the file was understood.
func (h *heldRecords) Facts() Facts { return h.facts }

// Close ends the reading.
func (h *heldRecords) Close() error { return nil }

// Next gives the next record.
func (h *heldRecords) Next() (Record, error) {
	if len(h.records) == 0 {
		return Record{}, io.EOF
	}
	rec := h.records[0]
	h.records = h.records[1:]
	return rec, nil
}
