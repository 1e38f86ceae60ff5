package asking

import (
	"cmp"
	"encoding/csv"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/edge/problem"
	"fontis/internal/edge/taking/rows"
	"fontis/internal/edge/web/page"
	"fontis/internal/edge/web/sharing"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/vocab"
	"fontis/internal/vocab/cell"
)

// batchesPage lists a member's batches and takes one more.
type batchesPage struct {
	List    page.Shown[batch.Status]
	Choose  *page.Form // of several grants
	For     page.Tongued
	Form    *page.Form
	Columns []column
	Pattern string // of its case numbers
	Example string // a list with two lines
}

func (s *Section) batches(v *page.Visit) (any, error) {
	list, err := s.batchList(v)
	if err != nil {
		return nil, err
	}
	p := batchesPage{}
	if p.List, err = list.Show(v); err != nil {
		return nil, err
	}
	grants, err := s.Door.Grants(v.Ctx(), v.Actor, false, "", 200)
	if err != nil {
		return nil, err
	}
	var choice []page.Option
	var shown *access.Grant
	for _, g := range grants {
		if slices.Contains(g.Carriages, vocab.Batch) && g.State == access.GrantActive {
			if shown == nil || string(g.ID) == v.Said("grant") {
				shown = &g
			}
			choice = append(choice, page.Option{Value: string(g.ID), Label: string(g.ID) + " · " + v.SetName(g.Dataset).Text + " · " + v.Look().Word("question", string(g.Question))})
		}
	}
	if shown == nil {
		return p, nil
	}
	for _, c := range choice {
		if c.Value == string(shown.ID) {
			p.For = page.Tongued{Text: c.Label}
		}
	}
	if len(choice) > 1 {
		p.Choose = v.Form(page.Form{Action: "/batches", Name: "choose_grant", Fields: []page.Field{{Name: "grant", Kind: "select", Need: true, Value: string(shown.ID), Options: choice}}})
	}
	p.Columns, p.Example = example(v, *shown)
	p.Pattern = shown.CasePattern
	p.Form = v.Form(page.Form{Action: "/batches", Name: "start_batch", Files: true, Fields: batchFields(v, *shown)})
	return p, nil
}

// batchFields ask for a list under a grant.
func batchFields(v *page.Visit, g access.Grant) []page.Field {
	out := []page.Field{
		{Name: "grant", Kind: "hidden", Value: string(g.ID)},
		{Name: "file", Text: "batch_file", Kind: "file", Hint: true, Need: true},
		{Name: "key_kind", Kind: "select", Value: string(keyKind(g)), Options: page.Words(v, "key_kind", []vocab.SubjectKeyKind{vocab.CitizenNumber, vocab.CreditCode, vocab.Permit, vocab.Passport, vocab.RegisterNumber})},
	}
	if g.Question == vocab.Status {
		out = append(out, page.Field{Name: "status", Text: "which_status", Kind: "select", Need: true, Options: v.StatusOptions(g.Statuses)})
	}
	return append(out, page.Field{Name: "cases", Hint: true})
}

// keyKind is the kind of number that the subjects of a grant mostly have.
func keyKind(g access.Grant) vocab.SubjectKeyKind {
	if g.About == vocab.LegalEntity {
		return vocab.CreditCode
	}
	return vocab.CitizenNumber
}

func (s *Section) batchList(v *page.Visit) (page.List[batch.Status], error) {
	key := func(b batch.Status) string { return string(b.ID) }
	states := page.Strings([]batch.State{batch.Accepted, batch.Recording, batch.Asking, batch.Done, batch.Refused, batch.Failed})
	return page.List[batch.Status]{
		Path: "/batches", Key: key,
		Columns: []page.Column[batch.Status]{
			{Name: "number", Say: func(b batch.Status) any { return b.ID }},
			{Name: "when", Say: func(b batch.Status) any { return b.Made }},
			{Name: "file", Head: "page.batch.file", Say: func(b batch.Status) any { return b.File }},
			{Name: "rows", Head: "page.batch.rows", Say: func(b batch.Status) any { return b.Rows }},
			{Name: "done", Head: "page.batch.done", Say: func(b batch.Status) any { return b.Done }},
			{Name: "state", Kind: "state", Words: states, Say: func(b batch.Status) any { return b.State }},
		},
		Fetch: func(after string, limit int) ([]batch.Status, error) {
			return s.Door.Batches(v.Ctx(), v.Actor, vocab.BatchID(after), limit)
		},
	}, nil
}

// column is one column of a batch's list.
type column struct {
	Name string
	Text page.Tongued
}

// example says which columns the list of a grant has, and shows two of its lines.
func example(v *page.Visit, g access.Grant) ([]column, string) {
	l := v.Look()
	out := []column{{rows.ColumnSubject, page.Tongued{Text: l.Must("page.batches.subject")}}, {rows.ColumnCase, page.Tongued{Text: l.Must("page.batches.case")}}}
	names := []string{rows.ColumnSubject, rows.ColumnCase}
	subjects := [2]string{"990000198909191650", "990000197001010018"}
	if keyKind(g) == vocab.CreditCode {
		subjects = [2]string{"91990000MA0000001B", "91990000MA0000002E"}
	}
	file := caseLike(g.CasePattern)
	lines := [][]string{{subjects[0], file}, {subjects[1], file}}
	if g.Question == vocab.Compare {
		for _, i := range g.Items {
			out = append(out, column{i.Name(), v.ItemName(i)})
			names = append(names, i.Name())
			sample := sampleOf(v, i)
			lines[0], lines[1] = append(lines[0], sample), append(lines[1], sample)
		}
	}
	return out, strings.Join(names, ",") + "\n" + strings.Join(lines[0], ",") + "\n" + strings.Join(lines[1], ",") + "\n"
}

// sampleOf is a value of the item's kind that nobody has.
func sampleOf(v *page.Visit, id vocab.ItemID) string {
	compare := vocab.CompareText
	if d := v.Entry(id.Dataset()); d != nil {
		if it, ok := d.Item(id.Name()); ok {
			compare = it.Compare
		}
	}
	switch compare {
	case vocab.CompareDate:
		return "1989-09-19"
	case vocab.CompareNumber:
		return "12.5"
	case vocab.CompareCode:
		return "1"
	}
	return v.Look().Must("page.batches.sample")
}

func (s *Section) startBatch(v *page.Visit) (string, error) {
	g, err := s.Door.GrantFor(v.Actor, vocab.GrantID(v.Said("grant")))
	if err != nil {
		return "", err
	}
	file, head, err := v.File("file")
	if err != nil {
		return "", err
	}
	defer file.Close()
	in, err := input.Open(file, head.Size, input.Options{Name: head.Filename})
	if err != nil {
		return "", err
	}
	defer in.Close()
	c := batch.Call{Grant: g.ID, Question: g.Question, Purpose: g.Purpose, Status: v.Said("status"), File: head.Filename, Cases: page.Listed(v.Said("cases"))}
	if g.Question == vocab.Read {
		c.Items = g.Items
	}
	lines, err := rows.List(in, rows.Of{Dataset: g.Dataset, Kind: vocab.SubjectKeyKind(v.Said("key_kind")), Items: g.Asked()})
	if err != nil {
		return "", err
	}
	b, bad, err := s.Door.StartBatch(v.Ctx(), v.Actor, c, lines)
	if err == nil && len(bad) > 0 {
		err = badLines(v, bad)
	}
	return "/batches/" + url.PathEscape(string(b.ID)), err
}

// badLines says which lines must be mended, and how, in the reader's language, those
// of one cause together. No value stands in it.
func badLines(v *page.Visit, bad []access.BadLine) error {
	l := v.Look()
	var codes []vocab.Code // in the order of their first lines
	lines := map[vocab.Code][]string{}
	for _, b := range bad[:min(len(bad), 20)] {
		n := strconv.FormatInt(b.Line, 10)
		if lines[b.Code] == nil {
			codes = append(codes, b.Code)
		}
		lines[b.Code] = append(lines[b.Code], n)
	}
	p := v.Problem(vocab.LineRejected.Because("%d lines cannot be asked, so none was", len(bad)).WithFix("mend the lines and send the whole batch again"))
	for _, c := range codes {
		said := v.Problem(c.Because(""))
		p.Errors = append(p.Errors, problem.Fault{
			Where: l.Must("page.batches.lines", strings.Join(lines[c], l.Comma())), What: said.Title + l.Must("page.frame.clause") + said.Fix,
		})
	}
	return p
}

// batchPage shows how far a batch has come.
type batchPage struct {
	Batch   batch.Status
	Grant   *sharing.GrantLine
	Counts  []answerCount // once it is done
	Percent int64
	Over    bool
	Live    string // while it runs
}

func (s *Section) batch(v *page.Visit) (any, error) {
	b, err := s.Door.Batch(v.Ctx(), v.Actor, vocab.BatchID(v.ID("id")))
	if err != nil {
		return nil, err
	}
	p := batchPage{Batch: b, Over: b.State == batch.Done || b.State == batch.Refused || b.State == batch.Failed}
	if b.Rows > 0 {
		p.Percent = b.Done * 100 / b.Rows
	}
	if !p.Over {
		p.Live = v.Live("batch", string(b.ID))
	}
	g, err := s.Door.GrantFor(v.Actor, b.Grant)
	if err != nil {
		return nil, err
	}
	lines, err := sharing.GrantLines(v, []access.Grant{g})
	if err != nil {
		return nil, err
	}
	p.Grant = &lines[0]
	if b.State == batch.Done && b.Emptied.IsZero() && b.Rows <= mostCounted {
		p.Counts, err = s.counts(v, b.ID)
	}
	return p, err
}

// mostCounted bounds the rows whose answers a page counts; of a longer batch the
// file alone tells.
const mostCounted = 20_000

// answerCount is how many rows had an answer about an item.
type answerCount struct {
	id     vocab.ItemID
	Item   page.Tongued
	Answer vocab.Answer
	N      int64
}

func (s *Section) counts(v *page.Visit, id vocab.BatchID) ([]answerCount, error) {
	answers, err := s.Door.BatchAnswers(v.Ctx(), v.Actor, id)
	if err != nil {
		return nil, err
	}
	type of struct {
		item   vocab.ItemID
		answer vocab.Answer
	}
	n := map[of]int64{}
	for a, err := range answers {
		if err != nil {
			return nil, err
		}
		for item, x := range a.Answers {
			n[of{item, x.Answer}]++
		}
	}
	var out []answerCount
	for k, count := range n {
		out = append(out, answerCount{id: k.item, Item: v.ItemName(k.item), Answer: k.answer, N: count})
	}
	slices.SortFunc(out, func(a, b answerCount) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.Answer, b.Answer))
	})
	return out, nil
}

func (s *Section) batchAnswers(v *page.Visit) error {
	id := vocab.BatchID(v.ID("id"))
	answers, err := s.Door.BatchAnswers(v.Ctx(), v.Actor, id)
	if err != nil {
		return err
	}
	v.Download("text/csv; charset=utf-8", string(id)+".csv")
	out := csv.NewWriter(v.W)
	if err := out.Write([]string{"line", "case", "item", "answer", "value", "reason", "disputed", "comparator", "as_of"}); err != nil {
		return nil // the reader is gone
	}
	for a, err := range answers {
		if err != nil {
			return v.Broken(err)
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

// disputed says that a contest of the value is open.
func disputed(x access.ItemAnswer) string {
	if x.Disputed {
		return "disputed"
	}
	return ""
}

func answerRows(a batch.Answer) [][]string {
	items := make([]vocab.ItemID, 0, len(a.Answers))
	for i := range a.Answers {
		items = append(items, i)
	}
	slices.Sort(items)
	out := make([][]string, len(items))
	for n, i := range items {
		x, value := a.Answers[i], ""
		if x.Value != nil {
			value = cell.Guard(*x.Value)
		}
		out[n] = []string{strconv.FormatInt(a.Line, 10), cell.Guard(a.Case), string(i), string(x.Answer), value, string(x.Reason), disputed(x), x.Comparator, a.AsOf.UTC().Format(time.RFC3339)}
	}
	return out
}
