package intake

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/vocab"
)

// listMapping is the mapping of the small lists below.
func listMapping() Mapping {
	return Mapping{
		Version: 1, Items: ItemsList,
		Map: []Rule{
			{Column: "代码", Field: "code"},
			{Column: "名称", Field: Name},
			{Column: "提供方", Field: "provider"},
			{Column: "信用代码", Field: "provider_code"},
			{Column: "信息项", Field: Items},
			{Column: "共享", Field: "share_type"},
			{Column: "周期", Field: "update_cycle"},
			{Column: "发布", Field: PublishedOn},
			{Column: "链接", Field: Link},
		},
	}
}

const listHeader = "代码,名称,提供方,信用代码,信息项,共享,周期,发布,链接\n"

func TestGoodLineBecomesADraftWithItems(t *testing.T) {
	in := listHeader + `0012,低保家庭,市民政局,119900000000123432,"姓名、year(年度)、人数(人)、类别(城市、农村)、姓名",有条件共享,每日,2025年3月1日,https://x.example/1` + "\n"
	report, drafts, _ := applyDrafts(t, openString(t, in, input.Options{}), listMapping())
	if report.Good != 1 || report.Problems[input.ItemTwice] != 1 {
		t.Fatalf("report %+v", report)
	}
	d := drafts[0].Dataset
	if d.Code != "0012" || d.Name.ZH != "低保家庭" || d.Share != vocab.Conditional || d.Cycle != vocab.Daily || d.ProviderCode != "119900000000123432" {
		t.Errorf("draft %+v", d)
	}
	var names []string
	for _, it := range d.Items {
		names = append(names, it.Code+"="+it.Name.ZH+"/"+it.Unit)
	}
	want := []string{itemCode("姓名") + "=姓名/", "year=年度/", itemCode("人数") + "=人数/人", itemCode("类别(城市、农村)") + "=类别(城市、农村)/"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(d.Service, "published_on: 2025-03-01") || !strings.Contains(d.Service, "link: https://x.example/1") {
		t.Errorf("service information %q", d.Service)
	}
}

// Each fault names line, column, value, code, cause and remedy, in both languages.
func TestEachDirtyLineSaysWhereWhatAndHow(t *testing.T) {
	for name, c := range map[string]struct {
		line    string
		problem input.Problem
		column  string
		code    vocab.Code
		rejects bool
	}{
		"no name":            {"1,,局,,,,,,", input.NeedMissing, "名称", vocab.FieldMissing, true},
		"no provider":        {"1,甲,,,,,,,", input.NeedMissing, "提供方", vocab.FieldMissing, true},
		"impossible date":    {"1,甲,局,,,,,2025-02-30,", input.DateImpossible, "发布", vocab.ValueInvalid, true},
		"month 13":           {"1,甲,局,,,,,2025-13-01,", input.DateImpossible, "发布", vocab.ValueInvalid, true},
		"date to guess":      {"1,甲,局,,,,,3/4/25,", input.DateUnreadable, "发布", vocab.ValueInvalid, true},
		"serial number":      {"1,甲,局,,,,,45123,", input.DateUnreadable, "发布", vocab.ValueInvalid, true},
		"unknown word":       {"1,甲,局,,,部分共享,,,", input.WordUnknown, "共享", vocab.ValueInvalid, true},
		"near word":          {"1,甲,局,,,,每旬,,", input.WordNear, "周期", vocab.ValueInvalid, false},
		"wrong check sign":   {"1,甲,局,91350100M0001TGQXM,,,,,", input.CodeCheckSign, "信用代码", vocab.ValueInvalid, false},
		"no credit code":     {"1,甲,局,380120000J,,,,,", input.CodeShape, "信用代码", vocab.ValueInvalid, false},
		"unusable link":      {"1,甲,局,,,,,,www.x.example", input.LinkUnusable, "链接", vocab.ValueInvalid, false},
		"same code again":    {"0,甲,局,,,,,,", input.SameAgain, "", vocab.LineRejected, true},
		"too many cells":     {"1,甲,局,,,,,,,多", input.TooManyCells, "", vocab.LineRejected, true},
		"too few cells":      {"1,甲,局", input.TooFewCells, "", vocab.LineRejected, false},
		"NUL bytes":          {"1,甲\x00,局,,,,,,", input.NulByte, "名称", vocab.LineRejected, false},
		"damaged before":     {"1,甲\uFFFD,局,,,,,,", input.Damaged, "名称", vocab.LineRejected, false},
		"item twice":         {"1,甲,局,,\"姓名、姓名\",,,,", input.ItemTwice, "信息项", vocab.LineRejected, false},
		"quote never closed": {"1,\"甲,局,,,,,,", input.QuoteOpen, "", vocab.LineRejected, true},
		"control character":  {"1,甲\x07,局,,,,,,", input.ValueUnfit, "名称", vocab.ValueInvalid, true},
	} {
		t.Run(name, func(t *testing.T) {
			in := listHeader + "0,零,局,,,,,,\n" + c.line + "\n9,尾,局,,,,,,\n"
			report, drafts, rejects := applyDrafts(t, openString(t, in, input.Options{Encoding: input.UTF8, HeaderLine: 1}), listMapping())
			var found *input.Trouble
			all := report.WarningsShown
			for _, r := range rejects {
				all = append(all, r.Troubles...)
			}
			for i := range all {
				if all[i].Problem == c.problem {
					found = &all[i]
				}
			}
			if found == nil {
				t.Fatalf("not found among %+v", all)
			}
			if found.Line != 3 || found.Column != c.column || found.Rejects != c.rejects || found.Code() != c.code {
				t.Errorf("%+v, code %s", found, found.Code())
			}
			if c.rejects != (len(rejects) == 1) || len(drafts) != 3-len(rejects) {
				t.Errorf("%d drafts, %d rejects", len(drafts), len(rejects))
			}
			for _, lang := range []string{"en", "zh-Hans"} {
				cause, remedy := found.Say(lang)
				if cause == "" || remedy == "" || strings.Contains(cause+remedy, "{") {
					t.Errorf("%s: %q / %q", lang, cause, remedy)
				}
			}
			if f := found.Failure(); !strings.Contains(f.Cause, "line 3") || found.Value != "" && strings.Contains(f.Cause, found.Value) {
				t.Errorf("the error should name the line and not the value: %v", f)
			}
		})
	}
}

func TestLostDigitsRejectACodeAndWarnElsewhere(t *testing.T) {
	lost := input.Record{Line: 2, Cells: map[string]string{"代码": "110105194912310000", "名称": "甲", "提供方": "局"}}
	for column, want := range map[string]bool{"代码": true, "名称": false} {
		rec := lost
		rec.Troubles = []input.Trouble{{Problem: input.DigitsLost, Line: 2, Column: column}}
		a := &applier{m: listMapping(), words: newWords(listMapping()), seen: map[[16]byte]int{}, targets: Targets(), report: newReport()}
		must(t, a.compile([]string{"代码", "名称", "提供方", "信用代码", "信息项", "共享", "周期", "发布", "链接"}, input.CSV))
		if got := rejects(a.read(rec, "").troubles); got != want {
			t.Errorf("%s rejected: %v", column, got)
		}
	}
}

func linesMapping() Mapping {
	return Mapping{Version: 1, Items: ItemsLines, Map: []Rule{
		{Column: "名称", Field: Name},
		{Column: "提供方", Field: "provider"},
		{Column: "信息项", Field: ItemName},
		{Column: "类型", Field: "item.type"},
		{Column: "周期", Field: "update_cycle"},
	}}
}

func TestOneLineAnItemMakesOneDatasetOfManyLines(t *testing.T) {
	in := "名称,提供方,信息项,类型,周期\n甲,局,姓名,C(50),每日\n,,年龄,数值型,\n甲,局,地址,VARCHAR(200),每日\n乙,局,金额,\"N(10,2)\",每月\n"
	report, drafts, _ := applyDrafts(t, openString(t, in, input.Options{}), linesMapping())
	if report.Lines != 4 || report.Good != 2 || report.Items != 4 {
		t.Fatalf("report %+v", report)
	}
	it := drafts[1].Dataset.Items[0]
	if it.Type != entry.TypeNumber || it.Length != 10 || it.Precision != 2 {
		t.Errorf("item %+v", it)
	}
	if it := drafts[0].Dataset.Items[2]; it.Type != entry.TypeText || it.Length != 200 {
		t.Errorf("item %+v", it)
	}
}

func TestDatasetIsRejectedWholeWhenOneOfItsLinesIs(t *testing.T) {
	in := "名称,提供方,信息项,类型,周期\n甲,局,姓名,字符型,每日\n甲,局,年龄,怪型,每日\n乙,局,金额,数值型,每月\n乙,局,日期,日期型,每年\n丙,局,x,,\n甲,局,再来,,\n"
	report, drafts, rejects := applyDrafts(t, openString(t, in, input.Options{}), linesMapping())
	if len(drafts) != 1 || drafts[0].Dataset.Name.ZH != "丙" || report.Rejected != 5 {
		t.Fatalf("report %+v", report)
	}
	var got []input.Problem
	for _, r := range rejects {
		got = append(got, r.Troubles[0].Problem)
	}
	if d := cmp.Diff([]input.Problem{input.GroupRejected, input.WordUnknown, input.GroupRejected, input.LinesDiffer, input.SameAgain}, got); d != "" {
		t.Error(d)
	}
}

func TestEndlessDatasetIsBounded(t *testing.T) {
	in := "名称,提供方,信息项,类型,周期\n" + strings.Repeat("甲,局,姓名,,\n", 3*maxItems)
	report, drafts, _ := applyDrafts(t, openString(t, in, input.Options{}), linesMapping())
	if len(drafts) != 0 || report.Rejected != 3*maxItems {
		t.Errorf("%d drafts, %d rejected", len(drafts), report.Rejected)
	}
}

const mappingFile = `
version = 1
items = "list"
ignore = ["联系人"]
[file]
sheet = "目录"
[[map]]
column = "名称"
field = "name"
[[map]]
column = "来源"
field = "provider_code"
pattern = '^(\S+)'
[[map]]
column = "来源"
field = "provider"
pattern = '【(.+)】'
[[map]]
column = "共享"
field = "share_type"
unknown = "blank"
[constants]
origin_class = "政务"
[defaults."社会局"]
subject_kind = "自然人"
legal_basis = "《社会救助法》第三条"
[words.share_type]
"内部" = "not_shared"
`

func TestMappingFileHoldsConstantsDefaultsAndWords(t *testing.T) {
	m, err := ReadMapping(strings.NewReader(mappingFile))
	must(t, err)
	in := "名称,来源,共享,联系人,备注\n甲,380120000J 【社会局】,内部,某,x\n乙,380140000I 【卫生局】,说不清,某,x\n"
	report, drafts, _ := applyDrafts(t, openString(t, in, input.Options{}), m)
	a, b := drafts[0].Dataset, drafts[1].Dataset
	if a.Provider != "社会局" || a.ProviderCode != "380120000J" || a.Share != vocab.NotShared || a.Subject != vocab.NaturalPerson ||
		a.Origin != vocab.Government || len(a.LegalBasis) != 1 || a.LegalBasis[0] != (entry.Cite{Law: "《社会救助法》", Article: "第三条"}) {
		t.Errorf("draft %+v", a)
	}
	if b.Subject != "" || b.Share != "" || b.Origin != vocab.Government {
		t.Errorf("draft %+v", b)
	}
	if !slices.Equal(report.Unused, []string{"备注"}) || !slices.Equal(report.Ignored, []string{"联系人"}) || report.Problems[input.WordUnknown] != 1 {
		t.Errorf("report %+v", report)
	}
	var kept bytes.Buffer
	must(t, m.Write(&kept))
	again, err := ReadMapping(&kept)
	must(t, err)
	if d := cmp.Diff(m, again); d != "" {
		t.Error(d)
	}
}

func TestWrongMappingIsRefusedWithTheNamesThatExist(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		code vocab.Code
	}{
		"unknown field":    {"[[map]]\ncolumn=\"名称\"\nfield=\"nmae\"", vocab.ColumnUnknown},
		"unknown key":      {"colour = 1", vocab.BadInput},
		"bad pattern":      {"[[map]]\ncolumn=\"名称\"\nfield=\"name\"\npattern=\"(\"", vocab.BadInput},
		"bad constant":     {"[constants]\nshare_type=\"maybe\"", vocab.BadInput},
		"bad default":      {"[defaults.\"局\"]\nsecurity_level=\"9\"", vocab.BadInput},
		"bad words":        {"[words.share_type]\n\"内部\"=\"inner\"", vocab.BadInput},
		"bad mode":         {"items=\"some\"", vocab.BadInput},
		"item in key":      {"key=[\"item.code\"]", vocab.BadInput},
		"not toml":         {"[[", vocab.BadInput},
		"unknown json key": {`{"colour":1}`, vocab.BadInput},
	} {
		if _, err := ReadMapping(strings.NewReader(c.text)); vocab.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	m := listMapping()
	if err := m.Check([]string{"名称", "提供方"}); vocab.CodeOf(err) != vocab.ColumnUnknown || !strings.Contains(err.Error(), "代码") {
		t.Errorf("a column that the file lacks: %v", err)
	}
	if err := (Mapping{}).Check([]string{"名称"}); vocab.CodeOf(err) != vocab.ColumnUnmapped {
		t.Errorf("no name: %v", err)
	}
}

func TestSuggestionListsEveryColumn(t *testing.T) {
	in := "序号,信息资源名称*,本单位共享类型,怎么更新,联系电话,神秘列,退回原因\n1,甲,有条件共享,每日,1,x,y\n2,乙,不予共享,每月,2,x,y\n3,丙,无条件共享,每年,3,x,y\n"
	p, err := Propose(openString(t, in, input.Options{}))
	must(t, err)
	got := map[string]string{}
	for _, s := range p.Columns {
		got[s.Column] = string(s.Field) + "/" + s.Why
	}
	want := map[string]string{
		"序号": "/number", "信息资源名称*": "name/name", "本单位共享类型": "share_type/name-part", "怎么更新": "update_cycle/values",
		"联系电话": "/contact", "神秘列": "/", "退回原因": "/returns",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !slices.Equal(p.Unmapped, []string{"神秘列"}) {
		t.Errorf("unmapped %v", p.Unmapped)
	}
	for _, s := range p.Columns {
		if s.Why == "contact" && len(s.Sample) > 0 {
			t.Error("a contact person's data are shown")
		}
	}
}

func TestShippedWordsLeadToWordsOfTheCatalog(t *testing.T) {
	for _, f := range Targets() {
		list := f.words()
		if f == "security_level" || f == "item.security_level" {
			list = []string{"1", "2", "3", "4"}
		}
		for from, to := range valueWords(f) {
			if from == "" || !slices.Contains(list, strings.TrimPrefix(to, "~")) {
				t.Errorf("%s: %q leads to %q", f, from, to)
			}
		}
	}
	targets := Targets()
	for name, f := range columnWords() {
		if name == "" || !slices.Contains(targets, f) {
			t.Errorf("column %q leads to %q", name, f)
		}
	}
}

// One spelling must not mean two things, or chance would decide between them.
func TestNoColumnNameMeansTwoFields(t *testing.T) {
	first := columnWords()
	for range 20 {
		if !maps.Equal(first, columnWords()) {
			t.Fatal("two fields claim one column name")
		}
	}
	for _, f := range Targets() {
		words := valueWords(f)
		for range 10 {
			if !maps.Equal(words, valueWords(f)) {
				t.Fatalf("two words of %s claim one spelling", f)
			}
		}
	}
}

func TestSameFileAndMappingIsTheSameImport(t *testing.T) {
	sum, err := input.Digest(strings.NewReader("x"))
	must(t, err)
	other, err := input.Digest(strings.NewReader("y"))
	must(t, err)
	m := listMapping()
	a, _ := ImportID(sum, m)
	b, _ := ImportID(sum, listMapping())
	c, _ := ImportID(other, m)
	m.Constants = map[Field]string{"origin_class": "government"}
	d, _ := ImportID(sum, m)
	if a != b || a == c || a == d {
		t.Errorf("%s %s %s %s", a, b, c, d)
	}
}

func TestAllOrNoneRefusesWhenOneLineIsRejected(t *testing.T) {
	report, _ := applyAll(t, openString(t, listHeader+"1,甲,局,,,,,,\n2,,局,,,,,,\n", input.Options{}), listMapping())
	if err := report.AllOrNone(); vocab.CodeOf(err) != vocab.LineRejected {
		t.Errorf("error %v", err)
	}
	report, _ = applyAll(t, openString(t, listHeader+"1,甲,局,,,,,,\n", input.Options{}), listMapping())
	if err := report.AllOrNone(); err != nil {
		t.Error(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openBytes(t *testing.T, in []byte, o input.Options) input.Reader {
	t.Helper()
	r, err := Open(bytes.NewReader(in), int64(len(in)), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func openString(t *testing.T, in string, o input.Options) input.Reader {
	t.Helper()
	return openBytes(t, []byte(in), o)
}
