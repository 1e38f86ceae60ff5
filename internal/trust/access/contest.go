package access

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/access/answer"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/access/guard"
	"fontis/internal/trust/access/label"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Label marks a person's value of an item as contested: from the commit on every
// answer, batch row and export about it says so. Quality calls it in the
// transaction in which it accepts the contest.
func (d *Door) Label(ctx context.Context, tx *db.Tx, item vocab.ItemID, person vocab.PersonRef, contest string) error {
	if item == "" || person == (vocab.PersonRef{}) || contest == "" {
		return vocab.FieldMissing.Because("a label names its item, its person and its contest")
	}
	l := label.Label{Item: item, Person: person, Contest: contest}
	var owner vocab.MemberID
	if b := d.bindings.Get(item); b != nil {
		owner = b.Owner
	}
	if err := d.store.putLabel(ctx, tx, l, owner, d.p.Clock.Now()); err != nil {
		return fmt.Errorf("label a value of %s: %w", item, err)
	}
	tx.OnCommit(func() { d.labels.Put(l) })
	return nil
}

// Unlabel removes the label of one contest; others on the same value stay.
func (d *Door) Unlabel(ctx context.Context, tx *db.Tx, item vocab.ItemID, person vocab.PersonRef, contest string) error {
	l := label.Label{Item: item, Person: person, Contest: contest}
	if err := d.store.dropLabel(ctx, tx, l); err != nil {
		return fmt.Errorf("take a label from a value of %s: %w", item, err)
	}
	tx.OnCommit(func() { d.labels.Remove(l) })
	return nil
}

// Labels lists the labels as their table holds them, for those who hold it against
// the acts of the ledger.
func (d *Door) Labels(ctx context.Context, tx *db.Tx) ([]label.Standing, error) {
	return d.store.labels(ctx, tx)
}

// dispute marks the answers about contested values.
func (d *Door) dispute(answers map[vocab.ItemID]ItemAnswer, person vocab.PersonRef) {
	if !d.labels.Any() {
		return
	}
	for item, a := range answers {
		if a.Disputed = d.labels.On(item, person); a.Disputed {
			answers[item] = a
		}
	}
}

// contested are the items among the answers whose value is contested now.
func (d *Door) contested(answers map[vocab.ItemID]ItemAnswer, person vocab.PersonRef) []string {
	if !d.labels.Any() {
		return nil
	}
	var out []string
	for _, item := range sortedItems(answers) {
		if d.labels.On(item, person) {
			out = append(out, string(item))
		}
	}
	return out
}

// Print is the fingerprint of a value of the item as the record keeps it beside
// each answer that rested on it: who had a wrong value is found by it.
func (d *Door) Print(item vocab.ItemID, value string) string {
	var how comparator.Comparator
	if b := d.bindings.Get(item); b != nil {
		how = b.Comparator
	}
	return d.print(item, answer.Form(how, value))
}

// CountValue counts a value that a member holds of a subject against the guess
// guard of another's item, before it learns whether the two agree: who may edit
// their own source could else try one value after the other.
func (d *Door) CountValue(ctx context.Context, m vocab.MemberID, other vocab.ItemID, k vocab.SubjectKey, value string) error {
	b := d.bindings.Get(other)
	if b == nil || b.Owner == m {
		return nil
	}
	form := []byte(answer.Form(b.Comparator, value))
	who := guard.Asker{Grant: &Grant{Provider: b.Owner}, Member: m, Now: d.p.Clock.Now()}
	row := guard.Guess{Person: d.p.Identity.AuditRef(k), Values: d.guard.Values(map[vocab.ItemID][]byte{other: form})}
	return d.p.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := d.guard.Count(ctx, tx, who, []guard.Guess{row})
		return err
	})
}

// print takes the first version of the audit key, as pseudonyms do: a rotated key
// would lose everyone who had the value before.
func (d *Door) print(item vocab.ItemID, form string) string {
	sum, err := d.p.Keys.MACWith(d.printKey, []byte("value"), []byte(item), []byte(form))
	if err != nil { // the key was there when the door opened
		panic(fmt.Errorf("print under key %s: %w", d.printKey, err))
	}
	return hex.EncodeToString(sum[:16])
}

// prints are those of all values that the answers rest on.
func (d *Door) prints(answers map[vocab.ItemID]ItemAnswer) map[string]string {
	out := map[string]string{}
	for item, a := range answers {
		if form, ok := a.Rests(); ok {
			out[string(item)] = d.print(item, form)
		}
	}
	return out
}

// firstAuditKey is the oldest version of the audit key.
func firstAuditKey(k *keys.Store) (string, error) {
	id, version := "", 0
	for _, i := range k.List() {
		if i.Use == keys.Audit && (version == 0 || i.Version < version) {
			id, version = i.ID, i.Version
		}
	}
	if id == "" {
		return "", vocab.KeyMissing.Because("there is no key of the use %s", keys.Audit)
	}
	return id, nil
}

// Checked is a value as its source holds it now, for its own steward.
type Checked struct {
	Trace   vocab.TraceID
	Value   string // canonical
	Found   bool
	Reason  vocab.UnknownReason // why nothing was found
	Print   string              // empty where nothing was found
	Version string              // the source's
}

// Check reads one value again at its source, for the steward of the body that
// owns it: under a custody permit, with a leaf of its own, in the person's own
// chain like every other use.
func (d *Door) Check(ctx context.Context, a identity.Actor, item vocab.ItemID, subject vocab.SubjectKey) (Checked, error) {
	if err := a.Must(vocab.Steward); err != nil {
		return Checked{}, err
	}
	b := d.bindings.Get(item)
	if b == nil || !a.In(b.Owner) {
		return Checked{}, identity.NotYours()
	}
	key, _, err := normal(d, subject)
	if err != nil {
		return Checked{}, err
	}
	if err := d.p.Space(); err != nil {
		return Checked{}, err
	}
	// The steward is the source: what it may read is every row that it keeps.
	g := &Grant{Items: []vocab.ItemID{item}, Provider: b.Owner, To: b.Owner, Dataset: item.Dataset(), About: b.About}
	c := Call{Trace: vocab.NewTrace(d.p.Clock.Now()), Question: vocab.Read, Carriage: vocab.Single, Subject: key, Items: g.Items}
	plan, err := answer.OwnPlan(&d.bindings, item, key.Kind)
	if err != nil {
		return Checked{}, err
	}
	draft := d.draft(a, g, c, d.p.Identity.AuditRef(key))
	draft.Fields = append(draft.Fields, ledger.Pair{Name: ledger.FieldAct, Value: "custody.check"})
	entry, err := d.p.Ledger.Submit(ctx, draft)
	if err != nil {
		return Checked{}, fmt.Errorf("check %s: %w", item, err)
	}
	return d.recheck(ctx, plan, entry, c)
}

func (d *Door) recheck(ctx context.Context, plan *answer.Plan, entry ledger.Entry, c grant.Call) (Checked, error) {
	results, err := d.look(ctx, d.permit(vocab.PermitCustody, entry), plan, []string{c.Subject.Value})
	o := ledger.Outcome{Seq: entry.Seq, Trace: entry.Trace, Index: entry.Index, At: d.p.Clock.Now()}
	item := c.Items[0]
	if err != nil {
		o.State = vocab.Failed
		o.Fields = []ledger.Pair{{Name: ledger.FieldReasons, Value: proof.MapValue(map[string]string{"error": string(vocab.CodeOf(err))})}}
		d.p.Ledger.Finish(o)
		return Checked{}, fmt.Errorf("check %s: %w", item, err)
	}
	found := results.Of(0)[item]
	out := Checked{Trace: entry.Trace, Reason: found.Reason, Version: results.Version}
	if form, ok := found.Rests(); ok {
		out.Value, out.Found, out.Print = form, true, d.print(item, form)
	}
	// No print stands in the outcome: the source itself is no holder of its value.
	o.State = vocab.Released
	o.Fields = []ledger.Pair{
		{Name: ledger.FieldReasons, Value: proof.MapValue(map[string]string{string(item): string(found.Reason)})},
		{Name: ledger.FieldVersion, Value: strings.TrimSpace(results.Version)},
	}
	d.p.Ledger.Finish(o)
	return out, nil
}
