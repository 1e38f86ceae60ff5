package entry

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fontis/internal/vocab"
)

func described() *Dataset {
	return &Dataset{
		Name: Text{ZH: "养老机构", EN: "care homes"}, Abstract: Text{ZH: "全市养老机构的名称、地址、床位数与联系电话。"}, Theme: "民政", Region: "310000", Cycle: vocab.Daily,
		Maintainer: "信息中心", Share: vocab.Conditional, ShareCondition: "依申请", Subject: vocab.NaturalPerson, LegalBasis: []Cite{{Law: "法"}}, Purposes: []string{"p"}, Level: 2,
		Items: []Item{
			{Code: "name", Name: Text{ZH: "名称", EN: "name"}, Type: TypeText},
			{Code: "uscc", Name: Text{ZH: "代码", EN: "code"}, Type: TypeText, Element: "GB 32100"},
		},
	}
}

func TestAScoreOfAnEntryNamesItsReasons(t *testing.T) {
	if q := Rate(described()); q.Kept != 12 || q.Of != 12 || q.Lacks != nil {
		t.Fatalf("an entry that says everything: %+v", q)
	}
	for rule, spoil := range map[QualityRule]func(*Dataset){
		QualityNames:     func(d *Dataset) { d.Name.EN = "" },
		QualityAbstract:  func(d *Dataset) { d.Abstract = Text{ZH: "养老机构"} },
		QualityTheme:     func(d *Dataset) { d.Theme = "" },
		QualityRegion:    func(d *Dataset) { d.Region = "" },
		QualityCycle:     func(d *Dataset) { d.Cycle = "" },
		QualityContact:   func(d *Dataset) { d.Maintainer = "" },
		QualityItemNames: func(d *Dataset) { d.Items[0].Name.EN = "" },
		QualityTypes:     func(d *Dataset) { d.Items[0].Type = "" },
		QualityElements:  func(d *Dataset) { d.Items[1].Element = "" },
		QualityAsking:    func(d *Dataset) { d.ShareCondition = "" },
		QualityBasis:     func(d *Dataset) { d.Purposes = nil },
	} {
		d := described()
		spoil(d)
		if diff := cmp.Diff(Quality{Kept: 11, Of: 12, Lacks: []QualityRule{rule}}, Rate(d)); diff != "" {
			t.Errorf("without %s (-want +got):\n%s", rule, diff)
		}
	}
	bare := described()
	bare.Items, bare.Subject = nil, vocab.LegalEntity
	if diff := cmp.Diff(Quality{Kept: 7, Of: 8, Lacks: []QualityRule{QualityItems}}, Rate(bare)); diff != "" {
		t.Errorf("without items and persons, what they need is not asked for:\n%s", diff)
	}
}

func TestAScoreAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := genDataset(t)
		if q := Rate(d); q.Kept+len(q.Lacks) != q.Of || q.Of < 8 {
			t.Fatalf("%+v of %+v", q, d)
		}
	})
}

func TestADegreeSaysHowMuchIsSaid(t *testing.T) {
	for want, qs := range map[Degree][]Quality{
		Whole: {{Kept: 12, Of: 12}, {Kept: 8, Of: 8}},
		Most:  {{Kept: 11, Of: 12}, {Kept: 9, Of: 12}, {Kept: 6, Of: 8}},
		Less:  {{Kept: 8, Of: 12}, {Kept: 5, Of: 8}, {Kept: 0, Of: 8}},
	} {
		for _, q := range qs {
			if got := q.Degree(); got != want {
				t.Errorf("%d of %d is %s, not %s", q.Kept, q.Of, got, want)
			}
		}
	}
}
