package demo

import (
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/vocab"
)

// holding is one data set of the demo: what the catalog says of it and where its
// items are found.
type holding struct {
	owner   vocab.MemberID
	table   string
	subject string // the column that look-ups go by
	key     vocab.SubjectKeyKind
	set     entry.Dataset // without what all entries of an owner share
	items   []item
	draft   bool // it stays a draft that lacks something, and has no source
}

// item is a catalog item and its binding. Its code is the column's name.
type item struct {
	column   string
	name     entry.Text
	kind     entry.ItemType
	element  string           // the data element that it carries
	compare  vocab.Comparator // empty: not bound for comparison
	nullable bool
	statuses []declared
}

// declared is a status on an item's table.
type declared struct{ name, where, from, to string }

// The codes of the entries.
const (
	setResident  = "DEMO-MZ-001"
	setDivisions = "DEMO-MZ-1" // with the edition's last two digits
	setEnrolment = "DEMO-RS-001"
	setFirm      = "DEMO-SJ-001"
	setTrade     = "DEMO-SJ-002"
	setDriving   = "DEMO-SJ-003"
	setPupil     = "DEMO-JY-001"
	setTaxpayer  = "DEMO-SW-001"
	setTeacher   = "DEMO-JY-002"
)

// The purposes: catalog, requests and calls use the very same words.
const (
	purposeDeduction = "个人所得税专项附加扣除核验"
	purposePension   = "养老保险待遇资格核对"
	purposeAid       = "社会救助家庭经济状况核对"
	purposeSchool    = "随迁子女入学材料核验"
	purposeFirm      = "税务登记信息核对"
	purposeMailing   = "寄送宣传材料"
	purposeLoan      = "个人住房贷款申请核验"
	serviceLoan      = "申请住房贷款时核对姓名和出生日期" // what the person is told of it
)

func text(zh, en string) entry.Text { return entry.Text{ZH: zh, EN: en} }

// inventedNote ends every abstract of invented data.
var inventedNote = text("全部内容均为虚构，仅供演示。", "All of it is invented, for demonstration only.")

func abstract(zh, en string) entry.Text {
	return text(zh+inventedNote.ZH, en+" "+inventedNote.EN)
}

func persons(purposes ...string) entry.Dataset {
	return entry.Dataset{
		Subject: vocab.NaturalPerson, Share: vocab.Conditional, ShareCondition: "依法履行职责所必需，注明办件编号，按次核验。",
		ShareModes: []entry.ShareMode{entry.ModeVerify, entry.ModeBatch}, ShareScope: "本级各政务部门", UseConditions: "不得留存、不得转供，仅用于申请时载明的用途。",
		Open: entry.NotOpen, Level: 3, Grade: entry.GradeImportant, ImpactRef: "DEMO-PIA-2026-01", Purposes: purposes, Cycle: vocab.Daily,
	}
}

func firms(purposes ...string) entry.Dataset {
	return entry.Dataset{
		Subject: vocab.LegalEntity, Share: vocab.Conditional, ShareCondition: "依法履行职责所必需。", Purposes: purposes, Cycle: vocab.Daily,
		ShareModes: []entry.ShareMode{entry.ModeVerify, entry.ModeQuery, entry.ModeBatch}, ShareScope: "本级各政务部门",
		Open: entry.ConditionalOpen, OpenCondition: "按单户查询。", Level: 2, Grade: entry.GradeGeneral, ImpactRef: "DEMO-PIA-2026-02",
	}
}

// entries lists the data sets of the demo.
func entries() []holding {
	return []holding{
		residentEntry(), divisionEntry("2022"), divisionEntry("2023"), enrolmentEntry(), firmEntry(), tradeEntry(), drivingEntry(), pupilEntry(), taxpayerEntry(), teacherEntry(),
	}
}

var (
	citizenItem = item{column: "number", name: text("公民身份号码", "citizen number"), kind: entry.TypeText, element: elementCitizen}
	creditItem  = item{column: "code", name: text("统一社会信用代码", "unified social credit code"), kind: entry.TypeText, element: elementCredit}
	nameItem    = item{column: "name", name: text("姓名", "name"), kind: entry.TypeText, compare: vocab.CompareName}
)

func from(column, zh, en string) item {
	return item{column: column, name: text(zh, en), kind: entry.TypeDate, compare: vocab.CompareDate}
}

func until(column, zh, en string) item {
	return item{column: column, name: text(zh, en), kind: entry.TypeDate, compare: vocab.CompareDate, nullable: true}
}

func word(column, zh, en string, statuses ...declared) item {
	return item{column: column, name: text(zh, en), kind: entry.TypeText, compare: vocab.CompareText, statuses: statuses}
}

func residentEntry() holding {
	set := persons(purposeDeduction, purposePension, purposeAid, purposeLoan)
	set.Code, set.Name = setResident, text("人口基础信息（演示）", "Population register (demo)")
	set.Abstract = abstract("常住居民的姓名、性别、出生日期、死亡日期与登记住址。", "Name, sex, dates of birth and death, and registered address of residents.")
	set.Category, set.Theme, set.Domain = "人口", "人口基础库", entry.DomainBase
	set.LegalBasis = []entry.Cite{{Law: "中华人民共和国户口登记条例", Article: "第二条"}}
	died := until("died", "死亡日期", "date of death")
	died.statuses = []declared{{name: "living", where: "died is null"}}
	address := word("address", "登记住址", "registered address")
	address.nullable = true
	born := from("born", "出生日期", "date of birth")
	born.nullable = true
	return holding{
		owner: Civil, table: "resident", subject: "number", key: vocab.CitizenNumber, set: set,
		items: []item{citizenItem, nameItem, word("sex", "性别", "sex"), born, died, word("town", "乡级区划代码", "town code"), address},
	}
}

// divisionEntry is one edition of the divisions: open, without persons, and real.
func divisionEntry(edition string) holding {
	set := entry.Dataset{
		Code: setDivisions + edition[2:], Name: text("行政区划代码（"+edition+" 版）", "Administrative divisions ("+edition+" edition)"),
		Abstract: text("省、市、县、乡四级区划的代码与名称，取自已公开的第三方整理件；两版互有出入，均照原样保留。",
			"Codes and names of provinces, cities, counties and towns, taken from a published third-party edition; the two editions disagree and both are kept as they are."),
		Category: "区划", Theme: "空间地理库", Domain: entry.DomainBase, Subject: vocab.NoSubject, Share: vocab.Unconditional,
		ShareModes: []entry.ShareMode{entry.ModeQuery, entry.ModeFile}, ShareScope: "全社会", Open: entry.UnconditionalOpen,
		Level: 1, Grade: entry.GradeGeneral, Cycle: vocab.Irregular, LegalBasis: []entry.Cite{{Law: "行政区划管理条例"}},
		UseConditions: "注明版次与来源，见 demo/SOURCES.md。", Purposes: []string{"公开"}, ImpactRef: "DEMO-PIA-2026-00",
	}
	return holding{
		owner: Civil, table: "division_" + edition, subject: "code", key: vocab.RegisterNumber, set: set,
		items: []item{
			{column: "code", name: text("区划代码", "division code"), kind: entry.TypeText, element: elementDivision, compare: vocab.CompareExact},
			word("name", "区划名称", "division name"),
			word("level", "级别", "level"),
			{column: "parent", name: text("上级代码", "code of the division above"), kind: entry.TypeText, element: elementDivision, compare: vocab.CompareExact, nullable: true},
		},
	}
}

func enrolmentEntry() holding {
	set := persons(purposeAid, purposeSchool)
	set.Code, set.Name = setEnrolment, text("社会保险参保登记（演示）", "Social insurance enrolment (demo)")
	set.Abstract = abstract("参保险种、参保单位、起止日期与缴费状态；一人可有多段记录。", "Scheme, employer, first and last day, and state; a person may have several spells.")
	set.Category, set.Theme, set.Domain = "社会保障", "社会保障库", entry.DomainTheme
	set.LegalBasis = []entry.Cite{{Law: "中华人民共和国社会保险法", Article: "第七十四条"}}
	return holding{
		owner: Security, table: "enrolment", subject: "number", key: vocab.CitizenNumber, set: set,
		items: []item{
			citizenItem, nameItem, word("scheme", "险种", "scheme"),
			{column: "employer", name: text("参保单位代码", "employer's credit code"), kind: entry.TypeText, compare: vocab.CompareExact, nullable: true},
			from("since", "参保起日", "first day"), until("until", "参保止日", "last day"),
			word("state", "参保状态", "state", declared{"insured", "state = '" + stateInsured + "'", "since", "until"}),
		},
	}
}

func firmEntry() holding {
	set := firms(purposeFirm, purposeAid)
	set.Code, set.Name = setFirm, text("企业登记信息（演示）", "Firm register (demo)")
	set.Abstract = abstract("市场主体名称、类型、注册资本、成立日期、住所与登记状态。", "Name, kind, capital, founding day, seat and state of firms.")
	set.Category, set.Theme, set.Domain = "法人", "法人单位库", entry.DomainBase
	set.LegalBasis = []entry.Cite{{Law: "中华人民共和国市场主体登记管理条例", Article: "第八条"}}
	return holding{
		owner: Market, table: "firm", subject: "code", key: vocab.CreditCode, set: set,
		items: []item{
			creditItem, word("name", "企业名称", "firm name"), word("kind", "主体类型", "kind"),
			{column: "capital", name: text("注册资本（万元）", "capital (10,000 yuan)"), kind: entry.TypeNumber, compare: vocab.CompareNumber},
			from("founded", "成立日期", "founding day"), word("address", "住所", "seat"),
			word("state", "登记状态", "state", declared{"in_business", "state = '" + stateOpen + "'", "founded", ""}),
		},
	}
}

func tradeEntry() holding {
	set := firms(purposeFirm)
	set.Code, set.Name = setTrade, text("经营许可证信息（演示）", "Trade licences (demo)")
	set.Abstract = abstract("经营许可证的编号、种类、有效期与状态。", "Number, kind, validity and state of trade licences.")
	set.Category, set.Theme, set.Domain = "证照", "电子证照库", entry.DomainTheme
	set.LegalBasis = []entry.Cite{{Law: "中华人民共和国行政许可法", Article: "第六十一条"}}
	return holding{
		owner: Market, table: "trade", subject: "code", key: vocab.CreditCode, set: set,
		items: []item{
			creditItem,
			{column: "licence", name: text("许可证编号", "licence number"), kind: entry.TypeText, compare: vocab.CompareExact},
			word("kind", "许可种类", "kind"),
			from("since", "有效期起", "valid from"), until("until", "有效期止", "valid until"),
			word("state", "证照状态", "state", declared{"permit_valid", "state = '" + stateValid + "'", "since", "until"}),
		},
	}
}

func drivingEntry() holding {
	set := persons(purposeAid)
	set.Code, set.Name = setDriving, text("机动车驾驶证信息（演示）", "Driving licences (demo)")
	set.Abstract = abstract("准驾车型、有效期与状态；在演示中由市场监督管理局的证照库代管。", "Class, validity and state; in the demo the licence store of market regulation keeps them.")
	set.Category, set.Theme, set.Domain = "证照", "电子证照库", entry.DomainTheme
	set.LegalBasis = []entry.Cite{{Law: "中华人民共和国道路交通安全法", Article: "第十九条"}}
	return holding{
		owner: Market, table: "driving", subject: "number", key: vocab.CitizenNumber, set: set,
		items: []item{
			citizenItem, nameItem, word("class", "准驾车型", "class"), from("since", "有效期起", "valid from"), until("until", "有效期止", "valid until"),
			word("state", "证照状态", "state", declared{"licence_valid", "state = '" + stateValid + "'", "since", "until"}),
		},
	}
}

func pupilEntry() holding {
	set := persons(purposeDeduction)
	set.Code, set.Name = setPupil, text("学籍信息（演示）", "School enrolment (demo)")
	set.Abstract = abstract("学校、年级、入学与离校日期、在读状态。", "School, grade, first and last day, and state of pupils.")
	set.Category, set.Theme, set.Domain = "教育", "教育主题库", entry.DomainTheme
	set.LegalBasis = []entry.Cite{{Law: "中华人民共和国义务教育法", Article: "第十三条"}}
	return holding{
		owner: Education, table: "pupil", subject: "number", key: vocab.CitizenNumber, set: set,
		items: []item{
			citizenItem, nameItem, word("school", "学校", "school"), word("grade", "年级", "grade"), from("since", "入学日期", "first day"), until("until", "离校日期", "last day"),
			word("state", "学籍状态", "state", declared{"at_school", "state = '" + stateAtDesk + "'", "since", "until"}),
		},
	}
}

func taxpayerEntry() holding {
	set := firms("企业注销核验")
	set.Code, set.Name = setTaxpayer, text("纳税人登记信息（演示）", "Taxpayer register (demo)")
	set.Abstract = abstract("纳税人名称、资格类型、登记日期与状态。", "Name, category, day of registration and state of taxpayers.")
	set.Category, set.Theme, set.Domain = "税务", "法人单位库", entry.DomainTheme
	set.LegalBasis = []entry.Cite{{Law: "中华人民共和国税收征收管理法", Article: "第十五条"}}
	return holding{
		owner: Tax, table: "taxpayer", subject: "code", key: vocab.CreditCode, set: set,
		items: []item{
			creditItem, word("name", "纳税人名称", "taxpayer name"), word("category", "纳税人资格", "category"), from("registered", "登记日期", "day of registration"),
			word("state", "纳税人状态", "state", declared{"tax_normal", "state = '" + stateTax + "'", "registered", ""}),
		},
	}
}

// teacherEntry stays a draft: a steward finds in the to-do list what it lacks.
func teacherEntry() holding {
	set := entry.Dataset{
		Code: setTeacher, Name: text("教师资格信息（演示）", "Teachers' certificates (demo)"), Category: "教育", Theme: "教育主题库",
		Abstract: abstract("教师资格种类与有效期。", "Kind and validity of teachers' certificates."), Subject: vocab.NaturalPerson, Domain: entry.DomainTheme,
	}
	return holding{owner: Education, table: "teacher", subject: "number", key: vocab.CitizenNumber, set: set, draft: true, items: []item{citizenItem, nameItem}}
}
