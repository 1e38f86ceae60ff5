package grant

import (
	"net/netip"
	"slices"
	"time"

	"fontis/internal/vocab"
)

// Call is one question as a caller puts it, before anything is opened.
type Call struct {
	Trace    vocab.TraceID
	Grant    vocab.GrantID
	Question vocab.Question
	Carriage vocab.Carriage
	Subject  vocab.SubjectKey
	Values   map[vocab.ItemID]string // compare: what the caller holds
	Items    []vocab.ItemID          // read: what the caller wants
	Status   string                  // status: which one
	AsOf     time.Time               // status: as of which day; zero is today
	Purpose  string
	Case     string
	Network  netip.Addr
}

// Names lists the items that the call touches, in order.
func (c Call) Names() []vocab.ItemID {
	var out []vocab.ItemID
	for i := range c.Values {
		out = append(out, i)
	}
	out = append(out, c.Items...)
	slices.Sort(out)
	return slices.Compact(out)
}

// Claimed adds the items of which a line claims a value to those of the lines before.
func Claimed(before []vocab.ItemID, values map[vocab.ItemID]string) []vocab.ItemID {
	for i := range values {
		if !slices.Contains(before, i) {
			before = append(before, i)
		}
	}
	return before
}
