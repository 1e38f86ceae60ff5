package look

import (
	"slices"

	"fontis/internal/trust/identity/region"
)

// Region is what people call an area code: the names of the divisions in which it
// lies, from the province down to its own, with the code beside. What the node's list
// does not have goes by the smallest division that has a name, at least its province;
// what lies in none stands as it is.
func (l *Look) Region(code string) Tongued {
	var path []Tongued
	for at := code; at != ""; at = region.Above(at) {
		if name, ok := l.division(at); ok && (len(path) == 0 || !between(name.Text)) {
			path = append(path, name)
		}
	}
	if len(path) == 0 {
		return l.Tongue(code)
	}
	slices.Reverse(path)
	return l.within(path, l.Must("format.open")+code+l.Must("format.close"))
}

// division is the name of one area code in the reader's language, else as the list
// has it. A province has one in every language, which ships.
func (l *Look) division(code string) (Tongued, bool) {
	var listed Tongued
	if l.Divisions != nil {
		if t, ok := l.Divisions(code); ok {
			listed = l.Either(t)
		}
	}
	if listed.Text != "" && listed.Lang == "" {
		return listed, true
	}
	if name := l.Word("region", code); name != code {
		return Tongued{Text: name}, true
	}
	return listed, listed.Text != ""
}

// within writes the names one behind the other, each marked with its language.
func (l *Look) within(path []Tongued, code string) Tongued {
	var out Tongued
	mixed := false
	for i, name := range path {
		if i > 0 && !l.han { // Chinese writes them without anything between
			out.Parts = append(out.Parts, Tongued{Text: " > "})
		}
		out.Parts = append(out.Parts, name)
		mixed = mixed || name.Lang != ""
	}
	out.Parts = append(out.Parts, Tongued{Text: code})
	for _, p := range out.Parts {
		out.Text += p.Text
	}
	if !mixed {
		out.Parts = nil
	}
	return out
}

// between tells the divisions that only stand between two others so that each has
// its level: nobody says them in an address.
func between(name string) bool {
	return slices.Contains([]string{"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}, name)
}
