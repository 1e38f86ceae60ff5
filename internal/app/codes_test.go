package app_test

import (
	"slices"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/standard"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Invented rows hold codes in force of the list that the item is bound to, or that its
// data element is.
func TestInventedRowsHoldCodesOfTheList(t *testing.T) {
	a := apptest.Open(t, apptest.Config(t), app.Options{})
	apptest.Init(t, a)
	steward := apptest.Officer(apptest.Civil, vocab.Steward)
	keeper := identity.Actor{Member: "bureau", Officer: "o-bureau", Roles: []vocab.Role{vocab.Authority}, OfNode: true, Region: "990000"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := a.Standard.PutCodes(t.Context(), keeper, standard.List{ID: "KIN", Name: entry.Text{ZH: "关系代码"}}, []standard.Code{
		{Code: "11", Name: entry.Text{ZH: "夫"}}, {Code: "12", Name: entry.Text{ZH: "妻"}}, {Code: "99", Name: entry.Text{ZH: "旧"}, From: "1990-01-01", Until: "1999-12-31"},
	})
	must(err)
	_, err = a.Standard.PutElement(t.Context(), keeper, standard.Element{ID: "DE-1", Name: entry.Text{ZH: "关系"}, Type: entry.TypeText, CodeList: "KIN"})
	must(err)
	d, err := a.Catalog.Create(t.Context(), steward, entry.Dataset{
		Name: entry.Text{ZH: "家庭成员"}, Provider: "民政局", Subject: vocab.NaturalPerson, Share: vocab.Conditional, ShareCondition: "依法",
		Items: []entry.Item{
			{Code: "relation", Name: entry.Text{ZH: "与户主关系"}, Type: entry.TypeText, CodeList: "KIN"},
			{Code: "kin", Name: entry.Text{ZH: "亲属关系"}, Type: entry.TypeText, Element: "DE-1"},
			{Code: "other", Name: entry.Text{ZH: "别的"}, Type: entry.TypeText, CodeList: "not kept here"},
		},
	})
	must(err)
	about, err := a.Share.About(t.Context(), steward, d.ID)
	must(err)
	if len(about.Rows) == 0 {
		t.Fatal("no rows are invented")
	}
	for _, row := range about.Rows {
		for _, code := range []string{"relation", "kin"} {
			if v := row.Values[d.ItemID(code)]; !slices.Contains([]string{"11", "12"}, v) {
				t.Errorf("%s holds %q, which is no code in force", code, v)
			}
		}
		if v := row.Values[d.ItemID("other")]; v == "" {
			t.Error("an item whose list the node does not keep has no value")
		}
	}
}
