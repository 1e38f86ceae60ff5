package duties

import (
	"strconv"
	"strings"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// awaitingPage shows drafts that wait for a second officer's word, with all that the
// word is about, and the form that says it of those that are ticked.
type awaitingPage struct {
	Lines []awaitingLine
	Form  *page.Form
	More  bool
}

type awaitingLine struct {
	*entry.Dataset
	Title, About page.Tongued
	Fields       []page.Tongued
}

// awaitingShown is how many one page shows: as many as are read at a sitting.
const awaitingShown = 50

func (s *Section) awaiting(v *page.Visit) (any, error) {
	list, err := s.Review.Awaiting(v.Ctx(), v.Actor, "", awaitingShown+1)
	if err != nil {
		return nil, err
	}
	p := awaitingPage{More: len(list) > awaitingShown}
	list = list[:min(len(list), awaitingShown)]
	var options []page.Option
	for _, d := range list {
		l := awaitingLine{Dataset: d, Title: v.Look().Either(d.Name), About: v.Look().Either(d.Abstract)}
		for _, it := range d.Items {
			l.Fields = append(l.Fields, v.Look().Either(it.Name))
		}
		p.Lines = append(p.Lines, l)
		options = append(options, page.Option{Value: string(d.ID) + ":" + strconv.FormatInt(d.Rev, 10), Label: l.Title.Text})
	}
	if len(options) > 0 {
		p.Form = v.Form(page.Form{Action: "/todo/secrecy", Name: "secrecy_many", Fields: []page.Field{
			{Name: "entry", Text: "secrecy_read", Kind: "checks", Hint: true, Options: options}, {Name: "basis", Text: "secrecy_basis", Need: true},
		}})
	}
	return p, nil
}

func (s *Section) sayMany(v *page.Visit) (string, error) {
	w := review.Words{Basis: v.Said("basis")}
	for _, said := range v.All("entry") {
		id, rev, _ := strings.Cut(said, ":")
		n, err := strconv.ParseInt(rev, 10, 64)
		if err != nil {
			return "", vocab.BadInput.Because("the form names no revision of an entry")
		}
		w.Entries = append(w.Entries, review.Read{Dataset: vocab.DatasetID(id), Rev: n})
	}
	if len(w.Entries) == 0 {
		return "", vocab.FieldMissing.Because("no entry is ticked").WithFix("Read the entries above and tick those that may be listed.")
	}
	heard, err := s.Review.CheckMany(v.Ctx(), v.Actor, w)
	switch {
	case err != nil:
		return "", err
	case len(heard.Refused) > 0:
		return "/todo/secrecy?done=secrecy_part", nil
	}
	return "/todo/secrecy?done=secrecy_said", nil
}
