package proofs

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/checker/logtest"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/witness"
	"fontis/internal/vocab"
)

// registry is a department that holds a register: its own database, and what is
// known of its content without asking the node.
type registry struct {
	member vocab.MemberID
	conn   *sql.DB
	away   atomic.Bool
	people *entry.Dataset
	firms  *entry.Dataset
	value  []string // birth date of resident i as the register holds it
	labels []int    // contests that label it
	uses   map[int][]citizenUse
}

// citizenUse is an answer about a resident whose value is or will be contested.
type citizenUse struct {
	member vocab.MemberID
	grant  vocab.GrantID
	trace  vocab.TraceID
	value  string // of the register, at that moment
}

func (r *registry) born() vocab.ItemID { return r.people.ItemID("born") }

func (r *registry) steward(name string) identity.Actor {
	return cityHand(r.member, name, vocab.Steward)
}

func cityHand(m vocab.MemberID, name string, roles ...vocab.Role) identity.Actor {
	return identity.Actor{Member: m, Officer: vocab.OfficerID(name + "@" + string(m)), Roles: roles}
}

// bureau is an officer of the authority; the superior is one who has not ruled.
func bureau(name string) identity.Actor {
	a := cityHand("bureau", name, vocab.Authority)
	a.OfNode, a.Region = true, "990000"
	return a
}

func citizenKey(i int) vocab.SubjectKey {
	number, _ := apptest.Citizen(i)
	return vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}
}

// ownRule has one region look at each request first.
const ownRule = `
[[rule]]
name = "request.conformity"
jurisdiction = "990100"
kind = "working-days"
length = 2
stops = ["supplement"]
citation = "an order of that region (invented)"
source = "invented"
verified = false
step = [{ after = 0, tell = "authority" }, { after = 2, tell = "superior" }]
`

// found makes the departments, a third of them in a region with a rule of its
// own, and the registers with what is wrong in them.
func (c *city) found() {
	ctx := c.Context()
	rules, err := calendar.ParseRules([]byte(ownRule))
	c.must(err)
	c.must(c.node.Calendar.ImportRules(ctx, bureau("chief"), rules))
	for i := range c.size.departments {
		m := vocab.MemberID(fmt.Sprintf("d%03d", i))
		region := "990000"
		if i%3 == 2 {
			region = "990100"
		}
		_, err := c.node.Identity.AddMember(ctx, bureau("chief"), identity.NewMember{
			ID: m, Name: identity.Name{En: "Department " + string(m), Zh: "部门" + string(m)}, Kind: identity.KindDepartment, Region: region,
		})
		c.must(err)
		c.members = append(c.members, m)
	}
	for i := range c.size.providers {
		c.registry = append(c.registry, c.openRegister(c.members[i]))
	}
	for i := range c.size.contests { // each resident of a register is contested once at most
		r, x := c.registry[i%len(c.registry)], i/len(c.registry)
		d := &disputed{reg: r, who: x, wrong: i%5 != 4}
		if d.wrong {
			r.set(c.T, x, "1901-01-01")
		}
		c.contests = append(c.contests, d)
	}
}

// openRegister makes a department's own database, its data sets and bindings.
func (c *city) openRegister(m vocab.MemberID) *registry {
	r := &registry{member: m, value: make([]string, c.size.people), labels: make([]int, c.size.people), uses: map[int][]citizenUse{}}
	path := filepath.Join(c.TempDir(), string(m)+".db")
	var err error
	r.conn, err = sql.Open("sqlite", path+"?_pragma=journal_mode(wal)&_pragma=busy_timeout(5000)&_pragma=synchronous(off)")
	c.must(err)
	c.Cleanup(func() { r.conn.Close() })
	tx, err := r.conn.Begin()
	c.must(err)
	_, err = tx.Exec(`CREATE TABLE resident (number TEXT, name TEXT, born TEXT)`)
	c.must(err)
	for i := range r.value {
		number, born := apptest.Citizen(i)
		r.value[i] = born
		_, err := tx.Exec(`INSERT INTO resident VALUES (?, ?, ?)`, number, fmt.Sprint("测试", i), born)
		c.must(err)
	}
	_, err = tx.Exec(`CREATE INDEX resident_number ON resident (number)`)
	c.must(err)
	c.must(tx.Commit())
	steward := r.steward("li")
	_, err = c.node.Door.AddSource(c.Context(), steward, "residents", "sqlite://"+path, "")
	c.must(err)
	r.people = c.publish(steward, entry.Dataset{
		Name: entry.Text{ZH: "居民" + string(m)}, Provider: string(m), Share: vocab.Conditional, ShareCondition: "by request", Cycle: vocab.Daily,
		Subject: vocab.NaturalPerson, Origin: vocab.Government,
		LegalBasis: []entry.Cite{{Law: "个人信息保护法", Article: "34"}}, Purposes: []string{"pension"}, Level: 3, ImpactRef: "pia-1",
		Items: []entry.Item{{Code: "born", Name: entry.Text{ZH: "出生日期"}, Compare: vocab.CompareDate}, {Code: "name", Name: entry.Text{ZH: "姓名"}, Compare: vocab.CompareName}},
	})
	r.firms = c.publish(steward, entry.Dataset{
		Name: entry.Text{ZH: "法人" + string(m)}, Provider: string(m), Share: vocab.Unconditional, Cycle: vocab.Daily,
		Subject: vocab.LegalEntity, Origin: vocab.Government,
		Items: []entry.Item{{Code: "born", Name: entry.Text{ZH: "成立日期"}, Compare: vocab.CompareDate}, {Code: "name", Name: entry.Text{ZH: "名称"}, Compare: vocab.CompareName}},
	})
	for code, compare := range map[string]string{"born": "date", "name": "name"} {
		_, err := c.node.Door.Bind(c.Context(), steward, access.Binding{
			Item: r.people.ItemID(code), Owner: m, Source: "residents", Table: "resident", Column: code, Subject: "number",
			KeyKind: vocab.CitizenNumber, Compare: compare, Read: true, About: vocab.NaturalPerson,
		})
		c.must(err)
	}
	return r
}

func (c *city) publish(a identity.Actor, d entry.Dataset) *entry.Dataset {
	c.Helper()
	made, err := c.node.Catalog.Create(c.Context(), a, d)
	c.must(err)
	out, err := apptest.Publish(c.Context(), c.node, a, made.ID, made.Rev)
	c.must(err)
	return out
}

// set writes a birth date in the department's own system.
func (r *registry) set(t testing.TB, i int, born string) {
	t.Helper()
	if _, err := r.conn.Exec(`UPDATE resident SET born = ? WHERE number = ?`, born, citizenKey(i).Value); err != nil {
		t.Fatal(err)
	}
	r.value[i] = born
}

func (c *city) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// between lets a register's database be away.
func (c *city) between() app.Between {
	return app.Between{Connect: func(connect source.Connect) source.Connect {
		return func(ctx context.Context, a source.Address, o source.Options) (source.Driver, error) {
			d, err := connect(ctx, a, o)
			if err != nil {
				return nil, err
			}
			return leaving{d, c, a.String()}, nil
		}
	}}
}

type leaving struct {
	source.Driver
	c       *city
	address string
}

func (l leaving) Rows(ctx context.Context, s source.Scan) (source.Batch, error) {
	for _, r := range l.c.registry {
		if r.away.Load() && strings.Contains(l.address, string(r.member)+".db") {
			return source.Batch{}, vocab.SourceAway.Because("the department's database is being moved")
		}
	}
	return l.Driver.Rows(ctx, s)
}

// outsideWitness is the city's witness, outside the node's power.
type outsideWitness struct {
	t       *testing.T
	server  *httptest.Server
	handler http.Handler
	address string
	policy  *proof.Policy
}

func newOutsideWitness(t *testing.T, vkey string, cfg app.Config) *outsideWitness {
	t.Helper()
	wit, err := witness.Open(witness.Options{Dir: t.TempDir(), Name: "witness.test", Key: logtest.Seed(9)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wit.Close() })
	if err := wit.Pin(vkey, ""); err != nil {
		t.Fatal(err)
	}
	m := &outsideWitness{t: t, handler: wit.Handler()}
	m.server = httptest.NewServer(m.handler)
	t.Cleanup(func() { m.server.Close() })
	m.address = m.server.Listener.Addr().String()
	if m.policy, err = proof.PolicyFor(vkey, 1, proof.PolicyWitness{Name: "w", VKey: wit.VKey(), URL: m.server.URL}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cfg.Dir, "witnesses.policy"), []byte(m.policy.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *outsideWitness) leave() { m.server.Close() }

func (m *outsideWitness) comeBack() {
	var listener net.Listener
	var err error
	for range 50 { // the address may still be closing
		if listener, err = net.Listen("tcp", m.address); err == nil {
			break
		}
		timer := time.NewTimer(20 * time.Millisecond)
		<-timer.C
	}
	if err != nil {
		m.t.Fatal(err)
	}
	m.server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: m.handler}}
	m.server.Start()
}
