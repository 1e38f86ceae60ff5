package source

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fontis/internal/vocab"
)

func TestExpressionsAreRead(t *testing.T) {
	for in, want := range map[string][]Condition{
		"state in ('a','b')":                      {{"state", In, []string{"a", "b"}}},
		" STATE  IN( 'it''s' ) ":                  {{"STATE", In, []string{"it's"}}},
		"n = 3 and m<=-4.5":                       {{"n", Equal, []string{"3"}}, {"m", AtMost, []string{"-4.5"}}},
		"状态 != '停用' AND 日期 >= '2024-01-01'":       {{"状态", NotEqual, []string{"停用"}}, {"日期", AtLeast, []string{"2024-01-01"}}},
		`"odd ""name" IS NULL and x is  NOT null`: {{`odd "name`, IsNull, nil}, {"x", IsNotNull, nil}},
		"a <> ''": {{"a", NotEqual, []string{""}}},
	} {
		got, err := ParseConditions(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(in, d)
		}
	}
}

func TestAnythingElseIsRefusedAtItsPosition(t *testing.T) {
	for in, position := range map[string]string{
		"":                             "position 1:",
		"state":                        "position 6:",
		"state = active":               "position 9:",
		"state = 'a' or x = 'b'":       "position 13:",
		"state = 'a'; DROP TABLE x":    "position 12:",
		"lower(state) = 'a'":           "position 6:",
		"(state = 'a')":                "position 1:",
		"state in ()":                  "position 11:",
		"state in ('a' 'b')":           "position 15:",
		"state = 'a":                   "position 10:",
		"state is not 'a'":             "position 14:",
		"state like 'a%'":              "position 7:",
		"状态 = 停用":                      "position 6:",
		"x = 1e5":                      "position 6:",
		"x = --1":                      "position 5:",
		"a.b = 'x'":                    "position 2:",
		"x = 'a' and":                  "position 12:",
		"and = 'a'":                    "position 1:",
		"x = (SELECT password FROM u)": "position 5:",
	} {
		_, err := ParseConditions(in)
		var f *vocab.Failure
		if !errors.As(err, &f) || f.Code != vocab.BadInput || f.Fix == "" || !strings.Contains(f.Cause, position) {
			t.Errorf("%q: %v, not at %s", in, err, position)
		}
	}
}

func TestAWrittenConditionReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("aZ09 '\"状_-()=<>!,\\\n")))
		var want []Condition
		for range rapid.IntRange(1, 4).Draw(t, "n") {
			c := Condition{Column: "x" + text.Draw(t, "column"), Op: rapid.SampledFrom(Ops()).Draw(t, "op")}
			switch c.Op {
			case In:
				c.Values = rapid.SliceOfN(text, 1, 3).Draw(t, "values")
			case IsNull, IsNotNull:
			default:
				c.Values = []string{text.Draw(t, "value")}
			}
			want = append(want, c)
		}
		got, err := ParseConditions(FormatConditions(want))
		if err != nil {
			t.Fatal(FormatConditions(want), err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzParseConditions(f *testing.F) {
	for _, s := range []string{"a = 'b'", "a in ('x', 3) and b is not null", `"q""" <= -1.5`, "a = '", "\xff", "a = 'b' and"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseConditions(s)
		if err != nil {
			if vocab.CodeOf(err) != vocab.BadInput {
				t.Error(err)
			}
			return
		}
		for _, c := range got {
			if err := c.Check(); err != nil {
				t.Error(err)
			}
		}
		again, err := ParseConditions(FormatConditions(got))
		if err != nil || !cmp.Equal(got, again) {
			t.Errorf("%q reads back differently: %v", s, err)
		}
	})
}

func TestNullHoldsOnlyOfIsNull(t *testing.T) {
	for _, op := range Ops() {
		c := Condition{Column: "x", Op: op}
		if op != IsNull && op != IsNotNull {
			c.Values = []string{"a"}
		}
		holds, known := c.Holds(NullValue(Text))
		if holds != (op == IsNull) || known != (op == IsNull || op == IsNotNull) {
			t.Errorf("%s of null: %v, %v", op, holds, known)
		}
	}
}

func TestAConditionFitsItsColumn(t *testing.T) {
	for _, c := range []struct {
		kind  ValueKind
		value string
		fits  bool
	}{
		{Integer, "12", true},
		{Integer, "1.5", false},
		{Integer, "1.0", true},
		{Integer, "x", false},
		{Number, "1.5", true},
		{Number, "1,5", false},
		{Date, "2024-02-29", true},
		{Date, "2023-02-29", false},
		{Date, "20240229", false},
		{Moment, "2024-01-01T10:00:00", true},
		{Moment, "2024", false},
		{Bool, "true", true},
		{Bool, "yes", false},
		{Text, "anything", true},
	} {
		err := Condition{Column: "x", Op: Equal, Values: []string{c.value}}.fits(Column{Name: "x", Kind: c.kind})
		if (err == nil) != c.fits {
			t.Errorf("%s in a column of kind %s: %v", c.value, c.kind, err)
		}
	}
}

func TestCanonicalValues(t *testing.T) {
	for _, c := range []struct {
		kind     ValueKind
		in, want string
	}{
		{Number, "1200.500", "1200.5"},
		{Number, "-0.00", "0"},
		{Number, "+007", "7"},
		{Number, ".5", "0.5"},
		{Number, "5.", "5"},
		{Number, "1e3", "1000"},
		{Number, "1.5E-3", "0.0015"},
		{Number, "1e99999", "1e99999"},
		{Number, "NaN", "NaN"},
		{Number, "", ""},
		{Number, "-", "-"},
		{Integer, "-12", "-12"},
		{Bool, "t", "true"},
		{Bool, "0", "false"},
		{Bool, "maybe", "maybe"},
		{Date, "2006-01-02", "2006-01-02"},
		{Date, "20060102", "20060102"},
		{Moment, "2006-01-02 00:00:00", "2006-01-02"},
		{Moment, "2006-01-02 15:04:05.120", "2006-01-02T15:04:05.12"},
		{Moment, "2006-01-02 00:00:00+08", "2006-01-02"},
		{Moment, "2006-01-02 15:04:05+05:30", "2006-01-02T15:04:05+05:30"},
		{Moment, "infinity", "infinity"},
		{Text, "007", "007"},
		{Text, "a\x00b", "a\x00b"},
		{Text, "\xff", "ff"},
	} {
		if got := NewValue(c.kind, c.in).Text; got != c.want {
			t.Errorf("%s %q is %q, not %q", c.kind, c.in, got, c.want)
		}
	}
}

func TestCanonicalIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom([]ValueKind{Text, Integer, Number, Bool, Date, Moment}).Draw(t, "kind")
		s := rapid.OneOf(rapid.StringMatching(`[+-]?[0-9]{0,6}\.?[0-9]{0,6}([eE][+-]?[0-9]{1,3})?`), rapid.StringMatching(`[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:00:00(\.[0-9]{1,3})?`), rapid.String()).Draw(t, "text")
		once := canonical(s, k)
		if twice := canonical(once, k); twice != once {
			t.Fatalf("%q becomes %q and then %q", s, once, twice)
		}
	})
}
