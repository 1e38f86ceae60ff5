package text_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"fontis/internal/edge/text"
	"fontis/web"
)

func TestShippedSentencesStandInEveryLanguage(t *testing.T) {
	c, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Keys()) < 100 {
		t.Fatalf("only %d sentences", len(c.Keys()))
	}
	if _, err := c.Get(text.English, "error.never-heard.title"); err == nil {
		t.Error("a missing key must be an error")
	}
}

func TestKeyMissingInOneLanguageIsAnError(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"missing": {"en.toml": {Data: []byte("a='x'\nb='y'")}, "zh-Hans.toml": {Data: []byte("a='甲'")}},
		"empty":   {"en.toml": {Data: []byte("a='x'")}, "zh-Hans.toml": {Data: []byte("a=' '")}},
		"no text": {"en.toml": {Data: []byte("a=1")}, "zh-Hans.toml": {Data: []byte("a=1")}},
		"no file": {"en.toml": {Data: []byte("a='x'")}},
	} {
		if _, err := text.Load(files, "."); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

func TestLanguageFollowsTheReader(t *testing.T) {
	for header, want := range map[string]text.Lang{
		"": text.English, "zh-CN,zh;q=0.9,en;q=0.8": text.Chinese, "zh-TW": text.Chinese, "fr, zh;q=0.5": text.Chinese,
		"en;q=0.5, zh;q=0.6": text.Chinese, "de": text.English, "zh;q=0": text.English, "\x00": text.English,
	} {
		if got := text.Negotiate(header); got != want {
			t.Errorf("Negotiate(%q) = %s, want %s", header, got, want)
		}
	}
}

// A third file is a third language, chosen by its readers.
func TestAFileIsALanguage(t *testing.T) {
	files := fstest.MapFS{"en.toml": {Data: []byte("a='x'")}, "zh-Hans.toml": {Data: []byte("a='甲'")}, "fr.toml": {Data: []byte("a='un'")}}
	c, err := text.Load(files, ".")
	if err != nil || len(c.Langs()) != 3 || c.Langs()[0] != text.English {
		t.Fatal(c, err)
	}
	for header, want := range map[string]text.Lang{"fr-CA, en;q=0.5": "fr", "de, zh": text.Chinese, "de": text.English} {
		if got := c.Negotiate(header); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
	files["not a language.toml"] = files["fr.toml"]
	if _, err := text.Load(files, "."); err == nil {
		t.Error("a file that names no language was read")
	}
}

// How an access ended is called the same by the pages and by the check of its receipt.
func TestTheCheckCallsAStateAsThePagesDo(t *testing.T) {
	c, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, key := range c.Keys() {
		state, ok := strings.CutPrefix(key, "check.state.")
		if !ok {
			continue
		}
		seen++
		for _, lang := range c.Langs() {
			checked, _ := c.Get(lang, key)
			if shown, err := c.Get(lang, "page.word.state."+state); shown != checked || err != nil {
				t.Errorf("%s in %s: %q in the check, %q on the pages", state, lang, checked, shown)
			}
		}
	}
	if seen == 0 {
		t.Error("the check says no state")
	}
}
