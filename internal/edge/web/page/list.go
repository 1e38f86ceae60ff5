package page

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"fontis/internal/edge/web/look"
)

// Column is what every line of a list says of one thing.
type Column[L any] struct {
	Name  string   // page.label.NAME heads it, and a filter by it is called so
	Head  string   // the key of another text that heads it
	Kind  string   // of a closed list: page.word.KIND.WORD
	Words []string // the closed list, where lines may be narrowed to one of its words
	Say   func(L) any
}

// Day is a moment of which only the day is said.
type Day struct{ time.Time }

// List is things of one kind at one address: a window of them on its page, and in
// a file all that the filters leave. Both are made of the same lines by the same
// verb, so a file never holds what its page would not.
type List[L any] struct {
	Path    string // its address; the visit's own when empty
	Columns []Column[L]
	Keep    []string // parameters that choose the list itself: a side, a member, the q of a search
	Narrow  []Field  // filters that Fetch heeds itself
	Order   func(L) string
	Key     func(L) string // the lines behind it come after it
	Fetch   func(after string, limit int) ([]L, error)
}

// nameFilter is the form that narrows a list: no failed form of the same address is
// typed into it.
const nameFilter = "filter"

// The bounds of a list: how many lines are read at a time, how many are looked
// through for one page of a narrow filter, and how many a file holds.
const (
	chunk    = 100
	mostRead = 2000
	MostFile = 10_000
	// MostUnsigned is what a file holds for whoever is not signed in: it is made anew
	// for each of them, and the whole catalog has its own addresses for programs.
	MostUnsigned = 1_000
)

// mostOf is how many lines a file holds for the visitor.
func (v *Visit) mostOf() int {
	if v.Actor.Nobody() {
		return MostUnsigned
	}
	return MostFile
}

// Bound is how many lines a file holds for a visitor who would have more of them
// after signing in; 0 for anybody else, and where the list is not that long.
func (v *Visit) Bound(total int) int {
	if v.Actor.Nobody() && total > MostUnsigned {
		return MostUnsigned
	}
	return 0
}

// Whole is the Fetch of a list that its verb gives at once.
func Whole[L any](key func(L) string, all func() ([]L, error)) func(string, int) ([]L, error) {
	var kept []L
	return func(after string, limit int) ([]L, error) {
		if kept == nil {
			var err error
			if kept, err = all(); err != nil {
				return nil, err
			}
		}
		from := 0
		if after != "" {
			from = 1 + slices.IndexFunc(kept, func(l L) bool { return key(l) == after })
			if from == 0 {
				return nil, nil // the line is gone, and with it the place
			}
		}
		return kept[from:min(len(kept), from+limit)], nil
	}
}

// Listing is what stands around the lines of a list on its page.
type Listing struct {
	Path    string
	All     string // the list without its filters
	Kept    []Chosen
	Filter  []Field
	On      bool   // a filter is
	Next    string // the window after this one
	Further bool   // none was found so far, and not everything was looked through
	Files   []Chosen
}

// Shown is one window of a list.
type Shown[L any] struct {
	Listing
	Lines []L
}

// Show reads the window that the address asks for.
func (l List[L]) Show(v *Visit) (Shown[L], error) {
	l = l.ready(v)
	lines, next, err := l.window(v, v.Asked("after"), Size)
	if err != nil {
		return Shown[L]{}, err
	}
	on, kept := l.params(v)
	out := Shown[L]{Lines: lines, Listing: Listing{Path: l.Path, On: len(on) > 0, Further: len(lines) == 0 && next != ""}}
	all := values(slices.Concat(kept, on))
	out.Kept, out.All = kept, l.Path+"?"+values(kept).Encode()
	if out.On || !v.Plain() && (len(lines) > 0 || out.Further || v.Asked("after") != "") { // nothing to narrow is no question
		out.Filter = v.Form(Form{Action: l.Path, Name: nameFilter, Fields: l.filters(v)}).Fields
	}
	if next != "" {
		out.Next = address(l.Path, all, "after", next)
	}
	if len(lines) > 0 {
		out.Files = l.Files(v)
	}
	return out, nil
}

// Files are the ways to the list in each format, under the filters that are on.
func (l List[L]) Files(v *Visit) []Chosen {
	on, kept := l.params(v)
	var out []Chosen
	for _, format := range Formats() {
		out = append(out, Chosen{Name: format, Value: address(l.Path, values(slices.Concat(kept, on)), "file", format)})
	}
	return out
}

func values(list []Chosen) url.Values {
	out := url.Values{}
	for _, p := range list {
		out.Add(p.Name, p.Value)
	}
	return out
}

func address(path string, all url.Values, name, value string) string {
	u := url.Values{name: {value}}
	for k, list := range all {
		u[k] = list
	}
	return path + "?" + u.Encode()
}

// ready fills what the visit knows, and puts a list that stands by names into the
// order of the reader's language.
func (l List[L]) ready(v *Visit) List[L] {
	if l.Path == "" {
		l.Path = v.R.URL.EscapedPath()
	}
	if l.Order == nil {
		return l
	}
	fetch := l.Fetch
	l.Fetch = Whole(l.Key, func() ([]L, error) {
		all, err := drain(l.Key, fetch)
		order := v.Look().Order()
		slices.SortStableFunc(all, func(a, b L) int {
			return cmp.Or(order(l.Order(a), l.Order(b)), strings.Compare(l.Key(a), l.Key(b)))
		})
		return all, err
	})
	return l
}

func drain[L any](key func(L) string, fetch func(string, int) ([]L, error)) ([]L, error) {
	all := []L{}
	for after := ""; len(all) < MostFile; {
		got, err := fetch(after, chunk)
		if err != nil {
			return nil, err
		}
		if all = append(all, got...); len(got) < chunk {
			break
		}
		after = key(got[len(got)-1])
	}
	return all, nil
}

// window reads until so many lines pass the filters, or everything was looked at.
func (l List[L]) window(v *Visit, after string, want int) (lines []L, next string, err error) {
	keep := l.keeper(v)
	step := want + 1
	if keep != nil {
		step = max(step, chunk)
	}
	step = min(step, chunk)
	for read := 0; ; {
		got, err := l.Fetch(after, step)
		if err != nil {
			return nil, "", err
		}
		for _, line := range got {
			if keep != nil && !keep(line) {
				continue
			}
			if len(lines) == want {
				return lines, l.Key(lines[want-1]), nil
			}
			lines = append(lines, line)
		}
		if read += len(got); len(got) < step {
			return lines, "", nil
		}
		after = l.Key(got[len(got)-1])
		if read >= max(mostRead, want) {
			return lines, after, nil
		}
	}
}

// keeper says whether a line passes the filters that are on; nil when none is.
func (l List[L]) keeper(v *Visit) func(L) bool {
	var words []string
	if !slices.Contains(l.Keep, "q") {
		words = strings.Fields(strings.ToLower(v.Asked("q")))
	}
	chosen := map[int]string{}
	for i, c := range l.Columns {
		if said := v.Asked(c.Name); c.Words != nil && said != "" {
			chosen[i] = said
		}
	}
	if len(words) == 0 && len(chosen) == 0 {
		return nil
	}
	return func(line L) bool {
		for i, want := range chosen {
			if fmt.Sprint(l.Columns[i].Say(line)) != want {
				return false
			}
		}
		if len(words) == 0 {
			return true
		}
		var all strings.Builder
		for _, c := range l.Columns {
			all.WriteString(strings.ToLower(fmt.Sprint(c.value(v, line))) + "\n")
		}
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(all.String(), w) })
	}
}

// filters are the inputs of what narrows the list, with what is on.
func (l List[L]) filters(v *Visit) []Field {
	var out []Field
	if !slices.Contains(l.Keep, "q") {
		out = append(out, Field{Name: "q", Text: "list_words", Kind: "search", Value: v.Asked("q")})
	}
	for _, c := range l.Columns {
		if c.Words != nil {
			options := make([]Option, len(c.Words))
			for i, w := range c.Words {
				options[i] = Option{Value: w, Label: v.Look().Word(c.Kind, w)}
			}
			out = append(out, Field{Name: c.Name, Label: c.head(v), Kind: "select", Value: v.Asked(c.Name), Options: append([]Option{{Label: v.Look().Must("page.list.any")}}, options...)})
		}
	}
	return append(out, l.Narrow...)
}

// params are the parameters of the address: the filters that are on, and what
// chooses the list.
func (l List[L]) params(v *Visit) (on, kept []Chosen) {
	for _, f := range l.filters(v) {
		if said := v.Asked(f.Name); said != "" {
			on = append(on, Chosen{Name: f.Name, Value: said})
		}
	}
	for _, name := range l.Keep {
		for _, said := range v.asked(name) {
			if said != "" {
				kept = append(kept, Chosen{Name: name, Value: said})
			}
		}
	}
	return on, kept
}

// value is what a file holds: a number stays one, everything else is text.
func (c Column[L]) value(v *Visit, line L) any {
	said := c.Say(line)
	switch x := said.(type) {
	case nil:
		return ""
	case int:
		return int64(x)
	case int64:
		return x
	case time.Time:
		if x.IsZero() {
			return ""
		}
		return x.In(look.Official()).Format(time.DateTime)
	case Day:
		if x.IsZero() {
			return ""
		}
		return x.In(look.Official()).Format(time.DateOnly)
	case Tongued:
		return cmp.Or(x.Of, x.Text) // a file has the words of the record
	case []Tongued:
		parts := make([]string, len(x))
		for i, t := range x {
			parts[i] = t.Text
		}
		return strings.Join(parts, v.Look().Comma())
	}
	word := fmt.Sprint(said)
	if c.Kind == "" || word == "" {
		return word
	}
	return v.Look().Word(c.Kind, word)
}

func (c Column[L]) head(v *Visit) string {
	if c.Head != "" {
		return v.Look().Must(c.Head)
	}
	return v.Look().Must("page.label." + c.Name)
}

// Strings are closed words as a filter lists them.
func Strings[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}
