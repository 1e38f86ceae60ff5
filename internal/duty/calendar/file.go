package calendar

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fontis/internal/engine/strict"
	"fontis/internal/vocab"
)

// File is what an import brings: a calendar's years.
type File struct {
	Calendar string   `json:"calendar" toml:"calendar"`
	Zone     string   `json:"zone,omitempty" toml:"zone"`       // Asia/Shanghai
	Weekend  []string `json:"weekend,omitempty" toml:"weekend"` // saturday, sunday
	Years    []Year   `json:"years" toml:"year"`
}

// Year is one year of a calendar with where it was read.
type Year struct {
	Year     int    `json:"year" toml:"year"`
	Last     Day    `json:"last,omitzero" toml:"last"` // the last known day; 31 December when empty
	Citation string `json:"citation" toml:"citation"`
	Source   string `json:"source,omitempty" toml:"source"`
	Verified bool   `json:"verified" toml:"verified"`
	Replaces bool   `json:"replaces,omitempty" toml:"replaces"` // of an import: a later notice changed a year that ships
	Own      bool   `json:"own,omitempty" toml:"-"`             // the node's, and not one that ships
	Days     []Span `json:"days" toml:"day"`
}

// Span is a run of days that differ from their weekday.
type Span struct {
	From  Day    `json:"from" toml:"from"`
	Until Day    `json:"until,omitzero" toml:"until"` // the last of them; From when empty
	Kind  string `json:"kind" toml:"kind"`            // holiday or workday
	Name  string `json:"name,omitempty" toml:"name"`
}

// The kinds of days that differ.
const (
	Holiday = "holiday"
	Workday = "workday"
)

const (
	maxFile  = 1 << 20
	maxName  = 200
	maxYears = 50
	minYear  = 1900
	maxYear  = 2200

	mostHolidays = 100 // in a year, weekends aside
)

// ParseFile reads a calendar as TOML.
func ParseFile(text []byte) (File, error) {
	var f File
	if err := decode(text, &f); err != nil {
		return File{}, err
	}
	return f, f.check()
}

// ParseCSV reads one year's days as lines of day,kind,name into a file that says
// the rest: calendar, year, citation.
func ParseCSV(text []byte, head File) (File, error) {
	if len(head.Years) != 1 {
		return File{}, vocab.BadInput.Because("a list of days is of one year: say which")
	}
	if len(text) > maxFile || !utf8.Valid(text) {
		return File{}, vocab.FileUnreadable.Because("a list of days is UTF-8 and at most %d bytes", maxFile)
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	in.FieldsPerRecord, in.TrimLeadingSpace = -1, true
	f := head
	y := head.Years[0]
	y.Days = nil
	for line := 1; ; line++ {
		rec, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return File{}, vocab.FileUnreadable.Because("line %d is no line of CSV", line)
		}
		if line == 1 && strings.EqualFold(strings.TrimSpace(rec[0]), "day") {
			continue
		}
		if len(rec) < 2 {
			return File{}, vocab.LineRejected.Because("line %d has no kind: write day,kind,name", line)
		}
		day, err := ParseDay(strings.TrimSpace(rec[0]))
		if err != nil {
			return File{}, vocab.LineRejected.Wrap(err, "line %d", line)
		}
		span := Span{From: day, Kind: strings.ToLower(strings.TrimSpace(rec[1]))}
		if len(rec) > 2 {
			span.Name = strings.TrimSpace(rec[2])
		}
		y.Days = append(y.Days, span)
	}
	f.Years = []Year{y}
	return f, f.check()
}

// RuleFile is a list of rules as TOML.
type RuleFile struct {
	Rules []Rule `json:"rules" toml:"rule"`
}

// ParseRules reads rules as TOML.
func ParseRules(text []byte) ([]Rule, error) {
	var f RuleFile
	if err := decode(text, &f); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i := range f.Rules {
		if err := f.Rules[i].check(); err != nil {
			return nil, err
		}
		key := f.Rules[i].key()
		if seen[key] {
			return nil, vocab.BadInput.Because("the rule %s of %s stands twice", f.Rules[i].Name, f.Rules[i].Jurisdiction)
		}
		seen[key] = true
	}
	return f.Rules, nil
}

// decode reads TOML from outside; a key that nobody reads is a mistake.
func decode(text []byte, into any) error {
	if len(text) > maxFile || !utf8.Valid(text) {
		return vocab.FileUnreadable.Because("a file of rules or days is UTF-8 and at most %d bytes", maxFile)
	}
	return strict.TOML(text, into, "the file")
}

func (r *Rule) check() error {
	for _, v := range []string{r.Name, r.Jurisdiction} {
		if v == "" || len(v) > maxName {
			return vocab.FieldMissing.Because("a rule has a name and a jurisdiction of at most %d bytes", maxName)
		}
		if !oneWord(v) {
			return vocab.BadInput.Because("%q is no name of a rule or a jurisdiction: one word that prints", v)
		}
	}
	switch {
	case strings.HasPrefix(r.Name, keeping) != (r.Kind == Years):
		return vocab.BadInput.Because("the rule %s counts in %s: how long records are kept, and nothing else, counts in years", r.Name, r.Kind)
	case r.Kind == Years && (r.Length > mostBound || r.Extension > 0 || len(r.Stops)+len(r.Steps) > 0):
		return vocab.BadInput.Because("the rule %s counts in years: it has 1 to %d of them, and no extension, stop or step", r.Name, mostBound)
	case r.Kind != Years && !slices.Contains(Kinds(), r.Kind):
		return vocab.BadInput.Because("the rule %s counts in %q; a term is in working-days, calendar-days, hours or years", r.Name, r.Kind)
	case r.Length <= 0 || r.Length > mostDays || r.Extension < 0 || r.Extension > mostDays:
		return vocab.BadInput.Because("the rule %s has the length %d and the extension %d", r.Name, r.Length, r.Extension)
	case strings.TrimSpace(r.Citation) == "":
		return vocab.FieldMissing.Because("the rule %s has no citation", r.Name)
	case strings.ContainsFunc(r.Citation, unicode.IsControl):
		return vocab.BadInput.Because("the citation of the rule %s stands on one line", r.Name)
	case !r.Until.IsZero() && !r.From.Before(r.Until):
		return vocab.BadInput.Because("the rule %s ends before it begins", r.Name)
	}
	if r.From, r.Until = r.From.UTC(), r.Until.UTC(); r.From.IsZero() {
		r.From = time.Time{}
	}
	last := 0
	for _, s := range r.Steps {
		if s.After < last || s.Tell == "" {
			return vocab.BadInput.Because("the steps of the rule %s go on in time, and each tells somebody", r.Name)
		}
		last = s.After
	}
	return nil
}

// oneWord reports whether a name prints and has no blank, so that it stands on one
// line wherever it is shown.
func oneWord(v string) bool {
	return utf8.ValidString(v) && !strings.ContainsFunc(v, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) })
}

func (f *File) check() error {
	if f.Calendar == "" || len(f.Calendar) > maxName {
		return vocab.FieldMissing.Because("a calendar has a name, such as CN")
	}
	if !oneWord(f.Calendar) {
		return vocab.BadInput.Because("%q is no name of a calendar: one word that prints", f.Calendar)
	}
	if _, err := f.zone(); err != nil {
		return err
	}
	if _, err := f.weekend(); err != nil {
		return err
	}
	if len(f.Years) == 0 || len(f.Years) > maxYears {
		return vocab.BadInput.Because("a calendar file holds 1 to %d years", maxYears)
	}
	years := map[int]bool{}
	for i := range f.Years {
		if years[f.Years[i].Year] {
			return vocab.BadInput.Because("the year %d stands twice", f.Years[i].Year)
		}
		years[f.Years[i].Year] = true
		if err := f.Years[i].check(); err != nil {
			return err
		}
	}
	return nil
}

func (f *File) zone() (*time.Location, error) {
	if f.Zone == "Local" {
		return nil, vocab.BadInput.Because("a calendar names its time zone, such as Asia/Shanghai")
	}
	zone, err := time.LoadLocation(f.Zone)
	if err != nil {
		return nil, vocab.BadInput.Because("%q is no time zone; write Asia/Shanghai", f.Zone)
	}
	return zone, nil
}

func (f *File) weekend() (out [7]bool, err error) {
	for _, name := range f.Weekend {
		found := false
		for d := time.Sunday; d <= time.Saturday; d++ {
			if strings.EqualFold(d.String(), name) {
				out[d], found = true, true
			}
		}
		if !found {
			return out, vocab.BadInput.Because("%q is no day of the week", name)
		}
	}
	if out == [7]bool{true, true, true, true, true, true, true} {
		return out, vocab.BadInput.Because("a calendar has a day on which people work")
	}
	return out, nil
}

func (y *Year) check() error {
	if y.Year < minYear || y.Year > maxYear {
		return vocab.BadInput.Because("the year %d lies outside %d to %d", y.Year, minYear, maxYear)
	}
	if strings.TrimSpace(y.Citation) == "" {
		return vocab.FieldMissing.Because("the year %d has no citation: which notice says so?", y.Year)
	}
	if y.Last == 0 {
		y.Last = DayOf(y.Year, time.December, 31)
	}
	if y.Last.Year() != y.Year {
		return vocab.BadInput.Because("the last known day %s is not in %d", y.Last, y.Year)
	}
	seen, off := map[Day]bool{}, 0
	for i := range y.Days {
		span := &y.Days[i]
		if span.Until == 0 {
			span.Until = span.From
		}
		if span.Kind != Holiday && span.Kind != Workday {
			return vocab.BadInput.Because("%s is %q; a day is a holiday or a workday", span.From, span.Kind)
		}
		if span.From.Year() != y.Year || span.Until.Year() != y.Year || span.Until < span.From || len(span.Name) > maxName {
			return vocab.BadInput.Because("the days %s to %s are no run of days of %d", span.From, span.Until, y.Year)
		}
		for d := span.From; d <= span.Until; d++ {
			if seen[d] {
				return vocab.BadInput.Because("%s stands twice in %d", d, y.Year)
			}
			seen[d] = true
			if span.Kind == Holiday {
				off++
			}
		}
	}
	if off > mostHolidays {
		return vocab.BadInput.Because("the year %d has %d holidays; at most %d are taken, or no term of working days would ever end", y.Year, off, mostHolidays)
	}
	return nil
}
