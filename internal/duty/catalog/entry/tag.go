package entry

import (
	"maps"
	"slices"
	"strings"

	"fontis/internal/trust/access/tagged"
	"fontis/internal/vocab"
)

// ProposeTags gives the tags that the item's declaration carries: its data
// element, its code list, and its code and names where they are the element's own
// name, whole. A place or a title that contains such a word carries no tag.
func ProposeTags(it Item) []vocab.Tag {
	var out []vocab.Tag
	for _, s := range []string{it.Element, it.CodeList, it.Code, it.Name.ZH, it.Name.EN} {
		if t, ok := tagged.ByStandard(s); ok {
			out = WithTags(out, []vocab.Tag{t})
		}
		if t, ok := tagged.ByName(s); ok {
			out = WithTags(out, []vocab.Tag{t})
		}
	}
	return out
}

// TagItems tags the items of an entry that is, or may yet be, about persons;
// a tag that two officers took off is not proposed again.
func TagItems(d *Dataset) {
	if d.Subject != "" && !d.Subject.OfPersons() {
		return
	}
	for i := range d.Items {
		it := &d.Items[i]
		for _, t := range ProposeTags(*it) {
			if !slices.Contains(it.Untagged, t) {
				it.Tags = WithTags(it.Tags, []vocab.Tag{t})
			}
		}
	}
}

// TagsHold refuses to shake off a tag by calling the subjects something else:
// the refusals bind natural persons only, so that word is guarded like a tag.
func TagsHold(old, now *Dataset) error {
	if old == nil || now.Subject == "" || now.Subject.OfPersons() || old.Subject == now.Subject {
		return nil
	}
	held := maps.Clone(now.RemovedTags)
	if held == nil {
		held = map[string][]vocab.Tag{}
	}
	for _, it := range now.Items {
		held[it.Code] = it.Tags
	}
	for _, code := range slices.Sorted(maps.Keys(held)) {
		if len(held[code]) > 0 {
			return vocab.RefusedByDesign.Because("item %s is tagged %s: the subject kind stays with natural persons until two officers take the tag off",
				code, strings.Join(Strings(held[code]...), ", "))
		}
	}
	return nil
}

// Refuse asks the refusals about items of one entry, by code; an entry that does
// not say yet whom it is about counts as about persons.
func Refuse(p vocab.Path, d *Dataset, codes []string) error {
	about := d.Subject
	if about == "" {
		about = vocab.MixedSubject
	}
	tags := map[string][]vocab.Tag{}
	for _, code := range codes {
		if it, ok := d.Item(code); ok {
			tags[string(d.ItemID(code))] = it.Tags
		} else if gone := d.RemovedTags[code]; len(gone) > 0 {
			tags[string(d.ItemID(code))] = gone
		}
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		if err := vocab.Refuse(p, about, map[string][]vocab.Tag{name: tags[name]}); err != nil {
			return err
		}
	}
	return nil
}
