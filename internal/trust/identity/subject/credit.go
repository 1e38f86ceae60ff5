package subject

import (
	"strings"

	"fontis/internal/vocab"
)

// creditSigns is the alphabet of GB 32100: no I, O, S, V, Z.
const creditSigns = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// creditWeights are 3^(i-1) mod 31.
var creditWeights = [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

// CreditCheckSignOf computes the last sign of a unified social credit code over
// the first 17; 0 when there are fewer or signs outside the alphabet.
func CreditCheckSignOf(code string) byte {
	if len(code) < 17 {
		return 0
	}
	sum := 0
	for i, w := range creditWeights {
		n := strings.IndexByte(creditSigns, code[i])
		if n < 0 {
			return 0
		}
		sum += w * n
	}
	return creditSigns[(31-sum%31)%31]
}

// IsCreditCode reports whether the text is a credit code with both check signs
// right.
func IsCreditCode(v string) bool {
	warnings, err := checkCredit(v)
	return err == nil && len(warnings) == 0
}

func checkCredit(v string) ([]Warning, error) {
	const kind = vocab.CreditCode
	if len(v) != 18 {
		return nil, invalid(kind, "it has not 18 signs")
	}
	if !all(v, func(b byte) bool { return strings.IndexByte(creditSigns, b) >= 0 }) {
		return nil, invalid(kind, "it holds a sign outside 0-9 and A-Y without I, O, S, V")
	}
	if !all(v[2:8], isDigit) {
		return nil, invalid(kind, "signs 3 to 8 have not the shape of an area code")
	}
	var warnings []Warning
	if CreditCheckSignOf(v) != v[17] {
		warnings = append(warnings, CreditCheckSign)
	}
	if OrganisationCheckSignOf(v[8:16]) != v[16] {
		warnings = append(warnings, OrganisationCheckSign)
	}
	return warnings, nil
}

// organisationWeights are those of GB 11714.
var organisationWeights = [8]int{3, 7, 9, 10, 5, 8, 4, 2}

// OrganisationCheckSignOf computes the ninth sign of an organisation code over
// the first eight; 0 when there are fewer or other signs among them.
func OrganisationCheckSignOf(code string) byte {
	if len(code) < 8 || !all(code[:8], isSign) {
		return 0
	}
	sum := 0
	for i, w := range organisationWeights {
		n := int(code[i] - '0')
		if !isDigit(code[i]) {
			n = int(code[i]-'A') + 10
		}
		sum += w * n
	}
	switch c := 11 - sum%11; c {
	case 10:
		return 'X'
	case 11:
		return '0'
	default:
		return byte('0' + c)
	}
}

// OrganisationCode answers the canonical nine signs of an organisation code,
// printed with or without its hyphen. The error never holds the value.
func OrganisationCode(code string) (string, error) {
	v := Canonical(vocab.SubjectKey{Kind: vocab.CreditCode, Value: code}).Value
	if len(v) != 9 || !all(v, isSign) {
		return "", vocab.SubjectInvalid.Because("the organisation code was refused: it is not nine letters and digits")
	}
	if OrganisationCheckSignOf(v) != v[8] {
		return "", vocab.SubjectInvalid.Because("the organisation code was refused: its check sign does not fit the other signs")
	}
	return v, nil
}
