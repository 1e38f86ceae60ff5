package web

import (
	"slices"
	"strings"

	"fontis/internal/edge/problem"
	"fontis/internal/edge/text"
	"fontis/internal/vocab"
)

// frame is what stands around every page.
type frame struct {
	Lang    text.Lang
	Page    string
	Node    string
	Demo    bool
	Style   string // version of the stylesheet
	Who     *present
	Menu    []menuLine
	Problem *problem.Problem
	Foreign bool   // the problem's cause is in another language than the page
	Done    string // what the last form did
	Other   *form  // to the other language
	Leave   *form
	Main    any
}

// present is who is signed in.
type present struct {
	Officer vocab.OfficerID
	Member  tongued
	Person  bool
	Unread  int
}

type menuLine struct {
	Path, Text string
	Here       bool
}

func (v *visit) frame(page string, body any) (*frame, error) {
	f := &frame{
		Lang: v.call.Lang, Page: page, Demo: v.Demo != nil, Style: v.static.Version, Main: body,
		Problem: v.wrong, Foreign: v.call.Lang != text.English, Done: v.done(), Other: v.otherLanguage(),
	}
	if node, err := v.Identity.Node(v.ctx()); err == nil {
		f.Node = node.Name
	}
	if v.actor.Nobody() {
		return f, nil
	}
	f.Leave = v.form(form{Action: "/sign-out", Name: "sign_out", Inline: true})
	f.Who = &present{Officer: v.actor.Officer, Member: v.look().Name(v.actor.MemberName), Person: v.actor.IsPerson()}
	if f.Who.Person {
		return f, nil
	}
	f.Menu = v.menu()
	var err error
	if f.Who.Unread, err = v.Identity.UnreadNotices(v.ctx(), v.actor); err != nil && v.shut {
		return f, nil // the error page stands without it
	}
	return f, err
}

// menu is what the officer's roles let them do; pages of other roles answer by
// their verbs when their address is typed.
func (v *visit) menu() []menuLine {
	lines := []struct {
		path  string
		roles []vocab.Role
	}{
		{"/search", nil},
		{"/desk", []vocab.Role{vocab.Steward}},
		{"/import", []vocab.Role{vocab.Steward}},
		{"/todo", []vocab.Role{vocab.Steward}},
		{"/sources", []vocab.Role{vocab.Steward}},
		{"/requests", []vocab.Role{vocab.Steward, vocab.DataUser, vocab.Authority}},
		{"/grants", []vocab.Role{vocab.Steward, vocab.DataUser}},
		{"/compare", []vocab.Role{vocab.DataUser}},
		{"/batches", []vocab.Role{vocab.DataUser}},
		{"/accesses", []vocab.Role{vocab.Steward, vocab.DataUser, vocab.Auditor, vocab.Authority}},
		{"/members", []vocab.Role{vocab.Authority}},
		{"/officers", []vocab.Role{vocab.Steward, vocab.Operator, vocab.Authority}},
		{"/machines", []vocab.Role{vocab.Steward, vocab.Operator}},
		{"/health", []vocab.Role{vocab.Operator}},
	}
	var out []menuLine
	for _, l := range lines {
		if l.roles == nil || slices.ContainsFunc(l.roles, v.actor.Has) {
			here := v.r.URL.Path == l.path || strings.HasPrefix(v.r.URL.Path, l.path+"/")
			out = append(out, menuLine{Path: l.path, Text: strings.TrimPrefix(l.path, "/"), Here: here && !v.shut})
		}
	}
	return out
}

// done names the sentence about what the last form did, if there is one.
func (v *visit) done() string {
	word := v.r.URL.Query().Get("done")
	if v.wrong != nil || word == "" || len(word) > 40 || !v.look().Has("page.done."+word) {
		return ""
	}
	return "page.done." + word
}

func (v *visit) otherLanguage() *form {
	other := text.English
	if v.call.Lang == text.English {
		other = text.Chinese
	}
	back := "/"
	if v.r.Method == "GET" && !v.shut {
		back = v.r.URL.RequestURI()
	}
	return v.form(form{Action: "/language", Name: "language", Inline: true, Fields: []field{
		{Name: "to", Kind: "hidden", Value: string(other)}, {Name: "back", Kind: "hidden", Value: back},
	}})
}
