package binding

import (
	"slices"

	"fontis/internal/trust/access/comparator"
	"fontis/internal/vocab"
)

// Binding says how an item is found in its source and how it is compared. The
// catalog gives what is known of the item: whom it is about, its tags, its cycle.
type Binding struct {
	Item     vocab.ItemID         `json:"item"`
	Owner    vocab.MemberID       `json:"owner"`
	Source   vocab.SourceID       `json:"source"`
	Table    string               `json:"table"`
	Column   string               `json:"column"`
	Subject  string               `json:"subject_column"`
	KeyKind  vocab.SubjectKeyKind `json:"key_kind"`
	Compare  string               `json:"compare,omitempty"` // comparator spec
	Read     bool                 `json:"read,omitempty"`
	Statuses []comparator.Status  `json:"statuses,omitempty"`
	About    vocab.SubjectKind    `json:"about"`
	// ByAct says that a person's value changes by acts of two officers only.
	ByAct bool              `json:"by_act,omitempty"`
	Tags  []vocab.Tag       `json:"tags,omitempty"`
	Cycle vocab.UpdateCycle `json:"cycle,omitempty"`
	// Found are the tags that a load of the register found in the column's values.
	Found []vocab.Tag `json:"found,omitempty"`
}

// AllTags are all that bind the item, by declaration and by its values.
func (b *Binding) AllTags() map[string][]vocab.Tag {
	return map[string][]vocab.Tag{string(b.Item): slices.Concat(b.Tags, b.Found)}
}

// SourceKey is the name of the binding's source inside the node.
func (b *Binding) SourceKey() vocab.SourceID { return SourceKey(b.Owner, b.Source) }

// SourceKey is a source's name inside the node. Names belong to their member, so
// that nobody learns from one that is taken what another has.
func SourceKey(owner vocab.MemberID, id vocab.SourceID) vocab.SourceID {
	return vocab.SourceID(string(owner) + "_" + string(id))
}

// StatusColumns are the columns that the declared statuses read.
func (b *Binding) StatusColumns() []string {
	var out []string
	for _, s := range b.Statuses {
		out = append(out, s.Columns()...)
	}
	return out
}

// FixAbout is the remedy for a data set that says too little of whom it is about.
const FixAbout = "fontis todo fill subject_kind natural_person (or mixed)"

// AboutWhom says whom the data set is declared to be about.
func (b *Binding) AboutWhom() string {
	if b.About == "" {
		return "nobody yet"
	}
	return string(b.About)
}

// Fits refuses a binding whose key names natural persons while its data set
// is declared to be about none: the refusals hang on whom data are about, so that
// must not be a matter of declaration.
func (b *Binding) Fits() error {
	if b.About.OfPersons() {
		return nil
	}
	switch b.KeyKind {
	case vocab.CitizenNumber, vocab.Permit, vocab.Passport:
		return vocab.BadInput.Because("a key of kind %s names natural persons, but the data set is declared to be about %s", b.KeyKind, b.AboutWhom()).
			WithFix("%s", FixAbout)
	}
	return nil
}

// Refused walks every path on which the binding would make the item usable.
func (b *Binding) Refused() error {
	items := b.AllTags()
	var paths []vocab.Path
	if b.Compare != "" {
		paths = append(paths, vocab.PathBindCompare)
	}
	if len(b.Statuses) > 0 {
		paths = append(paths, vocab.PathBindStatus)
	}
	if b.Read {
		paths = append(paths, vocab.PathBindRead)
	}
	for _, p := range append(paths, vocab.PathBindSubject) {
		if err := vocab.Refuse(p, b.About, items); err != nil {
			return err
		}
	}
	return nil
}
