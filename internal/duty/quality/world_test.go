package quality_test

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/quality"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

var (
	steward  = officer("civil", "li", vocab.Steward)
	steward2 = officer("civil", "he", vocab.Steward)
	clerk    = officer("tax", "zhao", vocab.DataUser)
	teacher  = officer("school", "wu", vocab.Steward, vocab.DataUser)
	chief    = keeper("chief")
	deputy   = keeper("deputy")
)

func officer(m vocab.MemberID, name string, roles ...vocab.Role) identity.Actor {
	return identity.Actor{Member: m, Officer: vocab.OfficerID(name + "@" + string(m)), Roles: roles}
}

func keeper(name string) identity.Actor {
	a := officer("bureau", name, vocab.Authority)
	a.OfNode, a.Region = true, "990000"
	return a
}

// counted forwards to the node's ledger and inbox, and counts what stands; with
// an error it stands for one that cannot be written.
type counted struct {
	node *app.App

	mu        sync.Mutex // guards what follows
	acts      []string
	entries   []ledger.Plain
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

func (c *counted) Enter(ctx context.Context, tx *db.Tx, p ledger.Plain) (ledger.Entry, error) {
	if c.actErr != nil {
		return ledger.Entry{}, c.actErr
	}
	tx.OnCommit(func() { c.mu.Lock(); c.entries = append(c.entries, p); c.mu.Unlock() })
	return c.node.Ledger.Enter(ctx, tx, p)
}

func (c *counted) PutNotice(ctx context.Context, tx *db.Tx, n identity.Notice) error {
	if c.noticeErr != nil {
		return c.noticeErr
	}
	tx.OnCommit(func() { c.mu.Lock(); c.notices = append(c.notices, n); c.mu.Unlock() })
	return c.node.Identity.PutNotice(ctx, tx, n)
}

func (c *counted) told(m vocab.MemberID) (kinds []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.notices {
		if n.Member == m {
			kinds = append(kinds, n.Kind)
		}
	}
	return kinds
}

type world struct {
	*quality.Service
	t       testing.TB
	node    *app.App
	clock   *clock.Fake
	counted *counted
	people  *entry.Dataset
	born    vocab.ItemID
	path    string // the residents' own database
	changed []string
}

// SetStatus keeps what a status act changed.
func (w *world) SetStatus(ctx context.Context, tx *db.Tx, c quality.StatusChange) (quality.Effect, error) {
	tx.OnCommit(func() { w.changed = append(w.changed, string(c.Item)+" "+c.Value+" "+c.Act) })
	return w.node.QualityParts().Statuses.SetStatus(ctx, tx, c)
}

// residents is how many the register holds.
const residents = 60

// newWorld is a whole node with four members and the residents of the civil
// department bound to a database of its own.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewFake(time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC))} // a Monday
	w.node = apptest.Open(t, apptest.Config(t), app.Options{Clock: w.clock})
	apptest.Init(t, w.node)
	w.people = w.publish(steward, people())
	w.born, w.path = w.people.ItemID("born"), apptest.Register(t, residents)
	_, err := w.node.Door.AddSource(t.Context(), steward, "residents", "sqlite://"+w.path, "")
	w.must(err)
	w.bind("residents", "resident", "born", "number", vocab.CitizenNumber)
	w.serve()
	return w
}

func (w *world) bind(src vocab.SourceID, table, column, subject string, kind vocab.SubjectKeyKind) {
	w.t.Helper()
	_, err := w.node.Door.Bind(w.t.Context(), steward, access.Binding{
		Item: w.people.ItemID(column), Owner: "civil", Source: src, Table: table, Column: column, Subject: subject,
		KeyKind: kind, Compare: "date", Read: true, About: vocab.NaturalPerson,
	})
	w.must(err)
}

// serve makes the service under test over the node, with everything counted.
func (w *world) serve() {
	w.t.Helper()
	w.counted = &counted{node: w.node}
	p := w.node.QualityParts()
	p.Ledger, p.Notices, p.Statuses, p.Diary = w.counted, w.counted, w, apptest.Diary(w.t)
	s, err := quality.New(p)
	w.must(err)
	w.node.Calendar.Handle(quality.RefKind, s.Expired)
	w.Service = s
}

func (w *world) publish(a identity.Actor, d entry.Dataset) *entry.Dataset {
	w.t.Helper()
	made, err := w.node.Catalog.Create(w.t.Context(), a, d)
	w.must(err)
	out, err := apptest.Publish(w.t.Context(), w.node, a, made.ID, made.Rev)
	w.must(err)
	return out
}

func people() entry.Dataset {
	return entry.Dataset{
		Name: entry.Text{ZH: "居民"}, Provider: "民政局", Share: vocab.Unconditional, Cycle: vocab.Daily,
		Subject: vocab.NaturalPerson, Origin: vocab.Government,
		LegalBasis: []entry.Cite{{Law: "个人信息保护法", Article: "34"}}, Purposes: []string{"pension"}, Level: 3, ImpactRef: "pia-1",
		Items: []entry.Item{
			{Code: "born", Name: entry.Text{ZH: "出生日期"}, Compare: vocab.CompareDate},
			{Code: "code", Name: entry.Text{ZH: "状态"}, Compare: vocab.CompareText},
		},
	}
}

func key(i int) vocab.SubjectKey {
	number, _ := apptest.Citizen(i)
	return vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}
}

func (w *world) person(i int) identity.Actor {
	w.t.Helper()
	a, err := w.node.Identity.SelfActor(key(i))
	w.must(err)
	return a
}

// set writes a birth date in the department's own system.
func (w *world) set(i int, born string) {
	w.t.Helper()
	conn, err := sql.Open("sqlite", w.path)
	w.must(err)
	defer conn.Close()
	_, err = conn.Exec(`UPDATE resident SET born = ? WHERE number = ?`, born, key(i).Value)
	w.must(err)
}

func (w *world) grant(to vocab.MemberID) access.Grant {
	w.t.Helper()
	g := apptest.Grant(vocab.Compare)
	g.To, g.Dataset, g.Items, g.PerDay = to, w.people.ID, []vocab.ItemID{w.born}, 0
	g.From, g.Until = w.clock.Now().Add(-time.Hour), w.clock.Now().AddDate(1, 0, 0)
	w.putGrant(g)
	return g
}

func (w *world) putGrant(g access.Grant) {
	w.t.Helper()
	w.must(w.node.DB.Write(w.t.Context(), func(tx *db.Tx) error { return w.node.Door.PutGrant(w.t.Context(), tx, g, steward) }))
}

// ask compares as the holder of the grant, and waits until its outcome stands.
func (w *world) ask(g access.Grant, i int, born string) access.Answered {
	w.t.Helper()
	a := officer(g.To, "clerk", vocab.DataUser)
	out, err := w.node.Door.Ask(w.t.Context(), a, access.Call{
		Grant: g.ID, Question: vocab.Compare, Subject: key(i), Values: map[vocab.ItemID]string{w.born: born}, Purpose: g.Purpose, Case: "P-1",
	})
	w.must(err)
	for range 500 {
		e, err := w.node.Ledger.Entry(w.t.Context(), out.Trace, ledger.Viewer{Auditor: true})
		w.must(err)
		if e.State == string(vocab.Released) {
			return out
		}
		w.pause()
	}
	w.t.Fatal("the outcome did not come")
	return out
}

// pause waits for the ledger's own background work, which no fake clock drives.
func (w *world) pause() {
	timer := time.NewTimer(5 * time.Millisecond)
	defer timer.Stop()
	<-timer.C
}

func (w *world) raise(a identity.Actor, i int) *quality.Contest {
	w.t.Helper()
	c, err := w.Raise(w.t.Context(), a, quality.Raise{Item: w.born, Subject: key(i), Fault: quality.Wrong, Claimed: "1950-02-03", Statement: "my document says so"})
	w.must(err)
	return c
}

// atSource raises a contest and brings it to the source, which has taken it.
func (w *world) atSource(a identity.Actor, i int) *quality.Contest {
	w.t.Helper()
	ctx := w.t.Context()
	c := w.raise(a, i)
	_, err := w.Accept(ctx, chief, c.ID)
	w.must(err)
	_, err = w.Route(ctx, chief, c.ID, quality.Word{})
	w.must(err)
	c, err = w.Take(ctx, steward, c.ID)
	w.must(err)
	return c
}

// facts counts those of a topic after a number.
func (w *world) facts(after int64, topic string) (n int) {
	w.t.Helper()
	all, err := outbox.New(w.node.DB).Read(w.t.Context(), after, 5000)
	w.must(err)
	for _, f := range all {
		if f.Topic == topic {
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

func texts(kinds []string) string { return strings.Join(kinds, " ") }
