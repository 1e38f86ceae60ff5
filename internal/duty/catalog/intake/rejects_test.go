package intake

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/vocab"
)

// mend opens a workbook of rejects as a steward does, changes cells by the
// column's name, and saves it.
func mend(t *testing.T, in []byte, change func(row map[string]string)) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(in))
	must(t, err)
	defer f.Close()
	sheet := f.GetSheetName(0)
	rows, err := f.GetRows(sheet)
	must(t, err)
	for i, cells := range rows[1:] {
		row := map[string]string{}
		for j, name := range rows[0] {
			if j < len(cells) {
				row[name] = cells[j]
			}
		}
		change(row)
		for j, name := range rows[0] {
			cell, err := excelize.CoordinatesToCellName(j+1, i+2)
			must(t, err)
			must(t, f.SetCellStr(sheet, cell, row[name]))
		}
	}
	var b bytes.Buffer
	must(t, f.Write(&b))
	return b.Bytes()
}

func TestRejectedLinesComeBackMendedAndImportAgain(t *testing.T) {
	for _, lang := range []string{"zh-Hans", "en"} {
		t.Run(lang, func(t *testing.T) {
			in := listHeader + "0012,甲,局,,\"姓名、年龄\",部分共享,每日,2025-02-30,\n0013,好,局,,,,,,\n0014,,局,,=1+1,,,,\n000012345678901234567,=cmd,局,,,别的,,,\n"
			r := openString(t, in, input.Options{HeaderLine: 1})
			report, rejected := applyAll(t, r, listMapping())
			if report.Rejected != 3 {
				t.Fatalf("report %+v", report)
			}
			var b bytes.Buffer
			must(t, RejectsWorkbook(&b, slices.Values(rejected), r.Columns(), lang))
			back := openBytes(t, b.Bytes(), input.Options{})
			columns := back.Columns()
			if d := cmp.Diff(r.Columns(), columns[:len(columns)-2]); d != "" || len(columns) != len(r.Columns())+2 {
				t.Fatalf("columns %v", columns)
			}
			rows := drainRecords(t, back)
			first := rows[0].Cells
			if first["代码"] != "0012" || first["共享"] != "部分共享" || !strings.Contains(first[columns[9]], "共享") || first[columns[10]] == "" {
				t.Errorf("first row %v", first)
			}
			if rows[1].Cells["信息项"] != "=1+1" || rows[2].Cells["代码"] != "000012345678901234567" || rows[2].Cells["名称"] != "=cmd" {
				t.Errorf("text was changed: %v", rows[1:])
			}
			mended := mend(t, b.Bytes(), func(row map[string]string) {
				row["共享"], row["发布"] = "无条件共享", "2025-02-28"
				if row["名称"] == "" {
					row["名称"] = "补"
				}
			})
			again, drafts, left := applyDrafts(t, openBytes(t, mended, input.Options{}), listMapping())
			if again.Good != 3 || len(left) != 0 || len(again.Unused) != 0 {
				t.Fatalf("report %+v, %v", again, left)
			}
			if drafts[0].Dataset.Code != "0012" || len(drafts[0].Dataset.Items) != 2 || drafts[2].Dataset.Code != "000012345678901234567" {
				t.Errorf("drafts %+v", drafts)
			}
		})
	}
}

// A list without a header comes back with one; the kept mapping still fits.
func TestRejectsOfAListWithoutHeaderImportUnderTheSameMapping(t *testing.T) {
	m := Mapping{
		Version: 1, File: FileHints{NoHeader: true, Columns: []string{"n", "p"}},
		Map: []Rule{{Column: "n", Field: Name}, {Column: "p", Field: "provider"}},
	}
	r := openString(t, "甲,局\n乙,\n", m.Options())
	_, rejected := applyAll(t, r, m)
	var b bytes.Buffer
	must(t, RejectsWorkbook(&b, slices.Values(rejected), r.Columns(), "zh-Hans"))
	mended := mend(t, b.Bytes(), func(row map[string]string) { row["p"] = "局" })
	report, drafts, _ := applyDrafts(t, openBytes(t, mended, m.Options()), m)
	if report.Lines != 1 || len(drafts) != 1 || drafts[0].Dataset.Name.ZH != "乙" {
		t.Errorf("report %+v", report)
	}
}

// A workbook that comes back with new rejects keeps one pair of added columns.
func TestRejectsOfRejectsKeepTheColumns(t *testing.T) {
	columns := []string{"名称", "提供方", causeZh, remedyZh}
	var b bytes.Buffer
	must(t, RejectsWorkbook(&b, slices.Values([]Reject{{Line: 2, Cells: map[string]string{"名称": "甲\x01", causeZh: "旧"}, Troubles: []input.Trouble{{Problem: input.NeedMissing, Args: []string{"provider"}, Rejects: true}}}}), columns, "en"))
	r := openBytes(t, b.Bytes(), input.Options{})
	if d := cmp.Diff([]string{"名称", "提供方", causeEn, remedyEn}, r.Columns()); d != "" {
		t.Error(d)
	}
	if rows := drainRecords(t, r); rows[0].Cells["名称"] != "甲" {
		t.Errorf("%v", rows)
	}
}

func TestSampleWorkbookIsReadAsItsTruthSays(t *testing.T) {
	var b bytes.Buffer
	truth, err := WriteSampleWorkbook(&b, 300, 7)
	must(t, err)
	if truth.Lines != 300 || truth.RejectedLines == 0 {
		t.Fatalf("truth %+v", truth)
	}
	p, err := Propose(openBytes(t, b.Bytes(), input.Options{}))
	must(t, err)
	if p.Mapping.Items != ItemsLines || !slices.Equal(p.Unmapped, []string{"备注"}) || !slices.Equal(p.Mapping.Ignore, []string{"序号", "联系人"}) {
		t.Errorf("unmapped %v, ignored %v, items %s", p.Unmapped, p.Mapping.Ignore, p.Mapping.Items)
	}
	r := openBytes(t, b.Bytes(), p.Mapping.Options())
	report, drafts, rejected := applyDrafts(t, r, p.Mapping)
	if report.Lines != 300 || report.Good != truth.Datasets || report.Items != truth.Items || report.Rejected != truth.RejectedLines {
		t.Fatalf("report %+v, truth %+v, first %v", report, truth, firstOf(rejected))
	}
	d := drafts[0].Dataset
	if d.Name.ZH != SampleDataset || d.Code != SampleDatasetCode || d.Subject != vocab.NaturalPerson || d.Level == 0 || len(d.LegalBasis) != 1 || len(d.Purposes) != 2 || len(d.ShareModes) != 2 {
		t.Errorf("draft %+v", d)
	}
	if it, ok := d.Item("birth_date"); !ok || it.Name.ZH != "出生日期" {
		t.Errorf("items %+v", d.Items)
	}
	var back bytes.Buffer
	must(t, RejectsWorkbook(&back, slices.Values(rejected), r.Columns(), "zh-Hans"))
	mended := mend(t, back.Bytes(), func(row map[string]string) {
		if row["共享类型"] == "部分共享" {
			row["共享类型"] = "不予共享"
		}
		if row["发布日期"] == "2025-02-30" {
			row["发布日期"] = "2025-02-28"
		}
		if row["信息资源名称"] == "" {
			row["信息资源名称"] = "补填的名称"
		}
		if row["信息资源代码"] == "306001/000003" {
			row["信息资源代码"] = "306001/999999"
		}
	})
	again, _ := applyAll(t, openBytes(t, mended, p.Mapping.Options()), p.Mapping)
	if again.Rejected != 0 || again.Good != truth.RejectedDatasets {
		t.Errorf("report %+v", again)
	}
	var same bytes.Buffer
	if t2, err := WriteSampleWorkbook(&same, 300, 7); err != nil || t2 != truth {
		t.Errorf("the same seed gives %+v, %v", t2, err)
	}
}

func TestOfficersAreReadFromAList(t *testing.T) {
	want := []Officer{
		{Line: 2, Login: "zhang.wei", Name: "甲", Member: "hr-990000", Roles: []vocab.Role{vocab.Steward, vocab.Auditor}},
		{Line: 3, Login: "li.x", Name: "乙", Roles: []vocab.Role{vocab.DataUser}},
	}
	in := "账号,姓名,单位,角色\nZhang.Wei,甲,hr-990000,数据管理员、审计员\nli.x,乙,,user\nli@x,丙,,user\nli.x,丁,,user\nwang,戊,,皇帝\n,己,,user\nzhao,庚,,\n"
	list, err := ReadOfficers(strings.NewReader(in), int64(len(in)), input.Options{})
	must(t, err)
	if d := cmp.Diff(want, list.Good); d != "" {
		t.Error(d)
	}
	var got []input.Problem
	for _, r := range list.Rejects {
		got = append(got, r.Troubles[0].Problem)
	}
	if d := cmp.Diff([]input.Problem{input.LoginInvalid, input.LoginTwice, input.WordUnknown, input.NeedMissing, input.NeedMissing}, got); d != "" {
		t.Error(d)
	}
	var b bytes.Buffer
	must(t, RejectsWorkbook(&b, slices.Values(list.Rejects), list.Columns, "zh"))
	plain := "zhang.wei,甲,hr-990000,\"steward,auditor\"\nli.x,乙,,user\n"
	list, err = ReadOfficers(strings.NewReader(plain), int64(len(plain)), input.Options{})
	must(t, err)
	if len(list.Good) != 2 || list.Good[0].Login != "zhang.wei" || len(list.Good[0].Roles) != 2 {
		t.Errorf("without header: %+v %+v", list.Good, list.Rejects)
	}
	other := "信息资源代码,信息资源名称,提供方\n306001/1,社保,人社局\n"
	if list, err := ReadOfficers(strings.NewReader(other), int64(len(other)), input.Options{}); vocab.CodeOf(err) != vocab.ColumnUnmapped {
		t.Errorf("a list of something else: %d rejected lines, error %v", len(list.Rejects), err)
	}
	none := "品名,价格\n甲,1\n"
	if _, err := ReadOfficers(strings.NewReader(none), int64(len(none)), input.Options{HeaderLine: 1}); vocab.CodeOf(err) != vocab.ColumnUnmapped {
		t.Errorf("error %v", err)
	}
}

func FuzzMapping(f *testing.F) {
	f.Add(mappingFile)
	f.Add(`{"version":1,"map":[{"column":"a","field":"name"}]}`)
	f.Fuzz(func(t *testing.T, in string) {
		m, err := ReadMapping(strings.NewReader(in))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := m.Write(&b); err != nil {
			return
		}
		if _, err := ReadMapping(&b); err != nil {
			t.Fatalf("a mapping that was read cannot be read again: %v\n%s", err, b.String())
		}
	})
}

func FuzzOfficers(f *testing.F) {
	f.Add("login,name,member,roles\nli,Li,tax,steward\n")
	f.Add("login\tname\nli\t\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, in string) {
		list, err := ReadOfficers(strings.NewReader(in), int64(len(in)), input.Options{})
		if err != nil && vocab.KindOf(err) == vocab.Internal {
			t.Errorf("unnamed failure of a list of officers, of which %+v was read: %v", list, err)
		}
		r, err := Open(strings.NewReader(in), int64(len(in)), input.Options{})
		if err != nil {
			if vocab.KindOf(err) == vocab.Internal {
				t.Errorf("unnamed failure: %v", err)
			}
			return
		}
		r.Close()
	})
}
