package look

import (
	"regexp"
	"strings"

	"fontis/internal/edge/text"
)

// article is where in a law a citation points to, as Chinese laws count: article,
// paragraph and item, each in Chinese or in Arabic figures.
var article = regexp.MustCompile(`^(.*?)\s*第([一二三四五六七八九十百千零〇0-9]+)条(?:第([一二三四五六七八九十百0-9]+)款)?(?:第([一二三四五六七八九十百0-9]+)项)?$`)

// Law says words of law (what a row cites, a purpose, the name of a statute) in the
// reader's language where a translation of them ships. The translation is ours and has
// no force, so the original goes with it.
func (l *Look) Law(said string) Tongued {
	was := l.Tongue(said)
	if was.Lang != text.Chinese {
		return l.Tongue(l.Word("law", said))
	}
	words := l.law(said)
	if words == said {
		return was
	}
	out := l.Tongue(words)
	out.Of = said
	return out
}

// Laws says several words of law in one line; the originals follow together.
func (l *Look) Laws(all []string) Tongued {
	said, translated := make([]string, len(all)), false
	for i, words := range all {
		t := l.Law(words)
		said[i], translated = t.Text, translated || t.Of != ""
	}
	out := l.Tongue(strings.Join(said, l.Comma()))
	if translated {
		out.Of = strings.Join(all, "、")
	}
	return out
}

// law is the translation of a whole sentence, or of the name of a law and the place
// in it; what is not known stands as it is.
func (l *Look) law(said string) string {
	if words, ok := l.statute(said); ok {
		return words
	}
	at := article.FindStringSubmatch(said)
	if at == nil {
		return said
	}
	words, ok := l.statute(at[1])
	if !ok {
		return said
	}
	for i, key := range []string{"page.law.article", "page.law.paragraph", "page.law.item"} {
		if n := at[i+2]; n != "" {
			words += l.Must(key, figure(n))
		}
	}
	return words
}

// statute finds a name of law with and without its title marks and its state.
func (l *Look) statute(name string) (string, bool) {
	name = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(name), "《"), "》")
	name = strings.TrimPrefix(name, "中华人民共和国")
	words := l.Word("law", name)
	return words, words != name
}

// figure reads a Chinese number below ten thousand.
func figure(s string) int {
	n, digit := 0, 0
	for _, r := range s {
		switch i := strings.IndexRune("〇一二三四五六七八九", r) / len("一"); {
		case r >= '0' && r <= '9':
			digit = digit*10 + int(r-'0')
		case r == '十':
			n, digit = n+10*max(digit, 1), 0
		case r == '百':
			n, digit = n+100*digit, 0
		case r == '千':
			n, digit = n+1000*digit, 0
		case r == '零':
			digit = 0
		default:
			digit = i
		}
	}
	return n + digit
}
