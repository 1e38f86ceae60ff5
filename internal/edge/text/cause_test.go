package text_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"fontis/internal/edge/text"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
	"fontis/web"
)

// Every number of a person or body that is refused, and every note about a source's
// account, is told in Chinese as well.
func TestCausesAreKnownInEveryLanguage(t *testing.T) {
	c, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	said := notesOfSources(t)
	if len(said) < 5 {
		t.Fatal(said)
	}
	for kind, values := range map[vocab.SubjectKeyKind][]string{
		vocab.CitizenNumber: {"", strings.Repeat("1", 200), "310101199001011", "31010119900101", "990000198001010014", "010101198001010014", "310101198013010014", "310101209901010014", "310101198001010010"},
		vocab.CreditCode:    {"9131", "91310000OOOOOOOOOO", "91AB00007109310000"},
		vocab.Passport:      {"E1"}, vocab.RegisterNumber: {"a\x00b"}, "unheard": {"x"},
	} {
		for _, v := range values {
			_, _, err := subject.Normalise(vocab.SubjectKey{Kind: kind, Value: v}, subject.Options{Today: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
			if err == nil {
				t.Errorf("%s %q is taken", kind, v)
				continue
			}
			said = append(said, err.Error())
		}
	}
	for _, s := range said {
		zh, known := c.Cause(text.Chinese, s)
		if !known || zh == s || regexp.MustCompile(`\{[1-9]\}`).MatchString(zh) || !regexp.MustCompile(`\p{Han}`).MatchString(zh) {
			t.Errorf("%q is said %q", s, zh)
		}
		if en, _ := c.Cause(text.English, s); !strings.HasSuffix(s, en) {
			t.Errorf("%q is said %q", s, en)
		}
	}
	if s, known := c.Cause(text.Chinese, "what nobody wrote down"); known || s != "what nobody wrote down" {
		t.Error(s)
	}
}

// notesOfSources are the notes that stand in the drivers, with 7 for each value.
func notesOfSources(t *testing.T) (out []string) {
	t.Helper()
	for _, dir := range []string{"postgres", "sqlite"} {
		files, err := filepath.Glob("../../engine/source/" + dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`(?:p\.Notes = append\(p\.Notes, |return \[\]string\{)(?:fmt\.Sprintf\()?(.*)`).FindAllStringSubmatch(string(b), -1) {
				s := ""
				for i, part := range regexp.MustCompile(`"[^"]*"`).FindAllString(m[1], -1) {
					if i > 0 {
						s += "7"
					}
					word, err := strconv.Unquote(part)
					if err != nil {
						t.Fatal(err)
					}
					s += strings.ReplaceAll(word, "%d", "7")
				}
				if s != "" {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

// Where a row of law was read is said without English words.
func TestSourcesOfLawAreSaidInChinese(t *testing.T) {
	c, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".toml") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range regexp.MustCompile(`(?m)^source = "([^"]+)"`).FindAllStringSubmatch(string(b), -1) {
			n++
			if _, err := c.Get(text.Chinese, "page.word.law_source."+m[1]); err == nil {
				continue
			}
			if said, _ := c.Cause(text.Chinese, m[1]); regexp.MustCompile(`[a-z]`).MatchString(said) {
				t.Errorf("%s: %q is said %q", path, m[1], said)
			}
			if en, _ := c.Cause(text.English, m[1]); en != m[1] {
				t.Errorf("%s: %q is said %q", path, m[1], en)
			}
		}
		return nil
	})
	if err != nil || n < 30 {
		t.Fatal(n, err)
	}
}
