package twin_test

import (
	"regexp"
	"testing"
	"time"

	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/access/twin"
	"fontis/internal/vocab"
)

// register is what a population register and its neighbours hold.
var register = map[vocab.ItemID]struct {
	twin.Item
	want string
}{
	"d-1/number":   {twin.Item{Name: "公民身份号码"}, `^990000\d{11}[0-9X]$`},
	"d-1/name":     {twin.Item{Name: "姓名", Compare: "name"}, `^测试[甲乙丙丁戊己庚辛壬癸]$`},
	"d-1/sex":      {twin.Item{Name: "性别", Compare: "text"}, `^[男女]$`},
	"d-1/sex_code": {twin.Item{Name: "性别代码"}, `^[12]$`},
	"d-1/born":     {twin.Item{Name: "出生日期", Compare: "date"}, `^\d{4}-\d\d-\d\d$`},
	"d-1/died":     {twin.Item{Name: "死亡日期", Compare: "date"}, `^202\d-\d\d-\d\d$`},
	"d-1/since":    {twin.Item{Name: "有效期起", Kind: "date"}, `^202[23]-`},
	"d-1/until":    {twin.Item{Name: "有效期止", Kind: "date"}, `^203\d-`},
	"d-1/town":     {twin.Item{Name: "乡级区划代码", Compare: "text"}, `^990000\d{3}$`},
	"d-1/address":  {twin.Item{Name: "登记住址", Compare: "text"}, `^测试县测试路\d+号$`},
	"d-1/employer": {twin.Item{Name: "参保单位代码"}, `^91990000`},
	"d-1/sex_list": {twin.Item{Name: "性别代码", Codes: []string{"0", "1", "2", "9"}}, `^[12]$`},
	"d-1/kind":     {twin.Item{Name: "险种代码", Kind: "number", Codes: []string{"110", "120", "310"}}, `^(110|120|310)$`},
	"d-1/scheme":   {twin.Item{Name: "险种"}, `^测试险种[甲乙丙丁戊己庚辛壬癸]$`},
	"d-1/short":    {twin.Item{Name: "备注说明", Length: 3}, `^测试备$`},
	"d-1/plain":    {twin.Item{}, `^测试plain[甲乙丙丁戊己庚辛壬癸]$`},
}

// What a stranger sees of a data set is plainly invented, and yet what such an item
// would hold.
func TestInventedValuesFitTheirItems(t *testing.T) {
	g := grant.Grant{
		To: "tax", Provider: "civil", Dataset: "d-1", Question: vocab.Read, Carriages: []vocab.Carriage{vocab.Single},
		About: vocab.NaturalPerson, Purpose: "p", From: time.Now(), Until: time.Now().AddDate(1, 0, 0),
	}
	for item := range register {
		g.Items = append(g.Items, item)
	}
	made, err := twin.New("r-1", g, func(id vocab.ItemID) twin.Item { return register[id].Item })
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range made.Rows() {
		for item, of := range register {
			if got := row.Values[item]; !regexp.MustCompile(of.want).MatchString(got) {
				t.Errorf("%s holds %q, want %s", item, got, of.want)
			}
		}
		number, born := row.Values["d-1/number"], row.Values["d-1/born"]
		if number != row.Subject.Value || number[6:14] != born[:4]+born[5:7]+born[8:] {
			t.Errorf("the number %s of %s does not fit the birthday %s", number, row.Subject.Value, born)
		}
		if man := (number[16]-'0')%2 == 1; man != (row.Values["d-1/sex"] == "男") || man != (row.Values["d-1/sex_code"] == "1") {
			t.Errorf("the sex %s does not fit the number %s", row.Values["d-1/sex"], number)
		}
		if row.Values["d-1/died"] <= born || row.Values["d-1/since"] >= row.Values["d-1/until"] {
			t.Errorf("the days of %s are out of order: %v", number, row.Values)
		}
	}
}
