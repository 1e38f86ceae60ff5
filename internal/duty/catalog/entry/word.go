package entry

import "fontis/internal/vocab"

// OpenType says whether the data are open to the public.
type OpenType string

// 不予开放, 有条件开放, 无条件开放.
const (
	NotOpen           OpenType = "not_open"
	ConditionalOpen   OpenType = "conditional"
	UnconditionalOpen OpenType = "unconditional"
)

// ShareMode is a way in which the data may be had.
type ShareMode string

// The modes of the catalog guide and of the exchange.
const (
	ModeVerify       ShareMode = "verify"
	ModeQuery        ShareMode = "query"
	ModeBatch        ShareMode = "batch"
	ModeFile         ShareMode = "file"
	ModeSubscription ShareMode = "subscription"
	ModeSandbox      ShareMode = "sandbox"
)

// Format is the form in which the source keeps the data.
type Format string

// The format classes of the catalog guide.
const (
	FormatDatabase Format = "database"
	FormatFile     Format = "file"
	FormatSheet    Format = "spreadsheet"
	FormatAPI      Format = "api"
	FormatStream   Format = "stream"
	FormatMap      Format = "map"
	FormatImage    Format = "image"
)

// Domain says which library the entry belongs to.
type Domain string

// Base, thematic and departmental resources.
const (
	DomainBase       Domain = "base"
	DomainTheme      Domain = "theme"
	DomainDepartment Domain = "department"
)

// Grade is the grade of the data security law.
type Grade string

// 一般, 重要, 核心.
const (
	GradeGeneral   Grade = "general"
	GradeImportant Grade = "important"
	GradeCore      Grade = "core"
)

// ItemType is the type of an item's values. The type of a code is never guessed:
// an identifier of digits stays text unless the source says otherwise.
type ItemType string

// The types of the catalog guide: C, N, D, T, L, B.
const (
	TypeText     ItemType = "text"
	TypeNumber   ItemType = "number"
	TypeDate     ItemType = "date"
	TypeDateTime ItemType = "datetime"
	TypeBoolean  ItemType = "boolean"
	TypeBinary   ItemType = "binary"
)

// Words lists the closed words that the field accepts; nil for free text.
func Words(f Field) []string {
	if c, ok := columns[f]; ok {
		return c.words
	}
	return nil
}

// ItemWords lists the closed words that the item field accepts; nil for free text.
func ItemWords(f ItemField) []string {
	if c, ok := itemColumns[f]; ok {
		return c.words
	}
	return nil
}

// Strings gives words of any kind as plain texts.
func Strings[T ~string](in ...T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}

func shareTypes() []string {
	return Strings(vocab.Unconditional, vocab.Conditional, vocab.NotShared)
}

func openTypes() []string { return Strings(NotOpen, ConditionalOpen, UnconditionalOpen) }

func cycles() []string {
	return Strings(vocab.RealTime, vocab.Daily, vocab.Weekly, vocab.Monthly, vocab.Quarterly, vocab.HalfYearly, vocab.Yearly, vocab.Irregular)
}

func modes() []string {
	return Strings(ModeVerify, ModeQuery, ModeBatch, ModeFile, ModeSubscription, ModeSandbox)
}

func formats() []string {
	return Strings(FormatDatabase, FormatFile, FormatSheet, FormatAPI, FormatStream, FormatMap, FormatImage)
}

func comparators() []string {
	return Strings(vocab.CompareExact, vocab.CompareText, vocab.CompareName, vocab.CompareDate, vocab.CompareNumber, vocab.CompareCode)
}
