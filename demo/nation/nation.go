package nation

import (
	"fmt"
	"math/bits"
	"strings"
)

// Place is a division: its code of six digits or more, and its whole name.
type Place struct{ Code, Name string }

// Set is one data set, in the words of a catalog entry.
type Set struct {
	Code       string `json:"code"`
	Name       Text   `json:"name"`
	Abstract   Text   `json:"abstract"`
	Provider   string `json:"provider"`
	Department string `json:"source_department"`
	Region     string `json:"region"`
	Theme      string `json:"theme"`
	Share      string `json:"share_type"`
	Cycle      string `json:"update_cycle"`
	Origin     string `json:"origin_class"`
	Format     string `json:"format"`
	Level      int    `json:"security_level"`
	Year       int    `json:"year"`
	Items      []Item `json:"items"`
}

// Text is a text in both languages.
type Text struct {
	ZH string `json:"zh,omitempty"`
	EN string `json:"en,omitempty"`
}

// Item is one item of a set.
type Item struct {
	Code string `json:"code"`
	Name Text   `json:"name"`
}

// Nation makes sets; safe for any number of readers.
type Nation struct {
	seed   uint64
	places []Place
}

// New makes a nation of these divisions.
func New(seed uint64, places []Place) *Nation { return &Nation{seed, places} }

// dice gives the random choices of one set.
type dice struct{ state uint64 }

// next is a step of splitmix64.
func (d *dice) next() uint64 {
	d.state += 0x9E3779B97F4A7C15
	z := d.state
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

func (d *dice) below(n int) int {
	hi, _ := bits.Mul64(d.next(), uint64(n))
	return int(hi)
}

// early is a number below n, the small ones far more often.
func (d *dice) early(n int) int {
	u := float64(d.next()>>11) / (1 << 53)
	return int(float64(n) * u * u * u)
}

// Set makes the i-th set.
func (n *Nation) Set(i int) Set {
	d := dice{n.seed ^ uint64(i)*0xD1B54A32D192ED03}
	d.next()
	p := n.places[d.below(len(n.places))]
	thing, kind, office := d.early(len(things)), d.early(len(kinds)), 0
	office = (thing*7 + d.early(3)) % len(offices)
	t, k, o := things[thing], kinds[kind], offices[office]
	s := Set{
		Code: fmt.Sprintf("%s%03d/%07d", p.Code, office, i), Region: p.Code, Provider: p.Name + o.zh, Department: o.zh,
		Theme: themes[(thing+d.early(4))%len(themes)], Share: shares[d.early(3)], Cycle: cycles[d.early(len(cycles))],
		Origin: origins[d.early(4)], Format: formats[d.early(len(formats))], Level: 1 + d.early(4), Year: 2026 - d.early(12),
	}
	s.Name.ZH = p.Name + t.zh + k.zh
	if d.below(6) == 0 {
		s.Name.ZH += fmt.Sprintf("（%d年）", s.Year)
	}
	if d.below(10) == 0 {
		s.Name.EN = capital(t.en) + " " + k.en + ", " + o.en
	}
	s.Items = n.items(&d, t)
	s.Abstract.ZH = n.abstract(&d, s, p, t, k, o)
	if s.Name.EN != "" {
		s.Abstract.EN = "Records of " + t.en + " " + k.en + ", kept by the office of " + strings.ToLower(o.en) + "."
	}
	if d.below(50) == 0 { // another department says otherwise of the same thing
		s.Provider, s.Cycle = p.Name+offices[(office+1)%len(offices)].zh, cycles[d.below(len(cycles))]
	}
	if d.below(100) == 0 {
		soil(&d, &s)
	}
	return s
}

func (n *Nation) abstract(d *dice, s Set, p Place, t, k, o pair) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s依法办理%s业务形成的%s，", p.Name, o.zh, t.zh, k.zh)
	switch d.below(4) {
	case 0:
		fmt.Fprintf(&b, "覆盖%s范围内全部%s，", p.Name, t.zh)
	case 1:
		fmt.Fprintf(&b, "自%d年起按%s逐条归集，", s.Year, things[d.early(len(things))].zh)
	case 2:
		fmt.Fprintf(&b, "供%s等部门办理%s事项时核验，", offices[d.below(len(offices))].zh, things[d.early(len(things))].zh)
	}
	fmt.Fprintf(&b, "包括%s、%s等%d项。", s.Items[0].Name.ZH, s.Items[len(s.Items)-1].Name.ZH, len(s.Items))
	if d.below(3) == 0 {
		fmt.Fprintf(&b, "联系处室：%s第%d科。", o.zh, 1+d.below(30))
	}
	return b.String()
}

// items are four to ten: some that all sets have, most of the thing itself, one in
// thirty with a name that hardly another set has.
func (n *Nation) items(d *dice, t pair) []Item {
	out := make([]Item, 0, 10)
	for range 4 + d.below(7) {
		var name pair
		switch c := d.below(30); {
		case c < 13:
			name = common[d.early(len(common))]
		case c < 29:
			f := facts[d.early(len(facts))]
			name = pair{t.zh + f.zh, t.en + " " + f.en}
		default:
			f := facts[d.below(len(facts))]
			name = pair{fmt.Sprintf("%s%s第%d项", things[d.below(len(things))].zh, f.zh, d.below(10_000)), ""}
		}
		it := Item{Code: letters(name.zh), Name: Text{ZH: name.zh}}
		if d.below(8) == 0 {
			it.Code = fmt.Sprintf("%s_%d", it.Code, 1+d.below(9))
		}
		if d.below(6) == 0 {
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
func soil(d *dice, s *Set) {
	switch d.below(5) {
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
