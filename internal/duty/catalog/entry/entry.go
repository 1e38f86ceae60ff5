package entry

import (
	"strings"
	"time"

	"fontis/internal/duty/catalog/wording"
	"fontis/internal/vocab"
)

// State is where an entry stands in its life.
type State string

// The review before publication is a word on what a draft shows, not a state: see
// package review.
const (
	StateDraft     State = "draft"
	StatePublished State = "published"
	StateSuspended State = "suspended"
	StateRetired   State = "retired"
)

// States lists every state.
func States() []State { return []State{StateDraft, StatePublished, StateSuspended, StateRetired} }

// Text is one text in the two languages.
type Text = wording.Text

// Cite names a ground in law: statute and article.
type Cite struct {
	Law     string `json:"law"`
	Article string `json:"article,omitempty"`
}

// Dataset is one catalog entry (resource), with its items.
type Dataset struct {
	ID    vocab.DatasetID `json:"id,omitempty"`
	Owner vocab.MemberID  `json:"owner,omitempty"`
	State State           `json:"state,omitempty"`
	// Rev counts the changes; an edit names the revision that it was made on.
	Rev int64 `json:"rev,omitempty"`

	// Code is the department's own resource code; it never changes.
	Code         string `json:"code,omitempty"`
	Name         Text   `json:"name,omitzero"`
	Abstract     Text   `json:"abstract,omitzero"`
	Provider     string `json:"provider,omitempty"`
	ProviderCode string `json:"provider_code,omitempty"`
	Department   string `json:"source_department,omitempty"`
	System       string `json:"source_system,omitempty"`

	Category string `json:"category,omitempty"`
	Theme    string `json:"theme,omitempty"`
	Domain   Domain `json:"domain,omitempty"`
	Region   string `json:"region,omitempty"`
	Format   Format `json:"format,omitempty"`

	Share           vocab.ShareType `json:"share_type,omitempty"`
	ShareCondition  string          `json:"share_condition,omitempty"`
	ShareModes      []ShareMode     `json:"share_modes,omitempty"`
	ShareScope      string          `json:"share_scope,omitempty"`
	UseConditions   string          `json:"use_conditions,omitempty"`
	NotSharedReason string          `json:"not_shared_reason,omitempty"`
	NotSharedLaw    string          `json:"not_shared_law,omitempty"`
	Open            OpenType        `json:"open_type,omitempty"`
	OpenCondition   string          `json:"open_condition,omitempty"`

	Cycle   vocab.UpdateCycle `json:"update_cycle,omitempty"`
	Origin  vocab.OriginClass `json:"origin_class,omitempty"`
	Subject vocab.SubjectKind `json:"subject_kind,omitempty"`

	LegalBasis []Cite   `json:"legal_basis,omitempty"`
	Purposes   []string `json:"purposes,omitempty"`
	// Level is the security level, 1 to 4; 0 means not yet said.
	Level     int    `json:"security_level,omitempty"`
	Grade     Grade  `json:"data_grade,omitempty"`
	ImpactRef string `json:"impact_ref,omitempty"`
	Retention string `json:"retention,omitempty"`
	Residency string `json:"residency,omitempty"`

	Service    string            `json:"service_info,omitempty"`
	Maintainer string            `json:"maintainer,omitempty"`
	Related    []vocab.DatasetID `json:"related,omitempty"`

	Items []Item `json:"items,omitempty"`
	// RemovedTags keeps the tags of removed items, so that an item does not
	// lose its tags by being removed and added again.
	RemovedTags map[string][]vocab.Tag `json:"removed_tags,omitempty"`

	// Until is what others read of the entry while words that were changed await their
	// review; only the owner sees that they do.
	Until *wording.Wording `json:"read_until_review,omitempty"`

	// MovedTo are the entries that stand in the place of a retired one; Ended says how
	// it ended.
	MovedTo []vocab.DatasetID `json:"moved_to,omitempty"`
	Ended   *Ending           `json:"ended,omitempty"`

	CreatedAt   time.Time `json:"created_at,omitzero"`
	ChangedAt   time.Time `json:"changed_at,omitzero"`
	PublishedAt time.Time `json:"published_at,omitzero"`
}

// Item is one data item of a data set.
type Item struct {
	Code string `json:"code"`
	Name Text   `json:"name,omitzero"`
	// Element is the declared data element: an identifier or a standard name.
	Element   string   `json:"element,omitempty"`
	Type      ItemType `json:"type,omitempty"`
	Length    int      `json:"length,omitempty"`
	Precision int      `json:"precision,omitempty"`
	Unit      string   `json:"unit,omitempty"`
	CodeList  string   `json:"code_list,omitempty"`
	Nullable  bool     `json:"nullable,omitempty"`
	Key       bool     `json:"key,omitempty"`
	// Identifier says that the item's values name persons or firms.
	Identifier bool `json:"is_identifier,omitempty"`
	// Compare is how two values of the item are compared; Tolerance belongs to
	// the number comparator.
	Compare   vocab.Comparator `json:"compare,omitempty"`
	Tolerance string           `json:"tolerance,omitempty"`

	// Tags are the refused tags that bind the item; Untagged are those which
	// two officers have taken off.
	Tags     []vocab.Tag `json:"tags,omitempty"`
	Untagged []vocab.Tag `json:"untagged,omitempty"`

	Class     string `json:"classification,omitempty"`
	Level     int    `json:"security_level,omitempty"`
	Sensitive string `json:"sensitive_category,omitempty"`
	Mask      string `json:"mask_rule,omitempty"`

	// Share is empty where the item follows its data set.
	Share          vocab.ShareType `json:"share_type,omitempty"`
	ShareCondition string          `json:"share_condition,omitempty"`
	Open           OpenType        `json:"open_type,omitempty"`
	Golden         Golden          `json:"golden_source,omitzero"`

	// Awaits is who added the item to an entry that others see: until its review is
	// there, only the owner sees it.
	Awaits vocab.OfficerID `json:"awaits_review_of,omitempty"`
}

// Ending says how an entry ended: retired, merged into another or split into several.
type Ending struct {
	Act    string `json:"act"`
	Reason string `json:"reason"`
}

// Golden is the one source that counts for an item: one number, one source.
type Golden struct {
	Department string `json:"department,omitempty"`
	System     string `json:"system,omitempty"`
	Field      string `json:"field,omitempty"`
}

// ItemID is the identifier of the item with the given code.
func (d *Dataset) ItemID(code string) vocab.ItemID {
	return vocab.ItemID(string(d.ID) + "/" + code)
}

// Item gives the item with the given code.
func (d *Dataset) Item(code string) (Item, bool) {
	for _, it := range d.Items {
		if it.Code == code {
			return it, true
		}
	}
	return Item{}, false
}

// Named gives the item of that code or, where one item alone bears it, of that
// name. Otherwise the remedy lists the codes.
func (d *Dataset) Named(word string) (Item, error) {
	if it, ok := d.Item(word); ok {
		return it, nil
	}
	word = strings.TrimSpace(word)
	var found []Item
	for _, it := range d.Items {
		if word != "" && (it.Name.ZH == word || strings.EqualFold(it.Name.EN, word)) {
			found = append(found, it)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	from, cause := d.Items, "the data set has no item of that code or name"
	if len(found) > 1 {
		from, cause = found, "several items of the data set bear that name"
	}
	if len(from) == 0 {
		return Item{}, vocab.NoSuchThing.Because("the data set has no items")
	}
	var codes []string
	for _, it := range from[:min(len(from), codesShown)] {
		codes = append(codes, it.Code+" ("+it.Name.In("zh-Hans")+")")
	}
	if len(from) > codesShown {
		codes = append(codes, "...")
	}
	return Item{}, vocab.NoSuchThing.Because("%s", cause).WithFix("name the item by its code: %s", strings.Join(codes, ", "))
}

// codesShown is how many items a remedy lists.
const codesShown = 40

// ShareOf is the item's share type: its own, or its data set's.
func (d *Dataset) ShareOf(it Item) vocab.ShareType {
	if it.Share != "" {
		return it.Share
	}
	return d.Share
}
