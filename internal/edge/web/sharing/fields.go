package sharing

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/edge/problem"
	"fontis/internal/edge/web/look"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// allFields are the inputs of a whole request in the order of the steps, with what
// the draft says.
func allFields(v *page.Visit, d *entry.Dataset, f share.Fields) []page.Field {
	persons := d.Subject.OfPersons()
	out := []page.Field{
		{Name: "purpose", Hint: true, Need: true, Samples: d.Purposes[:min(5, len(d.Purposes))]},
		{Name: "scenario", Kind: "long", Hint: true, Need: true},
		{Name: "law", Need: true},
		{Name: "article", Need: true},
		{Name: "items", Kind: "checks", Need: true, Options: itemOptions(v, d)},
		{Name: "row_scope", Hint: true},
		{Name: "question", Kind: "radios", Hint: true, Options: page.Words(v, "question", vocab.Questions())},
		{Name: "statuses", Hint: true},
		{Name: "carriages", Kind: "checks", Need: true, Options: page.Words(v, "carriage", []vocab.Carriage{vocab.Single, vocab.Batch})},
		{Name: "existence", Kind: "check"},
		{Name: "from", Kind: "date", Need: true},
		{Name: "until", Kind: "date", Need: true},
		{Name: "per_day", Kind: "number", Need: true},
		{Name: "case_pattern", Hint: true, Need: persons},
		{Name: "cases_per_day", Kind: "number", Hint: true},
		{Name: "hour_from", Kind: "number"},
		{Name: "hour_until", Kind: "number", Hint: true},
		{Name: "networks", Hint: true},
		{Name: "security_measures", Kind: "long", Need: true},
		{Name: "impact_ref", Hint: true, Need: persons},
		{Name: "statute", Hint: true},
	}
	for i := range out {
		said := saidOf(f, out[i].Name)
		if out[i].Values = said; len(said) > 0 && out[i].Kind != "checks" && out[i].Kind != "check" {
			out[i].Value, out[i].Values = said[0], nil
		}
	}
	return out
}

// itemOptions are the items that can be asked for; the others could only be refused.
func itemOptions(v *page.Visit, d *entry.Dataset) []page.Option {
	var out []page.Option
	for _, it := range d.Items {
		if len(it.Tags) > 0 && d.Subject.OfPersons() || d.ShareOf(it) == vocab.NotShared {
			continue
		}
		out = append(out, page.Option{Value: string(d.ItemID(it.Code)), Label: v.WithCode(it.Name.In(string(v.Call.Lang)), it.Code)})
	}
	return out
}

// saidOf is what a draft says in one field, as its input holds it.
func saidOf(f share.Fields, name string) []string {
	switch name {
	case "items":
		return words(f.Items)
	case "carriages":
		return words(f.Carriages)
	case "question":
		return []string{string(f.Question)}
	case "statuses":
		return []string{strings.Join(f.Statuses, ", ")}
	case "networks":
		return []string{networksText(f.Networks)}
	case "from":
		return []string{dayOf(f.From)}
	case "until":
		return []string{dayOf(f.Until)}
	case "per_day":
		return []string{page.Number(f.PerDay)}
	case "cases_per_day":
		return []string{page.Number(int64(f.CasesPerDay))}
	case "hour_from":
		return []string{hourText(f, f.HourFrom)}
	case "hour_until":
		return []string{hourText(f, f.HourUntil)}
	case "existence":
		return map[bool][]string{true: {"yes"}}[f.Existence]
	}
	return []string{*text(&f, name)}
}

// text is where a field of plain text stands; nil for the others.
func text(f *share.Fields, name string) *string {
	return map[string]*string{
		"law": &f.Basis.Law, "article": &f.Basis.Article, "purpose": &f.Purpose, "scenario": &f.Scenario, "statute": &f.Statute,
		"row_scope": &f.RowScope, "case_pattern": &f.CasePattern, "security_measures": &f.Security, "impact_ref": &f.ImpactRef,
	}[name]
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(look.Official()).Format(time.DateOnly)
}

// hourText is an hour as the form holds it; a span of no hours is every hour, and
// midnight is one where there is a span.
func hourText(f share.Fields, hour int) string {
	if f.HourFrom == 0 && f.HourUntil == 0 {
		return ""
	}
	return strconv.Itoa(hour)
}

func networksText(list []netip.Prefix) string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.String()
	}
	return strings.Join(out, ", ")
}

// readStep reads the fields of a step over what stands; of no step, all of them.
// What cannot be read is told by its field.
func readStep(v *page.Visit, step string, f share.Fields) (share.Fields, []problem.Fault) {
	var faults []problem.Fault
	for _, name := range asks(step) {
		if wrong := readField(v, name, &f); wrong != "" {
			faults = append(faults, problem.Fault{Where: name, What: v.Look().Must("page.fault."+wrong, v.Look().Must("page.label."+name))})
		}
	}
	return f, faults
}

// readField reads one field; it gives the word of what is wrong with it.
func readField(v *page.Visit, name string, f *share.Fields) string {
	if to := text(f, name); to != nil {
		if *to = v.Said(name); len([]rune(*to)) > longest(name) {
			return "long"
		}
		return ""
	}
	var err error
	switch name {
	case "items":
		f.Items = page.Typed[vocab.ItemID](v.All(name))
	case "carriages":
		f.Carriages = page.Typed[vocab.Carriage](v.All(name))
	case "question":
		f.Question = vocab.Question(v.Said(name))
	case "statuses":
		f.Statuses = page.Listed(v.Said(name))
	case "existence":
		f.Existence = v.Said(name) != ""
	case "from", "until":
		return readDay(v, name, f)
	case "networks":
		return readNetworks(v, f)
	case "per_day":
		f.PerDay, err = v.Count(name)
	case "cases_per_day":
		f.CasesPerDay, err = small(v, name)
	case "hour_from":
		f.HourFrom, err = small(v, name)
	case "hour_until":
		f.HourUntil, err = small(v, name)
	}
	if err != nil {
		return "number"
	}
	return ""
}

func small(v *page.Visit, name string) (int, error) {
	n, err := v.Count(name)
	return int(n), err
}

// longest is how many signs a text may have.
func longest(name string) int {
	if name == "scenario" || name == "security_measures" || name == "row_scope" {
		return 4000
	}
	return 200
}

// readDay keeps the hour of a day that is still the same.
func readDay(v *page.Visit, name string, f *share.Fields) string {
	to := &f.From
	if name == "until" {
		to = &f.Until
	}
	if v.Said(name) == dayOf(*to) {
		return ""
	}
	t, err := v.Date(name)
	if err != nil {
		return "day"
	}
	if *to = t; !f.From.IsZero() && !f.Until.IsZero() && !f.From.Before(f.Until) && name == "until" {
		return "period"
	}
	return ""
}

func readNetworks(v *page.Visit, f *share.Fields) string {
	f.Networks = nil
	for _, s := range page.Listed(v.Said("networks")) {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return "network"
		}
		f.Networks = append(f.Networks, p)
	}
	return ""
}
