package look_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/duty/quality"
	"fontis/internal/duty/share"
	"fontis/internal/edge/text"
	"fontis/internal/edge/web/look"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/identity/mandate"
	pages "fontis/web"
)

func changeSteps() (out []string) {
	for _, t := range review.Transitions() {
		out = append(out, t.Act)
	}
	return out
}

func demandSteps() (out []string) {
	for _, t := range demand.Transitions() {
		out = append(out, t.Act)
	}
	return out
}

// completed are the words that complete an act which the code writes in two parts.
func completed() map[string][]string {
	var requests []string
	for _, t := range share.Transitions() {
		requests = append(requests, t.Act)
	}
	return map[string][]string{
		"request.":       requests,
		"contest.":       contestSteps(),
		"grant.":         strs([]grant.State{grant.Active, grant.Suspended, grant.Ended}),
		"mandate.":       strs([]mandate.State{mandate.Withdrawn, mandate.Ended}),
		"status.":        strs([]quality.StatusState{quality.StatusProposed, quality.StatusDone, quality.StatusRefused, quality.StatusWithdrawn}),
		"catalog.":       {"create", "edit", "publish", "suspend", "resume", "retire", "merge", "split"},
		"change.":        changeSteps(),
		"demand.":        demandSteps(),
		"emergency.":     {"upheld", "objected"},
		"correction.":    {"told", "answered", "reminded"},
		"authorisation.": {"register", "review", "end", "remind", "give", "withdraw"},
	}
}

var (
	actShape    = regexp.MustCompile(`^[a-z]+\.[a-z-]+$`)
	prefixShape = regexp.MustCompile(`^[a-z]+\.$`)
)

// writers are the functions of a package that are given an act.
func writers(files []*ast.File) map[string]bool {
	out := map[string]bool{"Act": true, "ActAbout": true, "Ledger": true}
	for _, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			for _, p := range fn.Type.Params.List {
				for _, n := range p.Names {
					if n.Name == "act" || n.Name == "name" && fn.Name.Name == "act" {
						out[fn.Name.Name] = true
					}
				}
			}
		}
	}
	return out
}

// literals are the strings in an expression, as deep as they stand in sums.
func literals(e ast.Expr) []string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return []string{s}
		}
	case *ast.BinaryExpr:
		return append(literals(e.X), literals(e.Y)...)
	}
	return nil
}

func named(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// actsOf are the acts that the files of a package write.
func actsOf(files []*ast.File) []string {
	var out []string
	give := writers(files)
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if give[named(n.Fun)] {
					for _, a := range n.Args {
						for _, s := range literals(a) {
							if actShape.MatchString(s) || prefixShape.MatchString(s) {
								out = append(out, s)
							}
						}
					}
				}
			case *ast.CompositeLit: // change{act: "..."} and Pair{FieldAct, "..."}
				for _, e := range n.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok && named(n.Type) == "change" && named(kv.Key) == "act" {
						out = append(out, literals(kv.Value)...)
					}
				}
				if len(n.Elts) != 2 {
					break
				}
				what, value := n.Elts[0], n.Elts[1]
				if kv, ok := what.(*ast.KeyValueExpr); ok {
					what = kv.Value
				}
				if kv, ok := value.(*ast.KeyValueExpr); ok {
					value = kv.Value
				}
				if named(what) == "FieldAct" {
					out = append(out, literals(value)...)
				}
			}
			return true
		})
	}
	return out
}

// written are the acts that stand in the code of the whole house.
func written(t *testing.T) []string {
	t.Helper()
	packages := map[string][]*ast.File{}
	for _, top := range []string{"../../../trust", "../../../duty", "../../jobs", "../../../app"} {
		err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err == nil {
				packages[filepath.Dir(path)] = append(packages[filepath.Dir(path)], f)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var out []string
	ends := completed()
	for _, files := range packages {
		for _, act := range actsOf(files) {
			if !prefixShape.MatchString(act) {
				out = append(out, act)
				continue
			}
			if len(ends[act]) == 0 {
				t.Errorf("nobody says what completes the act %s", act)
			}
			for _, end := range ends[act] {
				out = append(out, act+end)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestEveryActThatIsWrittenIsSaidInBothLanguages(t *testing.T) {
	texts, err := text.Load(pages.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	acts := written(t)
	for _, must := range []string{"grant.active", "self-permit-issued", "mydata.counter", "custody.load", "contest.open", "hold.put", "request.agree", "ledger.erase"} {
		if !slices.Contains(acts, must) {
			t.Errorf("the walk does not find %s", must)
		}
	}
	for _, lang := range []text.Lang{text.Chinese, text.English} {
		l, err := look.New(texts, lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, act := range acts {
			if l.Act(act) == act {
				t.Errorf("%s: the act %q is not said", lang, act)
			}
		}
	}
}
