package nation

import (
	"cmp"
	"strconv"
)

// Line is a set as a list of it holds it: a package of CKAN with its items, the form
// in which the catalog is exported and imported (docs/protocol/ckan.md).
type Line struct {
	ID       string     `json:"id"`
	Owner    string     `json:"owner_org"`
	Title    string     `json:"title"`
	Titles   langs      `json:"title_translated"`
	Notes    string     `json:"notes"`
	Texts    langs      `json:"notes_translated"`
	Provider titled     `json:"organization"`
	Groups   []titled   `json:"groups"`
	Cycle    string     `json:"frequency"`
	Extras   []extra    `json:"extras"`
	Items    []lineItem `json:"items"`
}

type langs struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

type titled struct {
	Title string `json:"title"`
}

type extra struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type lineItem struct {
	Code  string `json:"code"`
	Name  string `json:"name"`
	Names langs  `json:"name_translated"`
}

// Line gives the set as a line.
func (s Set) Line() Line {
	out := Line{
		ID: s.Code, Owner: s.Provider, Title: cmp.Or(s.Name.ZH, s.Name.EN), Titles: langs(s.Name), Notes: cmp.Or(s.Abstract.ZH, s.Abstract.EN), Texts: langs(s.Abstract),
		Provider: titled{s.Provider}, Groups: []titled{}, Cycle: s.Cycle, Items: make([]lineItem, len(s.Items)),
		Extras: []extra{
			{"code", s.Code},
			{"region", s.Region},
			{"source_department", s.Department},
			{"share_type", s.Share},
			{"origin_class", s.Origin},
			{"format", s.Format},
			{"security_level", strconv.Itoa(s.Level)},
			{"year", strconv.Itoa(s.Year)},
		},
	}
	if s.Theme != "" {
		out.Groups = append(out.Groups, titled{s.Theme})
	}
	for i, it := range s.Items {
		out.Items[i] = lineItem{it.Code, it.Name.ZH, langs(it.Name)}
	}
	return out
}
