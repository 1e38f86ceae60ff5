// Package wording is what a reader reads of an entry of the catalog: texts in two
// languages, and the names and the abstract that others still read while other words
// await their review. It is pure.
package wording

import (
	"strings"

	"fontis/internal/vocab"
)

// Text is one text in the two languages; either may be missing.
type Text struct {
	ZH string `json:"zh,omitempty"`
	EN string `json:"en,omitempty"`
}

// In gives the text in the language asked ("zh-Hans" or "en"), or the other.
func (t Text) In(lang string) string {
	if strings.HasPrefix(lang, "en") && t.EN != "" || t.ZH == "" {
		return t.EN
	}
	return t.ZH
}

// Wording is what a reader reads of an entry: its name and abstract and its items'
// names, by code.
type Wording struct {
	Name     Text            `json:"name,omitzero"`
	Abstract Text            `json:"abstract,omitzero"`
	Items    map[string]Text `json:"items,omitempty"`
	By       vocab.OfficerID `json:"changed_by"` // who wrote the words that await the review
}

// Differs reports whether the other says other words, as far as both speak of the
// same items.
func (w *Wording) Differs(other *Wording) bool {
	for code, name := range other.Items {
		if was, there := w.Items[code]; there && was != name {
			return true
		}
	}
	return w.Name != other.Name || w.Abstract != other.Abstract
}

// Still is what others go on to read where they read one wording, the owner's was
// last and is now: nil where it is what they read. by wrote what is now.
func Still(read, last, now *Wording, by vocab.OfficerID) *Wording {
	since := read
	if since == nil {
		since = last
	}
	switch {
	case !since.Differs(now):
		return nil
	case read != nil && !last.Differs(now):
		return read // another part of the entry was changed
	}
	out := *since
	out.By = by
	return &out
}
