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
}

// Holders lists who was answered, oldest first.
func (l *Ledger) Holders(ctx context.Context, tx *db.Tx, q HoldersOf) ([]Held, error) {
	uses, err := l.store.uses(ctx, tx, q)
	if err != nil {
		return nil, fmt.Errorf("read the uses of a person's data: %w", err)
	}
	var out []Held
	for i := range uses {
		h, ok, err := uses[i].held(q.Item, q.Print)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, h)
		}
	}
	return out, nil
}

// use is one touch of a person with what is on record of it.
type use struct {
	touch
	entry                 record
	rowSecret, rowOutcome []byte
}

// held says whether the use gave out the item, resting on the print.
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
	intent, err := decodeIfAny(r.secret)
	if err != nil {
		return h, false, err
	}
	named := slices.Contains(proof.ListOf(valueOf(intent, FieldItems)), string(item))
	// A status names no item; whether it rested on this one its prints tell.
	named = named || intent == nil || valueOf(intent, FieldQuestion) == string(vocab.Status)
	h.Case = valueOf(intent, FieldCase)
	var outcome []proof.Field
	if u.row == single {
		outcome, err = decodeIfAny(r.outcomeSecret)
	} else {
		outcome, err = rowOutcomeOf(u.rowOutcome)
		if c, cerr := rowOf(u.rowSecret); cerr != nil {
			return h, false, cerr
		} else if c != nil {
			h.Case = valueOf(c, FieldCase)
		}
	}
	if err != nil {
		return h, false, err
	}
	if outcome == nil {
		h.Unknown = true
		return h, named, nil
	}
	if valueOf(outcome, FieldState) != string(vocab.Released) {
		return h, false, nil
	}
	prints, on := proof.MapOf(valueOf(outcome, FieldPrints)), proof.MapOf(valueOf(outcome, FieldAnswers))
	switch got := prints[string(item)]; {
	case print == "":
		_, answered := on[string(item)]
		return h, answered || got != "", nil
	default:
		return h, got == print, nil
	}
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
