package share

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fontis/internal/trust/access"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// needs are the fields of a submission, by the names that they have outside.
var needs = []struct {
	field string
	lacks func(f *Fields, about vocab.SubjectKind) bool
}{
	{"dataset", func(f *Fields, _ vocab.SubjectKind) bool { return f.Dataset == "" }},
	{"items", func(f *Fields, _ vocab.SubjectKind) bool { return len(f.Items) == 0 }},
	{"question", func(f *Fields, _ vocab.SubjectKind) bool { return f.Question == "" }},
	{"statuses", func(f *Fields, _ vocab.SubjectKind) bool { return f.Question == vocab.Status && len(f.Statuses) == 0 }},
	{"carriages", func(f *Fields, _ vocab.SubjectKind) bool { return len(f.Carriages) == 0 }},
	{"basis.law", func(f *Fields, _ vocab.SubjectKind) bool { return f.Basis.Law == "" }},
	{"basis.article", func(f *Fields, _ vocab.SubjectKind) bool { return f.Basis.Article == "" }},
	{"purpose", func(f *Fields, _ vocab.SubjectKind) bool { return f.Purpose == "" }},
	{"scenario", func(f *Fields, _ vocab.SubjectKind) bool { return f.Scenario == "" }},
	{"from", func(f *Fields, _ vocab.SubjectKind) bool { return f.From.IsZero() }},
	{"until", func(f *Fields, _ vocab.SubjectKind) bool { return f.Until.IsZero() }},
	{"per_day", func(f *Fields, _ vocab.SubjectKind) bool { return f.PerDay == 0 }},
	{"security_measures", func(f *Fields, _ vocab.SubjectKind) bool { return f.Security == "" }},
	{"case_pattern", func(f *Fields, about vocab.SubjectKind) bool { return about.OfPersons() && f.CasePattern == "" }},
	{"impact_ref", func(f *Fields, about vocab.SubjectKind) bool { return about.OfPersons() && f.ImpactRef == "" }},
	{"statute", func(f *Fields, about vocab.SubjectKind) bool {
		return about.OfPersons() && f.Question == vocab.Read && slices.Contains(f.Carriages, vocab.Batch) && f.Statute == ""
	}},
}

// Missing lists every field that a submission lacks, by its name in the API.
func Missing(f *Fields, about vocab.SubjectKind) []string {
	var out []string
	for _, n := range needs {
		if n.lacks(f, about) {
			out = append(out, n.field)
		}
	}
	return out
}

// The most that one request names; a wider wish is another request.
const (
	maxItems    = 500
	maxNetworks = 50
	maxText     = 4000 // signs of scenario, reason, security measures
	maxName     = 200  // signs of names and codes
)

// normalise brings fields to their one form and refuses what no request can say.
// What is missing is no matter here.
func normalise(f *Fields) error {
	f.Items = slices.Clone(f.Items)
	for i, it := range f.Items {
		if !strings.Contains(string(it), "/") {
			f.Items[i] = vocab.ItemID(string(f.Dataset) + "/" + string(it))
		}
	}
	f.Items, f.Statuses = distinct(f.Items), distinct(f.Statuses)
	f.Carriages, f.Networks = distinct(f.Carriages), distinct(f.Networks)
	if f.Dataset == "" {
		return vocab.FieldMissing.Because("a request begins with its data set: dataset")
	}
	for _, check := range []func(*Fields) error{checkWords, checkItems, checkTexts, checkNumbers} {
		if err := check(f); err != nil {
			return err
		}
	}
	if strings.TrimSpace(f.RowScope) == "" {
		f.RowScope = ""
		return nil
	}
	rows, err := access.ParseRows(f.RowScope)
	if err != nil {
		return err
	}
	f.RowScope = access.FormatRows(rows)
	return nil
}

func checkWords(f *Fields) error {
	if f.Question != "" && !slices.Contains(vocab.Questions(), f.Question) {
		return vocab.BadInput.Because("the question is one of compare, status, read")
	}
	for _, c := range f.Carriages {
		switch c {
		case vocab.Single, vocab.Batch:
		case vocab.Subscription:
			return vocab.NotOffered.Because("the carriage subscription is not yet offered")
		default:
			return vocab.BadInput.Because("a carriage is single or batch")
		}
	}
	return nil
}

func checkItems(f *Fields) error {
	if len(f.Items) > maxItems || len(f.Statuses) > maxItems || len(f.Networks) > maxNetworks {
		return vocab.BadInput.Because("a request names at most %d items, %d statuses and %d networks", maxItems, maxItems, maxNetworks)
	}
	for _, it := range f.Items {
		if it.Dataset() != f.Dataset || it.Name() == "" {
			return vocab.BadInput.Because("an item is not of data set %s: one request asks of one data set", f.Dataset)
		}
	}
	return nil
}

func checkTexts(f *Fields) error {
	short := []string{string(f.Dataset), f.Basis.Law, f.Basis.Article, f.Purpose, f.Statute, f.ImpactRef, f.CasePattern, string(f.Previous)}
	for _, it := range f.Items {
		short = append(short, string(it))
	}
	for _, v := range append(short, f.Statuses...) {
		if err := checkText(v, maxName); err != nil {
			return err
		}
	}
	for _, v := range []string{f.Scenario, f.Security, f.RowScope} {
		if err := checkText(v, maxText); err != nil {
			return err
		}
	}
	return access.CheckCasePattern(f.CasePattern)
}

// checkText refuses what no page shows, and what names a person: requests are
// read by many.
func checkText(v string, most int) error {
	if !utf8.ValidString(v) || utf8.RuneCountInString(v) > most {
		return vocab.BadInput.Because("a text of the request is not UTF-8 or longer than %d signs", most)
	}
	for _, r := range v {
		if unicode.IsControl(r) && !(most == maxText && (r == '\n' || r == '\r' || r == '\t')) {
			return vocab.BadInput.Because("a text of the request holds the control character U+%04X", r)
		}
	}
	if subject.HoldsCitizenNumber(v) {
		return vocab.BadInput.Because("a text of the request holds a citizen number; a request names no person")
	}
	return nil
}

func checkNumbers(f *Fields) error {
	switch {
	case f.PerDay < 0 || f.CasesPerDay < 0:
		return vocab.BadInput.Because("a volume is not below 0")
	case !hoursExist(f.HourFrom, f.HourUntil):
		return vocab.BadInput.Because("hours run from 0 to 24, and %d to %d is none of them", f.HourFrom, f.HourUntil)
	case !f.From.IsZero() && !f.Until.IsZero() && !f.From.Before(f.Until):
		return vocab.BadInput.Because("the period would end before it begins")
	}
	for _, n := range f.Networks {
		if !n.IsValid() {
			return vocab.BadInput.Because("a network is written as 10.0.0.0/8")
		}
	}
	return nil
}

func hoursExist(from, until int) bool {
	return from == 0 && until == 0 || from >= 0 && from < 24 && until >= 0 && until <= 24 && from != until
}

// hours are those of the day that a span holds; both 0 hold all.
func hours(from, until int) (in [24]bool) {
	for h := range in {
		switch {
		case from == 0 && until == 0:
			in[h] = true
		case from > until:
			in[h] = h >= from || h < until
		default:
			in[h] = h >= from && h < until
		}
	}
	return in
}

// narrower refuses limits that give more than was asked.
func narrower(r *Request, d *Decision) error {
	if d.Guesses < 0 || d.Guesses > access.MostGuesses {
		return vocab.BadInput.Because("guesses are lowered to 1 to %d, not to %d", access.MostGuesses, d.Guesses)
	}
	if d.PerDay < 0 || r.PerDay > 0 && d.PerDay > r.PerDay {
		return vocab.BadInput.Because("the decision gives %d a day, and %d were asked", d.PerDay, r.PerDay)
	}
	if !d.Until.IsZero() && (d.Until.After(r.Until) || !d.Until.After(r.From)) {
		return vocab.BadInput.Because("the decision's end lies outside the period asked")
	}
	if !hoursExist(d.HourFrom, d.HourUntil) {
		return vocab.BadInput.Because("hours run from 0 to 24, and %d to %d is none of them", d.HourFrom, d.HourUntil)
	}
	if d.HourFrom != 0 || d.HourUntil != 0 {
		asked, got := hours(r.HourFrom, r.HourUntil), hours(d.HourFrom, d.HourUntil)
		for h := range got {
			if got[h] && !asked[h] {
				return vocab.BadInput.Because("the decision gives the hour %d, which was not asked", h)
			}
		}
	}
	for _, n := range d.Networks {
		if !n.IsValid() || len(r.Networks) > 0 && !slices.ContainsFunc(r.Networks, func(o netip.Prefix) bool { return inside(n, o) }) {
			return vocab.BadInput.Because("the decision gives a network that was not asked")
		}
	}
	return nil
}

func inside(n, outer netip.Prefix) bool {
	return n.Bits() >= outer.Bits() && outer.Contains(n.Addr())
}

func distinct[T comparable](in []T) []T {
	var out []T
	for _, v := range in {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
