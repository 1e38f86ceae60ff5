package api_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/edge/api"
	"fontis/internal/edge/client"
	"fontis/internal/edge/text"
	"fontis/internal/engine/blob/dir"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/idempotency"
	"fontis/internal/trust/identity/limit"
	"fontis/internal/vocab"
	"fontis/web"
)

// world is a whole node behind its interface, with officers of three members.
type world struct {
	*apptest.World
	t     *testing.T
	api   *api.API
	diary *bytes.Buffer
	token map[string]string // by the word after the member: "civil", "tax", "auth", "machine", "self"
}

const strong = "correct horse battery 7"

func newWorld(t *testing.T, q vocab.Question) *world {
	t.Helper()
	cfg := apptest.Config(t)
	w := &world{t: t, diary: &bytes.Buffer{}, token: map[string]string{}}
	diary := slog.New(slog.NewTextHandler(w.diary, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a := apptest.Open(t, cfg, app.Options{Clock: clock.System(), Diary: diary})
	w.init(a)
	w.World = apptest.Fill(t, a, 20, q)
	texts, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := dir.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	w.api, err = api.New(api.Parts{
		Identity: a.Identity, Catalog: a.Catalog, Share: a.Share, Door: a.Door, Ledger: a.Ledger, Totals: a.Totals,
		Kept: idempotency.New(a.DB, a.Keys, a.Clock), Blobs: blobs.Store, Limits: limit.New(a.Clock, limit.Limits{}),
		Text: texts, Clock: a.Clock, Diary: diary, Version: "test", Scratch: t.TempDir(), URL: "http://node.test",
		Logs: []api.Log{{Number: 1, Origin: a.Ledger.Origin(), VKey: "vkey", Handler: a.Log.Handler()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// init makes the node's authority, two departments and their people.
func (w *world) init(a *app.App) {
	w.t.Helper()
	ctx := w.t.Context()
	inv, err := a.Identity.InitNode(ctx, identity.Init{
		Name: "node.test", Instance: "TEST", Jurisdiction: "990000",
		Authority: identity.NewMember{ID: "auth", Name: identity.Name{En: "Authority", Zh: "数据局"}, Kind: identity.KindAuthority, Region: "990000"},
		Officer:   identity.NewOfficer{Login: "chief", Name: "Chief"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	chief := w.accept(a, "auth", inv)
	for _, m := range []vocab.MemberID{apptest.Civil, apptest.Tax, "other"} {
		_, err := a.Identity.AddMember(ctx, chief, identity.NewMember{ID: m, Name: identity.Name{En: string(m), Zh: "部门"}, Kind: identity.KindDepartment, Region: "990000"})
		if err != nil {
			w.t.Fatal(err)
		}
		inv, err := a.Identity.AddOfficer(ctx, chief, identity.NewOfficer{Member: m, Login: "li", Name: "Li", Roles: []vocab.Role{vocab.Steward, vocab.DataUser}})
		if err != nil {
			w.t.Fatal(err)
		}
		officer := w.accept(a, string(m), inv)
		if m == apptest.Tax {
			_, token, err := a.Identity.IssueMachine(ctx, officer, identity.NewMachine{Member: m, System: "intake", Name: "intake", Roles: []vocab.Role{vocab.DataUser}, Expires: time.Now().AddDate(0, 1, 0)})
			if err != nil {
				w.t.Fatal(err)
			}
			w.token["machine"] = token.Reveal()
		}
	}
	number, _ := apptest.Citizen(3)
	_, self, err := a.Identity.IssueDemoSelf(ctx, vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number})
	if err != nil {
		w.t.Fatal(err)
	}
	w.token["self"] = self.Reveal()
}

func (w *world) accept(a *app.App, name string, inv identity.Invitation) identity.Actor {
	w.t.Helper()
	in, err := a.Identity.AcceptInvitation(w.t.Context(), inv.Code, strong, identity.From{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.token[name] = in.Token.Reveal()
	return in.Actor
}

// as is a client of the node with the token of that word; "" is nobody.
func (w *world) as(who string) *client.Client { return client.Over(w.api, w.token[who]) }

// draft makes a catalog draft of civil.
func (w *world) draft() *catalog.Dataset {
	w.t.Helper()
	d, err := w.Catalog.Create(w.t.Context(), w.Steward, catalog.Dataset{Name: catalog.Text{EN: "Residents"}, Provider: "Civil"})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) compare(i int, born string) api.CompareIn {
	c := w.Ask(i, born)
	return api.CompareIn{Grant: c.Grant, Subject: c.Subject, Values: c.Values, Purpose: c.Purpose, Case: c.Case}
}

func (w *world) born(i int) string {
	_, born := apptest.Citizen(i)
	return born
}

func lower(s string) string { return strings.ToLower(s) }
