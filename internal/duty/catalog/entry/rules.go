package entry

import (
	"encoding/json"
	"slices"
	"strings"

	"fontis/internal/vocab"
)

// Condition says when a need applies.
type Condition string

// The conditions; each looks at the entry alone.
const (
	Always          Condition = ""
	WhenPersons     Condition = "subjects include natural persons"
	WhenConditional Condition = "share type is conditional"
	WhenNotShared   Condition = "share type is not_shared"
	WhenOpenLimited Condition = "open type is conditional"
)

// Need is one line of the table of transitions: to come into state To, Field
// (or, where given, Or) must be said when the condition applies.
type Need struct {
	To    State
	Field Field
	Or    Field
	When  Condition
}

// needs is append-only: the place of a line is its bit in the stored set of
// missing fields. An entry needs what its state asks and what the states before ask.
var needs = []Need{
	{To: StateDraft, Field: FieldNameZH, Or: FieldNameEN},
	{To: StateDraft, Field: FieldProvider},
	{To: StatePublished, Field: FieldShare},
	{To: StatePublished, Field: FieldCycle},
	{To: StatePublished, Field: FieldSubject},
	{To: StatePublished, Field: FieldOrigin},
	{To: StatePublished, Field: FieldLegalBasis, When: WhenPersons},
	{To: StatePublished, Field: FieldPurposes, When: WhenPersons},
	{To: StatePublished, Field: FieldLevel, When: WhenPersons},
	{To: StatePublished, Field: FieldImpactRef, When: WhenPersons},
	{To: StatePublished, Field: FieldShareCondition, When: WhenConditional},
	{To: StatePublished, Field: FieldNotSharedReason, When: WhenNotShared},
	{To: StatePublished, Field: FieldNotSharedLaw, When: WhenNotShared},
	{To: StatePublished, Field: FieldOpenCondition, When: WhenOpenLimited},
}

// Needs lists which fields which state needs, and when.
func Needs() []Need { return slices.Clone(needs) }

func (c Condition) applies(d *Dataset) bool {
	switch c {
	case WhenPersons:
		return d.Subject.OfPersons()
	case WhenConditional:
		return d.Share == vocab.Conditional
	case WhenNotShared:
		return d.Share == vocab.NotShared
	case WhenOpenLimited:
		return d.Open == ConditionalOpen
	}
	return true
}

// Missing lists the fields that the entry lacks to be in the state.
func Missing(d *Dataset, to State) []Field { return FieldsOf(MissingBits(d, to)) }

// MissingBits is Missing as one number: a bit for each field that entries may lack.
func MissingBits(d *Dataset, to State) int64 {
	var bits int64
	for i, n := range needs {
		if n.To != StateDraft && to == StateDraft || !n.When.applies(d) {
			continue
		}
		if d.Get(n.Field) == "" && (n.Or == "" || d.Get(n.Or) == "") {
			bits |= 1 << i
		}
	}
	return bits
}

// FieldsOf reads what MissingBits wrote.
func FieldsOf(bits int64) []Field {
	var out []Field
	for i, n := range needs {
		if bits&(1<<i) != 0 {
			out = append(out, n.Field)
		}
	}
	return out
}

// BitOf is the bit of one field, 0 where no entry may lack it.
func BitOf(f Field) int64 {
	var bits int64
	for i, n := range needs {
		if n.Field == f {
			bits |= 1 << i
		}
	}
	return bits
}

// Transition is a step that an entry may take.
type Transition struct {
	Act    string
	From   []State
	To     State
	Reason bool // must the officer say why
}

var transitions = []Transition{
	{Act: "publish", From: []State{StateDraft}, To: StatePublished},
	{Act: "suspend", From: []State{StatePublished}, To: StateSuspended, Reason: true},
	{Act: "resume", From: []State{StateSuspended}, To: StatePublished},
	{Act: "retire", From: []State{StatePublished, StateSuspended}, To: StateRetired, Reason: true},
	{Act: "merge", From: []State{StatePublished, StateSuspended}, To: StateRetired, Reason: true},
	{Act: "split", From: []State{StatePublished, StateSuspended}, To: StateRetired, Reason: true},
}

// Transitions lists the steps that an entry may take.
func Transitions() []Transition { return slices.Clone(transitions) }

// Step decides whether the entry may take the step.
func Step(d *Dataset, act, reason string) (Transition, error) {
	i := slices.IndexFunc(transitions, func(t Transition) bool { return t.Act == act })
	if i < 0 {
		return Transition{}, vocab.NotOffered.Because("an entry has no step %q", act)
	}
	t := transitions[i]
	if !slices.Contains(t.From, d.State) {
		return Transition{}, vocab.StateWrong.Because("%s needs state %s, and %s is %s", act, strings.Join(Strings(t.From...), " or "), d.ID, d.State).WithFix("Look at it: fontis dataset show %s. A draft is published (fontis publish), a published entry is suspended on its page, or retired, merged or split (fontis dataset --help)", d.ID)
	}
	if t.Reason && strings.TrimSpace(reason) == "" {
		return Transition{}, vocab.ReasonNeeded.Because("to %s %s needs a reason", act, d.ID)
	}
	return t, Complete(d, t.To)
}

// Complete refuses an entry that lacks what the state needs or contradicts itself.
func Complete(d *Dataset, in State) error {
	if in == StateRetired {
		return nil
	}
	if miss := Missing(d, in); len(miss) > 0 {
		return vocab.FieldMissing.Because("to be %s, the entry lacks %s", in, strings.Join(Strings(miss...), ", ")).
			WithFix("fill them in; what every draft lacks: fontis todo")
	}
	if in == StateDraft {
		return nil
	}
	for _, it := range d.Items {
		switch {
		case d.Level > 0 && it.Level > d.Level:
			return vocab.ValueInvalid.Because("item %s has security level %d, its data set only %d: the set takes the highest of its items", it.Code, it.Level, d.Level)
		case d.Share == vocab.NotShared && d.ShareOf(it) != vocab.NotShared:
			return vocab.ValueInvalid.Because("item %s is %s, but its data set is not shared", it.Code, it.Share)
		case it.Share == vocab.Conditional && it.ShareCondition == "" && d.ShareCondition == "":
			return vocab.FieldMissing.Because("item %s is conditional and names no condition", it.Code)
		}
	}
	return nil
}

// maxItems bounds one entry; pages and the JSON body depend on it.
const maxItems = 2000

// Normalise writes every value in its one form and refuses what is no word of
// its list, whichever way the entry came in.
func Normalise(d *Dataset) error {
	for _, f := range fieldOrder {
		if err := d.Set(f, d.Get(f)); err != nil {
			return err
		}
	}
	if len(d.Items) > maxItems {
		return vocab.ValueInvalid.Because("the entry has %d items, more than %d", len(d.Items), maxItems)
	}
	seen := make(map[string]bool, len(d.Items))
	for i := range d.Items {
		it := &d.Items[i]
		for _, f := range itemOrder {
			if err := it.Set(f, it.Get(f)); err != nil {
				return err
			}
		}
		switch {
		case it.Code == "" || len(it.Code) > 200 || strings.ContainsAny(it.Code, "/\n\r\t"):
			return vocab.ValueInvalid.Because("item code %q is empty, too long or holds / or a line end", it.Code)
		case seen[it.Code]:
			return vocab.ValueInvalid.Because("item code %q stands twice", it.Code)
		case it.Tolerance != "" && it.Compare != vocab.CompareNumber:
			return vocab.ValueInvalid.Because("item %s has a tolerance but does not compare numbers", it.Code)
		}
		seen[it.Code] = true
		for _, t := range it.Tags {
			if !slices.Contains(vocab.Tags(), t) {
				return vocab.ValueInvalid.Because("item %s: %q is no tag", it.Code, t)
			}
		}
	}
	return nil
}

// Difference is one field that a change altered; items stand as "items/CODE",
// in JSON.
type Difference struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// Differences lists what differs between two forms of one entry.
func Differences(old, now *Dataset) []Difference {
	var out []Difference
	for _, f := range fieldOrder {
		if a, b := old.Get(f), now.Get(f); a != b {
			out = append(out, Difference{string(f), a, b})
		}
	}
	for _, it := range old.Items {
		n, ok := now.Item(it.Code)
		if a, b := itemText(it, true), itemText(n, ok); a != b {
			out = append(out, Difference{"items/" + it.Code, a, b})
		}
	}
	for _, it := range now.Items {
		if _, ok := old.Item(it.Code); !ok {
			out = append(out, Difference{"items/" + it.Code, "", itemText(it, true)})
		}
	}
	return out
}

func itemText(it Item, present bool) string {
	if !present {
		return ""
	}
	b, err := json.Marshal(it)
	if err != nil {
		return it.Code // an item holds nothing that JSON cannot write
	}
	return string(b)
}

// Edit is a set of changes to one entry, made on revision Rev.
type Edit struct {
	ID  vocab.DatasetID
	Rev int64
	// Set gives fields their new text; "" clears one.
	Set map[Field]string
	// Put adds items, or replaces those of the same code; Remove takes them out.
	Put    []Item
	Remove []string
}

// Edited gives the entry with the edit done, or why it cannot be done.
func Edited(d *Dataset, e Edit) (*Dataset, error) {
	n := d.Clone()
	for f, v := range e.Set {
		if f == FieldCode && strings.TrimSpace(v) != d.Code {
			return nil, vocab.StateWrong.Because("the resource code %q never changes", d.Code)
		}
		if err := n.Set(f, v); err != nil {
			return nil, err
		}
	}
	for _, code := range e.Remove {
		n.removeItem(code)
	}
	for _, it := range e.Put {
		n.putItem(it)
	}
	if err := Settle(d, n); err != nil {
		return nil, err
	}
	return n, nil
}

// Settle finishes a changed entry: one form for every value, tags proposed, tags
// not shaken off, and still complete for the state that it is in.
func Settle(old, n *Dataset) error {
	if err := Normalise(n); err != nil {
		return err
	}
	TagItems(n)
	if err := TagsHold(old, n); err != nil {
		return err
	}
	return Complete(n, n.State)
}

func (d *Dataset) removeItem(code string) {
	i := slices.IndexFunc(d.Items, func(it Item) bool { return it.Code == code })
	if i < 0 {
		return
	}
	if tags := d.Items[i].Tags; len(tags) > 0 {
		if d.RemovedTags == nil {
			d.RemovedTags = map[string][]vocab.Tag{}
		}
		d.RemovedTags[code] = tags
	}
	d.Items = slices.Delete(d.Items, i, i+1)
}

func (d *Dataset) putItem(it Item) {
	it.Code = strings.TrimSpace(it.Code)
	i := slices.IndexFunc(d.Items, func(o Item) bool { return o.Code == it.Code })
	if i < 0 {
		it.Untagged = nil
		it.Tags = WithTags(it.Tags, d.RemovedTags[it.Code])
		delete(d.RemovedTags, it.Code)
		if len(d.RemovedTags) == 0 {
			d.RemovedTags = nil
		}
		d.Items = append(d.Items, it)
		return
	}
	old := d.Items[i]
	it.Untagged = slices.DeleteFunc(slices.Clone(old.Untagged), func(t vocab.Tag) bool { return slices.Contains(it.Tags, t) })
	it.Tags = WithTags(old.Tags, it.Tags)
	d.Items[i] = it
}

// Clone is a copy that shares nothing with the entry.
func (d *Dataset) Clone() *Dataset {
	n := *d
	n.ShareModes = slices.Clone(d.ShareModes)
	n.LegalBasis = slices.Clone(d.LegalBasis)
	n.Purposes = slices.Clone(d.Purposes)
	n.Related = slices.Clone(d.Related)
	n.Items = slices.Clone(d.Items)
	for i := range n.Items {
		n.Items[i].Tags = slices.Clone(n.Items[i].Tags)
		n.Items[i].Untagged = slices.Clone(n.Items[i].Untagged)
	}
	if d.RemovedTags != nil {
		n.RemovedTags = make(map[string][]vocab.Tag, len(d.RemovedTags))
		for k, v := range d.RemovedTags {
			n.RemovedTags[k] = slices.Clone(v)
		}
	}
	return &n
}

// WithTags joins two lists of tags, each tag once, in their order.
func WithTags(a, b []vocab.Tag) []vocab.Tag {
	out := slices.Clone(a)
	for _, t := range b {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	if len(out) == 0 {
		return nil
	}
	return out
}

// Overlay gives old with what the draft says laid over it: fields and items that
// the draft leaves empty stay.
func Overlay(old, draft *Dataset) (*Dataset, error) {
	e := Edit{Set: map[Field]string{}}
	for _, f := range fieldOrder {
		if v := draft.Get(f); v != "" && f != FieldCode {
			e.Set[f] = v
		}
	}
	for _, it := range draft.Items {
		o, ok := old.Item(strings.TrimSpace(it.Code))
		if !ok {
			e.Put = append(e.Put, it)
			continue
		}
		for _, f := range itemOrder {
			if v := it.Get(f); v != "" {
				if err := o.Set(f, v); err != nil {
					return nil, err
				}
			}
		}
		o.Tags = WithTags(o.Tags, it.Tags)
		e.Put = append(e.Put, o)
	}
	return Edited(old, e)
}
