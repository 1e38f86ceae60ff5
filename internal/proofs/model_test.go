package proofs

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/clock"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/vocab"
)

// memory is the reference model of the door for one member: what it must
// remember between calls, and nothing else of it.
type memory struct {
	grants  map[vocab.GrantID]access.Grant
	people  map[string]resident
	guesses map[string]map[string]time.Time // subject and item -> canonical value -> when
	spent   map[string]int64                // grant and day
}

// decide is what the door must say to a single call: a code, or "" for leave.
func (m *memory) decide(c access.Call, now time.Time) vocab.Code {
	g, held := m.grants[c.Grant]
	items := touched(c)
	h, off := now.Hour(), g.HourFrom == 0 && g.HourUntil == 0
	day := g.HourFrom < g.HourUntil && h >= g.HourFrom && h < g.HourUntil
	night := g.HourFrom > g.HourUntil && (h >= g.HourFrom || h < g.HourUntil)
	in := func(n netip.Prefix) bool { return n.Contains(c.Network) }
	for _, rule := range []struct {
		broken bool
		code   vocab.Code
	}{
		{!held, vocab.GrantMissing},
		{g.State == access.GrantSuspended, vocab.GrantSuspended},
		{g.State == access.GrantEnded, vocab.GrantEnded},
		{now.Before(g.From), vocab.GrantNotBegun},
		{!now.Before(g.Until), vocab.GrantEnded},
		{c.Question != g.Question || c.Question == vocab.Status && !slices.Contains(g.Statuses, c.Status), vocab.QuestionOutside},
		{!slices.Contains(g.Carriages, c.Carriage), vocab.QuestionOutside},
		{c.Purpose != g.Purpose, vocab.PurposeOutside},
		{strings.TrimSpace(c.Case) == "", vocab.CaseMissing},
		{!strings.HasPrefix(c.Case, "P-") || strings.Trim(c.Case[2:], "0123456789") != "" || c.Case == "P-", vocab.CaseMismatch},
		{len(items) == 0 && c.Question != vocab.Status, vocab.BadInput},
		{slices.ContainsFunc(items, func(i vocab.ItemID) bool { return !slices.Contains(g.Items, i) }), vocab.ItemOutside},
		{!off && !day && !night, vocab.HourOutside},
		{len(g.Networks) > 0 && !slices.ContainsFunc(g.Networks, in), vocab.NetworkOutside},
		{c.Subject.Value == "", vocab.SubjectNeeded},
		{c.Subject.Value == badNumber, vocab.SubjectInvalid},
		{c.Question == vocab.Compare && slices.Contains(items, Born) && (c.Values[Born] == badDate || c.Values[Born] == ""), vocab.ValueInvalid},
		{c.Question != vocab.Status && slices.Contains(items, Loose), vocab.ItemUnbound},
		{c.Question == vocab.Compare && slices.Contains(items, Name) && c.Values[Name] == "", vocab.ValueInvalid},
		{c.Question == vocab.Read && slices.Contains(items, Name), vocab.QuestionOutside},
	} {
		if rule.broken {
			return rule.code
		}
	}
	return ""
}

// count is what the door must remember of a call with leave, or its refusal.
func (m *memory) count(c access.Call, now time.Time) vocab.Code {
	g, day := m.grants[c.Grant], string(c.Grant)+now.Format(time.DateOnly)
	most := access.MostGuesses
	if g.Guesses > 0 {
		most = min(most, g.Guesses)
	}
	since, values := now.Add(-24*time.Hour), c.Values
	if c.Question != vocab.Compare {
		values = nil
	}
	for item, v := range values {
		known := m.guesses[c.Subject.Value+string(item)]
		distinct := 0
		for _, at := range known {
			if at.After(since) {
				distinct++
			}
		}
		if !known[canonical(v)].After(since) && distinct >= most {
			return vocab.GuessGuard
		}
	}
	if g.PerDay > 0 && c.Carriage == vocab.Single {
		if m.spent[day]+1 > g.PerDay {
			return vocab.QuotaSpent
		}
		m.spent[day]++
	}
	for item, v := range values {
		k := c.Subject.Value + string(item)
		if m.guesses[k] == nil {
			m.guesses[k] = map[string]time.Time{}
		}
		m.guesses[k][canonical(v)] = now
	}
	return ""
}

// answers are what the source's content makes of a call with leave.
func (m *memory) answers(c access.Call) map[vocab.ItemID]vocab.Answer {
	r, out := m.people[c.Subject.Value], map[vocab.ItemID]vocab.Answer{}
	verdict := func(known bool, yes, no vocab.Answer, holds bool) vocab.Answer {
		switch {
		case !known:
			return vocab.Unknown
		case holds:
			return yes
		}
		return no
	}
	if c.Question == vocab.Status {
		return map[vocab.ItemID]vocab.Answer{Born: verdict(r.rows == 1, vocab.Yes, vocab.No, r.rows == 1 && r.licence(0) == "valid")}
	}
	if c.Question == vocab.Read {
		return map[vocab.ItemID]vocab.Answer{Born: verdict(r.rows == 1 && r.born != "", vocab.Given, "", true)}
	}
	for item, v := range c.Values {
		held := map[vocab.ItemID]string{Born: r.born}[item]
		if item == Name && r.rows > 0 {
			held = r.name()
		}
		out[item] = verdict((r.rows == 1 || r.rows == 2 && item == Name) && held != "", vocab.Match, vocab.Mismatch, canonical(v) == held)
	}
	return out
}

func touched(c access.Call) []vocab.ItemID {
	return append(slices.Collect(maps.Keys(c.Values)), c.Items...)
}

const (
	badNumber = "990000199001010000"
	badDate   = "the first of May"
)

// canonical undoes the spellings that spelled makes.
func canonical(v string) string {
	if strings.Contains(v, "年") {
		return strings.NewReplacer("年", "-", "月", "-", "日", "").Replace(v)
	}
	return strings.TrimSpace(v)
}

func spelled(r *rand.Rand, date string) string {
	if r.IntN(3) == 0 {
		return date[:4] + "年" + date[5:7] + "月" + date[8:] + "日"
	}
	return date
}

// player is one member with its own subjects, its own grants and its own model,
// so that many play at once and each stays predictable.
type player struct {
	*node
	seen   *sightings
	member vocab.MemberID
	rand   *rand.Rand
	clock  *clock.Fake
	memory memory
	people []resident
	grants int // ever put
	calls  int
	opened int
	said   map[vocab.Code]int
}

func (p *player) grant() access.Grant {
	p.grants++ // the same names, and so the same choices, with the same seed
	now, r := p.clock.Now(), p.rand
	g := access.Grant{
		ID: vocab.GrantID(fmt.Sprintf("g-%s-%06d", p.member, p.grants)), Provider: apptest.Civil, To: p.member, State: access.GrantActive, Dataset: apptest.Dataset,
		About: vocab.NaturalPerson, Question: vocab.Questions()[r.IntN(5)%3], Carriages: []vocab.Carriage{vocab.Single},
		Purpose: []string{"pension", "licence"}[r.IntN(2)], Basis: "law", CasePattern: `P-\d+`, From: now.Add(-time.Hour), Until: now.Add(240 * time.Hour),
		Items: []vocab.ItemID{Born, Name, Loose}[:1+r.IntN(3)],
	}
	if g.Question != vocab.Read {
		g.Carriages = append(g.Carriages, vocab.Batch)
	}
	if g.Question == vocab.Status {
		g.Statuses = []string{licensed}
	}
	for _, limit := range []func(){
		func() { g.HourFrom, g.HourUntil = r.IntN(24), r.IntN(24) },
		func() { g.Networks = []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")} },
		func() { g.PerDay = int64(1 + r.IntN(8)) },
		func() { g.Guesses = 1 + r.IntN(7) },
		func() { g.Guesses = 1 },
		func() { g.From = now.Add(time.Duration(r.IntN(20)) * time.Hour) },
		func() { g.Until = now.Add(time.Duration(1+r.IntN(30)) * time.Hour); g.From = now.Add(-time.Hour) },
		func() { g.Existence = true },
		func() { g.Carriages = g.Carriages[:1] },
	} {
		if r.IntN(8) == 0 {
			limit()
		}
	}
	return g
}

// call is a question that mostly holds and now and then breaks one rule or two.
func (p *player) call() access.Call {
	r := p.rand
	ids := slices.Sorted(maps.Keys(p.memory.grants))
	g := p.memory.grants[ids[r.IntN(len(ids))]]
	who := p.people[r.IntN(len(p.people))]
	c := access.Call{
		Grant: g.ID, Question: g.Question, Carriage: vocab.Single, Subject: who.key(), Purpose: g.Purpose, Case: fmt.Sprintf("P-%d", r.IntN(100)),
		Network: netip.MustParseAddr("10.1.2.3"), Trace: vocab.NewTrace(p.clock.Now()),
	}
	switch g.Question {
	case vocab.Compare:
		c.Values = map[vocab.ItemID]string{Born: spelled(r, day(r.IntN(9)))}
		if slices.Contains(g.Items, Name) && r.IntN(2) == 0 {
			c.Values[Name] = []string{who.name(), " " + who.name() + " ", "测试"}[r.IntN(3)]
		}
	case vocab.Status:
		c.Status = licensed
	case vocab.Read:
		c.Items = []vocab.ItemID{Born}
	}
	for _, flaw := range []func(){
		func() { c.Purpose = "curiosity" },
		func() { c.Case = []string{"", " ", "X-1", "P-", "P-1\n"}[r.IntN(5)] },
		func() { c.Subject.Value = []string{"", badNumber}[r.IntN(2)] },
		func() { c.Question = vocab.Questions()[r.IntN(3)] },
		func() { c.Network = netip.MustParseAddr("10.9.9.9") },
		func() { c.Grant = "g-none" },
		func() { c.Status = "beloved" },
		func() { c.Items = append(c.Items, []vocab.ItemID{Name, Loose, "civil-residents/other"}[r.IntN(3)]) },
		func() {
			if c.Values != nil {
				c.Values[Born] = badDate
			}
		},
		func() { c.Values, c.Items = nil, nil },
	} {
		if r.IntN(25) == 0 {
			flaw()
		}
	}
	return c
}

func (p *player) change(t *testing.T) {
	ids := slices.Sorted(maps.Keys(p.memory.grants))
	id := ids[p.rand.IntN(len(ids))]
	g, to := p.memory.grants[id], []access.GrantState{access.GrantActive, access.GrantSuspended, access.GrantEnded}[p.rand.IntN(3)]
	err := p.Door.EndGrant(t.Context(), p.steward, id, to, "a reason")
	if g.State == access.GrantEnded || g.State == to {
		if vocab.CodeOf(err) != vocab.StateWrong {
			t.Errorf("grant %s went from %s to %s: %v", id, g.State, to, err)
		}
		return
	}
	if err != nil {
		t.Error(err)
	}
	g.State, g.Reason = to, "a reason"
	p.memory.grants[id] = g
	if to == access.GrantEnded {
		fresh := p.grant()
		p.put(t, fresh)
		p.memory.grants[fresh.ID] = fresh
	}
}

// renew puts fresh grants for those that are over, and forgets most of these, so
// that a long play does not end in a desert of refusals.
func (p *player) renew(t *testing.T) {
	const live, over = 4, 2
	var ended []vocab.GrantID
	now := p.clock.Now()
	for _, id := range slices.Sorted(maps.Keys(p.memory.grants)) {
		if g := p.memory.grants[id]; g.State == access.GrantEnded || !now.Before(g.Until) {
			ended = append(ended, id)
		}
	}
	for len(p.memory.grants)-len(ended) < live {
		g := p.grant()
		p.put(t, g)
		p.memory.grants[g.ID] = g
	}
	p.rand.Shuffle(len(ended), func(i, j int) { ended[i], ended[j] = ended[j], ended[i] })
	for _, id := range ended[min(over, len(ended)):] {
		delete(p.memory.grants, id)
	}
}

func (p *player) ask(t *testing.T) {
	c, now := p.call(), p.clock.Now()
	want := p.memory.decide(c, now)
	if want == "" {
		want = p.memory.count(c, now)
	}
	out, err := p.Door.Ask(p.seen.calling(t.Context(), c.Trace), user(p.member), c)
	p.said[want]++
	opened, leaf := p.seen.found(c.Trace)
	if opened != (want == "") {
		t.Errorf("%+v: the source was opened: %v; the model says %q", c, opened, want)
	}
	if !leaf {
		t.Errorf("%+v: no leaf", c)
	}
	if want != "" {
		if vocab.CodeOf(err) != want || len(out.Answers) > 0 {
			t.Errorf("%+v\n got %v and %d answers, the model says %s", c, err, len(out.Answers), want)
		}
		return
	}
	p.opened++
	if err != nil {
		t.Errorf("%+v: %v, the model allows it", c, err)
		return
	}
	got := map[vocab.ItemID]vocab.Answer{}
	for item, a := range out.Answers {
		got[item] = a.Answer
		if a.Reason != "" && !p.memory.grants[c.Grant].Existence {
			t.Errorf("%+v: the caller learns %s", c, a.Reason)
		}
	}
	if should := p.memory.answers(c); !maps.Equal(got, should) {
		t.Errorf("%+v\n answered %v, the source holds %v", c, got, should)
	}
}

// batch sends a few rows; one bad row stops all of them.
func (p *player) batch(t *testing.T) {
	c, now := p.call(), p.clock.Now()
	if c.Grant == "g-none" || len(c.Items) > 0 {
		return
	}
	if _, held := p.memory.grants[c.Grant]; !held {
		return
	}
	head := batch.Call{Grant: c.Grant, Question: c.Question, Status: c.Status, Purpose: c.Purpose, Cases: []string{c.Case}}
	c.Carriage = vocab.Batch
	var rows []block.Row
	var want vocab.Code
	var bad int
	before := maps.Clone(p.memory.guesses)
	for k, v := range before {
		before[k] = maps.Clone(v)
	}
	for i := range 1 + p.rand.IntN(4) {
		row := c
		row.Subject = p.people[(p.rand.IntN(2)+2*i)%len(p.people)].key()
		if i == 0 {
			row.Subject = c.Subject
		}
		if c.Question == vocab.Compare && len(c.Values) > 0 {
			row.Values = maps.Clone(c.Values)
			row.Values[Born] = day(p.rand.IntN(9))
		}
		if row.Subject.Value == "" {
			row.Subject.Value = badNumber
		}
		if slices.ContainsFunc(rows, func(l block.Row) bool { return l.Subject == row.Subject }) {
			continue
		}
		rows = append(rows, block.Row{Subject: row.Subject, Values: row.Values})
		switch code := p.memory.decide(row, now); {
		case code == "":
		case want == "" && code.Kind() == vocab.Denied:
			want = code
		default:
			bad++
		}
	}
	actor := user(p.member)
	actor.Address = c.Network
	if g := p.memory.grants[c.Grant]; want == "" && bad == 0 && g.PerDay > 0 {
		key := string(c.Grant) + now.Format(time.DateOnly)
		if p.memory.spent[key]+int64(len(rows)) > g.PerDay {
			want = vocab.QuotaSpent
		} else {
			p.memory.spent[key] += int64(len(rows))
		}
	}
	s, badLines, err := p.Door.StartBatch(t.Context(), actor, head, lines(rows...))
	if want != "" || bad > 0 {
		if want != "" && vocab.CodeOf(err) != want || want == "" && len(badLines) == 0 && err == nil {
			t.Errorf("batch %+v: %v and %d bad lines; the model says %q and %d", head, err, len(badLines), want, bad)
		}
		return
	}
	if err != nil || len(badLines) > 0 {
		t.Errorf("batch %+v: %v %v; the model allows it", head, err, badLines)
		return
	}
	state := batch.Done
	for _, l := range rows {
		row := c
		row.Subject, row.Values = l.Subject, l.Values
		if code := p.memory.count(row, now); code != "" {
			state, p.memory.guesses = batch.Refused, before
			break
		}
	}
	if s = p.ends(t, actor, s.ID); s.State != state {
		t.Errorf("batch %+v is %s (%s), the model says %s", head, s.State, s.Error, state)
	}
	p.said[vocab.Code("batch "+string(state))]++
	opened, leaf := p.seen.found(s.Trace)
	_ = leaf
	if state != batch.Done {
		if opened {
			t.Errorf("batch %s is %s and the source was opened", s.ID, state)
		}
		return
	}
	p.opened++
	answers, err := p.Door.BatchAnswers(t.Context(), actor, s.ID)
	if err != nil {
		t.Error(err)
		return
	}
	i := 0
	for a, err := range answers {
		row := c
		row.Subject, row.Values = rows[i].Subject, rows[i].Values
		for item, should := range p.memory.answers(row) {
			if err != nil || a.Answers[item].Answer != should {
				t.Errorf("row %d of %s: %v %v, the source holds %s", i, s.ID, a.Answers, err, should)
			}
		}
		i++
	}
	if i != len(rows) {
		t.Errorf("%d answers to %d rows", i, len(rows))
	}
}

// twin asks a test twin, which must touch nothing.
func (p *player) twin(t *testing.T) {
	c := p.call()
	g, held := p.memory.grants[c.Grant]
	if !held || g.Question == vocab.Status {
		return
	}
	if err := p.Door.PutTwin(string(g.ID), g, map[vocab.ItemID]access.TwinItem{Born: {Compare: "date"}, Name: {Compare: "name"}}); err != nil {
		t.Error(err)
		return
	}
	c.Grant = access.TwinOf(string(g.ID))
	before := p.memory.grants[g.ID]
	g.State, g.From, g.Until = access.GrantActive, p.clock.Now().Add(-time.Hour), p.clock.Now().Add(time.Hour)
	p.memory.grants[c.Grant] = g
	want := p.memory.decide(c, p.clock.Now())
	delete(p.memory.grants, c.Grant)
	p.memory.grants[g.ID] = before
	_, err := p.Door.Ask(p.seen.calling(t.Context(), c.Trace), user(p.member), c)
	if opened, leaf := p.seen.found(c.Trace); opened || leaf {
		t.Errorf("twin %+v: opened %v, leaf %v", c, opened, leaf)
	}
	switch want {
	case vocab.ItemUnbound, vocab.QuestionOutside: // a twin has no bindings
	case "":
		if err != nil {
			t.Errorf("twin %+v: %v", c, err)
		}
	default:
		if vocab.CodeOf(err) != want {
			t.Errorf("twin %+v: %v, the model says %s", c, err, want)
		}
	}
}

// play makes n calls at the moment at which the clock stands.
func (p *player) play(t *testing.T, n int) {
	for range n {
		p.calls++
		switch k := p.rand.IntN(100); {
		case k < 3:
			p.change(t)
		case k < 9:
			p.batch(t)
		case k < 11:
			p.twin(t)
		default:
			p.ask(t)
		}
		if t.Failed() {
			return
		}
	}
}

// TestPromise1NoRowLeavesWithoutAPermit plays generated calls against the model
// and looks, at the very moment at which the source is opened, for the record
// and the leaf.
func TestPromise1NoRowLeavesWithoutAPermit(t *testing.T) {
	heavy(t)
	const players = 48
	calls, rounds := 10_000, 20
	if testing.Short() {
		calls, rounds = 2_000, 5
	}
	if long() {
		calls = atLength(t, callsVariable, longCalls)
		rounds = max(20, calls/5000)
	}
	seed := seedOf(t)
	f := &finding{what: "model: generated calls", size: fmt.Sprintf("%d calls", calls), seed: fmt.Sprint(seed)}
	record(t, f)
	fake := clock.NewFake(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	seen := newSightings(t)
	n := open(t, apptest.Config(t), app.Options{Clock: fake, Between: seen.between()}, residents(players*6))
	seen.node = n
	all := make([]*player, players)
	for i := range all {
		p := &player{node: n, seen: seen, member: vocab.MemberID(fmt.Sprintf("member-%d", i)), rand: rand.New(rand.NewPCG(seed, uint64(i))), clock: fake, people: n.people[i*6 : i*6+6], said: map[vocab.Code]int{}}
		p.memory = memory{grants: map[vocab.GrantID]access.Grant{}, people: map[string]resident{}, guesses: map[string]map[string]time.Time{}, spent: map[string]int64{}}
		for _, r := range p.people {
			p.memory.people[r.number], seen.of[r.number] = r, p.member
		}
		for range 4 {
			g := p.grant()
			n.put(t, g)
			p.memory.grants[g.ID] = g
		}
		all[i] = p
	}
	move := rand.New(rand.NewPCG(seed, 1<<32))
	for range rounds {
		var wg sync.WaitGroup
		for _, p := range all {
			wg.Go(func() {
				p.renew(t)
				p.play(t, calls/players/rounds+1)
			})
		}
		wg.Wait()
		if t.Failed() {
			t.FailNow()
		}
		fake.Advance(time.Duration(1+move.IntN(11*3600)) * time.Second)
	}
	total, opened, said := 0, 0, map[vocab.Code]int{}
	for _, p := range all {
		total, opened = total+p.calls, opened+p.opened
		for k, v := range p.said {
			said[k] += v
		}
	}
	seen.settled(t)
	t.Logf("%d calls, %d openings, %v", total, opened, said)
	everything(t, said)
	f.size = fmt.Sprintf("%d calls", total)
	f.figures = fmt.Sprintf("%d calls opened the source, each after its record and its leaf, and no other did; answered with: %v", opened, said)
}

// everything demands that the generator reached each code that the model knows.
func everything(t *testing.T, said map[vocab.Code]int) {
	t.Helper()
	if testing.Short() {
		return
	}
	for _, c := range []vocab.Code{
		"", vocab.GrantMissing, vocab.GrantSuspended, vocab.GrantEnded, vocab.GrantNotBegun, vocab.QuestionOutside, vocab.PurposeOutside, vocab.CaseMissing,
		vocab.CaseMismatch, vocab.BadInput, vocab.ItemOutside, vocab.HourOutside, vocab.NetworkOutside, vocab.SubjectNeeded, vocab.SubjectInvalid,
		vocab.ItemUnbound, vocab.ValueInvalid, vocab.QuotaSpent, vocab.GuessGuard, "batch done", "batch refused",
	} {
		if said[c] == 0 {
			t.Errorf("no generated call was answered %q: the generator is too narrow", c)
		}
	}
}
