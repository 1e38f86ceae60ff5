package sharing

import (
	"net/url"
	"slices"
	"sort"

	"fontis/internal/duty/share"
	"fontis/internal/edge/problem"
	"fontis/internal/edge/web/notes"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// tryPage is the console of a test twin: ask it as a program would, and read what
// a program would read.
type tryPage struct {
	Head    RequestLine
	Grant   vocab.GrantID
	Form    *page.Form
	Rows    []tryRow
	Columns []page.Tongued
	Said    []saidLine
	Refused *problem.Problem
	Curl    string
}

// tryRow is an invented subject with what the twin holds of it.
type tryRow struct {
	Subject string
	Values  []page.Tongued
	Status  vocab.Answer
}

// saidLine is what the twin said about one item.
type saidLine struct {
	id     vocab.ItemID
	Item   page.Tongued
	Answer vocab.Answer
	Reason vocab.UnknownReason
	Value  *page.Tongued
}

func (s *Section) tryOut(v *page.Visit) (any, error) {
	id := vocab.RequestID(v.ID("id"))
	b, err := s.Share.Bench(v.Ctx(), v.Actor, id)
	if err != nil {
		return nil, err
	}
	r, err := s.Share.Get(v.Ctx(), v.Actor, id)
	if err != nil {
		return nil, err
	}
	heads, err := RequestLines(v, []*share.Request{r})
	if err != nil {
		return nil, err
	}
	p := tryPage{Head: heads[0], Grant: b.Grant, Columns: v.ItemNames(b.Items), Rows: tryRows(v, b)}
	first := b.First
	if done, ok := notes.Read[tried](v.Notes, v.Actor, v.Said("tried")); ok {
		first, p.Curl = done.trial, done.Call.Curl
		if done.Refusal != nil {
			p.Refused = v.Problem(done.Refusal)
		} else {
			p.Said = saidLines(v, done.Tried)
		}
	}
	p.Form = v.Form(page.Form{Name: "try", Fields: tryFields(v, b, first)})
	return p, nil
}

// tried is a trial with what came of it, carried over the 303.
type tried struct {
	share.Tried
	trial share.Trial
}

func tryRows(v *page.Visit, b share.Bench) []tryRow {
	out := make([]tryRow, len(b.Rows))
	for i, r := range b.Rows {
		out[i] = tryRow{Subject: r.Subject.Value, Status: r.Status}
		for _, item := range b.Items {
			out[i].Values = append(out[i].Values, v.Look().Tongue(r.Values[item]))
		}
	}
	return out
}

// tryFields ask what the question of the request needs; what stands in them works.
func tryFields(v *page.Visit, b share.Bench, first share.Trial) []page.Field {
	subjects := make([]string, len(b.Rows))
	for i, r := range b.Rows {
		subjects[i] = r.Subject.Value
	}
	out := []page.Field{{Name: "subject", Text: "try_subject", Kind: "select", Hint: true, Value: first.Subject.Value, Options: page.Just(subjects)}}
	switch b.Question {
	case vocab.Compare:
		for _, i := range b.Items {
			out = append(out, page.Field{Name: "value " + string(i), Label: v.ItemName(i).Text, Value: first.Values[i], Complete: "off"})
		}
	case vocab.Status:
		out = append(out, page.Field{Name: "status", Text: "which_status", Kind: "select", Value: first.Status, Options: v.StatusOptions(b.Statuses)})
	default:
		out = append(out, page.Field{Name: "items", Kind: "checks", Values: words(first.Items), Options: v.ItemOptions(b.Items)})
	}
	return append(out, page.Field{Name: "purpose", Value: first.Purpose}, page.Field{Name: "case", Value: first.Case, Complete: "off"})
}

func (s *Section) tryIt(v *page.Visit) (string, error) {
	id := vocab.RequestID(v.ID("id"))
	b, err := s.Share.Bench(v.Ctx(), v.Actor, id)
	if err != nil {
		return "", err
	}
	t := share.Trial{Values: map[vocab.ItemID]string{}, Status: v.Said("status"), Items: page.Typed[vocab.ItemID](v.All("items")), Purpose: v.Said("purpose"), Case: v.Said("case"), Network: v.Call.From}
	i := slices.IndexFunc(b.Rows, func(r access.TwinRow) bool { return r.Subject.Value == v.Said("subject") })
	if i < 0 {
		return "", v.Faulty(problem.Fault{Where: "subject", What: v.Look().Must("page.try.nobody")})
	}
	t.Subject = b.Rows[i].Subject
	for _, item := range b.Items {
		if said := v.Said("value " + string(item)); said != "" && b.Question == vocab.Compare {
			t.Values[item] = said
		}
	}
	done, err := s.Share.Try(v.Ctx(), v.Actor, id, t)
	if err != nil {
		return "", err
	}
	return "/requests/" + url.PathEscape(string(id)) + "/try?tried=" + v.Notes.Put(v.Actor, tried{Tried: done, trial: t}), nil
}

func saidLines(v *page.Visit, done share.Tried) []saidLine {
	var out []saidLine
	for i, x := range done.Answer.Answers {
		l := saidLine{id: i, Item: v.ItemName(i), Answer: x.Answer, Reason: x.Reason}
		if x.Value != nil {
			said := v.Look().Tongue(*x.Value)
			l.Value = &said
		}
		out = append(out, l)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].id < out[j].id })
	return out
}
