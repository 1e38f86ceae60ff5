package catalog

import (
	"crypto/sha256"
	"encoding/base32"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/vocab"
)

// Draft is one entry as an import brings it. The fields that the file leaves
// empty are left empty here: they never erase what the catalog already holds.
type Draft struct {
	// Line is the place in the file, for the list of rejected lines.
	Line int
	// Key tells entries of one member apart from import to import: the resource
	// code, or what the mapping names instead. Empty: the code, else name and
	// provider.
	Key string
	// Of is the member's own entry that the line names, as an exported list does.
	Of vocab.DatasetID
	// Dataset carries fields and items; ID, owner, state and times are ignored.
	Dataset entry.Dataset
}

// Rejection is a line that was not staged, and why.
type Rejection struct {
	Line int
	Err  error
}

// Staged says what one chunk will do once the import is switched.
type Staged struct {
	Created, Changed, Same int
	Rejected               []Rejection
}

// ImportState is how far an import has come.
type ImportState string

// Staged entries are hidden from everyone; a sealing import takes no more lines, while
// its rows are gathered; switching is the point of no return, a killed switch goes on
// where it stood.
const (
	ImportStaging    ImportState = "staging"
	ImportSealing    ImportState = "sealing"
	ImportSwitching  ImportState = "switching"
	ImportSwitched   ImportState = "switched"
	ImportDiscarding ImportState = "discarding"
)

// Import is one import of a member; the counts are those of its switch.
type Import struct {
	ID               string
	State            ImportState
	Created, Changed int
}

// MaxChunk is the most drafts that one Stage takes, so that no write
// transaction holds the one writer for long.
const MaxChunk = 1000

// key gives the draft's own key, or the one that its fields make.
func (d *Draft) key() string {
	switch {
	case d.Key != "":
		return "k\x00" + d.Key
	case d.Dataset.Code != "":
		return "k\x00" + d.Dataset.Code
	}
	name := d.Dataset.Name.ZH
	if name == "" {
		name = d.Dataset.Name.EN
	}
	return "n\x00" + name + "\x00" + d.Dataset.Provider
}

var idText = base32.NewEncoding("abcdefghjkmnpqrstvwxyz0123456789").WithPadding(base32.NoPadding)

// derivedID is the identifier that the same key of the same member always gets,
// so that a second import meets the first one's entries.
func derivedID(owner vocab.MemberID, key string) vocab.DatasetID {
	sum := sha256.Sum256([]byte("fontis/dataset/v1\x00" + string(owner) + "\x00" + key))
	return vocab.DatasetID("d-" + idText.EncodeToString(sum[:10]))
}
