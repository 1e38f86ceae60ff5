package access

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"time"

	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// twinPrefix marks the test twin of a request or a grant: the same questions
// with the same errors, answered from invented subjects, without a leaf because
// nobody is touched.
const twinPrefix = "twin-"

func isTwin(id vocab.GrantID) bool { return strings.HasPrefix(string(id), twinPrefix) }

// TwinOf is the id of the twin of a request or a grant.
func TwinOf(id string) vocab.GrantID { return vocab.GrantID(twinPrefix + id) }

// TwinSubjects is how many invented subjects a twin has.
const TwinSubjects = 20

// TwinRow is one invented subject with the values that its twin holds; the page
// of a request prints them, so that a developer knows what matches.
type TwinRow struct {
	Subject vocab.SubjectKey        `json:"subject"`
	Values  map[vocab.ItemID]string `json:"values"`
	Status  vocab.Answer            `json:"status"`
	Note    string                  `json:"note,omitempty"` // what is special about the row
}

// PutTwin makes the twin of a request known. It lives in memory: share puts it
// again at each start.
func (d *Door) PutTwin(id string, g Grant, comparators map[vocab.ItemID]string) error {
	g.ID, g.State = TwinOf(id), GrantActive
	if err := g.prepare(); err != nil {
		return err
	}
	for item, spec := range comparators {
		if _, err := comparator.Parse(spec); err != nil {
			return fmt.Errorf("item %s: %w", item, err)
		}
	}
	g.twin, g.used = comparators, &twinUse{}
	d.grants.put(&g)
	return nil
}

// Twin lists the invented rows to the member that asked, and to the provider.
func (d *Door) Twin(a identity.Actor, id string) ([]TwinRow, error) {
	g := d.grants.get(TwinOf(id))
	if g == nil || (!a.In(g.To) && !a.In(g.Provider)) {
		return nil, missing(TwinOf(id))
	}
	return g.twinRows(), nil
}

// twinRows are the same for everyone and at every time: they follow from the id.
func (g *Grant) twinRows() []TwinRow {
	rows := make([]TwinRow, TwinSubjects)
	for i := range rows {
		seed := sha256.Sum256(fmt.Appendf(nil, "%s/%d", g.Dataset, i))
		n := binary.BigEndian.Uint32(seed[:])
		born := time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(n%20000))
		body := subject.DemoArea + born.Format("20060102") + fmt.Sprintf("%03d", n%1000)
		rows[i] = TwinRow{
			Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: body + string(subject.CitizenCheckSign(body))},
			Values:  map[vocab.ItemID]string{}, Status: []vocab.Answer{vocab.Yes, vocab.No}[i%2],
		}
		if !g.About.OfPersons() {
			rows[i].Subject = inventedFirm(n)
		}
		for _, item := range g.Items {
			rows[i].Values[item] = inventedValue(g.twin[item], item, born, n)
		}
	}
	rows[TwinSubjects-1].Note, rows[TwinSubjects-1].Status = string(vocab.EmptyAtSource), vocab.Unknown
	return rows
}

func inventedFirm(n uint32) vocab.SubjectKey {
	body := fmt.Sprintf("91%s%09d", subject.DemoArea, n%1_000_000_000)
	return vocab.SubjectKey{Kind: vocab.CreditCode, Value: body + string(subject.CreditCheckSignOf(body))}
}

func inventedValue(spec string, item vocab.ItemID, born time.Time, n uint32) string {
	kind, _, _ := strings.Cut(spec, ":")
	switch vocab.Comparator(kind) {
	case vocab.CompareDate:
		return born.Format(time.DateOnly)
	case vocab.CompareNumber:
		return fmt.Sprint(n % 10000)
	case vocab.CompareName:
		return fmt.Sprintf("测试%c", '一'+rune(n%500))
	default:
		return fmt.Sprintf("%s-%d", item.Name(), n%100)
	}
}

// askTwin decides as for the real grant and answers from the invented rows. A
// subject that is not among them is unknown, as in a real source.
func (d *Door) askTwin(_ context.Context, a identity.Actor, c Call) (Answered, error) {
	now := d.p.Clock.Now()
	g := d.grants.get(c.Grant)
	if g == nil || g.To != a.Member {
		return Answered{}, withTrace(missing(c.Grant), c.Trace)
	}
	relaxed := *g // a twin can be tried before the period begins
	relaxed.From, relaxed.Until = now.Add(-time.Hour), now.Add(time.Hour)
	if err := Decide(&relaxed, a.Member, c, now); err != nil {
		return Answered{}, withTrace(err, c.Trace)
	}
	key, _, err := subject.Normalise(c.Subject, subject.Options{Demo: true})
	if err != nil {
		return Answered{}, withTrace(err, c.Trace)
	}
	row, err := g.twinRow(key, c, now)
	if err != nil {
		return Answered{}, withTrace(err, c.Trace)
	}
	out := Answered{Trace: c.Trace, Grant: c.Grant, Source: g.Provider, AsOf: now, Twin: true, Answers: map[vocab.ItemID]ItemAnswer{}}
	if c.Question == vocab.Status {
		out.Answers[g.Items[0]] = twinStatus(row)
		return out, nil
	}
	for _, item := range c.names() {
		answer, err := twinAnswer(g, c, row, item)
		if err != nil {
			return Answered{}, withTrace(fmt.Errorf("item %s: %w", item, err), c.Trace)
		}
		out.Answers[item] = answer
	}
	out.hideReasons(g)
	return out, nil
}

// twinRow finds the invented row of a subject, nil where there is none, and
// counts the call against volume and guess guard as the real grant would.
func (g *Grant) twinRow(key vocab.SubjectKey, c Call, now time.Time) (*TwinRow, error) {
	canonical := map[vocab.ItemID][]byte{}
	for _, item := range c.names() {
		if c.Question != vocab.Compare {
			break
		}
		how, err := g.twinComparator(item)
		if err == nil {
			canonical[item], err = how.Canonical(c.Values[item])
		}
		if err != nil {
			return nil, fmt.Errorf("item %s: %w", item, err)
		}
	}
	var row *TwinRow
	rows := g.twinRows()
	for i := range rows {
		if rows[i].Subject == key {
			row = &rows[i]
		}
	}
	if row == nil {
		canonical = nil // nobody is there whose value could be guessed
	}
	return row, g.used.take(g, twinCall{key, canonical, c.Case}, now)
}

// twinCall is what of one call a twin counts.
type twinCall struct {
	key       vocab.SubjectKey
	canonical map[vocab.ItemID][]byte
	number    string // of the case
}

// at is the place of an item's values.
func (c twinCall) at(item vocab.ItemID) string { return c.key.Value + " " + string(item) }

// twinUse counts what a twin was asked, in memory and by the day: enough for a
// developer to meet every refusal. It holds invented subjects only.
type twinUse struct {
	mu      sync.Mutex // guards what follows
	day     string
	calls   int64
	cases   map[string]int
	guesses map[string]map[string]bool
}

// maxTwinCases bounds what a twin remembers of a day.
const maxTwinCases = 10_000

func (u *twinUse) take(g *Grant, c twinCall, now time.Time) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if day := now.Format(time.DateOnly); u.day != day || len(u.cases) > maxTwinCases {
		u.day, u.calls, u.cases, u.guesses = day, 0, map[string]int{}, map[string]map[string]bool{}
	}
	if g.PerDay > 0 && u.calls >= g.PerDay {
		return vocab.QuotaSpent.Because("grant %s allows %d subjects a day; 1 more would pass that", g.ID, g.PerDay)
	}
	if g.CasesPerDay > 0 && u.cases[c.number] >= g.CasesPerDay {
		return vocab.QuotaSpent.Because("grant %s allows %d calls a day for one case number", g.ID, g.CasesPerDay)
	}
	for item, value := range c.canonical {
		if held := u.guesses[c.at(item)]; !held[string(value)] && len(held) >= g.guesses() {
			return vocab.GuessGuard.Because("%d different values for %s of one subject within 24 hours, at most %d", len(held)+1, item, g.guesses())
		}
	}
	u.calls++
	u.cases[c.number]++
	for item, value := range c.canonical {
		if u.guesses[c.at(item)] == nil {
			u.guesses[c.at(item)] = map[string]bool{}
		}
		u.guesses[c.at(item)][string(value)] = true
	}
	return nil
}

// twinComparator is the item's, or the exact one where none is declared yet.
func (g *Grant) twinComparator(item vocab.ItemID) (comparator.Comparator, error) {
	if g.twin[item] == "" {
		return comparator.Comparator{}, nil
	}
	return comparator.Parse(g.twin[item])
}

func twinStatus(row *TwinRow) ItemAnswer {
	if row == nil || row.Note != "" {
		return ItemAnswer{Answer: vocab.Unknown}
	}
	return ItemAnswer{Answer: row.Status}
}

func twinAnswer(g *Grant, c Call, row *TwinRow, item vocab.ItemID) (ItemAnswer, error) {
	how, err := g.twinComparator(item)
	if err != nil {
		return ItemAnswer{}, err
	}
	switch {
	case row == nil:
		return ItemAnswer{Answer: vocab.Unknown, Reason: vocab.NoRecord}, nil
	case row.Note != "":
		return ItemAnswer{Answer: vocab.Unknown, Reason: vocab.EmptyAtSource}, nil
	case c.Question == vocab.Read:
		v := row.Values[item]
		return ItemAnswer{Answer: vocab.Given, Value: &v}, nil
	}
	answer, err := how.Compare(c.Values[item], row.Values[item])
	return ItemAnswer{Answer: answer, Comparator: how.String()}, err
}
