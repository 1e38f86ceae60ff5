package web_test

import (
	"bytes"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/edge/taking"
	running "fontis/internal/edge/taking/harvest"
	"fontis/internal/edge/text"
	"fontis/internal/edge/web"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/idempotency"
	"fontis/internal/trust/identity/limit"
	"fontis/internal/vocab"
	pages "fontis/web"
)

const strong = "correct horse battery 7"

// world is a whole node behind its pages, with officers of four members.
type world struct {
	*app.App
	t     *testing.T
	site  *web.Site
	at    string
	diary *bytes.Buffer

	imports *taking.Runs
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldSaying(t, pages.Text)
}

// newWorldSaying is a world whose pages say what stands in the files.
func newWorldSaying(t *testing.T, files fs.FS) *world {
	t.Helper()
	w := &world{t: t, diary: &bytes.Buffer{}}
	diary := slog.New(slog.NewTextHandler(w.diary, nil))
	w.App = apptest.Open(t, apptest.Config(t), app.Options{Clock: clock.System(), Diary: diary})
	w.people()
	texts, err := text.Load(files, "text")
	if err != nil {
		t.Fatal(err)
	}
	w.imports = taking.NewRuns(w.Catalog)
	t.Cleanup(func() { w.imports.Close() })
	number, _ := apptest.Citizen(3)
	w.site, err = web.New(web.Parts{
		Identity: w.Identity, Catalog: w.Catalog, Share: w.Share, Freshness: w.Freshness, Coverage: w.Coverage, Quality: w.Quality, View: w.Records.View, Mandates: w.Records.Mandates, Deferrals: w.Records.Deferrals, Audit: w.Records.Audit, Retention: w.Records.Retention, Calendar: w.Calendar, Authorisation: w.Authorisation, Demand: w.Demand, Review: w.Review, Finding: w.Finding, Lists: w.Lists, Standard: w.Standard, Succession: w.Succession, Harvest: w.Harvest, Runner: running.New(running.Parts{Catalog: w.Catalog, Harvest: w.Harvest, Clock: w.Clock}), Emergency: w.Emergency, Channels: w.Channels, Door: w.Door, Ledger: w.Ledger, Totals: w.Totals,
		Kept: idempotency.New(w.DB, w.Keys, w.Clock), Blobs: w.Blobs, Imports: w.imports, Log: w.Log, Text: texts, Clock: w.Clock, Diary: diary,
		Limits: limit.New(w.Clock, limit.Limits{Member: limit.Rate{PerSecond: 1e6, Burst: 1e6}, Address: limit.Rate{PerSecond: 1e6, Burst: 1e6}}),
		Facts:  outbox.New(w.DB),
		URL:    "http://node.test",
		Demo: func() web.Demo {
			return web.Demo{
				Done: 3, Total: 10, Doing: "residents", Residents: []vocab.SubjectKey{{Kind: vocab.CitizenNumber, Value: number}},
				Accounts: []web.Account{{Login: "li@civil", Password: strong, Member: identity.Name{En: "Civil", Zh: "民政局"}, Roles: []vocab.Role{vocab.Steward}}},
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.site.Close)
	server := httptest.NewServer(w.site)
	t.Cleanup(server.Close)
	w.at = server.URL
	return w
}

func (w *world) people() {
	w.t.Helper()
	ctx := w.t.Context()
	inv, err := w.Identity.InitNode(ctx, identity.Init{
		Name: "node.test", Instance: "TEST", Jurisdiction: "990000",
		Authority: identity.NewMember{ID: "bureau", Name: identity.Name{En: "Data Bureau", Zh: "数据局"}, Kind: identity.KindAuthority, Region: "990000"},
		Officer:   identity.NewOfficer{Login: "chief", Name: "Chief"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	chief, err := w.Identity.AcceptInvitation(ctx, inv.Code, strong, identity.From{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range []vocab.MemberID{apptest.Civil, apptest.Tax, "other"} {
		if _, err := w.Identity.AddMember(ctx, chief.Actor, identity.NewMember{ID: m, Name: identity.Name{En: "Body " + string(m), Zh: "部门"}, Kind: identity.KindDepartment, Region: "990000"}); err != nil {
			w.t.Fatal(err)
		}
		inv, err := w.Identity.AddOfficer(ctx, chief.Actor, identity.NewOfficer{Member: m, Login: "li", Name: "Li", Roles: []vocab.Role{vocab.Steward, vocab.DataUser, vocab.Operator}})
		if err != nil {
			w.t.Fatal(err)
		}
		if _, err := w.Identity.AcceptInvitation(ctx, inv.Code, strong, identity.From{}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// officer adds an officer of a member, who signs in as everybody here.
func (w *world) officer(m vocab.MemberID, login string, roles ...vocab.Role) {
	w.t.Helper()
	inv, err := w.Identity.AddOfficer(w.t.Context(), mustActor(w.t, w), identity.NewOfficer{Member: m, Login: login, Name: login, Roles: roles})
	if err == nil {
		_, err = w.Identity.AcceptInvitation(w.t.Context(), inv.Code, strong, identity.From{})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// grant puts a compare grant from civil to tax over a bound register.
func (w *world) grant() access.Grant {
	w.t.Helper()
	steward := apptest.Officer(apptest.Civil, vocab.Steward)
	if _, err := w.Door.AddSource(w.t.Context(), steward, "residents", "sqlite://"+apptest.Register(w.t, 20), ""); err != nil {
		w.t.Fatal(err)
	}
	for item, compare := range map[vocab.ItemID]string{apptest.Born: "date", apptest.Name: "name"} {
		_, err := w.Door.Bind(w.t.Context(), steward, access.Binding{
			Item: item, Owner: apptest.Civil, Source: "residents", Table: "resident", Column: item.Name(), Subject: "number",
			KeyKind: vocab.CitizenNumber, Compare: compare, Read: true, About: vocab.NaturalPerson,
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	g := apptest.Grant(vocab.Compare)
	if err := w.DB.Write(w.t.Context(), func(tx *db.Tx) error { return w.Door.PutGrant(w.t.Context(), tx, g, steward) }); err != nil {
		w.t.Fatal(err)
	}
	return g
}

// visitor is a browser with its cookies, without script.
type visitor struct {
	w    *world
	http *http.Client
	lang string
}

func (w *world) visitor(lang string) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &visitor{w: w, lang: lang, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// signedIn is a visitor with an officer's session.
func (w *world) signedIn(login, lang string) *visitor {
	w.t.Helper()
	v := w.visitor(lang)
	if p := v.post("/sign-in", "/sign-in", url.Values{"login": {login}, "password": {strong}}); p.status != http.StatusSeeOther {
		w.t.Fatalf("sign in as %s: %d %s", login, p.status, p.body)
	}
	return v
}

// seen is what came back.
type seen struct {
	status int
	body   string
	to     string
	header http.Header
}

func (v *visitor) do(r *http.Request) seen {
	v.w.t.Helper()
	r.Header.Set("Accept-Language", v.lang)
	resp, err := v.http.Do(r)
	if err != nil {
		v.w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		v.w.t.Fatal(err)
	}
	if to := resp.Header.Get("Location"); r.Method == http.MethodPost && strings.Contains(to, "again=") {
		return v.get(to) // what the form brought stands at an address of its own
	}
	return seen{status: resp.StatusCode, body: string(b), to: resp.Header.Get("Location"), header: resp.Header}
}

func (v *visitor) get(path string) seen {
	v.w.t.Helper()
	r, err := http.NewRequestWithContext(v.w.t.Context(), http.MethodGet, v.w.at+path, nil)
	if err != nil {
		v.w.t.Fatal(err)
	}
	return v.do(r)
}

var (
	tokenAt = regexp.MustCompile(`name="form_token" value="([^"]+)"`)
	keyAt   = regexp.MustCompile(`name="form_key" value="([^"]+)"`)
)

// secrets are the token and key of the forms on a page.
func (v *visitor) secrets(page string) (token, key string) {
	v.w.t.Helper()
	p := v.get(page)
	if p.status == http.StatusSeeOther && strings.HasPrefix(p.to, "/") {
		p = v.get(p.to)
	}
	m, k := tokenAt.FindStringSubmatch(p.body), keyAt.FindStringSubmatch(p.body)
	if m == nil || k == nil {
		v.w.t.Fatalf("%s has no form: %d %s", page, p.status, p.body)
	}
	return m[1], k[1]
}

// post sends the form of a page to the address.
func (v *visitor) post(page, to string, form url.Values) seen {
	v.w.t.Helper()
	token, key := v.secrets(page)
	if form == nil {
		form = url.Values{}
	}
	form.Set("form_token", token)
	form.Set("form_key", key)
	return v.raw(to, form)
}

func (v *visitor) raw(to string, form url.Values) seen {
	v.w.t.Helper()
	r, err := http.NewRequestWithContext(v.w.t.Context(), http.MethodPost, v.w.at+to, strings.NewReader(form.Encode()))
	if err != nil {
		v.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(r)
}

// send sends a form with a file.
func (v *visitor) send(page, to, name string, file []byte, form url.Values) seen {
	v.w.t.Helper()
	token, key := v.secrets(page)
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	if form == nil {
		form = url.Values{}
	}
	form.Set("form_token", token)
	form.Set("form_key", key)
	for k, values := range form {
		for _, x := range values {
			if err := m.WriteField(k, x); err != nil {
				v.w.t.Fatal(err)
			}
		}
	}
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		v.w.t.Fatal(err)
	}
	part.Write(file)
	m.Close()
	r, err := http.NewRequestWithContext(v.w.t.Context(), http.MethodPost, v.w.at+to, &body)
	if err != nil {
		v.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", m.FormDataContentType())
	return v.do(r)
}

// must is a step that goes on to another page.
func (v *visitor) must(p seen) string {
	v.w.t.Helper()
	if p.status != http.StatusSeeOther {
		v.w.t.Fatalf("%d, want 303: %s", p.status, wrongOf(p.body))
	}
	return p.to
}

// wrongOf is the part of a page that says what was wrong.
func wrongOf(body string) string {
	if i := strings.Index(body, `role="alert"`); i >= 0 {
		return body[i:min(len(body), i+1200)]
	}
	return body
}

// page is a page that must stand.
func (v *visitor) page(path string) string {
	v.w.t.Helper()
	p := v.get(path)
	if p.status != http.StatusOK {
		v.w.t.Fatalf("%s: %d %s\n%s", path, p.status, wrongOf(p.body), v.w.diary.String())
	}
	return p.body
}

// mustActor is the chief of the node's authority.
func mustActor(t *testing.T, w *world) identity.Actor {
	t.Helper()
	in, err := w.Identity.SignIn(t.Context(), "chief@bureau", strong, identity.From{})
	if err != nil {
		t.Fatal(err)
	}
	return in.Actor
}
