package ledger

import (
	"context"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// The names of the fields that leaves commit to. A name once used keeps its
// meaning: receipts of many years are checked against it.
const (
	FieldTrace    = "trace"
	FieldTime     = "time" // RFC 3339, milliseconds, UTC
	FieldMember   = "member"
	FieldUnit     = "unit" // and system, outside
	FieldRole     = "role" // in which the officer acts, or "system"
	FieldOfficer  = "officer"
	FieldNamed    = "officer_named" // by a machine: the member lists the officer (listed), or the name stands as it was given (as-given)
	FieldPurpose  = "purpose"
	FieldBasis    = "basis"
	FieldCase     = "case"
	FieldCases    = "cases" // of a batch, all that its rows may name; each row has its own
	FieldGrant    = "grant"
	FieldProvider = "provider"
	FieldQuestion = "question"
	FieldItems    = "items"
	FieldRefused  = "refused"
	FieldPerson   = "person"
	FieldCounter  = "person_n"
	FieldPrevious = "person_prev"
	FieldAct      = "act"
	FieldHands    = "hands"        // of an act by two officers: both, and who admitted each
	FieldMandate  = "mandate"      // under which another acted for the person
	FieldAbout    = "about_person" // whom an act concerns that stands in nobody's chain

	FieldState       = "state"
	FieldAnswers     = "answers"
	FieldReasons     = "reasons"
	FieldVersion     = "source_version"
	FieldAsOf        = "as_of"
	FieldFingerprint = "fingerprint"
	FieldPrints      = "prints"   // map of items to a keyed print of the value answered from
	FieldDisputed    = "disputed" // items of which a contest was open
	FieldRows        = "rows"
)

// Holder is the class of reader for whom openings are chosen.
type Holder string

// The caller does not learn the audit pseudonym; the person does not learn the
// officer's name, which stays inside, nor the cases of the others in a batch; the
// auditor sees everything.
const (
	HolderCaller   Holder = "caller"
	HolderProvider Holder = "provider"
	HolderSelf     Holder = "self"
	HolderMandate  Holder = "mandate" // another who acts for the person
	HolderAuditor  Holder = "auditor"
	HolderPublic   Holder = "public"
)

var hidden = map[Holder]map[string]bool{
	HolderCaller:   set(FieldPerson, FieldCounter, FieldPrevious, FieldAbout, FieldReasons, FieldFingerprint, FieldPrints),
	HolderProvider: set(FieldPerson, FieldCounter, FieldPrevious, FieldAbout, FieldPrints),
	HolderSelf:     set(FieldOfficer, FieldHands, "author", "second", FieldReasons, FieldFingerprint, FieldPrints, FieldCases),
	HolderMandate:  set(FieldOfficer, FieldHands, "author", "second", FieldReasons, FieldFingerprint, FieldPrints, FieldCases, FieldPerson, FieldCounter, FieldPrevious, FieldAbout),
	HolderAuditor:  set(),
}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// Sees reports whether the holder may have the opening of the field.
func (h Holder) Sees(field string) bool {
	if h == HolderPublic {
		return field == FieldTime || field == FieldAct
	}
	return !hidden[h][field]
}

// Pair is one field of a draft, before it gets its key.
type Pair struct{ Name, Value string }

// Draft is an access on its way into the record and the log.
type Draft struct {
	Trace    vocab.TraceID
	State    vocab.AccessState // Intended or Refused
	At       time.Time
	Owner    vocab.MemberID // who calls
	Provider vocab.MemberID
	Grant    vocab.GrantID
	Fields   []Pair
	Person   vocab.PersonRef
	Personal bool // the entry is about Person
	Facts    []outbox.Fact

	// Gate is asked with Ticket before the draft is written; nil lets it pass.
	Gate   Gate
	Ticket any
}

// Gate runs inside a group's transaction, once for all of the group's drafts that
// name it, before they are written: what it writes (guesses, quota) is durable
// with the records. It answers for each ticket, in their order: nil, or why its
// draft becomes a refusal, which is written all the same. An error says that the
// group cannot be written.
type Gate interface {
	Pass(ctx context.Context, tx *db.Tx, tickets []any) ([]error, error)
}

// Entry is what the ledger knows of a written draft.
type Entry struct {
	Seq     int64
	Trace   vocab.TraceID
	State   vocab.AccessState
	At      time.Time
	Leaf    []byte
	Index   uint64
	Origin  string
	Refusal error // why Gate turned it into a refusal

	place    *place
	promises func() (*proof.Promises, error) // of its group; nil when it has none
	number   int                             // among them
}

// Outcome is how an access ended; it is recorded and logged in the next group.
type Outcome struct {
	Seq    int64
	Trace  vocab.TraceID
	Index  uint64
	State  vocab.AccessState // Released, Failed
	At     time.Time
	Fields []Pair
}
