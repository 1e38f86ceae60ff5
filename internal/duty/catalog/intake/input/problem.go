package input

import (
	"fmt"
	"maps"
	"strings"

	"fontis/internal/vocab"
)

// Problem names one way in which a line can be wrong. Each has a code, a cause
// and a remedy in both languages.
type Problem string

// What the readers find.
const (
	CellTooLong   Problem = "cell-too-long"
	EntryTooLong  Problem = "entry-too-long"
	TooManyCells  Problem = "too-many-cells"
	TooFewCells   Problem = "too-few-cells"
	QuoteOpen     Problem = "quote-open"
	QuoteStray    Problem = "quote-stray"
	NulByte       Problem = "nul-byte"
	BadBytes      Problem = "bad-bytes"
	Damaged       Problem = "damaged-text"
	LoneSurrogate Problem = "lone-surrogate"
	NotJSON       Problem = "not-json"
	KeyTwice      Problem = "key-twice"
	DigitsLost    Problem = "digits-lost"
	FormulaError  Problem = "formula-error"
	ColumnTwice   Problem = "column-twice"
	ColumnNoName  Problem = "column-no-name"
	HeaderAgain   Problem = "header-again"
	SheetsUnread  Problem = "sheets-unread"
	LinesAbove    Problem = "lines-above-header"
	DCATMissing   Problem = "dcat-field-missing"
)

// What the mapping finds.
const (
	NeedMissing      Problem = "need-missing"
	DateImpossible   Problem = "date-impossible"
	DateUnreadable   Problem = "date-unreadable"
	WordUnknown      Problem = "word-unknown"
	WordNear         Problem = "word-near"
	NumberUnreadable Problem = "number-unreadable"
	CodeCheckSign    Problem = "code-check-sign"
	CodeShape        Problem = "code-shape"
	LinkUnusable     Problem = "link-unusable"
	EntryOfOthers    Problem = "entry-of-others"
	SameAgain        Problem = "same-again"
	ItemTwice        Problem = "item-twice"
	ItemUnnamed      Problem = "item-unnamed"
	SetUnnamed       Problem = "set-unnamed"
	ItemsTooMany     Problem = "items-too-many"
	LinesDiffer      Problem = "lines-differ"
	GroupRejected    Problem = "group-rejected"
	ValueUnfit       Problem = "value-unfit"
	LoginInvalid     Problem = "login-invalid"
	LoginTwice       Problem = "login-twice"
	Refused          Problem = "refused"
)

// Trouble is one thing wrong with one line or one cell.
type Trouble struct {
	Problem Problem `json:"problem"`
	Line    int     `json:"line"`
	Column  string  `json:"column,omitempty"`
	// Value is the cell, cut. It never enters a cause or a log.
	Value string `json:"value,omitempty"`
	// Args are the words that the sentences name.
	Args []string `json:"args,omitempty"`
	// Rejects says that the line cannot become a draft.
	Rejects bool `json:"rejects"`
}

// Code is the vocabulary's code of the trouble.
func (t Trouble) Code() vocab.Code { return sentences()[t.Problem].code }

// Say gives cause and remedy in the language; anything but Chinese is English.
func (t Trouble) Say(lang string) (cause, remedy string) {
	s := sentences()[t.Problem]
	args := make([]any, max(len(t.Args), 3))
	for i := range args {
		args[i] = ""
		if i < len(t.Args) {
			args[i] = t.Args[i]
		}
	}
	if Chinese(lang) {
		return fill(s.zh, args), fill(s.zhFix, args)
	}
	return fill(s.en, args), fill(s.enFix, args)
}

// Failure is the trouble as an error with its code.
func (t Trouble) Failure() *vocab.Failure {
	cause, fix := t.Say("en")
	where := fmt.Sprintf("line %d", t.Line)
	if t.Column != "" {
		where += fmt.Sprintf(", column %s", t.Column)
	}
	return t.Code().Because("%s: %s", where, cause).WithFix("%s", fix)
}

// Chinese reports whether the reader's language is Chinese.
func Chinese(lang string) bool { return strings.HasPrefix(strings.ToLower(lang), "zh") }

// Codes gives the code of every problem.
func Codes() map[Problem]vocab.Code {
	out := map[Problem]vocab.Code{}
	for p, s := range sentences() {
		out[p] = s.code
	}
	return out
}

// fill puts the arguments where {0}, {1} and {2} stand.
func fill(s string, args []any) string {
	for i, a := range args {
		s = strings.ReplaceAll(s, fmt.Sprintf("{%d}", i), fmt.Sprint(a))
	}
	return s
}

type sentence struct {
	code                 vocab.Code
	en, enFix, zh, zhFix string
}

// sentences are the causes and remedies; the test walks all of them.
func sentences() map[Problem]sentence {
	m := textSentences()
	maps.Copy(m, fileSentences())
	maps.Copy(m, mappingSentences())
	maps.Copy(m, itemSentences())
	return m
}
