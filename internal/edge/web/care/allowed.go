package care

import (
	"net/url"

	"fontis/internal/duty/share/authorisation"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/vocab"
)

// allowedPage tells which bodies may ask about the person, and which wish to.
type allowedPage struct {
	Words  []wordLine
	Offers []offerLine
	Next   string
}

type wordLine struct {
	Who, What, Until string
	Stop             *page.Form
}

type offerLine struct{ Who, What, Why, Path string }

func (s *Section) allowed(v *page.Visit) (any, error) {
	p := allowedPage{}
	if _, err := v.Actor.For(mandate.Withdraw); err == nil {
		if p.Words, err = s.words(v); err != nil {
			return nil, err
		}
	}
	if _, err := v.Actor.For(mandate.Authorise); err != nil {
		return p, nil
	}
	offers, err := s.Authorisation.Offers(v.Ctx(), v.Actor, v.Said("after"), few)
	for _, o := range offers {
		p.Offers = append(p.Offers, offerOf(v, o))
	}
	if len(offers) == few {
		p.Next = with("/care/allowed", url.Values{"after": {offers[few-1].Registration}})
	}
	return p, err
}

// words are those that hold today.
func (s *Section) words(v *page.Visit) ([]wordLine, error) {
	list, err := s.Authorisation.Mine(v.Ctx(), v.Actor, "", 200)
	if err != nil {
		return nil, err
	}
	var ids []vocab.MemberID
	for _, w := range list {
		ids = append(ids, w.Body)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	var out []wordLine
	for _, w := range list {
		if !w.EndedAt.IsZero() || !v.Clock.Now().Before(w.Until) {
			continue
		}
		out = append(out, wordLine{
			Who: v.NameOr(names, w.Body).Text, What: asked(v, w.Question, w.Statuses, v.ItemNames(w.Items)), Until: v.Look().Day(w.Until),
			Stop: v.Form(page.Form{Action: "/care/allowed/" + url.PathEscape(w.ID) + "/stop", Name: "care_stop"}),
		})
	}
	return out, err
}

func offerOf(v *page.Visit, o authorisation.Offer) offerLine {
	var items []page.Tongued
	for _, i := range o.Items {
		items = append(items, v.Look().Either(i.Name))
	}
	return offerLine{Who: v.Look().Name(o.BodyName).Text, What: asked(v, o.Question, o.Statuses, items), Why: o.Service, Path: "/care/allowed/" + url.PathEscape(o.Registration)}
}

// asked is what a body may learn: of a status question the statuses, whatever the
// items are that they are declared of.
func asked(v *page.Visit, q vocab.Question, statuses []string, items []page.Tongued) string {
	if q == vocab.Status {
		return v.Look().Must("page.care-allowed.status", v.StatusNames(statuses))
	}
	return joined(v, items)
}

func joined(v *page.Visit, list []page.Tongued) string {
	out := ""
	for i, t := range list {
		if i > 0 {
			out += v.Look().Comma()
		}
		out += t.Text
	}
	return out
}

// allowPage asks one question: may they?
type allowPage struct {
	Offer offerLine
	Until string
	Form  *page.Form
}

func (s *Section) allow(v *page.Visit) (any, error) {
	o, err := s.Authorisation.Show(v.Ctx(), v.Actor, v.ID("id"))
	if err != nil {
		return nil, err
	}
	return allowPage{Offer: offerOf(v, o), Until: v.Look().Day(o.Until), Form: v.Form(page.Form{Name: "care_allow", Fields: []page.Field{{Name: "shown", Kind: "hidden", Value: o.Shown}}})}, nil
}

// giveWord gives the whole of what was shown, until its latest day.
func (s *Section) giveWord(v *page.Visit) (string, error) {
	_, err := s.Authorisation.Give(v.Ctx(), v.Actor, v.ID("id"), authorisation.Given{Shown: v.Said("shown")})
	return "/care/allowed?done=word_given", err
}

func (s *Section) stopWord(v *page.Visit) (string, error) {
	_, err := s.Authorisation.Withdraw(v.Ctx(), v.Actor, v.ID("id"))
	return "/care/allowed?done=word_withdrawn", err
}
