package ckan

import (
	"slices"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/api/open"
	"fontis/internal/engine/index"
	"fontis/internal/vocab"
)

// counts are the values of a facet over what the caller may see.
func (f *face) counts(a *asked, facet string) ([]index.Count, error) {
	got, err := f.Published(a.ctx, a.actor, facet)
	if err != nil {
		return nil, err
	}
	out := slices.DeleteFunc(got.Facets[facet], func(c index.Count) bool { return c.Value == "" || c.N == 0 })
	slices.SortFunc(out, func(x, y index.Count) int {
		if x.Value < y.Value {
			return -1
		}
		return 1
	})
	return out, nil
}

// organizations are members as CKAN shows them.
func (f *face) organizations(a *asked, ids []vocab.MemberID) (map[vocab.MemberID]organization, error) {
	names, err := f.Names.MemberNames(a.ctx, ids...)
	if err != nil {
		return nil, err
	}
	out := map[vocab.MemberID]organization{}
	for _, id := range ids {
		title := open.Called(a.lang, names[id], string(id))
		out[id] = organization{
			group:          group{ID: string(id), Name: string(id), Title: title, Shown: title, Type: "organization", State: "active"},
			IsOrganization: true, Approval: "approved",
		}
	}
	return out, nil
}

// cut is the part of a list between offset and offset+limit.
func cut[T any](a *asked, list []T, most int) ([]T, error) {
	limit, err := a.give.number("limit", most, most)
	if err != nil {
		return nil, err
	}
	offset, err := a.give.number("offset", 0, maxStart)
	if err != nil {
		return nil, err
	}
	return list[min(offset, len(list)):min(offset+limit, len(list))], nil
}

func (f *face) organizationList(a *asked) (any, error) {
	counts, err := f.counts(a, string(catalog.FacetOwner))
	if err != nil {
		return nil, err
	}
	var ids []vocab.MemberID
	for _, c := range counts {
		ids = append(ids, vocab.MemberID(c.Value))
	}
	orgs, err := f.organizations(a, ids)
	if err != nil {
		return nil, err
	}
	all := []organization{}
	for _, c := range counts {
		o := orgs[vocab.MemberID(c.Value)]
		o.Packages = &c.N
		all = append(all, o)
	}
	return listed(a, all, func(o organization) string { return o.Name })
}

// listed gives names, or with all_fields the things.
func listed[T any](a *asked, list []T, name func(T) string) (any, error) {
	if a.give.yes("all_fields") {
		return cut(a, list, maxRows)
	}
	list, err := cut(a, list, maxNames)
	names := []string{}
	for _, x := range list {
		names = append(names, name(x))
	}
	return names, err
}

func (f *face) organizationShow(a *asked) (any, error) {
	id, err := a.give.need("id")
	if err != nil {
		return nil, err
	}
	counts, err := f.counts(a, string(catalog.FacetOwner))
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(counts, func(c index.Count) bool { return c.Value == id })
	if at < 0 {
		return nil, vocab.NoSuchThing.Because("no organization of that name has published anything")
	}
	orgs, err := f.organizations(a, []vocab.MemberID{vocab.MemberID(id)})
	if err != nil {
		return nil, err
	}
	o := orgs[vocab.MemberID(id)]
	o.Packages = &counts[at].N
	o.List, err = f.members(a, string(catalog.FacetOwner), id)
	return o, err
}

// members are the first entries of an organization or group, when they are asked for.
func (f *face) members(a *asked, facet, value string) ([]*pack, error) {
	if !a.give.yes("include_datasets") {
		return nil, nil
	}
	got, err := f.find(a, wanted{plan: plan{filters: map[string][]string{facet: {value}}}, rows: maxRows})
	if err != nil {
		return nil, err
	}
	return f.packs(a, got.page)
}

func (f *face) groupList(a *asked) (any, error) {
	counts, err := f.counts(a, string(entry.FieldDomain))
	if err != nil {
		return nil, err
	}
	all := []group{}
	for _, c := range counts {
		g := f.group(a.lang, c.Value)
		g.Packages = &c.N
		all = append(all, g)
	}
	return listed(a, all, func(g group) string { return g.Name })
}

func (f *face) groupShow(a *asked) (any, error) {
	id, err := a.give.need("id")
	if err != nil {
		return nil, err
	}
	counts, err := f.counts(a, string(entry.FieldDomain))
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(counts, func(c index.Count) bool { return c.Value == id })
	if at < 0 {
		return nil, vocab.NoSuchThing.Because("there is no group of that name")
	}
	g := f.group(a.lang, id)
	g.Packages = &counts[at].N
	g.List, err = f.members(a, string(entry.FieldDomain), id)
	return g, err
}

func (f *face) groupPackages(a *asked) (any, error) {
	if _, err := f.groupShow(&asked{ctx: a.ctx, actor: a.actor, lang: a.lang, give: given{"id": a.give["id"]}}); err != nil {
		return nil, err
	}
	limit, err := a.give.number("limit", maxRows, maxRows)
	if err != nil {
		return nil, err
	}
	got, err := f.find(a, wanted{plan: plan{filters: map[string][]string{string(entry.FieldDomain): {a.give.text("id")}}}, rows: limit})
	if err != nil {
		return nil, err
	}
	return f.packs(a, got.page)
}

func (f *face) tagList(a *asked) (any, error) {
	counts, err := f.counts(a, string(entry.FieldTheme))
	if err != nil {
		return nil, err
	}
	all := []tag{}
	for _, c := range counts {
		all = append(all, tag{ID: slug(c.Value), Name: c.Value, Shown: c.Value, State: "active"})
	}
	return listed(a, all, func(t tag) string { return t.Name })
}

// license is one line of license_list.
type license struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	URL       string `json:"url"`
	Status    string `json:"status"`
	Family    string `json:"family"`
	IsGeneric bool   `json:"is_generic"`
	OD        string `json:"od_conformance"`
	OSD       string `json:"osd_conformance"`
}

func (f *face) licenseList(*asked) (any, error) {
	return []license{{ID: noLicense, Title: "License not specified", Status: "active", IsGeneric: true, OD: "not reviewed", OSD: "not reviewed"}}, nil
}
