package text

import (
	"regexp"
	"strconv"
	"strings"
)

// cause is a sentence of the program that the catalog knows in every
// language: under "cause" the English file holds it as the program says it, with
// {1} where a value stands, and the other files hold what it means.
type cause struct {
	pattern *regexp.Regexp
	key     string
	order   []int // which value each place of the English sentence holds
}

var placeAt = regexp.MustCompile(`\\\{([1-9])\\\}`)

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
}

// Cause is what the program says in English, in the reader's language; false where
// the catalog does not know the sentence. The code that an error puts before its
// cause falls away.
func (c *Catalog) Cause(lang Lang, said string) (string, bool) {
	for _, l := range c.causes {
		m := l.pattern.FindStringSubmatch(said)
		if m == nil {
			continue
		}
		out := c.sentences[lang][l.key]
		for i, n := range l.order {
			out = strings.ReplaceAll(out, "{"+strconv.Itoa(n)+"}", m[i+1])
		}
		return out, true
	}
	return said, false
}
