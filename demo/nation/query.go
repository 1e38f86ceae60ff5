package nation

import "fontis/demo/dice"

// Query is one search of a fixed mix: what people look for in such a catalog.
type Query struct {
	Class  string
	Text   string
	Region string // with all below it
	Share  string
	Offset int
}

// Classes are the classes of the mix, in its order.
func Classes() []string {
	return []string{"two characters", "phrase", "two words", "chinese and code", "english", "filters", "broad", "page 50"}
}

// Queries makes the mix: each class the same number of times.
func (n *Nation) Queries(each int) []Query {
	d := dice.Of(n.seed ^ 0xA5A5)
	var out []Query
	for _, class := range Classes() {
		for range each {
			t, k := things[d.Early(len(things))], kinds[d.Early(len(kinds))]
			p := n.places[d.Below(len(n.places))]
			q := Query{Class: class}
			switch class {
			case "two characters":
				q.Text = string([]rune(t.zh)[:2])
			case "phrase", "page 50":
				q.Text = t.zh + string([]rune(k.zh)[:2])
			case "two words":
				q.Text = p.Name + " " + t.zh
			case "chinese and code":
				q.Text = t.zh + " " + letters(common[d.Early(len(common))].zh)
			case "english":
				q.Text = t.en + " " + k.en
			case "filters":
				q.Text, q.Region, q.Share = t.zh, p.Code[:2]+"0000", shares[d.Below(2)]
			case "broad":
				q.Text = []string{"登记", "信息", "部门", "统一社会信用代码", "登记信息"}[d.Below(5)]
			}
			if class == "page 50" {
				q.Offset = 490
			}
			out = append(out, q)
		}
	}
	return out
}
