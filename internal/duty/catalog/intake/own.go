package intake

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/vocab"
)

// entryName is an entry's id, alone or at the end of its address.
var entryName = regexp.MustCompile(`^(?:https?://.+/datasets?/)?(d-[a-z0-9]{16})$`)

// own is the entry of the sender's own catalog that the record names, as a list does
// that was exported here; "" where it names none.
func (a *applier) own(rec input.Record) (vocab.DatasetID, error) {
	if a.sink.Own == nil || a.table {
		return "", nil
	}
	for _, column := range []string{"id", "identifier", "iri"} {
		found := entryName.FindStringSubmatch(strings.TrimSpace(rec.Cells[column]))
		if found == nil {
			continue
		}
		id := vocab.DatasetID(found[1])
		has, err := a.sink.Own(id)
		if err != nil {
			return "", fmt.Errorf("line %d names %s: %w", rec.Line, id, err)
		}
		if has {
			return id, nil
		}
	}
	return "", nil
}

// carried holds for the columns that an exported list writes as the catalog has them.
// The others tell a field only in the words of the format: the department's name in the
// reader's language, the form of the answer, a label where the catalog keeps a code.
func carried(rec input.Record, column string) bool {
	if column == "title" && rec.Cells["title_translated.zh"]+rec.Cells["title_translated.en"] != "" {
		return false // both languages stand beside it
	}
	for _, root := range []string{"extras.", "title_translated.", "notes_translated.", "items."} {
		if strings.HasPrefix(column, root) {
			return true
		}
	}
	whole := []string{"title", "title_en", "description", "description_en", "theme", "spatial", "accrualPeriodicity"}
	return slices.Contains(whole, column)
}
