package page

import (
	"fontis/internal/duty/catalog"
	"fontis/internal/vocab"
)

// Entry is a data set as the visitor may see it, asked for once a visit; nil
// when there is none for them.
func (v *Visit) Entry(id vocab.DatasetID) *catalog.Dataset {
	if d, known := v.entries[id]; known {
		return d
	}
	d, err := v.Catalog.Get(v.Ctx(), v.Actor, id)
	if err != nil {
		d = nil // its id stands in the place of its name
	}
	if v.entries == nil {
		v.entries = map[vocab.DatasetID]*catalog.Dataset{}
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

// ItemName is what people call an item; a status has only the one name.
func (v *Visit) ItemName(id vocab.ItemID) Tongued {
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
