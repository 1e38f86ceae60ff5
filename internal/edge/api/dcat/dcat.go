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
	"fontis/internal/edge/api"
	"fontis/internal/edge/call"
	"fontis/internal/edge/text"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Catalog is what this face reads of the catalog.
type Catalog interface {
	Get(ctx context.Context, a identity.Actor, id vocab.DatasetID) (*catalog.Dataset, error)
	List(ctx context.Context, a identity.Actor, q catalog.ListQuery) ([]*catalog.Dataset, error)
	Search(ctx context.Context, a identity.Actor, q catalog.SearchQuery) (*catalog.SearchResult, error)
}

// Names tells what members and the node itself are called.
type Names interface {
	Node(ctx context.Context) (identity.Node, error)
	MemberNames(ctx context.Context, ids ...vocab.MemberID) (map[vocab.MemberID]identity.Name, error)
}

// Parts are what the face stands on; all are needed.
type Parts struct {
	Catalog Catalog
	Names   Names
	Text    *text.Catalog
	URL     string // how others reach the node
}

type face struct{ Parts }

// The sizes of answers: entries of a page, entries that one look into the catalog
// gives, entries of a data.json, addresses of one part of the sitemap.
const (
	pageSize   = 100
	lookSize   = 500
	maxWhole   = 20_000
	partOfSite = 50_000
)

// forms are how a graph is written, by the end of the address.
var forms = map[string]struct {
	kind  string
	write func(io.Writer, []*thing) error
}{
	"ttl":    {"text/turtle; charset=utf-8", writeTurtle},
	"jsonld": {"application/ld+json; charset=utf-8", writeJSON},
}

// Mount adds the face to the interface.
func Mount(a *api.API, p Parts) {
	f := &face{p}
	f.URL = strings.TrimSuffix(f.URL, "/")
	for _, r := range []struct {
		path, summary string
		answer        func(w http.ResponseWriter, r *http.Request, by identity.Actor) error
	}{
		{"/catalog.ttl", "The catalog as DCAT-AP in Turtle, a page", f.catalog("ttl")},
		{"/catalog.jsonld", "The catalog as DCAT-AP in JSON-LD, a page", f.catalog("jsonld")},
		{"/dataset/{name}", "One entry: as DCAT-AP with .ttl or .jsonld, otherwise its page", f.dataset},
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
func (f *face) catalog(form string) func(http.ResponseWriter, *http.Request, identity.Actor) error {
	return func(w http.ResponseWriter, r *http.Request, by identity.Actor) error {
		since, err := sinceOf(r.URL.Query().Get("modified_since"))
		if err != nil {
			return err
		}
		q := catalog.ListQuery{Page: catalog.Page{After: vocab.DatasetID(r.URL.Query().Get("after")), Limit: pageSize}, State: catalog.StatePublished}
		list, next, err := f.part(r.Context(), by, q, since)
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
		graph = append(append(graph, things...), f.controls(r, form, next, f.total(r.Context(), by, since)))
		w.Header().Set("Content-Type", forms[form].kind)
		return forms[form].write(w, graph)
	}
}

// part is a page of entries that changed since then, and where the next begins.
func (f *face) part(ctx context.Context, by identity.Actor, q catalog.ListQuery, since time.Time) ([]*catalog.Dataset, vocab.DatasetID, error) {
	var out []*catalog.Dataset
	q.Limit = lookSize
	for {
		list, err := f.Catalog.List(ctx, by, q)
		if err != nil {
			return nil, "", fmt.Errorf("list the catalog: %w", err)
		}
		for _, d := range list {
			if len(out) == pageSize {
				return out, out[pageSize-1].ID, nil
			}
			if since.IsZero() || !d.ChangedAt.Before(since) {
				out = append(out, d)
			}
		}
		if len(list) < lookSize {
			return out, "", nil
		}
		q.After = list[len(list)-1].ID
	}
}

// things are the graphs of the entries, and of everyone who published one.
func (f *face) things(ctx context.Context, list []*catalog.Dataset, also ...vocab.MemberID) ([]*thing, error) {
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
	got, err := f.Catalog.Search(ctx, by, catalog.SearchQuery{Filters: map[string][]string{string(catalog.FacetState): {string(catalog.StatePublished)}}, Limit: 1})
	if err != nil {
		return -1
	}
	return got.Total
}

// controls tell a reader where the next page is: one node in the words of today's
// hydra and of yesterday's, since harvesters look for either.
func (f *face) controls(r *http.Request, form string, next vocab.DatasetID, total int) *thing {
	to := func(after string) value {
		v := url.Values{}
		if s := r.URL.Query().Get("modified_since"); s != "" {
			v.Set("modified_since", s)
		}
		if after != "" {
			v.Set("after", after)
		}
		at := f.URL + "/catalog." + form
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

// dataset answers one entry in the form of the address's end or of the reader's wish.
func (f *face) dataset(w http.ResponseWriter, r *http.Request, by identity.Actor) error {
	name := r.PathValue("name")
	for form, how := range forms {
		id, ok := strings.CutSuffix(name, "."+form)
		kind, _, _ := strings.Cut(how.kind, ";")
		if !ok && !strings.Contains(r.Header.Get("Accept"), kind) {
			continue
		}
		d, err := f.Catalog.Get(r.Context(), by, vocab.DatasetID(id))
		if err != nil {
			return err
		}
		graph, err := f.things(r.Context(), []*catalog.Dataset{d})
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", how.kind)
		w.Header().Set("Vary", "Accept")
		return how.write(w, graph)
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

func sinceOf(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, vocab.BadInput.Because("modified_since is not a time such as 2026-01-31T00:00:00Z")
}

// langOf is the reader's language.
func langOf(r *http.Request) text.Lang { return call.Of(r.Context()).Lang }
