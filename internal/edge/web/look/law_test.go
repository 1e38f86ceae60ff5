package look_test

import (
	"testing"

	"fontis/internal/duty/calendar"
	"fontis/internal/edge/text"
	"fontis/internal/edge/web/look"
	pages "fontis/web"
)

func inEnglishAndChinese(t *testing.T) (en, zh *look.Look) {
	t.Helper()
	c, err := text.Load(pages.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	if en, err = look.New(c, text.English); err != nil {
		t.Fatal(err)
	}
	if zh, err = look.New(c, text.Chinese); err != nil {
		t.Fatal(err)
	}
	return en, zh
}

// What ships and cites Chinese law is read in English, with the original beside it.
func TestShippedCitationsAreTranslated(t *testing.T) {
	en, zh := inEnglishAndChinese(t)
	rules, err := calendar.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	files, err := calendar.ShippedDays()
	if err != nil {
		t.Fatal(err)
	}
	var cited []string
	for i := range rules {
		cited = append(cited, rules[i].Citation)
	}
	for _, f := range files {
		for _, y := range f.Years {
			cited = append(cited, y.Citation)
		}
	}
	for _, said := range cited {
		if got := en.Law(said); got.Lang != "" || en.Tongue(said).Lang != "" && got.Of != said {
			t.Errorf("%q is %+v on an English page", said, got)
		}
		if got := zh.Law(said); got.Of != "" {
			t.Errorf("%q is called a translation on a Chinese page: %+v", said, got)
		}
	}
}

func TestArticlesOfKnownLawsAreTranslated(t *testing.T) {
	en, _ := inEnglishAndChinese(t)
	for said, want := range map[string]string{
		"中华人民共和国个人所得税法 第十五条": "Individual Income Tax Law, art. 15",
		"《个人信息保护法》第十三条第一项":   "Personal Information Protection Law, art. 13, item 1",
		"民法典第一千零六十四条第二款":     "Civil Code, art. 1064, para. 2",
		"行政许可法 第61条":         "Administrative Licensing Law, art. 61",
		"中华人民共和国民法典 第一百二十条":  "Civil Code, art. 120",
		"行政区划管理条例":           "Regulations on the Administration of Administrative Divisions",
		"养老保险待遇资格核对":         "Check of entitlement to old-age insurance benefits",
	} {
		if got := en.Law(said); got.Text != want || got.Of != said || got.Lang != "" {
			t.Errorf("%q is %+v", said, got)
		}
	}
}

// A law that nobody has translated stands as it is, and no article of it alone.
func TestUnknownLawStandsAsItIs(t *testing.T) {
	en, _ := inEnglishAndChinese(t)
	for _, said := range []string{"某县试行办法 第三条", "第三条", "办理本机关业务"} {
		if got := en.Law(said); got.Text != said || got.Of != "" || got.Lang != text.Chinese {
			t.Errorf("%q is %+v", said, got)
		}
	}
}
