package vocab

import "strings"

// Tag marks an item about natural persons that must never become a key.
type Tag string

// The tags of architecture section 4. They bind items, never words: a place
// whose name contains a people's name imports and searches like anything else.
const (
	TagEthnicity Tag = "ethnicity"
	TagReligion  Tag = "religion"
	TagPolitics  Tag = "politics"
	TagBiometric Tag = "biometric"
	TagMovement  Tag = "movement"
	TagScore     Tag = "score"
)

// Tags lists every refused tag.
func Tags() []Tag {
	return []Tag{TagEthnicity, TagReligion, TagPolitics, TagBiometric, TagMovement, TagScore}
}

// Path is a place where a verb takes item names. Every such verb registers
// here; the refusal test walks all paths with all tags.
type Path string

// The registered paths of the spine.
const (
	PathBindCompare Path = "bind.compare"
	PathBindStatus  Path = "bind.status"
	PathBindRead    Path = "bind.read"
	PathBindSubject Path = "bind.subject-key"
	PathRequest     Path = "request.items"
	PathRowScope    Path = "request.row-scope"
	PathGrant       Path = "grant.items"
	PathCompare     Path = "access.compare"
	PathStatus      Path = "access.status"
	PathRead        Path = "access.read"
	PathBatch       Path = "access.batch"
	PathFilter      Path = "catalog.filter"
	PathFacet       Path = "catalog.facet"
	PathKeyedLoad   Path = "source.keyed-load"
	PathExport      Path = "catalog.export"
)

// Paths lists every registered path.
func Paths() []Path {
	return []Path{
		PathBindCompare, PathBindStatus, PathBindRead, PathBindSubject, PathRequest, PathRowScope,
		PathGrant, PathCompare, PathStatus, PathRead, PathBatch, PathFilter, PathFacet, PathKeyedLoad, PathExport,
	}
}

// Refuse is the one place where the refusals stand. It cannot be configured. A
// tagged item on natural persons may be stored masked, counted for presence and
// corrected by the person; on every registered path it is refused.
func Refuse(p Path, about SubjectKind, items map[string][]Tag) error {
	if !about.OfPersons() {
		return nil
	}
	for name, tags := range items {
		if len(tags) == 0 {
			continue
		}
		words := make([]string, len(tags))
		for i, t := range tags {
			words[i] = string(t)
		}
		return RefusedByDesign.Because("item %s is tagged %s and can never be used in %s", name, strings.Join(words, ", "), p)
	}
	return nil
}
