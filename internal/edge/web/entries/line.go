package entries

import (
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/web/page"
	standpages "fontis/internal/edge/web/standard"
	"fontis/internal/vocab"
)

// itemLine is one item in a table.
type itemLine struct {
	ID      vocab.ItemID
	Code    string
	Name    page.Tongued
	Type    entry.ItemType
	Share   vocab.ShareType
	Compare vocab.Comparator
	Tags    []vocab.Tag
	Element string // the data element that it carries, as its declaration names it
	Defined string // the page of that element
}

func itemLines(v *page.Visit, d *entry.Dataset) []itemLine {
	out := make([]itemLine, len(d.Items))
	for i, it := range d.Items {
		out[i] = itemLine{ID: d.ItemID(it.Code), Code: it.Code, Name: v.Look().Either(it.Name), Type: it.Type, Share: d.ShareOf(it), Compare: it.Compare, Tags: it.Tags, Element: it.Element, Defined: standpages.ElementLink(it.Element)}
	}
	return out
}
