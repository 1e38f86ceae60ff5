package guard

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// Ticket is one single call on its way through a commit group.
type Ticket struct {
	Asker
	Guess Guess
	Case  string
}

// Pass counts the calls of a commit group in their order: values first, then the
// grant's volume, then the case's. It is the ledger's Gate.
func (g *Guard) Pass(ctx context.Context, tx *db.Tx, tickets []any) ([]error, error) {
	calls := make([]*Ticket, len(tickets))
	for i, t := range tickets {
		var ok bool
		if calls[i], ok = t.(*Ticket); !ok {
			return nil, vocab.InternalError.Because("a ticket of the type %T", t)
		}
	}
	known, err := g.knownOf(ctx, tx, calls)
	if err != nil {
		return nil, err
	}
	quotas := map[quotaKey]*quota{}
	refusals := make([]error, len(calls))
	write := make(writing, len(calls))
	for i, c := range calls {
		wanted, err := g.quotasOf(ctx, tx, quotas, c)
		if err != nil {
			return nil, err
		}
		if refusals[i] = g.decide(known, wanted, c); refusals[i] != nil {
			continue
		}
		known.add(write, c.Asker, c.Guess)
		for _, q := range wanted {
			q.taken++
		}
	}
	for _, refusal := range refusals {
		if err := Tell(ctx, tx, refusal); err != nil {
			return nil, err
		}
	}
	if err := g.store.put(ctx, tx, write); err != nil {
		return nil, err
	}
	return refusals, g.putQuotas(ctx, tx, quotas)
}

func (g *Guard) decide(known known, wanted []*quota, c *Ticket) error {
	if err := g.weigh(known, c.Asker, c.Guess); err != nil {
		return err
	}
	for _, q := range wanted {
		if q.used+q.taken+1 > q.most {
			return q.spent(1)
		}
	}
	return nil
}

// knownOf reads what each of the calls' members has submitted before.
func (g *Guard) knownOf(ctx context.Context, tx *db.Tx, calls []*Ticket) (known, error) {
	asked := map[vocab.MemberID][]Guess{}
	oldest := map[vocab.MemberID]time.Time{}
	for _, c := range calls {
		asked[c.Member] = append(asked[c.Member], c.Guess)
		if at, ok := oldest[c.Member]; !ok || c.Now.Before(at) {
			oldest[c.Member] = c.Now
		}
	}
	all := known{}
	for member, guesses := range asked {
		if err := g.store.read(ctx, tx, all, member, oldest[member], guesses); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// quotasOf finds the limits that the call draws on, each read once a group.
func (g *Guard) quotasOf(ctx context.Context, tx *db.Tx, all map[quotaKey]*quota, c *Ticket) ([]*quota, error) {
	var out []*quota
	for _, q := range []*quota{volume(c.Grant, c.Now), g.forCase(c.Grant, c.Case, c.Now)} {
		if q.most <= 0 {
			continue
		}
		if have := all[q.quotaKey]; have != nil {
			have.most = q.most // a newer grant of the same id may have another limit
			out = append(out, have)
			continue
		}
		var err error
		if q.used, err = g.store.used(ctx, tx, q.quotaKey); err != nil {
			return nil, fmt.Errorf("read what is used of grant %s: %w", q.grant, err)
		}
		all[q.quotaKey] = q
		out = append(out, q)
	}
	return out, nil
}

func (g *Guard) putQuotas(ctx context.Context, tx *db.Tx, all map[quotaKey]*quota) error {
	for _, q := range all {
		if q.taken == 0 {
			continue
		}
		if err := g.store.use(ctx, tx, q.quotaKey, q.taken); err != nil {
			return fmt.Errorf("count the use of grant %s: %w", q.grant, err)
		}
	}
	return nil
}
