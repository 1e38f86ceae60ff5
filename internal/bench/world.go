// Package bench measures fontis on the machine it runs on: whole paths, as rates
// and ratios in one run, printed with machine and seed. Nothing here is a test;
// a figure that falls short is a figure.
package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"fontis/internal/app"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/identity/token"
	"fontis/internal/vocab"
)

const (
	provider vocab.MemberID  = "civil"
	caller   vocab.MemberID  = "tax"
	people   vocab.DatasetID = "residents"
	born     vocab.ItemID    = "residents/born"
	register vocab.SourceID  = "residents"
)

// world is a node of its own with one loaded register and one grant.
type world struct {
	*app.App
	dir     string
	people  int
	steward identity.Actor
	user    identity.Actor
	grant   access.Grant
	token   token.Token
}

// citizen is invented resident i.
func citizen(i int) (number, birth string) {
	day := time.Date(1940, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i*7919%29000)
	body := subject.DemoArea + day.Format("20060102") + fmt.Sprintf("%03d", i/29000*37%1000)
	return body + string(subject.CitizenCheckSign(body)), day.Format(time.DateOnly)
}

// newWorld makes a node in a temporary folder with so many residents.
func newWorld(ctx context.Context, dir string, people int) (*world, error) {
	dir, err := os.MkdirTemp(dir, "fontis-bench-")
	if err != nil {
		return nil, err
	}
	cfg := app.Config{Dir: filepath.Join(dir, "node"), Name: "bench.local", Jurisdiction: "990000", Demo: true, MemberCalls: 1e6, AddressCalls: 1e6}
	w := &world{App: &app.App{Config: cfg}, dir: dir, people: people}
	if err := w.open(ctx, true); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	for _, step := range []func(context.Context) error{w.members, w.load, w.give} {
		if err := step(ctx); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

// open opens the node, again where it was closed.
func (w *world) open(ctx context.Context, fresh bool) error {
	a, err := app.Open(ctx, w.Config, app.Options{New: fresh})
	if err != nil {
		return err
	}
	w.App = a
	return nil
}

func (w *world) close() {
	w.App.Close()
	os.RemoveAll(w.dir)
}

func (w *world) members(ctx context.Context) error {
	inv, err := w.Identity.InitNode(ctx, identity.Init{
		Name: "bench.local", Instance: "BENCH", Jurisdiction: "990000",
		Authority: identity.NewMember{ID: "bureau", Name: identity.Name{En: "Data Bureau", Zh: "数据局"}, Kind: identity.KindAuthority, Region: "990000"},
		Officer:   identity.NewOfficer{Login: "first", Name: "First Officer"},
	})
	if err != nil {
		return err
	}
	first, err := w.Identity.AcceptInvitation(ctx, inv.Code, "bench only, never served", identity.From{})
	if err != nil {
		return err
	}
	for m, name := range map[vocab.MemberID]identity.Name{provider: {En: "Civil Affairs", Zh: "民政局"}, caller: {En: "Tax Service", Zh: "税务局"}} {
		if _, err := w.Identity.AddMember(ctx, first.Actor, identity.NewMember{ID: m, Name: name, Kind: identity.KindDepartment, Region: "990000"}); err != nil {
			return err
		}
	}
	signed := map[vocab.MemberID]identity.SignedIn{}
	for m, role := range map[vocab.MemberID]vocab.Role{provider: vocab.Steward, caller: vocab.DataUser} {
		roles := []vocab.Role{role}
		if m == caller {
			roles = append(roles, vocab.Operator)
		}
		inv, err := w.Identity.AddOfficer(ctx, first.Actor, identity.NewOfficer{Member: m, Login: "o" + string(m), Name: "Officer", Roles: roles})
		if err != nil {
			return err
		}
		if signed[m], err = w.Identity.AcceptInvitation(ctx, inv.Code, "bench only, never served", identity.From{}); err != nil {
			return err
		}
	}
	w.steward, w.user, w.token = signed[provider].Actor, signed[caller].Actor, signed[caller].Token
	return nil
}

func (w *world) load(ctx context.Context) error {
	_, err := w.Door.Load(ctx, w.steward, access.Register{
		ID: register, Dated: time.Now(), Columns: []string{"number", "name", "born"}, KeyKind: vocab.CitizenNumber,
		Rows: func(yield func([]string, error) bool) {
			for i := range w.people {
				number, birth := citizen(i)
				if !yield([]string{number, fmt.Sprintf("测试%d", i), birth}, nil) {
					return
				}
			}
		},
	})
	if err != nil {
		return fmt.Errorf("load %d residents: %w", w.people, err)
	}
	_, err = w.Door.Bind(ctx, w.steward, access.Binding{
		Item: born, Owner: provider, Source: register, Table: string(register), Column: "born", Subject: "number",
		KeyKind: vocab.CitizenNumber, Compare: "date", About: vocab.NaturalPerson, Cycle: vocab.Yearly,
	})
	return err
}

func (w *world) give(ctx context.Context) error {
	now := time.Now()
	w.grant = access.Grant{
		ID: "g-bench", Request: "r-bench", Provider: provider, To: caller, State: access.GrantActive, Dataset: people, About: vocab.NaturalPerson,
		Items: []vocab.ItemID{born}, Question: vocab.Compare, Carriages: []vocab.Carriage{vocab.Single, vocab.Batch},
		Purpose: "pension", Basis: "invented law art. 1", CasePattern: `P-\d+`, From: now.Add(-time.Hour), Until: now.AddDate(1, 0, 0),
		PerDay: 1 << 40, HourFrom: 0, HourUntil: 24,
	}
	return w.DB.Write(ctx, func(tx *db.Tx) error { return w.Door.PutGrant(ctx, tx, w.grant, w.steward) })
}

// call is a comparison of a random resident's birth date.
func (w *world) call(r *rand.Rand) access.Call {
	number, birth := citizen(r.IntN(w.people))
	return access.Call{
		Grant: w.grant.ID, Question: vocab.Compare, Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number},
		Values: map[vocab.ItemID]string{born: birth}, Purpose: "pension", Case: "P-1",
	}
}
