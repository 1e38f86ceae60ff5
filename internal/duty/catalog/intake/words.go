package intake

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/intake/input"
)

// words turns what departments write into what the catalog keeps.
type words struct {
	own     map[Field]map[string]string
	shipped map[Field]map[string]string
}

func newWords(m Mapping) words {
	w := words{own: map[Field]map[string]string{}, shipped: map[Field]map[string]string{}}
	for f, translations := range m.Words {
		w.own[f] = map[string]string{}
		for from, to := range translations {
			w.own[f][wordKey(from)] = to
		}
	}
	return w
}

// wordKey is the folded word, or the sign itself where a word is only a sign.
func wordKey(s string) string {
	if k := foldWhole(s); k != "" {
		return k
	}
	return strings.TrimSpace(s)
}

// value turns one text into the field's own spelling. The trouble, if any, has
// no place yet; it does not always reject.
func (w words) value(f Field, v string) (string, *input.Trouble) {
	v = strings.TrimSpace(v)
	if to, ok := w.own[f][wordKey(v)]; ok {
		return to, nil
	}
	switch {
	case v == "":
		return "", nil
	case f.isList():
		return w.list(f, strings.Split(v, "\n")) // one a line since the cell was parted
	case f == "format":
		return w.format(v)
	case f.words() != nil || f == "security_level" || f == "item.security_level":
		return w.word(f, v)
	case f.isDate():
		return day(v)
	case f == Link && !strings.HasPrefix(v, "http://") && !strings.HasPrefix(v, "https://"):
		return v, &input.Trouble{Problem: input.LinkUnusable}
	case f == "provider_code":
		return v, creditCode(v)
	case f == "item.length" || f == "item.precision":
		if n, err := strconv.Atoi(strings.TrimSuffix(v, ".0")); err == nil && n >= 0 {
			return orEmpty(n), nil
		}
		return "", &input.Trouble{Problem: input.NumberUnreadable, Args: []string{string(f)}, Rejects: true}
	}
	return v, nil
}

func orEmpty(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// word looks a word up: the catalog's own, then the shipped ones.
func (w words) word(f Field, v string) (string, *input.Trouble) {
	list := f.words()
	if slices.Contains(list, v) {
		return v, nil
	}
	if w.shipped[f] == nil {
		w.shipped[f] = valueWords(f)
	}
	to, ok := w.shipped[f][wordKey(v)]
	if near, isNear := strings.CutPrefix(to, "~"); isNear {
		return near, &input.Trouble{Problem: input.WordNear, Args: []string{string(f), near}}
	}
	switch {
	case ok:
		return to, nil
	case list == nil && len(v) == 1 && v >= "1" && v <= "4":
		return v, nil
	case list == nil:
		list = []string{"1", "2", "3", "4"}
	}
	return "", &input.Trouble{Problem: input.WordUnknown, Args: []string{string(f), strings.Join(list, ", ")}, Rejects: true}
}

// format takes the first form that the catalog has a word for: a list of file
// formats is one class only for the catalog, and no format is a ground to
// reject a line.
func (w words) format(v string) (string, *input.Trouble) {
	if to, t := w.word("format", v); t == nil {
		return to, nil
	}
	found, several, unknown := "", false, (*input.Trouble)(nil)
	for part := range strings.FieldsFuncSeq(v, func(r rune) bool { return strings.ContainsRune(",，、;；/|\n +", r) }) {
		to, t := w.word("format", part)
		if t != nil {
			t.Rejects = false
			unknown = t
			continue
		}
		several = several || found != "" && found != to
		if found == "" {
			found = to
		}
	}
	if found == "" {
		return "", unknown
	}
	if several {
		return found, &input.Trouble{Problem: input.WordNear, Args: []string{"format", found}}
	}
	return found, nil
}

func (w words) list(f Field, parts []string) (string, *input.Trouble) {
	var out []string
	var trouble *input.Trouble
	for _, p := range parts {
		if f == "legal_basis" {
			p = cite(p)
		}
		if f.words() != nil {
			to, t := w.own[f][wordKey(p)], (*input.Trouble)(nil)
			if to == "" {
				to, t = w.word(f, p)
			}
			if t != nil && (trouble == nil || t.Rejects) {
				trouble = t
			}
			p = to
		}
		if p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n"), trouble
}

// cite parts a ground in law into statute and article: 《社会保险法》第七十四条.
func cite(s string) string {
	if i := strings.Index(s, "》"); i >= 0 && !strings.Contains(s, "|") {
		i += len("》")
		if article := strings.TrimSpace(s[i:]); article != "" {
			return strings.TrimSpace(s[:i]) + "|" + article
		}
	}
	return s
}

// day reads a date that can be read in one way only. A year or a month alone
// stays what it is, and so does a repeating interval, which DCAT-US writes for
// data that change all the time.
func day(v string) (string, *input.Trouble) {
	if strings.HasPrefix(v, "R/P") && len(v) < 20 {
		return v, nil
	}
	text := strings.NewReplacer("年", "-", "月", "-", "日", "", "/", "-", ".", "-").Replace(v)
	if i := strings.IndexAny(text, " T"); i > 0 {
		text = text[:i]
	}
	text = strings.Trim(text, "-")
	parts := strings.Split(text, "-")
	if len(parts) == 1 && len(text) == 8 {
		parts = []string{text[:4], text[4:6], text[6:]}
	}
	coarse := len(parts)
	if coarse == 1 && len(text) == 4 || coarse == 2 && len(parts[0]) == 4 {
		parts = append(parts, "1", "1")[:3]
	}
	if len(parts) != 3 || len(parts[0]) != 4 {
		return "", &input.Trouble{Problem: input.DateUnreadable, Rejects: true}
	}
	var n [3]int
	for i, p := range parts {
		var err error
		if n[i], err = strconv.Atoi(p); err != nil || n[i] < 0 || len(p) > 4 || i > 0 && len(p) > 2 {
			return "", &input.Trouble{Problem: input.DateUnreadable, Rejects: true}
		}
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC)
	if t.Year() != n[0] || int(t.Month()) != n[1] || t.Day() != n[2] || n[0] == 0 {
		return "", &input.Trouble{Problem: input.DateImpossible, Rejects: true}
	}
	return t.Format([]string{"2006", "2006-01", time.DateOnly}[min(coarse, 3)-1]), nil
}

// creditCode looks at a code by GB 32100. It never rejects: early pilot codes
// carry check signs that the standard does not give.
func creditCode(v string) *input.Trouble {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	v = strings.ToUpper(v)
	if len(v) != 18 {
		return &input.Trouble{Problem: input.CodeShape}
	}
	sum, weight := 0, 1
	for i := range 17 {
		n := strings.IndexByte(alphabet, v[i])
		if n < 0 {
			return &input.Trouble{Problem: input.CodeShape}
		}
		sum += n * weight
		weight = weight * 3 % 31
	}
	if want := alphabet[(31-sum%31)%31]; v[17] != want {
		return &input.Trouble{Problem: input.CodeCheckSign, Args: []string{string(want)}}
	}
	return nil
}

// setField writes a value into the entry or the item.
func setField(d *entry.Dataset, it *entry.Item, f Field, v string) error {
	f = f.inLanguage(v)
	if name, ok := strings.CutPrefix(string(f), itemPrefix); ok {
		return it.Set(entry.ItemField(name), v)
	}
	if f.isNote() {
		line := string(f) + ": " + strings.ReplaceAll(v, "\n", ", ")
		if d.Service != "" {
			line = d.Service + "\n" + line
		}
		return d.Set(entry.FieldService, line)
	}
	return d.Set(entry.Field(f), v)
}
