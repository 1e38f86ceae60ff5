package input

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"fontis/internal/vocab"
)

// drainFuzz reads a whole input and holds what every input must keep: an end,
// a cause for each trouble, and text without NUL bytes.
func drainFuzz(t *testing.T, r Reader, err error) {
	if err != nil {
		return
	}
	defer r.Close()
	for range 2000 {
		rec, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			if vocab.CodeOf(err) == vocab.InternalError {
				t.Fatalf("an error without a code: %v", err)
			}
			break
		}
		for _, tr := range rec.Troubles {
			if cause, _ := tr.Say("en"); cause == "" {
				t.Fatalf("a trouble without a cause: %+v", tr)
			}
		}
		for _, c := range rec.Cells {
			if strings.ContainsRune(c, 0) {
				t.Fatal("a NUL byte came through")
			}
		}
	}
}

// smallLimits keep the fuzzer quick and its limits within reach.
func smallLimits() Limits {
	return Limits{Cell: 200, Line: 2000, Columns: 50, Unpacked: 1 << 20, Entries: 50, Ratio: 100, Whole: 1 << 16}
}

func FuzzOpen(f *testing.F) {
	for _, s := range []string{
		"名称,提供方\n甲,乙\n", "a;b\n\"1\n2\";3\n\"open", "\xFF\xFEa\x00,\x00b\x00\n\x00", `{"dataset":[{"title":"\ud83d","a":[1,{"b":null}]}]}`,
		"[1,2", "{\"a\":1}\n{\"a\":\n", "{\"resources\":[{\"schema\":{\"fields\":[{\"name\":\"a\"}]}}]}", "甲\n乙\n丙\n", "<a> <b> <c> .\n",
		"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00", "\x28\xb5\x2f\xfd\x04\x00\x41\x00\x00aaaaaaaa", "\xB5\xCD\xB1\xA3,\xBC\xD2\xCD\xA5\n", "PK\x05\x06", "a\rb\r", "\"\"\"\"\"\n\"x\"y,\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := Open(bytes.NewReader(in), int64(len(in)), Options{Limits: smallLimits()})
		drainFuzz(t, r, err)
	})
}

func FuzzCSV(f *testing.F) {
	f.Add("a,b\n\"c\nd\",e\n", byte(','))
	f.Add("\"a\"b;\"\n;c", byte(';'))
	f.Fuzz(func(t *testing.T, in string, d byte) {
		if d == '"' || d == '\n' || d == '\r' {
			return
		}
		c := newCSVRows(strings.NewReader(in), d, smallLimits())
		last := 0
		for {
			r, err := c.next()
			if err != nil {
				return
			}
			if r.line <= last {
				t.Fatalf("line %d after %d", r.line, last)
			}
			last = r.line
		}
	})
}

func FuzzJSON(f *testing.F) {
	f.Add(`{"a":{},"dataset":[{"t":"x","k":[1,[2]]},3]}`)
	f.Add(`[{"t":"\ud800\u0041"},{"t":1e999}]`)
	f.Fuzz(func(t *testing.T, in string) {
		r, err := newJSONReader(strings.NewReader(in), Facts{Format: DataJSON}, smallLimits(), false)
		if err == nil {
			drainFuzz(t, r, nil)
		}
	})
}

func FuzzJSONLines(f *testing.F) {
	f.Add("{\"a\":[{\"b\":1}]}\n\n{\"extras\":[{\"key\":\"k\",\"value\":\"v\"}]}\n{")
	f.Fuzz(func(t *testing.T, in string) {
		r := newJSONLines(strings.NewReader(in), Facts{Format: DataJSON}, smallLimits(), false)
		drainFuzz(t, r, nil)
	})
}

func FuzzPackage(f *testing.F) {
	f.Add(`{"name":"p","licenses":[{}],"contributors":[{"roles":["publisher"]}],"resources":[{"path":["a"],"schema":{"fields":[{"name":"x"}]}},{"schema":"s.json"}]}`)
	f.Fuzz(func(t *testing.T, in string) {
		r, err := openPackage(strings.NewReader(in), Facts{}, Options{Limits: smallLimits()})
		drainFuzz(t, r, err)
	})
}

func FuzzXLSXSheet(f *testing.F) {
	f.Add(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>名称</t></is></c><c r="C1"><v>1.5E+17</v></c></row></sheetData><mergeCells><mergeCell ref="A1:A9"/></mergeCells></worksheet>`)
	f.Add(`<worksheet><sheetData><row r="1048576"><c r="XFD1" t="s"><v>9</v></c></row></sheetData></worksheet>`)
	f.Fuzz(func(t *testing.T, sheet string) {
		in := parts(t, map[string]string{"xl/worksheets/sheet1.xml": sheet}, 0)
		r, err := Open(bytes.NewReader(in), int64(len(in)), Options{Limits: smallLimits()})
		drainFuzz(t, r, err)
	})
}

func FuzzCellText(f *testing.F) {
	f.Add("1.1E+17", "1E+17")
	f.Add("45123.5", "7/16/23")
	f.Fuzz(func(t *testing.T, raw, shown string) {
		got, _ := cellText(raw, shown, false)
		if raw != "" && got == "" {
			t.Fatalf("%q, shown %q, became nothing", raw, shown)
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add([]byte("\xEF\xBB\xBFa,b\n"), "")
	f.Add([]byte("\xB2\xE2\xCA\xD4"), "gb18030")
	f.Add([]byte("a"), "none")
	f.Fuzz(func(t *testing.T, b []byte, encoding string) {
		r, err := Text(bytes.NewReader(b), encoding)
		if err != nil {
			return
		}
		if out, err := io.ReadAll(r); err == nil && len(out) > 4*len(b)+8 {
			t.Errorf("%d bytes became %d", len(b), len(out))
		}
	})
}
