package ckan

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/trust/identity/region"
)

// fields are the names that a query may use, each with what it is of an entry. A
// field that is a facet of the catalog is found by its index.
var fields = map[string]struct {
	facet entry.Field
	of    func(*entry.Dataset) []string
	part  bool // a part of the text is enough
	time  func(*entry.Dataset) time.Time
}{
	"id":                {of: func(d *entry.Dataset) []string { return []string{string(d.ID)} }},
	"name":              {of: func(d *entry.Dataset) []string { return []string{string(d.ID)} }},
	"title":             {of: func(d *entry.Dataset) []string { return []string{d.Name.ZH, d.Name.EN} }, part: true},
	"notes":             {of: func(d *entry.Dataset) []string { return []string{d.Abstract.ZH, d.Abstract.EN} }, part: true},
	"text":              {of: texts, part: true},
	"tags":              {facet: entry.FieldTheme, of: field(entry.FieldTheme)},
	"groups":            {facet: entry.FieldDomain, of: field(entry.FieldDomain)},
	"organization":      {facet: entry.Field(catalog.FacetOwner), of: owner},
	"owner_org":         {facet: entry.Field(catalog.FacetOwner), of: owner},
	"res_format":        {of: func(d *entry.Dataset) []string { return formatsOf(d) }},
	"license_id":        {of: func(*entry.Dataset) []string { return []string{noLicense} }},
	"state":             {of: func(d *entry.Dataset) []string { return []string{stateOf(d)} }},
	"private":           {of: func(*entry.Dataset) []string { return []string{"false"} }},
	"capacity":          {of: func(*entry.Dataset) []string { return []string{"public"} }},
	"type":              {of: func(*entry.Dataset) []string { return []string{"dataset"} }},
	"dataset_type":      {of: func(*entry.Dataset) []string { return []string{"dataset"} }},
	"metadata_created":  {time: func(d *entry.Dataset) time.Time { return d.CreatedAt }},
	"metadata_modified": {time: func(d *entry.Dataset) time.Time { return d.ChangedAt }},
	"region":            {facet: entry.FieldRegion, of: regions},
	"share_type":        {facet: entry.FieldShare, of: field(entry.FieldShare)},
	"open_type":         {facet: entry.FieldOpen, of: field(entry.FieldOpen)},
	"update_cycle":      {facet: entry.FieldCycle, of: field(entry.FieldCycle)},
	"origin_class":      {facet: entry.FieldOrigin, of: field(entry.FieldOrigin)},
	"subject_kind":      {facet: entry.FieldSubject, of: field(entry.FieldSubject)},
	"security_level":    {facet: entry.FieldLevel, of: field(entry.FieldLevel)},
}

func field(f entry.Field) func(*entry.Dataset) []string {
	return func(d *entry.Dataset) []string { return []string{d.Get(f)} }
}

// regions are the region of an entry and all above it: a region holds all below it,
// as in the index.
func regions(d *entry.Dataset) []string {
	var out []string
	for v := d.Region; v != ""; v = region.Above(v) {
		out = append(out, v)
	}
	return out
}

func owner(d *entry.Dataset) []string { return []string{string(d.Owner)} }

// texts are all words of an entry.
func texts(d *entry.Dataset) []string {
	out := []string{d.Name.ZH, d.Name.EN, d.Abstract.ZH, d.Abstract.EN, d.Code, d.Provider, d.Department, d.System, d.Theme, d.Category}
	for i := range d.Items {
		out = append(out, d.Items[i].Code, d.Items[i].Name.ZH, d.Items[i].Name.EN)
	}
	return out
}

// fieldName is the field that the query means; extras are fields too.
func fieldName(s string) string { return strings.TrimPrefix(s, "extras_") }

// check refuses fields that no entry has.
func (n *node) check() error {
	if n.op == leaf && n.field != "" && !n.anything() {
		f, ok := fields[fieldName(n.field)]
		if !ok {
			return badQuery.Because("there is no field %q; a colon inside words stands between quotation marks", clip(n.field))
		}
		if n.span != nil && f.time == nil {
			return badQuery.Because("the field %q holds no time, so it has no range", clip(n.field))
		}
	}
	if n.op == leaf && n.field == "" && n.span != nil {
		return badQuery.Because("a range stands without a field")
	}
	for _, k := range n.kids {
		if err := k.check(); err != nil {
			return err
		}
	}
	return nil
}

// matches tells whether the entry is what the query asks.
func (n *node) matches(d *entry.Dataset) bool {
	return n.fits(&compared{Dataset: d})
}

// compared is an entry as it is compared: each of its fields is folded once, however
// many parts of a query ask for it.
type compared struct {
	*entry.Dataset
	folded map[string][]string
}

func (e *compared) values(name string) []string {
	if out, ok := e.folded[name]; ok {
		return out
	}
	var out []string
	for _, v := range fields[name].of(e.Dataset) {
		out = append(out, fold(v))
	}
	if e.folded == nil {
		e.folded = map[string][]string{}
	}
	e.folded[name] = out
	return out
}

// fits is matches of a part.
func (n *node) fits(d *compared) bool {
	switch n.op {
	case all:
		for _, k := range n.kids {
			if !k.fits(d) {
				return false
			}
		}
		return true
	case some:
		for _, k := range n.kids {
			if k.fits(d) {
				return true
			}
		}
		return false
	case not:
		return !n.kids[0].fits(d)
	case oneOf:
		v := d.Get(entry.Field(n.field))
		switch n.field {
		case string(catalog.FacetOwner):
			v = string(d.Owner)
		case string(catalog.FacetState):
			v = string(d.State)
		case string(entry.FieldRegion):
			return slices.ContainsFunc(regions(d.Dataset), func(v string) bool { return slices.Contains(n.values, v) })
		}
		return slices.Contains(n.values, v)
	}
	return n.holds(d)
}

// holds is matches of a leaf.
func (n *node) holds(d *compared) bool {
	if n.anything() {
		return true
	}
	name := fieldName(n.field)
	if name == "" {
		name = "text"
	}
	f := fields[name]
	if f.time != nil {
		return n.inside(f.time(d.Dataset))
	}
	for _, v := range d.values(name) {
		switch {
		case n.value == "*" && v != "", v == n.want, n.begin && strings.HasPrefix(v, n.want):
			return true
		case f.part && strings.Contains(v, n.want):
			return true
		}
	}
	return false
}

// anything is * or *:*.
func (n *node) anything() bool {
	return n.op == leaf && n.value == "*" && (n.field == "" || n.field == "*")
}

// inside tells whether the time is asked for; an entry that is not shared tells none.
func (n *node) inside(t time.Time) bool {
	if t.IsZero() {
		return false
	}
	if n.span == nil {
		return n.value == "*" || stamp(t) == n.value || strings.HasPrefix(stamp(t), n.value)
	}
	return (n.span.from.IsZero() || !t.Before(n.span.from)) && (n.span.to.IsZero() || !t.After(n.span.to))
}

func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

// plan is a query as it is carried out: words and filters for the index, and what
// only a look at each entry can tell.
type plan struct {
	words   []string
	filters map[string][]string
	rest    *node
}

// planOf takes out of the query what the index can answer.
func planOf(queries ...*node) plan {
	p := plan{filters: map[string][]string{}}
	rest := &node{op: all}
	for _, q := range queries {
		parts := []*node{q}
		if q.op == all {
			parts = q.kids
		}
		for _, n := range parts {
			if !p.take(n) {
				rest.kids = append(rest.kids, n)
			}
		}
	}
	if len(rest.kids) > 0 {
		p.rest = rest
	}
	return p
}

// take gives the part to the index, where the index can answer it.
func (p *plan) take(n *node) bool {
	if n.anything() {
		return true
	}
	if n.op == leaf && n.field == "" && n.span == nil {
		w := n.value
		if n.begin {
			w += "*"
		}
		p.words = append(p.words, w)
		return true
	}
	facet, values, ok := n.facet()
	if !ok || p.filters[facet] != nil {
		return false
	}
	p.filters[facet] = values
	return true
}

// facet is a leaf, or alternatives, of one facet with whole values.
func (n *node) facet() (string, []string, bool) {
	if n.op == some {
		var facet string
		var values []string
		for _, k := range n.kids {
			f, v, ok := k.facet()
			if !ok || facet != "" && f != facet {
				return "", nil, false
			}
			facet, values = f, append(values, v...)
		}
		return facet, values, facet != ""
	}
	f := fields[fieldName(n.field)]
	if n.op != leaf || f.facet == "" || n.begin || n.span != nil || n.value == "*" {
		return "", nil, false
	}
	return string(f.facet), []string{n.value}, true
}

// stateOf is the entry's state in CKAN's words.
func stateOf(d *entry.Dataset) string {
	switch d.State {
	case entry.StatePublished, entry.StateSuspended:
		return "active"
	case entry.StateRetired:
		return "deleted"
	}
	return "draft"
}
