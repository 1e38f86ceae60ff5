package ckan

import (
	"cmp"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/api/open"
	"fontis/internal/vocab"
)

// dumpedItem is an item. Each has every word, an empty one too: who reads the items
// as columns finds columns of one length. What no item of the entry holds is left out
// of them all.
type dumpedItem struct {
	Code string `json:"code"`
	Name string `json:"name"`
	In   struct {
		ZH string `json:"zh"`
		EN string `json:"en"`
	} `json:"name_translated"`
	Type  entry.ItemType  `json:"type"`
	Share vocab.ShareType `json:"share_type"`

	Element        *string           `json:"element,omitempty"`
	Length         *int              `json:"length,omitempty"`
	Precision      *int              `json:"precision,omitempty"`
	Unit           *string           `json:"unit,omitempty"`
	CodeList       *string           `json:"code_list,omitempty"`
	Nullable       *bool             `json:"nullable,omitempty"`
	Key            *bool             `json:"key,omitempty"`
	Identifier     *bool             `json:"is_identifier,omitempty"`
	Compare        *vocab.Comparator `json:"compare,omitempty"`
	Tolerance      *string           `json:"tolerance,omitempty"`
	Class          *string           `json:"classification,omitempty"`
	Level          *int              `json:"security_level,omitempty"`
	Sensitive      *string           `json:"sensitive_category,omitempty"`
	Mask           *string           `json:"mask_rule,omitempty"`
	ShareCondition *string           `json:"share_condition,omitempty"`
	Open           *entry.OpenType   `json:"open_type,omitempty"`
	Department     *string           `json:"golden_department,omitempty"`
	System         *string           `json:"golden_system,omitempty"`
	Field          *string           `json:"golden_field,omitempty"`
}

func itemsOf(a *asked, d *entry.Dataset) []dumpedItem {
	out := make([]dumpedItem, len(d.Items))
	for i := range d.Items {
		it, o := &d.Items[i], &out[i]
		o.Code, o.Name, o.Type, o.Share = it.Code, cmp.Or(open.In(a.lang, it.Name), it.Code), it.Type, d.ShareOf(*it)
		o.In.ZH, o.In.EN = it.Name.ZH, it.Name.EN
	}
	shared(d, func(it *entry.Item) *string { return &it.Element }, func(i int, v *string) { out[i].Element = v })
	shared(d, func(it *entry.Item) *int { return &it.Length }, func(i int, v *int) { out[i].Length = v })
	shared(d, func(it *entry.Item) *int { return &it.Precision }, func(i int, v *int) { out[i].Precision = v })
	shared(d, func(it *entry.Item) *string { return &it.Unit }, func(i int, v *string) { out[i].Unit = v })
	shared(d, func(it *entry.Item) *string { return &it.CodeList }, func(i int, v *string) { out[i].CodeList = v })
	shared(d, func(it *entry.Item) *bool { return &it.Nullable }, func(i int, v *bool) { out[i].Nullable = v })
	shared(d, func(it *entry.Item) *bool { return &it.Key }, func(i int, v *bool) { out[i].Key = v })
	shared(d, func(it *entry.Item) *bool { return &it.Identifier }, func(i int, v *bool) { out[i].Identifier = v })
	shared(d, func(it *entry.Item) *vocab.Comparator { return &it.Compare }, func(i int, v *vocab.Comparator) { out[i].Compare = v })
	shared(d, func(it *entry.Item) *string { return &it.Tolerance }, func(i int, v *string) { out[i].Tolerance = v })
	shared(d, func(it *entry.Item) *string { return &it.Class }, func(i int, v *string) { out[i].Class = v })
	shared(d, func(it *entry.Item) *int { return &it.Level }, func(i int, v *int) { out[i].Level = v })
	shared(d, func(it *entry.Item) *string { return &it.Sensitive }, func(i int, v *string) { out[i].Sensitive = v })
	shared(d, func(it *entry.Item) *string { return &it.Mask }, func(i int, v *string) { out[i].Mask = v })
	shared(d, func(it *entry.Item) *string { return &it.ShareCondition }, func(i int, v *string) { out[i].ShareCondition = v })
	shared(d, func(it *entry.Item) *entry.OpenType { return &it.Open }, func(i int, v *entry.OpenType) { out[i].Open = v })
	shared(d, func(it *entry.Item) *string { return &it.Golden.Department }, func(i int, v *string) { out[i].Department = v })
	shared(d, func(it *entry.Item) *string { return &it.Golden.System }, func(i int, v *string) { out[i].System = v })
	shared(d, func(it *entry.Item) *string { return &it.Golden.Field }, func(i int, v *string) { out[i].Field = v })
	return out
}

// shared puts a field of every item where one of them holds it.
func shared[T comparable](d *entry.Dataset, of func(*entry.Item) *T, put func(int, *T)) {
	var none T
	for i := range d.Items {
		if *of(&d.Items[i]) == none {
			continue
		}
		for j := range d.Items {
			put(j, of(&d.Items[j]))
		}
		return
	}
}
