package comparator

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fontis/internal/engine/source"
	"fontis/internal/vocab"
)

func day(t testing.TB, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// row makes values from texts; "-" is null.
func row(texts ...string) []source.Value {
	values := make([]source.Value, len(texts))
	for i, s := range texts {
		values[i] = source.Value{Kind: source.Text, Text: s, Null: s == "-"}
	}
	return values
}

func TestAStatusIsYesNoOrUnknownAsOfADay(t *testing.T) {
	s, err := ParseStatus("licensed", "state in ('active', 'probation')", "from", "to")
	if err != nil {
		t.Fatal(err)
	}
	columns := []string{"state", "from", "to"}
	if d := cmp.Diff(columns, s.Columns()); d != "" {
		t.Fatal(d)
	}
	for _, c := range []struct {
		name   string
		rows   [][]source.Value
		want   vocab.Answer
		reason vocab.UnknownReason
	}{
		{"no row", nil, vocab.Unknown, vocab.NoRecord},
		{"inside", [][]source.Value{row("active", "2024-01-01", "2024-12-31")}, vocab.Yes, ""},
		{"first day", [][]source.Value{row("active", "2024-06-30", "-")}, vocab.Yes, ""},
		{"last day", [][]source.Value{row("active", "2024-01-01", "2024-06-30")}, vocab.Yes, ""},
		{"last day as a moment", [][]source.Value{row("active", "2024-01-01", "2024-06-30T12:00:00")}, vocab.Yes, ""},
		{"day after", [][]source.Value{row("active", "2024-01-01", "2024-06-29")}, vocab.No, ""},
		{"day before", [][]source.Value{row("active", "2024-07-01", "-")}, vocab.No, ""},
		{"other state", [][]source.Value{row("revoked", "2024-01-01", "-")}, vocab.No, ""},
		{"null state", [][]source.Value{row("-", "2024-01-01", "-")}, vocab.Unknown, vocab.EmptyAtSource},
		{"null state, ended", [][]source.Value{row("-", "2024-01-01", "2024-02-01")}, vocab.No, ""},
		{"null beginning", [][]source.Value{row("active", "-", "-")}, vocab.Unknown, vocab.EmptyAtSource},
		{"null beginning, ended", [][]source.Value{row("active", "-", "2024-01-01")}, vocab.No, ""},
		{"null beginning, other state", [][]source.Value{row("revoked", "-", "-")}, vocab.No, ""},
		{"unreadable end", [][]source.Value{row("active", "2024-01-01", "someday")}, vocab.Unknown, vocab.BadValue},
		{"unreadable end, not begun", [][]source.Value{row("active", "2025-01-01", "someday")}, vocab.No, ""},
		{"ends before it begins", [][]source.Value{row("active", "2024-12-31", "2024-01-01")}, vocab.Unknown, vocab.BadValue},
		{"one ended, one in force", [][]source.Value{row("active", "2020-01-01", "2021-01-01"), row("active", "2024-01-01", "-")}, vocab.Yes, ""},
		{"a revoked one ended", [][]source.Value{row("revoked", "2020-01-01", "2021-01-01"), row("active", "2024-01-01", "-")}, vocab.Yes, ""},
		{"two in force disagree", [][]source.Value{row("revoked", "2024-01-01", "-"), row("active", "2024-01-01", "-")}, vocab.Unknown, vocab.SeveralRecords},
		{"one in force, one unknown", [][]source.Value{row("active", "2024-01-01", "-"), row("-", "2024-01-01", "-")}, vocab.Unknown, vocab.EmptyAtSource},
		{"short row", [][]source.Value{row("active")}, vocab.Unknown, vocab.BadValue},
	} {
		answer, reason := s.Evaluate(day(t, "2024-06-30"), columns, c.rows)
		if answer != c.want || reason != c.reason {
			t.Errorf("%s: %s %s", c.name, answer, reason)
		}
	}
}

func TestAnExclusiveEndIsTheFirstDayAfter(t *testing.T) {
	s := Status{Name: "insured", FromColumn: "from", ToColumn: "to", ToExclusive: true}
	for end, want := range map[string]vocab.Answer{"2024-06-30": vocab.No, "2024-07-01": vocab.Yes, "-": vocab.Yes} {
		if got, _ := s.Evaluate(day(t, "2024-06-30"), []string{"from", "to"}, [][]source.Value{row("2024-01-01", end)}); got != want {
			t.Errorf("until %s: %s", end, got)
		}
	}
}

func TestIsNullIsAskedOfNulls(t *testing.T) {
	s := Status{Name: "alive", Conditions: []source.Condition{{Column: "died", Op: source.IsNull}}}
	for died, want := range map[string]vocab.Answer{"-": vocab.Yes, "2024-01-01": vocab.No} {
		if got, _ := s.Evaluate(day(t, "2024-06-30"), []string{"died"}, [][]source.Value{row(died)}); got != want {
			t.Errorf("died %s: %s", died, got)
		}
	}
}

// The order of a subject's rows changes nothing, and a further row can turn yes
// into unknown and never into no.
func TestRowsHaveNoOrderAndMoreRowsNeverDeny(t *testing.T) {
	s := Status{Name: "x", Conditions: []source.Condition{{Column: "state", Op: source.Equal, Values: []string{"a"}}}, FromColumn: "from", ToColumn: "to"}
	columns := []string{"state", "from", "to"}
	cell := rapid.SampledFrom([]string{"-", "2024-01-01", "2024-06-30", "2024-12-31", "bad"})
	one := rapid.Custom(func(t *rapid.T) []source.Value {
		return row(rapid.SampledFrom([]string{"a", "b", "-"}).Draw(t, "state"), cell.Draw(t, "from"), cell.Draw(t, "to"))
	})
	asOf := day(t, "2024-06-30")
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(one, 1, 4).Draw(t, "rows")
		answer, reason := s.Evaluate(asOf, columns, rows)
		if (answer == vocab.Unknown) != (reason != "") {
			t.Fatal(answer, reason)
		}
		if turned, _ := s.Evaluate(asOf, columns, rapid.Permutation(rows).Draw(t, "turned")); turned != answer {
			t.Fatalf("%s became %s in another order", answer, turned)
		}
		if more, _ := s.Evaluate(asOf, columns, append(rows, one.Draw(t, "more"))); answer == vocab.Yes && more == vocab.No {
			t.Fatal("a further row turned yes into no")
		}
	})
}

func TestAStatusMustAskSomething(t *testing.T) {
	for _, c := range [][4]string{{"", "a = 'b'", "", ""}, {" x", "a = 'b'", "", ""}, {"x", "", "", ""}, {"x", "a like 'b'", "", ""}} {
		if _, err := ParseStatus(c[0], c[1], c[2], c[3]); vocab.CodeOf(err) != vocab.BadInput {
			t.Errorf("%q: %v", c, err)
		}
	}
	if _, err := ParseStatus("x", "", "from", ""); err != nil {
		t.Error(err)
	}
}

func TestAMaskShowsTooLittleToKnowAPerson(t *testing.T) {
	for _, c := range []struct {
		v    source.Value
		want string
	}{
		{source.Value{Text: "张三丰"}, "张***"},
		{source.Value{Text: "张三"}, "张***"},
		{source.Value{Text: "男"}, "***"},
		{source.Value{}, "***"},
		{source.Value{Null: true, Text: "x"}, ""},
		{source.Value{Kind: source.Date, Text: "1990-05-01"}, "1990-**-**"},
		{source.Value{Text: "19900501"}, "1990-**-**"},
		{source.Value{Text: "1990-05-01T08:00:00"}, "1990-**-**"},
		{source.Value{Kind: source.Bool, Text: "true"}, "***"},
		{source.Value{Kind: source.Bytes, Text: "00ff"}, "***"},
		{source.Value{Text: "\xff\xfe"}, "***"},
		{source.Value{Kind: source.Number, Text: "1200.5"}, "1***"},
	} {
		if got := Mask(c.v); got != c.want {
			t.Errorf("%q is masked as %q, not %q", c.v.Text, got, c.want)
		}
	}
}

func FuzzParseStatus(f *testing.F) {
	f.Add("licensed", "state in ('a')", "from", "to")
	f.Fuzz(func(t *testing.T, name, expression, from, to string) {
		s, err := ParseStatus(name, expression, from, to)
		if err != nil {
			return
		}
		if err := s.Check(); err != nil {
			t.Error(err)
		}
		if answer, _ := s.Evaluate(time.Unix(0, 0), s.Columns(), nil); answer != vocab.Unknown {
			t.Error(answer)
		}
	})
}
