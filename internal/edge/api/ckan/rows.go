package ckan

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/api/open"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// resource finds a resource with its entry.
func (f *face) resource(a *asked, id string) (*entry.Dataset, *resource, error) {
	name := strings.TrimSuffix(strings.TrimSuffix(id, rowsTail), askTail)
	d, err := f.Catalog.Get(a.ctx, a.actor, vocab.DatasetID(name))
	if err != nil {
		return nil, nil, err
	}
	for _, r := range f.resources(a, d, f.URL+"/datasets/"+url.PathEscape(name)) {
		if r.ID == id {
			return d, &r, nil
		}
	}
	return nil, nil, vocab.NoSuchThing.Because("the data set has no resource of that name")
}

func (f *face) resourceShow(a *asked) (any, error) {
	id, err := a.give.need("id")
	if err != nil {
		return nil, err
	}
	_, r, err := f.resource(a, id)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// resourceSearch finds resources by a part of their name, as "field:term".
func (f *face) resourceSearch(a *asked) (any, error) {
	queries, err := a.give.list("query")
	if err != nil {
		return nil, err
	}
	if s := a.give.text("query"); s != "" && !strings.HasPrefix(s, "[") {
		queries = []string{s}
	}
	if len(queries) == 0 {
		return nil, vocab.BadInput.Because("query: Missing value")
	}
	limit, err := a.give.number("limit", 100, maxRows)
	if err != nil {
		return nil, err
	}
	offset, err := a.give.number("offset", 0, maxFound)
	if err != nil {
		return nil, err
	}
	w := wanted{plan: plan{filters: map[string][]string{}}, start: 0, rows: maxFound}
	for _, q := range queries {
		field, term, ok := strings.Cut(q, ":")
		if !ok {
			return nil, vocab.BadInput.Because("query: is written FIELD:TERM")
		}
		if field != "name" && field != "description" && field != "format" {
			return nil, badQuery.Because("resources are found by name, description and format, not by %q", clip(field))
		}
		if field != "format" {
			w.words = append(w.words, term)
			continue
		}
		w.rest = leafOf("res_format", term, false)
	}
	got, err := f.find(a, w)
	if err != nil {
		return nil, err
	}
	out := struct {
		Count   int        `json:"count"`
		Results []resource `json:"results"`
	}{Results: []resource{}}
	for _, d := range got.page {
		out.Results = append(out.Results, f.resources(a, d, f.URL+"/datasets/"+url.PathEscape(string(d.ID)))...)
	}
	out.Count = len(out.Results)
	out.Results = out.Results[min(offset, out.Count):min(offset+limit, out.Count)]
	return out, nil
}

// maxFound bounds what one search of resources looks through.
const maxFound = 10_000

// column is a field of the data store.
type column struct {
	ID   string      `json:"id"`
	Type string      `json:"type"`
	Info *columnInfo `json:"info,omitempty"`
}

type columnInfo struct {
	Label string `json:"label"`
	Notes string `json:"notes"`
}

func (f *face) columns(a *asked, d *entry.Dataset, items []vocab.ItemID) []column {
	out := []column{{ID: "_id", Type: "int"}}
	for _, id := range items {
		c := column{ID: id.Name(), Type: "text"}
		if it, ok := d.Item(id.Name()); ok {
			c.Info = &columnInfo{Label: open.In(a.lang, it.Name), Notes: it.Element}
		}
		out = append(out, c)
	}
	return out
}

// rowsAnswer is what datastore_search answers. Every value is text: a code is never
// turned into a number.
type rowsAnswer struct {
	Resource  string            `json:"resource_id"`
	Fields    []column          `json:"fields"`
	Format    string            `json:"records_format"`
	Records   any               `json:"records"`
	Limit     int               `json:"limit"`
	Offset    int               `json:"offset"`
	Links     map[string]string `json:"_links"`
	Total     int               `json:"total"`
	Estimated bool              `json:"total_was_estimated"`
	Include   bool              `json:"include_total"`
}

// maxStored bounds one answer of datastore_search, as in CKAN.
const maxStored = 32_000

func (f *face) datastoreSearch(a *asked) (any, error) {
	id := a.give.text("resource_id")
	if id == "" {
		id = a.give.text("id")
	}
	if id == "" {
		return nil, vocab.BadInput.Because("resource_id: Missing value")
	}
	for _, key := range []string{"q", "filters", "sort", "distinct", "language"} {
		if v := a.give.text(key); v != "" && v != "map[]" && v != "{}" && v != "false" {
			return nil, vocab.BadInput.Because("%s: rows are read in the order of their key, whole; a question about one of them is a grant's", key)
		}
	}
	d, r, err := f.resource(a, id)
	if err != nil {
		return nil, err
	}
	if !r.Store {
		return nil, vocab.SignInNeeded.Because("the rows are not open to everybody; %s says how to ask for them", r.URL)
	}
	limit, err := a.give.number("limit", 100, maxStored)
	if err != nil {
		return nil, err
	}
	offset, err := a.give.number("offset", 0, maxStart)
	if err != nil {
		return nil, err
	}
	return f.stored(a, d, id, offset, limit)
}

func (f *face) stored(a *asked, d *entry.Dataset, id string, offset, limit int) (any, error) {
	began := f.Clock.Now()
	at, c := offset, access.OpenCall{Dataset: d.ID, After: a.give.text("after")}
	out := rowsAnswer{Resource: id, Format: "objects", Limit: limit, Offset: offset, Include: true}
	more := true
	if c.After == "" {
		var last vocab.DatasetID
		end := f.ends.counted(id, nil, began)
		switch at, last = f.ends.before(id, offset); {
		case at == offset:
		case end != nil && offset >= end.total:
			at, last, more, out.Fields = end.total, "", false, f.columns(a, d, nil)
		default:
			return nil, vocab.BadInput.Because("offset: pages of rows go on one after another, and none that ended at %d is known; follow _links.next", offset)
		}
		c.After = string(last)
	}
	var rows [][]*string
	next := c.After
	for more && (at < offset+limit || out.Fields == nil) {
		if f.Clock.Now().Sub(began) > open.Patience {
			return nil, vocab.SourceSlow.Because("the rows were not read within %s; ask for fewer at once", open.Patience)
		}
		c.Limit = min(access.MaxOpenRows, max(1, offset+limit-at))
		page, err := f.Rows.Rows(a.ctx, c)
		if err != nil {
			return nil, err
		}
		if out.Fields == nil {
			out.Fields = f.columns(a, d, page.Items)
		}
		at += len(page.Rows)
		if c.After, more = page.Next, page.Next != ""; more {
			f.ends.put(id, at, vocab.DatasetID(page.Next))
		} else {
			f.ends.count(id, nil, found{total: at}, began)
		}
		if limit > 0 {
			rows, next = append(rows, page.Rows...), page.Next
		}
	}
	out.Total, out.Estimated = at, more
	if more { // how many follow is not counted: the source is not read for a number
		out.Total++
	}
	form := a.give.text("records_format")
	if form == "lists" {
		out.Format, out.Records = form, lists(rows, offset)
	} else {
		out.Records = objects(rows, out.Fields, offset)
	}
	to := func(at int, after string) string {
		v := url.Values{"resource_id": {id}, "limit": {strconv.Itoa(limit)}}
		if at > 0 {
			v.Set("offset", strconv.Itoa(at))
		}
		if after != "" {
			v.Set("after", after)
		}
		return "/api/3/action/datastore_search?" + v.Encode()
	}
	out.Links = map[string]string{"start": to(0, ""), "next": to(offset+limit, next)}
	return out, nil
}

func objects(rows [][]*string, fields []column, offset int) []map[string]any {
	out := []map[string]any{}
	for i, row := range rows {
		o := map[string]any{"_id": offset + i + 1}
		for j, v := range row {
			o[fields[j+1].ID] = v
		}
		out = append(out, o)
	}
	return out
}

func lists(rows [][]*string, offset int) [][]any {
	out := [][]any{}
	for i, row := range rows {
		o := []any{offset + i + 1}
		for _, v := range row {
			o = append(o, v)
		}
		out = append(out, o)
	}
	return out
}

func (f *face) datastoreInfo(a *asked) (any, error) {
	id, err := a.give.need("id")
	if err != nil {
		return nil, err
	}
	d, r, err := f.resource(a, id)
	if err != nil {
		return nil, err
	}
	if !r.Store {
		return nil, vocab.NoSuchThing.Because("the resource has no rows in the data store")
	}
	page, err := f.Rows.Rows(a.ctx, access.OpenCall{Dataset: d.ID, Limit: 1})
	if err != nil {
		return nil, err
	}
	fields := f.columns(a, d, page.Items)
	return map[string]any{"id": id, "fields": slices.Delete(fields, 0, 1), "meta": map[string]any{"id": id, "table_type": "open set", "as_of": stamp(page.AsOf)}}, nil
}
