package look_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/edge/text"
	"fontis/internal/edge/web/look"
	pages "fontis/web"
)

func TestNamesStandInTheOrderOfTheReadersLanguage(t *testing.T) {
	texts, err := text.Load(pages.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[text.Lang][]string{
		text.Chinese: {"第2分局", "第10分局", "民政局", "农业局", "税务局", "医疗保障局", "自然资源局"},
		text.English: {"Archives", "civil affairs", "District 2", "District 10", "Taxes"},
	} {
		got := slices.Clone(want)
		slices.Reverse(got)
		l, err := look.New(texts, lang)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(got, l.Order())
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", lang, d)
		}
	}
}
