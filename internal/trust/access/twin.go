package access

import (
	"context"

	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/access/twin"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// PutTwin makes the twin of a request known. It lives in memory: share puts it
// again at each start. An item that is bound compares as it is bound, from then on.
func (d *Door) PutTwin(id string, g Grant, declared map[vocab.ItemID]TwinItem) error {
	t, err := twin.New(id, g, func(item vocab.ItemID) TwinItem {
		known := declared[item]
		if b := d.bindings.Get(item); b != nil && b.Compare != "" {
			known.Compare = b.Compare
		}
		return known
	})
	if err != nil {
		return err
	}
	d.twins.Put(t)
	return nil
}

// Twin lists the invented rows to the member that asked, and to the provider.
func (d *Door) Twin(a identity.Actor, id string) ([]TwinRow, error) {
	t := d.twins.Get(twin.Of(id))
	if t == nil || (!a.In(t.Grant.To) && !a.In(t.Grant.Provider)) {
		return nil, grant.Missing(twin.Of(id))
	}
	return t.Rows(), nil
}

// askTwin decides as for the real grant and answers from the invented rows,
// without a leaf because nobody is touched.
func (d *Door) askTwin(_ context.Context, a identity.Actor, c Call) (Answered, error) {
	now := d.now()
	t := d.twins.Get(c.Grant)
	if t == nil || t.Grant.To != a.Member {
		return Answered{}, withTrace(grant.Missing(c.Grant), c.Trace)
	}
	answers, err := t.Answer(c, now)
	if err != nil {
		return Answered{}, withTrace(err, c.Trace)
	}
	out := Answered{Trace: c.Trace, Grant: c.Grant, Source: t.Grant.Provider, AsOf: now.UTC(), Twin: true, Answers: answers}
	out.hideReasons(t.Grant)
	return out, nil
}
