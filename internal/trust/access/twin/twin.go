package twin

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"time"

	"fontis/internal/trust/access/answer"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// prefix marks the test twin of a request or a grant.
const prefix = "twin-"

// Is tells a twin from a grant.
func Is(id vocab.GrantID) bool { return strings.HasPrefix(string(id), prefix) }

// Of is the id of the twin of a request or a grant.
func Of(id string) vocab.GrantID { return vocab.GrantID(prefix + id) }

// Twin answers what its grant would, from invented subjects.
type Twin struct {
	Grant *grant.Grant

	known func(vocab.ItemID) Item
	used  use
}

// New makes the twin of a request or a grant; known says what an item is and how it
// is compared, and may say another thing later.
func New(id string, g grant.Grant, known func(vocab.ItemID) Item) (*Twin, error) {
	g.ID, g.State = Of(id), grant.Active
	if err := g.Ready(); err != nil {
		return nil, err
	}
	t := &Twin{Grant: &g, known: known}
	for _, item := range g.Items {
		if _, err := t.comparator(item); err != nil {
			return nil, fmt.Errorf("item %s: %w", item, err)
		}
	}
	return t, nil
}

// Index is every twin of the node; none outlives the process.
type Index struct {
	mu  sync.RWMutex // guards all
	all map[vocab.GrantID]*Twin
}

// Get is the twin of that id; nil without one.
func (x *Index) Get(id vocab.GrantID) *Twin {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.all[id]
}

// Put makes the twin known in place of an older one.
func (x *Index) Put(t *Twin) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all == nil {
		x.all = map[vocab.GrantID]*Twin{}
	}
	x.all[t.Grant.ID] = t
}

// Subjects is how many invented subjects a twin has.
const Subjects = 20

// Row is one invented subject with the values that its twin holds; the page
// of a request prints them, so that a developer knows what matches.
type Row struct {
	Subject vocab.SubjectKey        `json:"subject"`
	Values  map[vocab.ItemID]string `json:"values"`
	Status  vocab.Answer            `json:"status"`
	Note    string                  `json:"note,omitempty"` // what is special about the row
}

// Rows are the same for everyone and at every time: they follow from the id.
func (t *Twin) Rows() []Row {
	rows := make([]Row, Subjects)
	for i := range rows {
		seed := sha256.Sum256(fmt.Appendf(nil, "%s/%d", t.Grant.Dataset, i))
		n := binary.BigEndian.Uint32(seed[:])
		born := time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(n%20000))
		body := subject.DemoArea + born.Format("20060102") + fmt.Sprintf("%03d", n%1000)
		rows[i] = Row{
			Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: body + string(subject.CitizenCheckSign(body))},
			Values:  map[vocab.ItemID]string{}, Status: []vocab.Answer{vocab.Yes, vocab.No}[i%2],
		}
		if !t.Grant.About.OfPersons() {
			rows[i].Subject = inventedFirm(n)
		}
		who := someone{key: rows[i].Subject, born: born, n: n}
		for _, item := range t.Grant.Items {
			rows[i].Values[item] = who.invented(item, t.known(item))
		}
	}
	rows[Subjects-1].Note, rows[Subjects-1].Status = string(vocab.EmptyAtSource), vocab.Unknown
	return rows
}

func inventedFirm(n uint32) vocab.SubjectKey {
	body := fmt.Sprintf("91%s%09d", subject.DemoArea, n%1_000_000_000)
	return vocab.SubjectKey{Kind: vocab.CreditCode, Value: body + string(subject.CreditCheckSignOf(body))}
}

// Answer decides as for the real grant and answers from the invented rows. A
// subject that is not among them is unknown, as in a real source.
func (t *Twin) Answer(c grant.Call, now time.Time) (map[vocab.ItemID]answer.Item, error) {
	relaxed := *t.Grant // a twin can be tried before the period begins
	relaxed.From, relaxed.Until = now.Add(-time.Hour), now.Add(time.Hour)
	if err := grant.Decide(&relaxed, t.Grant.To, c, now); err != nil {
		return nil, err
	}
	key, _, err := subject.Normalise(c.Subject, subject.Options{Demo: true})
	if err != nil {
		return nil, err
	}
	row, err := t.row(key, c, now)
	if err != nil {
		return nil, err
	}
	out := map[vocab.ItemID]answer.Item{}
	if c.Question == vocab.Status {
		out[t.Grant.Items[0]] = statusOf(row)
		return out, nil
	}
	for _, item := range c.Names() {
		if out[item], err = t.answer(c, row, item); err != nil {
			return nil, fmt.Errorf("item %s: %w", item, err)
		}
	}
	return out, nil
}

// row finds the invented row of a subject, nil where there is none, and
// counts the call against volume and guess guard as the real grant would.
func (t *Twin) row(key vocab.SubjectKey, c grant.Call, now time.Time) (*Row, error) {
	canonical := map[vocab.ItemID][]byte{}
	for _, item := range c.Names() {
		if c.Question != vocab.Compare {
			break
		}
		how, err := t.comparator(item)
		if err == nil {
			canonical[item], err = how.Canonical(c.Values[item])
		}
		if err != nil {
			return nil, fmt.Errorf("item %s: %w", item, err)
		}
	}
	var row *Row
	rows := t.Rows()
	for i := range rows {
		if rows[i].Subject == key {
			row = &rows[i]
		}
	}
	if row == nil {
		canonical = nil // nobody is there whose value could be guessed
	}
	return row, t.used.take(t.Grant, called{key, canonical, c.Case}, now)
}

// called is what of one call a twin counts.
type called struct {
	key       vocab.SubjectKey
	canonical map[vocab.ItemID][]byte
	number    string // of the case
}

// at is the place of an item's values.
func (c called) at(item vocab.ItemID) string { return c.key.Value + " " + string(item) }

// use counts what a twin was asked, in memory and by the day: enough for a
// developer to meet every refusal. It holds invented subjects only.
type use struct {
	mu      sync.Mutex // guards what follows
	day     string
	calls   int64
	cases   map[string]int
	guesses map[string]map[string]bool
}

// maxCases bounds what a twin remembers of a day.
const maxCases = 10_000

func (u *use) take(g *grant.Grant, c called, now time.Time) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if day := now.Format(time.DateOnly); u.day != day || len(u.cases) > maxCases {
		u.day, u.calls, u.cases, u.guesses = day, 0, map[string]int{}, map[string]map[string]bool{}
	}
	if g.PerDay > 0 && u.calls >= g.PerDay {
		return vocab.QuotaSpent.Because("grant %s allows %d subjects a day; 1 more would pass that", g.ID, g.PerDay)
	}
	if g.CasesPerDay > 0 && u.cases[c.number] >= g.CasesPerDay {
		return vocab.QuotaSpent.Because("grant %s allows %d calls a day for one case number", g.ID, g.CasesPerDay)
	}
	for item, value := range c.canonical {
		if held := u.guesses[c.at(item)]; !held[string(value)] && len(held) >= g.GuessLimit() {
			return vocab.GuessGuard.Because("%d different values for %s of one subject within 24 hours, at most %d", len(held)+1, item, g.GuessLimit())
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

// comparator is the item's, or the exact one where none is declared yet, and for
// codes, whose list belongs to the source.
func (t *Twin) comparator(item vocab.ItemID) (comparator.Comparator, error) {
	spec := t.known(item).Compare
	if spec == "" || strings.HasPrefix(spec, string(vocab.CompareCode)+":") {
		return comparator.Comparator{}, nil
	}
	return comparator.Parse(spec)
}

func statusOf(row *Row) answer.Item {
	if row == nil || row.Note != "" {
		return answer.Item{Answer: vocab.Unknown}
	}
	return answer.Item{Answer: row.Status}
}

func (t *Twin) answer(c grant.Call, row *Row, item vocab.ItemID) (answer.Item, error) {
	how, err := t.comparator(item)
	if err != nil {
		return answer.Item{}, err
	}
	switch {
	case row == nil:
		return answer.Item{Answer: vocab.Unknown, Reason: vocab.NoRecord}, nil
	case row.Note != "":
		return answer.Item{Answer: vocab.Unknown, Reason: vocab.EmptyAtSource}, nil
	case c.Question == vocab.Read:
		v := row.Values[item]
		return answer.Item{Answer: vocab.Given, Value: &v}, nil
	}
	same, err := how.Compare(c.Values[item], row.Values[item])
	return answer.Item{Answer: same, Comparator: how.String()}, err
}
