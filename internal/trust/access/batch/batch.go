// Package batch is what is asked about many subjects at once: what all its rows
// share, how far it has come, and how its rows are kept while it is on its way.
//
//	lines -> Run -> sealed blocks -> the door records them -> the door asks -> sealed answers
//
// The door alone takes a batch in, records it and opens the source for it. Here
// nothing is decided and no source is known.
package batch

import (
	"crypto/sha256"
	"net/netip"
	"slices"
	"strings"
	"time"

	"fontis/internal/trust/access/answer"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/identity/naming"
	"fontis/internal/vocab"
)

// MaxRows is the largest batch. BlockRows rows travel together through the blob
// store; they are written in smaller pieces (package pace).
const (
	MaxRows   = 1_000_000
	BlockRows = 4096
)

// State is where a batch stands.
type State string

// A batch is accepted, recorded row by row, asked, and done; or refused, before
// any source was opened; or failed: where the ledger has its outcome it is over,
// otherwise the next start takes it up again, a few times without progress.
const (
	Accepted  State = "accepted"
	Recording State = "recording"
	Asking    State = "asking"
	Done      State = "done"
	Refused   State = "refused"
	Failed    State = "failed"
)

// Call is what all rows of a batch share.
type Call struct {
	Trace    vocab.TraceID   `json:"trace"`
	Grant    vocab.GrantID   `json:"grant"`
	Question vocab.Question  `json:"question"`
	Items    []vocab.ItemID  `json:"items,omitempty"` // read
	Asked    []vocab.ItemID  `json:"asked,omitempty"` // of which a line claims a value
	Status   string          `json:"status,omitempty"`
	AsOf     time.Time       `json:"as_of,omitzero"`
	Purpose  string          `json:"purpose"`
	Cases    []string        `json:"cases,omitempty"` // the approved case list; rows without a case carry the first
	File     string          `json:"file,omitempty"`  // the name of what was sent, for whoever sent it
	Network  netip.Addr      `json:"network,omitzero"`
	Member   vocab.MemberID  `json:"member"`
	Officer  vocab.OfficerID `json:"officer"`
	System   vocab.SystemID  `json:"system,omitempty"`
	Unit     string          `json:"unit,omitempty"`
	Role     string          `json:"role,omitempty"` // in which it was sent
	Word     naming.Word     `json:"word,omitempty"` // what stands behind the officer's name, for a system
}

// Of is the single question that a row of the batch puts.
func (c Call) Of(l block.Row) grant.Call {
	out := grant.Call{
		Trace: c.Trace, Grant: c.Grant, Question: c.Question, Carriage: vocab.Batch, Subject: l.Subject, Values: l.Values,
		Items: c.Items, Status: c.Status, AsOf: c.AsOf, Purpose: c.Purpose, Case: l.Case, Network: c.Network,
	}
	if out.Case == "" {
		out.Case = c.FirstCase()
	}
	return out
}

// Widest is a call that names every item any line names.
func (c Call) Widest(lines []block.Line) grant.Call {
	out := c.Of(lines[0].Row)
	values := map[vocab.ItemID]string{}
	for _, l := range lines {
		for item, v := range l.Values {
			values[item] = v
		}
	}
	out.Values = values
	return out
}

// FirstCase is the case of a row that names none.
func (c Call) FirstCase() string {
	if len(c.Cases) == 0 {
		return ""
	}
	return c.Cases[0]
}

// Answer is one row of the result, in the order of the lines: by line and case it
// is joined to what was sent.
type Answer struct {
	Line    int64                        `json:"line" doc:"Line of the file as an editor shows it, its head included; the row's number where it came in no file"`
	Case    string                       `json:"case,omitempty"`
	Answers map[vocab.ItemID]answer.Item `json:"answers"`
	AsOf    time.Time                    `json:"as_of"`
}

// Kept is a row as it is kept, sealed: whom it is about says, when the row is
// read, whether the value is contested by then.
type Kept struct {
	Answer

	Person []byte `json:"person,omitempty"`
}

// Status is how far a batch has come.
type Status struct {
	ID      vocab.BatchID  `json:"id"`
	Owner   vocab.MemberID `json:"owner"`
	Grant   vocab.GrantID  `json:"grant"`
	Trace   vocab.TraceID  `json:"trace"`
	State   State          `json:"state"`
	File    string         `json:"file,omitempty" doc:"Name of the file that was sent"`
	Rows    int64          `json:"rows"`
	Done    int64          `json:"done"`
	Error   string         `json:"error,omitempty"`
	Made    time.Time      `json:"made"`
	Changed time.Time      `json:"changed"`
	Promise string         `json:"promise,omitempty"`
	Emptied time.Time      `json:"emptied,omitzero" doc:"When what was sent and answered was destroyed"`
	Tries   int            `json:"tries,omitempty"` // starts that took it up again, since it last came further
}

// Batch is a batch as the door works on it; of this its owner sees the status.
type Batch struct {
	Status

	Call  Call
	Seq   int64 // its entry in the ledger; 0 before it has one
	Tried int64 // rows that were done when it was last taken up
	Over  bool  // failed, with an outcome in the ledger
	// Ending is why it goes no further, from the first step of its end on.
	Ending vocab.Code
}

// Hashes tell whether two rows name one subject, and with the same values.
func Hashes(l block.Row) (who [16]byte, what [8]byte) {
	a := sha256.Sum256([]byte(string(l.Subject.Kind) + "\x00" + l.Subject.Value))
	items := make([]string, 0, len(l.Values))
	for i, v := range l.Values {
		items = append(items, string(i)+"\x00"+v)
	}
	slices.Sort(items)
	b := sha256.Sum256([]byte(strings.Join(items, "\x01")))
	return [16]byte(a[:16]), [8]byte(b[:8])
}
