package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Held is one use of a person's item by a body: who must hear that the value was
// wrong.
type Held struct {
	Trace  vocab.TraceID
	Member vocab.MemberID
	Grant  vocab.GrantID
	Case   string
	At     time.Time
	// Unknown is set when the outcome is not on record or its openings were
	// destroyed: the body may have had the value, and "not used" cannot be said.
	Unknown bool
}

// HoldersOf asks who was answered about an item of a person, from a moment on until
// before another. Owner is whose item it is: uses of what others hold are not opened.
// With a print only those whose answer rested on that value; without one everybody.
type HoldersOf struct {
	Person      vocab.PersonRef
	Item        vocab.ItemID
	Owner       vocab.MemberID
	Print       string
	From, Until time.Time
	After       int64 // the person's counter up to which was read; 0: from the first
}

// holdersRead is how many uses one call of Holders reads: what it costs does not
// grow with the person's chain, and nobody's snapshot is held for longer.
const holdersRead = 500

// Holders lists who was answered in the next piece of the person's uses, oldest
// first. Next is the After of the piece that follows; 0 when this was the last.
func (l *Ledger) Holders(ctx context.Context, tx *db.Tx, q HoldersOf) (page []Held, next int64, err error) {
	uses, next, err := l.store.answered(ctx, tx, &q)
	if err != nil {
		return nil, 0, fmt.Errorf("read the uses of a person's data: %w", err)
	}
	for i := range uses {
		h, ok, err := uses[i].held(q.Item, q.Print)
		if err != nil {
			return nil, 0, err
		}
		if ok {
			page = append(page, h)
		}
	}
	return page, next, nil
}

// use is one touch of a person with what is on record of it.
type use struct {
	touch
	entry                 record
	rowSecret, rowOutcome []byte
}

// held says whether the use gave out the item, resting on the print. How it ended
// is looked at first: what was asked is opened of those alone that count.
func (u *use) held(item vocab.ItemID, print string) (Held, bool, error) {
	r := &u.entry
	h := Held{Trace: r.trace, Member: r.owner, Grant: r.grant, At: r.at}
	if r.kind != proof.Access && r.kind != proof.Batch {
		return h, false, nil
	}
	switch r.state {
	case vocab.Refused, vocab.Interrupted, vocab.Failed, gathering:
		return h, false, nil
	}
	outcome, err := u.outcome()
	if err != nil {
		return h, false, err
	}
	h.Unknown = outcome == nil
	if !h.Unknown && !gave(outcome, string(item), print) {
		return h, false, nil
	}
	intent, err := decodeIfAny(r.secret)
	if err != nil {
		return h, false, err
	}
	if h.Case, err = u.caseOf(intent); err != nil || !h.Unknown {
		return h, err == nil, err
	}
	// A status names no item; whether it rested on this one its prints would tell.
	named := intent == nil || valueOf(intent, FieldQuestion) == string(vocab.Status) || slices.Contains(proof.ListOf(valueOf(intent, FieldItems)), string(item))
	return h, named, nil
}

// outcome is how the use ended; nil when that is not on record.
func (u *use) outcome() ([]proof.Field, error) {
	if u.row == single {
		return decodeIfAny(u.entry.outcomeSecret)
	}
	return rowOutcomeOf(u.rowOutcome)
}

// caseOf is the case that the use names; of a row of a batch the row's own.
func (u *use) caseOf(intent []proof.Field) (string, error) {
	if u.row != single {
		if row, err := rowOf(u.rowSecret); err != nil || row != nil {
			return valueOf(row, FieldCase), err
		}
	}
	return valueOf(intent, FieldCase), nil
}

// gave says whether the outcome gave out the item, resting on the print if one is
// named.
func gave(outcome []proof.Field, item, print string) bool {
	if valueOf(outcome, FieldState) != string(vocab.Released) {
		return false
	}
	got := proof.MapOf(valueOf(outcome, FieldPrints))[item]
	if print != "" {
		return got == print
	}
	_, answered := proof.MapOf(valueOf(outcome, FieldAnswers))[item]
	return answered || got != ""
}

func decodeIfAny(secret []byte) ([]proof.Field, error) {
	if len(secret) == 0 {
		return nil, nil
	}
	return proof.DecodeSecret(secret)
}

// rowOf opens a row of a batch; nil when its openings were destroyed.
func rowOf(secret []byte) ([]proof.Field, error) {
	if len(secret) == 0 {
		return nil, nil
	}
	return proof.DecodeRowSecret(secret, rowFields)
}

// rowOutcomeOf opens how a row of a batch ended; nil when that is not on record.
func rowOutcomeOf(secret []byte) ([]proof.Field, error) {
	if len(secret) == 0 {
		return nil, nil
	}
	return proof.DecodeRowSecret(secret, outcomeFields)
}
