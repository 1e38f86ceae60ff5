package dcat

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/standard"
	"fontis/internal/edge/api"
	"fontis/internal/edge/api/open"
	"fontis/internal/edge/call"
	"fontis/internal/edge/text"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Parts are what the face stands on; all are needed.
type Parts struct {
	*open.Reader
	Standard *standard.Service
	URL      string // how others reach the node
}

type face struct{ Parts }

// The sizes of answers: entries of a page, entries that are looked at for it, entries
// of a data.json, addresses of one part of the sitemap, and how long a whole list or
// part may look into the catalog.
const (
	pageSize   = 100
	lookMost   = 10_000
	maxWhole   = 20_000
	partOfSite = 50_000
	patience   = 2 * time.Minute
)

// form is how a graph is written.
type form struct {
	end   string // of the address
	kind  string
	write func(io.Writer, []*thing) error
}

var (
	turtle = form{".ttl", "text/turtle", writeTurtle}
	jsonLD = form{".jsonld", "application/ld+json", writeJSON}
)

// forms are all of them; the first is what a reader gets who wants any alike.
func forms() []form { return []form{turtle, jsonLD} }

// answer writes the graph.
func (f form) answer(w http.ResponseWriter, graph []*thing) error {
	w.Header().Set("Content-Type", f.kind+"; charset=utf-8")
	return f.write(w, graph)
}

// Mount adds the face to the interface.
func Mount(a *api.API, p Parts) {
	f := &face{p}
	f.URL = strings.TrimSuffix(f.URL, "/")
	for _, r := range []struct {
		path, summary string
		answer        func(w http.ResponseWriter, r *http.Request, by identity.Actor) error
	}{
		{"/catalog.ttl", "The catalog as DCAT-AP in Turtle, a page", f.catalog(turtle)},
		{"/catalog.jsonld", "The catalog as DCAT-AP in JSON-LD, a page", f.catalog(jsonLD)},
		{"/dataset/{name}", "One entry: as DCAT-AP with .ttl or .jsonld, otherwise its page", f.dataset},
		{"/scheme/{name}", "One code list: as a SKOS concept scheme with .ttl or .jsonld, a page of 500 codes, otherwise its page", f.scheme},
		{"/organization/{id}/data.json", "What a department has published, as DCAT-US 1.1", f.ofOrganization},
		{"/data.json", "The catalog as DCAT-US 1.1; of a large one, where each department's stands", f.whole},
		{"/sitemap.xml", "Where the parts of the sitemap stand", f.sitemap},
		{"/sitemap/{part}", "A part of the sitemap", f.partOfSitemap},
	} {
		o := huma.Operation{Method: http.MethodGet, Path: r.path, Summary: r.summary, Tags: []string{"open data"}}
		api.Raw(a, o, r.answer)
	}
}

// catalog answers a page of all entries in the order of their names.
func (f *face) catalog(as form) func(http.ResponseWriter, *http.Request, identity.Actor) error {
	return func(w http.ResponseWriter, r *http.Request, by identity.Actor) error {
		since, err := open.Since(r.URL.Query().Get("modified_since"))
		if err != nil {
			return err
		}
		list, next, err := f.part(r.Context(), by, vocab.DatasetID(r.URL.Query().Get("after")), since)
		if err != nil {
			return err
		}
		n, err := f.Names.Node(r.Context())
		if err != nil {
			return err
		}
		all := &thing{iri: f.URL + "/catalog", types: []string{"dcat:Catalog"}}
		all.say("dct:title", words(n.Name, ""))
		all.say("dct:description", f.about()...)
		all.say("foaf:homepage", value{thing: &thing{iri: f.URL + "/"}})
		all.say("dct:publisher", iri(f.organization(n.Keeper)))
		var sets []value
		for _, d := range list {
			sets = append(sets, iri(f.address(d.ID)))
		}
		all.say("dcat:dataset", sets...)
		graph := []*thing{all, {iri: f.URL + "/", types: []string{"foaf:Document"}}}
		things, err := f.things(r.Context(), list, n.Keeper)
		if err != nil {
			return err
		}
		graph = append(append(graph, things...), f.controls(r, as, next, f.total(r.Context(), by, since)))
		return as.answer(w, graph)
	}
}

// part is a page of entries that changed since then, and where the next begins. A
// page for which much is looked at may hold few, or none.
func (f *face) part(ctx context.Context, by identity.Actor, after vocab.DatasetID, since time.Time) (out []*entry.Dataset, next vocab.DatasetID, err error) {
	if since.After(f.Clock.Now()) {
		return nil, "", nil
	}
	w := open.Walk{ListQuery: catalog.ListQuery{Page: catalog.Page{After: after}, State: entry.StatePublished}, Patience: open.Patience}
	looked := 0
	err = f.Each(ctx, by, w, func(d *entry.Dataset) bool {
		if len(out) == pageSize || looked == lookMost {
			next = after
			return false
		}
		if looked++; since.IsZero() || !d.ChangedAt.Before(since) {
			out = append(out, d)
		}
		after = d.ID
		return true
	})
	if vocab.CodeOf(err) == open.Impatient {
		return out, after, nil
	}
	return out, next, err
}

// things are the graphs of the entries, and of everyone who published one.
func (f *face) things(ctx context.Context, list []*entry.Dataset, also ...vocab.MemberID) ([]*thing, error) {
	ids := map[vocab.MemberID]bool{}
	var order []vocab.MemberID
	for _, d := range list {
		also = append(also, d.Owner)
	}
	for _, id := range also {
		if !ids[id] && id != "" {
			ids[id], order = true, append(order, id)
		}
	}
	called, err := f.Names.MemberNames(ctx, order...)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var out []*thing
	add := func(t *thing) {
		if !seen[t.iri] {
			seen[t.iri], out = true, append(out, t)
		}
	}
	for _, d := range list {
		for _, t := range f.entry(d) {
			add(t)
		}
	}
	for _, id := range order {
		add(f.publisher(id, called[id]))
	}
	return out, nil
}

// total counts what the caller may see; of a part by time it is not known.
func (f *face) total(ctx context.Context, by identity.Actor, since time.Time) int {
	if !since.IsZero() {
		return -1
	}
	got, err := f.Published(ctx, by)
	if err != nil {
		return -1
	}
	return got.Total
}

// controls tell a reader where the next page is: one node in the words of today's
// hydra and of yesterday's, since harvesters look for either.
func (f *face) controls(r *http.Request, as form, next vocab.DatasetID, total int) *thing {
	to := func(after string) value {
		v := url.Values{}
		if s := r.URL.Query().Get("modified_since"); s != "" {
			v.Set("modified_since", s)
		}
		if after != "" {
			v.Set("after", after)
		}
		at := f.URL + "/catalog" + as.end
		if len(v) > 0 {
			at += "?" + v.Encode()
		}
		return iri(at)
	}
	t := &thing{iri: to(r.URL.Query().Get("after")).iri, types: []string{"hydra:PartialCollectionView", "hydra:PagedCollection"}}
	t.say("hydra:first", to(""))
	t.say("hydra:firstPage", to(""))
	if next != "" {
		t.say("hydra:next", to(string(next)))
		t.say("hydra:nextPage", to(string(next)))
	}
	if total >= 0 {
		t.say("hydra:totalItems", typed(fmt.Sprint(total), "xsd:integer"))
	}
	t.say("hydra:itemsPerPage", typed(fmt.Sprint(pageSize), "xsd:integer"))
	return t
}

// dataset answers one entry in the form of the address's end, or where it has none in
// the form that the reader wants most.
func (f *face) dataset(w http.ResponseWriter, r *http.Request, by identity.Actor) error {
	name := r.PathValue("name")
	for _, as := range forms() {
		if id, ok := strings.CutSuffix(name, as.end); ok {
			return f.one(w, r, by, as, vocab.DatasetID(id))
		}
	}
	w.Header().Add("Vary", "Accept")
	if as, ok := wished(r.Header.Values("Accept")); ok {
		return f.one(w, r, by, as, vocab.DatasetID(name))
	}
	http.Redirect(w, r, "/datasets/"+url.PathEscape(name), http.StatusSeeOther)
	return nil
}

// about is the sentence that says what this is, in every language.
func (f *face) about() []value {
	var out []value
	for _, l := range text.Langs() {
		s, err := f.Text.Get(l, "ckan.about")
		if err == nil {
			out = append(out, words(s, strings.TrimSuffix(string(l), "-Hans")))
		}
	}
	return out
}

// langOf is the reader's language.
func langOf(r *http.Request) text.Lang { return call.Of(r.Context()).Lang }
