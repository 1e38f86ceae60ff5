package entries

import (
	"net/url"
	"slices"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/web/notes"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// todoPage is the one list of what the member's drafts lack.
type todoPage struct {
	List  page.Shown[todoLine]
	Fills []fillLine // what was filled in bulk lately
	More  string
}

// fillLine is one bulk edit, with the way back while there is one.
type fillLine struct {
	catalog.Filled
	Name  string
	Value page.Tongued
	Most  bool // there may be more that stand than were counted
	Undo  *page.Form
}

// mostFills is how many bulk edits stand on the page.
const mostFills = 10

// fillLines are the member's bulk edits, the newest first.
func fillLines(v *page.Visit) ([]fillLine, error) {
	list, err := v.Catalog.Fills(v.Ctx(), v.Actor, v.Said("fills"), mostFills)
	out := make([]fillLine, len(list))
	for i, f := range list {
		l := fillLine{Filled: f, Most: f.Standing == catalog.MostStanding}
		if f.Field != "" {
			l.Name, l.Value = v.Look().FieldName(string(f.Field)), valueText(v.Look(), string(f.Field), f.Value, entry.Words(f.Field))
		}
		if f.Standing > 0 {
			l.Undo = v.Form(page.Form{Action: "/todo/undo", Name: "undo", Inline: true, Fields: []page.Field{{Name: "set", Kind: "hidden", Value: f.ID}}})
		}
		out[i] = l
	}
	return out, err
}

// todoLine is one field with the first drafts that lack it.
type todoLine struct {
	catalog.TodoLine
	First []Hit
}

// firstShown is how many drafts stand beside a line of the to-do list.
const firstShown = 3

func (s *Section) todoList(v *page.Visit) (page.List[todoLine], error) {
	key := func(l todoLine) string { return string(l.Field) }
	return page.List[todoLine]{
		Path: "/todo", Key: key,
		Columns: []page.Column[todoLine]{
			{Name: "field", Head: "page.todo.field", Say: func(l todoLine) any { return v.Look().FieldName(string(l.Field)) }},
			{Name: "count", Head: "page.todo.count", Say: func(l todoLine) any { return int64(l.Count) }},
			{Name: "first", Head: "page.todo.first", Say: func(l todoLine) any {
				names := make([]page.Tongued, len(l.First))
				for i, h := range l.First {
					names[i] = h.Name
				}
				return names
			}},
		},
		Fetch: page.Whole(key, func() ([]todoLine, error) {
			lines, err := v.Catalog.Todo(v.Ctx(), v.Actor)
			out := make([]todoLine, len(lines))
			for i, l := range lines {
				out[i].TodoLine = l
				for _, id := range l.Datasets[:min(len(l.Datasets), firstShown)] {
					out[i].First = append(out[i].First, Hit{ID: id, Name: v.SetName(id)})
				}
			}
			return out, err
		}),
	}, nil
}

func (s *Section) todo(v *page.Visit) (any, error) {
	list, err := s.todoList(v)
	if err != nil {
		return nil, err
	}
	p := todoPage{}
	if p.List, err = list.Show(v); err != nil {
		return nil, err
	}
	if p.Fills, err = fillLines(v); err == nil && len(p.Fills) == mostFills {
		p.More = "/todo?" + url.Values{"fills": {p.Fills[mostFills-1].ID}}.Encode() + "#fills"
	}
	return p, err
}

func (s *Section) undo(v *page.Visit) (string, error) {
	set, err := v.Catalog.Undo(v.Ctx(), v.Actor, v.Said("set"))
	if err == nil && len(set.Refused) > 0 {
		return "/todo?done=undone_part#fills", nil
	}
	return "/todo?done=undone#fills", err
}

// fillPage gives many entries one value: first a look, then the act.
type fillPage struct {
	Field   entry.Field
	List    page.Shown[Hit]
	Form    *page.Form
	Preview *catalog.ChangeSet
	Lines   []previewLine
	Refused []refusedLine
	Apply   *page.Form
}

// previewLine is one entry that would change.
type previewLine struct {
	Name     page.Tongued
	Old, New page.Tongued
}

// refusedLine is one entry that stays as it is, and why.
type refusedLine struct{ Name, Why page.Tongued }

// filling is what a preview was made of.
type filling struct {
	fill catalog.Fill
	set  *catalog.ChangeSet
}

func (s *Section) fill(v *page.Visit) (any, error) {
	f := entry.Field(v.ID("field"))
	if !slices.Contains(entry.Fields(), f) {
		return nil, vocab.NoSuchThing.Because("an entry has no such field")
	}
	list, err := s.lackingList(v)
	if err != nil {
		return nil, err
	}
	p := fillPage{Field: f}
	if p.List, err = list.Show(v); err != nil {
		return nil, err
	}
	base := list.Path
	in := page.Field{Name: "value", Text: "entry_" + string(f), Need: true, Kind: "long"}
	if list := entry.Words(f); list != nil {
		in.Kind, in.Options = "select", v.OrNone(page.Words(v, string(f), list))
	}
	kept, ok := notes.Read[filling](v.Notes, v.Actor, v.Said("preview"))
	var chosen []string
	if ok { // what was looked at stays chosen
		in.Value, chosen = kept.fill.Value, page.Strings(kept.fill.Selection.IDs)
	}
	p.Form = v.Form(page.Form{Action: base, Name: "preview", Fields: []page.Field{in, {Name: "sets", Kind: "checks", Hint: true, Values: chosen, Options: setOptions(v, p.List.Lines)}}})
	if ok {
		p.Preview = kept.set
		previewed(v, &p, f)
		p.Apply = v.Form(page.Form{Action: base + "/apply", Name: "apply", Fields: []page.Field{{Name: "preview", Kind: "hidden", Value: v.Said("preview")}}})
	}
	return p, nil
}

// previewShown is how many entries a preview names.
const previewShown = 50

// previewed names what would change, and what would not, as people call it.
func previewed(v *page.Visit, p *fillPage, f entry.Field) {
	said := func(value string) page.Tongued {
		return valueText(v.Look(), string(f), value, entry.Words(f))
	}
	for _, e := range p.Preview.Entries[:min(len(p.Preview.Entries), previewShown)] {
		for _, d := range e.Differences {
			p.Lines = append(p.Lines, previewLine{Name: v.SetName(e.Dataset), Old: said(d.Old), New: said(d.New)})
		}
	}
	for _, r := range p.Preview.Refused[:min(len(p.Preview.Refused), previewShown)] {
		why := v.Problem(r.Err)
		p.Refused = append(p.Refused, refusedLine{Name: v.SetName(r.Dataset), Why: v.Look().Tongue(why.Title)})
	}
}

// lackingList is every draft that lacks the field.
func (s *Section) lackingList(v *page.Visit) (page.List[Hit], error) {
	f := entry.Field(v.ID("field"))
	return page.List[Hit]{
		Path: "/todo/" + url.PathEscape(string(f)), Key: func(h Hit) string { return string(h.ID) }, Columns: HitColumns(),
		Fetch: func(after string, limit int) ([]Hit, error) {
			list, err := v.Catalog.Lacking(v.Ctx(), v.Actor, f, catalog.Page{After: vocab.DatasetID(after), Limit: limit})
			if err != nil {
				return nil, err
			}
			return Hits(v, list)
		},
	}, nil
}

func setOptions(v *page.Visit, hits []Hit) []page.Option {
	out := make([]page.Option, len(hits))
	for i, h := range hits {
		out[i] = page.Option{Value: string(h.ID), Label: h.Name.Text}
	}
	v.ByName(out)
	return out
}

func (s *Section) previewFill(v *page.Visit) (string, error) {
	f := catalog.Fill{Field: entry.Field(v.ID("field")), Value: v.Said("value"), Preview: true}
	f.Selection = catalog.Selection{IDs: page.Typed[vocab.DatasetID](v.All("sets"))}
	if len(f.Selection.IDs) == 0 {
		f.Selection.Missing = f.Field
	}
	set, err := v.Catalog.BulkFill(v.Ctx(), v.Actor, f)
	if err != nil {
		return "", err
	}
	return "/todo/" + url.PathEscape(string(f.Field)) + "?preview=" + v.Notes.Put(v.Actor, filling{fill: f, set: set}), nil
}

func (s *Section) applyFill(v *page.Visit) (string, error) {
	kept, ok := notes.Read[filling](v.Notes, v.Actor, v.Said("preview"))
	if !ok {
		return "", vocab.FormExpired.Because("the preview is older than %s", notes.Life).WithFix("look at the preview again, then fill in")
	}
	kept.fill.Preview = false
	before, err := lacking(v)
	if err != nil {
		return "", err
	}
	set, err := v.Catalog.BulkFill(v.Ctx(), v.Actor, kept.fill)
	if err != nil {
		return "", err
	}
	if set.Changed == 0 {
		return "/todo?done=filled_none", nil
	}
	after, err := lacking(v)
	if err != nil {
		return "", err
	}
	for f, n := range after {
		if n > before[f] { // such as the condition of a conditional sharing
			return "/todo?done=filled_more#fills", nil
		}
	}
	return "/todo?done=filled#fills", nil
}

// lacking is how many drafts lack each field.
func lacking(v *page.Visit) (map[entry.Field]int, error) {
	lines, err := v.Catalog.Todo(v.Ctx(), v.Actor)
	out := map[entry.Field]int{}
	for _, l := range lines {
		out[l.Field] = l.Count
	}
	return out, err
}
