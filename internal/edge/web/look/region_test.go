package look_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/text"
	"fontis/internal/edge/web/look"
	pages "fontis/web"
)

// Where the node's list of divisions has it, a region is named by the whole way down to
// it; what has no name in the reader's language stands in its own, and says so. The
// divisions that only fill a level are left out of the way.
func TestARegionIsNamedByItsWholeWay(t *testing.T) {
	texts, err := text.Load(pages.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]entry.Text{
		"310000": {ZH: "上海市"}, "310100": {ZH: "市辖区"}, "310115": {ZH: "浦东新区"},
		"330000": {ZH: "浙江省"}, "330100": {ZH: "杭州市", EN: "Hangzhou"}, "330106": {ZH: "西湖区"},
	}
	chinese := func(s string) look.Tongued { return look.Tongued{Text: s, Lang: text.Chinese} }
	for lang, want := range map[text.Lang]map[string]look.Tongued{
		text.Chinese: {
			"310115": {Text: "上海市浦东新区（310115）"}, "310100": {Text: "上海市市辖区（310100）"}, "330106": {Text: "浙江省杭州市西湖区（330106）"},
			"310115102": {Text: "上海市浦东新区（310115102）"}, "330199": {Text: "浙江省杭州市（330199）"}, "440300": {Text: "广东省（440300）"},
		},
		text.English: {
			"310115": {Text: "Shanghai > 浦东新区 (310115)", Parts: []look.Tongued{{Text: "Shanghai"}, {Text: " > "}, chinese("浦东新区"), {Text: " (310115)"}}},
			"330106": {Text: "Zhejiang > Hangzhou > 西湖区 (330106)", Parts: []look.Tongued{{Text: "Zhejiang"}, {Text: " > "}, {Text: "Hangzhou"}, {Text: " > "}, chinese("西湖区"), {Text: " (330106)"}}},
			"330100": {Text: "Zhejiang > Hangzhou (330100)"}, "330000": {Text: "Zhejiang (330000)"},
		},
	} {
		l, err := look.New(texts, lang)
		if err != nil {
			t.Fatal(err)
		}
		l.Divisions = func(code string) (entry.Text, bool) { t, ok := list[code]; return t, ok }
		for code, said := range want {
			if d := cmp.Diff(said, l.Region(code)); d != "" {
				t.Errorf("%s in %s: %s", code, lang, d)
			}
		}
	}
}
