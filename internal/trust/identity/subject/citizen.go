package subject

import (
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"fontis/internal/vocab"
)

// citizenWeights are 2^(17-i) mod 11, as GB 11643 prints them.
var citizenWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const citizenSigns = "10X98765432"

// CitizenCheckSign computes the last sign over the first 17 digits; 0 when
// there are fewer or other signs among them.
func CitizenCheckSign(number string) byte {
	if len(number) < 17 || !all(number[:17], isDigit) {
		return 0
	}
	sum := 0
	for i, w := range citizenWeights {
		sum += w * int(number[i]-'0')
	}
	return citizenSigns[sum%11]
}

func checkCitizen(v string, o Options) ([]Warning, error) {
	const kind = vocab.CitizenNumber
	if len(v) == 15 && all(v, isDigit) {
		return nil, invalid(kind, "it is of the old 15-digit form; ask for the holder's present document")
	}
	if len(v) != 18 || !all(v[:17], isDigit) || !isDigit(v[17]) && v[17] != 'X' {
		return nil, invalid(kind, "it is not 17 digits and a digit or X")
	}
	// Areas come and go, so only the shape is checked: a retired county keeps
	// its residents' numbers valid for life.
	demo := v[:6] == DemoArea
	if demo && !o.Demo {
		return nil, invalid(kind, "its area 990000 does not exist; only a demo node takes it")
	}
	if !demo && (v[0] < '1' || v[0] > '8' || v[1] == '0' && v[0] != '5') {
		return nil, invalid(kind, "its first six digits have not the shape of an area code")
	}
	born, err := time.Parse("20060102", v[6:14])
	if err != nil || born.Year() < 1800 {
		return nil, invalid(kind, "digits 7 to 14 are no day of the calendar")
	}
	if !o.Today.IsZero() && born.After(o.Today) {
		return nil, invalid(kind, "its day of birth lies in the future")
	}
	if CitizenCheckSign(v) != v[17] {
		return nil, invalid(kind, "its check sign does not fit the other digits")
	}
	if demo {
		return []Warning{AreaOfDemo}, nil
	}
	return nil, nil
}

// The years of birth that a number in free text may say; without them one in
// three hundred other numbers of 18 digits would pass for a person's.
const (
	firstBirth = 1850
	lastBirth  = 2100
)

// HoldsCitizenNumber reports whether free text carries something that is a
// whole citizen number by its check sign and date, in any area. Parameters of
// notices and fields of acts are tried with it, as a net under the rule that
// they hold no personal data.
func HoldsCitizenNumber(text string) bool {
	s := strings.ToUpper(norm.NFKC.String(text))
	for i := 0; i+18 <= len(s); i++ {
		if !isDigit(s[i]) || i > 0 && isDigit(s[i-1]) || i+18 < len(s) && isDigit(s[i+18]) {
			continue
		}
		w := s[i : i+18]
		if CitizenCheckSign(w) != w[17] || CitizenCheckSign(w) == 0 {
			continue
		}
		if born, err := time.Parse("20060102", w[6:14]); err == nil && born.Year() >= firstBirth && born.Year() <= lastBirth {
			return true
		}
	}
	return false
}
