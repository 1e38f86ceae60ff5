package page

import (
	"strings"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/vocab"
)

// Entry is a data set as the visitor may see it, asked for once a visit; nil
// when there is none for them.
func (v *Visit) Entry(id vocab.DatasetID) *entry.Dataset {
	if d, known := v.entries[id]; known {
		return d
	}
	d, err := v.Catalog.Get(v.Ctx(), v.Actor, id)
	if err != nil {
		d = nil // its id stands in the place of its name
	}
	if v.entries == nil {
		v.entries = map[vocab.DatasetID]*entry.Dataset{}
	}
	v.entries[id] = d
	return d
}

// SetName is what people call a data set.
func (v *Visit) SetName(id vocab.DatasetID) Tongued {
	if d := v.Entry(id); d != nil {
		return v.Look().Either(d.Name)
	}
	return Tongued{Text: string(id)}
}

// StatusName is what people call a status that a binding declares: the word of a
// usual one in the reader's language, else its name as it was declared.
func (v *Visit) StatusName(name string) Tongued {
	return v.Look().Tongue(v.Look().Word("declared", name))
}

// StatusNames are what people call statuses, in one line; an officer, who writes
// the declared names in calls, finds them beside.
func (v *Visit) StatusNames(names []string) string {
	out := make([]string, len(names))
	for i, o := range v.StatusOptions(names) {
		out[i] = o.Label
	}
	return strings.Join(out, v.Look().Comma())
}

// WithCode is a name with the word of programs beside it, in the brackets of the
// reader's language.
func (v *Visit) WithCode(name, code string) string {
	return name + v.Look().Must("format.open") + code + v.Look().Must("format.close")
}

// StatusOptions are statuses to choose from.
func (v *Visit) StatusOptions(names []string) []Option {
	out := make([]Option, len(names))
	for i, n := range names {
		out[i] = Option{Value: n, Label: v.StatusName(n).Text}
		if out[i].Label != n && !v.Actor.IsPerson() {
			out[i].Label = v.WithCode(out[i].Label, n)
		}
	}
	return out
}

// ItemName is what people call an item, or the status that stands in its place.
func (v *Visit) ItemName(id vocab.ItemID) Tongued {
	if id.Name() == "" {
		return v.StatusName(string(id))
	}
	d := v.Entry(id.Dataset())
	if d == nil {
		return Tongued{Text: string(id)}
	}
	it, ok := d.Item(id.Name())
	if !ok {
		return Tongued{Text: id.Name()}
	}
	return v.Look().Either(it.Name)
}

// ItemNames are what people call items.
func (v *Visit) ItemNames(ids []vocab.ItemID) []Tongued {
	out := make([]Tongued, len(ids))
	for i, id := range ids {
		out[i] = v.ItemName(id)
	}
	return out
}

// ItemOptions are items to choose from, by their names.
func (v *Visit) ItemOptions(ids []vocab.ItemID) []Option {
	out := make([]Option, len(ids))
	for i, id := range ids {
		out[i] = Option{Value: string(id), Label: v.ItemName(id).Text}
	}
	return out
}
