package tally

import (
	"cmp"
	"fmt"
	"slices"

	"fontis/internal/vocab"
)

// Kind says what disagrees.
type Kind string

// The kinds of findings. Each has a sentence in both languages under [tally].
const (
	LeafAlone      Kind = "leaf-alone"      // a leaf in the log without its record: one was deleted
	LeafMissing    Kind = "leaf-missing"    // a record says a place where the log does not have its leaf
	RecordChanged  Kind = "record-changed"  // the openings or the leaf kept with the record are not what was committed to
	ColumnChanged  Kind = "column-changed"  // a column beside the openings says something else than they do
	RecordTwice    Kind = "record-twice"    // two records say the same place
	OpeningsGone   Kind = "openings-gone"   // no openings, and no erasure that names the entry
	OutcomeMissing Kind = "outcome-missing" // an outcome was committed to that no access has, or the reverse
	OutcomeChanged Kind = "outcome-changed" // the outcome is not the one that was committed to
	RowMissing     Kind = "row-missing"     // a row of a batch, or of its outcome, is not there
	RowChanged     Kind = "row-changed"     // a row of a batch, or of its outcome, is not the one committed to
	ChainGap       Kind = "chain-gap"       // a person's counter leaves a number out
	ChainChanged   Kind = "chain-changed"   // a person's chain and the entry it names disagree
	RowAlone       Kind = "book-alone"      // a row of a table that no act of the ledger tells of
	RowGone        Kind = "book-missing"    // an act of the ledger tells of a row that is not there
	RowOther       Kind = "book-changed"    // a row says something else than the acts about it
	LogDamaged     Kind = "log-damaged"     // the log's own files do not fit together
)

// Kinds lists all, for those who must have a sentence for each.
func Kinds() []Kind {
	return []Kind{
		LeafAlone, LeafMissing, RecordChanged, ColumnChanged, RecordTwice, OpeningsGone, OutcomeMissing, OutcomeChanged,
		RowMissing, RowChanged, ChainGap, ChainChanged, RowAlone, RowGone, RowOther, LogDamaged,
	}
}

// Finding is one place where record and log disagree. It names no person.
type Finding struct {
	Kind   Kind          `json:"kind"`
	Origin string        `json:"origin,omitempty"`
	Seq    int64         `json:"seq,omitempty"`   // of the entry, 0 when it is gone
	Trace  vocab.TraceID `json:"trace,omitempty"` // of the entry
	Index  *uint64       `json:"index,omitempty"` // in the log
	Row    *int64        `json:"row,omitempty"`   // of a batch
	Table  string        `json:"table,omitempty"` // beside the ledger's own
	ID     string        `json:"id,omitempty"`    // of the row in that table
	Detail string        `json:"detail"`
}

// String is the finding as doctor prints it.
func (f Finding) String() string {
	s := string(f.Kind) + ":"
	if f.Seq > 0 {
		s += fmt.Sprintf(" entry %d", f.Seq)
	}
	if f.Trace != "" {
		s += " trace " + string(f.Trace)
	}
	if f.Index != nil {
		s += fmt.Sprintf(" leaf %d of %s", *f.Index, f.Origin)
	}
	if f.Row != nil {
		s += fmt.Sprintf(" row %d", *f.Row)
	}
	if f.Table != "" {
		s += fmt.Sprintf(" %s %s", f.Table, f.ID)
	}
	return s + ": " + f.Detail
}

// spot is what tells two findings apart.
type spot struct {
	kind        Kind
	origin      string
	seq, row    int64
	index       uint64
	trace       vocab.TraceID
	inLog, aRow bool
	table, id   string
}

func (f *Finding) spot() spot {
	k := spot{kind: f.Kind, origin: f.Origin, seq: f.Seq, trace: f.Trace, table: f.Table, id: f.ID}
	if f.Index != nil {
		k.index, k.inLog = *f.Index, true
	}
	if f.Row != nil {
		k.row, k.aRow = *f.Row, true
	}
	return k
}

// kept is how many findings of a round are kept by name; the rest is counted.
const kept = 1000

// findings gathers what a round found, each place once.
type findings struct {
	List  []Finding `json:"list,omitempty"`
	Count int       `json:"count"`
}

func (f *findings) add(more ...Finding) {
	for _, m := range more {
		if holds(f.List, &m) {
			continue
		}
		f.Count++
		if len(f.List) < kept {
			f.List = append(f.List, m)
		}
	}
}

func (f *findings) sort() {
	slices.SortStableFunc(f.List, func(a, b Finding) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Seq, b.Seq)) })
}

func holds(list []Finding, f *Finding) bool {
	at := f.spot()
	for i := range list {
		if list[i].spot() == at {
			return true
		}
	}
	return false
}
