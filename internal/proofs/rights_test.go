package proofs

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/succession"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// A word of an entry names the entry and the field that it stands in: word17azq is
// the abstract of entry 17. Nothing else in an answer, a random name neither, looks
// like one.
var word = regexp.MustCompile(`word(\d+)([nadtirw])zq`)

func wordOf(entry int, field byte) string { return fmt.Sprintf("word%d%czq", entry, field) }

// shelf is a catalog of generated entries and who reads it.
type shelf struct {
	*testing.T
	app     *app.App
	face    http.Handler
	entries []listed
	tokens  map[vocab.MemberID]string // of officers; nobody has none
	cases   int
}

// listed is what the model knows of an entry.
type listed struct {
	id    vocab.DatasetID
	owner vocab.MemberID
	state entry.State
	share vocab.ShareType
	moved bool
}

// sees is the model: which fields of an entry a reader may learn, by its letters.
func (e listed) sees(reader vocab.MemberID) string {
	const whole, name = "nadtiw", "nr" // a set that is not shared tells its name and why
	switch {
	case reader == e.owner:
		return whole + "r"
	case e.state == entry.StateDraft, reader == "" && e.state != entry.StatePublished:
		return ""
	case e.share == vocab.NotShared:
		return name
	}
	return whole
}

// newShelf makes entries of three departments in every state.
func newShelf(t *testing.T, seed uint64, entries int) *shelf {
	t.Helper()
	cfg := apptest.Config(t)
	cfg.URL = "http://node.test"
	w := &shelf{T: t, app: apptest.Open(t, cfg, app.Options{Clock: clock.System()}), tokens: map[vocab.MemberID]string{"": ""}}
	apptest.Init(t, w.app)
	chief := apptest.Officer("bureau", vocab.Authority)
	chief.Region, chief.OfNode = "990000", true
	for _, m := range []vocab.MemberID{apptest.Civil, apptest.Tax, "school"} {
		inv, err := w.app.Identity.AddOfficer(t.Context(), chief, identity.NewOfficer{Member: m, Login: "li", Name: "Li", Roles: []vocab.Role{vocab.Steward, vocab.DataUser}})
		if err != nil {
			t.Fatal(err)
		}
		in, err := w.app.Identity.AcceptInvitation(t.Context(), inv.Code, "a long enough passphrase", identity.From{})
		if err != nil {
			t.Fatal(err)
		}
		w.tokens[m] = in.Token.Reveal()
	}
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range entries {
		w.entries = append(w.entries, w.make(r, i))
	}
	w.move(r)
	if err := w.app.Catalog.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.face, err = w.app.Face("test"); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *shelf) make(r *rand.Rand, i int) listed {
	w.Helper()
	e := listed{
		owner: []vocab.MemberID{apptest.Civil, apptest.Tax, "school"}[r.IntN(3)],
		state: []entry.State{entry.StateDraft, entry.StatePublished, entry.StatePublished, entry.StatePublished, entry.StateSuspended}[r.IntN(5)],
		share: []vocab.ShareType{vocab.Unconditional, vocab.Conditional, vocab.NotShared}[r.IntN(3)],
	}
	by := apptest.Officer(e.owner, vocab.Steward)
	d := entry.Dataset{
		Code: "C" + strconv.Itoa(i), Name: entry.Text{EN: "Register " + wordOf(i, 'n')}, Abstract: entry.Text{EN: "about " + wordOf(i, 'a')},
		Theme: wordOf(i, 't'), Department: wordOf(i, 'd'), Maintainer: wordOf(i, 'w'), Provider: string(e.owner), Share: e.share, Cycle: vocab.Daily, Subject: vocab.LegalEntity, Origin: vocab.Government,
		Items: []entry.Item{{Code: "c" + strconv.Itoa(i), Name: entry.Text{EN: wordOf(i, 'i')}}, {Code: "all", Name: entry.Text{EN: "in every set"}}},
	}
	switch e.share {
	case vocab.Conditional:
		d.ShareCondition = "by request"
	case vocab.NotShared:
		d.NotSharedReason, d.NotSharedLaw = "because "+wordOf(i, 'r'), "law"
	}
	must := func(made *entry.Dataset, err error) *entry.Dataset {
		w.Helper()
		if err != nil {
			w.Fatal(err)
		}
		return made
	}
	ctx := w.Context()
	made := must(w.app.Catalog.Create(ctx, by, d))
	if e.state != entry.StateDraft {
		made = must(apptest.Publish(ctx, w.app, by, made.ID, made.Rev))
	}
	if e.state == entry.StateSuspended {
		must(w.app.Catalog.Suspend(ctx, by, made.ID, made.Rev, "under review"))
	}
	e.id = made.ID
	return e
}

// move ends some published entries; others of the same owner stand in their place.
func (w *shelf) move(r *rand.Rand) {
	w.Helper()
	for range len(w.entries) / 10 {
		from, to := &w.entries[r.IntN(len(w.entries))], &w.entries[r.IntN(len(w.entries))]
		if from == to || from.owner != to.owner || from.moved || to.moved || from.state != entry.StatePublished || to.state != entry.StatePublished {
			continue
		}
		by := apptest.Officer(from.owner, vocab.Steward)
		if _, err := w.app.Succession.Merge(w.Context(), by, from.id, succession.Wish{Into: []vocab.DatasetID{to.id}, Reason: "the same twice", LoseItems: true}); err != nil {
			w.Fatal(err)
		}
		from.moved, from.state = true, entry.StateRetired
	}
}

func (w *shelf) get(reader vocab.MemberID, at string) (int, string) {
	w.Helper()
	r := httptest.NewRequestWithContext(w.Context(), http.MethodGet, at, nil)
	if token := w.tokens[reader]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
		r.AddCookie(&http.Cookie{Name: "fontis", Value: token})
	}
	for n := 0; ; n++ {
		out := httptest.NewRecorder()
		w.face.ServeHTTP(out, r)
		if out.Code == http.StatusTooManyRequests && n < 100 {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		return out.Code, out.Body.String()
	}
}

// holds finds every word of an answer in the model. asked is a word of the question,
// which an answer may repeat.
func (w *shelf) holds(reader vocab.MemberID, cases int, at, asked, body string) map[int]bool {
	w.Helper()
	seen := map[int]bool{}
	for _, m := range word.FindAllStringSubmatch(body, -1) {
		i, err := strconv.Atoi(m[1])
		if err != nil || i >= len(w.entries) || m[0] == asked {
			continue
		}
		if e := w.entries[i]; !strings.Contains(e.sees(reader), m[2]) {
			w.Errorf("%s shows %q %s of an entry %s of %s that is %s and %s: …%s…", at, reader, m[0], e.id, e.owner, e.state, e.share, around(body, m[0]))
		}
		if m[2] == "n" {
			seen[i] = true
		}
	}
	w.cases += cases
	return seen
}

// around is where a word stands in an answer.
func around(body, word string) string {
	at := strings.Index(body, word)
	return body[max(0, at-200):min(len(body), at+100)]
}

// all reads the faces that list: what they tell of each entry, and that those which
// list everything published leave none of it out.
func (w *shelf) all(reader vocab.MemberID) {
	w.Helper()
	lists := []string{
		"/v1/datasets?limit=1000&q=Register", "/v1/datasets?limit=1000", "/v1/item-names?limit=500", "/v1/suggestions?q=Register&limit=20",
		"/v1/datasets?limit=1000&item=in+every+set&explain=true&q=Register&facet=theme&facet=owner&facet=provider", "/v1/catalog.jsonl?state=all",
		"/api/3/action/package_list", "/api/3/action/organization_list?all_fields=true", "/api/3/action/tag_list", "/api/3/action/resource_search?query=name:Register",
		"/search?q=Register", "/search?q=about", "/search?q=because", "/suggest?q=Register", "/sitemap.xml", "/organization/civil/data.json", "/organization/tax/data.json", "/organization/school/data.json", "/fields", "/",
	}
	for _, at := range lists {
		_, body := w.get(reader, at)
		w.holds(reader, len(w.entries), at, "", body)
	}
	for _, at := range []string{"/api/3/action/package_search?rows=1000&q=Register", "/api/3/action/current_package_list_with_resources?limit=1000", "/catalog.jsonl", "/v1/catalog.jsonl", "/data.json"} {
		code, body := w.get(reader, at)
		seen := w.holds(reader, len(w.entries), at, "", body)
		for i, e := range w.entries {
			if e.state == entry.StatePublished && !e.moved && !seen[i] && (e.owner != reader || at != "/data.json") {
				w.Errorf("%s (%d) leaves out entry %d of %s for %q", at, code, i, e.owner, reader)
			}
		}
	}
	for at := "/catalog.ttl"; at != ""; {
		_, body := w.get(reader, at)
		w.holds(reader, len(w.entries), at, "", body)
		next := regexp.MustCompile(`hydra:next <http://node\.test([^>]+)>`).FindStringSubmatch(body)
		if at = ""; next != nil {
			at = next[1]
		}
	}
}

// one asks every face for one entry, by its id and by a word of a field.
func (w *shelf) one(r *rand.Rand, reader vocab.MemberID, i int) {
	w.Helper()
	id := string(w.entries[i].id)
	for _, at := range []string{
		"/v1/datasets/" + id, "/v1/datasets/" + id + "/history", "/api/3/action/package_show?id=" + id, "/api/3/action/resource_show?id=" + id + "-rows", "/dataset/" + id + ".ttl", "/dataset/" + id + ".jsonld", "/datasets/" + id, "/datasets/" + id + "/moved",
		"/api/3/action/package_search?fq=id:" + id,
	} {
		_, body := w.get(reader, at)
		w.holds(reader, 1, at, "", body)
	}
	field := "nadtiwr"[r.IntN(7)]
	asked := wordOf(i, field)
	q := url.QueryEscape(asked)
	mayFind := strings.ContainsRune(w.entries[i].sees(reader), rune(field))
	for _, at := range []string{"/v1/datasets?facet=owner&facet=state&facet=theme&q=" + q, "/api/3/action/package_search?q=" + q, "/v1/suggestions?q=" + q, "/v1/item-names?q=" + q, "/v1/datasets?item=" + q, "/search?q=" + q} {
		_, body := w.get(reader, at)
		w.holds(reader, 1, at, asked, body)
		// Whoever may not know the field learns nothing of it by its total either.
		if found := regexp.MustCompile(`"(?:total|count)":\s*([1-9]\d*)`).FindString(body); found != "" && !mayFind {
			w.Errorf("%s tells %q that there is something: %s", at, reader, found)
		}
	}
}

// TestPromiseTenancyNoFaceShowsWhatAnotherHides generates entries in every state and
// asks every face as everybody: each case is a reader, an entry and a face, and what
// the answer holds of the entry, in rows, totals, facets or suggestions, is held
// against one model of who may know what.
func TestPromiseTenancyNoFaceShowsWhatAnotherHides(t *testing.T) {
	heavy(t)
	entries, worlds := 60, 1
	if long() {
		entries, worlds = 250, 3
	}
	seed, cases := seedOf(t), 0
	f := &finding{what: "rights", size: fmt.Sprintf("%d entries", entries*worlds), seed: fmt.Sprint(seed)}
	record(t, f)
	for n := range worlds {
		w := newShelf(t, seed+uint64(n), entries)
		r := rand.New(rand.NewPCG(seed+uint64(n), 1))
		for reader := range w.tokens {
			w.all(reader)
			for i := range w.entries {
				w.one(r, reader, i)
			}
		}
		cases += w.cases
	}
	f.figures = fmt.Sprintf("%d cases of reader, entry and face, none shows what another hides", cases)
	t.Log(f.figures)
}
