package intake

import "strings"

// columnWords are the column names that departments use, folded, with the
// field that each means. Simplified and traditional, Chinese and English.
func columnWords() map[string]Field {
	out := map[string]Field{}
	for f, names := range map[Field]string{
		Name: "信息资源名称 资源名称 数据资源名称 政务信息资源名称 目录名称 数据目录名称 数据集名称 资料名称 名称 数据名称 " +
			"資料名稱 資料集名稱 名稱 標題 title name datasetname resourcename datasettitle",
		"code": "信息资源代码 资源代码 信息资源编码 资源编码 数据集编码 目录编码 目录代码 资源编号 數據集編碼 資料集代碼 資料集編號 code identifier datasetcode resourcecode datasetid",
		Abstract: "信息资源摘要 资源摘要 摘要 简介 数据描述 资源描述 描述 说明 资料集描述 資料集描述 資料描述 描述說明 摘要說明 " +
			"description abstract summary notes",
		"provider": "信息资源提供方 资源提供方 提供方 提供单位 提供部门 数据提供方 数据提供单位 数据提供部门 责任部门 资源提供单位 " +
			"資料集提供機關 提供機關 提供單位 provider publisher publishername agency organization department",
		"provider_code": "资源提供方代码 信息资源提供方代码 提供方代码 提供单位代码 统一社会信用代码 社会信用代码 機關代碼 providercode creditcode uscc",
		"source_department": "数源部门 数源单位 来源部门 来源单位 数据来源 資料來源 來源機關 sourcedepartment source datasource " +
			"publishersuborganizationofname",
		"source_system":           "来源系统 所属系统 信息系统名称 业务系统 系统名称 来源信息系统 來源系統 sourcesystem system",
		"category":                "信息资源分类 资源分类 分类 类目 所属分类 资源类目 分類及編號 分類 category class",
		"theme":                   "主题 主题分类 所属主题 主題 theme subject topic",
		"domain":                  "资源属性分类 资源类型 资源类别 信息资源类别 库类别 domain",
		"region":                  "行政区划 行政区划代码 区划代码 区域 地区 行政區 空間範圍 region areacode spatial",
		"format":                  "信息资源格式 资源格式 数据格式 格式 格式类型 檔案格式 資源格式 format distributionformat",
		"share_type":              "共享类型 共享属性 共享类别 共享方式类型 共享類型 sharetype sharingtype",
		"share_condition":         "共享条件 共享要求 有条件共享条件 共享條件 sharecondition sharingcondition",
		"share_modes":             "共享方式 提供方式 共享方式分类 共享模式 共享途径 sharemode sharemodes sharingmode",
		"share_scope":             "共享范围 共享對象 共享对象 sharescope",
		"use_conditions":          "使用要求 使用条件 使用限制 使用條件 useconditions rights",
		"not_shared_reason":       "不予共享理由 不予共享原因 不共享原因 不共享理由 notsharedreason",
		"not_shared_law":          "不予共享依据 不共享依据 不予共享法律依据 notsharedlaw",
		"open_type":               "开放类型 开放属性 是否向社会开放 是否开放 社会开放属性 開放類型 opentype accesslevel",
		"open_condition":          "开放条件 開放條件 opencondition",
		"update_cycle":            "更新周期 更新频率 更新频度 数据更新周期 更新頻率 更新週期 updatecycle updatefrequency frequency accrualperiodicity",
		"origin_class":            "数据来源分类 大数据类别 数据归属类别 数据分类 originclass origin",
		"subject_kind":            "数据主体 主体类型 涉及主体 数据对象 主体类别 subjectkind datasubject",
		"legal_basis":             "法律依据 法定依据 采集依据 依据 职责依据 政策依据 法律依據 legalbasis basis",
		"purposes":                "用途 使用目的 采集目的 应用场景 业务用途 purposes purpose usage",
		"security_level":          "安全级别 安全等级 数据安全级别 数据分级 敏感级别 安全分级 securitylevel",
		"data_grade":              "数据等级 数据重要性 重要数据标识 datagrade",
		"impact_ref":              "影响评估 个人信息保护影响评估 影响评估编号 impactref pia",
		"retention":               "保存期限 留存期限 保管期限 retention",
		"residency":               "存储位置 存放地点 residency",
		"maintainer":              "维护部门 维护单位 元数据维护方 維護單位 maintainer",
		"related":                 "关联资源代码 关联资源 关联及类目名称 相关资源 related relatedcodes",
		Keywords:                  "关键字 关键词 标签 標籤關鍵字 標籤 關鍵字 keyword keywords tags",
		Link:                      "链接 网址 资源地址 访问地址 資料連結網址 資料集說明網址 網址 link url landingpage",
		Licence:                   "许可 授权方式 授权协议 授權方式 license licence",
		PublishedOn:               "发布日期 发布时间 首次发布日期 建立日期 發布日期 issued publishdate publishedon created",
		ModifiedOn:                "更新时间 更新日期 最后更新时间 最近更新日期 最後更新時間 modified lastupdated updated",
		Items:                     "信息项 数据项 信息项名称列表 数据项列表 主要字段 字段 字段列表 包含字段 主要欄位 欄位 items fields columns",
		ItemName:                  "信息项名称 数据项名称 字段名称 字段中文名 字段中文名称 中文字段名 欄位名稱 itemname fieldname elementname",
		"item.code":               "信息项代码 数据项代码 信息项英文名称 字段英文名 字段英文名称 英文字段名 字段代码 字段名 信息项标识 itemcode fieldcode columnname",
		"item.type":               "数据类型 字段类型 信息项数据类型 信息项类型 資料型態 datatype itemtype fieldtype",
		"item.length":             "数据长度 长度 字段长度 信息项长度 長度 length itemlength",
		"item.precision":          "精度 小数位数 precision",
		"item.unit":               "计量单位 单位量纲 unit",
		"item.code_list":          "值域 代码集 代码表 字典 值域代码 codelist valuedomain",
		"item.nullable":           "是否可空 是否为空 可否为空 允许为空 nullable",
		"item.key":                "是否主键 主键 iskey primarykey key",
		"item.share_type":         "信息项共享类型 字段共享类型 itemsharetype",
		"item.open_type":          "信息项开放类型 字段开放类型 itemopentype",
		"item.element":            "数据元 数据元标识 标准数据元 dataelement",
		"item.sensitive_category": "敏感类别 个人信息类别 是否敏感 sensitivecategory",
		"item.mask_rule":          "脱敏规则 maskrule",
	} {
		for n := range strings.FieldsSeq(names) {
			out[fold(n)] = f
		}
	}
	return out
}

// setAside are columns that are never imported: contact persons, running
// numbers, and the two columns of a workbook of rejects.
func setAside() map[string]string {
	out := map[string]string{}
	for why, names := range map[string]string{
		"contact": "联系人 联系电话 联系方式 电话 手机 手机号 邮箱 电子邮箱 负责人 填报人 聯絡人 聯絡電話 聯絡人姓名 電話 電子郵件 " +
			"contact contactname phone email contactpointfn contactpointhasemail contactpointtype author maintaineremail",
		"number":  "序号 编号 序號 編號 项次 項次 no number",
		"returns": returnedNames(),
	} {
		for n := range strings.FieldsSeq(names) {
			out[fold(n)] = why
		}
	}
	return out
}

// The names of the two columns that a workbook of rejects adds.
const (
	causeEn, remedyEn = "rejected-because", "rejected-remedy"
	causeZh, remedyZh = "退回原因", "处理建议"
)

func returnedNames() string { return strings.Join([]string{causeEn, remedyEn, causeZh, remedyZh}, " ") }

// isReturned reports whether the column was added by a workbook of rejects.
func isReturned(column string) bool {
	return column == causeEn || column == remedyEn || column == causeZh || column == remedyZh
}

// valueWords are the words that departments use for the values of closed
// lists, by the catalog's word. A word after ~ is only the nearest there is.
func valueWords(f Field) map[string]string {
	out := map[string]string{}
	for word, names := range valueNames(f) {
		if !strings.HasPrefix(word, "~") {
			out[wordKey(word)] = word
		}
		for n := range strings.FieldsSeq(names) {
			out[wordKey(n)] = word
		}
	}
	return out
}

// valueNames are the names of each word of the field, the commonest first.
func valueNames(f Field) map[string]string {
	groups := map[Field]map[string]string{
		"share_type":     shareWords(),
		"open_type":      openWords(),
		"update_cycle":   cycleWords(),
		"subject_kind":   subjectWords(),
		"origin_class":   originWords(),
		"format":         formatWords(),
		"share_modes":    modeWords(),
		"domain":         {"base": "基础 基础类 基础信息资源 基础库 1", "theme": "主题 主题类 主题信息资源 主题库 2", "department": "部门 部门类 部门信息资源 3"},
		"data_grade":     {"general": "一般 一般数据 普通", "important": "重要 重要数据", "core": "核心 核心数据"},
		"security_level": {"1": "1级 一级 第一级 l1 level1", "2": "2级 二级 第二级 l2 level2", "3": "3级 三级 第三级 l3 level3", "4": "4级 四级 第四级 l4 level4"},
		"item.type":      typeWords(),
		"item.nullable":  flagWords(),
		"item.key":       flagWords(),
	}
	group := groups[f]
	switch f {
	case "item.share_type":
		group = groups["share_type"]
	case "item.open_type":
		group = groups["open_type"]
	case "item.security_level":
		group = groups["security_level"]
	case "item.is_identifier":
		group = flagWords()
	}
	return group
}

func shareWords() map[string]string {
	return map[string]string{
		"unconditional": "无条件共享 无条件 无条件共享类 全部共享 無條件共享 無條件 unconditionalsharing shared 1",
		"conditional":   "有条件共享 有条件 有条件共享类 受限共享 有條件共享 有條件 conditionalsharing 2",
		"not_shared":    "不予共享 不共享 不予共享类 不予 不予分享 notshared none 3",
	}
}

func openWords() map[string]string {
	return map[string]string{
		"not_open":      "不予开放 不开放 否 不予公开 不予開放 non-public nonpublic no",
		"conditional":   "有条件开放 有条件 受限开放 依申请开放 有條件開放 restrictedpublic restricted",
		"unconditional": "无条件开放 无条件 是 开放 完全开放 向社会开放 無條件開放 public yes",
	}
}

func cycleWords() map[string]string {
	return map[string]string{
		"real_time":   "实时 实时更新 即时 即時 實時 r/pt1s r/pt1m r/pt1h realtime continuous updatecont cont",
		"daily":       "每日 每天 日 天 按日 每工作日 r/p1d day",
		"weekly":      "每周 每週 周 按周 每星期 r/p1w r/p7d week",
		"monthly":     "每月 月 按月 月度 r/p1m month",
		"quarterly":   "每季度 每季 季度 季 按季 r/p3m quarter",
		"half_yearly": "每半年 半年 半年度 r/p6m halfyear semiannual biannual annual2",
		"yearly":      "每年 年 按年 年度 一年 r/p1y annual annually year",
		"irregular":   "不定期 不定时 不定時 按需 不更新 一次性 其他 asneeded notupdated unknown irreg never other notplanned",
		"~real_time":  "每小时 每小時 小时",
		"~monthly":    "每旬 旬 每两周 r/p2w r/p0.5m r/p0.33m biweekly fortnightly monthly2 monthly3",
		"~weekly":     "r/p3.5d r/p0.33w r/p0.5w",
		"~quarterly":  "每两月 双月 r/p2m",
		"~yearly":     "r/p4m r/p0.5y",
		"~irregular":  "biennial triennial quinquennial decennial bidecennial 每两年 每三年 每五年 r/p2y r/p3y r/p4y r/p5y r/p10y",
	}
}

func subjectWords() map[string]string {
	return map[string]string{
		"none":           "无 不涉及 无主体 非主体 其他",
		"legal_entity":   "法人 企业 单位 法人和其他组织 组织 市场主体 法人单位 enterprise organization company legalperson",
		"natural_person": "自然人 个人 人 居民 公民 person individual citizen resident",
		"mixed":          "混合 自然人和法人 个人和企业 自然人法人 both",
	}
}

func originWords() map[string]string {
	return map[string]string{
		"government": "政务 政务数据 政府 政务大数据 政府数据",
		"industrial": "产业 工业 产业数据 产业大数据 企业数据",
		"public":     "公共 公共数据 公共服务 公用事业",
		"social":     "社会 社会数据 社会大数据",
	}
}

func formatWords() map[string]string {
	return map[string]string{
		"database":    "数据库 关系型数据库 结构化数据库 oracle mysql postgresql 达梦 人大金仓 sqlserver dm kingbase",
		"file":        "文件 电子文件 文档 pdf doc docx ofd txt zip xml json html 文本",
		"spreadsheet": "电子表格 表格 excel xls xlsx csv et ods",
		"api":         "接口 服务接口 api接口 webservice rest 网络服务 網路服務 url",
		"stream":      "流 流媒体 数据流 视频流 音视频",
		"map":         "地图 空间数据 图形图像 矢量 shp kml gis geojson wms",
		"image":       "图像 图片 影像 jpg jpeg png tif tiff",
	}
}

func modeWords() map[string]string {
	return map[string]string{
		"verify":       "核验 比对 数据比对 核验接口 核查",
		"query":        "查询 接口 服务接口 查询接口 接口查询 api",
		"batch":        "批量 批量交换 数据库交换 库表交换 库表 前置机 数据库",
		"file":         "文件 文件下载 文件交换 下载 电子文件 邮件 拷盘",
		"subscription": "订阅 推送 消息推送",
		"sandbox":      "沙箱 开发环境 数据沙箱",
	}
}

func typeWords() map[string]string {
	return map[string]string{
		"text":     "字符型 字符 字符串 文本 文字 c string varchar varchar2 char nvarchar 字串 an 代码",
		"number":   "数值型 数值 数字 数字型 整数 整型 小数 n int integer bigint decimal numeric float double number 货币",
		"date":     "日期型 日期 d",
		"datetime": "日期时间型 日期时间 时间 时间戳 dt timestamp 时间型",
		"boolean":  "布尔型 布尔 逻辑 逻辑型 l bool bit",
		"binary":   "二进制 二进制型 b blob 图片 文件 附件 image",
	}
}

func flagWords() map[string]string {
	return map[string]string{"yes": "是 y true 1 √ 主键 可空 允许", "no": "否 n false 0 × 非主键 不可空 必填 不允许"}
}
