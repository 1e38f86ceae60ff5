package entries

import (
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// aboutPart is what a stranger asks beyond the entry: how fresh the data is, what
// became of earlier requests, and what its rows look like.
type aboutPart struct {
	Source  string
	Loaded  time.Time
	Late    bool // older than the entry promises
	Since   time.Time
	Decided []precedentLine
	Columns []page.Tongued
	Rows    [][]page.Tongued
	Real    bool // rows of an open set, and not invented ones
	AsOf    time.Time
}

type precedentLine struct {
	share.Precedent
	Who                   page.Tongued
	Why, Said, Cited, Law page.Tongued
}

func (s *Section) about(v *page.Visit, d *entry.Dataset) (*aboutPart, error) {
	told, err := s.Share.About(v.Ctx(), v.Actor, d.ID)
	if err != nil {
		return nil, err
	}
	p := &aboutPart{Source: told.Source, Loaded: told.Loaded, Late: told.Stale, Since: told.Since}
	if p.Decided, err = precedents(v, told.Before); err != nil {
		return nil, err
	}
	if d.Open != "" && d.Open != entry.NotOpen {
		open, err := s.samples.of(v, d, func() (access.OpenRows, error) {
			return s.Door.Rows(v.Ctx(), access.OpenCall{Dataset: d.ID, Limit: sampleRows})
		})
		if err == nil && len(open.Rows) > 0 {
			p.Real, p.AsOf, p.Columns = true, open.AsOf, v.ItemNames(open.Items)
			for _, row := range open.Rows {
				p.Rows = append(p.Rows, cells(v, row))
			}
			return p, nil
		}
		if err != nil && vocab.KindOf(err) == vocab.Internal {
			return nil, err
		}
	}
	p.Columns = v.ItemNames(told.Items)
	for _, row := range told.Rows {
		line := make([]page.Tongued, len(told.Items))
		for i, item := range told.Items {
			line[i] = v.Look().Tongue(row.Values[item])
		}
		p.Rows = append(p.Rows, line)
	}
	return p, nil
}

func cells(v *page.Visit, row []*string) []page.Tongued {
	out := make([]page.Tongued, len(row))
	for i, value := range row {
		if value != nil {
			out[i] = v.Look().Tongue(*value)
		}
	}
	return out
}

func precedents(v *page.Visit, list []share.Precedent) ([]precedentLine, error) {
	var ids []vocab.MemberID
	for _, p := range list {
		if p.Requester != "" {
			ids = append(ids, p.Requester)
		}
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	l := v.Look()
	out := make([]precedentLine, len(list))
	for i, p := range list {
		out[i] = precedentLine{Precedent: p, Why: l.Law(p.Purpose), Said: l.Tongue(p.Reason), Cited: l.Law(p.Citation), Law: l.Law(p.Basis)}
		if p.Requester != "" {
			out[i].Who = v.NameOr(names, p.Requester)
		}
	}
	return out, err
}
