package access

import (
	"context"
	"strings"

	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// Why explains one access from what is on record: every rule of its grant, with
// the cause where one did not hold.
type Why struct {
	Access  ledger.Access `json:"access"`
	Rules   []Explanation `json:"rules,omitempty"`
	Grant   *Grant        `json:"grant,omitempty"`
	Verdict string        `json:"verdict"`
}

// viewer is how the ledger sees the actor.
func viewer(a identity.Actor) ledger.Viewer {
	return ledger.Viewer{Member: a.Member, Person: a.Self, Auditor: a.Has(vocab.Auditor)}
}

// Why explains an access to those who may see it; to others it does not exist.
// The rules are run again on the recorded call, as of its own time; the grant is
// shown as it stands now.
func (d *Door) Why(ctx context.Context, a identity.Actor, trace vocab.TraceID) (Why, error) {
	seen, err := d.p.Ledger.Entry(ctx, trace, viewer(a))
	if err != nil {
		return Why{}, err
	}
	out := Why{Access: seen, Verdict: seen.State}
	if seen.Refused != "" {
		out.Verdict = seen.Refused
	}
	g := d.grants.Get(seen.Grant)
	if g == nil || a.IsPerson() {
		return out, nil
	}
	call := Call{Trace: trace, Grant: seen.Grant, Question: vocab.Question(seen.Question), Carriage: vocab.Single, Purpose: seen.Purpose, Case: seen.Case}
	call.Subject.Value = "on record" // the rule asks whether a subject was named; which one is not shown
	for _, item := range seen.Items {
		if strings.Contains(item, "/") {
			call.Items = append(call.Items, vocab.ItemID(item))
		} else {
			call.Status = item
		}
	}
	if seen.Kind == "batch" {
		call.Carriage, call.Case = vocab.Batch, "on record"
	}
	shown := *g
	out.Grant = &shown
	for _, r := range grant.Explain(g, call, seen.At) {
		if r.Rule == "network" || (r.Rule == "case" && call.Case == "on record") {
			continue // not on record
		}
		out.Rules = append(out.Rules, r)
	}
	return out, nil
}

// Receipt gives the actor the receipts of an access that they may see.
func (d *Door) Receipt(ctx context.Context, a identity.Actor, trace vocab.TraceID) (ledger.Receipts, error) {
	return d.p.Ledger.Receipt(ctx, trace, viewer(a))
}

// ReceiptOf is Receipt for a person who stands in a batch more than once: number is
// their own counter, as their view shows it.
func (d *Door) ReceiptOf(ctx context.Context, a identity.Actor, trace vocab.TraceID, number int64) (ledger.Receipts, error) {
	v := viewer(a)
	v.Number = number
	return d.p.Ledger.Receipt(ctx, trace, v)
}

// Accesses lists what the actor's member asked, or what was asked of it.
func (d *Door) Accesses(ctx context.Context, a identity.Actor, f ledger.Filter) ([]ledger.Listed, error) {
	if a.Nobody() || a.IsPerson() {
		return nil, vocab.SignInNeeded.Because("accesses are listed for a member")
	}
	return d.p.Ledger.OfMember(ctx, viewer(a), f)
}

// Mine lists the accesses about the person who asks.
func (d *Door) Mine(ctx context.Context, a identity.Actor, before int64, limit int) ([]ledger.Access, error) {
	if !a.IsPerson() {
		return nil, vocab.SignInNeeded.Because("this view belongs to a person")
	}
	if limit <= 0 || limit > 1000 {
		limit = 100
	}
	return d.p.Ledger.OfPerson(ctx, a.Self, before, limit)
}
