package nation

// pair is a word in both languages.
type pair struct{ zh, en string }

func pairs(words ...string) []pair {
	out := make([]pair, 0, len(words)/2)
	for i := 0; i+1 < len(words); i += 2 {
		out = append(out, pair{words[i], words[i+1]})
	}
	return out
}

// things are what departments deal with; the first are dealt with most.
var things = pairs(
	"不动产", "real estate", "企业", "enterprise", "婚姻", "marriage", "社会保险", "social insurance", "出生医学证明", "birth certificate",
	"机动车", "motor vehicle", "驾驶证", "driving licence", "居民身份", "resident identity", "户籍", "household", "医疗机构", "medical institution",
	"食品经营", "food trade", "药品", "medicine", "医疗器械", "medical device", "学生学籍", "pupil record", "教师资格", "teacher qualification",
	"学校", "school", "高校毕业生", "graduate", "就业", "employment", "失业", "unemployment", "劳动合同", "labour contract",
	"养老机构", "nursing home", "最低生活保障", "minimum living allowance", "残疾人", "disabled person", "退役军人", "veteran", "社会组织", "social organisation",
	"志愿者", "volunteer", "殡葬", "funeral", "地名", "place name", "建设工程", "construction project", "施工许可", "building permit",
	"商品房", "commercial housing", "公共租赁住房", "public rental housing", "住房公积金", "housing fund", "房屋", "building", "物业", "property management",
	"城市绿地", "urban green space", "供水", "water supply", "燃气", "gas supply", "垃圾处理", "waste treatment", "污水", "sewage",
	"水库", "reservoir", "河流", "river", "水质", "water quality", "取水", "water abstraction", "空气质量", "air quality",
	"排污", "pollutant discharge", "危险废物", "hazardous waste", "固体废物", "solid waste", "辐射", "radiation", "森林", "forest",
	"湿地", "wetland", "耕地", "farmland", "矿产资源", "mineral resource", "地质灾害", "geological hazard", "测绘", "surveying",
	"气象", "weather", "地震", "earthquake", "海洋", "ocean", "渔业", "fishery", "畜牧", "livestock",
	"农产品", "farm produce", "种子", "seed", "农机", "farm machinery", "兽药", "veterinary drug", "乡村", "village",
	"公路", "highway", "桥梁", "bridge", "公交线路", "bus route", "出租汽车", "taxi", "轨道交通", "metro",
	"港口", "port", "船舶", "ship", "道路运输", "road transport", "交通事故", "traffic accident", "停车场", "car park",
	"旅游", "tourism", "文物", "cultural relic", "图书馆", "library", "博物馆", "museum", "体育场馆", "sports venue",
	"广播电视", "broadcasting", "出版物", "publication", "专利", "patent", "商标", "trademark", "科技项目", "science project",
	"高新技术企业", "high-tech enterprise", "税务", "tax", "发票", "invoice", "财政预算", "budget", "政府采购", "government procurement",
	"国有资产", "state asset", "统计", "statistics", "价格", "price", "能源", "energy", "电力", "electricity",
	"安全生产", "work safety", "消防", "fire safety", "特种设备", "special equipment", "计量", "metrology", "认证", "certification",
	"信用", "credit", "合同", "contract", "律师", "lawyer", "公证", "notary", "司法鉴定", "forensic institute",
	"行政处罚", "administrative penalty", "行政许可", "administrative licence", "政务服务", "government service", "电子证照", "electronic licence", "疫苗接种", "vaccination",
	"传染病", "infectious disease", "献血", "blood donation", "护士", "nurse", "医师", "physician", "托育", "childcare",
)

// kinds are what is kept of a thing; with a thing they make its name.
var kinds = pairs(
	"登记信息", "registration", "基本信息", "basic information", "许可信息", "licences", "备案信息", "filings", "统计信息", "statistics",
	"名录", "directory", "检查结果", "inspection results", "处罚信息", "penalties", "监测数据", "monitoring data", "变更登记", "changes",
	"注销信息", "cancellations", "年度报告", "annual reports", "补贴发放", "subsidies paid", "资格名单", "qualified list", "收费标准", "fees",
	"审批结果", "approvals", "投诉举报", "complaints", "信用评价", "credit records", "空间分布", "locations", "从业人员", "staff",
	"抽检结果", "sampling results", "项目清单", "project list", "查询服务", "look-up service", "证书信息", "certificates", "抵押登记", "mortgages",
)

// offices are departments; each keeps a share of the things.
var offices = pairs(
	"自然资源局", "Natural Resources", "市场监督管理局", "Market Regulation", "民政局", "Civil Affairs", "人力资源和社会保障局", "Human Resources and Social Security",
	"公安局", "Public Security", "卫生健康委员会", "Health", "教育局", "Education", "住房和城乡建设局", "Housing and Construction",
	"交通运输局", "Transport", "水利局", "Water Resources", "生态环境局", "Ecology and Environment", "农业农村局", "Agriculture",
	"应急管理局", "Emergency Management", "文化和旅游局", "Culture and Tourism", "税务局", "Taxation", "财政局", "Finance",
	"发展和改革委员会", "Development and Reform", "统计局", "Statistics", "司法局", "Justice", "科学技术局", "Science and Technology",
	"退役军人事务局", "Veterans Affairs", "医疗保障局", "Healthcare Security", "商务局", "Commerce", "审计局", "Audit",
	"体育局", "Sports", "林业局", "Forestry", "气象局", "Meteorology", "行政审批局", "Administrative Approval", "城市管理局", "City Management",
	"残疾人联合会", "Disabled Persons' Federation", "住房公积金管理中心", "Housing Fund Centre", "大数据管理局", "Data Administration",
)

// common are names of items that stand in very many sets, the first in most.
var common = pairs(
	"统一社会信用代码", "unified social credit code", "姓名", "name of person", "证件号码", "identity number", "证件类型", "identity type", "登记日期", "registration date",
	"行政区划代码", "division code", "联系地址", "address", "更新时间", "updated at", "状态", "status", "备注", "remark",
	"编号", "number", "名称", "name", "类型", "type", "发证机关", "issuing body", "发证日期", "issue date",
	"有效期起", "valid from", "有效期止", "valid to", "法定代表人", "legal representative", "证书编号", "certificate number", "性别", "sex",
	"出生日期", "date of birth", "主管部门", "competent department", "数据来源", "data source", "经度", "longitude", "纬度", "latitude",
	"金额", "amount", "面积", "area", "数量", "quantity", "单位名称", "unit name", "办理结果", "result",
	"申请日期", "application date", "受理编号", "case number", "所属年度", "year", "邮政编码", "post code", "注册资本", "registered capital",
	"经营范围", "business scope", "坐落", "location", "权利人", "right holder", "用途", "use", "等级", "grade",
)

// facts are what is said of one thing: with it they name an item.
var facts = pairs(
	"编号", "number", "名称", "name", "类型", "type", "状态", "status", "登记日期", "registration date", "变更日期", "change date", "注销日期", "cancellation date",
	"地址", "address", "面积", "area", "金额", "amount", "负责人", "person in charge", "许可证号", "licence number", "等级", "grade", "数量", "quantity",
	"用途", "use", "权利人", "holder", "来源", "source", "检查结果", "inspection result", "有效期", "validity", "备注", "remark", "代码", "code",
	"核准机关", "approving body", "经办机构", "handling body", "年份", "year", "单价", "unit price", "总额", "total", "比例", "share", "说明", "description",
	"标志", "flag", "次数", "times", "时长", "duration", "开始时间", "start", "结束时间", "end", "批准文号", "approval number",
)

var (
	themes  = []string{"综合政务", "经济管理", "国土资源能源", "工业交通", "信息产业", "城乡建设", "农业水利", "财政税务", "商业贸易", "旅游服务", "气象水文", "对外事务", "政法监察", "科技教育", "文化卫生", "体育", "军事", "劳动人事", "民政社区", "文秘行政", "综合党团", "信用服务"}
	shares  = []string{"unconditional", "conditional", "not_shared"}
	cycles  = []string{"daily", "monthly", "yearly", "real_time", "weekly", "quarterly", "irregular", "half_yearly"}
	origins = []string{"government", "public", "industrial", "social"}
	formats = []string{"database", "spreadsheet", "file", "api", "map"}
)

// wide are the traditional forms that dirt brings in.
var traditional = map[rune]rune{
	'产': '產', '动': '動', '业': '業', '记': '記', '信': '信', '县': '縣', '区': '區', '车': '車', '务': '務', '数': '數', '据': '據', '学': '學', '处': '處', '许': '許', '证': '證',
}
