// Package sourcetest holds what every source driver must do.
//
// A driver's test calls RunAll with a function that makes a place: a fresh
// database of its kind with the tables of a World, opened read-only.
package sourcetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/engine/source"
	"fontis/internal/vocab"
)

// Table is a table of a World. The first column is the subject's; a nil cell is
// null. Kinds are Text, Integer, Number, Bool, Date and Moment.
type Table struct {
	Name    string
	Columns []source.Column
	Rows    [][]*string
}

// Place is an opened source and a way to change it from outside.
type Place struct {
	Source *source.Source
	// Replace puts other rows in the place of the table's.
	Replace func(t *testing.T, table Table)
}

// Features says what a kind of source cannot do.
type Features struct {
	NoScan     bool // neither Sample nor TopValues
	PlainNames bool // a table's name is a plain word
}

// RunAll runs the suite.
func RunAll(t *testing.T, f Features, open func(t *testing.T, tables ...Table) Place) {
	run := func(name string, test func(*testing.T, Place)) {
		t.Run(name, func(t *testing.T) { test(t, open(t, person())) })
	}
	run("ProbeListsTablesAndColumns", probeLists)
	run("EverySubjectGetsARecordInTheOrderAsked", everySubject)
	run("ValuesAreCanonical", canonicalValues)
	run("SeveralRowsAreAllThere", severalRows)
	run("ConditionsHoldAsTheyDoInMemory", conditions)
	run("HostileNamesAreUnknownColumns", hostileNames)
	run("HostileValuesAreOnlyValues", hostileValues)
	run("ImpossibleSubjectsHaveNoRecord", impossibleSubjects)
	run("TooManyRowsOrSubjectsAreRefused", tooMany)
	run("TheMarkMovesWithTheSource", markMoves)
	t.Run("NamesWithQuotesAndBlanksAreReadable", func(t *testing.T) { oddNames(t, f, open) })
	t.Run("SubjectsMayBeNumbers", func(t *testing.T) { numberSubjects(t, open) })
	if f.NoScan {
		run("NoPagesAreGiven", noPages)
	} else {
		t.Run("PagesGoThroughAllRowsInOrderAndPartNoKey", func(t *testing.T) { pages(t, open) })
		run("SampleAndTopValuesAreBounded", samples)
	}
}

// T makes a cell.
func T(s string) *string { return &s }

func person() Table {
	return Table{
		Name: "person",
		Columns: []source.Column{
			{Name: "number", Kind: source.Text},
			{Name: "name", Kind: source.Text},
			{Name: "born", Kind: source.Date},
			{Name: "wage", Kind: source.Number},
			{Name: "children", Kind: source.Integer},
			{Name: "insured", Kind: source.Bool},
			{Name: "seen", Kind: source.Moment},
			{Name: "state", Kind: source.Text},
		},
		Rows: [][]*string{
			{T("p1"), T("张三"), T("1990-02-28"), T("1200.50"), T("2"), T("true"), T("2024-05-01 08:30:00"), T("active")},
			{T("p2"), T("O'Neil \"x\" \\"), nil, T("-0.00"), T("0"), T("false"), T("2024-05-01 00:00:00"), T("ended")},
			{T("p3"), T(""), T("2000-01-01"), nil, nil, nil, nil, nil},
			{T("p4"), T("李四"), T("1985-12-31"), T("9"), T("10"), T("true"), nil, T("active")},
			{T("p4"), T("李四"), T("1985-12-30"), T("100"), T("9"), T("true"), nil, T("paused")},
		},
	}
}

func lookup(t *testing.T, p Place, q source.Query) []source.Record {
	t.Helper()
	records, _, err := p.Source.Lookup(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func probeLists(t *testing.T, p Place) {
	r, err := p.Source.Probe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Tables) != 1 || r.Tables[0].Name != "person" || len(r.Powers) != 0 {
		t.Fatalf("probe found %d tables and %d powers", len(r.Tables), len(r.Powers))
	}
	var got []source.Column
	for _, c := range r.Tables[0].Columns {
		got = append(got, source.Column{Name: c.Name, Kind: c.Kind})
		if c.Type == "" {
			t.Errorf("column %s has no type", c.Name)
		}
	}
	if d := cmp.Diff(person().Columns, got); d != "" {
		t.Error(d)
	}
}

func everySubject(t *testing.T, p Place) {
	records := lookup(t, p, source.Query{Table: "person", SubjectColumn: "number", Subjects: []string{"p3", "nobody", "p1", "p3"}, Columns: []string{"name"}})
	if len(records) != 4 {
		t.Fatalf("%d records for 4 subjects", len(records))
	}
	for i, want := range []struct {
		subject string
		rows    int
	}{{"p3", 1}, {"nobody", 0}, {"p1", 1}, {"p3", 1}} {
		if records[i].Subject != want.subject || len(records[i].Rows) != want.rows {
			t.Errorf("record %d is of %s with %d rows, not of %s with %d", i, records[i].Subject, len(records[i].Rows), want.subject, want.rows)
		}
	}
}

func canonicalValues(t *testing.T, p Place) {
	columns := []string{"name", "born", "wage", "children", "insured", "seen", "state"}
	records := lookup(t, p, source.Query{Table: "person", SubjectColumn: "number", Subjects: []string{"p1", "p2", "p3"}, Columns: columns})
	want := [][]string{
		{"张三", "1990-02-28", "1200.5", "2", "true", "2024-05-01T08:30:00", "active"},
		{"O'Neil \"x\" \\", "<null>", "0", "0", "false", "2024-05-01", "ended"},
		{"", "2000-01-01", "<null>", "<null>", "<null>", "<null>", "<null>"},
	}
	for i, r := range records {
		var got []string
		for _, v := range r.Rows[0] {
			if v.Null {
				got = append(got, "<null>")
				continue
			}
			got = append(got, v.Text)
		}
		if d := cmp.Diff(want[i], got); d != "" {
			t.Error(r.Subject, d)
		}
	}
}

func severalRows(t *testing.T, p Place) {
	records := lookup(t, p, source.Query{Table: "person", SubjectColumn: "number", Subjects: []string{"p4"}, Columns: []string{"born"}})
	if len(records[0].Rows) != 2 {
		t.Fatalf("%d rows, there are 2", len(records[0].Rows))
	}
}

// conditions asks the source and Condition.Holds the same, and both must agree.
func conditions(t *testing.T, p Place) {
	subjects := []string{"p1", "p2", "p3", "p4"}
	all := person()
	names := make([]string, len(all.Columns))
	for i, c := range all.Columns {
		names[i] = c.Name
	}
	whole := lookup(t, p, source.Query{Table: "person", SubjectColumn: "number", Subjects: subjects, Columns: names})
	for _, expression := range []string{
		"state = 'active'", "state != 'active'", "state in ('active', 'ended')", "state is null", "state is not null",
		"wage >= 9", "wage <= 9.000", "wage = '1200.500'", "wage != 0", "children <= 9", "children in (2, 10)", "wage in ('9', '100.0')",
		"born <= '1990-02-28'", "born = '2000-01-01'", "born in ('1985-12-30', '1985-12-31')", "seen >= '2024-05-01'", "seen = '2024-05-01T08:30:00'",
		"insured = 'true'", "insured != 1", "insured in ('f')", "name = ''", "name >= '李'", "name <= 'Z'",
		"state = 'active' and children >= 3", "number >= 'p2' and number <= 'p3'",
	} {
		where, err := source.ParseConditions(expression)
		if err != nil {
			t.Fatal(expression, err)
		}
		got := lookup(t, p, source.Query{Table: "person", SubjectColumn: "number", Subjects: subjects, Columns: names, Where: where})
		for i := range subjects {
			want := 0
			for _, row := range whole[i].Rows {
				if holdAll(where, names, row) {
					want++
				}
			}
			if len(got[i].Rows) != want {
				t.Errorf("%s: the source gives %d rows of %s, memory says %d", expression, len(got[i].Rows), subjects[i], want)
			}
		}
	}
}

func holdAll(where []source.Condition, names []string, row []source.Value) bool {
	for _, c := range where {
		for i, n := range names {
			if holds, known := c.Holds(row[i]); n == c.Column && (!holds || !known) {
				return false
			}
		}
	}
	return true
}

// Hostile are names and values that would end a statement badly put together.
func Hostile() []string {
	return []string{
		`"`, `name"; DROP TABLE person; --`, `name', 'x`, `*`, `1`, `name FROM person --`, `number" = "number`, "na\x00me", `NAME`, " name",
		`person"."name`, `(SELECT 1)`, `$1`, `{"a"}`, `\`, `'; DROP TABLE person; --`, `%s`, "\xff", "", `' OR '1'='1`, `"},{"`, `[]`, "p1\x00", `person.name`,
	}
}

func hostileNames(t *testing.T, p Place) {
	good := source.Query{Table: "person", SubjectColumn: "number", Subjects: []string{"p1"}, Columns: []string{"name"}}
	for _, h := range Hostile() {
		inTable, inSubject, inColumn, inWhere := good, good, good, good
		inTable.Table, inSubject.SubjectColumn, inColumn.Columns = h, h, []string{h}
		inWhere.Where = []source.Condition{{Column: h, Op: source.IsNull}}
		for _, q := range []source.Query{inTable, inSubject, inColumn, inWhere} {
			_, _, err := p.Source.Lookup(t.Context(), q)
			if !errors.Is(err, vocab.SourceUnknown) && !errors.Is(err, vocab.BadInput) {
				t.Errorf("name %q: %v", h, err)
			}
		}
		badOp := good
		badOp.Where = []source.Condition{{Column: "name", Op: source.Op(h), Values: []string{"x"}}}
		if _, _, err := p.Source.Lookup(t.Context(), badOp); !errors.Is(err, vocab.BadInput) {
			t.Errorf("operator %q: %v", h, err)
		}
	}
	if got := lookup(t, p, good); len(got[0].Rows) != 1 {
		t.Error("the table is damaged")
	}
}

func hostileValues(t *testing.T, p Place) {
	subjects := Hostile()
	records := lookup(t, p, source.Query{Table: "person", SubjectColumn: "number", Subjects: subjects, Columns: []string{"name"}})
	for i, r := range records {
		if len(r.Rows) != 0 {
			t.Errorf("subject %q found %d rows", subjects[i], len(r.Rows))
		}
	}
	for _, h := range subjects {
		q := source.Query{Table: "person", SubjectColumn: "number", Subjects: []string{"p1"}, Columns: []string{"name"}}
		q.Where = []source.Condition{{Column: "name", Op: source.In, Values: []string{h, h + h}}}
		records, _, err := p.Source.Lookup(t.Context(), q)
		if err == nil && len(records[0].Rows) == 0 || errors.Is(err, vocab.BadInput) {
			continue
		}
		t.Errorf("value %q in a condition: %v, or rows", h, err)
	}
}

func impossibleSubjects(t *testing.T, p Place) {
	for _, column := range []string{"children", "born", "wage", "insured", "seen"} {
		subjects := []string{"word", "", "1e999", "0x10", "9999-99-99", "0000-01-01", "99999999999", "-32769", "1e300", "١", strings.Repeat("9", 400), "007"}
		records, _, err := p.Source.Lookup(t.Context(), source.Query{Table: "person", SubjectColumn: column, Subjects: subjects, Columns: []string{"name"}})
		if err != nil && !errors.Is(err, vocab.SourceUnknown) { // a register has but one subject column
			t.Errorf("column %s: %v", column, err)
		}
		for _, r := range records {
			if len(r.Rows) > 0 {
				t.Errorf("column %s has a row for an impossible subject", column)
			}
		}
	}
}

func tooMany(t *testing.T, p Place) {
	q := source.Query{Table: "person", SubjectColumn: "number", Columns: []string{"name"}}
	if _, _, err := p.Source.Lookup(t.Context(), q); !errors.Is(err, vocab.BadInput) {
		t.Errorf("no subject: %v", err)
	}
	q.Subjects = make([]string, source.MaxSubjects+1)
	if _, _, err := p.Source.Lookup(t.Context(), q); !errors.Is(err, vocab.BadInput) {
		t.Errorf("too many subjects: %v", err)
	}
	full := person()
	for range MaxRows + 1 {
		full.Rows = append(full.Rows, append([]*string{T("crowd")}, full.Rows[0][1:]...))
	}
	p.Replace(t, full)
	q.Subjects = []string{"crowd"}
	if _, _, err := p.Source.Lookup(t.Context(), q); !errors.Is(err, vocab.SourceOverfull) {
		t.Errorf("too many rows: %v", err)
	}
}

// MaxRows is the row limit that a place opens its source with.
const MaxRows = 40

func markMoves(t *testing.T, p Place) {
	q := source.Query{Table: "person", SubjectColumn: "number", Subjects: []string{"p1"}, Columns: []string{"name"}}
	before := restingMark(t, p, q)
	other := person()
	other.Rows[0][1] = T("王五")
	p.Replace(t, other)
	records, after, err := p.Source.Lookup(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if records[0].Rows[0][0].Text != "王五" || after.Mark == before.Mark {
		t.Errorf("the source changed, and the mark stayed %q", after.Mark)
	}
}

// restingMark looks up until the mark stands still from one look to the next. A
// server's mark also counts what others change on it meanwhile, and a server of
// tests has others; a mark that moves at every look would say nothing.
func restingMark(t *testing.T, p Place, q source.Query) source.Version {
	t.Helper()
	const looks = 200
	var last source.Version
	for range looks {
		_, now, err := p.Source.Lookup(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if now.Mark == "" || now.AsOf.IsZero() {
			t.Fatalf("a look without a mark or a time: %+v", now)
		}
		if now.Mark == last.Mark {
			return now
		}
		last = now
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("nothing changed, and the mark moved at each of %d looks, last to %q", looks, last.Mark)
	return last
}

func oddNames(t *testing.T, f Features, open func(*testing.T, ...Table) Place) {
	odd := Table{
		Name:    "人员 \"表\"; --",
		Columns: []source.Column{{Name: `证件"号`, Kind: source.Text}, {Name: "select", Kind: source.Text}, {Name: "a b'c", Kind: source.Text}},
		Rows:    [][]*string{{T("x"), T("1"), T("2")}},
	}
	if f.PlainNames {
		odd.Name = "plain"
	}
	p := open(t, odd)
	q := source.Query{Table: odd.Name, SubjectColumn: `证件"号`, Subjects: []string{"x"}, Columns: []string{"select", "a b'c"}}
	q.Where = []source.Condition{{Column: "select", Op: source.Equal, Values: []string{"1"}}}
	records := lookup(t, p, q)
	if len(records[0].Rows) != 1 || records[0].Rows[0][1].Text != "2" {
		t.Error("a table with odd names cannot be read")
	}
}

func numberSubjects(t *testing.T, open func(*testing.T, ...Table) Place) {
	p := open(t, Table{
		Name:    "licence",
		Columns: []source.Column{{Name: "id", Kind: source.Integer}, {Name: "holder", Kind: source.Text}},
		Rows:    [][]*string{{T("7"), T("a")}, {T("9007199254740993"), T("b")}},
	})
	records := lookup(t, p, source.Query{Table: "licence", SubjectColumn: "id", Subjects: []string{"7", "9007199254740993", "9007199254740992", "07"}, Columns: []string{"holder"}})
	if len(records[0].Rows) != 1 || len(records[1].Rows) != 1 || len(records[2].Rows) != 0 || len(records[3].Rows) != 0 {
		t.Error("a subject that is a number finds another's row, or not its own")
	}
}

func samples(t *testing.T, p Place) {
	rows, err := p.Source.Sample(t.Context(), "person", []string{"number", "born"}, 3)
	if err != nil || len(rows) != 3 || len(rows[0]) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	top, err := p.Source.TopValues(t.Context(), "person", "state", 2)
	if err != nil {
		t.Fatal(err)
	}
	if top.Nulls != 1 || len(top.Values) != 2 || top.Values[0].Value.Text != "active" || top.Values[0].Count != 2 {
		t.Errorf("top values are %d with %d nulls", len(top.Values), top.Nulls)
	}
	for _, column := range []string{"born", "wage", "children", "insured", "seen"} {
		top, err := p.Source.TopValues(t.Context(), "person", column, 100)
		if err != nil || top.Rows != 5 {
			t.Errorf("top values of %s count %d rows, %v", column, top.Rows, err)
		}
	}
	for _, n := range []int{0, -1, 1001, source.MaxTopValues + 1} {
		if _, err := p.Source.Sample(t.Context(), "person", []string{"born"}, n); !errors.Is(err, vocab.BadInput) {
			t.Errorf("a sample of %d: %v", n, err)
		}
	}
	for _, h := range Hostile() {
		if _, err := p.Source.TopValues(t.Context(), "person", h, 5); !errors.Is(err, vocab.SourceUnknown) {
			t.Errorf("top values of %q: %v", h, err)
		}
		if _, err := p.Source.Sample(t.Context(), h, []string{"born"}, 5); !errors.Is(err, vocab.SourceUnknown) {
			t.Errorf("a sample of %q: %v", h, err)
		}
	}
}

func noPages(t *testing.T, p Place) {
	_, _, err := p.Source.Page(t.Context(), source.PageQuery{Table: "person", Key: "number", Limit: 2, Columns: []string{"name"}})
	if !errors.Is(err, vocab.NotOffered) {
		t.Errorf("a source that answers by subject only gives pages: %v", err)
	}
}

func pages(t *testing.T, open func(t *testing.T, tables ...Table) Place) {
	code := Table{Name: "division", Columns: []source.Column{{Name: "code", Kind: source.Text}, {Name: "no", Kind: source.Integer}, {Name: "name", Kind: source.Text}, {Name: "since", Kind: source.Date}}}
	for _, r := range [][4]string{{"110000", "9", "a", "2000-01-01"}, {"110101", "10", "b", "2001-01-01"}, {"Z", "11", "c", "2002-01-01"}, {"110101", "10", "d", "2003-01-01"}, {"a", "100", "e", "2004-01-01"}} {
		code.Rows = append(code.Rows, []*string{T(r[0]), T(r[1]), T(r[2]), T(r[3])})
	}
	code.Rows = append(code.Rows, []*string{nil, nil, T("no key"), nil})
	p := open(t, code)
	for key, want := range map[string][]string{"code": {"110000", "110101", "110101", "Z", "a"}, "no": {"9", "10", "10", "11", "100"}} {
		var got []string
		after, size := "", []int{1, 2, 2, 2, 2, 2}
		for i := 0; ; i++ {
			page, version, err := p.Source.Page(t.Context(), source.PageQuery{Table: "division", Key: key, After: after, Limit: size[i], Columns: []string{"name"}})
			if err != nil || version.AsOf.IsZero() {
				t.Fatalf("page %d by %s: %v", i, key, err)
			}
			for _, r := range page.Rows {
				if len(r) != 2 {
					t.Fatalf("a row of %d values", len(r))
				}
				got, after = append(got, r[0].Text), r[0].Text
			}
			if !page.More {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %s: %s", key, diff)
		}
	}
	for name, q := range map[string]source.PageQuery{
		"no limit":        {Table: "division", Key: "code", Columns: []string{"name"}},
		"too many":        {Table: "division", Key: "code", Limit: source.MaxPage + 1, Columns: []string{"name"}},
		"a key of dates":  {Table: "division", Key: "since", Limit: 2, Columns: []string{"name"}},
		"an unknown key":  {Table: "division", Key: "code\" --", Limit: 2, Columns: []string{"name"}},
		"a key too full":  {Table: "division", Key: "code", After: "110000", Limit: 1, Columns: []string{"name"}},
		"a word as a key": {Table: "division", Key: "no", After: "x' OR 1=1", Limit: 1, Columns: []string{"name"}},
	} {
		if page, _, err := p.Source.Page(t.Context(), q); err == nil {
			t.Errorf("%s: %d rows", name, len(page.Rows))
		}
	}
}
