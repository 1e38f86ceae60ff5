package archtest

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// foreign are the packages that read bytes which somebody else wrote.
var foreign = []string{
	"internal/duty/calendar", "internal/duty/catalog/", "internal/edge/taking/", "internal/edge/api/ckan",
	"internal/engine/source", "internal/engine/keyed", "internal/engine/tlog",
	"internal/trust/access/block", "internal/trust/access/comparator", "internal/trust/ledger/", "internal/trust/identity/",
}

// trusted are readers of such packages that need no fuzz function, and why.
var trusted = map[string]string{
	"internal/duty/catalog/intake/input.Digest": "hashes its bytes and reads nothing out of them",
	"internal/trust/ledger/audit.Lines":         "reads the report that this node published and keeps",
}

// TestEveryReaderOfForeignBytesIsFuzzed: a function that begins with an io.Reader or
// with bytes and answers with an error, in a package that reads what somebody else
// wrote, is called by a fuzz function of its package, directly or through a function
// that the fuzz function calls.
func TestEveryReaderOfForeignBytesIsFuzzed(t *testing.T) {
	_, files := read(t)
	readers := map[string]bool{}
	called := map[string]map[string]bool{} // by package and function: what it calls
	fuzzed := map[string][]string{}        // by package: what its fuzz functions call
	for _, s := range files {
		for _, d := range s.syntax.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			names := callees(f)
			key := s.pkg + "." + f.Name.Name
			if called[key] == nil {
				called[key] = map[string]bool{}
			}
			for _, n := range names {
				called[key][n] = true
			}
			if s.test && strings.HasPrefix(f.Name.Name, "Fuzz") {
				fuzzed[s.pkg] = append(fuzzed[s.pkg], names...)
			}
			if !s.test && f.Recv == nil && f.Name.IsExported() && readsForeign(s.pkg) && takesBytes(f) {
				readers[key] = true
			}
		}
	}
	if len(readers) < 15 {
		t.Errorf("only %d readers were found", len(readers))
	}
	for key := range readers {
		at := strings.LastIndex(key, ".")
		pkg, name := key[:at], key[at+1:]
		reached := reachedFrom(pkg, fuzzed[pkg], called)[name]
		reason, excused := trusted[key]
		switch {
		case !reached && !excused:
			t.Errorf("%s reads what somebody else wrote, and no fuzz function of its package calls it", key)
		case reached && excused:
			t.Errorf("%s stands in the list (%s), but it is fuzzed", key, reason)
		}
	}
	for key := range trusted {
		if !readers[key] {
			t.Errorf("%s is no such reader", key)
		}
	}
}

func readsForeign(pkg string) bool {
	for _, p := range foreign {
		if pkg == strings.TrimSuffix(p, "/") || strings.HasSuffix(p, "/") && strings.HasPrefix(pkg, p) {
			return true
		}
	}
	return false
}

// takesBytes reports whether the first parameter after ctx is an io.Reader or bytes,
// and the last result an error.
func takesBytes(f *ast.FuncDecl) bool {
	if f.Type.Results == nil {
		return false
	}
	results := f.Type.Results.List
	if last, ok := results[len(results)-1].Type.(*ast.Ident); !ok || last.Name != "error" {
		return false
	}
	for _, p := range f.Type.Params.List {
		switch typ := p.Type.(type) {
		case *ast.SelectorExpr:
			if typ.Sel.Name == "Context" {
				continue
			}
			from, ok := typ.X.(*ast.Ident)
			return ok && from.Name == "io" && strings.HasPrefix(typ.Sel.Name, "Reader")
		case *ast.ArrayType:
			of, ok := typ.Elt.(*ast.Ident)
			return ok && typ.Len == nil && of.Name == "byte"
		default:
			return false
		}
	}
	return false
}

func callees(f *ast.FuncDecl) (out []string) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			switch fun := c.Fun.(type) {
			case *ast.Ident:
				out = append(out, fun.Name)
			case *ast.SelectorExpr:
				out = append(out, fun.Sel.Name)
			}
		}
		return true
	})
	return out
}

// reachedFrom are the names that the calls lead to inside the package.
func reachedFrom(pkg string, calls []string, called map[string]map[string]bool) map[string]bool {
	seen := map[string]bool{}
	calls = slices.Clone(calls)
	for len(calls) > 0 {
		name := calls[len(calls)-1]
		calls = calls[:len(calls)-1]
		if seen[name] {
			continue
		}
		seen[name] = true
		for next := range called[pkg+"."+name] {
			calls = append(calls, next)
		}
	}
	return seen
}
