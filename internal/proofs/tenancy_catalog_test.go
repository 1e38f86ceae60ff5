package proofs

import (
	"context"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/catalog/entry"
	found "fontis/internal/duty/catalog/finding"
	"fontis/internal/duty/catalog/harvest"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/duty/catalog/standard"
	"fontis/internal/duty/catalog/succession"
	"fontis/internal/duty/share"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// owed makes a demand of the tax office of the civil department, and a change of an
// entry that the civil department owes.
func (w *theirs) owed() {
	w.t.Helper()
	ctx := w.t.Context()
	r, err := w.Share.Demand(ctx, user(apptest.Tax), share.Wish{Of: apptest.Civil, Name: "名录", What: "names", Fields: share.Fields{
		Basis: entry.Cite{Law: "x", Article: "1"}, Purpose: "p", Scenario: "s",
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	list, err := w.Catalog.List(ctx, w.steward, catalog.ListQuery{Owner: apptest.Civil, State: entry.StatePublished})
	if err != nil || len(list) == 0 {
		w.t.Fatalf("%d entries: %v", len(list), err)
	}
	c, err := w.Review.Announce(ctx, w.steward, list[0].ID, review.News{Cause: review.OfData, Reason: "x"})
	if err != nil {
		w.t.Fatal(err)
	}
	g, err := w.Finding.PutSynonym(ctx, w.steward, found.Synonym{Words: []string{"甲词", "乙词"}})
	if err != nil {
		w.t.Fatal(err)
	}
	q, err := w.Finding.SaveSearch(ctx, w.steward, found.Search{Text: "甲词"})
	if err != nil {
		w.t.Fatal(err)
	}
	el, err := w.Standard.PutElement(ctx, w.steward, standard.Element{ID: "DE1", Name: entry.Text{EN: "x"}})
	if err != nil {
		w.t.Fatal(err)
	}
	cl, _, err := w.Standard.PutCodes(ctx, w.steward, standard.List{ID: "CL1", Name: entry.Text{EN: "x"}}, []standard.Code{{Code: "1", Name: entry.Text{EN: "x"}}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.names["element"], w.names["codes"] = el.ID, cl.ID
	w.Config.HarvestHosts = map[string][]string{"*": {"data.example"}}
	h, err := w.Harvest.Add(ctx, w.steward, harvest.Harvest{Name: "x", Address: "https://data.example/data.json"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.names["harvest"] = h.ID
	w.names["demand"], w.names["change"], w.names["synonym"], w.names["search"] = r.Demanded.ID, c.ID, g.ID, q.ID
}

// standards says why reading elements and lists is no matter of tenancy.
const standards = "data elements and code lists are everybody's to read"

// catalogTenancy names the verbs of the catalog's own duties.
var catalogTenancy = map[string]verb{
	"Share.Demand": only(maker + "; who takes part is public to all who take part"),
	"Demand.Open":  only(inside), "Demand.Withdraw": only(inside), "Demand.Order": only(inside), "Demand.Contested": only(inside), "Demand.Hear": only(inside), "Demand.Of": only(inside), "Demand.Talk": only(inside),
	"Demand.List": only(ownList),
	"Demand.Get": named1("demand", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Demand.Get(ctx, w.stranger, id))
	}),
	"Demand.Answer": named1("demand", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Demand.Answer(ctx, w.stranger, id, demand.Answer{Reason: "x", Citation: "y"}))
	}),
	"Catalog.CompleteTx": only(inside), "Review.Gate": only(inside), "Review.Clear": only(inside), "Review.Declare": only(inside), "Review.Changed": only(inside),
	"Review.List": only(ownList), "Review.Awaiting": only(ownList),
	"Review.CheckMany": ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (any, error) {
		heard, err := w.Review.CheckMany(ctx, w.stranger, review.Words{Entries: []review.Read{{Dataset: id, Rev: 1}}, Basis: "x"})
		if err == nil && len(heard.Refused) == 1 {
			err = heard.Refused[0].Err
		}
		return one(heard, err)
	}),
	"Review.Check": ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (any, error) {
		return one(w.Review.Check(ctx, w.stranger, id, review.Word{Listable: true, Basis: "x"}))
	}),
	"Review.Checks": ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (any, error) {
		return one(w.Review.Checks(ctx, w.stranger, id))
	}),
	"Review.Announce": ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (any, error) {
		return one(w.Review.Announce(ctx, w.stranger, id, review.News{Cause: review.OfData, Reason: "x"}))
	}),
	"Review.Take": named1("change", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Review.Take(ctx, w.stranger, id, review.Step{Act: review.ActUpdate, Reason: "x"}))
	}),
	"Succession.Retire": ends(func(w *theirs) end { return w.Succession.Retire }, nil),
	"Succession.Merge":  ends(func(w *theirs) end { return w.Succession.Merge }, []vocab.DatasetID{"d-one"}),
	"Succession.Split":  ends(func(w *theirs) end { return w.Succession.Split }, []vocab.DatasetID{"d-one", "d-two"}),
	"Succession.Moved":  only("where an entry went that others knew is everybody's to know"),
	"Catalog.PublishMany": named1("dataset", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Catalog.PublishMany(ctx, w.stranger, catalog.Publication{IDs: []vocab.DatasetID{vocab.DatasetID(id)}, Preview: true}))
	}),
	"Catalog.Proofs": ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (any, error) {
		return one(w.Catalog.Proofs(ctx, w.stranger, id))
	}),
	"Catalog.Suggest": only(ownList), "Catalog.ItemsNamed": only(ownList),
	"Finding.Load": only(inside), "Finding.Hear": only(inside),
	"Finding.Synonyms":     only("words that mean the same are everybody's who is signed in"),
	"Lists.Responsibility": only("counts what the reader's own search finds"), "Lists.Negative": only("what the reader's own search finds, of entries that everybody sees in part"),
	"Finding.Searches": only(ownList), "Finding.SaveSearch": only(maker),
	"Finding.PutSynonym": named1("synonym", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Finding.PutSynonym(ctx, w.stranger, found.Synonym{ID: id, Words: []string{"x", "y"}}))
	}),
	"Finding.RemoveSynonym": named1("synonym", func(ctx context.Context, w *theirs, id string) (any, error) {
		return nil, w.Finding.RemoveSynonym(ctx, w.stranger, id)
	}),
	"Finding.ForgetSearch": named1("search", func(ctx context.Context, w *theirs, id string) (any, error) {
		return nil, w.Finding.ForgetSearch(ctx, w.stranger, id)
	}),
	"Standard.Elements": only(standards), "Standard.Element": only(standards), "Standard.Lists": only(standards), "Standard.Codes": only(standards), "Standard.Code": only(standards), "Standard.Divisions": only(standards),
	"Standard.Carriers":   only("what carries an element is found by the catalog's search, as the reader may see it"),
	"Standard.Tidy":       only(inside),
	"Standard.PutElement": only("an identifier that another member defined is theirs, which is public: it is refused as what is not one's own"),
	"Standard.RetireElement": named1("element", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Standard.RetireElement(ctx, w.stranger, id, ""))
	}),
	"Standard.PutCodes": only("as PutElement: who made a list is public, and a list of others answers as what is not one's own"),
	"Harvest.May":       only(inside), "Harvest.Nightly": only(inside),
	"Harvest.List": only(ownList), "Harvest.Add": only(maker),
	"Harvest.Remove": named1("harvest", func(ctx context.Context, w *theirs, id string) (any, error) {
		return nil, w.Harvest.Remove(ctx, w.stranger, id)
	}),
	"Harvest.Begin": named1("harvest", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Harvest.Begin(ctx, w.stranger, id, true))
	}),
	"Harvest.Page": named1("harvest", func(ctx context.Context, w *theirs, id string) (any, error) {
		return nil, w.Harvest.Page(ctx, w.stranger, &harvest.Harvest{ID: id, Run: 1}, harvest.Met{})
	}),
	"Harvest.Broken": named1("harvest", func(ctx context.Context, w *theirs, id string) (any, error) {
		return nil, w.Harvest.Broken(ctx, w.stranger, &harvest.Harvest{ID: id, Run: 1}, vocab.SourceAway.Because("x"))
	}),
	"Harvest.End": named1("harvest", func(ctx context.Context, w *theirs, id string) (any, error) {
		return nil, w.Harvest.End(ctx, w.stranger, &harvest.Harvest{ID: id, Run: 1})
	}),
	"Freshness.Sweep": only(inside), "Freshness.Lapses": only(ownList), "Freshness.Stale": only(inside), "Coverage.Report": only(ownList), "Door.Bound": only(inside),
	"Catalog.SuspendTx": only(inside), "Catalog.ReviewedTx": only(inside),
}

// end is a verb of succession.
type end = func(context.Context, identity.Actor, vocab.DatasetID, succession.Wish) (*entry.Dataset, error)

func ends(of func(*theirs) end, into []vocab.DatasetID) verb {
	return ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (any, error) {
		return one(of(w)(ctx, w.stranger, id, succession.Wish{Into: into, Reason: "x"}))
	})
}
