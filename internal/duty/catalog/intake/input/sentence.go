package input

import "fontis/internal/vocab"

func textSentences() map[Problem]sentence {
	return map[Problem]sentence{
		CellTooLong: {
			vocab.FileTooLarge, "the cell is longer than {0}", "shorten the cell, or look for a quotation mark that is never closed",
			"单元格超过 {0}", "缩短该单元格，或检查是否有未闭合的引号",
		},
		EntryTooLong: {
			vocab.FileTooLarge, "the entry is longer than {0}", "split the entry, or take its longest list out",
			"该条目超过 {0}", "拆分该条目，或删减其中最长的列表",
		},
		TooManyCells: {
			vocab.LineRejected, "the line has {0} cells, the header has {1}", "put a cell that holds the separator into quotation marks",
			"该行有 {0} 个单元格，表头只有 {1} 列", "含有分隔符的单元格请用引号括起来",
		},
		TooFewCells: {
			vocab.LineRejected, "the line has {0} cells, the header has {1}; the rest counts as blank", "check that no cell was lost",
			"该行只有 {0} 个单元格，表头有 {1} 列，其余按空白处理", "检查是否有单元格丢失",
		},
		QuoteOpen: {
			vocab.LineRejected, "a quotation mark opens a cell and never closes", "close the quotation mark, or double it where it belongs to the text",
			"单元格的引号没有闭合", "补上闭合的引号；若引号属于正文，请写两次",
		},
		QuoteStray: {
			vocab.LineRejected, "text follows a closing quotation mark; the cell was kept as written", "double the quotation marks that belong to the text",
			"闭合引号之后还有文字，单元格按原样保留", "属于正文的引号请写两次",
		},
		NulByte: {
			vocab.LineRejected, "the cell held NUL bytes; they were taken out", "check the program that wrote the file",
			"单元格含有 NUL 字节，已去除", "检查生成该文件的程序",
		},
		BadBytes: {
			vocab.EncodingUnknown, "the line holds bytes that are not {0}", "mend the line, or name the right encoding with --encoding NAME",
			"该行含有不属于 {0} 编码的字节", "修正该行，或用 --encoding NAME 指明正确的编码",
		},
		Damaged: {
			vocab.LineRejected, "the text holds the replacement sign U+FFFD: it was damaged before it came here", "take the text from its origin again",
			"文字中有替换符 U+FFFD，说明在此之前已损坏", "请从原始来源重新取得该文字",
		},
	}
}

func fileSentences() map[Problem]sentence {
	return map[Problem]sentence{
		LoneSurrogate: {
			vocab.LineRejected, "the text holds half a sign (a lone surrogate)", "write the sign again",
			"文字中有半个字符（孤立代理项）", "请重新输入该字符",
		},
		NotJSON: {
			vocab.LineRejected, "the entry is not valid JSON: {0}", "mend the entry at the place named",
			"该条目不是有效的 JSON：{0}", "在所指位置修正该条目",
		},
		KeyTwice: {
			vocab.LineRejected, "the entry names the key {0} twice", "keep one of the two",
			"该条目两次出现键 {0}", "保留其中一个",
		},
		DigitsLost: {
			vocab.ValueInvalid, "the workbook keeps only 15 digits of this long number, the rest were lost", "format the column as text and enter the number again",
			"电子表格只保留了该长数字的前 15 位，其余已丢失", "将该列设为文本格式后重新录入",
		},
		FormulaError: {
			vocab.ValueInvalid, "the cell shows the formula error {0}", "mend the formula, or paste its value",
			"单元格显示公式错误 {0}", "修正公式，或粘贴为数值",
		},
		ColumnTwice: {
			vocab.ColumnUnknown, "the column name {0} stands twice; the later one is called {1}", "give each column a name of its own",
			"列名 {0} 重复，后一列改称 {1}", "请为每一列取不同的名称",
		},
		ColumnNoName: {
			vocab.ColumnUnknown, "a column has no name; it is called {0}", "give the column a name",
			"有一列没有列名，暂称 {0}", "请为该列取名",
		},
		HeaderAgain: {
			vocab.LineRejected, "the header stands again in this line; the line was passed over", "take the line out",
			"该行重复了表头，已跳过", "删除该行",
		},
		EntryOfOthers: {
			vocab.LineRejected, "the line is the entry {0} of another department of this catalog; it was left out", "export your own alone: fontis dataset export FILE --organization MEMBER",
			"该行是本目录中其他部门的条目 {0}，未导入", "只导出本部门的条目：fontis dataset export 文件 --organization 部门",
		},
		SheetsUnread: {
			vocab.LineRejected, "the sheets {0} were not read", "choose one with --sheet NAME",
			"未读取工作表 {0}", "用 --sheet NAME 选择工作表",
		},
		LinesAbove: {
			vocab.LineRejected, "{0} lines above the header were passed over", "if that is wrong, write header_line under [file] of the mapping: fontis import LIST --map",
			"表头之上的 {0} 行已跳过", "如有误，请在映射文件 [file] 下写明 header_line：fontis import 清单 --map",
		},
		DCATMissing: {
			vocab.FieldMissing, "the entry lacks the field {0} that DCAT-US 1.1 requires", "add the field at the publisher",
			"该条目缺少 DCAT-US 1.1 要求的字段 {0}", "请由发布方补充该字段",
		},
	}
}

func mappingSentences() map[Problem]sentence {
	return map[Problem]sentence{
		NeedMissing: {
			vocab.FieldMissing, "the field {0} is blank and a draft needs it", "fill the column, or set a constant or a default in the mapping",
			"草稿必需的字段 {0} 为空", "填写该列，或在映射中设置常量或默认值",
		},
		DateImpossible: {
			vocab.ValueInvalid, "the calendar has no such day", "write a day that exists, as 2026-01-31",
			"日历上没有这一天", "请填写存在的日期，例如 2026-01-31",
		},
		DateUnreadable: {
			vocab.ValueInvalid, "this is not a date that can be read without guessing", "write the date as 2026-01-31",
			"无法确切读出该日期", "请写成 2026-01-31 的形式",
		},
		WordUnknown: {
			vocab.ValueInvalid, "the field {0} knows only: {1}", "use one of these words, or add a translation of yours to the mapping",
			"字段 {0} 只接受：{1}", "改用其中之一，或在映射中添加对应的译词",
		},
		WordNear: {
			vocab.ValueInvalid, "the field {0} has no such word; {1} was taken as the nearest", "confirm it, or add a translation of yours to the mapping",
			"字段 {0} 没有该词，已取最接近的 {1}", "请确认，或在映射中添加对应的译词",
		},
		NumberUnreadable: {
			vocab.ValueInvalid, "the field {0} takes a whole number", "write digits only",
			"字段 {0} 只接受整数", "请只填写数字",
		},
		CodeCheckSign: {
			vocab.ValueInvalid, "the check sign of the unified social credit code should be {0}; early pilot codes are real exceptions", "compare the code with the certificate",
			"统一社会信用代码的校验位应为 {0}；早期试点代码确有例外", "请与证书核对该代码",
		},
		CodeShape: {
			vocab.ValueInvalid, "a unified social credit code has 18 signs, digits and capitals without I, O, S, V, Z", "compare the code with the certificate",
			"统一社会信用代码应为 18 位数字或大写字母，不含 I、O、S、V、Z", "请与证书核对该代码",
		},
		LinkUnusable: {
			vocab.ValueInvalid, "this is not an address that begins with http:// or https://", "write the whole address",
			"这不是以 http:// 或 https:// 开头的地址", "请填写完整地址",
		},
		SameAgain: {
			vocab.LineRejected, "the same data set stands already in line {0}", "where each line is one item of the data set, write items = \"lines\" in the mapping and map the item's column to item.name; otherwise keep one line, or give the data sets codes of their own; lines of one data set must stand together",
			"同一数据集已出现在第 {0} 行", "若每行是该数据集的一个数据项，请在映射中写 items = \"lines\"，并把数据项所在的列映射到 item.name；否则保留一行，或为各数据集编不同的代码；同一数据集的各行须相邻",
		},
		GroupRejected: {
			vocab.LineRejected, "another line of the same data set was rejected, line {0}", "mend that line; this one is right and is given back so that the data set stays whole",
			"同一数据集的第 {0} 行被退回", "请修正该行；本行无误，一并退回以保持数据集完整",
		},
		ValueUnfit: {
			vocab.ValueInvalid, "the field {0} cannot take this text: too long, or with control characters", "shorten it, or write it again",
			"字段 {0} 无法接受该文字：过长或含有控制字符", "请缩短或重新填写",
		},
		Refused: {
			vocab.LineRejected, "the catalog did not take this line: {0}", "mend what the reason names, and import the line again",
			"目录未接受该行：{0}", "请按所述原因修正后重新导入该行",
		},
		LoginTwice: {
			vocab.AlreadyExists, "the login stands already in line {0}", "give each officer a login of their own",
			"该用户名已出现在第 {0} 行", "请为每位人员取不同的用户名",
		},
		LoginInvalid: {
			vocab.ValueInvalid, "a login is 1 to 48 of a-z, 0-9 and inner . _ -", "choose another login",
			"账号须为 1 至 48 位小写字母和数字，中间可有点、下划线或连字符", "请另取账号",
		},
	}
}

// itemSentences are about lines that are items of one data set.
func itemSentences() map[Problem]sentence {
	return map[Problem]sentence{
		ItemTwice: {
			vocab.LineRejected, "the item {0} stands twice in the data set; it was kept once", "name the two items differently",
			"数据项 {0} 在该数据集中重复，只保留一次", "请为两个数据项取不同的名称",
		},
		ItemUnnamed: {
			vocab.LineRejected, "the line names no item, so it adds none to the data set of line {0}", "write the item's name, or take the line out",
			"该行没有数据项名称，未向第 {0} 行的数据集增加数据项", "请填写数据项名称，或删除该行",
		},
		SetUnnamed: {
			vocab.LineRejected, "the line does not name its data set; its item was taken into the data set of line {0}", "write the data set's name where the item belongs to another",
			"该行未填写所属数据集的名称，其数据项已归入第 {0} 行的数据集", "若属于其他数据集，请填写该数据集的名称",
		},
		ItemsTooMany: {
			vocab.LineRejected, "the data set has more than {0} items", "check the separators in the mapping, or split the data set",
			"该数据集的数据项超过 {0} 个", "检查映射中的分隔符，或拆分数据集",
		},
		LinesDiffer: {
			vocab.LineRejected, "the lines of one data set disagree about {0}; line {1} says otherwise", "write the same in each line of the data set",
			"同一数据集的各行对 {0} 的填写不一致，与第 {1} 行不同", "请在该数据集的每一行填写相同内容",
		},
	}
}
