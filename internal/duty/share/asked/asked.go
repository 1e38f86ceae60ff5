package asked

import (
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// Fields are what the requester writes. All may stay empty in a draft; Missing
// says what a submission lacks.
type Fields struct {
	Dataset   vocab.DatasetID  `json:"dataset"`
	Items     []vocab.ItemID   `json:"items,omitempty"` // an item's code alone is enough to write
	Question  vocab.Question   `json:"question,omitempty"`
	Statuses  []string         `json:"statuses,omitempty"` // for the question status
	Carriages []vocab.Carriage `json:"carriages,omitempty"`

	Basis    entry.Cite `json:"basis,omitzero"` // law and article
	Purpose  string     `json:"purpose,omitempty"`
	Scenario string     `json:"scenario,omitempty"`
	Statute  string     `json:"statute,omitempty"`   // that names reading about persons in a batch
	RowScope string     `json:"row_scope,omitempty"` // conditions on columns: state = 'active' and ended is null

	From        time.Time      `json:"from,omitzero"`
	Until       time.Time      `json:"until,omitzero"`
	PerDay      int64          `json:"per_day,omitempty"` // volume: subjects a day
	CasePattern string         `json:"case_pattern,omitempty"`
	CasesPerDay int            `json:"cases_per_day,omitempty"`
	HourFrom    int            `json:"hour_from,omitempty"`
	HourUntil   int            `json:"hour_until,omitempty"` // both 0: at any hour
	Networks    []netip.Prefix `json:"networks,omitempty"`
	Existence   bool           `json:"existence,omitempty"` // wishes to learn why an answer is unknown

	Security  string          `json:"security_measures,omitempty"`
	ImpactRef string          `json:"impact_ref,omitempty"` // impact assessment, where people are concerned
	Previous  vocab.RequestID `json:"previous,omitempty"`   // the request that this one goes on from
}

// BasisText is law and article in one line, as grants and records hold it.
func (f *Fields) BasisText() string {
	return strings.TrimSpace(f.Basis.Law + " " + f.Basis.Article)
}

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
	MaxText     = 4000 // signs of scenario, reason, security measures
	MaxName     = 200  // signs of names and codes
)

// Normalise brings fields to their one form and refuses what no request can say.
// What is missing is no matter here.
func Normalise(f *Fields) error {
	f.Items = slices.Clone(f.Items)
	for i, it := range f.Items {
		if !strings.Contains(string(it), "/") {
			f.Items[i] = vocab.ItemID(string(f.Dataset) + "/" + string(it))
		}
	}
	f.Items, f.Statuses = Distinct(f.Items), Distinct(f.Statuses)
	f.Carriages, f.Networks = Distinct(f.Carriages), Distinct(f.Networks)
	if f.Dataset == "" {
		return vocab.FieldMissing.Because("a request begins with its data set: dataset")
	}
	if err := Check(f); err != nil {
		return err
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

// Check refuses what no request says, also one of what nobody lists yet.
func Check(f *Fields) error {
	for _, check := range []func(*Fields) error{checkWords, checkItems, checkTexts, checkNumbers} {
		if err := check(f); err != nil {
			return err
		}
	}
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
		if err := CheckText(v, MaxName); err != nil {
			return err
		}
	}
	for _, v := range []string{f.Scenario, f.Security, f.RowScope} {
		if err := CheckText(v, MaxText); err != nil {
			return err
		}
	}
	return access.CheckCasePattern(f.CasePattern)
}

// CheckText refuses what no page shows, and what names a person: requests are
// read by many.
func CheckText(v string, most int) error {
	if !utf8.ValidString(v) || utf8.RuneCountInString(v) > most {
		return vocab.BadInput.Because("a text of the request is not UTF-8 or longer than %d signs", most)
	}
	for _, r := range v {
		if unicode.IsControl(r) && !(most == MaxText && (r == '\n' || r == '\r' || r == '\t')) {
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
	case !HoursExist(f.HourFrom, f.HourUntil):
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

// HoursExist says whether a span of hours is one of a day; both 0 are any hour.
func HoursExist(from, until int) bool {
	return from == 0 && until == 0 || from >= 0 && from < 24 && until >= 0 && until <= 24 && from != until
}

// Distinct is a list without what stands in it already.
func Distinct[T comparable](in []T) []T {
	var out []T
	for _, v := range in {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
