package finding

import (
	"net/url"
	"time"

	"fontis/internal/duty/catalog/harvest"
	running "fontis/internal/edge/taking/harvest"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// harvestsPage lists the catalogs of others that the member reads.
type harvestsPage struct {
	Lines []harvestLine
	Add   *page.Form
}

type harvestLine struct {
	harvest.Harvest
	Title  page.Tongued
	Steps  []*page.Form
	Remove *page.Form
}

// pageBudget is how long one push of the button works before it rests.
const pageBudget = 10 * time.Second

func (s *Section) harvests(v *page.Visit) (any, error) {
	all, err := s.Harvest.List(v.Ctx(), v.Actor)
	if err != nil {
		return nil, err
	}
	p := harvestsPage{Add: v.Form(page.Form{Action: "/harvests", Name: "add_harvest", Fields: []page.Field{
		{Name: "address", Text: "harvest_address", Hint: true, Need: true},
		{Name: "name", Text: "harvest_name", Hint: true, Need: true},
		{Name: "nightly", Text: "harvest_nightly", Kind: "check", Options: []page.Option{{Value: "yes"}}},
	}})}
	for _, h := range all {
		base := "/harvests/" + url.PathEscape(h.ID)
		p.Lines = append(p.Lines, harvestLine{
			Harvest: *h, Title: v.Look().Tongue(h.Name),
			Steps: []*page.Form{
				v.Form(page.Form{Action: base + "/run", Name: "run_harvest", Inline: true}),
				v.Form(page.Form{Action: base + "/whole", Name: "run_whole", Inline: true}),
			},
			Remove: v.Form(page.Form{Action: base + "/remove", Name: "remove_harvest", Inline: true}),
		})
	}
	return p, nil
}

func (s *Section) addHarvest(v *page.Visit) (string, error) {
	_, err := s.Harvest.Add(v.Ctx(), v.Actor, harvest.Harvest{Address: v.Said("address"), Name: v.Said("name"), Nightly: v.Said("nightly") != ""})
	return "/harvests?done=saved", err
}

func (s *Section) turnHarvest(v *page.Visit) (string, error) {
	switch act := v.ID("act"); act {
	case "run", "whole":
		_, err := s.Runner.Run(v.Ctx(), v.Actor, v.ID("id"), running.Order{Whole: act == "whole", Budget: pageBudget})
		return "/harvests?done=step", err
	case "remove":
		return "/harvests?done=removed", s.Harvest.Remove(v.Ctx(), v.Actor, v.ID("id"))
	}
	return "", vocab.NoSuchThing.Because("no page stands here")
}
