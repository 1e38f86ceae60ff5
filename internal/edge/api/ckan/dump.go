package ckan

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/api/open"
	"fontis/internal/edge/call"
	"fontis/internal/engine/index"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// wholeCatalog is how long one dump looks into the catalog: three million entries and
// more. A dump that was cut off goes on after its last line.
const wholeCatalog = 15 * time.Minute

// everyState asks for entries in whatever state the caller may see.
const everyState = "all"

// dumped is a line: what package_show answers, and the items.
type dumped struct {
	*pack
	Items []dumpedItem `json:"items"`
}

// dump writes every entry that the caller may see, one a line, in the order of ids.
func (f *face) dump(w http.ResponseWriter, r *http.Request, by identity.Actor) error {
	walk, since, err := dumpOf(r.URL.Query())
	if err != nil {
		return err
	}
	out := sending{w: w, zipped: strings.HasSuffix(r.URL.Path, ".gz"), packed: call.Packs(r)}
	if r.Method == http.MethodHead {
		out.begin()
		return nil
	}
	if err := f.shows(r.Context(), by, walk.Owner); err != nil {
		return err
	}
	a := &asked{ctx: r.Context(), actor: by, lang: call.Of(r.Context()).Lang}
	orgs := map[vocab.MemberID]organization{}
	lines := json.NewEncoder(&out.held)
	lines.SetEscapeHTML(false)
	var failed error
	walk.Between = out.pass
	err = f.Each(r.Context(), by, walk, func(d *entry.Dataset) bool {
		if d.ChangedAt.Before(since) {
			return true
		}
		if _, known := orgs[d.Owner]; !known {
			var named map[vocab.MemberID]organization
			if named, failed = f.organizations(a, []vocab.MemberID{d.Owner}); failed != nil {
				return false
			}
			orgs[d.Owner] = named[d.Owner]
		}
		failed = lines.Encode(dumped{f.pack(a, d, orgs[d.Owner]), itemsOf(a, d)})
		return failed == nil
	})
	if err = cmp.Or(err, failed); err == nil {
		err = out.end()
	}
	if err != nil && out.begun {
		panic(http.ErrAbortHandler) // its reader sees that it is not whole
	}
	return err
}

// shows refuses a department that the caller sees nothing of: an empty file would say
// that it holds nothing.
func (f *face) shows(ctx context.Context, by identity.Actor, owner vocab.MemberID) error {
	if owner == "" || by.In(owner) {
		return nil
	}
	got, err := f.Published(ctx, by, string(catalog.FacetOwner))
	if err != nil {
		return err
	}
	if slices.ContainsFunc(got.Facets[string(catalog.FacetOwner)], func(o index.Count) bool { return o.Value == string(owner) && o.N > 0 }) {
		return nil
	}
	return vocab.NoSuchThing.Because("no department of that name has published anything").WithFix("See which have: fontis search, column OWNER")
}

// dumpOf reads which entries are asked for.
func dumpOf(q url.Values) (w open.Walk, since time.Time, err error) {
	for name := range q {
		if !slices.Contains([]string{"after", "modified_since", "organization", "state"}, name) { // one that is misspelt would send everything
			return w, since, vocab.BadInput.Because("the catalog's file takes no parameter %.40q, but after, modified_since, organization, state", name)
		}
	}
	w.After, w.Owner, w.Patience = vocab.DatasetID(q.Get("after")), vocab.MemberID(q.Get("organization")), wholeCatalog
	switch state := entry.State(cmp.Or(q.Get("state"), string(entry.StatePublished))); {
	case slices.Contains(entry.States(), state):
		w.State = state
	case state != everyState:
		return w, since, vocab.BadInput.Because("state is one of draft, published, suspended, retired, %s", everyState)
	}
	since, err = open.Since(q.Get("modified_since"))
	return w, since, err
}

// sending is an answer of unknown length: its head goes out with the first lines, so
// that a failure before them is answered as any other.
type sending struct {
	w      http.ResponseWriter
	zipped bool // the answer is a file of gzip
	packed bool // its reader takes gzip on the way
	begun  bool
	held   bytes.Buffer
	zip    *gzip.Writer
}

func (s *sending) begin() {
	s.begun = true
	h := s.w.Header()
	h.Set("Content-Type", "application/jsonl; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="catalog.jsonl"`)
	h.Set("Vary", "Accept-Encoding, Accept-Language, Authorization")
	switch {
	case s.zipped:
		h.Set("Content-Type", "application/gzip")
		h.Set("Content-Disposition", `attachment; filename="catalog.jsonl.gz"`)
	case s.packed:
		h.Set("Content-Encoding", "gzip")
	default:
		return
	}
	s.zip = gzip.NewWriter(s.w)
}

// pass sends what is held.
func (s *sending) pass() error {
	if !s.begun {
		s.begin()
	}
	if s.zip == nil {
		_, err := s.held.WriteTo(s.w)
		return err
	}
	_, err := s.held.WriteTo(s.zip)
	return err
}

func (s *sending) end() error {
	err := s.pass()
	if err == nil && s.zip != nil {
		err = s.zip.Close()
	}
	return err
}
