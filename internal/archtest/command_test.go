package archtest

import (
	"go/ast"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// unspoken are the operations that no command calls, and why.
var unspoken = map[string]string{
	"GET /v1/audit/reports/{id}/lines":         "published figures are read in a browser or by program; fontis audit report --file saves the whole",
	"GET /v1/mydata/receipts/{trace}":          "fontis receipts fetches the same from /v1/receipts",
	"GET /v1/problems":                         "a program explains codes; a command prints the remedy itself",
	"GET /v1/self/accesses":                    "fontis mydata shows the same from /v1/mydata",
	"GET /v1/steps":                            "a program asks it; docs/law/articles.md is made of it",
	"GET /v1/suggestions":                      "completes what is being typed on a page",
	"POST /v1/mandates/deaths":                 "is written at the counter's page, with the register of deaths at hand",
	"POST /v1/mandates/looked-up":              "is looked up at the counter's page, with the person's document at hand",
	"POST /v1/mydata/counter/receipts/{trace}": "is printed at the counter's page",
}

// TestEveryOperationHasItsCommand: what a program can do is done by a command as
// well, or the reason stands in the list.
func TestEveryOperationHasItsCommand(t *testing.T) {
	_, files := read(t)
	said := map[string][]string{} // by package of the command line
	var operations []string
	for _, s := range files {
		switch {
		case s.test:
		case strings.HasPrefix(s.pkg, "cmd/fontis"):
			said[s.pkg] = append(said[s.pkg], literals(s.syntax)...)
		case room(s.pkg) == "internal/edge/api":
			operations = append(operations, declared(s.syntax)...)
		}
	}
	slices.Sort(operations)
	operations = slices.Compact(operations)
	if len(operations) < 150 {
		t.Fatalf("only %d operations were found", len(operations))
	}
	for _, op := range operations {
		reason, excused := unspoken[op]
		switch spoken := called(op, said); {
		case spoken && excused:
			t.Errorf("%s stands in the list (%s), but a command calls it", op, reason)
		case !spoken && !excused:
			t.Errorf("no command calls %s, and no reason stands in the list", op)
		}
	}
	for op := range unspoken {
		if !slices.Contains(operations, op) {
			t.Errorf("%s is no operation", op)
		}
	}
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// called reports whether one package of the command line holds every fixed part of the
// operation's path: whole, or its last word where the command chooses among several.
func called(op string, said map[string][]string) bool {
	_, path, _ := strings.Cut(op, " ")
	begins, rest, _ := strings.Cut(path, "{")
	parts := []string{strings.Trim(begins, "/")}
	for _, word := range strings.Split(placeholder.ReplaceAllString("{"+rest, ""), "/") {
		if word != "" && rest != "" {
			parts = append(parts, word)
		}
	}
	for _, all := range said {
		holds := func(part string) bool {
			return slices.ContainsFunc(all, func(s string) bool { return strings.Contains(s, "/"+part) || s == part })
		}
		if !slices.ContainsFunc(parts, func(p string) bool { return !holds(p) }) {
			return true
		}
	}
	return false
}

func literals(f *ast.File) (out []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok {
			if s, err := strconv.Unquote(l.Value); err == nil {
				out = append(out, s)
			}
		}
		return true
	})
	return out
}

// declared are METHOD PATH of the operations under /v1.
func declared(f *ast.File) (out []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		c, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		typ, ok := c.Type.(*ast.SelectorExpr)
		if !ok || typ.Sel.Name != "Operation" {
			return true
		}
		words := map[string]string{}
		for _, e := range c.Elts {
			kv, ok := e.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			key, isName := kv.Key.(*ast.Ident)
			switch v := kv.Value.(type) {
			case *ast.BasicLit:
				if s, err := strconv.Unquote(v.Value); err == nil && isName {
					words[key.Name] = s
				}
			case *ast.SelectorExpr:
				if isName {
					words[key.Name] = strings.ToUpper(strings.TrimPrefix(v.Sel.Name, "Method"))
				}
			}
		}
		if words["Method"] != "" && strings.HasPrefix(words["Path"], "/v1/") {
			out = append(out, words["Method"]+" "+words["Path"])
		}
		return true
	})
	return out
}
