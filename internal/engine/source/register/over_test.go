package register_test

import (
	"testing"

	"fontis/internal/engine/keyed"
	"fontis/internal/engine/source"
)

// What was set since the load stands in the place of the row's own value, for what
// is shown and for what is asked of it; who has no row gets one of what was set.
func TestWhatWasSetStandsOverTheRow(t *testing.T) {
	r := registers(t, t.TempDir())
	table := small()
	load(t, r, table)
	column, subject := table.Columns[1].Name, *table.Rows[0][0]
	set := map[keyed.Key]source.Value{r.Key(table.Name, subject): source.NewValue(source.Date, "2001-01-01"), r.Key(table.Name, "nobody"): source.NewValue(source.Date, "2002-02-02")}
	r.Over = func(_ string, k keyed.Key) map[string]source.Value {
		if v, ok := set[k]; ok {
			return map[string]source.Value{column: v}
		}
		return nil
	}
	s := open(t, r, table.Name)
	ask := func(where ...source.Condition) []source.Record {
		t.Helper()
		out, _, err := s.Lookup(t.Context(), source.Query{Table: table.Name, SubjectColumn: table.Columns[0].Name, Subjects: []string{subject, "nobody"}, Columns: []string{column}, Where: where})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	got := ask()
	if len(got[0].Rows) != 1 || got[0].Rows[0][0].Text != "2001-01-01" || len(got[1].Rows) != 1 || got[1].Rows[0][0].Text != "2002-02-02" {
		t.Errorf("what was set: %+v", got)
	}
	got = ask(source.Condition{Column: column, Op: source.Equal, Values: []string{"2001-01-01"}})
	if len(got[0].Rows) != 1 || len(got[1].Rows) != 0 {
		t.Errorf("under a condition on it: %+v", got)
	}
	set[r.Key(table.Name, subject)], set[r.Key(table.Name, "nobody")] = source.NullValue(source.Date), source.NullValue(source.Date)
	if got = ask(); !got[0].Rows[0][0].Null || len(got[1].Rows) != 0 {
		t.Errorf("taken off: %+v", got)
	}
}
