package intake

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/vocab"
)

func TestAListWithOneLineAnItemIsReadByLines(t *testing.T) {
	for name, c := range map[string]struct {
		in          string
		mode        ItemMode
		field       Field
		good, items int
	}{
		"with the item's type and key": {
			"数据名称,提供单位,数据项,数据类型,主键\n参保信息,人社局,姓名,字符型,否\n参保信息,人社局,出生日期,日期型,否\n工伤认定,人社局,姓名,字符型,是\n",
			ItemsLines, ItemName, 2, 3,
		},
		"the name repeated only":      {"数据名称,提供单位,数据项\n参保信息,人社局,姓名\n参保信息,人社局,出生日期\n", ItemsLines, ItemName, 1, 2},
		"blank below the first":       {"数据名称,提供单位,数据项\n参保信息,人社局,姓名\n,,出生日期\n", ItemsLines, ItemName, 1, 2},
		"lists in cells stay lists":   {"数据名称,提供单位,数据项,数据类型\n参保信息,人社局,姓名、出生日期,字符型\n工伤认定,人社局,姓名、结论,字符型\n", ItemsList, Items, 2, 4},
		"other sets of one item each": {"数据名称,提供单位,数据项\n参保信息,人社局,姓名\n工伤认定,人社局,结论\n", ItemsList, Items, 2, 2},
	} {
		p, err := Propose(openString(t, c.in, input.Options{}))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if p.Mapping.Items != c.mode || fieldOf(p, "数据项") != c.field || p.Mapping.File.HeaderLine != 1 {
			t.Errorf("%s: items = %q, 数据项 is %q, header in line %d", name, p.Mapping.Items, fieldOf(p, "数据项"), p.Mapping.File.HeaderLine)
		}
		report, drafts, rejects := applyDrafts(t, openString(t, c.in, p.Mapping.Options()), p.Mapping)
		if report.Good != c.good || report.Items != c.items || len(drafts) != c.good || len(rejects) != 0 {
			t.Errorf("%s: report %+v, %d rejects", name, report, len(rejects))
		}
	}
}

// Where one line is one item, a line that does not name its data set, or no item, is
// told with its number; only cells that are blank altogether below the first are not.
func TestALineWithoutANameIsToldWhereEachLineIsOneItem(t *testing.T) {
	const head = "数据名称,提供单位,数据项,数据类型\n"
	for name, c := range map[string]struct {
		in   string
		told map[int]input.Problem
	}{
		"blank below the first":   {"参保信息,人社局,姓名,C\n,,出生日期,D\n", nil},
		"repeated":                {"参保信息,人社局,姓名,C\n参保信息,人社局,出生日期,D\n", nil},
		"the department alone":    {"参保信息,人社局,姓名,C\n,人社局,出生日期,D\n", map[int]input.Problem{3: input.SetUnnamed}},
		"one blank among repeats": {"参保信息,人社局,姓名,C\n参保信息,人社局,出生日期,D\n,,结论,C\n", map[int]input.Problem{4: input.SetUnnamed}},
		"neither name":            {"参保信息,人社局,姓名,C\n,人社局,,\n", map[int]input.Problem{3: input.ItemUnnamed}},
		"an item without a name":  {"参保信息,人社局,姓名,C\n参保信息,人社局,,D\n", map[int]input.Problem{3: input.ItemUnnamed}},
	} {
		m := Mapping{Version: 1, Items: ItemsLines, Map: []Rule{
			{Column: "数据名称", Field: Name}, {Column: "提供单位", Field: "provider"}, {Column: "数据项", Field: ItemName}, {Column: "数据类型", Field: "item.type"},
		}}
		report, _, _ := applyDrafts(t, openString(t, head+c.in, input.Options{}), m)
		told := map[int]input.Problem{}
		for _, w := range report.WarningsShown {
			told[w.Line] = w.Problem
		}
		if report.Good != 1 || len(told) != len(c.told) {
			t.Errorf("%s: %d sets, told %v, want %v", name, report.Good, told, c.told)
		}
		for n, p := range c.told {
			if told[n] != p {
				t.Errorf("%s: of line %d is told %q, want %q", name, n, told[n], p)
			}
		}
	}
}

func TestTheSameSetAgainNamesTheModeOfOneLineAnItem(t *testing.T) {
	for _, lang := range []string{"en", "zh-Hans"} {
		_, remedy := input.Trouble{Problem: input.SameAgain, Args: []string{"2"}}.Say(lang)
		if !strings.Contains(remedy, `items = "lines"`) || !strings.Contains(remedy, "item.name") {
			t.Errorf("%s: %s", lang, remedy)
		}
	}
}

func TestLinesWithAColumnForAllItemsAreRefused(t *testing.T) {
	m := listMapping()
	m.Items = ItemsLines
	err := m.Check(strings.Split(strings.TrimSpace(listHeader), ","))
	f, ok := err.(*vocab.Failure)
	if !ok || f.Code != vocab.BadInput || !strings.Contains(f.Fix, "信息项 to item.name") || !strings.Contains(f.Fix, `items = "list"`) {
		t.Errorf("%v", err)
	}
}

func TestAWrittenMappingExplainsItselfAndReadsBack(t *testing.T) {
	m := listMapping()
	m.File.HeaderLine = 1
	var b strings.Builder
	must(t, m.Write(&b))
	for _, want := range []string{`"list"`, `"lines"`, "item.name", "header_line = 1", `items = "list"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
	back, err := ReadMapping(strings.NewReader(b.String()))
	must(t, err)
	was, err := m.canonical()
	must(t, err)
	is, err := back.canonical()
	must(t, err)
	if string(was) != string(is) {
		t.Errorf("written %s, read %s", was, is)
	}
}

// A column of one item is read only where each line is one; anywhere else the
// import says so instead of passing the column over.
func TestAColumnOfOneItemIsRefusedWhereNoLineIsOne(t *testing.T) {
	begin := Mapping{Version: 1, Map: []Rule{{Column: "数据集", Field: Name}, {Column: "单位", Field: "provider"}}}
	columns := []string{"数据集", "单位", "数据项", "类型"}
	item, list := Rule{Column: "类型", Field: "item.type"}, Rule{Column: "数据项", Field: Items}
	for name, c := range map[string]struct {
		mode ItemMode
		rule Rule
		more func(*Mapping)
		fix  string
	}{
		"list":              {mode: ItemsList, rule: item, fix: "ignore"},
		"none":              {mode: NoItems, rule: item, fix: "ignore"},
		"unsaid":            {rule: item, fix: "lines"},
		"items yet none":    {mode: NoItems, rule: list, fix: "list"},
		"constant in list":  {mode: ItemsList, rule: list, more: func(m *Mapping) { m.Constants = map[Field]string{"item.unit": "件"} }, fix: "item.unit"},
		"default in a list": {mode: ItemsList, rule: list, more: func(m *Mapping) { m.Defaults = map[string]map[Field]string{"局": {"item.unit": "件"}} }, fix: "item.unit"},
	} {
		m := begin
		m.Items, m.Map = c.mode, append(slices.Clone(begin.Map), c.rule)
		if c.more != nil {
			c.more(&m)
		}
		err := m.Check(columns)
		var f *vocab.Failure
		if vocab.CodeOf(err) != vocab.BadInput || !errors.As(err, &f) || !strings.Contains(f.Fix, c.fix) {
			t.Errorf("%s: %v", name, err)
		}
		m.Items = ItemsLines
		if c.rule.Field == item.Field && m.Check(columns) != nil {
			t.Errorf("%s: refused where each line is one item: %v", name, m.Check(columns))
		}
	}
}

// What is proposed can be imported as it stands.
func TestAProposalOfAListLeavesColumnsOfOneItemToTheSteward(t *testing.T) {
	columns := []string{"信息资源名称", "信息资源提供方", "数据项", "数据类型"}
	var rows []input.Record
	for i := range 4 {
		rows = append(rows, input.Record{Line: i + 2, Cells: map[string]string{
			columns[0]: "登记" + strconv.Itoa(i), columns[1]: "民政局", columns[2]: "姓名、性别、出生日期", columns[3]: "字符型",
		}})
	}
	p := Suggest(columns, rows)
	if p.Mapping.Items != ItemsList || !slices.Contains(p.Unmapped, columns[3]) {
		t.Errorf("proposed %s, unmapped %v", p.Mapping.Items, p.Unmapped)
	}
	if err := p.Mapping.Check(columns); err != nil {
		t.Errorf("the proposal is refused: %v", err)
	}
}
