package entry

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"fontis/internal/vocab"
)

// Field names one field of an entry, in files, forms, differences and to-do lists.
type Field string

// The fields of an entry. The names are those of the JSON form.
const (
	FieldCode            Field = "code"
	FieldNameZH          Field = "name_zh"
	FieldNameEN          Field = "name_en"
	FieldAbstractZH      Field = "abstract_zh"
	FieldAbstractEN      Field = "abstract_en"
	FieldProvider        Field = "provider"
	FieldProviderCode    Field = "provider_code"
	FieldDepartment      Field = "source_department"
	FieldSystem          Field = "source_system"
	FieldCategory        Field = "category"
	FieldTheme           Field = "theme"
	FieldDomain          Field = "domain"
	FieldRegion          Field = "region"
	FieldFormat          Field = "format"
	FieldShare           Field = "share_type"
	FieldShareCondition  Field = "share_condition"
	FieldShareModes      Field = "share_modes"
	FieldShareScope      Field = "share_scope"
	FieldUseConditions   Field = "use_conditions"
	FieldNotSharedReason Field = "not_shared_reason"
	FieldNotSharedLaw    Field = "not_shared_law"
	FieldOpen            Field = "open_type"
	FieldOpenCondition   Field = "open_condition"
	FieldCycle           Field = "update_cycle"
	FieldOrigin          Field = "origin_class"
	FieldSubject         Field = "subject_kind"
	FieldLegalBasis      Field = "legal_basis"
	FieldPurposes        Field = "purposes"
	FieldLevel           Field = "security_level"
	FieldGrade           Field = "data_grade"
	FieldImpactRef       Field = "impact_ref"
	FieldRetention       Field = "retention"
	FieldResidency       Field = "residency"
	FieldService         Field = "service_info"
	FieldMaintainer      Field = "maintainer"
	FieldRelated         Field = "related"
)

// column reads and writes one field as text; words is its closed list, if any.
type column[T any] struct {
	words []string
	get   func(*T) string
	set   func(*T, string) error
}

// fieldOrder is the order of forms, exports and differences.
var fieldOrder = []Field{
	FieldCode, FieldNameZH, FieldNameEN, FieldAbstractZH, FieldAbstractEN, FieldProvider, FieldProviderCode,
	FieldDepartment, FieldSystem, FieldCategory, FieldTheme, FieldDomain, FieldRegion, FieldFormat,
	FieldShare, FieldShareCondition, FieldShareModes, FieldShareScope, FieldUseConditions,
	FieldNotSharedReason, FieldNotSharedLaw, FieldOpen, FieldOpenCondition, FieldCycle, FieldOrigin,
	FieldSubject, FieldLegalBasis, FieldPurposes, FieldLevel, FieldGrade, FieldImpactRef, FieldRetention,
	FieldResidency, FieldService, FieldMaintainer, FieldRelated,
}

// columns is the one table through which fields are read and written as text.
var columns = map[Field]column[Dataset]{
	FieldCode:            text(func(d *Dataset) *string { return &d.Code }),
	FieldNameZH:          text(func(d *Dataset) *string { return &d.Name.ZH }),
	FieldNameEN:          text(func(d *Dataset) *string { return &d.Name.EN }),
	FieldAbstractZH:      text(func(d *Dataset) *string { return &d.Abstract.ZH }),
	FieldAbstractEN:      text(func(d *Dataset) *string { return &d.Abstract.EN }),
	FieldProvider:        text(func(d *Dataset) *string { return &d.Provider }),
	FieldProviderCode:    text(func(d *Dataset) *string { return &d.ProviderCode }),
	FieldDepartment:      text(func(d *Dataset) *string { return &d.Department }),
	FieldSystem:          text(func(d *Dataset) *string { return &d.System }),
	FieldCategory:        text(func(d *Dataset) *string { return &d.Category }),
	FieldTheme:           text(func(d *Dataset) *string { return &d.Theme }),
	FieldDomain:          word(func(d *Dataset) *Domain { return &d.Domain }, Strings(DomainBase, DomainTheme, DomainDepartment)),
	FieldRegion:          text(func(d *Dataset) *string { return &d.Region }),
	FieldFormat:          word(func(d *Dataset) *Format { return &d.Format }, formats()),
	FieldShare:           word(func(d *Dataset) *vocab.ShareType { return &d.Share }, shareTypes()),
	FieldShareCondition:  text(func(d *Dataset) *string { return &d.ShareCondition }),
	FieldShareModes:      list(func(d *Dataset) *[]ShareMode { return &d.ShareModes }, modes()),
	FieldShareScope:      text(func(d *Dataset) *string { return &d.ShareScope }),
	FieldUseConditions:   text(func(d *Dataset) *string { return &d.UseConditions }),
	FieldNotSharedReason: text(func(d *Dataset) *string { return &d.NotSharedReason }),
	FieldNotSharedLaw:    text(func(d *Dataset) *string { return &d.NotSharedLaw }),
	FieldOpen:            word(func(d *Dataset) *OpenType { return &d.Open }, openTypes()),
	FieldOpenCondition:   text(func(d *Dataset) *string { return &d.OpenCondition }),
	FieldCycle:           word(func(d *Dataset) *vocab.UpdateCycle { return &d.Cycle }, cycles()),
	FieldOrigin: word(func(d *Dataset) *vocab.OriginClass { return &d.Origin },
		Strings(vocab.Government, vocab.Industrial, vocab.Public, vocab.Social)),
	FieldSubject: word(func(d *Dataset) *vocab.SubjectKind { return &d.Subject },
		Strings(vocab.NoSubject, vocab.LegalEntity, vocab.NaturalPerson, vocab.MixedSubject)),
	FieldLegalBasis: {get: citesText, set: setCites},
	FieldPurposes:   list(func(d *Dataset) *[]string { return &d.Purposes }, nil),
	FieldLevel:      number(func(d *Dataset) *int { return &d.Level }, 4),
	FieldGrade:      word(func(d *Dataset) *Grade { return &d.Grade }, Strings(GradeGeneral, GradeImportant, GradeCore)),
	FieldImpactRef:  text(func(d *Dataset) *string { return &d.ImpactRef }),
	FieldRetention:  text(func(d *Dataset) *string { return &d.Retention }),
	FieldResidency:  text(func(d *Dataset) *string { return &d.Residency }),
	FieldService:    text(func(d *Dataset) *string { return &d.Service }),
	FieldMaintainer: text(func(d *Dataset) *string { return &d.Maintainer }),
	FieldRelated:    list(func(d *Dataset) *[]vocab.DatasetID { return &d.Related }, nil),
}

// Fields lists every field of an entry that a file or a form may set.
func Fields() []Field { return slices.Clone(fieldOrder) }

// Known tells whether an entry has the field.
func (f Field) Known() bool {
	_, known := columns[f]
	return known
}

// Get reads the field as text: closed words as they stand, lists one a line,
// grounds in law as "law|article" one a line, an unset number as "".
func (d *Dataset) Get(f Field) string {
	if c, ok := columns[f]; ok {
		return c.get(d)
	}
	return ""
}

// Set writes the field from text; "" clears it. Lists are split at line ends and
// semicolons (; and ；). What is not among the closed words is refused.
func (d *Dataset) Set(f Field, value string) error {
	c, ok := columns[f]
	if !ok {
		return vocab.ColumnUnknown.Because("a data set has no field %q", f)
	}
	if err := c.set(d, value); err != nil {
		return withWords(vocab.ValueInvalid.Wrap(err, "field %s", f), c.words)
	}
	return nil
}

// ItemField names one field of an item.
type ItemField string

// The fields of an item. Tags are not among them: they are proposed, added by
// Edit and taken off by two officers.
const (
	ItemCode           ItemField = "code"
	ItemNameZH         ItemField = "name_zh"
	ItemNameEN         ItemField = "name_en"
	ItemElement        ItemField = "element"
	ItemKind           ItemField = "type"
	ItemLength         ItemField = "length"
	ItemPrecision      ItemField = "precision"
	ItemUnit           ItemField = "unit"
	ItemCodeList       ItemField = "code_list"
	ItemNullable       ItemField = "nullable"
	ItemKey            ItemField = "key"
	ItemIdentifier     ItemField = "is_identifier"
	ItemCompare        ItemField = "compare"
	ItemTolerance      ItemField = "tolerance"
	ItemClass          ItemField = "classification"
	ItemLevel          ItemField = "security_level"
	ItemSensitive      ItemField = "sensitive_category"
	ItemMask           ItemField = "mask_rule"
	ItemShare          ItemField = "share_type"
	ItemShareCondition ItemField = "share_condition"
	ItemOpen           ItemField = "open_type"
	ItemGoldenDept     ItemField = "golden_department"
	ItemGoldenSystem   ItemField = "golden_system"
	ItemGoldenField    ItemField = "golden_field"
)

var itemOrder = []ItemField{
	ItemCode, ItemNameZH, ItemNameEN, ItemElement, ItemKind, ItemLength, ItemPrecision, ItemUnit, ItemCodeList,
	ItemNullable, ItemKey, ItemIdentifier, ItemCompare, ItemTolerance, ItemClass, ItemLevel, ItemSensitive,
	ItemMask, ItemShare, ItemShareCondition, ItemOpen, ItemGoldenDept, ItemGoldenSystem, ItemGoldenField,
}

var itemColumns = map[ItemField]column[Item]{
	ItemCode:    text(func(i *Item) *string { return &i.Code }),
	ItemNameZH:  text(func(i *Item) *string { return &i.Name.ZH }),
	ItemNameEN:  text(func(i *Item) *string { return &i.Name.EN }),
	ItemElement: text(func(i *Item) *string { return &i.Element }),
	ItemKind: word(func(i *Item) *ItemType { return &i.Type },
		Strings(TypeText, TypeNumber, TypeDate, TypeDateTime, TypeBoolean, TypeBinary)),
	ItemLength:         number(func(i *Item) *int { return &i.Length }, 1<<30),
	ItemPrecision:      number(func(i *Item) *int { return &i.Precision }, 1000),
	ItemUnit:           text(func(i *Item) *string { return &i.Unit }),
	ItemCodeList:       text(func(i *Item) *string { return &i.CodeList }),
	ItemNullable:       flag(func(i *Item) *bool { return &i.Nullable }),
	ItemKey:            flag(func(i *Item) *bool { return &i.Key }),
	ItemIdentifier:     flag(func(i *Item) *bool { return &i.Identifier }),
	ItemCompare:        word(func(i *Item) *vocab.Comparator { return &i.Compare }, comparators()),
	ItemTolerance:      text(func(i *Item) *string { return &i.Tolerance }),
	ItemClass:          text(func(i *Item) *string { return &i.Class }),
	ItemLevel:          number(func(i *Item) *int { return &i.Level }, 4),
	ItemSensitive:      text(func(i *Item) *string { return &i.Sensitive }),
	ItemMask:           text(func(i *Item) *string { return &i.Mask }),
	ItemShare:          word(func(i *Item) *vocab.ShareType { return &i.Share }, shareTypes()),
	ItemShareCondition: text(func(i *Item) *string { return &i.ShareCondition }),
	ItemOpen:           word(func(i *Item) *OpenType { return &i.Open }, openTypes()),
	ItemGoldenDept:     text(func(i *Item) *string { return &i.Golden.Department }),
	ItemGoldenSystem:   text(func(i *Item) *string { return &i.Golden.System }),
	ItemGoldenField:    text(func(i *Item) *string { return &i.Golden.Field }),
}

// ItemFields lists every field of an item that a file or a form may set.
func ItemFields() []ItemField { return slices.Clone(itemOrder) }

// Get reads the item's field as text.
func (i *Item) Get(f ItemField) string {
	if c, ok := itemColumns[f]; ok {
		return c.get(i)
	}
	return ""
}

// Set writes the item's field from text; "" clears it.
func (i *Item) Set(f ItemField, value string) error {
	c, ok := itemColumns[f]
	if !ok {
		return vocab.ColumnUnknown.Because("an item has no field %q", f)
	}
	if err := c.set(i, value); err != nil {
		return withWords(vocab.ValueInvalid.Wrap(err, "item field %s", f), c.words)
	}
	return nil
}

// withWords names the words of a closed list as the remedy.
func withWords(f *vocab.Failure, words []string) error {
	if words == nil {
		return f
	}
	return f.WithFix("give one of: %s", strings.Join(words, ", "))
}

func text[T any](at func(*T) *string) column[T] {
	return column[T]{
		get: func(t *T) string { return *at(t) },
		set: func(t *T, v string) error {
			v = strings.TrimSpace(v)
			if err := Clean(v); err != nil {
				return err
			}
			*at(t) = v
			return nil
		},
	}
}

func word[T any, W ~string](at func(*T) *W, words []string) column[T] {
	return column[T]{
		words: words,
		get:   func(t *T) string { return string(*at(t)) },
		set: func(t *T, v string) error {
			v = strings.TrimSpace(v)
			if v != "" && !slices.Contains(words, v) {
				return vocab.ValueInvalid.Because("%q is none of %s", v, strings.Join(words, ", "))
			}
			*at(t) = W(v)
			return nil
		},
	}
}

func list[T any, W ~string](at func(*T) *[]W, words []string) column[T] {
	return column[T]{
		words: words,
		get:   func(t *T) string { return strings.Join(Strings(*at(t)...), "\n") },
		set: func(t *T, v string) error {
			var out []W
			if err := Clean(v); err != nil {
				return err
			}
			for _, part := range splitList(v) {
				if words != nil && !slices.Contains(words, part) {
					return vocab.ValueInvalid.Because("%q is none of %s", part, strings.Join(words, ", "))
				}
				out = append(out, W(part))
			}
			*at(t) = out
			return nil
		},
	}
}

func number[T any](at func(*T) *int, most int) column[T] {
	return column[T]{
		get: func(t *T) string {
			if *at(t) == 0 {
				return ""
			}
			return strconv.Itoa(*at(t))
		},
		set: func(t *T, v string) error {
			v = strings.TrimSpace(v)
			if v == "" {
				*at(t) = 0
				return nil
			}
			n, err := strconv.Atoi(v)
			if err != nil || n < 1 || n > most {
				return vocab.ValueInvalid.Because("%q is not a number from 1 to %d", v, most)
			}
			*at(t) = n
			return nil
		},
	}
}

func flag[T any](at func(*T) *bool) column[T] {
	return column[T]{
		words: []string{"yes", "no"},
		get: func(t *T) string {
			if *at(t) {
				return "yes"
			}
			return ""
		},
		set: func(t *T, v string) error {
			switch strings.ToLower(strings.TrimSpace(v)) {
			case "yes", "true", "1", "y", "是":
				*at(t) = true
			case "no", "false", "0", "n", "否", "":
				*at(t) = false
			default:
				return vocab.ValueInvalid.Because("%q is neither yes nor no", v)
			}
			return nil
		},
	}
}

func citesText(d *Dataset) string {
	lines := make([]string, len(d.LegalBasis))
	for i, c := range d.LegalBasis {
		lines[i] = c.Law
		if c.Article != "" {
			lines[i] += "|" + c.Article
		}
	}
	return strings.Join(lines, "\n")
}

func setCites(d *Dataset, v string) error {
	if err := Clean(v); err != nil {
		return err
	}
	var out []Cite
	for _, line := range splitList(v) {
		law, article, _ := strings.Cut(line, "|")
		c := Cite{Law: strings.TrimSpace(law), Article: strings.TrimSpace(article)}
		if c.Law == "" {
			return vocab.ValueInvalid.Because("%q names no law", line)
		}
		out = append(out, c)
	}
	d.LegalBasis = out
	return nil
}

// maxText is the longest text of one field, in bytes; forms and files share it.
const maxText = 20_000

// Clean refuses what no database keeps and no page shows: broken encoding and
// control characters.
func Clean(v string) error {
	if len(v) > maxText {
		return vocab.ValueInvalid.Because("the text has %d bytes, more than %d", len(v), maxText)
	}
	if !utf8.ValidString(v) {
		return vocab.ValueInvalid.Because("the text is not valid UTF-8")
	}
	for _, r := range v {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f {
			return vocab.ValueInvalid.Because("the text holds the control character U+%04X", r)
		}
	}
	return nil
}

func splitList(v string) []string {
	var out []string
	for part := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == '\n' || r == '\r' || r == ';' || r == '；' }) {
		if part = strings.TrimSpace(part); part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}
