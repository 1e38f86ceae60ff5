package quality

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// Ledger takes each step as an act, in the transaction that makes it; what is
// about one person stands in that person's own chain.
type Ledger interface {
	Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error
	Enter(ctx context.Context, tx *db.Tx, p ledger.Plain) (ledger.Entry, error)
}

// Notices takes a line for an inbox in the transaction that makes the step.
type Notices interface {
	PutNotice(ctx context.Context, tx *db.Tx, n identity.Notice) error
}

// Labels mark a value as disputed wherever it leaves.
type Labels interface {
	Label(ctx context.Context, tx *db.Tx, item vocab.ItemID, person vocab.PersonRef, contest string) error
	Unlabel(ctx context.Context, tx *db.Tx, item vocab.ItemID, person vocab.PersonRef, contest string) error
}

// Read is a value as its source holds it now.
type Read struct {
	Value   string
	Found   bool
	Print   string // what records of accesses keep of it
	Version string
}

// Sources read a value again, under custody and with a leaf of its own.
type Sources interface {
	Check(ctx context.Context, a identity.Actor, item vocab.ItemID, subject vocab.SubjectKey) (Read, error)
	// OwnerOf is the member whose source the item is bound to; empty: to none.
	OwnerOf(item vocab.ItemID) vocab.MemberID
	// Fits is nil when the subject's number can be right.
	Fits(k vocab.SubjectKey) error
	// CountValue counts what a member holds as a guess at another's item.
	CountValue(ctx context.Context, m vocab.MemberID, other vocab.ItemID, subject vocab.SubjectKey, value string) error
}

// Held is one use of a value, as the records keep it.
type Held struct {
	Trace  vocab.TraceID
	Member vocab.MemberID
	Grant  vocab.GrantID
	Case   string
	At     time.Time
	// Unknown says that the outcome is not on record: it may have received it.
	Unknown bool
}

// HoldersOf asks who received the owner's item of a person with that print, until a
// moment; without a print who received any value of it. After is where the last
// piece ended.
type HoldersOf struct {
	Person vocab.PersonRef
	Item   vocab.ItemID
	Owner  vocab.MemberID
	Print  string
	Until  time.Time
	After  int64
}

// Holders tell who received a value, piece by piece; next is the After of the piece
// that follows, 0 behind the last.
type Holders interface {
	Holders(ctx context.Context, tx *db.Tx, q HoldersOf) (piece []Held, next int64, err error)
}

// Vault keeps what names a subject, apart from the contest.
type Vault interface {
	// Keep registers the subject in the identity root.
	Keep(ctx context.Context, tx *db.Tx, owner vocab.MemberID, k vocab.SubjectKey) (vocab.PersonRef, error)
	// Ref is the subject's audit pseudonym, with nothing kept.
	Ref(k vocab.SubjectKey) vocab.PersonRef
	// Open gives the key back.
	Open(ctx context.Context, person vocab.PersonRef) (vocab.SubjectKey, error)
	Seal(plain, bound []byte) ([]byte, error)
	Unseal(sealed, bound []byte) ([]byte, error)
}

// Clocks run what a state has a term for.
type Clocks interface {
	Start(ctx context.Context, tx *db.Tx, s calendar.Start) (calendar.Running, error)
	Extend(ctx context.Context, tx *db.Tx, ref calendar.Ref, rule string, days int, why string) error
	EndAll(ctx context.Context, tx *db.Tx, ref calendar.Ref) error
	OfRef(ctx context.Context, tx *db.Tx, ref calendar.Ref) ([]calendar.Running, error)
}

// Statuses carry a status act out where this node keeps the register, and say
// where it takes effect.
type Statuses interface {
	SetStatus(ctx context.Context, tx *db.Tx, c StatusChange) (Effect, error)
}

// Parts are what the service stands on; all but Diary are needed.
type Parts struct {
	DB       *db.DB
	Clock    clock.Clock
	Ledger   Ledger
	Notices  Notices
	Labels   Labels
	Sources  Sources
	Holders  Holders
	Vault    Vault
	Clocks   Clocks
	Statuses Statuses
	Catalog  *catalog.Service
	Diary    *slog.Logger

	Authority    func(context.Context) (vocab.MemberID, error) // the member that keeps the node
	Member       func(context.Context, vocab.MemberID) error   // nil when the member is there and active
	Jurisdiction string                                        // whose clocks run
	// Agent is who acts under a mandate, while it stands: they hear of what they began.
	// Nil tells none.
	Agent func(ctx context.Context, tx *db.Tx, mandate string) (vocab.PersonRef, error)
}

// Service holds the verbs of contest, correction and status acts.
type Service struct{ p Parts }

// New makes the service.
func New(p Parts) (*Service, error) {
	if p.DB == nil || p.Clock == nil || p.Ledger == nil || p.Notices == nil || p.Labels == nil || p.Sources == nil ||
		p.Holders == nil || p.Vault == nil || p.Clocks == nil || p.Statuses == nil || p.Catalog == nil || p.Authority == nil || p.Member == nil {
		return nil, fmt.Errorf("make quality: %w", vocab.InternalError.Because("a part is missing"))
	}
	if p.Diary == nil {
		p.Diary = slog.New(slog.DiscardHandler)
	}
	return &Service{p: p}, nil
}
