package intake

import (
	"slices"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/intake/input"
)

// known is what the columns of a format mean by its own standard, in the order of
// preference where two lead to one field.
type known []Rule

// preset gives the mapping of a format whose standard names the columns; nil for
// one whose columns must be guessed.
func preset(f input.Format) known {
	cycle := Rule{Column: "accrualPeriodicity", Field: "update_cycle", Unknown: "blank"}
	described := known{
		{Column: "identifier", Field: "code"},
		{Column: "title", Field: Name},
		{Column: "description", Field: Abstract},
		{Column: "publisher.name", Field: "provider"},
		{Column: "keyword", Field: Keywords, Separators: []string{"\n"}},
		{Column: "license", Field: Licence},
		{Column: "landingPage", Field: Link},
		{Column: "issued", Field: PublishedOn},
		{Column: "modified", Field: ModifiedOn},
	}
	switch f {
	case input.CKAN:
		return append(
			ownWords(),
			Rule{Column: "id", Field: "code"},
			Rule{Column: "title", Field: Name},
			Rule{Column: "title_translated.zh", Field: "name_zh"},
			Rule{Column: "title_translated.en", Field: "name_en"},
			Rule{Column: "notes", Field: Abstract},
			Rule{Column: "notes_translated.zh", Field: "abstract_zh"},
			Rule{Column: "notes_translated.en", Field: "abstract_en"},
			Rule{Column: "organization.title", Field: "provider"},
			Rule{Column: "tags.display_name", Field: Keywords, Separators: []string{"\n"}},
			Rule{Column: "tags.name", Field: Keywords, Separators: []string{"\n"}},
			Rule{Column: "tags", Field: Keywords, Separators: []string{"\n"}},
			Rule{Column: "groups.title", Field: "theme"},
			Rule{Column: "resources.format", Field: "format", Unknown: "blank"},
			Rule{Column: "license_title", Field: Licence},
			Rule{Column: "url", Field: Link},
			Rule{Column: "metadata_created", Field: PublishedOn},
			Rule{Column: "metadata_modified", Field: ModifiedOn},
			Rule{Column: "frequency", Field: "update_cycle", Unknown: "blank"},
			Rule{Column: "items.name", Field: Items, Separators: []string{"\n"}},
		)
	case input.JSONLD, input.Turtle:
		return append(
			described, cycle,
			Rule{Column: "title_en", Field: "name_en"},
			Rule{Column: "description_en", Field: "abstract_en"},
			Rule{Column: "theme", Field: "theme"},
			Rule{Column: "spatial", Field: "region"},
			Rule{Column: "accessRights", Field: "open_type", Unknown: "blank"},
			Rule{Column: "distribution.format", Field: "format", Unknown: "blank"},
		)
	case input.Package:
		return append(
			described,
			Rule{Column: "resource.format", Field: "format", Unknown: "blank"},
			Rule{Column: "field.name", Field: "item.code"},
			Rule{Column: "field.title", Field: ItemName},
			Rule{Column: "field.type", Field: "item.type", Unknown: "blank"},
		)
	}
	return nil
}

// ownWords are the fields that a catalog like this one writes beside CKAN's. Not its
// codes: several departments of one list may have the same, and its ids tell them apart.
func ownWords() known {
	var out known
	for _, f := range entry.Fields() {
		switch f {
		case entry.FieldCode, entry.FieldNameZH, entry.FieldNameEN, entry.FieldAbstractZH, entry.FieldAbstractEN, entry.FieldProvider, entry.FieldRelated:
			continue
		}
		r := Rule{Column: "extras." + string(f), Field: Field(f)}
		if r.Field.words() != nil || f == entry.FieldLevel {
			r.Unknown = "blank"
		}
		if r.Field.isList() {
			r.Separators = []string{"\n"}
		}
		out = append(out, r)
	}
	return out
}

// proposal maps the columns that the file has; where two lead to one field, the
// one that is filled in the first lines goes first.
func (k known) proposal(columns []string, rows []input.Record) Proposal {
	p := Proposal{Mapping: Mapping{Version: 1, Items: NoItems}}
	taken := map[Field]bool{}
	for _, r := range k {
		if !slices.Contains(columns, r.Column) || taken[r.Field] {
			continue
		}
		filled := slices.ContainsFunc(rows, func(rec input.Record) bool { return rec.Cells[r.Column] != "" })
		if !filled && k.another(r, columns) {
			continue
		}
		taken[r.Field] = true
		p.Mapping.Map = append(p.Mapping.Map, r)
		switch {
		case r.Field.OfItem():
			p.Mapping.Items = ItemsLines
		case r.Field == Items:
			p.Mapping.Items = ItemsList
		}
	}
	for _, c := range columns {
		s := Suggestion{Column: c, Sample: samples(c, rows, 3)}
		if at := slices.IndexFunc(p.Mapping.Map, func(r Rule) bool { return r.Column == c }); at >= 0 {
			s.Field, s.Why, s.Confidence = p.Mapping.Map[at].Field, "name", 1
		} else {
			p.Unmapped = append(p.Unmapped, c)
		}
		p.Columns = append(p.Columns, s)
	}
	return p
}

// another holds where a later rule fills the same field.
func (k known) another(r Rule, columns []string) bool {
	at := slices.IndexFunc(k, func(o Rule) bool { return o.Column == r.Column })
	return slices.ContainsFunc(k[at+1:], func(o Rule) bool { return o.Field == r.Field && slices.Contains(columns, o.Column) })
}
