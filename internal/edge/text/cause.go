package text

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// cause is a sentence of the program that the catalog knows in every
// language: under "cause" the English file holds it as the program says it, with
// {1} where a value stands, and the other files hold what it means. They may write
// {1:state} where the value is a word that the pages have under that kind, or
// several of them.
type cause struct {
	pattern *regexp.Regexp
	key     string
	order   []int // which value each place of the English sentence holds
}

var (
	placeAt = regexp.MustCompile(`\\\{([1-9])\\\}`)
	wordAt  = regexp.MustCompile(`\{([1-9])(?::([a-z_]+))?\}`)
)

func (c *Catalog) learn() {
	for _, key := range c.Keys() {
		if !strings.HasPrefix(key, "cause.") {
			continue
		}
		quoted := regexp.QuoteMeta(c.sentences[English][key])
		l := cause{key: key}
		for _, m := range placeAt.FindAllStringSubmatch(quoted, -1) {
			n, _ := strconv.Atoi(m[1]) // one digit
			l.order = append(l.order, n)
		}
		l.pattern = regexp.MustCompile(`^(?:[a-z-]+: )?` + placeAt.ReplaceAllString(quoted, `(.*)`) + `$`)
		c.causes = append(c.causes, l)
	}
	slices.SortStableFunc(c.causes, func(a, b cause) int { // who says more is asked first
		return len(b.pattern.String()) - len(a.pattern.String())
	})
}

// Cause is what the program says in English, in the reader's language; false where
// the catalog does not know the sentence. The code that an error puts before its
// cause falls away. Of a cause that wraps another each is said for itself. What is
// longer than any cause of the program, or wraps more, repeats what somebody sent:
// nobody's value may cost a search through every sentence and parting.
func (c *Catalog) Cause(lang Lang, said string) (string, bool) {
	if len(said) > longestCause {
		return said, false
	}
	if out, known := c.whole(lang, said, false); known {
		return out, true
	}
	if strings.Count(said, parted) > mostParts {
		return c.whole(lang, said, true)
	}
	half := ""
	for at := range said {
		if !strings.HasPrefix(said[at:], parted) {
			continue
		}
		outer, known := c.whole(lang, said[:at], false)
		if !known {
			continue
		}
		inner, known := c.Cause(lang, said[at+len(parted):])
		out := outer + c.sentences[lang]["page.frame.colon"] + inner
		if known {
			return out, true
		}
		if half == "" {
			half = out
		}
	}
	if half != "" {
		return half, true
	}
	return c.whole(lang, said, true)
}

// parted stands between a cause and the one that it wraps.
const parted = ": "

// The bounds of what is looked up, in bytes and in partings.
const (
	longestCause = 4000
	mostParts    = 8
)

// whole is Cause of one sentence. With long a value that it repeats may hold what
// could be another cause.
func (c *Catalog) whole(lang Lang, said string, long bool) (string, bool) {
	for _, l := range c.causes {
		m := l.pattern.FindStringSubmatch(said)
		if m == nil {
			continue
		}
		values, wraps := map[string]string{}, false
		for i, n := range l.order {
			place := strconv.Itoa(n)
			values[place] = m[i+1]
			wraps = wraps || strings.Contains(m[i+1], parted) && strings.Contains(c.sentences[lang][l.key], "{"+place)
		}
		if wraps && !long {
			continue
		}
		return wordAt.ReplaceAllStringFunc(c.sentences[lang][l.key], func(place string) string {
			at := wordAt.FindStringSubmatch(place)
			return c.words(lang, at[2], values[at[1]])
		}), true
	}
	return said, false
}

// words are the words of a kind that a value lists, as the pages say them; a value
// stays as it is where its kind has no such word.
func (c *Catalog) words(lang Lang, kind, value string) string {
	if kind == "" {
		return value
	}
	list := strings.Split(strings.ReplaceAll(value, " or ", ", "), ", ")
	for i, w := range list {
		for _, key := range []string{"page.word." + kind + "." + w, "page." + kind + "." + w} {
			if said, ok := c.sentences[lang][key]; ok {
				list[i] = said
				break
			}
		}
	}
	return strings.Join(list, c.sentences[lang]["page.frame.comma"])
}
