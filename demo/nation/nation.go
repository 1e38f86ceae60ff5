package nation

import (
	"fmt"
	"strings"

	"fontis/demo/dice"
)

// Place is a division: its code of six digits or more, and its whole name.
type Place struct{ Code, Name string }

// Set is one data set, in the words of a catalog entry.
type Set struct {
	Code       string
	Name       Text
	Abstract   Text
	Provider   string
	Department string
	Region     string
	Theme      string
	Share      string
	Cycle      string
	Origin     string
	Format     string
	Level      int
	Year       int
	Items      []Item
}

// Text is a text in both languages.
type Text struct {
	ZH string
	EN string
}

// Item is one item of a set.
type Item struct {
	Code string
	Name Text
}

// Nation makes sets; safe for any number of readers.
type Nation struct {
	seed   uint64
	places []Place
}

// New makes a nation of these divisions.
func New(seed uint64, places []Place) *Nation { return &Nation{seed, places} }

// Set makes the i-th set.
func (n *Nation) Set(i int) Set {
	d := dice.Roll(n.seed, 0, i)
	p := n.places[d.Below(len(n.places))]
	thing, kind, office := d.Early(len(things)), d.Early(len(kinds)), 0
	office = (thing*7 + d.Early(3)) % len(offices)
	t, k, o := things[thing], kinds[kind], offices[office]
	s := Set{
		Code: fmt.Sprintf("%s%03d/%07d", p.Code, office, i), Region: p.Code, Provider: p.Name + o.zh, Department: o.zh,
		Theme: themes[(thing+d.Early(4))%len(themes)], Share: shares[d.Early(3)], Cycle: cycles[d.Early(len(cycles))],
		Origin: origins[d.Early(4)], Format: formats[d.Early(len(formats))], Level: 1 + d.Early(4), Year: 2026 - d.Early(12),
	}
	s.Name.ZH = p.Name + t.zh + k.zh
	if d.Below(6) == 0 {
		s.Name.ZH += fmt.Sprintf("（%d年）", s.Year)
	}
	if d.Below(10) == 0 {
		s.Name.EN = capital(t.en) + " " + k.en + ", " + o.en
	}
	s.Items = n.items(&d, t)
	s.Abstract.ZH = n.abstract(&d, s, p, t, k, o)
	if s.Name.EN != "" {
		s.Abstract.EN = "Records of " + t.en + " " + k.en + ", kept by the office of " + strings.ToLower(o.en) + "."
	}
	if d.Below(50) == 0 { // another department says otherwise of the same thing
		s.Provider, s.Cycle = p.Name+offices[(office+1)%len(offices)].zh, cycles[d.Below(len(cycles))]
	}
	if d.Below(100) == 0 {
		soil(&d, &s)
	}
	return s
}

func (n *Nation) abstract(d *dice.Dice, s Set, p Place, t, k, o pair) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s依法办理%s业务形成的%s，", p.Name, o.zh, t.zh, k.zh)
	switch d.Below(4) {
	case 0:
		fmt.Fprintf(&b, "覆盖%s范围内全部%s，", p.Name, t.zh)
	case 1:
		fmt.Fprintf(&b, "自%d年起按%s逐条归集，", s.Year, things[d.Early(len(things))].zh)
	case 2:
		fmt.Fprintf(&b, "供%s等部门办理%s事项时核验，", offices[d.Below(len(offices))].zh, things[d.Early(len(things))].zh)
	}
	fmt.Fprintf(&b, "包括%s、%s等%d项。", s.Items[0].Name.ZH, s.Items[len(s.Items)-1].Name.ZH, len(s.Items))
	if d.Below(3) == 0 {
		fmt.Fprintf(&b, "联系处室：%s第%d科。", o.zh, 1+d.Below(30))
	}
	return b.String()
}

// items are four to ten: some that all sets have, most of the thing itself, one in
// thirty with a name that hardly another set has.
func (n *Nation) items(d *dice.Dice, t pair) []Item {
	out := make([]Item, 0, 10)
	for range 4 + d.Below(7) {
		var name pair
		switch c := d.Below(30); {
		case c < 13:
			name = common[d.Early(len(common))]
		case c < 29:
			f := facts[d.Early(len(facts))]
			name = pair{t.zh + f.zh, t.en + " " + f.en}
		default:
			f := facts[d.Below(len(facts))]
			name = pair{fmt.Sprintf("%s%s第%d项", things[d.Below(len(things))].zh, f.zh, d.Below(10_000)), ""}
		}
		it := Item{Code: letters(name.zh), Name: Text{ZH: name.zh}}
		if d.Below(8) == 0 {
			it.Code = fmt.Sprintf("%s_%d", it.Code, 1+d.Below(9))
		}
		if d.Below(6) == 0 {
			it.Name.EN = name.en
		}
		out = append(out, it)
	}
	return out
}

// letters makes a code of a name: the same name has the same code.
func letters(name string) string {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	out := make([]byte, 0, 8)
	for range 2 + len(name)/3%7 {
		out = append(out, byte('A'+h%26))
		h /= 26
	}
	return string(out)
}

// soil makes a set as untidy as real ones are.
func soil(d *dice.Dice, s *Set) {
	switch d.Below(5) {
	case 0:
		s.Name.ZH = strings.Map(func(r rune) rune {
			if w, ok := traditional[r]; ok {
				return w
			}
			return r
		}, s.Name.ZH)
	case 1:
		s.Name.ZH = "　" + s.Name.ZH + " "
		s.Code = strings.Map(func(r rune) rune { return r + 0xFEE0 }, s.Code[:4]) + s.Code[4:]
	case 2:
		s.Abstract = Text{}
	case 3:
		s.Items = append(s.Items, s.Items[0])
	default:
		s.Theme, s.Name.EN = "", strings.ToUpper(s.Name.EN)
	}
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
