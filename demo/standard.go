package demo

import (
	"context"
	"maps"
	"slices"
	"strings"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/standard"
	"fontis/internal/vocab"
)

// The data elements of the demo are named as the standards that define them.
const (
	elementCitizen  = "GB 11643"
	elementCredit   = "GB 32100"
	elementDivision = "GB/T 2260"
)

func elements() []standard.Element {
	return []standard.Element{
		{ID: elementCitizen, Name: text("公民身份号码", "citizen number"), Definition: text("十八位，末位为校验码。", ""), Type: entry.TypeText, Length: 18, Source: "GB 11643-1999"},
		{ID: elementCredit, Name: text("统一社会信用代码", "unified social credit code"), Definition: text("法人和其他组织的十八位代码，末位为校验码。", ""), Type: entry.TypeText, Length: 18, Source: "GB 32100-2015"},
		{ID: elementDivision, Name: text("行政区划代码", "division code"), Definition: text("县级及以上为六位。", ""), Type: entry.TypeText, CodeList: elementDivision, Source: "GB/T 2260"},
	}
}

// define puts the data elements and, as the first code list, the divisions down to
// the county. Neither edition dates its changes, so no code is said to have ended:
// a code that only one of them has says so in its note.
func (l *loader) define(ctx context.Context) error {
	steward, err := l.as(ctx, holder(Civil, vocab.Steward))
	if err != nil {
		return err
	}
	for _, e := range elements() {
		if _, err := l.app.Standard.PutElement(ctx, steward, e); err != nil {
			return err
		}
	}
	codes, err := divisionCodes()
	if err != nil {
		return err
	}
	_, _, err = l.app.Standard.PutCodes(ctx, steward, standard.List{
		ID: elementDivision, Name: text("行政区划代码", "Administrative divisions"), Source: "demo/SOURCES.md: editions 2022, 2023",
	}, codes)
	return err
}

// divisionCodes are the divisions of both editions without towns.
func divisionCodes() ([]standard.Code, error) {
	all := map[string]standard.Code{}
	in := map[string]string{}
	for _, name := range Editions() {
		e, err := ReadEdition(name)
		if err != nil {
			return nil, err
		}
		for _, d := range e.Divisions {
			if d.Level == Town {
				continue
			}
			all[d.Code] = standard.Code{Code: d.Code, Name: entry.Text{ZH: d.Name}, Broader: d.Parent()}
			in[d.Code] = strings.TrimSpace(in[d.Code] + " " + name)
		}
	}
	out := slices.SortedFunc(maps.Values(all), func(a, b standard.Code) int { return strings.Compare(a.Code, b.Code) })
	for i := range out {
		if editions := in[out[i].Code]; !strings.Contains(editions, " ") {
			out[i].Note = "仅见于 " + editions + " 版 / only in edition " + editions
		}
	}
	return out, nil
}
