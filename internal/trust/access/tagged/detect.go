package tagged

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"fontis/internal/vocab"
)

// The share of a column's rows from which a tag is proposed: architecture,
// section 4.
const shareNeeded = 0.80

// Value is a value of a column with the number of rows that hold it.
type Value struct {
	Text  string
	Count int64
}

// Proposal is a tag with the share of rows that speak for it.
type Proposal struct {
	Tag   vocab.Tag
	Share float64
}

// Detect proposes the tags that a column's values speak for. Empty values count
// for nothing and against nothing.
func Detect(values []Value) []Proposal {
	c := gather(values)
	if c.rows == 0 {
		return nil
	}
	var proposals []Proposal
	for _, rule := range []struct {
		tag   vocab.Tag
		count func(column) int64
	}{{vocab.TagEthnicity, ethnicity}, {vocab.TagReligion, religion}, {vocab.TagPolitics, politics}} {
		if share := float64(rule.count(c)) / float64(c.rows); share >= shareNeeded {
			proposals = append(proposals, Proposal{Tag: rule.tag, Share: share})
		}
	}
	return proposals
}

// Listed reports whether the text is a word or code of any list, so that whoever
// counts a long column never passes one over.
func Listed(text string) bool {
	word := fold(text)
	if _, ok := twoDigits(word); ok {
		return true
	}
	return listed()[word]
}

// listed are all words of all lists in their folded spelling.
var listed = sync.OnceValue(func() map[string]bool {
	words := slices.Concat(peopleWords(), religions(), affiliations(), neutral())
	for _, p := range peoples() {
		words = append(words, p.name, p.name+"族", p.latin, p.letters)
	}
	all := make(map[string]bool, len(words))
	for _, w := range words {
		all[fold(w)] = true
	}
	return all
})

// column is a column in one spelling: rows by value.
type column struct {
	rows   int64
	values map[string]int64
}

func gather(values []Value) column {
	c := column{values: map[string]int64{}}
	for _, v := range values {
		word := fold(v.Text)
		if word == "" || v.Count <= 0 {
			continue
		}
		c.rows += v.Count
		c.values[word] += v.Count
	}
	return c
}

// fold brings a value to the spelling of the lists: one width, one case, no
// blanks around. A code before or after a name goes: 01-汉族, 汉族(01).
func fold(text string) string {
	word := strings.Map(func(r rune) rune { // what nobody sees hides nothing
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.ToUpper(strings.TrimSpace(norm.NFKC.String(text))))
	if strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		word = strings.Join(strings.Fields(word), "")
	}
	bare := strings.TrimFunc(word, func(r rune) bool {
		return unicode.IsDigit(r) || unicode.IsSpace(r) || strings.ContainsRune(`-_.,:;/|()[]"'、:。`, r)
	})
	if r, _ := utf8.DecodeRuneInString(bare); unicode.Is(unicode.Han, r) {
		return bare
	}
	return word
}

// total counts the rows of the words that a column has, and how many words.
func (c column) total(words []string) (rows int64, distinct int) {
	seen := map[string]bool{}
	for _, w := range words {
		if n := c.values[w]; n > 0 && !seen[w] {
			seen[w] = true
			rows += n
			distinct++
		}
	}
	return rows, distinct
}

func (c column) has(words ...string) bool {
	for _, w := range words {
		if c.values[w] == 0 {
			return false
		}
	}
	return true
}

func ethnicity(c column) int64 {
	var sure, single, latin, letters []string
	sure = append(sure, peopleWords()...)
	for _, p := range peoples() {
		sure = append(sure, p.name+"族")
		if utf8.RuneCountInString(p.name) == 1 {
			single = append(single, p.name)
		} else {
			sure = append(sure, p.name)
		}
		latin = append(latin, strings.ToUpper(p.latin))
		letters = append(letters, p.letters)
	}
	rows, distinct := c.total(sure)
	if n, singles := c.total(single); c.has("汉") || singles+distinct >= 5 {
		rows += n
	}
	if n, d := c.total(latin); c.has("HAN") && d >= 3 {
		rows += n
	}
	n, d := c.total(letters)
	if _, provinces := c.total(provinceLetters()); c.has("HA") && d >= 3 && d > provinces {
		rows += n
	}
	return rows + numericPeoples(c) + c.neutral(distinct)
}

// numericPeoples counts codes 01 to 56, 97 and 98 when the column looks like
// nothing else that has two digits.
func numericPeoples(c column) int64 {
	var rows, largest int64
	distinct, high := 0, false
	for word, n := range c.values {
		code, ok := twoDigits(word)
		if !ok || !(code >= 1 && code <= len(peoples()) || code == 97 || code == 98) {
			continue
		}
		rows += n
		largest = max(largest, n)
		distinct++
		high = high || code >= 32 && code <= len(peoples())
	}
	if !c.has("01") || distinct < 8 || !high || largest*5 < c.rows {
		return 0
	}
	return rows
}

func twoDigits(word string) (int, bool) {
	if len(word) != 2 {
		return 0, false
	}
	n, err := strconv.ParseUint(word, 10, 8)
	return int(n), err == nil
}

func religion(c column) int64 {
	rows, distinct := c.total(religions())
	return rows + c.neutral(distinct)
}

func politics(c column) int64 {
	rows, distinct := c.total(affiliations())
	var numeric int64
	for word, n := range c.values {
		if code, ok := twoDigits(word); ok && code >= 1 && code <= 13 {
			numeric += n
		}
	}
	if c.has("01", "13") && (c.has("02") || c.has("03")) && c.values["13"]*5 >= c.rows {
		rows += numeric
	}
	return rows + c.neutral(distinct)
}

// neutral counts the words that mean nothing alone.
func (c column) neutral(distinct int) int64 {
	if distinct < 2 {
		return 0
	}
	n, _ := c.total(neutral())
	return n
}

// ByName proposes the tag of a declared data element. Only a whole name counts:
// 民族路 is a street and 民族乡 a place.
func ByName(name string) (vocab.Tag, bool) {
	word := strings.ToUpper(strings.TrimSpace(norm.NFKC.String(name)))
	word = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(word, "代码"), "名称"), "_CODE")
	for _, e := range []struct {
		tag   vocab.Tag
		names string
	}{
		{vocab.TagEthnicity, " 民族 族别 所属民族 民族成分 民族成份 ETHNICITY ETHNIC ETHNIC_GROUP NATIONALITY_GROUP MZ MZDM "},
		{vocab.TagReligion, " 宗教 宗教信仰 宗教信仰情况 信仰宗教 RELIGION RELIGIOUS_BELIEF ZJXY ZJXYDM "},
		{vocab.TagPolitics, " 政治面貌 政治面目 党派 所属党派 POLITICAL_AFFILIATION POLITICAL_STATUS ZZMM ZZMMDM "},
		{vocab.TagBiometric, " 指纹 指纹信息 指纹特征 人脸特征 人脸 虹膜 声纹 掌纹 步态 DNA DNA信息 基因 基因信息 FINGERPRINT FACE_TEMPLATE IRIS VOICEPRINT "},
		{vocab.TagMovement, " 轨迹 行动轨迹 活动轨迹 出行轨迹 位置轨迹 行踪 行踪轨迹 TRAJECTORY MOVEMENT "},
		{vocab.TagScore, " 信用分 个人信用分 个人评分 风险评分 诚信分 社会信用分 CREDIT_SCORE RISK_SCORE "},
	} {
		if word != "" && !strings.Contains(word, " ") && strings.Contains(e.names, " "+word+" ") {
			return e.tag, true
		}
	}
	return "", false
}
