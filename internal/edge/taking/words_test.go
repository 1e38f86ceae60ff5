package taking_test

import (
	"regexp"
	"strings"
	"testing"

	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/edge/taking"
	"fontis/internal/edge/text"
	pages "fontis/web"
)

// What a file may hold is said in the reader's language, with the words that the
// file writes beside it.
func TestTroublesNameWordsInBothLanguages(t *testing.T) {
	texts, err := text.Load(pages.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		lang    text.Lang
		trouble input.Trouble
		want    []string
	}{
		{text.Chinese, input.Trouble{Problem: input.WordUnknown, Args: []string{"share_type", "unconditional, conditional"}}, []string{"共享类型", "无条件共享（unconditional）", "、"}},
		{text.English, input.Trouble{Problem: input.WordUnknown, Args: []string{"update_cycle", "daily, yearly"}}, []string{"daily (每", "yearly (", ", "}},
		{text.Chinese, input.Trouble{Problem: input.WordNear, Args: []string{"share_type", "not_shared"}}, []string{"（not_shared）"}},
		{text.Chinese, input.Trouble{Problem: input.Refused, Args: []string{"value-invalid"}}, []string{"目录未接受该行："}},
		{text.Chinese, input.Trouble{Problem: input.LinesDiffer, Args: []string{"provider", "7"}}, []string{"第 7 行"}},
	} {
		before := strings.Join(c.trouble.Args, "|")
		cause, _ := taking.Reader{Text: texts, Lang: c.lang}.Trouble(c.trouble).Say(string(c.lang))
		for _, w := range c.want {
			if !strings.Contains(cause, w) {
				t.Errorf("%s in %s: %q lacks %q", c.trouble.Problem, c.lang, cause, w)
			}
		}
		if c.lang == text.Chinese && c.trouble.Problem == input.Refused && strings.Contains(cause, "value-invalid") {
			t.Errorf("a raw word stands in %q", cause)
		}
		if strings.Join(c.trouble.Args, "|") != before {
			t.Error("the trouble itself was changed")
		}
	}
}

// No cause that a Chinese reader is given rests on a word of programs: every field
// that a list may be mapped to, and every word of its closed list, has a name.
func TestChineseCausesNameEveryFieldAndWord(t *testing.T) {
	texts, err := text.Load(pages.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	reader := taking.Reader{Text: texts, Lang: text.Chinese}
	beside := regexp.MustCompile(`（[a-z0-9_.]+）`) // the word that the file writes
	english := regexp.MustCompile(`[A-Za-z]{2,}`)
	fields := append(intake.Targets(), "login", "member", "roles") // a list of officers has these
	for _, f := range fields {
		for _, p := range []input.Problem{input.WordUnknown, input.WordNear, input.NumberUnreadable, input.ValueUnfit, input.LinesDiffer, input.NeedMissing} {
			args := []string{string(f), "7"}
			switch words := intake.Words(f); {
			case len(words) > 0 && p == input.WordUnknown:
				args[1] = strings.Join(words, ", ")
			case len(words) > 0 && p == input.WordNear:
				args[1] = words[0]
			}
			cause, remedy := reader.Trouble(input.Trouble{Problem: p, Args: args}).Say("zh-Hans")
			for _, said := range []string{cause, remedy} {
				if word := english.FindString(beside.ReplaceAllString(said, "")); word != "" {
					t.Errorf("%s of %s: %q holds %q", p, f, said, word)
				}
			}
		}
	}
}
