package twin

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// Item is what is known of an item whose values are invented.
type Item struct {
	Compare string   // spec of its comparator; empty compares exactly
	Kind    string   // date, datetime, number, boolean; anything else is text
	Name    string   // in the language of its source
	Length  int      // of a value, 0 without a limit
	Codes   []string // of the list that its values are from; none without one
}

// someone is whom one row is about.
type someone struct {
	key  vocab.SubjectKey
	born time.Time
	n    uint32 // the chance of the row
}

// chance is another one for each item, so that two columns do not go in step.
func (p someone) chance(item vocab.ItemID) int {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s/%d", item, p.n)
	return int(h.Sum32() >> 8)
}

// invented gives a value as its item would hold one, which nobody takes for real.
func (p someone) invented(item vocab.ItemID, of Item) string {
	spec, _, _ := strings.Cut(of.Compare, ":")
	name, roll := strings.ToLower(of.Name+" "+item.Name()), p.chance(item)
	if len(of.Codes) > 0 {
		return p.code(name, of, roll)
	}
	switch compared := vocab.Comparator(spec); {
	case compared == vocab.CompareDate:
		return p.day(name, roll).Format(time.DateOnly)
	case compared == vocab.CompareNumber:
		return p.number(name, roll)
	case compared == vocab.CompareName:
		return "测试" + letter(roll)
	case of.Kind == "date":
		return p.day(name, roll).Format(time.DateOnly)
	case of.Kind == "datetime":
		return p.day(name, roll).Add(time.Duration(8*60+roll%540) * time.Minute).Format(time.DateTime)
	case of.Kind == "number":
		return p.number(name, roll)
	case of.Kind == "boolean":
		return []string{"是", "否"}[roll%2]
	}
	value := []rune(p.words(name, of.Name, roll))
	if of.Length > 0 && len(value) > of.Length {
		value = value[:of.Length]
	}
	return string(value)
}

// code is one of the item's list, and that of the number's sex where the item is one.
func (p someone) code(name string, of Item, roll int) string {
	if fits := p.words(name, of.Name, roll); slices.Contains(of.Codes, fits) {
		return fits
	}
	return of.Codes[roll%len(of.Codes)]
}

// day is the birthday, a recent day for a death, one to come for an end, and else one
// of the years in which everybody here is grown.
func (p someone) day(name string, roll int) time.Time {
	first := 2022
	switch {
	case has(name, "出生", "birth", "born"):
		return p.born
	case has(name, "死亡", "death", "died"):
		first = 2024
	case has(name, "止", "截", "到期", "结束", "until", "expire", "valid to", " to"):
		first = 2031
	}
	return time.Date(first, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, roll%700)
}

// number is a year, an age or a share where the item is one.
func (p someone) number(name string, roll int) string {
	switch {
	case has(name, "年龄"):
		return fmt.Sprint(2025 - p.born.Year())
	case has(name, "年份", "年度", "year"):
		return fmt.Sprint(2015 + roll%10)
	case has(name, "率", "比例", "percent", "rate"):
		return fmt.Sprint(1 + roll%99)
	}
	return fmt.Sprint((1 + roll%900) * 10)
}

// words is the text of an item that is known by its name; else the name itself, marked
// as a trial. A number has the form of its kind in an area or a net that does not exist.
func (p someone) words(name, said string, roll int) string {
	switch {
	case has(name, "性别", "sex", "gender"):
		return p.sex(name)
	case has(name, "身份号码", "身份证号", "citizen", "person_id", "id_number"):
		return p.key.Value
	case has(name, "信用代码", "单位代码", "credit"):
		if p.key.Kind == vocab.CreditCode && !has(name, "单位代码", "employer") {
			return p.key.Value
		}
		return inventedFirm(uint32(roll)).Value
	case has(name, "区划", "乡级", "town", "division"):
		return fmt.Sprintf("%s%03d", subject.DemoArea, roll%1000)
	case has(name, "电话", "手机", "phone"):
		return fmt.Sprintf("0000%07d", roll%10_000_000)
	case has(name, "住址", "住所", "地址", "address", "seat"):
		return fmt.Sprintf("测试县测试路%d号", 1+roll%200)
	case has(name, "状态", " state", "_state", "status"):
		return []string{"正常", "正常", "已终止"}[roll%3]
	case has(name, "是否"):
		return []string{"是", "否"}[roll%2]
	case has(name, "车型"):
		return []string{"C1", "C2", "B2"}[roll%3]
	case has(name, "年级", "grade", "级别", "等级", "level"):
		return fmt.Sprint(1 + roll%6)
	case has(name, "编号", "代码", "号码", "number", "code"):
		return fmt.Sprintf("TEST-%06d", roll%1_000_000)
	case has(name, "企业名称", "单位名称", "firm name"):
		return "测试" + letter(roll) + "有限公司"
	case has(name, "姓名", "full_name"):
		return "测试" + letter(roll)
	}
	if strings.TrimSpace(said) == "" {
		said = strings.Fields(name + " ?")[0]
	}
	return "测试" + said + letter(roll)
}

// sex follows the citizen number, in which an odd order number is a man's.
func (p someone) sex(name string) string {
	man := p.n%2 == 1
	switch {
	case has(name, "代码", "code") && man:
		return "1"
	case has(name, "代码", "code"):
		return "2"
	case man:
		return "男"
	}
	return "女"
}

func letter(roll int) string { return string([]rune("甲乙丙丁戊己庚辛壬癸")[roll%10]) }

func has(name string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}
