package rows_test

import (
	"errors"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"fontis/internal/edge/taking/rows"
	"fontis/internal/trust/access/block"
	"fontis/internal/vocab"
)

func collect(lines iter.Seq2[block.Row, error]) ([]block.Row, error) {
	var out []block.Row
	for l, err := range lines {
		if err != nil {
			return out, err
		}
		out = append(out, l)
	}
	return out, nil
}

func TestCSVAndNDJSONSayTheSame(t *testing.T) {
	want := []block.Row{
		{At: 2, Subject: vocab.SubjectKey{Kind: "citizen", Value: "1"}, Case: "P-1", Values: map[vocab.ItemID]string{"d/born": "2000-01-01", "x/y": "z"}},
		{At: 3, Subject: vocab.SubjectKey{Kind: "passport", Value: "2"}, Values: map[vocab.ItemID]string{"d/born": "", "x/y": "a,\"b\"\nc"}},
	}
	text := "\xEF\xBB\xBFkind,subject,case,born,x/y\n,1,P-1,2000-01-01,z\npassport,2,,,\"a,\"\"b\"\"\nc\"\n"
	lines, err := rows.CSV(strings.NewReader(text), rows.Of{Dataset: "d", Kind: vocab.CitizenNumber})
	if err != nil {
		t.Fatal(err)
	}
	got, err := collect(lines)
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(want, got) {
		t.Errorf("CSV differs: %d lines", len(got))
	}
	want[0].At = 1
	json := `{"subject":{"kind":"citizen","value":"1"},"case":"P-1","values":{"d/born":"2000-01-01","x/y":"z"}}` + "\n\n" +
		`{"subject":{"kind":"passport","value":"2"},"values":{"d/born":"","x/y":"a,\"b\"\nc"}}`
	if got, err = collect(rows.NDJSON(strings.NewReader(json))); err != nil || !cmp.Equal(want, got) {
		t.Errorf("NDJSON differs: %d lines, %v", len(got), err)
	}
}

func TestLinesAreThoseThatAnEditorShows(t *testing.T) {
	text := "subject,note\n\n1,\"a\nb\"\n2,\"c\n\nd\"\n\n3,e\n"
	lines, err := rows.CSV(strings.NewReader(text), rows.Of{Dataset: "d", Kind: vocab.CitizenNumber})
	if err != nil {
		t.Fatal(err)
	}
	got, err := collect(lines)
	if err != nil || len(got) != 3 || got[0].At != 3 || got[1].At != 5 || got[2].At != 9 {
		t.Errorf("the rows stand in the lines 3, 5 and 9: %v, %v", got, err)
	}
	if lines, err = rows.CSV(strings.NewReader("subject,note\n1,\"a\nb\"\n2\n"), rows.Of{Dataset: "d"}); err != nil {
		t.Fatal(err)
	}
	if _, err := collect(lines); err == nil || !strings.Contains(err.Error(), "line 4 has 1 cells") {
		t.Errorf("a row that is too short: %v", err)
	}
	if lines, err = rows.CSV(strings.NewReader("subject,note\n1,\"a\nb\"\n2,"+strings.Repeat("9", rows.MaxRow+8192)), rows.Of{Dataset: "d"}); err != nil {
		t.Fatal(err)
	}
	if _, err := collect(lines); err == nil || !strings.Contains(err.Error(), "line 4 has more than") {
		t.Errorf("a row that is too long: %v", err)
	}
}

func TestBadFilesAreRefusedByName(t *testing.T) {
	long := strings.Repeat("9", rows.MaxRow+8192)
	for _, c := range []struct {
		name, text string
		want       vocab.Code
	}{
		{"empty", "", vocab.FileUnreadable},
		{"no subject", "a,b\n1,2\n", vocab.ColumnUnknown},
		{"column twice", "subject,a,a\n1,2,3\n", vocab.ColumnUnknown},
		{"column without a name", "subject,\n1,2\n", vocab.ColumnUnknown},
		{"too few cells", "subject,a\n1\n", vocab.FileUnreadable},
		{"open quote", "subject,a\n1,\"2\n3,4\n", vocab.FileUnreadable},
		{"row without an end", "subject,a\n1," + long + "\n", vocab.FileTooLarge},
		{"quoted row without an end", "subject,a\n1,\"" + strings.Repeat("9\n", rows.MaxRow) + "\"\n", vocab.FileTooLarge},
		{"header without an end", long, vocab.FileTooLarge},
		{"UTF-16 of one sign", "\xFF\xFEs\x00", vocab.ColumnUnknown},
		{"UTF-32", "\xFF\xFE\x00\x00s\x00\x00\x00", vocab.EncodingUnknown},
		{"too little GB 18030 to be sure", "subject,a\n1,\xB2\xE2\xCA\xD4\n", vocab.EncodingUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines, err := rows.CSV(strings.NewReader(c.text), rows.Of{Dataset: "d", Kind: vocab.CitizenNumber})
			if err == nil {
				_, err = collect(lines)
			}
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "9999") {
				t.Errorf("the failure repeats a value: %.100s", err)
			}
		})
	}
	for name, text := range map[string]string{
		"no JSON": "{", "array": "[]", "unknown field": `{"subjekt":1}`, "two objects": `{} {}`, "not UTF-8": "{\"case\":\"\xFF\"}", "endless": `{"case":"` + long,
	} {
		if _, err := collect(rows.NDJSON(strings.NewReader(text))); err == nil || strings.Contains(err.Error(), "9999") {
			t.Errorf("%s: %.100v", name, err)
		}
	}
}

func encoded(t *testing.T, e encoding.Encoding, text string) string {
	t.Helper()
	out, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestABatchMayComeInTheEncodingsThatOfficesSave(t *testing.T) {
	const text = "subject,case,name\r\n1,P-1,中华人民共和国的公民\r\n2,P-2,数据局的工作人员\r\n"
	of := rows.Of{Dataset: "d", Kind: vocab.CitizenNumber}
	lines, err := rows.CSV(strings.NewReader(text), of)
	if err != nil {
		t.Fatal(err)
	}
	want, err := collect(lines)
	if err != nil || len(want) != 2 {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, named string }{
		"UTF-8 with a mark":      {"\xEF\xBB\xBF" + text, ""},
		"GB 18030":               {encoded(t, simplifiedchinese.GB18030, text), ""},
		"GB 18030, named":        {encoded(t, simplifiedchinese.GB18030, text), "GBK"},
		"UTF-16 little, marked":  {encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), text), ""},
		"UTF-16 big, marked":     {encoded(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), text), ""},
		"UTF-16 little, no mark": {encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), text), "utf-16le"},
	} {
		of.Encoding = c.named
		lines, err := rows.CSV(strings.NewReader(c.text), of)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := collect(lines); err != nil || !cmp.Equal(want, got) {
			t.Errorf("%s: %d lines, %v", name, len(got), err)
		}
	}
	of.Encoding = "klingon"
	if _, err := rows.CSV(strings.NewReader(text), of); !errors.Is(err, vocab.EncodingUnknown) {
		t.Errorf("an encoding that is none: %v", err)
	}
}

func TestSpareColumnsAreNamedOrPassedOver(t *testing.T) {
	of := rows.Of{Dataset: "d", Kind: vocab.CitizenNumber, Items: []vocab.ItemID{"d/born"}}
	const text = "subject,born,remark,borm\n1,2000-01-01,x,2000-01-01\n"
	_, err := rows.CSV(strings.NewReader(text), of)
	if !errors.Is(err, vocab.ColumnUnknown) || !strings.Contains(err.Error(), "remark, borm") || !strings.Contains(err.Error(), "d/born") {
		t.Errorf("got %v, want the columns and the items by name", err)
	}
	of.Spare = true
	lines, err := rows.CSV(strings.NewReader(text), of)
	if err != nil {
		t.Fatal(err)
	}
	got, err := collect(lines)
	want := []block.Row{{At: 2, Subject: vocab.SubjectKey{Kind: "citizen", Value: "1"}, Values: map[vocab.ItemID]string{"d/born": "2000-01-01"}}}
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("got %d lines, %v", len(got), err)
	}
	of.Items = []vocab.ItemID{}
	if lines, err = rows.CSV(strings.NewReader(text), of); err != nil {
		t.Fatal(err)
	}
	if got, err = collect(lines); err != nil || got[0].Values != nil {
		t.Errorf("a question that brings no values: %d, %v", len(got), err)
	}
}

func TestSubjectColumnComesFirst(t *testing.T) {
	table, err := rows.OpenTable(strings.NewReader("name,number,born\na,1,x\nb,2,y\n"))
	if err != nil {
		t.Fatal(err)
	}
	columns, lines, err := table.First("number")
	if err != nil {
		t.Fatal(err)
	}
	got := [][]string{columns}
	for row, err := range lines {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row)
	}
	want := [][]string{{"number", "name", "born"}, {"1", "a", "x"}, {"2", "b", "y"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, _, err := table.First("nummer"); !errors.Is(err, vocab.ColumnUnknown) {
		t.Errorf("got %v", err)
	}
}

// forever gives the same bytes without an end: no reader may gather it.
type forever byte

func (f forever) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(f)
	}
	return len(b), nil
}

func TestEndlessLineTakesNoMemory(t *testing.T) {
	for _, open := range []string{"subject,a\n1,", "subject,a\n1,\""} {
		lines, err := rows.CSV(io.MultiReader(strings.NewReader(open), forever('9')), rows.Of{Dataset: "d", Kind: vocab.CitizenNumber})
		if err == nil {
			_, err = collect(lines)
		}
		if !errors.Is(err, vocab.FileTooLarge) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := collect(rows.NDJSON(forever('9'))); !errors.Is(err, vocab.FileTooLarge) {
		t.Errorf("got %v", err)
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"subject,born\n1,2\n", "\xEF\xBB\xBFsubject\n\"a\nb\"\n", "subject,kind,case\n1,,\n", "subject,a\n1,\"", "\xFF\xFE", ",\n", "subject\r\n1\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		lines, err := rows.CSV(strings.NewReader(s), rows.Of{Dataset: "d", Kind: vocab.CitizenNumber})
		if err == nil {
			_, err = collect(lines)
		}
		if err != nil && vocab.KindOf(err) == vocab.Internal {
			t.Errorf("unnamed failure: %v", err)
		}
	})
}

func FuzzNDJSON(f *testing.F) {
	for _, s := range []string{`{"subject":{"kind":"citizen","value":"1"}}`, "{}\n{}\n", "{", "\xEF\xBB\xBF{}", `{"values":{"a":"b"}}`, "null", "\n\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := collect(rows.NDJSON(strings.NewReader(s))); err != nil && vocab.KindOf(err) == vocab.Internal {
			t.Errorf("unnamed failure: %v", err)
		}
	})
}
