package access

import (
	"context"

	"fontis/internal/engine/db"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// BindingOf is how an item is bound, for the duties: what a decision about a
// request must know. It is not for faces: a binding is its owner's affair.
func (d *Door) BindingOf(item vocab.ItemID) (Binding, bool) {
	b := d.bindings.Get(item)
	if b == nil {
		return Binding{}, false
	}
	return b.Binding, true
}

// Bound lists the data sets with an item bound to a source, with whose they are.
func (d *Door) Bound() map[vocab.DatasetID]vocab.MemberID { return d.bindings.Sets() }

// CheckCasePattern says whether a pattern can be the form of case numbers.
func CheckCasePattern(pattern string) error {
	_, err := grant.CaseForm(pattern)
	return err
}

// EndGrantTx is EndGrant inside the caller's transaction, which also says who
// may: only a member that the grant concerns reaches it.
func (d *Door) EndGrantTx(ctx context.Context, tx *db.Tx, a identity.Actor, id vocab.GrantID, to GrantState, reason string) error {
	if reason == "" {
		return vocab.ReasonNeeded.Because("to make grant %s %s", id, to)
	}
	g, err := d.store.grant(ctx, tx, id)
	if err != nil {
		return err
	}
	if !a.In(g.Provider) && (!a.In(g.To) || to != GrantEnded) {
		return grant.Missing(id)
	}
	if g.State == GrantEnded || g.State == to {
		return vocab.StateWrong.Because("grant %s is %s", id, g.State)
	}
	g.State, g.Reason = to, reason
	return d.PutGrant(ctx, tx, *g, a)
}

// Condition is one condition of a row scope; who may not open sources knows it by
// this name.
type Condition = source.Condition

// ParseRows reads a row scope such as state = 'active' and ended is null.
func ParseRows(expression string) ([]Condition, error) { return source.ParseConditions(expression) }

// FormatRows writes a row scope so that ParseRows reads it back.
func FormatRows(all []Condition) string { return source.FormatConditions(all) }
