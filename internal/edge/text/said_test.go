package text_test

import (
	"errors"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/text"
	"fontis/internal/vocab"
	"fontis/web"
)

var update = flag.Bool("update", false, "write testdata/english-only.txt anew")

const englishOnly = "testdata/english-only.txt"

// What the program says when something does not go is said in Chinese as well: a
// page with an English cause is a page that its reader cannot act on. The list holds
// the rare ones that are still in English only; it gets shorter, and a new cause does
// not go into it but under [cause] of both files of web/text.
func TestNewCausesAreSaidInChinese(t *testing.T) {
	c, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	all := causesInCode(t)
	for _, format := range all {
		said := strings.ReplaceAll(verbAt.ReplaceAllString(format, "7"), "%%", "%")
		if zh, known := c.Cause(text.Chinese, said); !known {
			missing = append(missing, format)
		} else if regexp.MustCompile(`\{[1-9]|[a-z]+ [a-z]+ [a-z]+`).MatchString(zh) || !regexp.MustCompile(`\p{Han}`).MatchString(zh) {
			t.Errorf("%q is said %q", format, zh)
		}
	}
	if len(all) < 500 {
		t.Fatalf("only %d causes were found", len(all))
	}
	if *update {
		if err := os.WriteFile(englishOnly, []byte(strings.Join(missing, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(englishOnly)
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Split(strings.TrimSpace(string(b)), "\n")
	for _, m := range missing {
		if !slices.Contains(known, m) {
			t.Errorf("say this under [cause] of every file of web/text, {1} where a value stands: %q", m)
		}
	}
	t.Logf("%d of %d causes are in English only", len(missing), len(all))
}

var verbAt = regexp.MustCompile(`%[-+#0-9.]*[a-zA-Z]`)

// causesInCode are the sentences that failures are made with, in the packages whose
// failures reach a page.
func causesInCode(t *testing.T) (out []string) {
	t.Helper()
	for _, dir := range []string{"duty", "trust/access", "trust/identity", "trust/ledger/audit", "trust/ledger/deferral", "trust/ledger/retention", "trust/ledger/view", "edge/web", "edge/taking"} {
		err := filepath.WalkDir(filepath.Join("../..", dir), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if s := causeOf(n); s != "" {
					out = append(out, s)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// causeOf is the sentence of a call of Because or Wrap, but of what broke inside:
// that is never shown.
func causeOf(n ast.Node) string {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return ""
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	at, ok := map[string]int{"Because": 0, "Wrap": 1}[method.Sel.Name]
	if !ok || len(call.Args) <= at {
		return ""
	}
	if code, ok := method.X.(*ast.SelectorExpr); ok && code.Sel.Name == "InternalError" {
		return ""
	}
	said, ok := call.Args[at].(*ast.BasicLit)
	if !ok {
		return ""
	}
	s, _ := strconv.Unquote(said.Value)
	if strings.TrimSpace(verbAt.ReplaceAllString(s, "")) == "" {
		return "" // it passes another's words on
	}
	return s
}

// A value that is a word of the pages is said as the pages say it, and no sentence
// is taken for another.
func TestCausesSayTheWordsOfThePages(t *testing.T) {
	c, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{
		"a request that is refused cannot take the step agree":                                   "申请状态为“已拒绝”，不能办理“同意”",
		"this needs the role steward or authority in tax, and the caller does not hold it there": "需要在tax具有角色“数据管理员、数据主管”，当前账号没有",
		"the request lacks purpose, items":                                                       "申请还缺少：用途、数据项",
		"the mandate m-1 names view, contest, not authorise":                                     "委托事项为“查看使用记录、提出异议”，不包括“授权”",
		"denied: the step no-such-step of a request is another's":                                "“no-such-step”由其他方办理",
		"the change was made on revision 2 of request r-1, and there is a newer one":             "申请r-1已有新的版本，本次修改依据的是第2版",
		"data set d-1 is draft, and only a published one can be asked for":                       "数据集d-1的状态为“草稿”，只有已发布的数据集可以申请",
		"grant g-1 is suspended: two officers looked at it":                                      "授权g-1已暂停：two officers looked at it",
		"a contest that is filed cannot take the step accept":                                    "异议状态为“已归档”，不能办理“受理”",
		"grant g-1 allows compare, not read":                                                     "授权g-1只允许“数据比对”，不允许“数据查询”",
	} {
		if zh, _ := c.Cause(text.Chinese, said); zh != want {
			t.Errorf("%q is said %q, want %q", said, zh, want)
		}
	}
	places := regexp.MustCompile(`\{[1-9]\}`)
	for _, key := range c.Keys() {
		if !strings.HasPrefix(key, "cause.") {
			continue
		}
		en, _ := c.Get(text.English, key)
		zh, _ := c.Get(text.Chinese, key)
		got, _ := c.Cause(text.Chinese, places.ReplaceAllString(en, "7"))
		if want := regexp.MustCompile(`\{[1-9](:[a-z_]+)?\}`).ReplaceAllString(zh, "7"); got != want {
			t.Errorf("%s: %q is said %q, want %q", key, en, got, want)
		}
	}
}

func TestACauseThatWrapsAnotherIsSaidInParts(t *testing.T) {
	c, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{
		"read line 5: the text is not valid UTF-8":                    "读取第5行：文字不是有效的UTF-8",
		"invalid: item field length: the file is empty":               "数据项字段length：文件为空",
		"read line 5: nobody has said this before":                    "读取第5行：nobody has said this before",
		"the file is empty":                                           "文件为空",
		"bad-input: read the mapping file: the field region is empty": "读取映射文件：字段region为空",
	} {
		if got, _ := c.Cause(text.Chinese, said); got != want {
			t.Errorf("%q is said %q, want %q", said, got, want)
		}
	}
}

// What somebody sends stands in causes. Without a bound the first of these values
// would keep the page at work for hours.
func TestAValueInACauseIsNoWork(t *testing.T) {
	c, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{strings.Repeat("a: ", 300_000), strings.Repeat("field a: ", 400), strings.Repeat("a: ", 1000)} {
		if said := strconv.Quote(value) + " is no day"; len(said) > 4000 {
			if got, known := c.Cause(text.Chinese, said); known || got != said {
				t.Errorf("a cause of %d bytes was looked up", len(said))
			}
		} else if _, known := c.Cause(text.Chinese, said); !known {
			t.Errorf("a cause of %d bytes is not known", len(said))
		}
	}
}

// Whoever sends a word that a field does not know is told the words in their language.
func TestTheRemedyOfAClosedListIsSaidInChinese(t *testing.T) {
	c, err := text.Load(web.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	var set entry.Dataset
	var item entry.Item
	for _, err := range []error{set.Set(entry.FieldCycle, "forged"), item.Set(entry.ItemKind, "forged")} {
		var f *vocab.Failure
		if !errors.As(err, &f) || f.Fix == "" {
			t.Fatalf("no remedy: %v", err)
		}
		if zh, known := c.Cause(text.Chinese, f.Fix); !known || !strings.Contains(zh, "请填写下列之一：") {
			t.Errorf("the remedy %q is said %q", f.Fix, zh)
		}
	}
}
