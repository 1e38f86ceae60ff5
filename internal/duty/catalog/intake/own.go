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

// Whose tells whose an entry of this catalog is, as the sender of a list sees it.
type Whose int

// An entry that a list names stands nowhere here, is the sender's own, or another
// department's.
const (
	Nobodys Whose = iota
	Own
	Others
)

// standing is the entry of this catalog that the record names, as a list does that was
// exported here, and whose it is; "" where it names none.
func (a *applier) standing(rec input.Record) (vocab.DatasetID, Whose, error) {
	if a.sink.Whose == nil || a.table {
		return "", Nobodys, nil
	}
	for _, column := range []string{"id", "identifier", "iri"} {
		found := entryName.FindStringSubmatch(strings.TrimSpace(rec.Cells[column]))
		if found == nil {
			continue
		}
		id := vocab.DatasetID(found[1])
		whose, err := a.sink.Whose(id)
		if err != nil {
			return "", Nobodys, fmt.Errorf("line %d names %s: %w", rec.Line, id, err)
		}
		if whose != Nobodys {
			return id, whose, nil
		}
	}
	return "", Nobodys, nil
}

// leaveOut passes over an entry that stands in this catalog as another department's: to
// take it in would list it twice.
func (a *applier) leaveOut(rec input.Record, id vocab.DatasetID) error {
	if err := a.flush(); err != nil {
		return err
	}
	a.report.LinesGood++
	a.report.count([]input.Trouble{{Problem: input.EntryOfOthers, Line: rec.Line, Args: []string{string(id)}}})
	return nil
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
