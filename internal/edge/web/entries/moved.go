package entries

import (
	"net/url"
	"slices"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/succession"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// endedPage tells of an entry that ended how, why, and what stands in its place.
type endedPage struct {
	ID     vocab.DatasetID
	Act    string
	Reason page.Tongued
	When   string
	Into   []Hit
	Kept   bool // the reader may see the entry as it was
}

// asItWas asks for the entry itself, where others stand in its place.
const asItWas = "as_it_was"

// moved is where what stands in the place of an entry is read.
func (s *Section) moved(v *page.Visit) (string, error) {
	if v.Said(asItWas) != "" {
		return "", nil
	}
	id := vocab.DatasetID(v.ID("id"))
	d, err := s.Succession.Moved(v.Ctx(), id)
	switch {
	case vocab.CodeOf(err) == vocab.NoSuchThing:
		return "", nil
	case err != nil:
		return "", err
	case len(d.MovedTo) > 1:
		return "/datasets/" + url.PathEscape(string(id)) + "/moved", nil
	}
	return "/datasets/" + url.PathEscape(string(d.MovedTo[0])) + "?" + url.Values{"was": {string(id)}}.Encode(), nil
}

func (s *Section) ended(v *page.Visit) (any, error) {
	d, err := s.Succession.Moved(v.Ctx(), vocab.DatasetID(v.ID("id")))
	if err != nil {
		return nil, err
	}
	return s.endedOf(v, d)
}

func (s *Section) endedOf(v *page.Visit, d *entry.Dataset) (*endedPage, error) {
	into, err := standing(v, d.MovedTo)
	if err != nil {
		return nil, err
	}
	l := v.Look()
	return &endedPage{ID: d.ID, Act: d.Ended.Act, Reason: l.Tongue(d.Ended.Reason), When: l.Moment(d.ChangedAt), Into: into, Kept: !v.Actor.Nobody()}, nil
}

// standing are those of the entries that the reader may see. One that ended since
// leads on by its own name.
func standing(v *page.Visit, ids []vocab.DatasetID) ([]Hit, error) {
	var list []*entry.Dataset
	for _, id := range ids {
		d, err := v.Catalog.Get(v.Ctx(), v.Actor, id)
		switch {
		case vocab.CodeOf(err) == vocab.NoSuchThing:
			d = &entry.Dataset{ID: id, State: entry.StateRetired, Name: entry.Text{ZH: string(id)}}
		case err != nil:
			return nil, err
		}
		list = append(list, d)
	}
	return Hits(v, list)
}

// places are the entry whose name led to this one, where one did, and what stands in
// this one's own place.
func (s *Section) places(v *page.Visit, d *entry.Dataset) (*endedPage, []Hit, error) {
	into, err := standing(v, d.MovedTo)
	if err != nil || v.Said("was") == "" {
		return nil, into, err
	}
	was, err := s.Succession.Moved(v.Ctx(), vocab.DatasetID(v.Said("was")))
	if vocab.CodeOf(err) == vocab.NoSuchThing || err == nil && !slices.Contains(was.MovedTo, d.ID) {
		return nil, into, nil
	}
	if err != nil {
		return nil, nil, err
	}
	p, err := s.endedOf(v, was)
	return p, into, err
}

// endFields are what an act that ends an entry asks for.
func endFields(act string) []page.Field {
	into := page.Field{Name: "into", Text: "into_" + act, Hint: true, Need: act != succession.ActRetire}
	out := []page.Field{into, {Name: "reason", Text: "end_reason", Hint: true, Need: true}}
	if act != succession.ActRetire {
		out = append(out, page.Field{Name: "lose_items", Kind: "check", Hint: true, Options: []page.Option{{Value: "yes"}}})
	}
	return out
}

// ruled are the forms of a data authority on an entry of another's: to end it in
// favour of a third's.
func ruled(v *page.Visit, d *entry.Dataset) []*page.Form {
	if !v.Actor.Has(vocab.Authority) || v.Actor.In(d.Owner) {
		return nil
	}
	var out []*page.Form
	for _, t := range entry.Transitions() {
		if t.To == entry.StateRetired && slices.Contains(t.From, d.State) {
			f := page.Form{Action: "/datasets/" + url.PathEscape(string(d.ID)) + "/" + t.Act, Name: t.Act, Grave: true, Fields: append([]page.Field{page.Revision(d.Rev)}, endFields(t.Act)...)}
			out = append(out, v.Form(f))
		}
	}
	return out
}

// end takes the act that the address names.
func (s *Section) end(v *page.Visit, id vocab.DatasetID) (string, error) {
	w := succession.Wish{Rev: v.Rev(), Into: page.Typed[vocab.DatasetID](page.Listed(v.Said("into"))), Reason: v.Said("reason"), LoseItems: v.Said("lose_items") != ""}
	verb := map[string]func() (*entry.Dataset, error){
		succession.ActRetire: func() (*entry.Dataset, error) { return s.Succession.Retire(v.Ctx(), v.Actor, id, w) },
		succession.ActMerge:  func() (*entry.Dataset, error) { return s.Succession.Merge(v.Ctx(), v.Actor, id, w) },
		succession.ActSplit:  func() (*entry.Dataset, error) { return s.Succession.Split(v.Ctx(), v.Actor, id, w) },
	}[v.ID("act")]
	_, err := verb()
	return "/datasets/" + url.PathEscape(string(id)) + "?done=step&" + asItWas + "=yes", err
}
