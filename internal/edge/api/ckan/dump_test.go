package ckan_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/succession"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// line is what a test reads of a line.
type line struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Notes string `json:"notes"`
	State string `json:"state"`
	Items []struct {
		Code string `json:"code"`
	} `json:"items"`
}

// dumpSite has entries in every state of two members, shared or not, some with an
// item that awaits its review, and a token of a machine of each member.
type dumpSite struct {
	t     *testing.T
	a     *app.App
	face  http.Handler
	all   map[vocab.DatasetID]*entry.Dataset // as its owner sees it
	token map[vocab.MemberID]string
}

func newDumpSite(t *testing.T, sets int) *dumpSite {
	t.Helper()
	cfg := apptest.Config(t)
	cfg.URL = "http://node.test"
	a := apptest.Open(t, cfg, app.Options{Clock: clock.System()})
	apptest.Init(t, a)
	s := &dumpSite{t: t, a: a, all: map[vocab.DatasetID]*entry.Dataset{}, token: map[vocab.MemberID]string{}}
	for _, m := range []vocab.MemberID{apptest.Civil, apptest.Tax} {
		officer := apptest.Officer(m, vocab.Steward)
		_, token, err := a.Identity.IssueMachine(t.Context(), officer, identity.NewMachine{Member: m, System: "s", Name: "s", Roles: []vocab.Role{vocab.DataUser}, Expires: time.Now().AddDate(0, 1, 0)})
		if err != nil {
			t.Fatal(err)
		}
		s.token[m] = token.Reveal()
		for i := range sets {
			s.make(officer, i)
		}
	}
	var err error
	if s.face, err = a.Face("test"); err != nil {
		t.Fatal(err)
	}
	return s
}

// make writes an entry whose state and sharing its number says.
func (s *dumpSite) make(by identity.Actor, i int) {
	s.t.Helper()
	ctx := s.t.Context()
	must := func(d *entry.Dataset, err error) *entry.Dataset {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
		s.all[d.ID] = d
		return d
	}
	d := entry.Dataset{
		Code: fmt.Sprint(i), Name: entry.Text{ZH: "名录", EN: fmt.Sprintf("List %d", i)}, Abstract: entry.Text{EN: "hidden words"}, Provider: string(by.Member),
		Subject: vocab.LegalEntity, Origin: vocab.Government, Cycle: vocab.Daily, Share: vocab.Conditional, ShareCondition: "by request",
		Items: []entry.Item{{Code: "a", Name: entry.Text{ZH: "甲"}}, {Code: "b", Name: entry.Text{EN: "B"}}},
	}
	if i%3 == 0 {
		d.Share, d.ShareCondition, d.NotSharedReason, d.NotSharedLaw = vocab.NotShared, "", "investigation", "law"
	}
	made := must(s.a.Catalog.Create(ctx, by, d))
	if i%4 == 0 {
		return
	}
	made = must(apptest.Publish(ctx, s.a, by, made.ID, made.Rev))
	if i%5 == 0 {
		made = must(s.a.Catalog.Edit(ctx, by, entry.Edit{ID: made.ID, Rev: made.Rev, Put: []entry.Item{{Code: "new", Name: entry.Text{EN: "New"}}}}))
	}
	switch i % 4 {
	case 2:
		must(s.a.Catalog.Suspend(ctx, by, made.ID, made.Rev, "moving"))
	case 3:
		if i%8 == 3 {
			must(s.a.Succession.Retire(ctx, by, made.ID, succession.Wish{Reason: "x"}))
		}
	}
}

// get fetches a dump.
func (s *dumpSite) get(path, token string, head ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for _, h := range head {
		r.Header.Set("Accept-Encoding", h)
	}
	w := httptest.NewRecorder()
	s.face.ServeHTTP(w, r)
	return w
}

func (s *dumpSite) lines(path, token string) []line {
	s.t.Helper()
	w := s.get(path, token)
	if w.Code != http.StatusOK {
		s.t.Fatalf("%s answers %d: %s", path, w.Code, w.Body)
	}
	return linesOf(s.t, w.Body)
}

func linesOf(t *testing.T, in io.Reader) []line {
	t.Helper()
	var out []line
	scan := bufio.NewScanner(in)
	for scan.Scan() {
		var l line
		if err := json.Unmarshal(scan.Bytes(), &l); err != nil {
			t.Fatalf("line %d: %v", len(out)+1, err)
		}
		out = append(out, l)
	}
	return out
}

// seen is the model: what a member, or nobody, may see of an entry; "" for nothing.
func seen(by vocab.MemberID, d *entry.Dataset) string {
	own := by == d.Owner
	if !own && (d.State == entry.StateDraft || d.State != entry.StatePublished && by == "") {
		return ""
	}
	out := d.Name.EN
	if !own && d.Share == vocab.NotShared {
		return out
	}
	out += " " + d.Abstract.EN
	for _, it := range d.Items {
		if own || it.Awaits == "" {
			out += " " + it.Code
		}
	}
	return out
}

// TestALineHoldsWhatItsReaderMaySee: of every entry, for every reader, in every state
// that can be asked for.
func TestALineHoldsWhatItsReaderMaySee(t *testing.T) {
	s := newDumpSite(t, 120)
	s.token[""] = ""
	cases := 0
	for member, token := range s.token {
		for _, state := range []string{"", "all", "draft", "published", "suspended", "retired"} {
			want := map[string]string{}
			for id, d := range s.all {
				asked := state == "all" || string(d.State) == state || state == "" && d.State == entry.StatePublished
				if words := seen(member, d); asked && words != "" {
					want[string(id)] = words
				}
				cases++
			}
			got, order := map[string]string{}, []string{}
			for _, l := range s.lines("/v1/catalog.jsonl?state="+state, token) {
				words := strings.TrimSpace(l.Title + " " + l.Notes)
				for _, it := range l.Items {
					words += " " + it.Code
				}
				got[l.ID], order = words, append(order, l.ID)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q, state %q (-want +got):\n%s", member, state, diff)
			}
			if !slices.IsSorted(order) {
				t.Errorf("%q, state %q: not in the order of ids", member, state)
			}
		}
	}
	for _, w := range []*httptest.ResponseRecorder{s.get("/catalog.jsonl", ""), s.get("/catalog.jsonl", s.token[apptest.Tax])} {
		if w.Body.String() != s.get("/v1/catalog.jsonl", "").Body.String() {
			t.Error("the address for everybody tells something else than nobody may see")
		}
	}
	if states := slices.Collect(maps.Values(s.all)); cases != 3*6*len(states) {
		t.Errorf("%d cases", cases)
	}
}

// TestADumpGoesOnBehindALine, is cut by member and time, and comes packed to whoever
// asks for that.
func TestADumpGoesOnBehindALine(t *testing.T) {
	s := newDumpSite(t, 8)
	whole := s.get("/catalog.jsonl", "").Body.String()
	rows := strings.SplitAfter(whole, "\n")
	first := linesOf(t, strings.NewReader(rows[0]))[0].ID
	if got := s.get("/catalog.jsonl?after="+first, "").Body.String(); got != strings.Join(rows[1:], "") {
		t.Errorf("behind the first line: %s", got)
	}
	if got := len(s.lines("/catalog.jsonl?organization="+string(apptest.Tax), "")); got*2 != len(rows)-1 {
		t.Errorf("the tax office has %d of %d", got, len(rows)-1)
	}
	if got := s.lines("/catalog.jsonl?modified_since=2999-01-01", ""); len(got) != 0 {
		t.Errorf("of the future: %d", len(got))
	}
	for path, encoding := range map[string]string{"/catalog.jsonl": "gzip", "/catalog.jsonl.gz": ""} {
		w := s.get(path, "", "gzip")
		unpack, err := gzip.NewReader(w.Body)
		if err != nil || w.Header().Get("Content-Encoding") != encoding {
			t.Fatalf("%s: %v %v", path, err, w.Header())
		}
		if b, err := io.ReadAll(unpack); err != nil || !bytes.Equal(b, []byte(whole)) {
			t.Errorf("%s unpacks to %d bytes of %d, %v", path, len(b), len(whole), err)
		}
	}
	for _, path := range []string{"/catalog.jsonl?state=dropped", "/catalog.jsonl?modified_since=once", "/catalog.jsonl?after=%00"} {
		if w := s.get(path, "", "gzip"); w.Code != http.StatusBadRequest || w.Header().Get("Content-Encoding") != "" || !strings.Contains(w.Body.String(), `"code"`) {
			t.Errorf("%s answers %d %v %s", path, w.Code, w.Header(), w.Body)
		}
	}
}

// A parameter that is misspelt is refused as on every other face: read past, it would
// have sent the whole catalog to who asked for what changed since yesterday.
func TestAFileOfTheCatalogKnowsItsParameters(t *testing.T) {
	s := newDumpSite(t, 1)
	for path, want := range map[string]int{
		"/catalog.jsonl?bogus=1": http.StatusBadRequest, "/v1/catalog.jsonl.gz?modfied_since=2026-01-01": http.StatusBadRequest, "/catalog.jsonl?state=all": http.StatusOK,
	} {
		if got := s.get(path, ""); got.Code != want {
			t.Errorf("%s: %d, want %d: %s", path, got.Code, want, got.Body)
		}
	}
}
