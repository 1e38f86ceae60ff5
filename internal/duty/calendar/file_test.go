package calendar

import (
	"testing"

	"fontis/internal/vocab"
)

func TestFilesOfDaysAreCheckedByLine(t *testing.T) {
	head := File{Calendar: "CN", Years: []Year{{Year: 2027, Citation: "a notice"}}}
	good, err := ParseCSV([]byte("\ufeffday,kind,name\n2027-01-01,holiday,元旦\n2027-01-03, workday\n"), head)
	if err != nil || len(good.Years[0].Days) != 2 || good.Years[0].Last.String() != "2027-12-31" {
		t.Fatalf("%+v %v", good, err)
	}
	for text, code := range map[string]vocab.Code{
		"2027-02-29,holiday":                     vocab.LineRejected,
		"2027-01-01":                             vocab.LineRejected,
		"2026-01-01,holiday":                     vocab.BadInput,
		"2027-01-01,feast":                       vocab.BadInput,
		"2027-01-01,holiday\n2027-01-01,workday": vocab.BadInput,
		"\"2027":                                 vocab.FileUnreadable,
		"\xff\xfe":                               vocab.FileUnreadable,
	} {
		if _, err := ParseCSV([]byte(text), head); vocab.CodeOf(err) != code {
			t.Errorf("%q: %v, want %s", text, err, code)
		}
	}
	head.Years[0].Citation = " "
	if _, err := ParseCSV([]byte("2027-01-01,holiday"), head); vocab.CodeOf(err) != vocab.FieldMissing {
		t.Errorf("a year without citation: %v", err)
	}
}

func TestRulesAreRefusedWhole(t *testing.T) {
	const head = "[[rule]]\nname='a'\njurisdiction='CN'\n"
	for text, code := range map[string]vocab.Code{
		head + "kind='working-days'\nlength=1\n":                                                          vocab.FieldMissing,
		head + "kind='weeks'\nlength=1\ncitation='x'\n":                                                   vocab.BadInput,
		head + "kind='hours'\nlength=0\ncitation='x'\n":                                                   vocab.BadInput,
		head + "kind='hours'\nlength=1\ncitation='x'\nlenght=2\n":                                         vocab.BadInput,
		head + "kind='hours'\nlength=1\ncitation='x'\nstep=[{after=3,tell='a'},{after=1,tell='b'}]\n":     vocab.BadInput,
		head + "kind='hours'\nlength=1\ncitation='x'\n" + head + "kind='hours'\nlength=2\ncitation='x'\n": vocab.BadInput,
		head + "kind='years'\nlength=101\ncitation='x'\n":                                                 vocab.BadInput,
		head + "kind='years'\nlength=3\ncitation='x'\nstops=['supplement']\n":                             vocab.BadInput,
		head + "kind='years'\nlength=3\ncitation='x'\nstep=[{after=0,tell='a'}]\n":                        vocab.BadInput,
		"[[rule": vocab.FileUnreadable,
	} {
		if _, err := ParseRules([]byte(text)); vocab.CodeOf(err) != code {
			t.Errorf("%q: %v, want %s", text, err, code)
		}
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add([]byte("calendar='CN'\nzone='Asia/Shanghai'\nweekend=['sunday']\n[[year]]\nyear=2027\ncitation='x'\nday=[{from='2027-01-01',kind='holiday'}]\n"))
	f.Add([]byte("calendar=1"))
	f.Add([]byte("[[year]]\nyear=999999\nlast='9999-99-99'"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := ParseFile(text)
		if err != nil {
			return
		}
		for _, y := range file.Years {
			for _, d := range y.Days {
				if d.From > d.Until || d.From.Year() != y.Year {
					t.Fatalf("a run of days was let through: %+v", d)
				}
			}
		}
	})
}

func FuzzParseRules(f *testing.F) {
	f.Add([]byte("[[rule]]\nname='a'\njurisdiction='CN'\nkind='hours'\nlength=1\ncitation='x'\n"))
	f.Add([]byte("[[rule]]\nfrom=2025-01-01\nuntil=2024-01-01T00:00:00Z"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, err := ParseRules(text)
		for _, r := range rules {
			if err == nil && (r.Citation == "" || r.Length <= 0) {
				t.Fatalf("a rule was let through: %+v", r)
			}
		}
	})
}

func FuzzParseCSV(f *testing.F) {
	f.Add([]byte("day,kind,name\n2027-01-01,holiday,x\n"))
	f.Add([]byte("\"\n,,,"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := ParseCSV(text, File{Calendar: "CN", Years: []Year{{Year: 2027, Citation: "x"}}})
		if err == nil && len(file.Years) != 1 {
			t.Fatal("the year is gone")
		}
	})
}
