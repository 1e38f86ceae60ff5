package demo

import (
	"fmt"
	"strconv"
	"time"

	"fontis/demo/dice"
	"fontis/internal/trust/identity/subject"
)

// The days of birth, and the day on which the world stands. It is fixed, so that
// the same seed gives the same bytes at any time; licences and enrolments reach
// beyond it.
const (
	firstBirth = "1946-01-01"
	birthDays  = 80 * 365
	worldDay   = "2026-01-01"
	// perDay bounds how many people of one sex are born on one day: three digits
	// of the number, of which the last tells the sex.
	perDay = 500
)

// World is the invented world. Any record of it can be made by its place alone.
type World struct {
	Seed      uint64
	Residents int
	Firms     int

	places []place
	births time.Time
	today  time.Time
}

// MostResidents is how many the citizen numbers of one area hold.
const MostResidents = birthDays * perDay / 2

// Generate is the world of a seed: so many residents, and a firm for every four.
// Their addresses lie in the towns of the edition.
func Generate(seed uint64, residents int, e *Edition) (*World, error) {
	if residents < 1 || residents > MostResidents {
		return nil, fmt.Errorf("a demo world has 1 to %d residents, not %d", MostResidents, residents)
	}
	w := &World{Seed: seed, Residents: residents, Firms: max(residents/4, 10), places: places(e)}
	if len(w.places) == 0 {
		return nil, fmt.Errorf("edition %s has no town", e.Name)
	}
	var err error
	if w.births, err = time.Parse(time.DateOnly, firstBirth); err != nil {
		return nil, err
	}
	w.today, err = time.Parse(time.DateOnly, worldDay)
	return w, err
}

// Person is one invented resident as all registers know them.
type Person struct {
	Number string // right: area 990000, date, sequence, check sign
	Name   string
	Female bool
	Born   time.Time
	Died   string // empty for the living
}

// Person makes resident i.
func (w *World) Person(i int) Person {
	d := dice.Roll(w.Seed, streamPerson, i)
	p := Person{Female: d.In(500)}
	at := dice.Shuffled(w.Seed, i, birthDays*perDay)
	p.Born = w.births.AddDate(0, 0, at%birthDays)
	order := at / birthDays * 2
	if !p.Female {
		order++
	}
	p.Number = citizen(p.Born, order)
	p.Name = fullName(&d, p.Female)
	if age := w.age(p); age > 50 && d.In(age-45) {
		p.Died = w.daysAgo(&d, 3000)
	}
	return p
}

func citizen(born time.Time, order int) string {
	body := subject.DemoArea + born.Format("20060102") + fmt.Sprintf("%03d", order)
	return body + string(subject.CitizenCheckSign(body))
}

func (w *World) age(p Person) int { return int(w.today.Sub(p.Born).Hours()) / 8766 }

// daysAgo is a day among the last n before the world's.
func (w *World) daysAgo(d *dice.Dice, n int) string {
	return w.today.AddDate(0, 0, -1-d.Below(n)).Format(time.DateOnly)
}

// Resident is a line of the population register, as the source holds it: with
// empty cells, wrong numbers and second entries of one person.
type Resident struct {
	Person
	Held     string // the number as it stands in the source
	Wrong    bool   // it has a wrong check sign
	Town     string // code of nine digits
	Address  string // empty in some
	NoBirth  bool   // the birth date is empty at the source
	Recorded string
}

// Register gives the lines that the population register holds of resident i: one,
// or two where a person was entered again under another spelling.
func (w *World) Register(i int) []Resident {
	d := dice.Roll(w.Seed, streamHome, i)
	r := Resident{Person: w.Person(i)}
	r.Held = r.Number
	if d.In(1) {
		r.Held, r.Wrong = spoilt(r.Number), true
	}
	town := dice.Pick(&d, w.places)
	r.Town, r.Address = town.code, w.address(&d, town)
	if d.In(10) {
		r.Address = ""
	}
	r.NoBirth = d.In(3)
	r.Recorded = max(w.daysAgo(&d, 4000), r.Born.Format(time.DateOnly))
	lines := []Resident{r}
	if d.Below(2000) == 0 {
		again := r
		again.Name = homophone(r.Name)
		moved := dice.Pick(&d, w.places)
		again.Town, again.Address = moved.code, w.address(&d, moved)
		lines = append(lines, again)
	}
	return lines
}

// spoilt is the number with a check sign that does not fit: what a slip of the
// pen leaves behind.
func spoilt(number string) string {
	sign := byte('0')
	if number[17] == '0' {
		sign = '1'
	}
	return number[:17] + string(sign)
}

// address is a real town and an invented road, whose name says so.
func (w *World) address(d *dice.Dice, p place) string {
	return p.whole + dice.Pick(d, roads) + strconv.Itoa(1+d.Below(400)) + "号" + strconv.Itoa(1+d.Below(30)) + "幢" + strconv.Itoa(101+d.Below(20)*100+d.Below(4)) + "室"
}
