package taking

import (
	"iter"
	"slices"
	"strings"

	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/edge/text"
)

// Reader says troubles in one reader's language: fields and words of closed
// lists by their names, with the word that a file writes beside them.
type Reader struct {
	Text *text.Catalog
	Lang text.Lang
}

// Each is Reject for each.
func (r Reader) Each(list iter.Seq[intake.Reject]) iter.Seq[intake.Reject] {
	return func(yield func(intake.Reject) bool) {
		for x := range list {
			if !yield(r.Reject(x)) {
				return
			}
		}
	}
}

// Reject is a rejected line whose troubles name things in the reader's language.
func (r Reader) Reject(x intake.Reject) intake.Reject {
	x.Troubles = slices.Clone(x.Troubles)
	for i, t := range x.Troubles {
		x.Troubles[i] = r.Trouble(t)
	}
	return x
}

// Trouble puts names in the place of the words of programs.
func (r Reader) Trouble(t input.Trouble) input.Trouble {
	if len(t.Args) == 0 {
		return t
	}
	args := slices.Clone(t.Args)
	switch t.Problem {
	case input.WordUnknown:
		if len(args) > 1 {
			list := strings.Split(args[1], ", ")
			for i, w := range list {
				list[i] = r.word(args[0], w)
			}
			args[1] = strings.Join(list, r.comma())
		}
		args[0] = r.field(args[0])
	case input.WordNear:
		if len(args) > 1 {
			args[1] = r.word(args[0], args[1])
		}
		args[0] = r.field(args[0])
	case input.NumberUnreadable, input.ValueUnfit, input.LinesDiffer, input.NeedMissing:
		args[0] = r.field(args[0])
	case input.Refused:
		args[0] = r.or(args[0], "error."+args[0]+".title")
	}
	t.Args = args
	return t
}

func (r Reader) comma() string { return r.or(", ", "format.comma") }

// aside is a word beside another, in the brackets of the language.
func (r Reader) aside(word, beside string) string {
	return word + r.or(" (", "format.open") + beside + r.or(")", "format.close")
}

func (r Reader) field(f string) string {
	key := strings.TrimPrefix(f, "item.")
	return r.or(f, "page.label.target_"+strings.ReplaceAll(f, ".", "_"), "page.label.entry_"+key, "page.label.item_"+key, "page.label."+key)
}

// word is a closed word as people say it and as a file writes it: a file may
// hold either.
func (r Reader) word(field, w string) string {
	key := "page.word." + strings.TrimPrefix(field, "item.") + "." + strings.NewReplacer(".", "_", " ", "_").Replace(w)
	if flag := map[string]string{"yes": "true", "no": "false"}[w]; flag != "" {
		key = "page.word.bool." + flag
	}
	zh, err := r.Text.Get(text.Chinese, key)
	switch {
	case err != nil || zh == w:
		return w
	case r.Lang == text.Chinese:
		return r.aside(zh, w)
	}
	return r.aside(w, zh)
}

// or is the first of the texts that stands, else the word itself.
func (r Reader) or(word string, keys ...string) string {
	for _, k := range keys {
		if s, err := r.Text.Get(r.Lang, k); err == nil {
			return s
		}
	}
	return word
}
