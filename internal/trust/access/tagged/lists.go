package tagged

// people is one line of GB/T 3304. The numeric code is its place, from 01.
type people struct{ name, latin, letters string }

func peoples() []people {
	return []people{
		{"汉", "Han", "HA"},
		{"蒙古", "Mongol", "MG"},
		{"回", "Hui", "HU"},
		{"藏", "Zang", "ZA"},
		{"维吾尔", "Uygur", "UG"},
		{"苗", "Miao", "MH"},
		{"彝", "Yi", "YI"},
		{"壮", "Zhuang", "ZH"},
		{"布依", "Buyei", "BY"},
		{"朝鲜", "Chosen", "CS"},
		{"满", "Man", "MA"},
		{"侗", "Dong", "DO"},
		{"瑶", "Yao", "YA"},
		{"白", "Bai", "BA"},
		{"土家", "Tujia", "TJ"},
		{"哈尼", "Hani", "HN"},
		{"哈萨克", "Kazak", "KZ"},
		{"傣", "Dai", "DA"},
		{"黎", "Li", "LI"},
		{"傈僳", "Lisu", "LS"},
		{"佤", "Va", "VA"},
		{"畲", "She", "SH"},
		{"高山", "Gaoshan", "GS"},
		{"拉祜", "Lahu", "LH"},
		{"水", "Sui", "SU"},
		{"东乡", "Dongxiang", "DX"},
		{"纳西", "Naxi", "NX"},
		{"景颇", "Jingpo", "JP"},
		{"柯尔克孜", "Kirgiz", "KG"},
		{"土", "Tu", "TU"},
		{"达斡尔", "Daur", "DU"},
		{"仫佬", "Mulao", "ML"},
		{"羌", "Qiang", "QI"},
		{"布朗", "Blang", "BL"},
		{"撒拉", "Salar", "SL"},
		{"毛南", "Maonan", "MN"},
		{"仡佬", "Gelao", "GL"},
		{"锡伯", "Xibe", "XB"},
		{"阿昌", "Achang", "AC"},
		{"普米", "Pumi", "PM"},
		{"塔吉克", "Tajik", "TA"},
		{"怒", "Nu", "NU"},
		{"乌孜别克", "Uzbek", "UZ"},
		{"俄罗斯", "Russ", "RS"},
		{"鄂温克", "Ewenki", "EW"},
		{"德昂", "Deang", "DE"},
		{"保安", "Bonan", "BN"},
		{"裕固", "Yugur", "YG"},
		{"京", "Gin", "GI"},
		{"塔塔尔", "Tatar", "TT"},
		{"独龙", "Derung", "DR"},
		{"鄂伦春", "Oroqen", "OR"},
		{"赫哲", "Hezhen", "HZ"},
		{"门巴", "Monba", "MB"},
		{"珞巴", "Lhoba", "LB"},
		{"基诺", "Jino", "JN"},
	}
}

// peopleWords are further spellings found in registers.
func peopleWords() []string {
	return []string{"维吾尔", "维族", "哈族", "柯族", "蒙族", "外国血统中国籍人士", "外国血统", "穿青人", "革家人", "未识别民族", "其他民族", "少数民族"}
}

// provinceLetters are the letter codes of GB/T 2260 that are also a people's.
func provinceLetters() []string { return []string{"HA", "HN", "TJ", "SH", "GS", "NX"} }

func religions() []string {
	return []string{
		"佛教", "汉传佛教", "藏传佛教", "南传佛教", "喇嘛教", "道教", "伊斯兰教", "回教", "天主教", "基督教", "基督新教", "新教", "东正教",
		"犹太教", "印度教", "萨满教", "民间信仰", "佛教徒", "道教徒", "穆斯林", "基督徒", "天主教徒", "信佛教", "信道教", "信伊斯兰教", "信天主教", "信基督教",
		"无宗教信仰", "不信教", "不信仰宗教", "其他宗教",
		"BUDDHISM", "BUDDHIST", "TAOISM", "TAOIST", "ISLAM", "MUSLIM", "CATHOLICISM", "CATHOLIC", "PROTESTANTISM", "PROTESTANT", "CHRISTIANITY", "CHRISTIAN", "ORTHODOX", "JUDAISM", "HINDUISM", "NO RELIGION",
	}
}

// affiliations are GB/T 4762 in full, in short, and as forms write them.
func affiliations() []string {
	return []string{
		"中国共产党党员", "中共党员", "共产党员", "党员", "正式党员",
		"中国共产党预备党员", "中共预备党员", "预备党员",
		"中国共产主义青年团团员", "共青团员", "团员",
		"中国国民党革命委员会会员", "中国国民党革命委员会党员", "民革会员", "民革党员", "民革",
		"中国民主同盟盟员", "民盟盟员", "民盟",
		"中国民主建国会会员", "民建会员", "民建",
		"中国民主促进会会员", "民进会员", "民进",
		"中国农工民主党党员", "农工党党员", "农工党",
		"中国致公党党员", "致公党党员", "致公党",
		"九三学社社员", "九三社员", "九三学社", "九三",
		"台湾民主自治同盟盟员", "台盟盟员", "台盟",
		"无党派民主人士", "无党派人士", "无党派",
		"群众", "普通公民", "群众(现称普通公民)", "入党积极分子", "少先队员",
	}
}

// neutral words belong to every list and to none.
func neutral() []string { return []string{"无", "其他", "其它", "不详", "NONE", "OTHER"} }
