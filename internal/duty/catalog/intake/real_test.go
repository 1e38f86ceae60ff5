package intake

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/intake/input"
)

// realFile opens one of the public files listed in the data collection's
// README; without the collection the test names the file and steps aside.
func realFile(t *testing.T, name string, o input.Options) input.Reader {
	t.Helper()
	dir := os.Getenv("FONTIS_REAL_DATA")
	if dir == "" {
		t.Skipf("FONTIS_REAL_DATA is not set; it would read %s", name)
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	o.Name = name
	r, err := Open(f, info.Size(), o)
	if err != nil {
		t.Fatalf("open %s: %v", name, err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func drainRecords(t *testing.T, r input.Reader) []input.Record {
	t.Helper()
	var out []input.Record
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

func TestRealTaoyuanListBecomesDatasetsAndItems(t *testing.T) {
	const name = "catalog/taoyuan-open-data-supply-list.csv"
	r := realFile(t, name, input.Options{})
	if n := len(r.Columns()); n != 26 || r.Facts().Encoding != input.UTF8 || r.Facts().Delimiter != "," || r.Facts().HeaderLine != 1 {
		t.Fatalf("%d columns, facts %+v", n, r.Facts())
	}
	p, err := Propose(r)
	if err != nil {
		t.Fatal(err)
	}
	for column, field := range map[string]Field{
		"資料名稱": Name, "資料集提供機關": "provider", "資料來源": "source_department", "更新頻率": "update_cycle", "主要欄位": Items,
		"資料集描述": Abstract, "標籤/關鍵字": Keywords, "授權方式": Licence, "建立日期": PublishedOn, "最後更新時間": ModifiedOn,
	} {
		if got := fieldOf(p, column); got != field {
			t.Errorf("%s suggests %q, want %q", column, got, field)
		}
	}
	// The README counts names between 、 over all 1,430 lines, header included.
	plain := 1
	for _, rec := range drainRecords(t, realFile(t, name, input.Options{})) {
		for _, part := range strings.Split(rec.Cells["主要欄位"], "、") {
			if strings.TrimSpace(part) != "" {
				plain++
			}
		}
	}
	if plain != 9495 {
		t.Errorf("%d items by the README's way of counting, want 9495", plain)
	}
	report, rejects := applyAll(t, realFile(t, name, input.Options{}), p.Mapping)
	if report.Lines != 1429 || report.Good != 1429-report.Rejected {
		t.Errorf("report %+v", report)
	}
	// One name stands twice (the README's table has 1,428 distinct names).
	if len(rejects) != 1 || rejects[0].Troubles[0].Problem != input.SameAgain {
		t.Errorf("%d rejects: %v", len(rejects), firstOf(rejects))
	}
	t.Logf("items %d, warnings %v, problems %v, unused %v", report.Items, report.Warnings, report.Problems, report.Unused)
}

func TestRealTainanListHasNoHeader(t *testing.T) {
	const name = "catalog/tainan.gov.tw-catalog.csv"
	r := realFile(t, name, input.Options{})
	if r.Facts().HeaderLine != 0 {
		t.Fatalf("a header was seen: %v", r.Columns())
	}
	rows := drainRecords(t, r)
	blanks := 0
	for _, rec := range rows {
		if strings.TrimSpace(rec.Cells["column 2"]) == "" {
			blanks++
		}
	}
	if len(rows) != 665 || blanks != 3 {
		t.Errorf("%d lines, %d without description; want 665 and 3", len(rows), blanks)
	}
	m := Mapping{
		Version: 1, File: FileHints{NoHeader: true, Columns: []string{"title", "text", "path"}},
		Map:       []Rule{{Column: "title", Field: Name}, {Column: "text", Field: Abstract}},
		Constants: map[Field]string{"provider": "臺南市政府"},
	}
	report, _ := applyAll(t, realFile(t, name, m.Options()), m)
	if report.Lines != 665 || report.Good+report.Rejected != 665 || len(report.Unused) != 1 || report.Unused[0] != "path" {
		t.Errorf("report %+v", report)
	}
	t.Logf("good %d, problems %v", report.Good, report.Problems)
}

func TestRealDataJSONCounts(t *testing.T) {
	for name, want := range map[string]int{
		"cms": 139, "consumerfinance": 11, "dol": 465, "fcc": 59, "fda": 86, "gsa": 339, "opm": 134, "treasury": 233,
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Propose(realFile(t, "catalog/"+name+".json", input.Options{}))
			if err != nil {
				t.Fatal(err)
			}
			report, rejects := applyAll(t, realFile(t, "catalog/"+name+".json", input.Options{}), p.Mapping)
			if report.Lines != want {
				t.Errorf("%d entries, want %d", report.Lines, want)
			}
			if report.Rejected > 0 {
				t.Errorf("rejected %d, first %v", report.Rejected, firstOf(rejects))
			}
			t.Logf("problems %v, unused %v", report.Problems, report.Unused)
		})
	}
}

func TestRealFCCHasSixEntriesThatBreakTheSchema(t *testing.T) {
	lines := map[int]bool{}
	for _, rec := range drainRecords(t, realFile(t, "catalog/fcc.json", input.Options{})) {
		for _, tr := range rec.Troubles {
			if tr.Problem == input.DCATMissing {
				lines[rec.Line] = true
			}
		}
	}
	if len(lines) != 6 {
		t.Errorf("%d entries lack a required field, want 6", len(lines))
	}
}

func TestRealTitlesAreOneALine(t *testing.T) {
	const name = "catalog/data.gov.tw-titles-2018.txt"
	p, err := Propose(realFile(t, name, input.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if f := realFile(t, name, p.Mapping.Options()).Facts(); f.Format != input.Titles || f.HeaderLine != 0 {
		t.Fatalf("facts %+v", f)
	}
	p.Mapping.Constants = map[Field]string{"provider": "國家發展委員會"}
	report, rejects := applyAll(t, realFile(t, name, p.Mapping.Options()), p.Mapping)
	// 35,634 lines, one of them empty; 35,215 distinct ones, of which seven differ
	// from another in the blanks about them only.
	if report.Lines != 35633 || report.Good != 35208 || report.Problems[input.SameAgain] != 35633-35208 {
		t.Errorf("report %+v, first %v", report, firstOf(rejects))
	}
}

func TestRealRegistryIsADumpInZstd(t *testing.T) {
	const name = "catalog/catalogs-full.jsonl.zst"
	r := realFile(t, name, input.Options{})
	if f := r.Facts(); f.Format != input.JSONLines || f.Packing != "zstd" {
		t.Fatalf("facts %+v", f)
	}
	m := Mapping{Version: 1, Map: []Rule{
		{Column: "id", Field: "code"},
		{Column: "name", Field: Name},
		{Column: "description", Field: Abstract},
		{Column: "owner.name", Field: "provider"},
		{Column: "link", Field: Link},
		{Column: "tags", Field: Keywords, Separators: []string{"\n"}},
	}}
	report, rejects := applyAll(t, r, m)
	if report.Lines != 19157 {
		t.Errorf("%d lines", report.Lines)
	}
	// In nine lines a mail address was replaced so that an escape broke.
	lines := map[int]bool{}
	for _, x := range rejects {
		if x.Troubles[0].Problem != input.NotJSON {
			t.Errorf("line %d: %v", x.Line, x.Troubles)
		}
		lines[x.Line] = true
	}
	if len(rejects) != 9 || !lines[894] || !lines[926] {
		t.Errorf("%d rejects, first %v", len(rejects), firstOf(rejects))
	}
}

func TestRealCKANExportOfTheOldShape(t *testing.T) {
	const name = "catalog/okfn-ckan-export.json"
	p, err := Propose(realFile(t, name, input.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	p.Mapping.Constants = map[Field]string{"provider": "Open Knowledge Foundation"}
	report, drafts, rejects := applyDrafts(t, realFile(t, name, input.Options{}), p.Mapping)
	if report.Lines != 390 || report.Rejected > 0 {
		t.Errorf("report %+v, first %v", report, firstOf(rejects))
	}
	if d := drafts[0].Dataset; d.Code != "ec73f274-6986-4f46-921f-07ac7c7f4f65" || d.Name.EN != "Ann Arbor, Michigan" || d.Abstract.EN == "" {
		t.Errorf("draft %+v", d)
	}
}

func TestRealPortalsAreATable(t *testing.T) {
	p, err := Propose(realFile(t, "catalog/okfn-portals.csv", input.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	report, rejects := applyAll(t, realFile(t, "catalog/okfn-portals.csv", p.Mapping.Options()), p.Mapping)
	if report.Lines != 631 {
		t.Errorf("report %+v", report)
	}
	t.Logf("good %d, problems %v, first %v", report.Good, report.Problems, firstOf(rejects))
}

func TestRealWorkbookOffersItsSheets(t *testing.T) {
	const name = "catalog/tw-data-portal-list.xlsx"
	r := realFile(t, name, input.Options{})
	f := r.Facts()
	if f.Sheet != "中央" || len(f.Sheets) != 3 || f.HeaderLine != 1 {
		t.Fatalf("facts %+v", f)
	}
	// The README's 67 rows include the header and a last row with a blank only.
	if n := len(drainRecords(t, r)); n != 65 {
		t.Errorf("%d rows, want 65", n)
	}
	if f := realFile(t, name, input.Options{Sheet: "dtid"}).Facts(); f.Sheet != "dtid" {
		t.Errorf("sheet %q", f.Sheet)
	}
}

func TestRealCodesStayText(t *testing.T) {
	for name, want := range map[string]int{"provinces.csv": 31, "cities.csv": 342, "areas.csv": 2978, "streets.csv": 41352, "areacity-level4-pinyin.csv": 43118, "country-codes.csv": 249} {
		rows := drainRecords(t, realFile(t, "divisions/"+name, input.Options{}))
		if len(rows) != want {
			t.Errorf("%s: %d rows, want %d", name, len(rows), want)
		}
	}
	for _, rec := range drainRecords(t, realFile(t, "divisions/areacity-level4-pinyin.csv", input.Options{})) {
		if ext := rec.Cells["ext_id"]; strings.ContainsAny(ext, ".eE") || len(ext) != 12 && ext != "0" && len(ext) != 9 {
			t.Fatalf("line %d: code %q", rec.Line, ext)
		}
	}
}

func TestRealOddDelimiterAndQuotedLineBreaks(t *testing.T) {
	for name, want := range map[string]struct {
		delimiter     string
		rows, columns int
	}{
		"linkage/dblp-acm/acm.csv":    {"%", 2294, 5},
		"linkage/dblp-acm/dblp.csv":   {"%", 2616, 5},
		"catalog/okfn-portals.csv":    {",", 631, 22},
		"linkage/febrl/dataset4a.csv": {",", 5000, 11},
		"cleaning/hospital_dirty.csv": {",", 1000, 19},
		"divisions/country-codes.csv": {",", 249, 56},
	} {
		r := realFile(t, name, input.Options{})
		if f := r.Facts(); f.Delimiter != want.delimiter || len(r.Columns()) != want.columns {
			t.Errorf("%s: delimiter %q, %d columns %v", name, f.Delimiter, len(r.Columns()), r.Columns())
		}
		if n := len(drainRecords(t, r)); n != want.rows {
			t.Errorf("%s: %d rows, want %d", name, n, want.rows)
		}
	}
}

func fieldOf(p Proposal, column string) Field {
	for _, s := range p.Columns {
		if s.Column == column {
			return s.Field
		}
	}
	return ""
}

func firstOf(rs []Reject) any {
	if len(rs) == 0 {
		return nil
	}
	return rs[0].Troubles
}

func applyAll(t *testing.T, r input.Reader, m Mapping) (Report, []Reject) {
	t.Helper()
	report, _, rejects := applyDrafts(t, r, m)
	return report, rejects
}

func applyDrafts(t *testing.T, r input.Reader, m Mapping) (Report, []catalog.Draft, []Reject) {
	t.Helper()
	var drafts []catalog.Draft
	var rejects []Reject
	report, err := Apply(t.Context(), r, m, Sink{
		Good: func(d catalog.Draft) error { drafts = append(drafts, d); return nil },
		Bad:  func(r Reject) error { rejects = append(rejects, r); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Lines != report.LinesGood+report.Rejected || report.Rejected != len(rejects) || report.Good != len(drafts) {
		t.Fatalf("the counts do not add up: %+v, %d drafts, %d rejects", report, len(drafts), len(rejects))
	}
	return report, drafts, rejects
}
