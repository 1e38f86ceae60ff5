package comparator

import (
	"strings"
	"time"
	"unicode/utf8"

	"fontis/internal/engine/source"
	"fontis/internal/vocab"
)

// Status declares a fact that is so or is not so on a day: the rows in force on
// that day must fulfil every condition.
//
// A row is in force from the day in FromColumn through the day in ToColumn, both
// included, as a paper that says "valid until 30 June" is valid on 30 June.
// Where a source writes the first day after instead, ToExclusive says so. An
// empty end is open. Without FromColumn a row has no beginning, without ToColumn
// no end; an empty beginning where one is declared is not known.
type Status struct {
	Name        string
	Conditions  []source.Condition
	FromColumn  string
	ToColumn    string
	ToExclusive bool
}

// The longest name of a status, in bytes.
const maxName = 200

// Check refuses a status without a name or without anything to ask.
func (s Status) Check() error {
	if s.Name == "" || len(s.Name) > maxName || !utf8.ValidString(s.Name) || strings.TrimSpace(s.Name) != s.Name {
		return vocab.BadInput.Because("the name of a status has 1 to %d bytes of text", maxName)
	}
	if len(s.Conditions) == 0 && s.FromColumn == "" && s.ToColumn == "" {
		return vocab.BadInput.Because("status %s has neither a condition nor a column with a day", s.Name)
	}
	if s.ToExclusive && s.ToColumn == "" {
		return vocab.BadInput.Because("status %s ends before a day, and names no column for it", s.Name)
	}
	for _, c := range s.Conditions {
		if err := c.Check(); err != nil {
			return err
		}
	}
	return nil
}

// Columns are the columns that Evaluate needs, each once.
func (s Status) Columns() []string {
	var all []string
	seen := map[string]bool{"": true}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			all = append(all, name)
		}
	}
	for _, c := range s.Conditions {
		add(c.Column)
	}
	add(s.FromColumn)
	add(s.ToColumn)
	return all
}

// Evaluate says whether the status held on a day, over all rows of one subject;
// columns name the values of each row. No row is unknown, never no. Rows in
// force that disagree are several records. A null that decides makes the answer
// unknown; rows none of which is in force say no.
func (s Status) Evaluate(asOf time.Time, columns []string, rows [][]source.Value) (vocab.Answer, vocab.UnknownReason) {
	if len(rows) == 0 {
		return vocab.Unknown, vocab.NoRecord
	}
	day := asOf.Format(time.DateOnly)
	yes, no := false, false
	var reason vocab.UnknownReason
	for _, row := range rows {
		values := make(map[string]source.Value, len(columns))
		for i, name := range columns {
			if i < len(row) {
				values[name] = row[i]
			}
		}
		answer, why := s.row(day, values)
		switch answer {
		case vocab.Yes:
			yes = true
		case vocab.No:
			no = true
		case vocab.Unknown:
			reason = why
		}
	}
	switch {
	case yes && no:
		return vocab.Unknown, vocab.SeveralRecords
	case reason != "":
		return vocab.Unknown, reason
	case yes:
		return vocab.Yes, ""
	}
	return vocab.No, ""
}

// row gives the answer of one row, or "" when it is not in force on the day. A
// condition that fails says no even where the row's time is not known.
func (s Status) row(day string, values map[string]source.Value) (vocab.Answer, vocab.UnknownReason) {
	in, why := s.inForce(day, values)
	if why == "" && !in {
		return "", ""
	}
	for _, c := range s.Conditions {
		v, present := values[c.Column]
		holds, known := c.Holds(v)
		switch {
		case !present:
			why = vocab.BadValue
		case !known:
			why = vocab.EmptyAtSource
		case !holds:
			return vocab.No, ""
		}
	}
	if why != "" {
		return vocab.Unknown, why
	}
	return vocab.Yes, ""
}

// inForce says whether the day lies in the row's time; a reason means that this
// is not known. An end that has passed decides even where the beginning is not
// known, and the reverse.
func (s Status) inForce(day string, values map[string]source.Value) (bool, vocab.UnknownReason) {
	from, fromWhy := dayOf(s.FromColumn, values)
	to, toWhy := dayOf(s.ToColumn, values)
	if toWhy == vocab.EmptyAtSource {
		toWhy = ""
	}
	ended := to != "" && (to < day || s.ToExclusive && to == day)
	switch {
	case from != "" && to != "" && to < from:
		return false, vocab.BadValue
	case ended, from != "" && from > day:
		return false, ""
	case fromWhy != "":
		return false, fromWhy
	case toWhy != "":
		return false, toWhy
	}
	return true, ""
}

// dayOf reads the day in a column; none is declared where the name is empty.
func dayOf(column string, values map[string]source.Value) (string, vocab.UnknownReason) {
	if column == "" {
		return "", ""
	}
	v, present := values[column]
	if !present {
		return "", vocab.BadValue
	}
	return Comparator{kind: vocab.CompareDate}.stored(v)
}

// Condition is one condition of a status; who may not open sources knows it by
// this name.
type Condition = source.Condition

// ParseStatus reads a status as the command line declares it: a name, an
// expression such as state in ('active', 'paused'), and the columns of the first
// and the last day. All but the name may be empty, though not all at once.
func ParseStatus(name, expression, from, to string) (Status, error) {
	s := Status{Name: name, FromColumn: from, ToColumn: to}
	if strings.TrimSpace(expression) != "" {
		conditions, err := source.ParseConditions(expression)
		if err != nil {
			return Status{}, err
		}
		s.Conditions = conditions
	}
	if err := s.Check(); err != nil {
		return Status{}, err
	}
	return s, nil
}
