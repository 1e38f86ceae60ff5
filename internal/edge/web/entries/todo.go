package entries

import (
	"net/url"
	"slices"

	"fontis/internal/duty/catalog"
	"fontis/internal/edge/web/notes"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// todoPage is the one list of what the member's drafts lack.
type todoPage struct {
	List page.Shown[todoLine]
	Undo *page.Form
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
	if set := v.Said("set"); set != "" {
		p.Undo = v.Form(page.Form{Action: "/todo/undo", Name: "undo", Fields: []page.Field{{Name: "set", Kind: "hidden", Value: set}}})
	}
	return p, nil
}

func (s *Section) undo(v *page.Visit) (string, error) {
	_, err := v.Catalog.Undo(v.Ctx(), v.Actor, v.Said("set"))
	return "/todo?done=undone", err
}

// fillPage gives many entries one value: first a look, then the act.
type fillPage struct {
	Field   catalog.Field
	List    page.Shown[Hit]
	Form    *page.Form
	Preview *catalog.ChangeSet
	Names   map[vocab.DatasetID]page.Tongued // of the entries in the preview
	Apply   *page.Form
}

// filling is what a preview was made of.
type filling struct {
	fill catalog.Fill
	set  *catalog.ChangeSet
}

func (s *Section) fill(v *page.Visit) (any, error) {
	f := catalog.Field(v.ID("field"))
	if !slices.Contains(catalog.Fields(), f) {
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
	if list := catalog.Words(f); list != nil {
		in.Kind, in.Options = "select", page.Words(v, string(f), list)
	}
	p.Form = v.Form(page.Form{Action: base, Name: "preview", Fields: []page.Field{in, {Name: "sets", Kind: "checks", Hint: true, Options: setOptions(p.List.Lines)}}})
	if kept, ok := notes.Read[filling](v.Notes, v.Actor, v.Said("preview")); ok {
		p.Preview, p.Names = kept.set, previewed(v, kept.set)
		p.Apply = v.Form(page.Form{Action: base + "/apply", Name: "apply", Fields: []page.Field{{Name: "preview", Kind: "hidden", Value: v.Said("preview")}}})
	}
	return p, nil
}

// previewShown is how many entries a preview names.
const previewShown = 50

func previewed(v *page.Visit, set *catalog.ChangeSet) map[vocab.DatasetID]page.Tongued {
	out := map[vocab.DatasetID]page.Tongued{}
	for _, e := range set.Entries[:min(len(set.Entries), previewShown)] {
		out[e.Dataset] = v.SetName(e.Dataset)
	}
	return out
}

// lackingList is every draft that lacks the field.
func (s *Section) lackingList(v *page.Visit) (page.List[Hit], error) {
	f := catalog.Field(v.ID("field"))
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

func setOptions(hits []Hit) []page.Option {
	out := make([]page.Option, len(hits))
	for i, h := range hits {
		out[i] = page.Option{Value: string(h.ID), Label: h.Name.Text}
	}
	return out
}

func (s *Section) previewFill(v *page.Visit) (string, error) {
	f := catalog.Fill{Field: catalog.Field(v.ID("field")), Value: v.Said("value"), Preview: true}
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
		return "", vocab.FormExpired.Because("the preview is older than %s", notes.Life)
	}
	kept.fill.Preview = false
	set, err := v.Catalog.BulkFill(v.Ctx(), v.Actor, kept.fill)
	if err != nil {
		return "", err
	}
	return "/todo?done=filled&set=" + url.QueryEscape(set.ID), nil
}
