package input

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cellText is the text of a workbook's cell as its author saw it. raw is what
// is stored, shown what its number format makes of it.
//
// A code never becomes a number in another dress: the leading zeros that a
// format shows stay, and where a format would show 1.1E+17 the digits stand. A
// date becomes 2006-01-02, since 7/8/23 says nothing by itself.
func cellText(raw, shown string, from1904 bool) (string, Problem) {
	if isFormulaError(raw) {
		return raw, FormulaError
	}
	if shown == "" {
		shown = raw // a format that hides the text hides it from people only
	}
	if !isNumber(raw) {
		return shown, ""
	}
	if raw != shown {
		if day, ok := serialDate(raw, shown, from1904); ok {
			return day, ""
		}
	}
	digits, exact := plainDigits(raw)
	if !exact {
		return shown, ""
	}
	lost := (raw != digits || raw != shown) && losesDigits(digits)
	if isScientific(shown) || lost || len(strings.TrimLeft(digits, "-")) > 15 {
		if lost {
			return digits, DigitsLost
		}
		return digits, ""
	}
	return shown, ""
}

func isFormulaError(s string) bool {
	return len(s) > 3 && s[0] == '#' &&
		slices.Contains([]string{"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"}, s)
}

// isNumber holds for what a workbook stores as a number, and for texts that
// look so; the two cannot be told apart here and need not be.
func isNumber(s string) bool {
	if s == "" || len(s) > 40 || strings.ContainsAny(s, "xXpPnNiI_ ") {
		return false
	}
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

func isScientific(s string) bool {
	mantissa, exp, ok := strings.Cut(strings.ToUpper(s), "E")
	if !ok || mantissa == "" {
		return false
	}
	_, err := strconv.Atoi(exp)
	return err == nil && isNumber(mantissa)
}

// plainDigits writes a whole number without exponent. A text such as 12E5 is a
// code and stays: a workbook stores numbers with a point before the exponent
// or with the sign after it.
func plainDigits(raw string) (string, bool) {
	if !strings.ContainsAny(raw, "eE.") {
		return raw, true
	}
	mantissa, exp, ok := strings.Cut(strings.ToUpper(raw), "E")
	if ok {
		n, err := strconv.Atoi(exp)
		if err != nil || n < 0 || n > 30 || !strings.Contains(mantissa, ".") && !strings.HasPrefix(exp, "+") {
			return "", false
		}
	}
	r, ok := new(big.Rat).SetString(raw)
	if !ok || !r.IsInt() {
		return "", false
	}
	return r.Num().String(), true
}

// losesDigits holds for a whole number of more than 15 digits that ends in
// zeros from the 16th on: a spreadsheet program keeps no more. A
// text of the same digits is shown as it is stored and is not asked.
func losesDigits(digits string) bool {
	d := strings.TrimLeft(digits, "-")
	return len(d) > 15 && strings.Trim(d[15:], "0") == ""
}

// serialDate reads a stored number as a day when what is shown is made of that
// day's parts, in whatever order and language.
func serialDate(raw, shown string, from1904 bool) (string, bool) {
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil || f < 1 || f >= 2958466 || isNumber(shown) || strings.ContainsAny(shown, "%$¥€") {
		return "", false
	}
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if from1904 {
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	whole, part := math.Modf(f)
	t := epoch.AddDate(0, 0, int(whole)).Add(time.Duration(math.Round(part*86400)) * time.Second)
	if !madeOf(shown, t) {
		return "", false
	}
	if part > 1e-6 && strings.Contains(shown, ":") {
		return t.Format("2006-01-02 15:04:05"), true
	}
	return t.Format(time.DateOnly), true
}

// madeOf reports whether each number in shown is a part of t, at least two of
// year, month and day among them.
func madeOf(shown string, t time.Time) bool {
	y, m, d := t.Date()
	calendar := map[int]bool{y: true, y % 100: true, int(m): true, d: true}
	clock := map[int]bool{t.Hour(): true, (t.Hour()+11)%12 + 1: true, t.Minute(): true, t.Second(): true}
	found := 0
	for run := range strings.FieldsFuncSeq(shown, func(r rune) bool { return r < '0' || r > '9' }) {
		n, err := strconv.Atoi(run)
		if err != nil || !calendar[n] && !clock[n] {
			return false
		}
		if calendar[n] {
			found++
		}
	}
	named := strings.Contains(shown, t.Format("Jan"))
	return found >= 2 || found == 1 && named
}
