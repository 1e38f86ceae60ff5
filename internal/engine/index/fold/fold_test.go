package fold_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fontis/internal/engine/index/fold"
)

func TestEqualWordsLookEqual(t *testing.T) {
	for in, want := range map[string]string{
		"不動產登記（ＡＢ－1）": "不动产登记 ab 1",
		"臺北市":         "台北市",
		"  出生，医学 ":    "出生 医学",
		"㈱é":          "株 é",
		"\xff登\xfe记":  "登 记",
		"":            "",
	} {
		if got := fold.Text(in); got != want {
			t.Errorf("%q folds to %q, want %q", in, got, want)
		}
	}
}

func TestFoldingTwiceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := fold.Text(rapid.String().Draw(t, "text"))
		if twice := fold.Text(once); twice != once {
			t.Fatalf("%q, then %q", once, twice)
		}
	})
	for r := rune(0x3400); r < 0xA000; r++ {
		if once := fold.Text(string(r)); fold.Text(once) != once {
			t.Fatalf("%c folds on", r)
		}
	}
}

func TestTermsOfLines(t *testing.T) {
	var got []string
	fold.Terms("不动产 ab_1\n水 é", func(s string) { got = append(got, s) })
	if diff := cmp.Diff([]string{"不", "不动", "动", "动产", "产", "ab_1", "水", "é"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSoundsOfTitles(t *testing.T) {
	var whole, first []string
	fold.Sounds("重庆 市", func(s string, initials bool) {
		if initials {
			first = append(first, s)
		} else {
			whole = append(whole, s)
		}
	})
	if !slices.Contains(whole, "chong qing") || !slices.Contains(whole, "zhong qing") || !slices.Contains(first, "cq") || slices.Contains(first, "qs") {
		t.Errorf("%v %v", whole, first)
	}
	for _, way := range fold.Spelled("budongchandengji", 8) {
		if fold.Reads("浙江不动产登记信息", way, false) {
			return
		}
	}
	t.Error("budongchandengji does not read as 不动产登记")
}

func TestEndlessLettersAreReadInTime(t *testing.T) {
	if got := fold.Spelled(strings.Repeat("a", 60)+"v", 8); got != nil {
		t.Errorf("%v", got)
	}
	if got := fold.Spelled(strings.Repeat("xian", 8), 8); len(got) != 8 {
		t.Errorf("%d ways", len(got))
	}
}
