// Package paper holds the blank forms that a person prints, fills in by hand and
// brings to a service counter: one for every form that a person can send here.
//
// The promise: what a page asks of a person, its paper asks in the same words,
// and says what a clerk does with it. A route names its paper (page.Route.Paper),
// and a test fails when a form of a person names none.
package paper

import (
	"fontis/internal/duty/quality"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/ledger/view"
	"fontis/internal/vocab"
)

// Section is these pages.
type Section struct{}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/forms", Page: "forms", Open: true, Show: s.list},
		{Path: "/forms/{name}", Page: "sheet", Open: true, Show: s.sheet},
	}
}

// The papers, by the names that routes call them.
const (
	View      = "view"
	Contest   = "contest"
	Step      = "contest-step"
	Authorise = "authorise"
	Withdraw  = "take-back"
	Mandate   = "mandate"
	Mail      = "mail"
)

// Names lists the papers.
func Names() []string {
	return []string{View, Contest, Step, Authorise, Withdraw, Mandate, Mail}
}

// listPage lists the blank forms.
type listPage struct{ Sheets []listed }

// listed is one blank form, with the page by which the same is done here.
type listed struct{ Name, Path string }

func (s *Section) list(v *page.Visit) (any, error) {
	here := map[string]string{
		View: "/mine", Contest: "/contests/new", Step: "/contests", Authorise: "/authorisations", Withdraw: "/authorisations", Mandate: "/mandates", Mail: "/notices/mail",
	}
	if v.Actor.Member != "" {
		here = nil // a person does it, in a session of their own
	}
	p := listPage{}
	for _, name := range Names() {
		p.Sheets = append(p.Sheets, listed{name, here[name]})
	}
	return p, nil
}

// sheetPage is one blank form. Its lines are fields without an input: what is
// chosen on a page is ticked on paper, what is typed is written.
type sheetPage struct {
	Name    string
	Lines   []page.Field
	Counter []page.Field // what the clerk fills in
}

func (s *Section) sheet(v *page.Visit) (any, error) {
	lines, ok := map[string]func(*page.Visit) []page.Field{
		View: viewLines, Contest: contestLines, Step: stepLines, Authorise: authoriseLines, Withdraw: withdrawLines, Mandate: mandateLines, Mail: mailLines,
	}[v.ID("name")]
	if !ok {
		return nil, identity.NotYours()
	}
	return sheetPage{Name: v.ID("name"), Lines: lines(v), Counter: []page.Field{
		{Text: "document_seen", Kind: "checks", Options: page.Words(v, "document", view.Documents())},
		{Text: "paper_entered"},
		{Text: "paper_clerk"},
	}}, nil
}

// whose are the lines that say whom the form is about.
func whose(v *page.Visit, kinds ...vocab.SubjectKeyKind) []page.Field {
	return []page.Field{{Text: "key_kind", Kind: "checks", Options: page.Words(v, "key_kind", kinds)}, {Text: "subject"}}
}

func viewLines(v *page.Visit) []page.Field {
	return append(whose(v, vocab.CitizenNumber, vocab.Permit, vocab.Passport),
		page.Field{Text: "paper_wants", Kind: "checks", Options: page.Words(v, "paper_wants", []string{"list", "file", "receipts", "permit"})},
		page.Field{Text: "from", Kind: "date"}, page.Field{Text: "until", Kind: "date"})
}

func contestLines(v *page.Visit) []page.Field {
	return append(whose(v, vocab.CitizenNumber, vocab.CreditCode, vocab.Permit, vocab.Passport, vocab.RegisterNumber),
		page.Field{Text: "contested_item"},
		page.Field{Text: "fault", Kind: "checks", Options: page.Words(v, "fault", quality.Faults())},
		page.Field{Text: "claimed"}, page.Field{Text: "statement", Kind: "long"}, page.Field{Text: "evidence"})
}

func stepLines(v *page.Visit) []page.Field {
	return []page.Field{
		{Text: "paper_contest"},
		{Text: "paper_step", Kind: "checks", Options: page.Words(v, "paper_step", []string{"read", "withdraw", "review"})},
		{Text: "reason", Kind: "long"},
	}
}

func authoriseLines(v *page.Visit) []page.Field {
	return append(whose(v, vocab.CitizenNumber, vocab.Permit, vocab.Passport),
		page.Field{Text: "paper_body"}, page.Field{Text: "scope_service"}, page.Field{Text: "word_items", Kind: "long"}, page.Field{Text: "word_until", Kind: "date"})
}

func withdrawLines(v *page.Visit) []page.Field {
	return append(whose(v, vocab.CitizenNumber, vocab.Permit, vocab.Passport),
		page.Field{Text: "paper_body"}, page.Field{Text: "scope_service"}, page.Field{Text: "word_items", Kind: "long"})
}

func mandateLines(v *page.Visit) []page.Field {
	kinds := []vocab.SubjectKeyKind{vocab.CitizenNumber, vocab.Permit, vocab.Passport}
	return append(whose(v, kinds...),
		page.Field{Text: "paper_mandate", Kind: "checks", Options: page.Words(v, "paper_mandate", []string{"give", "end"})},
		page.Field{Text: "mandate_kind", Kind: "checks", Options: page.Words(v, "mandate_kind", mandate.Kinds())},
		page.Field{Text: "agent_key_kind", Kind: "checks", Options: page.Words(v, "key_kind", kinds)},
		page.Field{Text: "agent"},
		page.Field{Text: "mandate_acts", Kind: "checks", Options: page.Words(v, "mandate_act", mandate.Acts())},
		page.Field{Text: "mandate_until", Kind: "date"})
}

func mailLines(v *page.Visit) []page.Field {
	return append(whose(v, vocab.CitizenNumber, vocab.Permit, vocab.Passport),
		page.Field{Text: "paper_mail", Kind: "checks", Options: page.Words(v, "paper_mail", []string{"give", "end", "letter"})},
		page.Field{Text: "mail_address"}, page.Field{Text: "mail_code"})
}
