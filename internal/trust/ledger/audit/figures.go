package audit

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/suppress"
	"fontis/internal/vocab"
)

// The tables of a report.
const (
	TableAnswers     = "answers"     // requests answered, how long it took, how many after their term
	TableRefusals    = "refusals"    // requests refused, by the ground that was cited
	TableDisputes    = "disputes"    // decisions on a refusal: it stood, or the provider had to agree
	TableCorrections = "corrections" // contests of values: corrected, in part, upheld, not accepted
	TableTurnedAway  = "turned-away" // single questions that the door refused, by the rule that did not hold
)

// Cell is one figure of a report. A figure below the least is not told.
type Cell struct {
	Table      string         `json:"table"`
	Body       vocab.MemberID `json:"body"`
	Region     string         `json:"region,omitempty"`
	Ground     string         `json:"ground,omitempty"`
	Count      *int           `json:"count,omitempty"`
	Late       *int           `json:"late,omitempty"`
	Days       *float64       `json:"days,omitempty"` // mean, of those whose beginning is in the report's time
	Suppressed bool           `json:"suppressed,omitempty"`
}

// sum is a cell while it is counted.
type sum struct {
	count, late, timed int
	took               time.Duration
}

type key struct {
	table  string
	body   vocab.MemberID
	ground string
}

// book counts what the acts of a time say. It is pure: the same entries give the
// same report, so an auditor can count again.
type book struct {
	sums      map[key]*sum
	submitted map[string]time.Time // by request
	late      map[string]bool
}

func newBook() *book {
	return &book{sums: map[key]*sum{}, submitted: map[string]time.Time{}, late: map[string]bool{}}
}

func (b *book) at(table string, body vocab.MemberID, ground string) *sum {
	k := key{table, body, ground}
	if b.sums[k] == nil {
		b.sums[k] = &sum{}
	}
	return b.sums[k]
}

// take counts one entry.
func (b *book) take(e *ledger.Raw) {
	act, provider := e.Fields[ledger.FieldAct], vocab.MemberID(e.Fields[ledger.FieldProvider])
	switch {
	case act == "" && e.State == vocab.Refused:
		b.at(TableTurnedAway, e.Owner, e.Fields[ledger.FieldRefused]).count++
	case strings.HasPrefix(act, "request."):
		b.request(strings.TrimPrefix(act, "request."), provider, e)
	case strings.HasPrefix(act, "contest."):
		body := vocab.MemberID(e.Fields["source"])
		if body == "" {
			body = provider
		}
		switch what := strings.TrimPrefix(act, "contest."); what {
		case "correct", "correct-in-part", "uphold", "decline", "refer":
			b.at(TableCorrections, body, what).count++
		}
	}
}

func (b *book) request(what string, provider vocab.MemberID, e *ledger.Raw) {
	id := e.Fields["request"]
	switch what {
	case "submit":
		b.submitted[id] = e.At
	case "overdue":
		b.late[id] = true
	case "agree", "agree-in-part", "refuse":
		s := b.at(TableAnswers, provider, "")
		s.count++
		if b.late[id] {
			s.late++
		}
		if begun, ok := b.submitted[id]; ok {
			s.timed++
			s.took += e.At.Sub(begun)
		}
		if what == "refuse" {
			b.at(TableRefusals, provider, e.Fields["citation"]).count++
		}
	case "order", "uphold":
		b.at(TableDisputes, provider, what).count++
	}
}

// cells are the figures in order, small ones taken out. region says where a body
// is.
func (b *book) cells(least int, region func(vocab.MemberID) string) []Cell {
	tables := map[string][]*plain{}
	for k, s := range b.sums {
		tables[k.table] = append(tables[k.table], &plain{key: k, sum: *s})
	}
	var out []Cell
	for _, rows := range tables {
		hide(rows, least)
		for _, r := range rows {
			out = append(out, r.cell(least, region(r.body)))
		}
	}
	slices.SortFunc(out, func(a, b Cell) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Body, b.Body), cmp.Compare(a.Ground, b.Ground))
	})
	return out
}

// plain is a figure before it is decided whether it is told.
type plain struct {
	key
	sum
	hidden bool
}

// hide takes out what is below the least, and what would tell it: the sum of a
// body, of a ground or of the table may be known from elsewhere.
func hide(rows []*plain, least int) {
	slices.SortFunc(rows, func(a, b *plain) int { return cmp.Or(cmp.Compare(a.body, b.body), cmp.Compare(a.ground, b.ground)) })
	cells := make([]suppress.Cell, len(rows))
	for i, r := range rows {
		cells[i] = suppress.Cell{Row: string(r.body), Column: r.ground, Count: r.count}
	}
	suppress.Table(cells, least)
	for i, r := range rows {
		r.hidden = cells[i].Gone
	}
}

func (p *plain) cell(least int, region string) Cell {
	c := Cell{Table: p.table, Body: p.body, Region: region, Ground: p.ground, Suppressed: p.hidden}
	if p.hidden {
		return c
	}
	c.Count = &p.count
	if p.table != TableAnswers {
		return c
	}
	if p.late == 0 || p.late >= least && (p.count == p.late || p.count-p.late >= least) {
		c.Late = &p.late
	}
	if p.timed >= least {
		days := float64(p.took.Round(time.Hour)) / float64(p.timed) / float64(24*time.Hour)
		days = float64(int(days*10+0.5)) / 10
		c.Days = &days
	}
	return c
}
