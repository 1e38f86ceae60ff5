package comparator

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fontis/internal/engine/source"
	"fontis/internal/vocab"
)

func parse(t interface {
	Helper()
	Fatal(...any)
}, spec string, lists ...List,
) Comparator {
	t.Helper()
	c, err := Parse(spec, lists...)
	if err != nil {
		t.Fatal(spec, err)
	}
	return c
}

func TestEachComparatorKnowsWhatIsTheSame(t *testing.T) {
	sex := `code:{"男":"1","女":"2","M":"1"}`
	for _, c := range []struct {
		spec, submitted, stored string
		want                    vocab.Answer
	}{
		{"exact", "a", "a", vocab.Match},
		{"exact", "a", "A", vocab.Mismatch},
		{"exact", "a ", "a", vocab.Mismatch},
		{"text", " ａｂ　ｃ ", "ab c", vocab.Match},
		{"text", "ab\u200b\tc", "ab c", vocab.Match},
		{"text", "ab", "AB", vocab.Mismatch},
		{"text", "㈱", "(株)", vocab.Match},
		{"text", "é", "e\u0301", vocab.Match},
		{"name", "ALİM·Abdu", "ali̇m • abdu", vocab.Match},
		{"name", "阿里木•阿布都", "阿里木·阿布都", vocab.Match},
		{"name", "阿里木 ‧ 阿布都", "阿里木・阿布都", vocab.Match},
		{"name", "张　三", "张三", vocab.Match},
		{"name", "Anna Maria", "AnnaMaria", vocab.Mismatch},
		{"name", "張三", "张三", vocab.Mismatch},
		{"name", "Straße", "STRASSE", vocab.Match},
		{"date", "1990-5-1", "1990-05-01", vocab.Match},
		{"date", "19900501", "1990-05-01", vocab.Match},
		{"date", "1990/5/1", "1990-05-01", vocab.Match},
		{"date", "1990.05.01", "1990-05-01", vocab.Match},
		{"date", "１９９０年５月１日", "19900501", vocab.Match},
		{"date", "1990-05-01", "1990-05-01T08:30:00+08:00", vocab.Match},
		{"date", "1990-05-01", "1990-05-01 23:59:59.5", vocab.Match},
		{"date", "1990-05-02", "1990-05-01", vocab.Mismatch},
		{"date", "2024-02-29", "20240229", vocab.Match},
		{"number", "1200.50", "1200.5", vocab.Match},
		{"number", "＋００７", "7", vocab.Match},
		{"number", "-0", "0", vocab.Match},
		{"number", "0.1", "0.10000000000000000000000000000001", vocab.Mismatch},
		{"number:0.01", "10.01", "10", vocab.Match},
		{"number:0.01", "9.99", "10", vocab.Match},
		{"number:0.01", "10.0100001", "10", vocab.Mismatch},
		{sex, "男", "1", vocab.Match},
		{sex, "Ｍ", "男", vocab.Match},
		{sex, "1", "男", vocab.Match},
		{sex, "女", "1", vocab.Mismatch},
	} {
		got, err := parse(t, c.spec).Compare(c.submitted, c.stored)
		if err != nil || got != c.want {
			t.Errorf("%s: %q against %q is %s, %v", c.spec, c.submitted, c.stored, got, err)
		}
	}
}

func TestWhatNobodyCanReadInASubmittedValueIsInvalidAndNotRepeated(t *testing.T) {
	for spec, values := range map[string][]string{
		"exact": {"", "\xff"}, "text": {"", " 　\t", "\u200b"}, "name": {" "},
		"date": {
			"", "2023-02-29", "2023-13-01", "20230230", "1990-05", "90-05-01", "0000-01-01", "00000000", "yesterday", "1990-05-01T00:00:00", "1990-05-01 08:00",
			"1990年13月1日", "5/1/1990", "19900501 ", "1990--5-1", "-1990-05-01", "1990-05-01x",
		},
		"number":         {"", "1,200", "1e3", "0x10", "NaN", "1/3", ".", "1.", ".5", "--1", "+-1", "1 2", strings.Repeat("9", maxDigits+1), "∞"},
		`code:{"a":"1"}`: {"", "b", "2"},
	} {
		for _, v := range values {
			if v == "19900501 " { // outer blanks are folded, not refused
				continue
			}
			_, err := parse(t, spec).Compare(v, "x")
			var f *vocab.Failure
			if !errors.As(err, &f) || f.Code != vocab.ValueInvalid {
				t.Errorf("%s reads %q: %v", spec, v, err)
				continue
			}
			if len(v) > 4 && strings.Contains(f.Error(), v) {
				t.Errorf("%s repeats %q", spec, v)
			}
		}
	}
	if _, err := (Comparator{}).Compare(strings.Repeat("x", maxValue+1), "x"); !errors.Is(err, vocab.ValueInvalid) {
		t.Error(err)
	}
}

func TestNullAndNoRecordAreNeverAMismatch(t *testing.T) {
	null, empty := source.NullValue(source.Text), source.Value{Kind: source.Text}
	day, same, other := source.Value{Kind: source.Date, Text: "1990-05-01"}, source.Value{Kind: source.Text, Text: "19900501"}, source.Value{Kind: source.Date, Text: "1991-05-01"}
	bad := source.Value{Kind: source.Text, Text: "soon"}
	zero := source.Value{Kind: source.Text, Text: "00000000"}
	for _, c := range []struct {
		name   string
		rows   []source.Value
		want   vocab.Answer
		reason vocab.UnknownReason
	}{
		{"no row", nil, vocab.Unknown, vocab.NoRecord},
		{"null", []source.Value{null}, vocab.Unknown, vocab.EmptyAtSource},
		{"empty", []source.Value{empty}, vocab.Unknown, vocab.EmptyAtSource},
		{"blanks", []source.Value{{Text: " \u3000"}}, vocab.Unknown, vocab.EmptyAtSource},
		{"unreadable", []source.Value{bad}, vocab.Unknown, vocab.BadValue},
		{"zeros", []source.Value{zero}, vocab.Unknown, vocab.BadValue},
		{"two that agree", []source.Value{day, same}, vocab.Match, ""},
		{"two that differ", []source.Value{day, other}, vocab.Unknown, vocab.SeveralRecords},
		{"a value and a null", []source.Value{day, null}, vocab.Unknown, vocab.SeveralRecords},
		{"two nulls", []source.Value{null, empty}, vocab.Unknown, vocab.EmptyAtSource},
		{"one that differs", []source.Value{other}, vocab.Mismatch, ""},
	} {
		answer, reason, err := parse(t, "date").Answer("1990-05-01", c.rows)
		if err != nil || answer != c.want || reason != c.reason {
			t.Errorf("%s: %s %s, %v", c.name, answer, reason, err)
		}
	}
	for _, spec := range []string{"exact", "text", "name", "date", "number", `code:{"1":"1"}`} {
		submitted := map[string]string{"date": "1990-05-01"}[spec]
		if submitted == "" {
			submitted = "1"
		}
		for _, v := range []source.Value{null, empty} {
			if answer, _, err := parse(t, spec).Answer(submitted, []source.Value{v}); err != nil || answer != vocab.Unknown {
				t.Errorf("%s of nothing: %s, %v", spec, answer, err)
			}
		}
	}
}

func TestSpecsReadBack(t *testing.T) {
	divisions := List{Name: "divisions", Codes: map[string]string{"110103": "110101", "崇文区": "110101", "东城区": "110101"}}
	for in, want := range map[string]string{
		"exact": "exact", "text": "text", "name": "name", "date": "date", "number": "number", "number:0": "number", "number:0.0100": "number:0.01", "number:＋5": "number:5",
		`code:{ "女" : "2", "男":"1","1":"1" }`: `code:{"女":"2","男":"1"}`, `code:{"A<":"A<"}`: `code:{"A<":"A<"}`, "code:divisions": "code:divisions",
	} {
		c := parse(t, in, divisions)
		if c.String() != want {
			t.Errorf("%s is written %s, not %s", in, c, want)
		}
		if again := parse(t, c.String(), divisions); again.String() != want {
			t.Errorf("%s reads back as %s", c, again)
		}
	}
	if got, err := parse(t, "code:divisions", divisions).Compare("崇文区", "110101"); err != nil || got != vocab.Match {
		t.Error(got, err)
	}
	if s := (Comparator{}).String(); s != "exact" {
		t.Error("the zero comparator is", s)
	}
	for _, in := range []string{
		"", "exakt", "exact:", "date:x", "number:", "number:-1", "number:x", "number:1e3", "code", "code:", "code:unknown", "code:{}", "code:{", `code:{"a":1}`, `code:{"a":{"b":"c"}}`,
		`code:{"a":"1"} x`, `code:{"a":"1","a":"2"}`, `code:{"a":"1","ａ":"2"}`, `code:{"a":"b","b":"c"}`, `code:{"":"1"}`, `code:{"a":" "}`, `code:["a"]`, "EXACT", " text",
	} {
		if _, err := Parse(in, divisions); !errors.Is(err, vocab.BadInput) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// spellings gives many ways to write few facts, so that equal ones are drawn often.
func spellings(kind vocab.Comparator) *rapid.Generator[string] {
	switch kind {
	case vocab.CompareDate:
		return rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom([]string{"1990-05-0", "1990/5/", "1990.5.", "1990年5月", "1990050", "１９９０-０５-"}).Draw(t, "form") + rapid.SampledFrom([]string{"1", "2", "２", "1日"}).Draw(t, "day")
		})
	case vocab.CompareNumber:
		return rapid.StringMatching(`[+-]?0{0,2}[0-3](\.[05]0{0,2})?`)
	case vocab.CompareCode:
		return rapid.SampledFrom([]string{"男", "女", "M", " Ｍ ", "1", "2", "１", "3"})
	}
	return rapid.StringOf(rapid.SampledFrom([]rune("aAａⅰIİıßſ ·•‧・\u200b　\u0301é张三ﬁfi")))
}

// The rule on which the guess guard stands: what compares equal has one canonical
// form, and what has one form compares alike with everything.
func TestValuesThatCompareEqualHaveOneCanonicalForm(t *testing.T) {
	for _, spec := range []string{"exact", "text", "name", "date", "number", `code:{"男":"1","女":"2","M":"1"}`} {
		c := parse(t, spec)
		rapid.Check(t, func(t *rapid.T) {
			a, b := spellings(c.Kind()).Draw(t, "a"), spellings(c.Kind()).Draw(t, "b")
			formA, errA := c.Canonical(a)
			formB, errB := c.Canonical(b)
			if errA != nil || errB != nil {
				return
			}
			answer, err := c.Compare(a, b)
			if err != nil {
				t.Fatal(err)
			}
			if (answer == vocab.Match) != (string(formA) == string(formB)) && answer != vocab.Unknown {
				t.Fatalf("%s: %q and %q are a %s, their forms are %q and %q", c, a, b, answer, formA, formB)
			}
			again, err := c.Canonical(string(formA))
			if err != nil || string(again) != string(formA) {
				t.Fatalf("%s: the form %q of %q has the form %q, %v", c, formA, a, again, err)
			}
		})
	}
}

func TestUnderAToleranceOneFormComparesAlikeWithEverything(t *testing.T) {
	c := parse(t, "number:0.5")
	rapid.Check(t, func(t *rapid.T) {
		g := spellings(vocab.CompareNumber)
		a, b, stored := g.Draw(t, "a"), g.Draw(t, "b"), g.Draw(t, "stored")
		formA, errA := c.Canonical(a)
		formB, errB := c.Canonical(b)
		if errA != nil || errB != nil || string(formA) != string(formB) {
			return
		}
		one, _ := c.Compare(a, stored)
		two, _ := c.Compare(b, stored)
		if one != two {
			t.Fatalf("%q and %q have one form and compare differently with %q", a, b, stored)
		}
	})
}

func TestNumbersCompareExactly(t *testing.T) {
	c := parse(t, "number:0.001")
	rapid.Check(t, func(t *rapid.T) {
		form := rapid.StringMatching(`-?[0-9]{1,20}\.[0-9]{1,20}`)
		a, b := form.Draw(t, "a"), form.Draw(t, "b")
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		within := new(big.Rat).Abs(x.Sub(x, y)).Cmp(big.NewRat(1, 1000)) <= 0
		if got, err := c.Compare(a, b); err != nil || (got == vocab.Match) != within {
			t.Fatal(a, b, got, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"exact", "number:0.01", `code:{"a":"b"}`, `code:{"a":"b","b":"b"}`, "code:list", "date:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		c, err := Parse(spec, List{"list", map[string]string{"a": "1"}})
		if err != nil {
			return
		}
		again, err := Parse(c.String(), List{"list", map[string]string{"a": "1"}})
		if err != nil || again.String() != c.String() {
			t.Errorf("%q is written %q and reads back as %q, %v", spec, c, again, err)
		}
	})
}

func FuzzCompare(f *testing.F) {
	f.Add("张·三", "张•三")
	f.Add("1990-05-01", "19900501")
	f.Add("1.50", "1.5")
	f.Fuzz(func(t *testing.T, submitted, stored string) {
		for _, spec := range []string{"exact", "text", "name", "date", "number", "number:0.5", `code:{"男":"1"}`} {
			c := parse(t, spec)
			form, err := c.Canonical(submitted)
			if err != nil {
				continue
			}
			again, err := c.Canonical(string(form))
			if err != nil || string(again) != string(form) {
				t.Errorf("%s: %q has the form %q, which has the form %q, %v", spec, submitted, form, again, err)
			}
			answer, reason, err := c.Answer(submitted, []source.Value{{Text: stored}})
			if err != nil || (answer == vocab.Unknown) != (reason != "") {
				t.Errorf("%s: %s %s %v", spec, answer, reason, err)
			}
			if own, _, _ := c.Answer(submitted, []source.Value{{Text: submitted}}); own == vocab.Mismatch {
				t.Errorf("%s: %q is not itself", spec, submitted)
			}
		}
	})
}
