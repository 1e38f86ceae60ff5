package nation_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/demo/nation"
)

var places = []nation.Place{{Code: "330000", Name: "浙江省"}, {Code: "330106", Name: "浙江省杭州市西湖区"}, {Code: "540422", Name: "西藏自治区林芝市米林县"}}

func TestASetIsMadeOfItsNumberAndTheSeed(t *testing.T) {
	a, b := nation.New(1, places), nation.New(1, places)
	for _, i := range []int{0, 7, 2_999_999} {
		if diff := cmp.Diff(a.Set(i), b.Set(i)); diff != "" {
			t.Error(diff)
		}
	}
	if cmp.Equal(a.Set(7), nation.New(2, places).Set(7)) || cmp.Equal(a.Set(7), a.Set(8)) {
		t.Error("another seed or number makes the same set")
	}
}

// TestNamesRepeatAsInRealLists holds what searches depend on: few names stand in
// most sets, many in hardly any, a word stands in about half of all.
func TestNamesRepeatAsInRealLists(t *testing.T) {
	const sets = 20_000
	n := nation.New(1, places)
	names, items, holding, codes := map[string]int{}, 0, 0, map[string]bool{}
	for i := range sets {
		s := n.Set(i)
		codes[s.Code] = true
		if strings.Contains(s.Name.ZH+s.Abstract.ZH, "登记") {
			holding++
		}
		for _, it := range s.Items {
			names[it.Name.ZH]++
			items++
		}
	}
	once := 0
	for _, k := range names {
		if k == 1 {
			once++
		}
	}
	if mean := float64(items) / sets; mean < 6.5 || mean > 7.5 || once < len(names)/4 || names["统一社会信用代码"] < sets/10 {
		t.Errorf("%.2f items a set, %d names, %d of them once, the commonest %d times", mean, len(names), once, names["统一社会信用代码"])
	}
	if holding < sets*3/10 || holding > sets*7/10 || len(codes) != sets {
		t.Errorf("%d of %d sets speak of registration; %d codes", holding, sets, len(codes))
	}
}
