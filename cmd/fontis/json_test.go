package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// wordless are the commands that give no result as JSON, each with its reason.
func wordless() map[string]string {
	return map[string]string{
		". benchCmd":       "it writes JSON in any case, its diary beside it",
		". demoCatalogCmd": "it writes one JSON entry a line in any case",
	}
}

// Every command that ends well says its result as JSON when that is asked: each
// Run comes, by the functions that it calls, to Console.Result.
func TestEveryCommandHasAResultAsJSON(t *testing.T) {
	calls, runs := map[string]map[string]bool{}, []string{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "console/") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			return err
		}
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			name := fn.Name.Name
			if name == "Run" && fn.Recv != nil {
				name = filepath.Dir(file) + " " + receiver(fn)
				runs = append(runs, name)
			}
			if calls[name] == nil {
				calls[name] = map[string]bool{}
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				for _, called := range append(call.Args, call.Fun) { // what is handed on is called there
					switch called := called.(type) {
					case *ast.SelectorExpr:
						calls[name][called.Sel.Name] = true
					case *ast.Ident:
						calls[name][called.Name] = true
					}
				}
				return true
			})
		}
		return nil
	})
	if err != nil || len(runs) < 100 {
		t.Fatalf("%d commands, %v", len(runs), err)
	}
	left := wordless()
	for _, run := range runs {
		if reaches(calls, run, "Result") {
			continue
		}
		if left[run] == "" {
			t.Errorf("%s gives no result as JSON", run)
		}
		delete(left, run)
	}
	if len(left) > 0 {
		t.Errorf("these have a result, or are no commands: %v", slices.Sorted(maps.Keys(left)))
	}
}

// reaches reports whether the function comes to the other one by any calls.
func reaches(calls map[string]map[string]bool, from, to string) bool {
	seen, next := map[string]bool{}, []string{from}
	for len(next) > 0 {
		name := next[0]
		next = next[1:]
		if name == to {
			return true
		}
		if !seen[name] {
			seen[name] = true
			next = append(next, slices.Collect(maps.Keys(calls[name]))...)
		}
	}
	return false
}

// receiver is the name of the type that the method belongs to.
func receiver(fn *ast.FuncDecl) string {
	of := fn.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	if id, ok := of.(*ast.Ident); ok {
		return id.Name
	}
	return "?"
}
