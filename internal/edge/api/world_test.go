package api_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/api"
	"fontis/internal/edge/client"
	"fontis/internal/edge/text"
	"fontis/internal/engine/blob/dir"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/idempotency"
	"fontis/internal/trust/identity/limit"
	"fontis/internal/vocab"
	"fontis/web"
)

// world is a whole node behind its interface, with officers of three members.
type world struct {
	*apptest.World
	t     testing.TB
	api   *api.API
	diary *bytes.Buffer
	token map[string]string // by the word after the member: "civil", "tax", "auth", "machine", "self"
}

const strong = "correct horse battery 7"

func newWorld(t testing.TB, q vocab.Question, limits ...limit.Limits) *world {
	t.Helper()
	limits = append(limits, limit.Limits{})
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
		Identity: a.Identity, Catalog: a.Catalog, Succession: a.Succession, Share: a.Share, Door: a.Door, Ledger: a.Ledger, Totals: a.Totals,
		Kept: idempotency.New(a.DB, a.Keys, a.Clock), Blobs: blobs.Store, Limits: limit.New(a.Clock, limits[0]),
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
	for name, i := range map[string]int{"self": 3, "another person": 9} {
		number, _ := apptest.Citizen(i)
		_, self, err := a.Identity.IssueDemoSelf(ctx, vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number})
		if err != nil {
			w.t.Fatal(err)
		}
		w.token[name] = self.Reveal()
	}
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
func (w *world) draft() *entry.Dataset {
	w.t.Helper()
	d, err := w.Catalog.Create(w.t.Context(), w.Steward, entry.Dataset{Name: entry.Text{EN: "Residents"}, Provider: "Civil"})
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

var listAll = catalog.ListQuery{}

// published is an entry of tax that everyone finds.
func (w *world) published() vocab.DatasetID {
	w.t.Helper()
	tax := apptest.Officer(apptest.Tax, vocab.Steward)
	d, err := w.Catalog.Create(w.t.Context(), tax, entry.Dataset{
		Name: entry.Text{EN: "Firms"}, Provider: "Tax", Share: vocab.Conditional, ShareCondition: "by request", Cycle: vocab.Daily,
		Subject: vocab.NoSubject, Origin: vocab.Government, Items: []entry.Item{{Code: "name", Name: entry.Text{EN: "Name"}}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if d, err = apptest.Publish(w.t.Context(), w.App, tax, d.ID, d.Rev); err != nil {
		w.t.Fatal(err)
	}
	return d.ID
}

// notice puts one into civil's inbox.
func (w *world) notice() string {
	w.t.Helper()
	n := identity.Notice{Member: apptest.Civil, Kind: "guess-guard", Params: map[string]string{"grant": "g"}}
	if err := w.DB.Write(w.t.Context(), func(tx *db.Tx) error { return w.Identity.PutNotice(w.t.Context(), tx, n) }); err != nil {
		w.t.Fatal(err)
	}
	all, err := w.Identity.Notices(w.t.Context(), w.Steward, identity.Page{})
	if err != nil || len(all) == 0 {
		w.t.Fatal(err)
	}
	return all[0].ID
}

const list = "名称,提供方,共享类型,类型\n社保登记,人社局,有条件共享,文本\n,人社局,有条件共享,文本\n"

// sendFile is a multipart call with a file and fields.
func (w *world) sendFile(path, who, name, content string, fields map[string]string) reply {
	w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, v := range fields {
		if err := m.WriteField(k, v); err != nil {
			w.t.Fatal(err)
		}
	}
	p, err := m.CreateFormFile("file", name)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := p.Write([]byte(content)); err != nil {
		w.t.Fatal(err)
	}
	m.Close()
	return w.send("POST", path, who, b.String(), "Content-Type", m.FormDataContentType())
}

// imported is an import of civil's with one rejected line.
func (w *world) imported() string {
	w.t.Helper()
	got := w.sendFile("/v1/imports", "civil", "list.csv", list, map[string]string{"action": "run"})
	var done api.Imported
	if err := json.Unmarshal([]byte(got.body), &done); err != nil || done.ID == "" {
		w.t.Fatalf("%v: %d %s", err, got.status, got.body)
	}
	return done.ID
}
