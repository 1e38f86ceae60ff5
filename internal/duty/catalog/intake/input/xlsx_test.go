package input

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"fontis/internal/vocab"
)

// book makes a workbook; fill writes its cells.
func book(t *testing.T, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openBytes(t *testing.T, in []byte, o Options) Reader {
	t.Helper()
	r, err := Open(bytes.NewReader(in), int64(len(in)), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestCellIsTheTextThatTheAuthorSaw(t *testing.T) {
	for name, c := range map[string]struct {
		raw, shown, want string
		problem          Problem
	}{
		"text":                   {"0012", "0012", "0012", ""},
		"zeros by format":        {"12", "0012", "0012", ""},
		"long code, scientific":  {"110101199001011", "1.10101E+14", "110101199001011", ""},
		"18 digits kept":         {"110105194912310021", "1.10105194912310E+17", "110105194912310021", ""},
		"18 digits lost":         {"1.1010519491231E+17", "1.10105E+17", "110105194912310000", DigitsLost},
		"text of 18 with zeros":  {"110105194912310000", "110105194912310000", "110105194912310000", ""},
		"text like a number":     {"12E5", "12E5", "12E5", ""},
		"code with a dot":        {"1.10", "1.10", "1.10", ""},
		"date":                   {"45123", "7/16/23", "2023-07-16", ""},
		"chinese date":           {"45123", "2023年7月16日", "2023-07-16", ""},
		"named month":            {"45123", "16-Jul-23", "2023-07-16", ""},
		"date with time":         {"45123.5", "2023/7/16 12:00", "2023-07-16 12:00:00", ""},
		"money is no date":       {"45123", "￥45,123.00", "￥45,123.00", ""},
		"percent":                {"0.125", "12.50%", "12.50%", ""},
		"truth":                  {"1", "TRUE", "TRUE", ""},
		"formula error":          {"#N/A", "#N/A", "#N/A", FormulaError},
		"hash is no error":       {"#1", "#1", "#1", ""},
		"hidden by format":       {"12", "", "12", ""},
		"huge exponent":          {"1E+999999999", "1E+999999999", "1E+999999999", ""},
		"unified credit code":    {"91110000123456788M", "91110000123456788M", "91110000123456788M", ""},
		"infinite":               {"Inf", "Inf", "Inf", ""},
		"hexadecimal is no code": {"0x1F", "0x1F", "0x1F", ""},
	} {
		got, problem := cellText(c.raw, c.shown, false)
		if got != c.want || problem != c.problem {
			t.Errorf("%s: %q %q, want %q %q", name, got, problem, c.want, c.problem)
		}
	}
	if got, _ := cellText("43661", "7/16/23", true); got != "2023-07-16" {
		t.Errorf("counted from 1904: %q", got)
	}
}

func TestWorkbookKeepsCodesAndDates(t *testing.T) {
	in := book(t, func(f *excelize.File) {
		zeros, err := f.NewStyle(&excelize.Style{CustomNumFmt: ptr("0000")})
		must(t, err)
		date, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		must(t, err)
		must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"资源代码", "资源名称", "提供方代码", "发布日期", "区划"}))
		must(t, f.SetSheetRow("Sheet1", "A2", &[]any{12, "甲", "119900000000123432", 45123, "0012"}))
		must(t, f.SetCellStyle("Sheet1", "A2", "A2", zeros))
		must(t, f.SetCellStyle("Sheet1", "D2", "D2", date))
		must(t, f.SetSheetRow("Sheet1", "A3", &[]any{int64(306001000001), "乙", 1.1010519491231e17, "2023-07-16", 110000000000}))
	})
	rows := drainRecords(t, openBytes(t, in, Options{}))
	want := []map[string]string{
		{"资源代码": "0012", "资源名称": "甲", "提供方代码": "119900000000123432", "发布日期": "2023-07-16", "区划": "0012"},
		{"资源代码": "306001000001", "资源名称": "乙", "提供方代码": "110105194912310000", "发布日期": "2023-07-16", "区划": "110000000000"},
	}
	for i, w := range want {
		if d := cmp.Diff(w, rows[i].Cells); d != "" {
			t.Errorf("row %d: %s", i+2, d)
		}
	}
	if tr := rows[1].Troubles; len(tr) != 1 || tr[0].Problem != DigitsLost || tr[0].Column != "提供方代码" || tr[0].Line != 3 {
		t.Errorf("troubles %+v", tr)
	}
}

func ptr[T any](v T) *T { return &v }

func TestSheetIsTheNamedOneOrTheFirstWithAHeader(t *testing.T) {
	in := book(t, func(f *excelize.File) {
		must(t, f.SetCellValue("Sheet1", "A1", "填表说明：请各部门认真填写，不得遗漏。"))
		_, err := f.NewSheet("目录")
		must(t, err)
		must(t, f.SetSheetRow("目录", "A1", &[]any{"资源名称", "提供方"}))
		must(t, f.SetSheetRow("目录", "A2", &[]any{"甲", "乙"}))
		_, err = f.NewSheet("其他")
		must(t, err)
		must(t, f.SetSheetRow("其他", "A1", &[]any{"资源名称", "摘要"}))
	})
	r := openBytes(t, in, Options{})
	if f := r.Facts(); f.Sheet != "目录" || len(f.Sheets) != 3 || len(f.Notes) == 0 || f.Notes[len(f.Notes)-1].Problem != SheetsUnread {
		t.Errorf("facts %+v", f)
	}
	if r := openBytes(t, in, Options{Sheet: "其他"}); r.Columns()[1] != "摘要" {
		t.Errorf("columns %v", r.Columns())
	}
	_, err := Open(bytes.NewReader(in), int64(len(in)), Options{Sheet: "没有"})
	if err == nil || !strings.Contains(err.Error(), "目录") {
		t.Errorf("the sheets that exist are not named: %v", err)
	}
}

func TestMergedCellBelongsToAllItsRows(t *testing.T) {
	in := book(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"某局目录"}))
		must(t, f.MergeCell("Sheet1", "A1", "C1"))
		must(t, f.SetSheetRow("Sheet1", "A2", &[]any{"资源名称", "提供方", "信息项名称"}))
		must(t, f.SetSheetRow("Sheet1", "A3", &[]any{"甲", "局", "姓名"}))
		must(t, f.SetSheetRow("Sheet1", "A4", &[]any{nil, "局", "年龄"}))
		must(t, f.SetSheetRow("Sheet1", "A5", &[]any{nil, nil, "地址"}))
		must(t, f.SetSheetRow("Sheet1", "A6", &[]any{"乙", "局", "电话"}))
		must(t, f.MergeCell("Sheet1", "A3", "A5"))
	})
	var names []string
	for _, r := range drainRecords(t, openBytes(t, in, Options{})) {
		names = append(names, fmt.Sprint(r.Line, r.Cells["资源名称"], r.Cells["信息项名称"]))
	}
	if d := cmp.Diff([]string{"3甲姓名", "4甲年龄", "5甲地址", "6乙电话"}, names); d != "" {
		t.Error(d)
	}
}

// parts makes an archive of the given parts around a minimal workbook.
func parts(t *testing.T, more map[string]string, method uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	all := map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="x"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>`,
	}
	for n, s := range more {
		all[n] = s
	}
	for n, s := range all {
		w, err := z.CreateHeader(&zip.FileHeader{Name: n, Method: method})
		must(t, err)
		_, err = w.Write([]byte(s))
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

func TestZipBombIsRefusedBeforeItIsUnpacked(t *testing.T) {
	zeros := strings.Repeat("\x00", 4<<20)
	many := map[string]string{}
	for i := range 50 {
		many[fmt.Sprintf("xl/media/%d.bin", i)] = "x"
	}
	for name, c := range map[string]struct {
		in  []byte
		lim Limits
	}{
		"ratio":   {parts(t, map[string]string{"xl/worksheets/sheet1.xml": zeros}, zip.Deflate), Limits{}},
		"total":   {parts(t, map[string]string{"xl/worksheets/sheet1.xml": zeros}, zip.Store), Limits{Unpacked: 1 << 20}},
		"sum":     {parts(t, map[string]string{"a": zeros, "b": zeros}, zip.Store), Limits{Unpacked: 6 << 20}},
		"entries": {parts(t, many, zip.Store), Limits{Entries: 20}},
	} {
		_, err := Open(bytes.NewReader(c.in), int64(len(c.in)), Options{Limits: c.lim})
		if vocab.CodeOf(err) != vocab.FileTooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The sizes in the headers are the bomber's own words.
func TestZipBombThatLiesAboutItsSizeIsRefused(t *testing.T) {
	var packed bytes.Buffer
	inner := zip.NewWriter(&packed)
	w, err := inner.Create("xl/worksheets/sheet1.xml")
	must(t, err)
	_, err = w.Write(bytes.Repeat([]byte("a"), 3<<20))
	must(t, err)
	must(t, inner.Close())
	zr, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	must(t, err)
	raw, err := zr.File[0].OpenRaw()
	must(t, err)
	var compressed bytes.Buffer
	_, err = compressed.ReadFrom(raw)
	must(t, err)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	h := zr.File[0].FileHeader
	h.UncompressedSize64, h.Flags = 10, 0
	rw, err := z.CreateRaw(&h)
	must(t, err)
	_, err = rw.Write(compressed.Bytes())
	must(t, err)
	must(t, z.Close())
	_, err = Open(bytes.NewReader(b.Bytes()), int64(b.Len()), Options{})
	if code := vocab.CodeOf(err); code != vocab.FileUnreadable && code != vocab.FileTooLarge {
		t.Errorf("error %v", err)
	}
}

func TestDamagedWorkbookIsNeverReadInPart(t *testing.T) {
	whole := book(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"资源名称", "提供方"}))
		for i := range 50 {
			must(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+2), &[]any{fmt.Sprint("甲", i), "乙"}))
		}
	})
	cutShort := parts(t, map[string]string{"xl/worksheets/sheet1.xml": `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>资源名称</t></is></c></row><row r="2"><c r="A2"`}, zip.Deflate)
	twice := append([]byte(nil), whole[:len(whole)/2]...)
	for name, in := range map[string][]byte{"half": twice, "broken XML": cutShort, "bit flipped": flip(whole)} {
		_, err := Open(bytes.NewReader(in), int64(len(in)), Options{})
		if vocab.CodeOf(err) != vocab.FileUnreadable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func flip(b []byte) []byte {
	out := append([]byte(nil), b...)
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return out
	}
	for _, f := range z.File {
		if f.Name == "xl/worksheets/sheet1.xml" {
			off, _ := f.DataOffset()
			out[off+int64(f.CompressedSize64)/2] ^= 0x10
		}
	}
	return out
}

func TestGiantCellInAWorkbookIsRefusedWithItsRow(t *testing.T) {
	in := parts(t, map[string]string{
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData><row r="7"><c r="A7" t="inlineStr"><is><t>` + strings.Repeat("数据0123456789", 200) + `</t></is></c></row></sheetData></worksheet>`,
	}, zip.Deflate)
	_, err := Open(bytes.NewReader(in), int64(len(in)), Options{Limits: Limits{Cell: 1000}})
	if vocab.CodeOf(err) != vocab.FileTooLarge || !strings.Contains(err.Error(), "row 7") {
		t.Errorf("error %v", err)
	}
}
