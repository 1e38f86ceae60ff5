package share_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/duty/share"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

func TestAnothersRequestIsAsIfItWereNot(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	granted := w.agree(w.asks())
	drafted := w.draft(w.asks())
	all := stranger // every role in a third member
	all.Roles = vocab.Roles()
	verbs := map[string]func(identity.Actor, vocab.RequestID) error{
		"get": func(a identity.Actor, id vocab.RequestID) error { _, err := w.Get(ctx, a, id); return err },
		"edit": func(a identity.Actor, id vocab.RequestID) error {
			_, err := w.Edit(ctx, a, id, 0, w.asks())
			return err
		},
		"drop":     func(a identity.Actor, id vocab.RequestID) error { return w.Drop(ctx, a, id) },
		"submit":   func(a identity.Actor, id vocab.RequestID) error { _, err := w.Submit(ctx, a, id); return err },
		"withdraw": func(a identity.Actor, id vocab.RequestID) error { _, err := w.Withdraw(ctx, a, id, "x"); return err },
		"decide": func(a identity.Actor, id vocab.RequestID) error {
			_, err := w.Decide(ctx, a, id, share.Decision{Agree: true, Items: []vocab.ItemID{"born"}})
			return err
		},
		"approve":  func(a identity.Actor, id vocab.RequestID) error { _, err := w.Approve(ctx, a, id); return err },
		"history":  func(a identity.Actor, id vocab.RequestID) error { _, err := w.History(ctx, a, id, 0); return err },
		"missing":  func(a identity.Actor, id vocab.RequestID) error { _, err := w.Missing(ctx, a, id); return err },
		"warnings": func(a identity.Actor, id vocab.RequestID) error { _, err := w.Warnings(ctx, a, id); return err },
		"sample":   func(a identity.Actor, id vocab.RequestID) error { _, err := w.TwinSample(ctx, a, id); return err },
		"list": func(a identity.Actor, id vocab.RequestID) error {
			_, err := w.List(ctx, a, share.ListQuery{After: id, Incoming: true})
			return err
		},
	}
	for name, verb := range verbs {
		none := verb(all, "r-none")
		wants(t, none, vocab.NoSuchThing)
		for _, id := range []vocab.RequestID{granted.ID, drafted.ID} {
			if err := verb(all, id); err == nil || err.Error() != none.Error() {
				t.Errorf("%s of another's: %v; of none: %v", name, err, none)
			}
		}
	}
	provider := steward // a draft does not exist for the provider either
	provider.Roles = vocab.Roles()
	for name, verb := range verbs {
		none := verb(provider, "r-none")
		if err := verb(provider, drafted.ID); err == nil || err.Error() != none.Error() {
			t.Errorf("%s of a draft by its provider: %v; of none: %v", name, err, none)
		}
	}
	grants := map[string]func(vocab.GrantID) error{
		"of grant": func(id vocab.GrantID) error { _, err := w.OfGrant(ctx, all, id); return err },
		"suspend":  func(id vocab.GrantID) error { _, err := w.Suspend(ctx, all, id, "x"); return err },
		"resume":   func(id vocab.GrantID) error { _, err := w.Resume(ctx, all, id, "x"); return err },
		"end":      func(id vocab.GrantID) error { _, err := w.End(ctx, all, id, "x"); return err },
		"like":     func(id vocab.GrantID) error { _, err := w.Like(ctx, all, id); return err },
	}
	for name, verb := range grants {
		none := verb("g-none")
		wants(t, none, vocab.NoSuchThing)
		if err := verb(granted.Grant); err == nil || err.Error() != none.Error() {
			t.Errorf("%s of another's: %v; of none: %v", name, err, none)
		}
	}
	if list, err := w.List(ctx, all, share.ListQuery{}); err != nil || len(list) != 0 {
		t.Errorf("a stranger lists %v, %v", list, err)
	}
}

func TestListsGoPageByPageNewestFirst(t *testing.T) {
	w := newWorld(t)
	var want []vocab.RequestID
	for range 5 {
		want = append([]vocab.RequestID{w.submit(w.asks()).ID}, want...)
	}
	w.draft(w.asks())
	for _, incoming := range []bool{true, false} {
		a, q := clerk, share.ListQuery{Incoming: incoming, State: share.StateSubmitted, Limit: 2}
		if incoming {
			a, q.State = steward, ""
		}
		var got []vocab.RequestID
		for {
			page, err := w.List(t.Context(), a, q)
			w.must(err)
			if len(page) == 0 {
				break
			}
			for _, r := range page {
				got = append(got, r.ID)
			}
			q.After = got[len(got)-1]
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("incoming %v: %s", incoming, d)
		}
	}
	mine, err := w.List(t.Context(), clerk, share.ListQuery{})
	w.must(err)
	if len(mine) != 6 || mine[0].State != share.StateDraft {
		t.Errorf("%d of mine", len(mine))
	}
}
