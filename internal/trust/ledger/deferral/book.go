package deferral

import (
	"context"
	"encoding/hex"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/tally"
)

// The acts of an order, in the order of its life.
const (
	actProposed = "deferral.proposed"
	actRefused  = "deferral.refused"
	actOrdered  = "deferral.ordered"
	actLifted   = "deferral.lifted"
	actOver     = "deferral.over"
)

// stateAfter is how an order stands after an act.
func stateAfter(act string) State {
	return map[string]State{actProposed: Proposed, actRefused: Refused, actOrdered: InForce, actLifted: Lifted, actOver: Over}[act]
}

// ownEntry marks the deferral of an order's own entry.
const ownEntry = "/entry"

// Books are the orders, and what the ledger hides under them: a row put, moved or
// taken away by hand would hide a use, or show it too early.
func Books(l *ledger.Ledger) []tally.Book {
	acts := []string{"deferral."}
	return []tally.Book{
		{Table: "deferral_order", Acts: acts, Key: "order", Want: wantOrder, Have: haveOrders},
		{Table: "ledger_deferral", Acts: acts, Key: "order", Want: wantHidden, Have: haveHidden(l)},
	}
}

// wantOrder is the row of an order after its acts. What the first releases did not
// write is not held.
func wantOrder(acts []tally.Said) []tally.Row {
	last := &acts[len(acts)-1]
	f := last.Fields
	state := stateAfter(last.Act)
	told := state == Lifted || state == Over
	cols := map[string]string{
		"state": string(state), "member": f["of"], "trace": f["entry"], "ground": f["ground"], "jurisdiction": f["jurisdiction"], "reference": f["reference"],
		"author": f["author"], "second": f["second"], "until_at": f["until"], "renews": f["renews"], "reason": f["reason"], "told_at": yes(told),
	}
	for i := range acts {
		for column, field := range map[string]string{"owner_member": "body", "made_at": "made", "from_at": "from", "entry_at": "entry_at", "decided_at": "decided"} {
			if v := acts[i].Fields[field]; v != "" {
				cols[column] = v
			}
		}
		if p := personIn(&acts[i]); p != "" {
			cols["person"] = p
		}
	}
	return []tally.Row{{ID: last.Fields["order"], Cols: cols}}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func personIn(a *tally.Said) string {
	if p := a.Fields[ledger.FieldPerson]; p != "" {
		return p
	}
	return a.Fields[ledger.FieldAbout]
}

// wantHidden is what an order in force hides: the uses, and its own entry. One
// that was lifted hides until then.
func wantHidden(acts []tally.Said) []tally.Row {
	var ordered *tally.Said
	until, decided := "", time.Time{}
	for i := range acts {
		switch a := &acts[i]; a.Act {
		case actOrdered:
			ordered, until = a, a.Fields["until"]
		case actLifted:
			until, decided = a.Fields["decided"], a.At
		}
	}
	if ordered == nil {
		return nil
	}
	f := ordered.Fields
	rows := []tally.Row{
		{ID: f["order"], Cols: map[string]string{"member": f["of"], "entry": f["entry"]}},
		{ID: f["order"] + ownEntry, Cols: map[string]string{"member": "", "entry": string(ordered.Trace)}},
	}
	for i := range rows {
		rows[i].Cols["person"], rows[i].Times = f[ledger.FieldPerson], map[string]time.Time{}
		hold(&rows[i], "from_at", f["from"], ordered.At)
		if decided.IsZero() {
			rows[i].Cols["until"] = until // to the second, as acts tell it
		} else {
			hold(&rows[i], "until_at", until, decided)
		}
	}
	return rows
}

// hold holds a moment exactly where the act tells it, else near the act.
func hold(r *tally.Row, column, said string, near time.Time) {
	if said != "" {
		r.Cols[column] = said
	} else {
		r.Times[column] = near
	}
}

func haveOrders(ctx context.Context, tx *db.Tx, after string, limit int) ([]tally.Row, error) {
	ids, told, err := toldAfter(ctx, tx, after, limit)
	if err != nil {
		return nil, err
	}
	rows := make([]tally.Row, len(ids))
	for i, id := range ids {
		o, err := byID(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		rows[i] = tally.Row{ID: id, Made: o.Made, Cols: map[string]string{
			"owner_member": string(o.Body), "person": hex.EncodeToString(o.person[:]), "member": string(o.Member), "trace": string(o.Trace),
			"entry_at": exact(o.entry), "ground": o.Ground, "jurisdiction": o.Law, "reference": o.Reference, "author": string(o.Author),
			"second": string(o.Second), "state": string(o.State), "reason": o.Reason, "renews": o.Renews, "made_at": exact(o.Made),
			"from_at": exact(o.From), "until_at": o.Until.UTC().Format(time.RFC3339), "decided_at": exact(o.Decided), "told_at": yes(told[id]),
		}}
	}
	return rows, nil
}

func haveHidden(l *ledger.Ledger) func(context.Context, *db.Tx, string, int) ([]tally.Row, error) {
	return func(ctx context.Context, tx *db.Tx, after string, limit int) ([]tally.Row, error) {
		list, err := l.Deferrals(ctx, tx, after, limit)
		rows := make([]tally.Row, len(list))
		for i, d := range list {
			rows[i] = tally.Row{
				ID: d.Order, Made: d.From, Times: map[string]time.Time{"from_at": d.From, "until_at": d.Until},
				Cols: map[string]string{
					"person": hex.EncodeToString(d.Person[:]), "member": string(d.Member), "entry": string(d.Trace), "from_at": exact(d.From),
					"until_at": exact(d.Until), "until": d.Until.UTC().Format(time.RFC3339),
				},
			}
		}
		return rows, err
	}
}
