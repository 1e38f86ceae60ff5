package entries

import (
	"fontis/internal/duty/catalog"
	"fontis/internal/edge/web/notes"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// publicationPage publishes every complete draft together: first a look, then the act.
type publicationPage struct {
	Form    *page.Form
	Preview *catalog.Published
	Ready   []refusedLine // those that would be published, by name
	Refused []refusedLine
	Apply   *page.Form
}

// publishing is what a look was made of.
type publishing struct {
	wish catalog.Publication
	done *catalog.Published
}

func (s *Section) publication(v *page.Visit) (any, error) {
	if err := v.Actor.Must(vocab.Steward); err != nil {
		return nil, err
	}
	p := publicationPage{}
	kept, ok := notes.Read[publishing](v.Notes, v.Actor, v.Said("preview"))
	p.Form = v.Form(page.Form{Action: "/todo/publish", Name: "preview", Fields: []page.Field{
		{Name: "secrecy_checked_by", Hint: true, Value: kept.wish.Said.CheckedBy}, {Name: "secrecy_basis", Hint: true, Value: kept.wish.Said.Basis},
	}})
	if !ok {
		return p, nil
	}
	p.Preview = kept.done
	for _, id := range p.Preview.Entries[:min(len(p.Preview.Entries), previewShown)] {
		p.Ready = append(p.Ready, refusedLine{Name: v.SetName(id)})
	}
	for _, r := range p.Preview.Refused[:min(len(p.Preview.Refused), previewShown)] {
		p.Refused = append(p.Refused, refusedLine{Name: v.SetName(r.Dataset), Why: v.Look().Tongue(v.Problem(r.Err).Title)})
	}
	if p.Preview.Count > 0 {
		p.Apply = v.Form(page.Form{Action: "/todo/publish/apply", Name: "publish_all", Fields: []page.Field{{Name: "preview", Kind: "hidden", Value: v.Said("preview")}}})
	}
	return p, nil
}

func (s *Section) previewPublication(v *page.Visit) (string, error) {
	wish := catalog.Publication{Said: catalog.Secrecy{CheckedBy: v.Said("secrecy_checked_by"), Basis: v.Said("secrecy_basis")}, Preview: true}
	done, err := v.Catalog.PublishMany(v.Ctx(), v.Actor, wish)
	if err != nil {
		return "", err
	}
	return "/todo/publish?preview=" + v.Notes.Put(v.Actor, publishing{wish, done}), nil
}

func (s *Section) applyPublication(v *page.Visit) (string, error) {
	kept, ok := notes.Read[publishing](v.Notes, v.Actor, v.Said("preview"))
	if !ok {
		return "", vocab.FormExpired.Because("the preview is older than %s", notes.Life).WithFix("look at the preview again, then publish")
	}
	kept.wish.Preview = false
	done, err := v.Catalog.PublishMany(v.Ctx(), v.Actor, kept.wish)
	switch {
	case err != nil:
		return "", err
	case done.Count == 0:
		return "/todo?done=published_none", nil
	case done.More:
		return "/todo?done=published_more", nil
	}
	return "/todo?done=published_all", nil
}
