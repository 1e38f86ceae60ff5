package share_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

var (
	clerk    = officer("tax", "zhao", vocab.DataUser)
	steward  = officer("civil", "li", vocab.Steward)
	steward2 = officer("civil", "he", vocab.Steward)
	stranger = officer("school", "wu", vocab.Steward, vocab.DataUser)
)

func officer(m vocab.MemberID, name string, roles ...vocab.Role) identity.Actor {
	return identity.Actor{Member: m, Officer: vocab.OfficerID(name + "@" + string(m)), Roles: roles}
}

// counted forwards to the node's ledger and inbox, and counts what stands; with
// an error it stands for one that cannot be written.
type counted struct {
	node *app.App

	mu        sync.Mutex // guards what follows
	acts      []string
	notices   []identity.Notice
	actErr    error
	noticeErr error
}

func (c *counted) Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error {
	if c.actErr != nil {
		return c.actErr
	}
	tx.OnCommit(func() { c.mu.Lock(); c.acts = append(c.acts, act); c.mu.Unlock() })
	return c.node.Ledger.Act(ctx, tx, act, fields)
}

func (c *counted) PutNotice(ctx context.Context, tx *db.Tx, n identity.Notice) error {
	if c.noticeErr != nil {
		return c.noticeErr
	}
	tx.OnCommit(func() { c.mu.Lock(); c.notices = append(c.notices, n); c.mu.Unlock() })
	return c.node.Identity.PutNotice(ctx, tx, n)
}

type world struct {
	*share.Service
	t       testing.TB
	node    *app.App
	counted *counted
	people  *entry.Dataset // about persons: born, name, and the tagged item xm
	firms   *entry.Dataset // about firms, one item not shared
}

// newWorld is a whole node with three members, two published data sets of the
// civil department, and residents bound to a real source.
func newWorld(t testing.TB) *world {
	t.Helper()
	return fill(t, apptest.Open(t, apptest.Config(t), app.Options{}))
}

func fill(t testing.TB, node *app.App) *world {
	t.Helper()
	w := &world{t: t, node: node}
	_, err := node.Identity.InitNode(t.Context(), identity.Init{
		Name: "Test node", Jurisdiction: "990000",
		Authority: identity.NewMember{ID: "bureau", Name: identity.Name{En: "Data bureau"}, Class: "GOV"},
		Officer:   identity.NewOfficer{Login: "chief", Name: "Chief"},
	})
	w.must(err)
	chief := officer("bureau", "chief", vocab.Authority)
	chief.Region, chief.OfNode = "990000", true
	for _, m := range []vocab.MemberID{"civil", "tax", "school"} {
		_, err := node.Identity.AddMember(t.Context(), chief, identity.NewMember{
			ID: m, Name: identity.Name{En: string(m)}, Class: "GOV", Kind: identity.KindDepartment, Region: "990000",
		})
		w.must(err)
	}
	w.people = w.publish(people())
	w.firms = w.publish(firms())
	w.bind(w.people)
	w.serve()
	return w
}

// serve makes the service under test over the node, with everything counted.
func (w *world) serve() {
	w.t.Helper()
	w.counted = &counted{node: w.node}
	s, err := share.New(share.Parts{
		DB: w.node.DB, Clock: w.node.Clock, Ledger: w.counted, Notices: w.counted, Door: w.node.Door, Catalog: w.node.Catalog,
		Clocks: w.node.Calendar, Demands: w.node.Demand, Node: app.Place{App: w.node}, URL: "https://node.test", Diary: apptest.Diary(w.t),
	})
	w.must(err)
	w.Service = s
}

func (w *world) publish(d entry.Dataset) *entry.Dataset {
	w.t.Helper()
	made, err := w.node.Catalog.Create(w.t.Context(), steward, d)
	w.must(err)
	out, err := apptest.Publish(w.t.Context(), w.node, steward, made.ID, made.Rev)
	w.must(err)
	return out
}

func (w *world) bind(d *entry.Dataset) {
	w.t.Helper()
	_, err := w.node.Door.AddSource(w.t.Context(), steward, "residents", "sqlite://"+apptest.Register(w.t, 50), "")
	w.must(err)
	for code, compare := range map[string]string{"born": "date", "name": "name"} {
		_, err := w.node.Door.Bind(w.t.Context(), steward, access.Binding{
			Item: d.ItemID(code), Owner: "civil", Source: "residents", Table: "resident", Column: code, Subject: "number",
			KeyKind: vocab.CitizenNumber, Compare: compare, Read: true, About: vocab.NaturalPerson,
		})
		w.must(err)
	}
}

func firms() entry.Dataset {
	return entry.Dataset{
		Name: entry.Text{ZH: "法人名录"}, Provider: "民政局", Share: vocab.Unconditional, Cycle: vocab.Daily,
		Subject: vocab.LegalEntity, Origin: vocab.Government,
		Items: []entry.Item{
			{Code: "name", Name: entry.Text{ZH: "名称"}, Compare: vocab.CompareName},
			{Code: "secret", Name: entry.Text{ZH: "内部"}, Share: vocab.NotShared},
		},
	}
}

func people() entry.Dataset {
	d := firms()
	d.Name, d.Subject = entry.Text{ZH: "居民"}, vocab.NaturalPerson
	d.LegalBasis, d.Purposes, d.Level, d.ImpactRef = []entry.Cite{{Law: "个人信息保护法", Article: "34"}}, []string{"pension"}, 3, "pia-1"
	d.Items = []entry.Item{
		{Code: "born", Name: entry.Text{ZH: "出生日期"}, Compare: vocab.CompareDate},
		{Code: "name", Name: entry.Text{ZH: "姓名"}, Compare: vocab.CompareName},
		{Code: "since", Name: entry.Text{ZH: "登记日期"}, Compare: vocab.CompareDate},
		{Code: "xm", Name: entry.Text{ZH: "类别"}, Element: "GB/T 3304-1991"},
	}
	return d
}

// asks is a complete request about persons.
func (w *world) asks() share.Fields {
	now := w.node.Clock.Now().Truncate(time.Second)
	return share.Fields{
		Dataset: w.people.ID, Items: []vocab.ItemID{"born", "name"}, Question: vocab.Compare, Carriages: []vocab.Carriage{vocab.Single},
		Basis: entry.Cite{Law: "Social Insurance Law", Article: "art. 58"}, Purpose: "pension", Scenario: "entitlement at the counter",
		From: now.Add(-time.Hour), Until: now.AddDate(1, 0, 0), PerDay: 1000, CasePattern: `P-\d+`, Security: "sealed terminals", ImpactRef: "pia-9",
	}
}

func (w *world) batchRead() share.Fields {
	f := w.asks()
	f.Question, f.Carriages, f.Statute = vocab.Read, []vocab.Carriage{vocab.Batch}, "Social Insurance Law art. 74"
	return f
}

func (w *world) draft(f share.Fields) *share.Request {
	w.t.Helper()
	r, err := w.Draft(w.t.Context(), clerk, f)
	w.must(err)
	return r
}

func (w *world) submit(f share.Fields) *share.Request {
	w.t.Helper()
	r, err := w.Submit(w.t.Context(), clerk, w.draft(f).ID)
	w.must(err)
	return r
}

func (w *world) agree(f share.Fields) *share.Request {
	w.t.Helper()
	r, err := w.Decide(w.t.Context(), steward, w.submit(f).ID, share.Decision{Agree: true})
	w.must(err)
	return r
}

// facts are those about requests after a number.
func (w *world) facts(after int64) (n int) {
	w.t.Helper()
	all, err := outbox.New(w.node.DB).Read(w.t.Context(), after, 1000)
	w.must(err)
	for _, f := range all {
		if f.Topic == fact.TopicRequest {
			n++
		}
	}
	return n
}

func (w *world) last() int64 {
	w.t.Helper()
	n, err := outbox.New(w.node.DB).Last(w.t.Context())
	w.must(err)
	return n
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func wants(t testing.TB, err error, code vocab.Code) {
	t.Helper()
	if err == nil || vocab.CodeOf(err) != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

// ask uses the grant of a request once.
func (w *world) ask(r *share.Request) {
	w.t.Helper()
	number, born := apptest.Citizen(0)
	_, err := w.node.Door.Ask(w.t.Context(), clerk, access.Call{
		Grant: r.Grant, Question: vocab.Compare, Purpose: r.Purpose, Case: "P-1", Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number},
		Values: map[vocab.ItemID]string{r.Items[0]: born},
	})
	w.must(err)
}

// made writes who made an officer; nobody when it is empty.
func made(t testing.TB, w *world, o, by vocab.OfficerID) {
	t.Helper()
	apptest.Made(t, w.node.DB, o, by)
}

func publishAs(w *world, a identity.Actor, id vocab.DatasetID, rev int64) (*entry.Dataset, error) {
	return apptest.Publish(w.t.Context(), w.node, a, id, rev)
}
