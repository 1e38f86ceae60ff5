package care

import (
	"net/url"

	"fontis/internal/duty/quality"
	"fontis/internal/edge/web/contests"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// askedPage tells where the person's contests stand.
type askedPage struct {
	Lines []askedLine
	Next  string
}

// askedLine is one contest in a few sentences, with what the person may still do.
type askedLine struct {
	Item, Day, Where, Next string
	Wait                   bool         // the next step is another's
	Answered               page.Tongued // why, once somebody said
	TakeBack               *page.Form   // while there is something to take back
	Disagree               string       // where a review is asked for
}

func (s *Section) asked(v *page.Visit) (any, error) {
	list, err := s.Quality.List(v.Ctx(), v.Actor, quality.ListQuery{After: v.Said("after"), Limit: few})
	if err != nil {
		return nil, err
	}
	p := askedPage{}
	for _, c := range list {
		line, err := s.askedOf(v, c)
		if err != nil {
			return nil, err
		}
		p.Lines = append(p.Lines, line)
	}
	if len(list) == few {
		p.Next = with("/care/asked", url.Values{"after": {string(list[few-1].ID)}})
	}
	return p, nil
}

func (s *Section) askedOf(v *page.Visit, c *quality.Contest) (askedLine, error) {
	l, at := v.Look(), url.PathEscape(string(c.ID))
	out := askedLine{
		Item: v.ItemName(c.Item).Text, Day: l.Day(c.CreatedAt), Where: l.Word("state", string(c.State)), Answered: l.Tongue(c.Reason),
		Wait: !c.State.Final(),
	}
	for _, step := range c.Steps(v.Actor) {
		switch step.Act {
		case quality.ActWithdraw:
			out.TakeBack = v.Form(page.Form{Action: "/care/asked/" + at + "/stop", Name: "care_take_back"})
		case quality.ActReview:
			out.Disagree, out.Wait = "/contests/"+at, false
		}
	}
	running, err := s.Quality.Clocks(v.Ctx(), v.Actor, c.ID)
	if err != nil {
		return out, err
	}
	out.Next, err = contests.Next(v, c, running)
	return out, err
}

// takeBack ends the person's own contest; why is theirs to keep.
func (s *Section) takeBack(v *page.Visit) (string, error) {
	_, err := s.Quality.Withdraw(v.Ctx(), v.Actor, vocab.ContestID(v.ID("id")), quality.Word{})
	return "/care/asked?done=care_taken_back", err
}
