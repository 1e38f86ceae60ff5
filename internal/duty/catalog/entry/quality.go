package entry

import (
	"slices"
	"unicode/utf8"
)

// Quality is how well an entry describes its data: of the rules that apply to it,
// how many it keeps, and which it does not. It measures a description, never data
// and never anyone.
type Quality struct {
	Kept  int           `json:"kept"`
	Of    int           `json:"of"`
	Lacks []QualityRule `json:"lacks,omitempty"`
}

// Degree says in a word how much of what a reader wants an entry says.
type Degree string

// The degrees: every rule kept, three quarters of them, fewer.
const (
	Whole Degree = "whole"
	Most  Degree = "most"
	Less  Degree = "less"
)

// Degree is the degree of a quality.
func (q Quality) Degree() Degree {
	switch {
	case q.Kept == q.Of:
		return Whole
	case 4*q.Kept >= 3*q.Of:
		return Most
	}
	return Less
}

// QualityRule is one thing that a reader wants an entry to say.
type QualityRule string

// The rules, in the words of the dimensions of DCAT-AP's metadata quality assessment:
// findable, understood, usable, askable.
const (
	QualityNames     QualityRule = "names"     // a name in both languages
	QualityAbstract  QualityRule = "abstract"  // an abstract that says something
	QualityTheme     QualityRule = "theme"     // theme or domain
	QualityRegion    QualityRule = "region"    // where it is about
	QualityCycle     QualityRule = "cycle"     // how often it is renewed
	QualityContact   QualityRule = "contact"   // whom to turn to
	QualityItems     QualityRule = "items"     // its items
	QualityItemNames QualityRule = "itemnames" // each item's name in both languages
	QualityTypes     QualityRule = "types"     // each item's type
	QualityElements  QualityRule = "elements"  // half of the items name a data element or a code list
	QualityAsking    QualityRule = "asking"    // how to ask: share type, and condition or law where one is needed
	QualityBasis     QualityRule = "basis"     // about persons: law, purposes, level
)

// leastAbstract is how many characters say something.
const leastAbstract = 15

// Rate holds an entry against the rules.
func Rate(d *Dataset) Quality {
	var q Quality
	rule := func(r QualityRule, kept bool) {
		q.Of++
		if kept {
			q.Kept++
			return
		}
		q.Lacks = append(q.Lacks, r)
	}
	rule(QualityNames, d.Name.ZH != "" && d.Name.EN != "")
	rule(QualityAbstract, utf8.RuneCountInString(d.Abstract.ZH) >= leastAbstract || utf8.RuneCountInString(d.Abstract.EN) >= leastAbstract)
	rule(QualityTheme, d.Theme != "" || d.Domain != "")
	rule(QualityRegion, d.Region != "")
	rule(QualityCycle, d.Cycle != "")
	rule(QualityContact, d.Maintainer != "" || d.Department != "")
	rule(QualityItems, len(d.Items) > 0)
	if len(d.Items) > 0 {
		names, types, standards := 0, 0, 0
		for _, it := range d.Items {
			if it.Name.ZH != "" && it.Name.EN != "" {
				names++
			}
			if it.Type != "" {
				types++
			}
			if it.Element != "" || it.CodeList != "" {
				standards++
			}
		}
		rule(QualityItemNames, names == len(d.Items))
		rule(QualityTypes, types == len(d.Items))
		rule(QualityElements, 2*standards >= len(d.Items))
	}
	rule(QualityAsking, asks(d))
	if d.Subject.OfPersons() {
		rule(QualityBasis, len(d.LegalBasis) > 0 && len(d.Purposes) > 0 && d.Level > 0)
	}
	return q
}

// asks tells whether the entry says how to ask for its data, or why nobody may.
func asks(d *Dataset) bool {
	return d.Share != "" && !slices.ContainsFunc(Missing(d, StatePublished), func(f Field) bool {
		return f == FieldShareCondition || f == FieldNotSharedReason || f == FieldNotSharedLaw
	})
}
