package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"fontis/internal/duty/catalog"
	"fontis/internal/edge/text"
	"fontis/internal/trust/identity"
	pages "fontis/web"
)

// look is the templates in one language, and how that language says things.
type look struct {
	lang  text.Lang
	text  *text.Catalog
	pages map[string]*template.Template
}

const layoutFile = "templates/layout.html"

// newLook reads every template; each page is the layout with one file.
func newLook(t *text.Catalog, lang text.Lang) (*look, error) {
	l := &look{lang: lang, text: t, pages: map[string]*template.Template{}}
	base, err := template.New("layout.html").Funcs(l.funcs()).Option("missingkey=error").ParseFS(pages.Templates, layoutFile)
	if err != nil {
		return nil, fmt.Errorf("read the layout: %w", err)
	}
	files, err := fs.Glob(pages.Templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if file == layoutFile {
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
func (l *look) funcs() template.FuncMap {
	return template.FuncMap{
		"t": l.say, "word": l.wordOr, "aside": l.aside, "has": l.has, "day": l.day, "moment": l.moment, "number": l.number,
		"say": l.either, "name": l.name, "tongue": l.tongue, "lines": func(s string) []string { return strings.Split(s, "\n") },
		"join": func(list []string) string { return strings.Join(list, l.comma()) },
	}
}

func (l *look) comma() string {
	if l.lang == text.Chinese {
		return "、"
	}
	return ", "
}

// say is the sentence of the key with its parameters; a missing key is an error.
func (l *look) say(key string, args ...any) (string, error) {
	s, err := l.text.Get(l.lang, key)
	if err != nil {
		return "", err
	}
	for i, a := range args {
		s = strings.ReplaceAll(s, "{"+strconv.Itoa(i+1)+"}", fmt.Sprint(a))
	}
	return s, nil
}

// must is say for keys that a test has read; a missing one shows itself.
func (l *look) must(key string, args ...any) string {
	s, err := l.say(key, args...)
	if err != nil {
		return "[" + key + "]"
	}
	return s
}

func (l *look) has(key string) bool {
	_, err := l.text.Get(l.lang, key)
	return err == nil
}

func wordKey(kind, word string) string {
	return "page.word." + kind + "." + strings.NewReplacer(".", "_", " ", "_").Replace(word)
}

// word says a word of a closed list; what is not on the list stands as it is.
func (l *look) word(kind, word string) string {
	if s, err := l.say(wordKey(kind, word)); err == nil {
		return s
	}
	return word
}

// aside says a word in the brackets of the language.
func (l *look) aside(kind string, word any) string {
	if l.lang == text.Chinese {
		return "（" + l.wordOr(kind, word) + "）"
	}
	return " (" + l.wordOr(kind, word) + ")"
}

func (l *look) wordOr(kind string, word any) string { return l.word(kind, fmt.Sprint(word)) }

// day writes a day, moment a time, both in UTC+8, the one official time of the
// country; nothing for a time that never was.
func (l *look) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if l.lang == text.Chinese {
		return t.In(official).Format("2006年1月2日")
	}
	return t.In(official).Format("2 January 2006")
}

var official = time.FixedZone("UTC+8", 8*60*60)

func (l *look) moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(official).Format("2006-01-02 15:04:05")
}

// number writes a number with its thousands apart.
func (l *look) number(n any) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// tongued is a text with the language it is in, when that is not the page's.
type tongued struct {
	Text string
	Lang text.Lang
}

// either chooses the text in the page's language, or the other and says so.
func (l *look) either(t catalog.Text) tongued { return l.tongue(t.In(string(l.lang))) }

func (l *look) name(n identity.Name) tongued { return l.tongue(n.In(string(l.lang))) }

// tongue marks a text of unknown language by its writing.
func (l *look) tongue(v any) tongued {
	s := fmt.Sprint(v)
	lang := text.English
	if strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0 {
		lang = text.Chinese
	}
	letters := strings.IndexFunc(s, unicode.IsLetter) >= 0
	if lang == l.lang || !letters {
		return tongued{Text: s}
	}
	return tongued{Text: s, Lang: lang}
}

func (v *visit) look() *look { return v.looks[v.call.Lang] }

// render writes the page; nothing is sent before all of it stands.
func (v *visit) render(status int, page string, body any) {
	f, err := v.frame(page, body)
	var out bytes.Buffer
	if err == nil {
		t, ok := v.look().pages[page]
		if !ok {
			err = fmt.Errorf("there is no template %s", page)
		} else {
			err = t.ExecuteTemplate(&out, "layout.html", f)
		}
	}
	if err != nil {
		v.Diary.Error("a page could not be written", "trace", v.call.Trace, "page", page, "error", err)
		out.Reset()
		fmt.Fprintf(&out, "Something broke inside. 系统内部出错。\nreference 编号: %s\n", v.call.Trace)
		status = 500
		v.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	} else {
		v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		v.w.Header().Set("Content-Language", string(v.call.Lang))
		v.w.Header().Set("Vary", "Accept-Language, Cookie")
	}
	v.w.WriteHeader(status)
	// The reader may be gone; nobody is left to tell.
	_, _ = v.w.Write(out.Bytes())
}
