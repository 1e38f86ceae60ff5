// Package web is the face of every verb for people: plain bilingual pages that
// work without a script.
//
// The flow: New takes the services, makes the core (package page, which knows no
// page) and mounts the sections, each a package of its own with the pages that
// belong together: entrance, entries, importing, desk, sources, sharing, asking,
// record, people and so on. A section may import page and another section's
// lists; page imports none, and this package alone knows them all.
//
// The promises: no page decides anything that a verb does not decide, what is
// another member's looks as what does not exist, every value is shown as text,
// every sentence comes from the catalog of texts, and no page holds a script or
// a style of its own.
//
// # A new page
//
// Write a section (or add to one), a template, and the sentences; a handler
// reads the form, calls its verb, and says where to go, in 25 lines:
//
//	// Package contests raises and follows contests.
//	package contests
//
//	// Section is these pages with what they call.
//	type Section struct{ Quality *quality.Service }
//
//	// Routes are the pages.
//	func (s *Section) Routes() []page.Route {
//		return []page.Route{
//			{Path: "/contests", Page: "contests", Show: s.list, Act: s.raise},
//			{Path: "/contests/{id}/withdraw", Page: "contests", Only: true, Show: s.list, Act: s.withdraw},
//		}
//	}
//
//	type listPage struct {
//		Lines []quality.Contest
//		Form  *page.Form
//	}
//
//	func (s *Section) list(v *page.Visit) (any, error) {
//		list, err := s.Quality.Contests(v.Ctx(), v.Actor, quality.Page{After: v.Said("after"), Limit: page.Size})
//		return listPage{Lines: list, Form: v.Form(page.Form{Action: "/contests", Name: "raise", Fields: []page.Field{
//			{Name: "item", Need: true}, {Name: "reason", Kind: "long", Hint: true, Need: true},
//		}})}, err
//	}
//
//	func (s *Section) raise(v *page.Visit) (string, error) {
//		c, err := s.Quality.Raise(v.Ctx(), v.Actor, quality.New{Item: vocab.ItemID(v.Said("item")), Reason: v.Said("reason")})
//		return "/contests/" + url.PathEscape(c.ID) + "?done=raised", err
//	}
//
// An error of Act shows the route's page again with cause, remedy and trace and
// with what was typed; an error of Show is the error page. Both answer another
// member's thing with the verb's own not-found. Then:
//
//   - New mounts the section: &contests.Section{Quality: p.Quality}; menu has its
//     line with the roles; its text is page.contests.title.
//   - web/templates/contests.html defines "main" over .Main, the struct that Show
//     gave: {{template "form" .Form}}, {{moment .At}}, {{word "state" .State}},
//     {{template "free" (tongue .Reason)}} for free text, {{template "empty" "contests"}}
//     for page.empty.contests, which says what to do first, {{template "next" .Next}}. A table stands in
//     <div class="wide">.
//   - web/text/en.toml and zh-Hans.toml get [page.contests] title and lead,
//     page.form.raise (the button), page.label.NAME and page.hint.NAME of fields,
//     page.done.raised, and page.word.KIND.WORD for each word of a closed list.
//   - A new closed list joins look_test's table, a readable address paths() in
//     page_test.go, and an address with an id TestForeignLooksAsMissing.
//
// Only is for an address that takes a form and has nothing to read; Open for a
// page that needs no one signed in; Send for a file (v.Download, v.Pour).
// v.Notes.Put carries something that is shown once over the 303.
package web
