package tagged

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"fontis/internal/vocab"
)

func counted(counts map[string]int64) []Value {
	var values []Value
	for text, n := range counts {
		values = append(values, Value{text, n})
	}
	return values
}

func words(s string) []Value {
	var values []Value
	for w := range strings.FieldsSeq(s) {
		values = append(values, Value{w, 10})
	}
	return values
}

func numbers(from, to int, form string, first int64) []Value {
	var values []Value
	for i := from; i <= to; i++ {
		n := int64(10)
		if i == from {
			n = first
		}
		values = append(values, Value{fmt.Sprintf(form, i), n})
	}
	return values
}

func has(proposals []Proposal, tag vocab.Tag) bool {
	for _, p := range proposals {
		if p.Tag == tag {
			return true
		}
	}
	return false
}

func TestEachListIsFoundInEverySpelling(t *testing.T) {
	full, bare, latin, letters, coded := []Value{}, []Value{}, []Value{}, []Value{}, []Value{}
	for i, p := range peoples() {
		full = append(full, Value{p.name + "族", 5})
		bare = append(bare, Value{" " + p.name + "　", 5})
		latin = append(latin, Value{p.latin, 5})
		letters = append(letters, Value{strings.ToLower(p.letters), 5})
		coded = append(coded, Value{fmt.Sprintf("%02d-%s族", i+1, p.name), 5})
	}
	affiliation := numbers(1, 13, "%02d", 10)
	affiliation[12].Count = 500
	for name, c := range map[string]struct {
		values []Value
		tag    vocab.Tag
	}{
		"names":              {full, vocab.TagEthnicity},
		"bare names":         {bare, vocab.TagEthnicity},
		"Latin names":        {latin, vocab.TagEthnicity},
		"letter codes":       {letters, vocab.TagEthnicity},
		"code and name":      {coded, vocab.TagEthnicity},
		"numeric codes":      {numbers(1, 56, "%02d", 5000), vocab.TagEthnicity},
		"full-width codes":   {[]Value{{"０１", 90}, {"０２", 1}, {"０３", 2}, {"０４", 3}, {"０５", 1}, {"１１", 1}, {"１５", 1}, {"３４", 1}, {"９７", 1}}, vocab.TagEthnicity},
		"one people":         {words("汉族"), vocab.TagEthnicity},
		"one people, bare":   {words("汉"), vocab.TagEthnicity},
		"with nulls and 无":   {counted(map[string]int64{"": 9000, "汉族": 50, "回族": 40, "无": 10}), vocab.TagEthnicity},
		"exactly 80 percent": {counted(map[string]int64{"汉族": 50, "回族": 30, "x": 20}), vocab.TagEthnicity},
		"religions":          {counted(map[string]int64{"无宗教信仰": 900, "佛教": 50, "伊斯兰教": 50}), vocab.TagReligion},
		"religions and 无":    {counted(map[string]int64{"无": 900, "佛教": 50, "伊斯兰教": 50}), vocab.TagReligion},
		"affiliations":       {counted(map[string]int64{"群众": 900, "中共党员": 50, "共青团员": 50}), vocab.TagPolitics},
		"affiliation codes":  {affiliation, vocab.TagPolitics},
	} {
		if got := Detect(c.values); !has(got, c.tag) {
			t.Errorf("%s: %s is not found in %v", name, c.tag, got)
		}
	}
}

// False friends: columns that share words or codes with a list and are none.
func TestFalseFriendsAreNotTagged(t *testing.T) {
	for name, values := range map[string][]Value{
		"streets":          words("民族路 民族大道 回民街 汉江路 满洲里路 藏经阁路 白云路 土门路"),
		"places":           words("甘孜藏族自治州 阿坝藏族羌族自治州 广西壮族自治区 宁夏回族自治区 长阳土家族自治县 民族乡"),
		"schools":          words("回民中学 民族小学 蒙古族中学 市第一中学"),
		"sex":              words("1 2 9"),
		"sex, padded":      words("01 02"),
		"sex, words":       words("男 女"),
		"provinces":        words("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65"),
		"months":           numbers(1, 12, "%02d", 300),
		"days":             numbers(1, 31, "%02d", 3000),
		"hours":            numbers(0, 23, "%02d", 3000),
		"minutes":          numbers(0, 59, "%02d", 10),
		"weeks":            numbers(1, 53, "%02d", 10),
		"small integers":   numbers(1, 56, "%d", 5000),
		"ages":             numbers(18, 99, "%d", 10),
		"education":        words("10 20 30 40 50 60 70 80 90"),
		"one province":     words("HA"),
		"province letters": words("BJ TJ HE SX SH HA HN GS NX GD"),
		"a few provinces":  words("HA HN TJ SH"),
		"countries":        counted(map[string]int64{"CN": 100, "US": 30, "HU": 5, "BY": 5, "MG": 3, "LS": 2}),
		"surnames":         words("王 李 张 白 水 黎 满 陈 刘 赵 黄 周"),
		"Latin surnames":   words("Li Bai Dong Yao She Wang Zhang Chen Liu"),
		"colours":          words("白 黑 红"),
		"pollution":        words("水 土 气"),
		"utilities":        words("水 电 气"),
		"cities":           words("京 津 沪 渝"),
		"party as a side":  words("甲方 乙方 丙方"),
		"complainants":     counted(map[string]int64{"群众": 60, "企业": 40}),
		"yes and no":       words("有 无"),
		"none at all":      words("无 其他"),
		"79 percent":       counted(map[string]int64{"汉族": 50, "回族": 29, "x": 21}),
		"languages":        words("汉语 英语 藏语"),
		"empty":            {{"", 100}, {" ", 5}},
		"nothing":          nil,
	} {
		if got := Detect(values); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTheListsAreWhole(t *testing.T) {
	names, latin, letters := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, p := range peoples() {
		names[p.name], latin[p.latin], letters[p.letters] = true, true, true
		if len(p.letters) != 2 || p.letters != strings.ToUpper(p.letters) {
			t.Errorf("%s has letters %q", p.name, p.letters)
		}
	}
	if len(names) != 56 || len(latin) != 56 || len(letters) != 56 {
		t.Errorf("%d names, %d Latin names, %d letter codes: there are 56 of each", len(names), len(latin), len(letters))
	}
	for _, p := range provinceLetters() {
		if !letters[p] {
			t.Errorf("province %s is no people's code", p)
		}
	}
	for _, list := range [][]string{religions(), affiliations(), neutral(), peopleWords()} {
		for _, w := range list {
			if fold(w) != w && fold(w) != strings.TrimRight(w, ")") {
				t.Errorf("%q can never be met: values are folded to %q", w, fold(w))
			}
		}
	}
}

func TestDeclaredElementsPropose(t *testing.T) {
	for name, want := range map[string]vocab.Tag{
		"民族": vocab.TagEthnicity, "民族代码": vocab.TagEthnicity, " mz ": vocab.TagEthnicity, "宗教信仰": vocab.TagReligion, "政治面貌代码": vocab.TagPolitics,
		"指纹": vocab.TagBiometric, "行踪轨迹": vocab.TagMovement, "信用分": vocab.TagScore,
		"民族路": "", "民族乡": "", "宗教场所名称": "", "党派活动中心地址": "", "": "", "代码": "", "考试分数": "", "民族 宗教": "",
	} {
		if got, _ := ByName(name); got != want {
			t.Errorf("%q proposes %q, not %q", name, got, want)
		}
	}
}

func FuzzDetect(f *testing.F) {
	f.Add("汉族", "01", int64(3))
	f.Add("\xff", "", int64(-1))
	f.Fuzz(func(t *testing.T, a, b string, n int64) {
		for _, p := range Detect([]Value{{a, n % 1000}, {b, 1}}) {
			if p.Share < shareNeeded || p.Share > 1 {
				t.Errorf("share %v", p.Share)
			}
		}
		if utf8.ValidString(a) && fold(fold(a)) != fold(a) && !strings.ContainsFunc(a, func(r rune) bool { return r > 0x7f }) {
			t.Errorf("folding %q twice changes it", a)
		}
	})
}
