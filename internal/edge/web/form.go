package web

import (
	"crypto/rand"
	"slices"
)

// The fields that every form carries: the proof of where it came from, and the
// key by which a second sending is known.
const (
	nameToken = "form_token"
	nameKey   = "form_key"
)

// form is a form as the template "form" writes it.
type form struct {
	Action string
	Name   string // of its texts: page.form.NAME is the button
	Files  bool
	Grave  bool // what it does cannot be taken back
	Inline bool // one button in a row of others
	Fields []field

	Token, Key string
}

// field is one input of a form.
type field struct {
	Name     string
	Text     string // of its label: page.label.TEXT, the name when empty; a hint is page.hint.TEXT
	Kind     string // text when empty; long, password, select, checks, check, file, hidden, date, number
	Label    string // instead of a text, where the label is data
	Hint     bool
	Value    string
	Values   []string // checks: those that are ticked
	Options  []option
	Need     bool
	Samples  []string // shown below the field
	Complete string   // what a browser may fill in
}

// option is one choice.
type option struct {
	Value, Label string
	Chosen       bool
}

// form completes a form: its token, its key, and, when it is shown again, what
// was typed into it.
func (v *visit) form(f form) *form {
	if f.Action == "" {
		f.Action = v.r.URL.EscapedPath()
	}
	f.Token, f.Key = v.token(), rand.Text()
	if v.wrong != nil && !v.shut && f.Action == v.r.URL.EscapedPath() {
		for i := range f.Fields {
			v.keep(&f.Fields[i])
		}
	}
	for i := range f.Fields {
		f.Fields[i].choose()
	}
	return &f
}

func (v *visit) keep(f *field) {
	switch f.Kind {
	case "password", "file":
	case "checks", "check":
		f.Values = v.r.PostForm[f.Name]
	default:
		if _, sent := v.r.PostForm[f.Name]; sent {
			f.Value = v.r.PostForm.Get(f.Name)
		}
	}
}

func (f *field) choose() {
	if f.Text == "" {
		f.Text = f.Name
	}
	if f.Kind == "check" && len(f.Options) == 0 {
		f.Options = []option{{Value: "yes"}}
	}
	for i, o := range f.Options {
		f.Options[i].Chosen = o.Value == f.Value && f.Kind != "checks" && f.Kind != "check" || slices.Contains(f.Values, o.Value)
	}
}

// words are the options of a closed list of words, said in the reader's language.
func words[T ~string](v *visit, kind string, list []T) []option {
	out := make([]option, len(list))
	for i, w := range list {
		out[i] = option{Value: string(w), Label: v.look().Word(kind, string(w))}
	}
	return out
}

// orNone puts the choice of nothing first.
func (v *visit) orNone(options []option) []option {
	return append([]option{{Label: v.look().Must("page.label.nothing")}}, options...)
}

// just are options whose words are data.
func just[T ~string](list []T) []option {
	out := make([]option, len(list))
	for i, w := range list {
		out[i] = option{Value: string(w), Label: string(w)}
	}
	return out
}
