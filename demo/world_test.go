package demo

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"fontis/demo/dice"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

func world(t testing.TB, seed uint64, residents int) *World {
	t.Helper()
	w, err := Generate(seed, residents, editions(t)[1])
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func citizenOK(number string, demo bool) bool {
	_, _, err := subject.Normalise(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}, subject.Options{Demo: demo})
	return err == nil
}

func TestEveryCitizenNumberPassesOnADemoNodeOnly(t *testing.T) {
	w := world(t, 1, 40_000)
	seen := map[string]bool{}
	wrong, twice, empty := 0, 0, 0
	for i := range w.Residents {
		p := w.Person(i)
		if !citizenOK(p.Number, true) || citizenOK(p.Number, false) {
			t.Fatalf("resident %d: a demo node takes the number: %v, another: %v", i, citizenOK(p.Number, true), citizenOK(p.Number, false))
		}
		if seen[p.Number] {
			t.Fatalf("resident %d has the number of another", i)
		}
		seen[p.Number] = true
		if male := (p.Number[16]-'0')%2 == 1; male == p.Female || p.Number[6:14] != p.Born.Format("20060102") {
			t.Fatalf("resident %d: number, sex and birth date disagree", i)
		}
		lines := w.Register(i)
		for _, r := range lines {
			if r.Wrong == citizenOK(r.Held, true) || citizenOK(r.Held, false) {
				t.Fatalf("resident %d: held number wrong: %v", i, r.Wrong)
			}
			if r.Wrong {
				wrong++
			}
			if r.Address == "" {
				empty++
			}
		}
		twice += len(lines) - 1
	}
	if wrong < 20 || wrong > 80 || twice < 5 || twice > 60 || empty < 200 || empty > 800 {
		t.Errorf("of 40,000: %d wrong numbers, %d entered twice, %d without address", wrong, twice, empty)
	}
}

func TestNoNumberLiesInARealArea(t *testing.T) {
	for _, e := range editions(t) {
		for _, d := range e.Divisions {
			if strings.HasPrefix(d.Code, subject.DemoArea[:2]) {
				t.Fatalf("edition %s has the division %s in the invented area", e.Name, d.Code)
			}
		}
	}
	w := world(t, 2, 5000)
	numbers, codes := 0, 0
	for _, b := range w.books(editions(t)) {
		for _, tb := range b.tables {
			if strings.HasPrefix(tb.name, "division") {
				continue
			}
			if !strings.HasSuffix(tb.columns, invented) {
				t.Errorf("table %s does not say that it is invented", tb.name)
			}
			for i := range tb.places {
				tb.rows(i, func(values ...any) {
					key := values[0].(string)
					if tb.index == "number" && strings.HasPrefix(key, "990000") {
						numbers++
					} else if tb.index == "code" && key[2:8] == "990000" {
						codes++
					} else {
						t.Fatalf("table %s, place %d: a key outside area 990000", tb.name, i)
					}
					if len(values) != tb.width || values[tb.width-1] != true {
						t.Fatalf("table %s has %d values, want %d and the mark", tb.name, len(values), tb.width)
					}
				})
			}
		}
	}
	if numbers < 10_000 || codes < 3000 {
		t.Errorf("only %d numbers and %d codes were looked at", numbers, codes)
	}
}

func TestEveryCreditCodePassesWithoutWarning(t *testing.T) {
	w := world(t, 3, 20_000)
	seen := map[string]bool{}
	for i := range w.Firms {
		f := w.Firm(i)
		_, warnings, err := subject.Normalise(vocab.SubjectKey{Kind: vocab.CreditCode, Value: f.Code}, subject.Options{})
		if err != nil || len(warnings) > 0 || seen[f.Code] {
			t.Fatalf("firm %d: %v, warnings %v, twice %v", i, err, warnings, seen[f.Code])
		}
		seen[f.Code] = true
		if !strings.Contains(f.Name, "演示") {
			t.Fatalf("firm %d has a name that could be real", i)
		}
	}
	for _, o := range offices {
		if _, warnings, err := subject.Normalise(vocab.SubjectKey{Kind: vocab.CreditCode, Value: o.code()}, subject.Options{}); err != nil || len(warnings) > 0 {
			t.Errorf("office %s: %v, %v", o.id, err, warnings)
		}
	}
}

func TestARecordIsTheSameWhereverItIsMade(t *testing.T) {
	base := world(t, 1, 1000)
	rapid.Check(t, func(t *rapid.T) {
		small, large := *base, *base
		small.Seed = rapid.Uint64().Draw(t, "seed")
		large.Seed, large.Residents = small.Seed, 1_000_000
		i := rapid.IntRange(0, 999).Draw(t, "i")
		for k := range i { // whatever was made before must not matter
			small.Person(k)
		}
		if small.Person(i) != large.Person(i) {
			t.Fatal("resident differs between two worlds of one seed")
		}
	})
}

func TestNoDayOfARegisterIsImpossible(t *testing.T) {
	w := world(t, 4, 20_000)
	for i := range w.Residents {
		p := w.Person(i)
		born := p.Born.Format("2006-01-02")
		spells := w.Enrolments(i)
		for k, e := range spells {
			if e.From < born || e.To != "" && e.To < e.From || k > 0 && e.From <= spells[k-1].To {
				t.Fatalf("resident %d: insured from %s to %s", i, e.From, e.To)
			}
		}
		for _, l := range w.Licences(i) {
			if l.To != "" && l.To <= l.From {
				t.Fatalf("resident %d: licence from %s to %s", i, l.From, l.To)
			}
		}
		for _, u := range w.Pupils(i) {
			if u.From < born || u.To != "" && u.To < u.From {
				t.Fatalf("resident %d: at school from %s to %s", i, u.From, u.To)
			}
		}
		if p.Died != "" && p.Died < born {
			t.Fatalf("resident %d died before birth", i)
		}
	}
}

func TestAHomophoneSoundsTheSameAndIsWrittenOtherwise(t *testing.T) {
	for name, want := range map[string]string{"王伟": "王玮", "李婷": "李亭", "张静": "张靖", "陈强": "陈强", "孙纬": "孙伟"} {
		if got := homophone(name); got != want {
			t.Errorf("%s became %s, want %s", name, got, want)
		}
	}
	d := dice.Roll(5, streamPerson, 0)
	other := 0
	for range 1000 {
		name := fullName(&d, true)
		h := homophone(name)
		if utf8.RuneCountInString(h) != utf8.RuneCountInString(name) {
			t.Fatalf("%s became %s", name, h)
		}
		if h != name {
			other++
		}
	}
	if other < 400 {
		t.Errorf("only %d of 1000 names have a homophone", other)
	}
}

func TestAWorldHasBounds(t *testing.T) {
	e := editions(t)[1]
	for _, n := range []int{-1, 0, MostResidents + 1} {
		if _, err := Generate(1, n, e); err == nil {
			t.Errorf("a world of %d residents was made", n)
		}
	}
	w := world(t, 1, MostResidents)
	if p := w.Person(MostResidents - 1); !citizenOK(p.Number, true) {
		t.Error("the last resident has a wrong number")
	}
}
