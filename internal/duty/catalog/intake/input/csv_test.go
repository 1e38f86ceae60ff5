package input

import (
	"bytes"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/vocab"
)

// readAll gives all lines of a text without looking for a header.
func readAll(t *testing.T, in string, lim Limits) ([][]string, []Trouble, error) {
	t.Helper()
	c := newCSVRows(strings.NewReader(in), ',', lim)
	var cells [][]string
	var troubles []Trouble
	for {
		r, err := c.next()
		if err == io.EOF {
			return cells, troubles, nil
		}
		if err != nil {
			return cells, troubles, err
		}
		cells = append(cells, r.cells)
		troubles = append(troubles, r.troubles...)
	}
}

func TestCSVReadsWhatRFC4180AllowsAndPeopleWrite(t *testing.T) {
	for name, c := range map[string]struct {
		in      string
		want    [][]string
		trouble Problem
		line    int
	}{
		"plain":                {in: "a,b\nc,d\n", want: [][]string{{"a", "b"}, {"c", "d"}}},
		"no last line end":     {in: "a,b\nc,d", want: [][]string{{"a", "b"}, {"c", "d"}}},
		"carriage returns":     {in: "a,b\r\nc,d\r\n", want: [][]string{{"a", "b"}, {"c", "d"}}},
		"old line ends":        {in: "a,b\rc,d\r", want: [][]string{{"a", "b"}, {"c", "d"}}},
		"line break in quotes": {in: "\"a\r\nb\",c\nd,e\n", want: [][]string{{"a\nb", "c"}, {"d", "e"}}},
		"doubled quotes":       {in: "\"say \"\"yes\"\"\",b\n", want: [][]string{{`say "yes"`, "b"}}},
		"quote inside":         {in: "5\" pipe,b\n", want: [][]string{{`5" pipe`, "b"}}},
		"empty quoted":         {in: "\"\",b\n", want: [][]string{{"", "b"}}},
		"blank after quote":    {in: "\"a\" ,b\n", want: [][]string{{"a", "b"}}},
		"text after quote": {
			in: "x,y\n\"Safe\" roads,b\n", want: [][]string{{"x", "y"}, {`"Safe" roads`, "b"}}, trouble: QuoteStray, line: 2,
		},
		"quote never closes": {
			in: "x,y\n\"a,b\nc,d\n", want: [][]string{{"x", "y"}, {`"a`, "b"}, {"c", "d"}}, trouble: QuoteOpen, line: 2,
		},
		"empty": {in: "", want: nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, troubles, err := readAll(t, c.in, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			if c.trouble == "" && len(troubles) > 0 {
				t.Errorf("troubles %v", troubles)
			}
			if c.trouble != "" && (len(troubles) != 1 || troubles[0].Problem != c.trouble || troubles[0].Line != c.line) {
				t.Errorf("troubles %v, want %s in line %d", troubles, c.trouble, c.line)
			}
		})
	}
}

func TestCSVLineNumbersArePhysical(t *testing.T) {
	c := newCSVRows(strings.NewReader("a\n\"b\n\nc\"\n\nd\n"), ',', Limits{})
	var lines []int
	for {
		r, err := c.next()
		if err != nil {
			break
		}
		lines = append(lines, r.line)
	}
	if d := cmp.Diff([]int{1, 2, 5, 6}, lines); d != "" {
		t.Error(d)
	}
}

func TestCellTooLongRejectsItsLineOnly(t *testing.T) {
	in := "a,b\n" + strings.Repeat("x", 100) + ",2\nc,d\n"
	got, troubles, err := readAll(t, in, Limits{Cell: 50, Line: 1000})
	if err != nil || len(got) != 3 || got[1][1] != "2" || got[2][0] != "c" {
		t.Fatalf("%v %v", got, err)
	}
	if len(troubles) != 1 || troubles[0].Problem != CellTooLong || troubles[0].Line != 2 || !troubles[0].Rejects {
		t.Errorf("troubles %v", troubles)
	}
}

func TestLineTooLongEndsTheFileAndNamesTheLine(t *testing.T) {
	_, _, err := readAll(t, "a,b\n"+strings.Repeat("x,", 1000)+"\n", Limits{Line: 500})
	if vocab.CodeOf(err) != vocab.FileTooLarge || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("error %v", err)
	}
}

func TestQuoteThatSwallowsTheFileCostsItsLineOnly(t *testing.T) {
	in := "a,b\n\"open,1\n" + strings.Repeat("c,d\n", 400)
	got, troubles, err := readAll(t, in, Limits{Line: 500, Cell: 400})
	if err != nil || len(got) != 402 {
		t.Fatalf("%d lines, %v", len(got), err)
	}
	if len(troubles) != 1 || troubles[0].Problem != QuoteOpen || troubles[0].Line != 2 {
		t.Errorf("troubles %v", troubles)
	}
}

func TestFileOfOpenQuotesIsRefusedNotReadForever(t *testing.T) {
	_, _, err := readAll(t, strings.Repeat("\"open\n", 1000), Limits{Line: 300})
	if vocab.CodeOf(err) != vocab.FileUnreadable {
		t.Errorf("error %v", err)
	}
}

// endless gives the same bytes for 5 GB and counts what was taken.
type endless struct {
	pattern string
	taken   int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.taken > 5<<30 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = e.pattern[(int(e.taken)+i)%len(e.pattern)]
	}
	e.taken += int64(len(p))
	return len(p), nil
}

func TestGiantLineIsCutOffInBoundedMemory(t *testing.T) {
	for name, pattern := range map[string]string{
		"one cell": "x", "quoted cell": "y", "many cells": "a,", "han": "数据", "quotes": `""`, "json": `{"a":`,
	} {
		t.Run(name, func(t *testing.T) {
			e := &endless{pattern: pattern}
			head := "name,code\n"
			switch name {
			case "quoted cell":
				head += `"`
			case "json":
				head = `{"dataset":[`
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r, err := openText(io.MultiReader(strings.NewReader(head), e), UTF8, Options{})
			for err == nil {
				_, err = r.Next()
			}
			runtime.ReadMemStats(&after)
			if vocab.CodeOf(err) != vocab.FileTooLarge {
				t.Fatalf("error %v", err)
			}
			if name != "json" && !strings.Contains(err.Error(), "line 2") {
				t.Errorf("the line is not named: %v", err)
			}
			if e.taken > 2*maxLine {
				t.Errorf("%d bytes were read for a limit of %d", e.taken, maxLine)
			}
			if spent := after.TotalAlloc - before.TotalAlloc; spent > 20*maxLine {
				t.Errorf("%d MB were allocated", spent>>20)
			}
		})
	}
}

func TestDelimiterIsTheOneTheLinesAgreeOn(t *testing.T) {
	for in, want := range map[string]byte{
		"a,b,c\n1,2,3\n":                               ',',
		"a\tb\n1,5\t2\n1\t2,5\n":                       '\t',
		"a;b\n1,5;2\n3;4\n":                            ';',
		"a|b\nx, y|z\n":                                '|',
		"id%title%year\n1%On joins, again%1999\n":      '%',
		"名称;摘要\n甲;一,二\n乙;三,四,五\n":                      ';',
		"one column\nonly\n":                           ',',
		"a,b\n\"x;y;z\",1\n\"p;q;r\",2\n\"s;t;u\",3\n": ',',
	} {
		if got := guessDelimiter([]byte(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func openString(t *testing.T, in string, o Options) Reader {
	t.Helper()
	r, err := Open(bytes.NewReader([]byte(in)), int64(len(in)), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestHeaderIsFoundOrItsAbsence(t *testing.T) {
	for name, c := range map[string]struct {
		in      string
		o       Options
		columns []string
		line    int
		rows    int
	}{
		"known names":     {in: "资源名称,提供方\n甲,乙\n", columns: []string{"资源名称", "提供方"}, line: 1, rows: 1},
		"unknown names":   {in: "foo,bar\n1,2\n", columns: []string{"foo", "bar"}, line: 1, rows: 1},
		"title above":     {in: "某局资源目录,,\n资源名称,提供方,更新周期\n甲,乙,每日\n", columns: []string{"资源名称", "提供方", "更新周期"}, line: 2, rows: 1},
		"sentences":       {in: "甲局清单,记录全市情况，供各部门查询。,/data/1\n乙局清单,记录全区情况。,/data/2\n", columns: []string{"column 1", "column 2", "column 3"}, rows: 2},
		"codes":           {in: "110101,1101\n110102,1101\n", columns: []string{"column 1", "column 2"}, rows: 2},
		"told none":       {in: "foo,bar\n1,2\n", o: Options{NoHeader: true}, columns: []string{"column 1", "column 2"}, rows: 2},
		"told names":      {in: "foo,bar\n", o: Options{NoHeader: true, Columns: []string{"x", "y"}}, columns: []string{"x", "y"}, rows: 1},
		"told the line":   {in: "foo,bar\nbaz,qux\n1,2\n", o: Options{HeaderLine: 2}, columns: []string{"baz", "qux"}, line: 2, rows: 1},
		"same name twice": {in: "名称,说明,说明\n甲,乙,丙\n", columns: []string{"名称", "说明", "说明 (2)"}, line: 1, rows: 1},
		"no name":         {in: "名称,,摘要\n甲,乙,丙\n", columns: []string{"名称", "column 2", "摘要"}, line: 1, rows: 1},
		"header again":    {in: "名称,摘要\n甲,乙\n名称,摘要\n丙,丁\n", columns: []string{"名称", "摘要"}, line: 1, rows: 2},
		"blank lines":     {in: "\n\n名称,摘要\n\n,\n甲,乙\n", columns: []string{"名称", "摘要"}, line: 3, rows: 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := openString(t, c.in, c.o)
			if d := cmp.Diff(c.columns, r.Columns()); d != "" {
				t.Error(d)
			}
			if r.Facts().HeaderLine != c.line {
				t.Errorf("header in line %d, want %d", r.Facts().HeaderLine, c.line)
			}
			if n := len(drainRecords(t, r)); n != c.rows {
				t.Errorf("%d rows, want %d", n, c.rows)
			}
		})
	}
}

func TestNothingAboutTheColumnsIsSilent(t *testing.T) {
	r := openString(t, "清单\n名称,名称,\n甲,乙,丙\n名称,名称,\n", Options{HeaderLine: 2})
	drainRecords(t, r)
	var got []Problem
	for _, n := range r.Facts().Notes {
		got = append(got, n.Problem)
	}
	if d := cmp.Diff([]Problem{LinesAbove, ColumnTwice, ColumnNoName, HeaderAgain}, got); d != "" {
		t.Error(d)
	}
}

func TestRaggedLines(t *testing.T) {
	rows := drainRecords(t, openString(t, "名称,摘要,备注\n甲\n乙,二,三,多\n丙,二,三,\n", Options{}))
	if len(rows) != 3 || rows[0].Troubles[0].Problem != TooFewCells || rows[0].Troubles[0].Rejects {
		t.Fatalf("%+v", rows)
	}
	if tr := rows[1].Troubles; len(tr) != 1 || tr[0].Problem != TooManyCells || !tr[0].Rejects || tr[0].Line != 3 || rows[1].Cells[Beyond] != "多" {
		t.Errorf("%+v", rows[1])
	}
	if len(rows[2].Troubles) != 0 {
		t.Errorf("an empty extra cell is no trouble: %+v", rows[2])
	}
}

func TestNulBytesAreTakenOutAndNamed(t *testing.T) {
	rows := drainRecords(t, openString(t, "名称,摘要\n甲\x00,乙\n", Options{}))
	if rows[0].Cells["名称"] != "甲" || rows[0].Troubles[0].Problem != NulByte || rows[0].Troubles[0].Column != "名称" {
		t.Errorf("%+v", rows[0])
	}
}

func TestOtherFilesAreNamedWithARemedy(t *testing.T) {
	for name, in := range map[string]string{
		"old .xls":  "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 600),
		"encrypted": "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 70000) + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00",
		"web page":  "<html><table><tr><td>1</td></tr></table></html>",
		"PDF":       "%PDF-1.7\n",
		"packed":    "\x1F\x8B\x08\x00aaaa",
		"empty":     "  \n",
		"zip":       "PK\x05\x06" + strings.Repeat("\x00", 18),
		"neither":   "\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03",
		"XML":       "<?xml version=\"1.0\"?><a/>",
		"Parquet":   "PAR1....",
	} {
		_, err := Open(strings.NewReader(in), int64(len(in)), Options{})
		if code := vocab.CodeOf(err); code != vocab.FileUnreadable && code != vocab.EncodingUnknown {
			t.Errorf("%s: %v", name, err)
		} else if !strings.Contains(err.Error(), name) && !strings.Contains("neither zip packed", name) {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
}

func drainRecords(t *testing.T, r Reader) []Record {
	t.Helper()
	var out []Record
	for {
		rec, err := r.Next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rec)
	}
}

func TestEveryProblemHasACodeACauseAndARemedyInBothLanguages(t *testing.T) {
	codes := vocab.Codes()
	for p, s := range sentences() {
		if _, ok := codes[s.code]; !ok || s.en == "" || s.enFix == "" || s.zh == "" || s.zhFix == "" {
			t.Errorf("%s is incomplete", p)
		}
		for _, hole := range []string{"{0}", "{1}"} {
			if strings.Contains(s.en, hole) != strings.Contains(s.zh, hole) {
				t.Errorf("%s names %s in one language only", p, hole)
			}
		}
	}
}

func rejects(ts []Trouble) bool {
	return slices.ContainsFunc(ts, func(t Trouble) bool { return t.Rejects })
}
