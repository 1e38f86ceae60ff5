package intake

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"

	"fontis/internal/vocab"
)

// SampleTruth is what an import of a sample workbook must find.
type SampleTruth struct {
	Lines, Datasets, Items          int
	RejectedDatasets, RejectedLines int
}

// SampleProvider is the department of the sample workbook, which does not
// exist, as its area code 990000 does not.
const (
	SampleProvider     = "九九市人力资源和社会保障局"
	SampleProviderCode = "119900000000123432"
	// SampleDataset and its items stand first in every sample workbook, for
	// scripts that bind one of them to a table.
	SampleDataset     = "社会保险参保登记信息"
	SampleDatasetCode = "306001/000001"
)

// WriteSampleWorkbook writes a catalog list as a department keeps it: a title,
// a header, one line an item with the data set's cells merged, and a few lines
// with the faults that such lists have. The same seed writes the same lines.
func WriteSampleWorkbook(w io.Writer, lines int, seed uint64) (SampleTruth, error) {
	g := &sampler{rng: rand.New(rand.NewPCG(seed, 990000))}
	b, err := newTextBook("政务信息资源目录")
	if err != nil {
		return SampleTruth{}, err
	}
	defer b.f.Close()
	columns := sampleColumns()
	if err := b.row([]string{SampleProvider + "政务信息资源目录（示例，数据为虚构）"}); err != nil {
		return SampleTruth{}, err
	}
	if err := b.row(columns); err != nil {
		return SampleTruth{}, err
	}
	for n := 0; g.truth.Lines < lines; n++ {
		set := g.dataset(n, lines-g.truth.Lines)
		first := b.line + 1
		for _, cells := range set {
			if err := b.row(cells); err != nil {
				return SampleTruth{}, err
			}
		}
		// Code, name and abstract stand once for all items, as authors merge them.
		for _, column := range []string{"B", "C", "D"} {
			if b.line == first {
				break
			}
			if err := b.s.MergeCell(column+strconv.Itoa(first), column+strconv.Itoa(b.line)); err != nil {
				return SampleTruth{}, vocab.InternalError.Wrap(err, "merge the cells of row %d", first)
			}
		}
	}
	return g.truth, b.write(w)
}

func sampleColumns() []string {
	return []string{
		"序号", "信息资源代码", "信息资源名称", "信息资源摘要", "信息资源提供方", "提供方代码", "数源部门", "信息资源格式",
		"信息项名称", "信息项代码", "数据类型", "是否主键", "共享类型", "共享条件", "共享方式", "开放类型", "更新周期",
		"主体类型", "大数据类别", "法律依据", "用途", "安全级别", "发布日期", "联系人", "备注",
	}
}

type sampleItem struct{ name, code, kind string }

type sampler struct {
	rng   *rand.Rand
	truth SampleTruth
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// The kinds of fault, by the number of the data set that has it.
const (
	faultWord = 5
	faultDate = 11
	faultName = 17
	faultSame = 23
)

// dataset makes the lines of data set n, at most left of them.
func (g *sampler) dataset(n, left int) [][]string {
	subject, items := g.subject(n)
	if len(items) > left {
		items = items[:left]
	}
	name, code := g.name(n), fmt.Sprintf("306%03d/%06d", 1+n/20, n+1)
	share := pick(g.rng, "无条件共享", "有条件共享", "有条件共享", "不予共享")
	if n == 0 {
		share = "有条件共享"
	}
	condition := map[string]string{"有条件共享": "用于" + pick(g.rng, "资格核验", "待遇审核", "行政审批") + "，一事一查", "不予共享": ""}[share]
	published := fmt.Sprintf("%d-%02d-%02d", 2021+g.rng.IntN(5), 1+g.rng.IntN(12), 1+g.rng.IntN(28))
	fault := ""
	switch n {
	case faultWord:
		share, fault = "部分共享", "word"
	case faultDate:
		published, fault = "2025-02-30", "date"
	case faultName:
		name, fault = "", "name"
	case faultSame:
		code, fault = "306001/000003", "same"
	}
	cycle := pick(g.rng, "实时", "每日", "每周", "每月", "每季度", "每年", "不定期")
	open := pick(g.rng, "不予开放", "有条件开放", "无条件开放")
	format := pick(g.rng, "数据库", "电子表格", "接口")
	level := pick(g.rng, "2级", "3级")
	var out [][]string
	for _, it := range items {
		g.truth.Lines++
		row := []string{
			strconv.Itoa(g.truth.Lines), code, name, "记录" + name + "的基本情况，由业务系统产生。", SampleProvider, SampleProviderCode, "九九市社会保险事业中心", format,
			it.name, it.code, it.kind, yesNo(it.code == items[0].code), share, condition, "核验、查询", open, cycle,
			subject, "政务数据", "《中华人民共和国社会保险法》第七十四条", "资格核验；待遇审核", level, published, "数据专员", "",
		}
		if len(out) > 0 {
			row[1], row[2], row[3] = "", "", "" // below the first of merged cells
		}
		out = append(out, row)
	}
	if fault == "" {
		g.truth.Datasets++
		g.truth.Items += len(out)
	} else {
		g.truth.RejectedDatasets++
		g.truth.RejectedLines += len(out)
	}
	return out
}

func yesNo(b bool) string {
	if b {
		return "是"
	}
	return "否"
}

func (g *sampler) name(n int) string {
	if n == 0 {
		return SampleDataset
	}
	things := []string{
		"就业失业登记", "职业技能等级认定", "劳动合同备案", "劳动人事争议仲裁", "工伤认定", "失业保险金发放", "企业职工养老保险缴费",
		"城乡居民养老保险缴费", "人才引进", "专业技术资格", "技工院校学籍", "创业担保贷款", "公益性岗位", "劳动保障监察", "社会保障卡制发", "退休审批",
	}
	kinds := []string{"信息", "明细", "名册", "办件记录", "统计", "变更记录"}
	name := things[n%len(things)] + kinds[n/len(things)%len(kinds)]
	if batch := n / (len(things) * len(kinds)); batch > 0 {
		name += "（" + strconv.Itoa(batch+1) + "）"
	}
	return name
}

// subject chooses whom the data set is about, and its items.
func (g *sampler) subject(n int) (string, []sampleItem) {
	if n == 0 {
		return "自然人", []sampleItem{
			{"公民身份号码", "person_id", "C(18)"},
			{"姓名", "full_name", "C(50)"},
			{"出生日期", "birth_date", "D"},
			{"参保日期", "insured_since", "D"},
			{"参保状态", "insured_status", "C(2)"},
			{"参保单位", "employer", "C(200)"},
			{"缴费基数", "pay_base", "N(10,2)"},
		}
	}
	person := []sampleItem{
		{"公民身份号码", "person_id", "字符型(18)"},
		{"姓名", "full_name", "字符型(50)"},
		{"办理日期", "handled_on", "日期型"},
		{"办理状态", "state", "字符型(2)"},
		{"行政区划代码", "area_code", "字符型(6)"},
		{"经办机构", "office", "字符型(100)"},
		{"有效期至", "valid_to", "日期型"},
	}
	firm := []sampleItem{
		{"统一社会信用代码", "credit_code", "C(18)"},
		{"单位名称", "firm_name", "C(200)"},
		{"登记日期", "registered_on", "D"},
		{"行业代码", "industry_code", "C(4)"},
		{"在册人数", "headcount", "N(8)"},
		{"金额", "amount", "N(14,2)"},
	}
	plain := []sampleItem{
		{"统计年度", "stat_year", "C(4)"}, {"行政区划代码", "area_code", "C(6)"}, {"指标名称", "indicator", "C(100)"}, {"指标值", "indicator_value", "N(14,2)"},
	}
	switch g.rng.IntN(4) {
	case 0:
		return "法人", firm[:4+g.rng.IntN(3)]
	case 1:
		return "无", plain
	default:
		return "自然人", person[:4+g.rng.IntN(4)]
	}
}
