// Package look holds the templates of the pages in one language, and how that
// language says things: sentences, words of closed lists, days, numbers, and
// texts whose language is another.
//
// The promise: a sentence that is missing is an error, never an empty place.
package look

import (
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/text"
	"fontis/internal/trust/identity"
	pages "fontis/web"
)

// Look is the templates in one language, and how that language says things.
type Look struct {
	lang  text.Lang
	text  *text.Catalog
	han   bool // it is written in Chinese characters
	pages map[string]*template.Template

	// Divisions names area codes; nil where only provinces have names.
	Divisions func(code string) (entry.Text, bool)
}

// layoutFile is the frame of every page, partsFile the parts that pages share.
const (
	layoutFile = "templates/layout.html"
	partsFile  = "templates/parts.html"
)

// New reads every template; each page is the layout with one file.
func New(t *text.Catalog, lang text.Lang) (*Look, error) {
	l := &Look{lang: lang, text: t, han: han(lang), pages: map[string]*template.Template{}}
	base, err := template.New("layout.html").Funcs(l.funcs()).Option("missingkey=error").ParseFS(pages.Templates, layoutFile, partsFile)
	if err != nil {
		return nil, fmt.Errorf("read the layout: %w", err)
	}
	files, err := fs.Glob(pages.Templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if file == layoutFile || file == partsFile {
			continue
		}
		t, err := base.Clone()
		if err == nil {
			t, err = t.ParseFS(pages.Templates, file)
		}
		if err != nil {
			return nil, fmt.Errorf("read the page %s: %w", file, err)
		}
		l.pages[strings.TrimSuffix(path.Base(file), ".html")] = t
	}
	return l, nil
}

// funcs are the words that a template knows.
func (l *Look) funcs() template.FuncMap {
	return template.FuncMap{
		"t": l.Say, "word": l.wordOr, "aside": l.Aside, "act": l.Act, "fieldname": l.FieldName, "label": func(name string) (string, error) { return l.Say("page.label." + name) }, "has": l.Has, "day": l.Day, "moment": l.Moment, "short": l.Short, "stamp": l.Stamp, "cause": l.Cause, "number": l.Number, "bytes": l.Bytes, "gap": l.Gap,
		"say": l.Either, "name": l.Name, "tongue": l.Tongue, "law": l.Law, "region": l.Region, "lines": func(s string) []string { return strings.Split(s, "\n") },
		"join": func(list []string) string { return strings.Join(list, l.Comma()) },
	}
}

// Gap parts a sentence from what follows: Chinese needs no blank there.
func (l *Look) Gap() string {
	if l.han {
		return ""
	}
	return " "
}

// Comma parts the words of a list.
func (l *Look) Comma() string { return l.Must("format.comma") }

// Say is the sentence of the key with its parameters; a missing key is an error.
func (l *Look) Say(key string, args ...any) (string, error) {
	s, err := l.text.Get(l.lang, key)
	if err != nil {
		return "", err
	}
	for i, a := range args {
		s = strings.ReplaceAll(s, "{"+strconv.Itoa(i+1)+"}", fmt.Sprint(a))
	}
	return s, nil
}

// Must is say for keys that a test has read; a missing one shows itself.
func (l *Look) Must(key string, args ...any) string {
	s, err := l.Say(key, args...)
	if err != nil {
		return "[" + key + "]"
	}
	return s
}

// Has reports whether the sentence stands.
func (l *Look) Has(key string) bool {
	_, err := l.text.Get(l.lang, key)
	return err == nil
}

// WordKey is where the text of a closed word stands.
func WordKey(kind, word string) string {
	return "page.word." + kind + "." + strings.NewReplacer(".", "_", " ", "_").Replace(word)
}

// Word says a word of a closed list; what is not on the list stands as it is.
func (l *Look) Word(kind, word string) string {
	if s, err := l.Say(WordKey(kind, word)); err == nil {
		return s
	}
	return word
}

// Act says what an entry of the ledger did: its own text, or the thing and the
// step that its two words name. What nobody has put into words stands as it is.
func (l *Look) Act(act string) string {
	if s, err := l.Say(WordKey("act", act)); err == nil {
		return s
	}
	thing, step, ok := strings.Cut(act, ".")
	if !ok {
		return act
	}
	said, err := l.Say(WordKey("thing", thing))
	if err != nil {
		return act
	}
	for _, kind := range []string{"step", "change", "contest_step"} {
		if s, err := l.Say(WordKey(kind, step)); err == nil {
			return said + l.Must("page.frame.colon") + s
		}
	}
	return act
}

// FieldName is what people call a field of an entry; an item is named by its code.
func (l *Look) FieldName(field string) string {
	if code, ok := strings.CutPrefix(field, "items/"); ok {
		return l.Must("page.items.title") + " " + code
	}
	if s, err := l.Say("page.label.entry_" + field); err == nil {
		return s
	}
	return field
}

// Aside says a word in the brackets of the language.
func (l *Look) Aside(kind string, word any) string {
	return l.Must("format.open") + l.wordOr(kind, word) + l.Must("format.close")
}

func (l *Look) wordOr(kind string, word any) string { return l.Word(kind, fmt.Sprint(word)) }

// Day writes a day in the official time; nothing for a time that never was.
func (l *Look) Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(Official())
	return l.Must("format.day", t.Day(), l.month("format.months", t), t.Year())
}

func (l *Look) month(key string, t time.Time) string {
	names := strings.Fields(l.Must(key))
	if len(names) != 12 {
		return "[" + key + "]"
	}
	return names[t.Month()-1]
}

// Official is UTC+8, the one official time of the country.
func Official() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }

// Moment writes a time with its zone; nothing for one that never was.
func (l *Look) Moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(Official()).Format("2006-01-02 15:04:05 MST")
}

// Stamp writes a time or a day that is kept as text; what is none stands as it is.
func (l *Look) Stamp(said string) string {
	if t, err := time.Parse(time.RFC3339, said); err == nil {
		return l.Moment(t)
	}
	if t, err := time.ParseInLocation(time.DateOnly, said, Official()); err == nil {
		return l.Day(t)
	}
	return said
}

// Short writes a time to the minute, for lists; the page of the thing has it whole.
func (l *Look) Short(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(Official())
	return l.Must("format.short", t.Day(), l.month("format.months_short", t), t.Year(), t.Format("15:04"))
}

// Clock writes the time of a day, to the second.
func (l *Look) Clock(t time.Time) string { return t.In(Official()).Format("15:04:05") }

// Number writes a number with its thousands apart.
func (l *Look) Number(n any) string {
	s, apart := fmt.Sprint(n), l.Must("format.thousands")
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + apart + s[i:]
	}
	return s
}

// Bytes writes a size as people say it.
func (l *Look) Bytes(n any) string {
	size, unit := 0.0, 0
	_, _ = fmt.Sscan(fmt.Sprint(n), &size) // no number is 0
	for units := len(sizes()) - 1; size >= 1024 && unit < units; unit++ {
		size /= 1024
	}
	return strconv.FormatFloat(size, 'f', min(unit, 1), 64) + " " + sizes()[unit]
}

func sizes() []string { return []string{"B", "KB", "MB", "GB", "TB"} }

// Tongued is a text with the language it is in, when that is not the page's.
type Tongued struct {
	Text string
	Lang text.Lang
	Of   string // the Chinese words of law that Text translates

	Parts []Tongued // of a Text in more than one language
}

// Either chooses the text in the page's language, or the other and says so.
func (l *Look) Either(t entry.Text) Tongued { return l.Tongue(t.In(string(l.lang))) }

// Name is a body's name in the page's language, or the other and says so.
func (l *Look) Name(n identity.Name) Tongued { return l.Tongue(n.In(string(l.lang))) }

// Tongue marks a text of unknown language by its writing.
func (l *Look) Tongue(v any) Tongued {
	s := fmt.Sprint(v)
	chinese := strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0
	switch letters := strings.IndexFunc(s, unicode.IsLetter) >= 0; {
	case chinese == l.han || !letters:
		return Tongued{Text: s}
	case chinese:
		return Tongued{Text: s, Lang: text.Chinese}
	}
	return Tongued{Text: s, Lang: text.English}
}

// Cause is a sentence of the program in the reader's language, or in English where
// no other is known.
func (l *Look) Cause(said string) Tongued {
	s, _ := l.text.Cause(l.lang, said)
	return l.Tongue(s)
}

// han says whether a language is written in Chinese characters.
func han(lang text.Lang) bool {
	script, _ := language.Make(string(lang)).Script()
	return strings.HasPrefix(script.String(), "Han")
}

// Write writes one page over its data.
func (l *Look) Write(to io.Writer, page string, data any) error {
	t, ok := l.pages[page]
	if !ok {
		return fmt.Errorf("there is no template %s", page)
	}
	return t.ExecuteTemplate(to, "layout.html", data)
}
