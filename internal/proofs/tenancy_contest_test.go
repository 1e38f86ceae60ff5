package proofs

import (
	"context"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/quality"
	"fontis/internal/edge/jobs/channel"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// taxHeld says that tax received every value under one grant.
type taxHeld struct{}

func (taxHeld) Holders(context.Context, *db.Tx, quality.HoldersOf) ([]quality.Held, int64, error) {
	return []quality.Held{{Trace: "00000000000000000000000000000001", Member: apptest.Tax, Grant: "g-1"}}, 0, nil
}

// contested makes a contest of tax about a value of civil, a correction that tax
// is told of, a status act of civil, and a channel of civil's steward.
func (w *theirs) contested() {
	w.t.Helper()
	ctx := w.t.Context()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	p := w.QualityParts()
	p.Holders = taxHeld{}
	q, err := quality.New(p)
	must(err)
	set, err := w.Catalog.Create(ctx, w.steward, entry.Dataset{
		Name: entry.Text{ZH: "机构"}, Provider: "民政局", Share: vocab.Unconditional, Cycle: vocab.Daily, Subject: vocab.LegalEntity, Origin: vocab.Government,
		Items: []entry.Item{{Code: "name", Name: entry.Text{ZH: "名称"}, Compare: vocab.CompareName}},
	})
	must(err)
	_, err = apptest.Publish(ctx, w.App, w.steward, set.ID, set.Rev)
	must(err)
	c, err := q.Raise(ctx, user(apptest.Tax), quality.Raise{Item: set.ItemID("name"), Subject: vocab.SubjectKey{Kind: vocab.RegisterNumber, Value: "R-1"}, Fault: quality.Wrong})
	must(err)
	chief := apptest.Officer("bureau", vocab.Authority)
	chief.OfNode = true
	_, err = q.Accept(ctx, chief, c.ID)
	must(err)
	_, err = q.Route(ctx, chief, c.ID, quality.Word{})
	must(err)
	_, err = q.Take(ctx, w.steward, c.ID)
	must(err)
	_, err = q.Find(ctx, w.steward, c.ID, quality.Finding{As: quality.StateCorrected, Word: quality.Word{Evidence: "K-1"}})
	must(err)
	tasks, err := q.Tasks(ctx, user(apptest.Tax), quality.ListQuery{})
	must(err)
	people, err := w.Catalog.Create(ctx, w.steward, entry.Dataset{
		Name: entry.Text{ZH: "人员"}, Provider: "民政局", Subject: vocab.NaturalPerson, Items: []entry.Item{{Code: "state", Name: entry.Text{ZH: "状态"}}},
	})
	must(err)
	act, err := q.ProposeStatus(ctx, w.steward, quality.NewStatusAct{
		Item: people.ItemID("state"), Subject: w.people[0].key(), Value: "ended", Evidence: "d-1", Law: "law", Article: "1", Reason: "because",
	})
	must(err)
	ch, err := w.Channels.Add(ctx, w.steward, channel.New{Kind: channel.Webhook, Address: hook})
	must(err)
	w.names["contest"], w.names["correction"], w.names["status act"], w.names["channel"] = string(c.ID), tasks[0].ID, act.ID, ch.ID
}

// hook is where nobody listens.
const hook = "http://127.0.0.1:1/"

func contest(f func(context.Context, *theirs, vocab.ContestID) (any, error)) verb {
	return named1("contest", func(ctx context.Context, w *theirs, id string) (any, error) { return f(ctx, w, vocab.ContestID(id)) })
}

// said1 is a step with words that would be right.
func said1(step func(w *theirs) func(context.Context, identity.Actor, vocab.ContestID, quality.Word) (*quality.Contest, error)) verb {
	return contest(func(ctx context.Context, w *theirs, id vocab.ContestID) (any, error) {
		return one(step(w)(ctx, w.stranger, id, quality.Word{Reason: "x", Citation: "y", To: "school", Days: 1}))
	})
}

type step = func(context.Context, identity.Actor, vocab.ContestID, quality.Word) (*quality.Contest, error)

// contestTenancy names every exported method of contest, correction, status act
// and channel.
var contestTenancy = map[string]verb{
	"Quality.Accept": contest(func(ctx context.Context, w *theirs, id vocab.ContestID) (any, error) {
		return one(w.Quality.Accept(ctx, w.stranger, id))
	}),
	"Quality.Take": contest(func(ctx context.Context, w *theirs, id vocab.ContestID) (any, error) {
		return one(w.Quality.Take(ctx, w.stranger, id))
	}),
	"Quality.Get": contest(func(ctx context.Context, w *theirs, id vocab.ContestID) (any, error) {
		return one(w.Quality.Get(ctx, w.stranger, id))
	}),
	"Quality.Said": contest(func(ctx context.Context, w *theirs, id vocab.ContestID) (any, error) {
		return one(w.Quality.Said(ctx, w.stranger, id))
	}),
	"Quality.Clocks": contest(func(ctx context.Context, w *theirs, id vocab.ContestID) (any, error) {
		return one(w.Quality.Clocks(ctx, w.stranger, id))
	}),
	"Quality.History": contest(func(ctx context.Context, w *theirs, id vocab.ContestID) (any, error) {
		return one(w.Quality.History(ctx, w.stranger, id, 0))
	}),
	"Quality.TasksOf": contest(func(ctx context.Context, w *theirs, id vocab.ContestID) (any, error) {
		return one(w.Quality.TasksOf(ctx, w.stranger, id, "", 10))
	}),
	"Quality.Decline":   said1(func(w *theirs) step { return w.Quality.Decline }),
	"Quality.Withdraw":  said1(func(w *theirs) step { return w.Quality.Withdraw }),
	"Quality.Route":     said1(func(w *theirs) step { return w.Quality.Route }),
	"Quality.NotMine":   said1(func(w *theirs) step { return w.Quality.NotMine }),
	"Quality.Assign":    said1(func(w *theirs) step { return w.Quality.Assign }),
	"Quality.Extend":    said1(func(w *theirs) step { return w.Quality.Extend }),
	"Quality.AskReview": said1(func(w *theirs) step { return w.Quality.AskReview }),
	"Quality.Decide": contest(func(ctx context.Context, w *theirs, id vocab.ContestID) (any, error) {
		return one(w.Quality.Decide(ctx, w.stranger, id, true, quality.Word{Reason: "x"}))
	}),
	"Quality.Find": contest(func(ctx context.Context, w *theirs, id vocab.ContestID) (any, error) {
		return one(w.Quality.Find(ctx, w.stranger, id, quality.Finding{As: quality.StateUpheld, Word: quality.Word{Reason: "x", Citation: "y"}}))
	}),
	"Quality.Raise": named1("item", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Quality.Raise(ctx, w.stranger, quality.Raise{Item: vocab.ItemID(id), Subject: w.people[0].key(), Fault: quality.Wrong}))
	}),
	"Quality.NameSources": named1("item", func(ctx context.Context, w *theirs, id string) (any, error) {
		return done(w.Quality.NameSources(ctx, w.stranger, vocab.ItemID(id), nil))
	}),
	"Quality.CompareSources": named1("item", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Quality.CompareSources(ctx, w.stranger, vocab.ItemID(id), nil))
	}),
	"Quality.Task": named1("correction", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Quality.Task(ctx, w.stranger, id))
	}),
	"Quality.Answer": named1("correction", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Quality.Answer(ctx, w.stranger, id, quality.Answer{State: quality.TaskRedone}))
	}),
	"Quality.StatusAct": named1("status act", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Quality.StatusAct(ctx, w.stranger, id))
	}),
	"Quality.ConfirmStatus": named1("status act", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Quality.ConfirmStatus(ctx, w.stranger, id))
	}),
	"Quality.RefuseStatus": named1("status act", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Quality.RefuseStatus(ctx, w.stranger, id, "x"))
	}),
	"Quality.ProposeStatus": named1("item", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Quality.ProposeStatus(ctx, w.stranger, quality.NewStatusAct{
			Item: vocab.ItemID(id), Subject: w.people[0].key(), Value: "x", Evidence: "x", Law: "x", Article: "x", Reason: "x",
		}))
	}),
	"Quality.List": only(ownList), "Quality.Tasks": only(ownList), "Quality.StatusActs": only(ownList),
	"Quality.Expired": only(inside), "Quality.Proceed": only(inside), "Quality.Resume": only(inside), "Quality.Permits": only(inside),

	"Channels.Confirm": named1("channel", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Channels.Confirm(ctx, w.stranger, id, "k-0"))
	}),
	"Channels.Remove": named1("channel", func(ctx context.Context, w *theirs, id string) (any, error) {
		return done(w.Channels.Remove(ctx, w.stranger, id))
	}),
	"Channels.Add": only(maker), "Channels.List": only(ownList), "Channels.Key": only("a public key"),
	"Channels.Again": only("the operator of the node alone, who sees every dead letter"), "Channels.Dead": only("the operator of the node alone, who sees every dead letter"),
	"Channels.DeadCount": only(inside), "Channels.Hear": only(inside), "Channels.Prune": only(inside), "Channels.Round": only(inside), "Channels.Run": only(inside),
}
