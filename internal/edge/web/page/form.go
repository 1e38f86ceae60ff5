package page

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"fontis/internal/edge/problem"
	"fontis/internal/vocab"
)

// The fields that every form carries: the proof of where it came from, and the
// key by which a second sending is known.
const (
	nameToken = "form_token"
	nameKey   = "form_key"
)

// Form is a form as the template "form" writes it.
type Form struct {
	Action string
	Name   string // of its texts: page.form.NAME is the button
	Files  bool
	Grave  bool // what it does cannot be taken back
	Inline bool // one button in a row of others
	Fields []Field

	Token, Key string
}

// Field is one input of a form.
type Field struct {
	Name     string
	Text     string // of its label: page.label.TEXT, the name when empty; a hint is page.hint.TEXT
	Kind     string // text when empty; long, password, select, checks, radios, check, file, hidden, date, number
	Label    string // instead of a text, where the label is data
	Hint     bool
	Value    string
	Values   []string // checks: those that are ticked
	Options  []Option
	Need     bool
	Samples  []string // shown below the field
	Complete string   // what a browser may fill in

	ID    string // on its page; Form gives it
	Wrong string // what was wrong with it
}

// Option is one choice.
type Option struct {
	Value, Label string
	Chosen       bool
}

// Form completes a form: its token, its key, and, when it is shown again, what
// was typed into it.
func (v *Visit) Form(f Form) *Form {
	if f.Action == "" {
		f.Action = v.R.URL.EscapedPath()
	}
	f.Token, f.Key = v.token(), rand.Text()
	v.forms++
	again := (v.wrong != nil || v.second) && !v.shut && f.Action == v.R.URL.EscapedPath() && f.Name != nameFilter
	for i := range f.Fields {
		f.Fields[i].ID = "f" + strconv.Itoa(v.forms) + "-" + strconv.Itoa(i)
		if again && !(v.second && f.Fields[i].Kind == "hidden") {
			v.keep(&f.Fields[i])
			v.mark(&f.Fields[i])
		}
		f.Fields[i].choose()
	}
	return &f
}

// wrongField is one line of the summary of what is wrong, with the way to it.
type wrongField struct{ At, What string }

// mark says what was wrong with the field, beside it and in the page's summary.
func (v *Visit) mark(f *Field) {
	if v.wrong == nil {
		return
	}
	for _, fault := range v.wrong.Errors {
		if fault.Where != f.Name {
			continue
		}
		f.Wrong = fault.What
		at := f.ID
		if f.Kind == "checks" || f.Kind == "radios" {
			at += "-0"
		}
		v.wrongs = append(v.wrongs, wrongField{At: at, What: fault.What})
	}
}

// Stale reports whether the form is shown again because another page wrote first.
func (v *Visit) Stale() bool { return v.wrong != nil && v.wrong.Code == vocab.RevisionStale }

// Faulty is the error of a form whose fields are wrong, each said in the reader's
// language.
func (v *Visit) Faulty(list ...problem.Fault) error {
	cause := make([]string, len(list))
	for i, f := range list {
		cause[i] = f.What
	}
	return v.problems.Faults(v.Call, http.StatusUnprocessableEntity, strings.Join(cause, v.Look().Must("page.frame.clause")), list)
}

// Says are the ids of what describes the field.
func (f Field) Says() string {
	var out []string
	if f.Hint || len(f.Samples) > 0 {
		out = append(out, f.ID+"-hint")
	}
	if f.Wrong != "" {
		out = append(out, f.ID+"-fault")
	}
	return strings.Join(out, " ")
}

func (v *Visit) keep(f *Field) {
	switch f.Kind {
	case "password", "file":
	case "checks", "check":
		f.Values = v.R.PostForm[f.Name]
	default:
		if _, sent := v.R.PostForm[f.Name]; sent {
			f.Value = v.R.PostForm.Get(f.Name)
		}
	}
}

func (f *Field) choose() {
	if f.Text == "" {
		f.Text = f.Name
	}
	if f.Kind == "check" && len(f.Options) == 0 {
		f.Options = []Option{{Value: "yes"}}
	}
	for i, o := range f.Options {
		f.Options[i].Chosen = o.Value == f.Value && f.Kind != "checks" && f.Kind != "check" || slices.Contains(f.Values, o.Value)
	}
}

// Words are the options of a closed list of words, said in the reader's language.
func Words[T ~string](v *Visit, kind string, list []T) []Option {
	out := make([]Option, len(list))
	for i, w := range list {
		out[i] = Option{Value: string(w), Label: v.Look().Word(kind, string(w))}
	}
	return out
}

// OrNone puts the choice of nothing first.
func (v *Visit) OrNone(options []Option) []Option {
	return append([]Option{{Label: v.Look().Must("page.label.nothing")}}, options...)
}

// Choose puts an empty choice first, so that nothing is chosen before the reader
// chooses; the field is one that is needed.
func (v *Visit) Choose(options []Option) []Option {
	return append([]Option{{Label: v.Look().Must("page.label.choose")}}, options...)
}

// ByName puts choices into the order in which a reader of the page looks for them.
func (v *Visit) ByName(options []Option) {
	order := v.Look().Order()
	slices.SortStableFunc(options, func(a, b Option) int { return order(a.Label, b.Label) })
}

// Just are options whose words are data.
func Just[T ~string](list []T) []Option {
	out := make([]Option, len(list))
	for i, w := range list {
		out[i] = Option{Value: string(w), Label: string(w)}
	}
	return out
}

// Seek is the search form with what it was sent with; the template "seek" writes it.
type Seek struct {
	Text   string
	Chosen []Chosen
}

// Chosen is a filter that is on, with the link that takes it off.
type Chosen struct {
	Name, Value string
	Label       Tongued
	Off         string
}
