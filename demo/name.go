package demo

import (
	"strings"
	"unicode/utf8"

	"fontis/demo/dice"
)

// The commonest surnames, the first ones more often than the last.
const surnames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"

// Signs of given names, those of one sound in one word: people of one sound and
// another sign are what registers confuse.
var (
	soundsOfMen = []string{
		"伟玮炜纬", "强", "磊", "军君钧均", "勇泳永咏", "杰捷", "涛韬滔", "明铭鸣", "超", "刚钢", "平屏", "辉晖",
		"鹏", "华桦骅", "飞", "鑫欣昕", "波", "博", "斌彬滨宾", "宇羽禹", "浩昊皓", "凯恺楷", "健建剑", "俊骏峻竣",
		"帆凡", "毅逸翊", "志智致", "文", "泽", "航", "宁", "鸿宏洪", "成诚承", "东冬", "海", "国", "庆", "晨辰宸",
	}
	soundsOfWomen = []string{
		"芳", "娜", "敏", "静靖婧", "丽莉俐", "艳燕彦", "娟涓", "霞", "秀绣", "玲铃灵", "琳霖林", "桂贵", "丹", "红虹",
		"玉钰", "兰岚", "英瑛", "梅", "婷亭庭", "雪", "倩茜", "慧惠卉", "颖影", "佳嘉家", "思斯", "悦月越", "琪奇琦",
		"瑶遥", "璐露", "诗", "涵", "梦", "子梓紫", "轩萱宣", "欣馨昕", "雯文纹", "洁婕", "怡仪", "春", "云芸",
	}
	trades   = []string{"贸易", "科技", "餐饮", "物流", "建材", "服装", "食品", "信息技术", "园林", "机械", "家政", "文化传播"}
	brands   = "澄霁岚汀棠溪栎陌茗岫芷筠渡榕砚川荻沐禾屿"
	roads    = []string{"演示一路", "演示二路", "虚构大街", "样例路", "样例北街", "示范巷", "假想里", "设例大道"}
	kinds    = []string{"有限责任公司", "有限责任公司", "有限责任公司", "个人独资企业", "个体工商户", "合伙企业"}
	schools  = []string{"小学", "初级中学", "高级中学"}
	licences = []string{"食品经营许可证", "食品经营许可证", "药品经营许可证", "烟草专卖零售许可证", "危险化学品经营许可证", "特种设备使用登记证"}
	vehicles = []string{"C1", "C1", "C1", "C2", "B2", "A2", "D"}
)

// surname favours the first ones: the smaller of two throws.
func surname(d *dice.Dice) string {
	n := utf8.RuneCountInString(surnames)
	return runeAt(surnames, min(d.Below(n), d.Below(n)))
}

func runeAt(s string, i int) string {
	for at, r := range s {
		if i == 0 {
			return s[at : at+utf8.RuneLen(r)]
		}
		i--
	}
	return ""
}

func sign(d *dice.Dice, sounds []string) string {
	s := dice.Pick(d, sounds)
	return runeAt(s, d.Below(utf8.RuneCountInString(s)))
}

// fullName makes a surname and one or two signs.
func fullName(d *dice.Dice, female bool) string {
	sounds := soundsOfMen
	if female {
		sounds = soundsOfWomen
	}
	name := surname(d) + sign(d, sounds)
	if d.In(800) {
		name += sign(d, sounds)
	}
	return name
}

// homophone is the name with its last sign in another spelling of the same
// sound; the same name where there is no other.
func homophone(name string) string {
	last, size := utf8.DecodeLastRuneInString(name)
	for _, sounds := range [][]string{soundsOfWomen, soundsOfMen} {
		for _, s := range sounds {
			at := strings.IndexRune(s, last)
			if at < 0 || utf8.RuneCountInString(s) < 2 {
				continue
			}
			next := at + utf8.RuneLen(last)
			if next == len(s) {
				next = 0
			}
			r, _ := utf8.DecodeRuneInString(s[next:])
			return name[:len(name)-size] + string(r)
		}
	}
	return name
}
