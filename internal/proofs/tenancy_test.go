package proofs

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/quality"
	"fontis/internal/duty/share"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// theirs is one of everything that belongs to others than the stranger, whose
// every name here also has a twin that nothing bears.
type theirs struct {
	*node
	t        *testing.T
	stranger identity.Actor
	names    map[string]string
}

// none is a name of the same length that nothing bears.
func none(name string) string { return name[:1] + strings.Repeat("0", len(name)-1) }

func newTheirs(t *testing.T) *theirs {
	cfg := apptest.Config(t)
	cfg.WebhookHosts = map[string][]string{"*": {"127.0.0.1:1"}} // nobody listens there
	n := open(t, cfg, app.Options{}, residents(5))
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w := &theirs{node: n, t: t, stranger: apptest.Officer("school", vocab.Steward, vocab.DataUser, vocab.Counter, vocab.Operator), names: map[string]string{}}
	g := apptest.Grant(vocab.Compare)
	n.put(t, g)
	must(n.Door.PutTwin(string(g.ID), g, map[vocab.ItemID]access.TwinItem{Born: {Compare: "date"}, Name: {Compare: "name"}}))
	out, err := n.Door.Ask(ctx, user(apptest.Tax), ask(g, n.people[0], day(1)))
	must(err)
	row := block.Row{Subject: n.people[1].key(), Values: map[vocab.ItemID]string{Born: day(1)}}
	s, _, err := n.Door.StartBatch(ctx, user(apptest.Tax), batch.Call{Grant: g.ID, Question: vocab.Compare, Purpose: g.Purpose, Cases: []string{"P-1"}}, lines(row))
	must(err)
	n.ends(t, user(apptest.Tax), s.ID)
	set, err := n.Catalog.Create(ctx, n.steward, entry.Dataset{Name: entry.Text{ZH: "草稿"}, Provider: "民政局", Items: []entry.Item{{Code: "k", Name: entry.Text{ZH: "属性"}}}})
	must(err)
	shown, err := n.Catalog.Create(ctx, n.steward, entry.Dataset{
		Name: entry.Text{ZH: "法人"}, Provider: "民政局", Share: vocab.Unconditional, Cycle: vocab.Daily, Subject: vocab.LegalEntity, Origin: vocab.Government,
		Items: []entry.Item{{Code: "name", Name: entry.Text{ZH: "名称"}, Compare: vocab.CompareName}},
	})
	must(err)
	_, err = apptest.Publish(ctx, n.App, n.steward, shown.ID, shown.Rev)
	must(err)
	r, err := n.Share.Draft(ctx, user(apptest.Tax), share.Fields{Dataset: shown.ID, Items: []vocab.ItemID{"name"}, Question: vocab.Compare, Carriages: []vocab.Carriage{vocab.Single}, Purpose: "p"})
	must(err)
	_, err = n.Catalog.Stage(ctx, n.steward, "import-of-civil", []catalog.Draft{{Line: 2, Dataset: entry.Dataset{Name: entry.Text{ZH: "新"}, Provider: "民政局"}}})
	must(err)
	fill, err := n.Catalog.BulkFill(ctx, n.steward, catalog.Fill{Selection: catalog.Selection{IDs: []vocab.DatasetID{set.ID}}, Field: entry.FieldTheme, Value: "x"})
	must(err)
	steward := n.steward
	machine, _, err := n.Identity.IssueMachine(ctx, steward, identity.NewMachine{Member: apptest.Civil, System: "sys"})
	must(err)
	_, err = n.Identity.AddOfficer(ctx, steward, identity.NewOfficer{Member: apptest.Civil, Login: "wu", Name: "Wu", Roles: []vocab.Role{vocab.DataUser}})
	must(err)
	must(n.DB.Write(ctx, func(tx *db.Tx) error {
		return n.Identity.PutNotice(ctx, tx, identity.Notice{ID: "n-of-civil", Member: apptest.Civil, Kind: "guess-guard"})
	}))
	people, err := n.Catalog.Create(ctx, n.steward, entry.Dataset{
		Name: entry.Text{ZH: "居民"}, Provider: "民政局", Share: vocab.Unconditional, Cycle: vocab.Daily, Subject: vocab.NaturalPerson, Origin: vocab.Government,
		LegalBasis: []entry.Cite{{Law: "个人信息保护法", Article: "13"}}, Purposes: []string{"loan"}, Level: 3, ImpactRef: "pia-1",
		Items: []entry.Item{{Code: "born", Name: entry.Text{ZH: "出生日期"}, Compare: vocab.CompareDate}},
	})
	must(err)
	_, err = apptest.Publish(ctx, n.App, n.steward, people.ID, people.Rev)
	must(err)
	bureau := apptest.Officer("bureau", vocab.Authority)
	bureau.Region, bureau.OfNode = "990000", true
	_, err = n.Identity.AddMember(ctx, bureau, identity.NewMember{ID: "bank", Name: identity.Name{En: "bank"}, Kind: identity.KindService, Region: "990000"})
	must(err)
	scope, err := n.Authorisation.Register(ctx, apptest.Officer("bank", vocab.DataUser), authorisation.Scope{
		Dataset: people.ID, Items: []vocab.ItemID{"born"}, Question: vocab.Compare, Purpose: "loan", Service: "loan", Basis: entry.Cite{Law: "x"}, Most: 9, Security: "x",
	})
	must(err)
	for kind, name := range map[string]string{
		"registration": scope.ID, "grant": string(g.ID), "trace": string(out.Trace), "batch": string(s.ID), "batch trace": string(s.Trace), "source": "residents",
		"dataset": string(set.ID), "item": string(set.ItemID("k")), "request": string(r.ID), "import": "import-of-civil", "fill": fill.ID,
		"member": string(apptest.Civil), "officer": "wu@civil", "machine": string(machine.ID), "notice": "n-of-civil", "twin": string(g.ID),
	} {
		w.names[kind] = name
	}
	return w
}

// verb is one row of the table: which kinds of name it takes and how it is
// called, or why no name of another's can be put to it.
type verb struct {
	kinds string
	call  func(ctx context.Context, w *theirs, id string) (any, error)
	why   string
}

func named1(kinds string, call func(ctx context.Context, w *theirs, id string) (any, error)) verb {
	return verb{kinds: kinds, call: call}
}

func only(why string) verb { return verb{why: why} }

func done(err error) (any, error) { return nil, err }

// one gives a verb's two results as any.
func one[T any](x T, err error) (any, error) { return x, err }

const (
	ownList = "lists what is the actor's own; TestPromiseTenancyListsShowNothingOfOthers"
	inside  = "called by other parts of the node, with no actor"
	secret  = "what it takes is a secret or the actor's own session"
	maker   = "makes what is new"
	public  = "law and calendars are everybody's"

	wordOwner = "TestABodyAsksOnlyAboutWhoAuthorisedItAndOnlyUntilTheyTakeItBack, TestNobodyGivesAWordForAnother"
	wholeNode = "asks for the keeper of the node; TestPromiseTenancyWhatIsTheNodesIsItsKeepers"
)

// tenancy names every exported method of the services.
var tenancy = map[string]verb{
	"Door.Accesses":  only(ownList),
	"Door.AddSource": only(maker + "; the name is the actor's member's own"),
	"Door.Load":      only(maker + "; the name is the actor's member's own"),
	"Door.Ask": named1("grant", func(ctx context.Context, w *theirs, id string) (any, error) {
		c := access.Call{Trace: vocab.TraceID(strings.Repeat("0", 20) + fmt.Sprintf("%012x", len(w.names)+int(id[1]))), Grant: vocab.GrantID(id), Question: vocab.Compare, Subject: w.people[0].key(), Values: map[vocab.ItemID]string{Born: day(1)}, Purpose: "pension", Case: "P-1"}
		return one(w.Door.Ask(ctx, w.stranger, c))
	}),
	"Door.StartBatch": named1("grant", func(ctx context.Context, w *theirs, id string) (any, error) {
		row := block.Row{Subject: w.people[0].key(), Values: map[vocab.ItemID]string{Born: day(1)}}
		s, _, err := w.Door.StartBatch(ctx, w.stranger, batch.Call{Grant: vocab.GrantID(id), Question: vocab.Compare, Purpose: "pension", Cases: []string{"P-1"}}, lines(row))
		return s, err
	}),
	"Door.BadSubjects": named1("source", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Door.BadSubjects(ctx, w.stranger, vocab.SourceID(id), 0, 10))
	}),
	"Door.Batch": named1("batch", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Door.Batch(ctx, w.stranger, vocab.BatchID(id)))
	}),
	"Door.BatchAnswers": named1("batch", func(ctx context.Context, w *theirs, id string) (any, error) {
		_, err := w.Door.BatchAnswers(ctx, w.stranger, vocab.BatchID(id))
		return done(err)
	}),
	"Door.Batches": only(ownList),
	"Door.Bind": named1("source", func(ctx context.Context, w *theirs, id string) (any, error) {
		b := binding("school/x", "name", "name")
		b.Owner, b.Source = "school", vocab.SourceID(id)
		return one(w.Door.Bind(ctx, w.stranger, b))
	}),
	"Door.BindingOf": only(inside),
	"Door.Check": named1("item", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Door.Check(ctx, w.stranger, vocab.ItemID(id), w.people[0].key()))
	}),
	"Door.Label":      only(inside),
	"Door.CountValue": only(inside),
	"Door.CloseDays":  only(inside),
	"Door.PutOpen":    only(inside),
	"Door.Rows": named1("dataset", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Door.Rows(ctx, access.OpenCall{Dataset: vocab.DatasetID(id)}))
	}),
	"Door.Unlabel": only(inside),
	"Door.Labels":  only(inside),
	"Door.Print":   only(inside),
	"Door.CheckSource": named1("source", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Door.CheckSource(ctx, w.stranger, vocab.SourceID(id)))
	}),
	"Door.Close": only(inside),
	"Door.EndGrant": named1("grant", func(ctx context.Context, w *theirs, id string) (any, error) {
		return done(w.Door.EndGrant(ctx, w.stranger, vocab.GrantID(id), access.GrantEnded, "x"))
	}),
	"Door.EndGrantTx": named1("grant", func(ctx context.Context, w *theirs, id string) (any, error) {
		return done(w.DB.Write(ctx, func(tx *db.Tx) error {
			return w.Door.EndGrantTx(ctx, tx, w.stranger, vocab.GrantID(id), access.GrantEnded, "x")
		}))
	}),
	"Door.Erase": named1("trace,batch trace", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Door.Erase(ctx, w.stranger, []vocab.TraceID{vocab.TraceID(id)}, "x", "law"))
	}),
	"Door.GrantFor": named1("grant", func(_ context.Context, w *theirs, id string) (any, error) {
		return one(w.Door.GrantFor(w.stranger, vocab.GrantID(id)))
	}),
	"Door.Grants": only(ownList),
	"Door.PutEmergency": named1("item", func(ctx context.Context, w *theirs, id string) (any, error) {
		return done(w.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := w.Door.PutEmergency(ctx, tx, w.stranger, access.EmergencyGrant{Items: []vocab.ItemID{vocab.ItemID(id)}, Reason: "x"})
			return err
		}))
	}),
	"Door.SuspendUnit": only(inside),
	"Door.LiftUnit":    only(inside),
	"Door.SetStatus":   only(inside),
	"Door.Mine":        only(ownList),
	"Door.Prune":       only(inside),
	"Door.PutGrant":    only(inside),
	"Door.PutTwin":     only(inside),
	"Door.Retag":       only(inside),
	"Door.Receipt": named1("trace,batch trace", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Door.Receipt(ctx, w.stranger, vocab.TraceID(id)))
	}),
	"Door.ReceiptOf": named1("trace,batch trace", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Door.ReceiptOf(ctx, w.stranger, vocab.TraceID(id), 1))
	}),
	"Door.Source": named1("source", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Door.Source(ctx, w.stranger, vocab.SourceID(id)))
	}),
	"Door.Sources":    only(ownList),
	"Door.SuspendAll": only(inside),
	"Door.Twin": named1("twin", func(_ context.Context, w *theirs, id string) (any, error) {
		return one(w.Door.Twin(w.stranger, id))
	}),
	"Door.Why": named1("trace,batch trace", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Door.Why(ctx, w.stranger, vocab.TraceID(id)))
	}),

	"Share.About": ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (any, error) {
		return one(w.Share.About(ctx, w.stranger, id))
	}),
	"Share.Fresh": ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (any, error) {
		return one(w.Share.Fresh(ctx, w.stranger, id))
	}),
	"Share.Bench": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return one(w.Share.Bench(ctx, w.stranger, id))
	}),
	"Share.Try": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return one(w.Share.Try(ctx, w.stranger, id, share.Trial{Purpose: "x"}))
	}),
	"Share.Approve": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return one(w.Share.Approve(ctx, w.stranger, id))
	}),
	"Share.Decide": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return one(w.Share.Decide(ctx, w.stranger, id, share.Decision{Agree: true}))
	}),
	"Share.Draft": only(maker),
	"Share.Drop": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return done(w.Share.Drop(ctx, w.stranger, id))
	}),
	"Share.Edit": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return one(w.Share.Edit(ctx, w.stranger, id, 0, share.Fields{Dataset: "d"}))
	}),
	"Share.Get": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return one(w.Share.Get(ctx, w.stranger, id))
	}),
	"Share.History": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return one(w.Share.History(ctx, w.stranger, id, 0))
	}),
	"Share.List": only(ownList),
	"Share.Missing": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return one(w.Share.Missing(ctx, w.stranger, id))
	}),
	"Share.Kept":       only(inside),
	"Share.Rebuild":    only(inside),
	"Share.LookForUse": only(inside),
	"Share.Take": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return one(w.Share.Take(ctx, w.stranger, id, share.Word{Act: share.ActReview, Reason: "x"}))
	}),
	"Share.Supply": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return one(w.Share.Supply(ctx, w.stranger, id, share.Fields{Dataset: "d"}))
	}),
	"Share.Certify": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return one(w.Share.Certify(ctx, w.stranger, id, share.Destruction{Method: "x"}))
	}),

	"Door.Authorise": only(inside), "Door.Unauthorise": only(inside),
	"Authorisation.Register": only(maker), "Authorisation.List": only(ownList), "Authorisation.Mine": only(ownList),
	"Authorisation.Offers": only("what was approved is offered to every person"), "Authorisation.Show": only("what was approved is offered to every person"),
	"Authorisation.Give":     only("a person speaks for themself; " + wordOwner),
	"Authorisation.Withdraw": only(wordOwner),
	"Authorisation.Get": named1("registration", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Authorisation.Get(ctx, w.stranger, id))
	}),
	"Authorisation.Review": named1("registration", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Authorisation.Review(ctx, w.stranger, id, true, "x", "y"))
	}),
	"Authorisation.End": named1("registration", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Authorisation.End(ctx, w.stranger, id, "x"))
	}),

	"Calendar.Add": only(public), "Calendar.Calendars": only(public), "Calendar.Rule": only(public), "Calendar.Rules": only(public),
	"Calendar.Show": only(public), "Calendar.Takes": only(public), "Calendar.Warn": only(public), "Calendar.Working": only(public),
	"Calendar.Due": only(ownList), "Calendar.ImportDays": only(wholeNode), "Calendar.ImportRules": only(wholeNode),
	"Calendar.Start": only(inside), "Calendar.Stop": only(inside), "Calendar.Resume": only(inside), "Calendar.Extend": only(inside),
	"Calendar.End": only(inside), "Calendar.EndAll": only(inside), "Calendar.OfRef": only(inside), "Calendar.OpenOf": only(inside),
	"Calendar.Sweep": only(inside), "Calendar.Next": only(inside), "Calendar.Handle": only(inside),

	"Share.Submit": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return one(w.Share.Submit(ctx, w.stranger, id))
	}),
	"Share.TwinSample": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return one(w.Share.TwinSample(ctx, w.stranger, id))
	}),
	"Share.Warnings": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return one(w.Share.Warnings(ctx, w.stranger, id))
	}),
	"Share.Withdraw": request(func(ctx context.Context, w *theirs, id vocab.RequestID) (any, error) {
		return one(w.Share.Withdraw(ctx, w.stranger, id, "x"))
	}),
	"Share.End": grantOf(func(ctx context.Context, w *theirs, id vocab.GrantID) (any, error) {
		return one(w.Share.End(ctx, w.stranger, id, "x"))
	}),
	"Share.Like": grantOf(func(ctx context.Context, w *theirs, id vocab.GrantID) (any, error) {
		return one(w.Share.Like(ctx, w.stranger, id))
	}),
	"Share.OfGrant": grantOf(func(ctx context.Context, w *theirs, id vocab.GrantID) (any, error) {
		return one(w.Share.OfGrant(ctx, w.stranger, id))
	}),
	"Share.Resume": grantOf(func(ctx context.Context, w *theirs, id vocab.GrantID) (any, error) {
		return one(w.Share.Resume(ctx, w.stranger, id, "x"))
	}),
	"Share.Suspend": grantOf(func(ctx context.Context, w *theirs, id vocab.GrantID) (any, error) {
		return one(w.Share.Suspend(ctx, w.stranger, id, "x"))
	}),

	"Catalog.BulkFill": named1("dataset", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Catalog.BulkFill(ctx, w.stranger, catalog.Fill{Selection: catalog.Selection{IDs: []vocab.DatasetID{vocab.DatasetID(id)}}, Field: entry.FieldTheme, Value: "y", Preview: true}))
	}),
	"Catalog.CatchUp":    only(inside),
	"Catalog.CheckItems": only(inside),
	"Catalog.ConfirmUntag": named1("item", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Catalog.ConfirmUntag(ctx, w.stranger, vocab.ItemID(id), vocab.TagScore))
	}),
	"Catalog.Create": only(maker),
	"Catalog.Discard": named1("import", func(ctx context.Context, w *theirs, id string) (any, error) {
		return done(w.Catalog.Discard(ctx, w.stranger, id))
	}),
	"Catalog.Drop": ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (any, error) {
		return done(w.Catalog.Drop(ctx, w.stranger, id, 1))
	}),
	"Catalog.Edit": ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (any, error) {
		return one(w.Catalog.Edit(ctx, w.stranger, entry.Edit{ID: id, Rev: 1, Set: map[entry.Field]string{entry.FieldTheme: "y"}}))
	}),
	"Catalog.Export": only(ownList),
	"Catalog.Follow": only(inside),
	"Catalog.Get": ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (any, error) {
		return one(w.Catalog.Get(ctx, w.stranger, id))
	}),
	"Catalog.GetTx": ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (out any, err error) {
		err = w.DB.Read(ctx, func(tx *db.Tx) error { out, err = w.Catalog.GetTx(ctx, tx, w.stranger, id); return err })
		return out, err
	}),
	"Catalog.History": ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (any, error) {
		return one(w.Catalog.History(ctx, w.stranger, id, 0))
	}),
	"Catalog.Import": named1("import", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Catalog.Import(ctx, w.stranger, id))
	}),
	"Catalog.Lacking": only(ownList),
	"Catalog.List":    only(ownList),
	"Catalog.Publish": ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (any, error) {
		return one(w.Catalog.Publish(ctx, w.stranger, id, 1, catalog.Secrecy{}))
	}),
	"Catalog.Rebuild": only(inside),
	"Catalog.Resume": ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (any, error) {
		return one(w.Catalog.Resume(ctx, w.stranger, id, 1))
	}),
	"Catalog.EndTx":   only(inside),
	"Catalog.Search":  only(ownList),
	"Catalog.Settled": only(inside),
	"Catalog.Stage":   only(maker + "; the id is the actor's member's own"),
	"Catalog.Suspend": ofDataset(func(ctx context.Context, w *theirs, id vocab.DatasetID) (any, error) {
		return one(w.Catalog.Suspend(ctx, w.stranger, id, 1, "x"))
	}),
	"Catalog.Switch": named1("import", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Catalog.Switch(ctx, w.stranger, id))
	}),
	"Catalog.Tag": named1("item", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Catalog.Tag(ctx, w.stranger, vocab.ItemID(id), vocab.TagScore))
	}),
	"Catalog.Todo": only(ownList), "Catalog.Fills": only(ownList),
	"Catalog.Undo": named1("fill", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Catalog.Undo(ctx, w.stranger, id))
	}),
	"Catalog.Untag": named1("item", func(ctx context.Context, w *theirs, id string) (any, error) {
		return done(w.Catalog.Untag(ctx, w.stranger, vocab.ItemID(id), vocab.TagScore, "x"))
	}),
	"Catalog.Untaggings": only(ownList),

	"Identity.AcceptInvitation": only(secret),
	"Identity.ActFor": member(func(ctx context.Context, w *theirs, m vocab.MemberID) (any, error) {
		return one(w.Identity.ActFor(ctx, w.stranger, m))
	}),
	"Identity.AddMember": only(maker),
	"Identity.AddOfficer": member(func(ctx context.Context, w *theirs, m vocab.MemberID) (any, error) {
		return one(w.Identity.AddOfficer(ctx, w.stranger, identity.NewOfficer{Member: m, Login: "x", Name: "X", Roles: []vocab.Role{vocab.DataUser}}))
	}),
	"Identity.AuditRef": only(inside), "Identity.Authenticate": only(secret), "Identity.CSRF": only(secret), "Identity.ChangePassword": only(secret),
	"Identity.CheckCSRF": only(secret), "Identity.CheckForm": only(secret), "Identity.EndSelf": only(secret), "Identity.FormToken": only(secret),
	"Identity.ImportOfficers": only("adds each row as AddOfficer does"), "Identity.InitNode": only(inside),
	"Identity.Invite": officer(func(ctx context.Context, w *theirs, o vocab.OfficerID) (any, error) {
		return one(w.Identity.Invite(ctx, w.stranger, o))
	}),
	"Identity.Departments": only("who takes part is public to all who take part"), "Identity.Invited": only(secret), "Identity.InviteFirst": only(inside), "Identity.IssueDemoSelf": only(inside),
	"Identity.IssueMachine": member(func(ctx context.Context, w *theirs, m vocab.MemberID) (any, error) {
		_, _, err := w.Identity.IssueMachine(ctx, w.stranger, identity.NewMachine{Member: m, System: "x"})
		return done(err)
	}),
	"Identity.IssueSelf": only("the counter names a person who stands there, not a thing of another's"),
	"Identity.Machines": member(func(ctx context.Context, w *theirs, m vocab.MemberID) (any, error) {
		return one(w.Identity.Machines(ctx, w.stranger, m, identity.Page{}))
	}),
	"Identity.MarkNoticeRead": named1("notice", func(ctx context.Context, w *theirs, id string) (any, error) {
		return done(w.Identity.MarkNoticeRead(ctx, w.stranger, id))
	}),
	"Identity.Member": only("who takes part is public to all who take part"), "Identity.MemberNames": only("who takes part is public to all who take part"),
	"Identity.Members": only("who takes part is public to all who take part"), "Identity.Node": only(inside), "Identity.Notices": only(ownList),
	"Identity.Naming": only("holds a name against the member's own list; another's officer is a name as given, as one who does not exist: TestAMachinesOfficerIsHeldAgainstTheMembersList"),
	"Identity.Officer": officer(func(ctx context.Context, w *theirs, o vocab.OfficerID) (any, error) {
		return one(w.Identity.Officer(ctx, w.stranger, o))
	}),
	"Identity.Officers": member(func(ctx context.Context, w *theirs, m vocab.MemberID) (any, error) {
		return one(w.Identity.Officers(ctx, w.stranger, m, identity.Page{}))
	}),
	"Identity.OwnKey": only(ownList), "Identity.Prune": only(inside), "Identity.Pseudonym": only(inside), "Identity.PutNotice": only(inside), "Identity.RegisterSubject": only(inside),
	"Identity.RevokeMachine": named1("machine", func(ctx context.Context, w *theirs, id string) (any, error) {
		return done(w.Identity.RevokeMachine(ctx, w.stranger, vocab.MachineID(id)))
	}),
	"Identity.RevokeSession": officer(func(ctx context.Context, w *theirs, o vocab.OfficerID) (any, error) {
		return done(w.Identity.RevokeSession(ctx, w.stranger, o, "s"))
	}),
	"Identity.Sectors": only(inside), "Identity.SelfActor": only(inside),
	"Identity.Sessions": officer(func(ctx context.Context, w *theirs, o vocab.OfficerID) (any, error) {
		return one(w.Identity.Sessions(ctx, w.stranger, o))
	}),
	"Identity.ClosePasses": only(inside), "Identity.OpenPass": only(inside), "Identity.Protecting": only(inside),
	"Identity.SetProtects": member(func(ctx context.Context, w *theirs, m vocab.MemberID) (any, error) {
		return done(w.Identity.SetProtects(ctx, w.stranger, m, true, "x"))
	}),
	"Identity.SetMemberState": member(func(ctx context.Context, w *theirs, m vocab.MemberID) (any, error) {
		return done(w.Identity.SetMemberState(ctx, w.stranger, m, identity.Suspended, "x"))
	}),
	"Identity.SetOfficerState": officer(func(ctx context.Context, w *theirs, o vocab.OfficerID) (any, error) {
		return done(w.Identity.SetOfficerState(ctx, w.stranger, o, identity.Suspended, "x"))
	}),
	"Identity.SetRoles": officer(func(ctx context.Context, w *theirs, o vocab.OfficerID) (any, error) {
		return done(w.Identity.SetRoles(ctx, w.stranger, o, "school", []vocab.Role{vocab.DataUser}))
	}),
	"Identity.SignIn": only(secret), "Identity.SignOut": only(secret), "Identity.SubjectOptions": only(inside),
	"Identity.Unlock": officer(func(ctx context.Context, w *theirs, o vocab.OfficerID) (any, error) {
		return done(w.Identity.Unlock(ctx, w.stranger, o))
	}), "Identity.UnreadNotices": only(ownList), "Identity.NoticeTo": only(inside),

	"Ledger.Entry": named1("trace,batch trace", func(ctx context.Context, w *theirs, id string) (any, error) {
		return one(w.Ledger.Entry(ctx, vocab.TraceID(id), ledger.Viewer{Member: "school"}))
	}),
	"Ledger.Receipt": named1("trace,batch trace", func(ctx context.Context, w *theirs, id string) (any, error) {
		other := w.Identity.AuditRef(w.people[3].key()) // a person whom nobody asked about
		return one(w.Ledger.Receipt(ctx, vocab.TraceID(id), ledger.Viewer{Person: other}))
	}),
	"Ledger.ActAbout": only(inside), "Ledger.Concerns": only(inside), "Ledger.CountRows": only(inside), "Ledger.Defer": only(inside), "Ledger.Deferrals": only(inside), "Ledger.Undefer": only(inside),
	"Ledger.Entries": only(inside), "Ledger.GuardErasures": only(inside), "Ledger.KeepErasure": only(inside), "Ledger.OnErasure": only(inside), "Ledger.Holders": only(inside), "Ledger.Kinds": only(inside), "Ledger.PersonOf": only(inside),
	"Ledger.Place": only(inside), "Ledger.Published": only(inside), "Ledger.RawOf": only(inside), "Ledger.RootAt": only(inside), "Ledger.Row": only(inside), "Ledger.Spans": only(inside),
	"Ledger.TracesAt": only(inside), "Ledger.Uses": only(ownList),
	"Ledger.OfMember": only(ownList), "Ledger.OfPerson": only(ownList),
	"Ledger.EndBatch": only(inside), "Ledger.Act": only(inside), "Ledger.ActOver": only(inside), "Ledger.AddOutcomes": only(inside), "Ledger.AddRows": only(inside), "Ledger.Await": only(inside), "Ledger.BeginBatch": only(inside),
	"Ledger.Close": only(inside), "Ledger.Enter": only(inside), "Ledger.Erase": only(inside), "Ledger.Finish": only(inside), "Ledger.FinishBatch": only(inside),
	"Ledger.Mark": only(inside), "Ledger.Origin": only(inside), "Ledger.Promise": only(inside),
	"Ledger.Repaired": only(inside), "Ledger.Rows": only(inside), "Ledger.SealBatch": only(inside), "Ledger.Submit": only(inside),
}

func request(f func(context.Context, *theirs, vocab.RequestID) (any, error)) verb {
	return named1("request", func(ctx context.Context, w *theirs, id string) (any, error) { return f(ctx, w, vocab.RequestID(id)) })
}

func grantOf(f func(context.Context, *theirs, vocab.GrantID) (any, error)) verb {
	return named1("grant", func(ctx context.Context, w *theirs, id string) (any, error) { return f(ctx, w, vocab.GrantID(id)) })
}

func ofDataset(f func(context.Context, *theirs, vocab.DatasetID) (any, error)) verb {
	return named1("dataset", func(ctx context.Context, w *theirs, id string) (any, error) { return f(ctx, w, vocab.DatasetID(id)) })
}

func member(f func(context.Context, *theirs, vocab.MemberID) (any, error)) verb {
	return named1("member", func(ctx context.Context, w *theirs, id string) (any, error) { return f(ctx, w, vocab.MemberID(id)) })
}

func officer(f func(context.Context, *theirs, vocab.OfficerID) (any, error)) verb {
	return named1("officer", func(ctx context.Context, w *theirs, id string) (any, error) { return f(ctx, w, vocab.OfficerID(id)) })
}

// said is all that a caller gets, with the name itself and the trace cut out.
func said(out any, err error, name string) string {
	b, _ := json.Marshal(out) // what does not marshal cannot leave
	return strings.ReplaceAll(string(b)+" "+fmt.Sprint(err), name, "NAME")
}

// TestPromiseTenancyWhatIsNotYoursDoesNotExist calls every verb of every service
// with a name of another member and with one that nothing bears.
func TestPromiseTenancyWhatIsNotYoursDoesNotExist(t *testing.T) {
	w := newTheirs(t)
	w.contested()
	w.owed()
	maps.Copy(tenancy, contestTenancy)
	maps.Copy(tenancy, catalogTenancy)
	parts := reflect.TypeOf(w.App).Elem()
	all := map[string]bool{}
	for _, service := range []string{"Door", "Share", "Catalog", "Identity", "Ledger", "Calendar", "Quality", "Channels", "Authorisation", "Demand", "Finding", "Lists", "Standard", "Harvest", "Review", "Succession", "Freshness", "Coverage"} {
		field, ok := parts.FieldByName(service)
		if !ok {
			t.Fatalf("the node has no %s", service)
		}
		for i := range field.Type.NumMethod() {
			all[service+"."+field.Type.Method(i).Name] = true
		}
	}
	for name := range all {
		v, ok := tenancy[name]
		switch {
		case !ok:
			t.Errorf("%s is not in the table of verbs", name)
			continue
		case v.why != "":
			continue
		}
		for _, kind := range strings.Split(v.kinds, ",") {
			theirs := w.names[kind]
			if theirs == "" {
				t.Fatalf("%s: no name of the kind %q", name, kind)
			}
			free := none(theirs)
			if kind == "item" {
				set, code, _ := strings.Cut(theirs, "/")
				free = none(set) + "/" + code
			}
			outTheirs, errTheirs := v.call(t.Context(), w, theirs)
			outNone, errNone := v.call(t.Context(), w, free)
			a, b := said(outTheirs, errTheirs, theirs), said(outNone, errNone, free)
			if kind == "item" {
				a, b = strings.ReplaceAll(a, string(vocab.ItemID(theirs).Dataset()), "SET"), strings.ReplaceAll(b, string(vocab.ItemID(free).Dataset()), "SET")
			}
			if a != b || errTheirs == nil && name != "Catalog.BulkFill" && name != "Catalog.PublishMany" {
				t.Errorf("%s of another's %s: %s\n%s of none: %s", name, kind, a, name, b)
			}
		}
	}
	for name := range tenancy {
		if !all[name] {
			t.Errorf("%s is in the table and no verb", name)
		}
	}
}

// TestPromiseTenancyListsShowNothingOfOthers looks at every list as the stranger.
func TestPromiseTenancyListsShowNothingOfOthers(t *testing.T) {
	w := newTheirs(t)
	w.contested()
	w.owed()
	ctx := t.Context()
	lists := map[string]func() (any, error){
		"demands":      func() (any, error) { return one(w.Demand.List(ctx, w.stranger, "", 10)) },
		"changes":      func() (any, error) { return one(w.Review.List(ctx, w.stranger, "", 10)) },
		"accesses":     func() (any, error) { return one(w.Door.Accesses(ctx, w.stranger, ledger.Filter{})) },
		"asked":        func() (any, error) { return one(w.Door.Accesses(ctx, w.stranger, ledger.Filter{AsCaller: true})) },
		"batches":      func() (any, error) { return one(w.Door.Batches(ctx, w.stranger, "", 10)) },
		"grants held":  func() (any, error) { return one(w.Door.Grants(ctx, w.stranger, false, "", 10)) },
		"grants given": func() (any, error) { return one(w.Door.Grants(ctx, w.stranger, true, "", 10)) },
		"sources":      func() (any, error) { return one(w.Door.Sources(ctx, w.stranger)) },
		"requests in":  func() (any, error) { return one(w.Share.List(ctx, w.stranger, share.ListQuery{Incoming: true})) },
		"requests out": func() (any, error) { return one(w.Share.List(ctx, w.stranger, share.ListQuery{})) },
		"todo":         func() (any, error) { return one(w.Catalog.Todo(ctx, w.stranger)) },
		"fills":        func() (any, error) { return one(w.Catalog.Fills(ctx, w.stranger, "", 10)) },
		"lacking": func() (any, error) {
			return one(w.Catalog.Lacking(ctx, w.stranger, entry.FieldTheme, catalog.Page{}))
		},
		"untaggings":  func() (any, error) { return one(w.Catalog.Untaggings(ctx, w.stranger)) },
		"contests":    func() (any, error) { return one(w.Quality.List(ctx, w.stranger, quality.ListQuery{})) },
		"corrections": func() (any, error) { return one(w.Quality.Tasks(ctx, w.stranger, quality.ListQuery{})) },
		"status acts": func() (any, error) { return one(w.Quality.StatusActs(ctx, w.stranger, quality.ListQuery{})) },
		"channels":    func() (any, error) { return one(w.Channels.List(ctx, w.stranger)) },
		"notices":     func() (any, error) { return one(w.Identity.Notices(ctx, w.stranger, identity.Page{})) },
		"search": func() (any, error) {
			return one(w.Catalog.Search(ctx, w.stranger, catalog.SearchQuery{Text: "草稿", Facets: []string{"state"}}))
		},
		"catalog": func() (any, error) { return one(w.Catalog.List(ctx, w.stranger, catalog.ListQuery{})) },
		"a person nobody asked about": func() (any, error) {
			self, err := w.Identity.SelfActor(w.people[3].key())
			if err != nil {
				return nil, err
			}
			return one(w.Door.Mine(ctx, self, 0, 10))
		},
	}
	for list, read := range lists {
		out, err := read()
		if err != nil {
			t.Errorf("%s: %v", list, err)
		}
		text := said(out, nil, "\x00")
		for kind, name := range w.names {
			if kind != "member" && strings.Contains(text, name) {
				t.Errorf("%s shows the %s %s of another: %s", list, kind, name, text)
			}
		}
	}
}

// TestPromiseTenancyWhatIsTheNodesIsItsKeepers has every role of another member
// try what concerns the whole node.
func TestPromiseTenancyWhatIsTheNodesIsItsKeepers(t *testing.T) {
	w := newTheirs(t)
	year := calendar.File{Calendar: "CN", Years: []calendar.Year{{Year: 2027, Citation: "x"}}}
	_, errDays := w.Calendar.ImportDays(t.Context(), w.stranger, year)
	errRules := w.Calendar.ImportRules(t.Context(), w.stranger, []calendar.Rule{{Name: "request.delivery", Jurisdiction: "CN", Kind: calendar.Hours, Length: 1, Citation: "x"}})
	for name, err := range map[string]error{"days": errDays, "rules": errRules} {
		if vocab.CodeOf(err) != vocab.RoleMissing {
			t.Errorf("%s: %v", name, err)
		}
	}
}
