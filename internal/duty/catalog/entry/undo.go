package entry

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"fontis/internal/vocab"
)

// Undone gives the entry as it was before the change of one field.
func Undone(d *Dataset, differences []Difference) (*Dataset, error) {
	e := Edit{Set: map[Field]string{}}
	n := d.Clone()
	for _, diff := range differences {
		if _, isField := columns[Field(diff.Field)]; !isField {
			if err := n.restoreItem(diff); err != nil {
				return nil, err
			}
			continue
		}
		e.Set[Field(diff.Field)] = diff.Old
	}
	for f, v := range e.Set {
		if err := n.Set(f, v); err != nil {
			return nil, err
		}
	}
	if err := TagsHold(d, n); err != nil {
		return nil, err
	}
	return n, Complete(n, n.State)
}

// restoreItem puts one item back to what the difference says it was.
func (d *Dataset) restoreItem(diff Difference) error {
	code, ok := strings.CutPrefix(diff.Field, "items/")
	i := slices.IndexFunc(d.Items, func(it Item) bool { return it.Code == code })
	if !ok || i < 0 || diff.Old == "" {
		return vocab.NotOffered.Because("a change of %s is not taken back by undo", diff.Field)
	}
	var it Item
	if err := json.Unmarshal([]byte(diff.Old), &it); err != nil {
		return fmt.Errorf("read the former item %s: %w", code, err)
	}
	d.Items[i] = it
	return nil
}
