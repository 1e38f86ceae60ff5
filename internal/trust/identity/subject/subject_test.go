package subject

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fontis/internal/vocab"
)

func TestCitizenNumbersOfTheStandardPass(t *testing.T) {
	for _, in := range []struct{ typed, canonical string }{
		{"11010519491231002X", "11010519491231002X"},
		{"11010519491231002x", "11010519491231002X"},
		{" 110105 19491231 002X ", "11010519491231002X"},
		{"１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"},
		{"440524188001010014", "440524188001010014"},
	} {
		k, warnings, err := Normalise(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: in.typed}, Options{})
		if err != nil || k.Value != in.canonical || len(warnings) != 0 {
			t.Errorf("case %q: canonical form ok %v, warnings %v, error %v", in.typed, k.Value == in.canonical, warnings, err)
		}
	}
}

func TestRetiredAreasAreTaken(t *testing.T) {
	// 330103, 330104, 350402 are counties whose codes are gone; 500101 is one of 50.
	for _, area := range []string{"330103", "330104", "350402", "500101", "810000", "830000", "110000"} {
		v := area + "19700101001"
		v += string(CitizenCheckSign(v))
		if _, _, err := Normalise(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: v}, Options{}); err != nil {
			t.Errorf("area %s: %v", area, err)
		}
	}
}

func TestWrongCitizenNumbersAreRefused(t *testing.T) {
	signed := func(v string) string { return v + string(CitizenCheckSign(v)) }
	for name, v := range map[string]string{
		"15 digits":          "110105491231002",
		"wrong check":        "110105194912310021",
		"X inside":           "1101051949123100X2",
		"no such day":        signed("11010519490230002"),
		"month 13":           signed("11010519491331002"),
		"year 0":             signed("11010500000101002"),
		"area of zeros":      signed("00000019491231002"),
		"area with 9":        signed("91010519491231002"),
		"demo area":          signed("99000020000229001"),
		"too short":          "1101051949123100",
		"letters":            "ABCDEFGHIJKLMNOPQR",
		"arabic-indic digit": "1101051949123100٢X",
		"empty":              "  ",
		"not text":           "\xff\xfe",
		"far too long":       strings.Repeat("1", 500),
		"born in the future": signed("11010521000101002"),
	} {
		_, _, err := Normalise(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: v}, Options{Today: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
		if !errors.Is(err, vocab.SubjectInvalid) {
			t.Errorf("%s: got %v, want subject-invalid", name, err)
		}
	}
}

func TestDemoAreaNeedsADemoNode(t *testing.T) {
	k := vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: "99000020000229001X"}
	if _, _, err := Normalise(k, Options{}); !errors.Is(err, vocab.SubjectInvalid) {
		t.Errorf("a node that is no demo took area 990000: %v", err)
	}
	_, warnings, err := Normalise(k, Options{Demo: true})
	if err != nil || !cmp.Equal(warnings, []Warning{AreaOfDemo}) {
		t.Errorf("a demo node: warnings %v, error %v", warnings, err)
	}
	k.Value = "990001200002290019"
	if _, _, err := Normalise(k, Options{Demo: true}); err == nil {
		t.Error("a demo node took area 990001")
	}
}

func TestCreditCodesWarnAndNeverRefuseBySign(t *testing.T) {
	for code, want := range map[string][]Warning{
		"91110000123456788M": nil,
		"119900000000123432": nil,
		"11100000000013338W": nil,
		"91370406l24894136j": nil,
		"91350100M0001TGQXM": {CreditCheckSign}, // real pilot codes with other signs
		"91350211M0000XUF46": {CreditCheckSign},
		"91350203M0001FUE2P": {CreditCheckSign},
		"91110000123456788N": {CreditCheckSign},
	} {
		k, warnings, err := Normalise(vocab.SubjectKey{Kind: vocab.CreditCode, Value: code}, Options{})
		if err != nil || !cmp.Equal(warnings, want) {
			t.Errorf("%s: warnings %v, error %v; want %v", code, warnings, err, want)
		}
		if k.Value != strings.ToUpper(code) {
			t.Errorf("%s: canonical %s", code, k.Value)
		}
	}
	for _, code := range []string{"91110000123456788", "9111000012345678OM", "91110000I23456788M", "9111000S123456788M", "91AB0000123456788M"} {
		if _, _, err := Normalise(vocab.SubjectKey{Kind: vocab.CreditCode, Value: code}, Options{}); !errors.Is(err, vocab.SubjectInvalid) {
			t.Errorf("%s was taken: %v", code, err)
		}
	}
	for code, sign := range map[string]byte{"91350100M0001TGQX": '1', "91350211M0000XUF4": 'R', "91350203M0001FUE2": 'J'} {
		if got := CreditCheckSignOf(code); got != sign {
			t.Errorf("check sign of %s: %c, want %c", code, got, sign)
		}
	}
}

func TestOrganisationCodesOfTheStandardPass(t *testing.T) {
	for typed, want := range map[string]string{"12345678-8": "123456788", "123456788": "123456788", "d2143569-x": "D2143569X"} {
		got, err := OrganisationCode(typed)
		if err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", typed, got, err, want)
		}
	}
	for _, typed := range []string{"123456789", "12345678", "1234567_8", ""} {
		if _, err := OrganisationCode(typed); !errors.Is(err, vocab.SubjectInvalid) {
			t.Errorf("%q was taken: %v", typed, err)
		}
	}
}

func TestOtherKindsKeepTheirShape(t *testing.T) {
	good := []vocab.SubjectKey{
		{Kind: vocab.Passport, Value: "e12345678"},
		{Kind: vocab.Permit, Value: "H1234567890"},
		{Kind: vocab.RegisterNumber, Value: "  沪 2020  第12号 "},
	}
	for _, k := range good {
		if _, _, err := Normalise(k, Options{}); err != nil {
			t.Errorf("%s: %v", k.Kind, err)
		}
	}
	k, _, _ := Normalise(good[2], Options{})
	if k.Value != "沪 2020 第12号" {
		t.Errorf("the register number became %q", k.Value)
	}
	bad := []vocab.SubjectKey{
		{Kind: vocab.Passport, Value: "E1"},
		{Kind: vocab.Passport, Value: "E1234567/8"},
		{Kind: vocab.RegisterNumber, Value: "a\x00b"},
		{Kind: "face", Value: "123456"},
		{Value: "11010519491231002X"},
	}
	for _, k := range bad {
		if _, _, err := Normalise(k, Options{}); !errors.Is(err, vocab.SubjectInvalid) {
			t.Errorf("%s was taken: %v", k.Kind, err)
		}
	}
}

func TestNoErrorHoldsTheNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]vocab.SubjectKeyKind{vocab.CitizenNumber, vocab.CreditCode, vocab.Passport, vocab.Permit, vocab.RegisterNumber}).Draw(t, "kind")
		v := rapid.StringMatching(`[0-9A-Z]{9,19}`).Draw(t, "value")
		_, _, err := Normalise(vocab.SubjectKey{Kind: kind, Value: v}, Options{})
		if err != nil && strings.Contains(fmt.Sprintf("%v %+v", err, err), v) {
			t.Fatal("the error holds the number")
		}
	})
}

func drawCitizen(t *rapid.T) string {
	day := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 45_000).Draw(t, "day"))
	v := fmt.Sprintf("%d%05d%s%03d", rapid.IntRange(1, 8).Draw(t, "a"), rapid.IntRange(10000, 99999).Draw(t, "area"),
		day.Format("20060102"), rapid.IntRange(0, 999).Draw(t, "n"))
	return v + string(CitizenCheckSign(v))
}

func TestOneWrongOrSwappedSignIsNeverTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := []byte(drawCitizen(t))
		if _, _, err := Normalise(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: string(v)}, Options{}); err != nil {
			t.Fatalf("a right number was refused: %v", err)
		}
		i := rapid.IntRange(0, 17).Draw(t, "i")
		if rapid.Bool().Draw(t, "swap") && i < 17 && v[i] != v[i+1] {
			v[i], v[i+1] = v[i+1], v[i]
		} else {
			old := v[i]
			v[i] = byte('0' + rapid.IntRange(0, 9).Draw(t, "digit"))
			if v[i] == old {
				t.Skip("the same digit")
			}
		}
		if _, _, err := Normalise(vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: string(v)}, Options{}); err == nil {
			t.Fatal("a wrong number was taken")
		}
	})
}

func TestCitizenNumbersAreFoundInText(t *testing.T) {
	for text, want := range map[string]bool{
		"":                             false,
		"mismatch in case 20261122-17": false,
		"居民11010519491231002x的申请":      true,
		`{"who":"11010519491231002X"}`: true,
		"１１０１０５１９４９１２３１００２Ｘ": true,
		"110105194912310021":                 false, // wrong check sign
		"99911010519491231002X":              false, // part of a longer number
		"99000020000229001X is invented too": true,
	} {
		if got := HoldsCitizenNumber(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func FuzzNormalise(f *testing.F) {
	for _, k := range []string{"11010519491231002X", "110105491231002", "91110000123456788M", "12345678-8", "", "\xff", "１１", "沪 2020"} {
		for _, kind := range []string{"citizen", "credit_code", "permit", "passport", "register", "x"} {
			f.Add(kind, k)
		}
	}
	f.Fuzz(func(t *testing.T, kind, v string) {
		k := vocab.SubjectKey{Kind: vocab.SubjectKeyKind(kind), Value: v}
		c, _, err := Normalise(k, Options{Demo: true})
		if err != nil {
			if !errors.Is(err, vocab.SubjectInvalid) {
				t.Fatalf("another error: %v", err)
			}
			return
		}
		again, _, err := Normalise(c, Options{Demo: true})
		if err != nil || again != c {
			t.Fatalf("the canonical form is not its own: %v", err)
		}
		HoldsCitizenNumber(v)
	})
}

func FuzzOrganisationCode(f *testing.F) {
	f.Add("12345678-8")
	f.Add("D2143569X")
	f.Fuzz(func(t *testing.T, v string) {
		c, err := OrganisationCode(v)
		if err != nil {
			return
		}
		if again, err := OrganisationCode(c); err != nil || again != c {
			t.Fatalf("%q is not its own canonical form: %v", c, err)
		}
	})
}

func TestANumberIsNoPersonsByItsShapeAlone(t *testing.T) {
	early := "11010509491231002"
	early += string(CitizenCheckSign(early))
	if !HoldsCitizenNumber("11010519491231002X") || HoldsCitizenNumber(early) {
		t.Error("the year of birth decides: 1949 is one, 0949 is none")
	}
	if !IsCreditCode("91350100M000100Y43") || IsCreditCode("91350100M000100Y44") || IsCreditCode("11010519491231002X") {
		t.Error("a credit code is one by both its check signs")
	}
}
