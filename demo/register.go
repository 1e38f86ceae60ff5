package demo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"fontis/demo/dice"
	"fontis/internal/trust/identity/subject"
)

// Enrolment is a spell of social insurance.
type Enrolment struct {
	Number, Name, Scheme, Employer, From, To, State string // To is empty while it lasts
}

// The states of the registers, as departments write them.
const (
	stateInsured = "参保缴费"
	statePaused  = "暂停参保"
	stateValid   = "有效"
	stateRevoked = "注销"
	stateHeld    = "暂扣"
	stateAtDesk  = "在读"
	stateLeft    = "毕业"
	stateOpen    = "存续"
	stateClosed  = "注销登记"
	stateTax     = "正常"
	stateTaxOut  = "非正常"
)

// Enrolments gives the insurance spells of resident i: none, one, or an ended one
// and its successor.
func (w *World) Enrolments(i int) []Enrolment {
	d := dice.Roll(w.Seed, streamWork, i)
	p := w.Person(i)
	age := w.age(p)
	if age < 17 || age > 74 || p.Died != "" || d.In(280) {
		return nil
	}
	e := Enrolment{Number: p.Number, Name: p.Name, State: stateInsured, Scheme: "城乡居民基本养老保险"}
	if d.In(5) {
		e.Name = homophone(p.Name)
	}
	start := p.Born.AddDate(16, 0, d.Below(max(1, (age-16)*300)))
	if d.In(600) {
		e.Scheme, e.Employer = "职工基本养老保险", w.creditCode(d.Below(w.Firms))
	}
	e.From = start.Format(time.DateOnly)
	if !d.In(250) {
		return []Enrolment{e}
	}
	end := start.AddDate(0, 0, 90+d.Below(3000))
	if !end.Before(w.today) {
		return []Enrolment{e}
	}
	e.To = end.Format(time.DateOnly)
	if d.In(300) {
		e.State = statePaused
		return []Enrolment{e}
	}
	next := e
	next.From, next.To = end.AddDate(0, 0, 1+d.Below(60)).Format(time.DateOnly), ""
	next.Scheme, next.Employer = "职工基本养老保险", w.creditCode(d.Below(w.Firms))
	return []Enrolment{e, next}
}

// Licence is a driving licence.
type Licence struct{ Number, Name, Class, From, To, State string }

// Licences gives the driving licence of resident i, if there is one.
func (w *World) Licences(i int) []Licence {
	d := dice.Roll(w.Seed, streamDrive, i)
	p := w.Person(i)
	age := w.age(p)
	if age < 19 || age > 69 || d.In(500) {
		return nil
	}
	l := Licence{Number: p.Number, Name: p.Name, Class: dice.Pick(&d, vehicles), State: stateValid}
	from := w.today.AddDate(0, 0, -d.Below(2300))
	l.From, l.To = from.Format(time.DateOnly), from.AddDate(6, 0, 0).Format(time.DateOnly)
	switch {
	case p.Died != "":
		l.State = stateRevoked
	case d.In(15):
		l.State = stateHeld
	case age > 35 && d.In(200):
		l.To = "" // for long
	}
	return []Licence{l}
}

// Pupil is an enrolment at a school.
type Pupil struct{ Number, Name, School, Grade, From, To, State string }

// Pupils gives the school enrolment of resident i, if of that age.
func (w *World) Pupils(i int) []Pupil {
	d := dice.Roll(w.Seed, streamSchool, i)
	p := w.Person(i)
	age := w.age(p)
	if age < 6 || age > 19 || d.In(30) {
		return nil
	}
	grade := min(age-6, 11)
	stage := []int{0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2}[grade]
	town := dice.Pick(&d, w.places)
	brand := runeAt(brands, d.Below(20)) + runeAt(brands, d.Below(20))
	u := Pupil{
		Number: p.Number, Name: p.Name, State: stateAtDesk, Grade: strconv.Itoa(grade + 1),
		School: town.county + brand + schools[stage] + "（演示）",
		From:   strconv.Itoa(2025-grade+[]int{0, 6, 9}[stage]) + "-09-01",
	}
	if age > 17 {
		u.To, u.State = strconv.Itoa(2025-(age-18))+"-06-30", stateLeft
		u.From = strconv.Itoa(2022-(age-18)) + "-09-01"
	}
	return []Pupil{u}
}

// Firm is an invented firm.
type Firm struct {
	Code, Name, Kind, Head, Capital, Founded, Town, Address, State string // Head is empty in some
}

// Firm makes firm i.
func (w *World) Firm(i int) Firm {
	d := dice.Roll(w.Seed, streamFirm, i)
	town := dice.Pick(&d, w.places)
	brand := runeAt(brands, d.Below(20)) + runeAt(brands, d.Below(20)) + runeAt(brands, d.Below(20))
	f := Firm{
		Code: w.creditCode(i), Kind: dice.Pick(&d, kinds), Head: fullName(&d, d.In(300)), Town: town.code,
		Founded: w.daysAgo(&d, 9000), Address: w.address(&d, town), State: stateOpen,
		Capital: strconv.Itoa((1 + d.Below(200)) * 5),
	}
	f.Name = strings.TrimSuffix(town.city, "市") + brand + dice.Pick(&d, trades) + firmEnding(f.Kind) + "（演示）"
	if d.In(5) {
		f.Head = ""
	}
	if d.In(60) {
		f.State = stateClosed
	}
	return f
}

func firmEnding(kind string) string {
	switch kind {
	case "个体工商户":
		return "店"
	case "合伙企业":
		return "合伙企业"
	case "个人独资企业":
		return "中心"
	}
	return "有限公司"
}

// creditCode is the unified social credit code of firm i: registered with market
// regulation, in area 990000.
func (w *World) creditCode(i int) string {
	organisation := fmt.Sprintf("%08d", dice.Shuffled(w.Seed, i, 100_000_000))
	body := "91" + subject.DemoArea + organisation + string(subject.OrganisationCheckSignOf(organisation))
	return body + string(subject.CreditCheckSignOf(body))
}

// Trade is a licence of a firm to do something that needs one.
type Trade struct{ Code, Licence, Kind, From, To, State string }

// Trades gives the licences of firm i: none, one or two.
func (w *World) Trades(i int) []Trade {
	d := dice.Roll(w.Seed, streamTrade, i)
	var out []Trade
	for k := range d.Below(3) {
		from := w.today.AddDate(0, 0, -d.Below(2200))
		t := Trade{
			Code: w.creditCode(i), Kind: dice.Pick(&d, licences), State: stateValid,
			Licence: fmt.Sprintf("YS990000%08d", i*2+k), // YS for 演示
			From:    from.Format(time.DateOnly), To: from.AddDate(5, 0, -1).Format(time.DateOnly),
		}
		if d.In(30) {
			t.State = stateRevoked
		}
		out = append(out, t)
	}
	return out
}

// Taxpayer is a firm in the tax register.
type Taxpayer struct{ Code, Name, Category, Registered, State string }

// Taxpayers gives the tax registration of firm i; a few are not registered yet.
func (w *World) Taxpayers(i int) []Taxpayer {
	d := dice.Roll(w.Seed, streamTax, i)
	if d.In(20) {
		return nil
	}
	f := w.Firm(i)
	t := Taxpayer{Code: f.Code, Name: f.Name, Category: "小规模纳税人", Registered: f.Founded, State: stateTax}
	if d.In(300) {
		t.Category = "一般纳税人"
	}
	if f.State == stateClosed || d.In(10) {
		t.State = stateTaxOut
	}
	return []Taxpayer{t}
}
