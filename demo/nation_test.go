package demo_test

import (
	"testing"

	"fontis/demo"
)

func TestANationHasRealDivisions(t *testing.T) {
	n, err := demo.Nation(1)
	if err != nil {
		t.Fatal(err)
	}
	regions := map[string]string{}
	for i := range 30_000 {
		s := n.Set(i)
		regions[s.Region] = s.Provider
	}
	if len(regions) < 3000 || regions["330106"][:len("浙江省杭州市西湖区")] != "浙江省杭州市西湖区" {
		t.Errorf("%d divisions; 330106 is of %q", len(regions), regions["330106"])
	}
}
