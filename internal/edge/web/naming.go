package web

import (
	"fontis/internal/duty/catalog"
	"fontis/internal/vocab"
)

// entry is a data set as the visitor may see it, asked for once a visit; nil
// when there is none for them.
func (v *visit) entry(id vocab.DatasetID) *catalog.Dataset {
	if d, known := v.entries[id]; known {
		return d
	}
	d, err := v.Catalog.Get(v.ctx(), v.actor, id)
	if err != nil {
		d = nil // its id stands in the place of its name
	}
	if v.entries == nil {
		v.entries = map[vocab.DatasetID]*catalog.Dataset{}
	}
	v.entries[id] = d
	return d
}

// setName is what people call a data set.
func (v *visit) setName(id vocab.DatasetID) tongued {
	if d := v.entry(id); d != nil {
		return v.look().Either(d.Name)
	}
	return tongued{Text: string(id)}
}

// itemName is what people call an item; a status has only the one name.
func (v *visit) itemName(id vocab.ItemID) tongued {
	d := v.entry(id.Dataset())
	if d == nil {
		return tongued{Text: string(id)}
	}
	it, ok := d.Item(id.Name())
	if !ok {
		return tongued{Text: id.Name()}
	}
	return v.look().Either(it.Name)
}

func (v *visit) itemNames(ids []vocab.ItemID) []tongued {
	out := make([]tongued, len(ids))
	for i, id := range ids {
		out[i] = v.itemName(id)
	}
	return out
}

// itemOptions are items to choose from, by their names.
func (v *visit) itemOptions(ids []vocab.ItemID) []option {
	out := make([]option, len(ids))
	for i, id := range ids {
		out[i] = option{Value: string(id), Label: v.itemName(id).Text}
	}
	return out
}
