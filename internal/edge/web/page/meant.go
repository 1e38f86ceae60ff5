package page

import (
	"net/http"
	"strings"

	"fontis/internal/vocab"
)

// errorPage is what stands below a problem: whom the page is meant for where its
// reader came to somebody else's, and where their own work begins.
type errorPage struct {
	Meant *meant
	Start string // of who is there; the first page when empty
	Named string // the page that starts there
}

// meant tells whose a page is: a place of the menu, what it is for and who finds it.
type meant struct {
	Page   string
	Roles  []vocab.Role
	Person bool
}

// stranger knows the refusals that say no more than that the page is another's.
func stranger(code vocab.Code) bool {
	return code == vocab.RoleMissing || code == vocab.SignInNeeded
}

// sendHome turns the refusal of a page that its reader's menu does not have into
// words about the page: a resident is told of no command, and who is signed in is
// not told to sign in.
func (v *Visit) sendHome() errorPage {
	p := errorPage{}
	line := v.placeOf(v.route.Path)
	hidden := v.wrong.Code == vocab.NoSuchThing && line != nil && line.Path == v.route.Path // a place that everybody knows to be there
	if v.wrong.Code == vocab.MandateOutside {
		p.Start, p.Named = v.start()
		return p
	}
	if v.Actor.Nobody() || !stranger(v.wrong.Code) && !hidden {
		return p
	}
	k, said := v.Look(), *v.wrong
	p.Start, p.Named = v.start()
	switch {
	case line != nil && !v.offered(*line):
		p.Meant = &meant{Page: line.Path[strings.LastIndex(line.Path, "/")+1:], Roles: line.Roles, Person: line.Person}
		said.Title, said.Detail, said.Fix = k.Must("page.meant.title"), k.Must("page.meant."+p.Meant.Page), k.Must("page.meant.officer")
	case v.Actor.Member != "":
		return p // an officer on a page of theirs: the refusal itself says which role
	}
	if v.Actor.Member == "" {
		said.Fix = k.Must("page.meant.person")
	}
	if v.wrong.Code == vocab.SignInNeeded { // who is signed in already is somebody else
		said.Status, said.Title = http.StatusForbidden, k.Must("page.meant.title")
	}
	said.Native = said.Native || p.Meant != nil
	v.wrong = &said
	return p
}

// placeOf is the place of the menu at or above an address; nil where there is none.
func (v *Visit) placeOf(path string) *MenuLine {
	best := -1
	for i, l := range v.menu {
		if (path == l.Path || strings.HasPrefix(path, l.Path+"/")) && (best < 0 || len(l.Path) > len(v.menu[best].Path)) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	return &v.menu[best]
}

// begun is the page with which the work of a role begins.
type begun struct {
	role vocab.Role
	path string
}

// starts are in the order in which somebody with several roles begins.
func starts() []begun {
	return []begun{
		{vocab.Steward, "/desk"},
		{vocab.DataUser, "/desk"},
		{vocab.Authority, "/oversight"},
		{vocab.Auditor, "/audit"},
		{vocab.Counter, "/counter"},
		{vocab.Operator, "/health"},
	}
}

// start is the page with which the reader's own work begins, and its name.
func (v *Visit) start() (path, name string) {
	switch {
	case v.Plain():
		return "/care", "care"
	case v.Actor.Mandate != "":
		path = v.UnderMandate()
		return path, strings.TrimPrefix(path, "/")
	case v.Actor.Member == "":
		return "/mine", "mine"
	}
	for _, b := range starts() {
		if path == "" && v.Actor.Has(b.role) {
			path = b.path
		}
	}
	return path, strings.TrimPrefix(path, "/")
}
