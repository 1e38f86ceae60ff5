package level_test

import (
	"testing"

	"pgregory.net/rapid"

	"fontis/internal/duty/share/level"
	"fontis/internal/vocab"
)

// The tree: a province, two of its cities, a district of the first.
var tree = []level.Body{{"province", "310000"}, {"city", "310100"}, {"other", "310200"}, {"district", "310115"}}

func TestTheCommonSuperiorIsTheLowestAboveBoth(t *testing.T) {
	city, province := tree[1], tree[0]
	for _, c := range []struct {
		name    string
		regions []string
		over    *level.Body
		not     vocab.MemberID
		want    vocab.MemberID
	}{
		{"of the provider's own level", []string{"310115"}, nil, "", "district"},
		{"none of its own level takes part", []string{"310116"}, nil, "", "city"},
		{"the provider does not rule on itself", []string{"310115"}, nil, "district", "city"},
		{"of two districts of a city", []string{"310115", "310116"}, &tree[3], "", "city"},
		{"of two cities", []string{"310115", "310200"}, &city, "", "province"},
		{"above the city", []string{"310115", "310116"}, &city, "", "province"},
		{"nobody above the province", []string{"310115"}, &province, "", ""},
		{"nobody above two provinces", []string{"310115", "320100"}, nil, "", ""},
	} {
		got, ok := level.Nearest(tree, c.regions, c.over, c.not)
		if got.Member != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q, want %q", c.name, got.Member, c.want)
		}
	}
}

// Whoever is found stands above both, whatever the order in which they are known.
func TestNobodyRulesBesideTheTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.Permutation(tree).Draw(t, "order")
		a, b := rapid.SampledFrom(tree).Draw(t, "a"), rapid.SampledFrom(tree).Draw(t, "b")
		got, ok := level.Nearest(all, []string{a.Region, b.Region}, &a)
		if want, okWant := level.Nearest(tree, []string{a.Region, b.Region}, &a); got != want || ok != okWant {
			t.Fatalf("%v or %v, by the order", got, want)
		}
		if ok && (got == a || got == b && b.Region != "310000" && a.Region == b.Region) {
			t.Fatalf("%s rules above %s and %s", got.Member, a.Member, b.Member)
		}
	})
}
