package intake

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/intake/input"
)

// maxItems bounds the items of one data set.
const maxItems = 5000

// itemSeparators are tried in this order on a list of items: the first that
// stands outside brackets parts the list, so that a comma inside a name is not
// taken for one where the list is written with 、.
func itemSeparators() []string { return []string{"、", "；", ";", "|", "\n", "\t", "，", ","} }

// splitList parts a cell. Separators inside brackets do not count. Given ones
// all part; without any, the first of itemSeparators that occurs does.
func splitList(cell string, given []string) []string {
	cell = strings.TrimSpace(cell)
	if len(given) > 0 {
		return splitOutside(cell, given)
	}
	for _, sep := range itemSeparators() {
		if parts := splitOutside(cell, []string{sep}); len(parts) > 1 {
			return parts
		}
	}
	return splitOutside(cell, nil)
}

// parted parts the cell of a field of several values. A ground in law may be written as
// law|article, so that sign parts none.
func parted(f Field, cell string, given []string) []string {
	if f == "legal_basis" && len(given) == 0 && strings.Contains(cell, "|") {
		given = []string{"、", "；", ";", "\n", "\t"}
	}
	return splitList(cell, given)
}

func splitOutside(cell string, seps []string) []string {
	if depthEnds(cell) != 0 {
		// A bracket that never closes must not swallow the list.
		return splitAll(cell, seps)
	}
	var out []string
	depth, from := 0, 0
	for i, r := range cell {
		switch r {
		case '(', '（', '[', '【', '《':
			depth++
		case ')', '）', ']', '】', '》':
			depth = max(0, depth-1)
		}
		if depth > 0 || i < from {
			continue
		}
		for _, s := range seps {
			if s != "" && strings.HasPrefix(cell[i:], s) {
				out = appendPart(out, cell[from:i])
				from = i + len(s)
				break
			}
		}
	}
	return appendPart(out, cell[from:])
}

func depthEnds(s string) int {
	depth := 0
	for _, r := range s {
		switch r {
		case '(', '（', '[', '【', '《':
			depth++
		case ')', '）', ']', '】', '》':
			depth--
		}
	}
	return depth
}

func splitAll(cell string, seps []string) []string {
	parts := []string{cell}
	for _, s := range seps {
		var next []string
		for _, p := range parts {
			if s == "" {
				next = append(next, p)
				continue
			}
			next = append(next, strings.Split(p, s)...)
		}
		parts = next
	}
	var out []string
	for _, p := range parts {
		out = appendPart(out, p)
	}
	return out
}

func appendPart(out []string, p string) []string {
	if p = strings.TrimSpace(p); p != "" {
		out = append(out, p)
	}
	return out
}

// itemNamed makes an item of one name in a list. year(年度) is the column year
// with the name 年度; 件数(件) keeps its unit; a bracket that repeats the name
// goes; any other bracket stays with the name.
func itemNamed(text string) entry.Item {
	text = strings.Trim(input.OneLine(text), "。.,， ")
	name, note := bracketAtEnd(text)
	var it entry.Item
	switch {
	case note == "":
		name = text
	case isColumnName(name) && !isColumnName(note):
		it.Code, name = itemCode(name), note
	case isUnit(note):
		it.Unit = note
	case note != name:
		name = text
	}
	setItemName(&it, name)
	if it.Code == "" {
		it.Code = itemCode(name)
	}
	return it
}

func setItemName(it *entry.Item, name string) {
	if ItemName.inLanguage(name) == "item.name_en" {
		it.Name.EN = name
	} else {
		it.Name.ZH = name
	}
}

func bracketAtEnd(s string) (name, note string) {
	for _, pair := range [][2]string{{"(", ")"}, {"（", "）"}} {
		if i := strings.Index(s, pair[0]); i > 0 && strings.HasSuffix(s, pair[1]) {
			return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+len(pair[0]) : len(s)-len(pair[1])])
		}
	}
	return s, ""
}

func isUnit(s string) bool {
	return slices.Contains(strings.Fields("人 件 元 千元 万元 萬元 亿元 % ％ 公頃 公顷 ㎡ m2 平方米 平方公尺 公里 km 米 m 次 个 個 户 戶 家 所 年 月 日 小时 小時 分 秒 度 ℃ 吨 公噸 kg mm"), s)
}

// isColumnName reports whether s is a name as databases use it.
func isColumnName(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// itemCode is the item's code: a column name in lower case, or one made of the
// name, the same each time that the list is imported.
func itemCode(name string) string {
	if isColumnName(name) {
		return strings.ToLower(name)
	}
	sum := sha256.Sum256([]byte(name))
	return "i" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:5]))
}

// typeParts reads C(18), 数值型(10,2) and VARCHAR(50) as type, length and
// precision.
func typeParts(v string) (kind string, length, precision int) {
	kind, note := bracketAtEnd(strings.TrimSpace(v))
	if note == "" {
		return v, 0, 0
	}
	l, p, _ := strings.Cut(strings.NewReplacer("，", ",", ".", ",").Replace(note), ",")
	length, err := strconv.Atoi(strings.TrimSpace(l))
	if err != nil || length < 0 {
		return v, 0, 0
	}
	precision, _ = strconv.Atoi(strings.TrimSpace(p))
	return kind, length, max(0, precision)
}

// addItem adds an item unless its code stands already.
func addItem(d *entry.Dataset, it entry.Item) bool {
	if _, twice := d.Item(it.Code); twice {
		return false
	}
	d.Items = append(d.Items, it)
	return true
}

// shortName is the item's name for a sentence.
func shortName(it entry.Item) string {
	name := it.Name.In("zh-Hans")
	if utf8.RuneCountInString(name) > 30 {
		return input.Cut(name, 30)
	}
	return name
}
