package proofs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"fontis/internal/vocab"
)

// itemVerbs are the exported methods that take item names, each with the path it
// asks, or with the reason why the name opens, sorts or chooses nothing.
var itemVerbs = map[string]struct {
	path vocab.Path
	why  string
}{
	"access.Door.Ask":          {path: vocab.PathCompare},
	"access.Door.StartBatch":   {path: vocab.PathBatch},
	"access.Door.Bind":         {path: vocab.PathBindCompare},
	"access.Door.PutEmergency": {path: vocab.PathGrant},
	"access.Door.SuspendUnit":  {why: "suspends what stands"},
	"access.Door.SetStatus":    {why: "carries out an act that went through the path status when it was proposed"},
	"access.Door.PutGrant":     {path: vocab.PathGrant},
	"access.Door.BindingOf":    {why: "shows a binding to those who may see it"},
	"access.Door.PutTwin":      {why: "answers from invented subjects; its grant or request went through request.items"},
	"access.Door.SuspendAll":   {why: "shows grants that stand, to be suspended"},
	"access.Door.Check":        {path: vocab.PathRead},
	"access.Door.Label":        {why: "says of a value that it is contested; it opens nothing"},
	"access.Door.Unlabel":      {why: "says of a value that it is contested no more"},
	"access.Door.PutOpen":      {why: "says what the catalog calls open; the rows of a tagged set are refused whatever it says"},
	"access.Door.Print":        {why: "hashes a value that the caller brought"},
	"access.Door.CountValue":   {why: "counts a value as a guess and opens nothing; the comparison went through its own path"},
	"access.Door.Authorise":    {why: "narrows a grant, whose items went through grant.items, to one person"},
	"access.Door.Retag":        {why: "follows the catalog inside its transaction: it binds an item more tightly and opens nothing"},

	"catalog.Service.CheckItems":   {why: "is the check of request.items, request.row-scope and grant.items"},
	"catalog.Service.Tag":          {why: "tags"},
	"catalog.Service.Untag":        {why: "proposes to untag; a second officer decides"},
	"catalog.Service.ConfirmUntag": {why: "the second officer's word"},

	"quality.Service.Raise":          {why: "contests a value, a tagged one too, which the person may have corrected; it opens, sorts and compares nothing"},
	"quality.Service.CompareSources": {path: vocab.PathCompare},
	"quality.Service.NameSources":    {path: vocab.PathCompare},
	"quality.Service.Permits":        {why: "is asked by the door whether a load may change a status"},
	"quality.Service.ProposeStatus":  {path: vocab.PathStatus},

	"share.Service.Draft":  {path: vocab.PathRequest},
	"share.Service.Demand": {why: "a demand drops them; those of the entry that is listed are asked as any request's: TestATaggedItemIsNotAskedThroughADemand"},
	"share.Service.Edit":   {path: vocab.PathRequest},
	"share.Service.Decide": {path: vocab.PathGrant},
	"share.Service.Supply": {path: vocab.PathRequest},
	"share.Service.Take":   {path: vocab.PathRequest},
	"share.Service.Try":    {why: "asks invented subjects; the items of the request went through request.items"},
}

// walked are the packages whose verbs may meet item names.
var walked = map[string]string{
	"access": "../trust/access", "share": "../duty/share", "catalog": "../duty/catalog", "index": "../engine/index", "quality": "../duty/quality",
}

// spoken are the packages whose types those verbs take. What they do is pure, and
// reached through the verbs above only.
var spoken = map[string]string{
	"consent": "../trust/access/consent", "grant": "../trust/access/grant", "binding": "../trust/access/binding", "answer": "../trust/access/answer",
	"batch": "../trust/access/batch", "asked": "../duty/share/asked", "openset": "../trust/access/openset", "register": "../trust/access/register", "twin": "../trust/access/twin",
}

// TestPromise10EveryVerbThatTakesItemNamesIsRegistered reads the source, so that
// a verb which is new or has learnt to take item names is noticed.
func TestPromise10EveryVerbThatTakesItemNamesIsRegistered(t *testing.T) {
	types, methods := map[string]ast.Expr{}, map[string]*ast.FuncDecl{}
	for name, dir := range walked {
		parse(t, name, dir, types, methods)
	}
	for name, dir := range spoken {
		parse(t, name, dir, types, map[string]*ast.FuncDecl{})
	}
	found := map[string]bool{}
	for name, m := range methods {
		pkg, _, _ := strings.Cut(name, ".")
		for _, p := range m.Type.Params.List {
			if namesItems(p.Type, pkg, types, map[string]bool{}) {
				found[name] = true
			}
		}
	}
	for name := range found {
		v, ok := itemVerbs[name]
		if !ok {
			t.Errorf("%s takes item names and is not registered: give it a path in vocab and a probe, or a reason here", name)
		} else if (v.path == "") == (v.why == "") {
			t.Errorf("%s needs a path or a reason", name)
		} else if v.path != "" && probes[v.path] == nil {
			t.Errorf("%s is registered under %s, which has no probe", name, v.path)
		}
	}
	var gone []string
	for name := range itemVerbs {
		if !found[name] {
			gone = append(gone, name)
		}
	}
	sort.Strings(gone)
	if len(gone) > 0 {
		t.Errorf("registered and gone, or without item names: %v", gone)
	}
}

func parse(t *testing.T, pkg, dir string, types map[string]ast.Expr, methods map[string]*ast.FuncDecl) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no source of %s in %s: %v", pkg, dir, err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range syntax.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok {
						types[pkg+"."+s.Name.Name] = s.Type
					}
				}
			case *ast.FuncDecl:
				if owner := receiver(d); d.Name.IsExported() && ast.IsExported(owner) {
					methods[pkg+"."+owner+"."+d.Name.Name] = d
				}
			}
		}
	}
}

func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if id, ok := typ.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// namesItems reports whether values of the type can hold a vocab.ItemID.
func namesItems(e ast.Expr, pkg string, types map[string]ast.Expr, seen map[string]bool) bool {
	again := func(x ast.Expr) bool { return namesItems(x, pkg, types, seen) }
	switch e := e.(type) {
	case *ast.StarExpr:
		return again(e.X)
	case *ast.Ellipsis:
		return again(e.Elt)
	case *ast.ArrayType:
		return again(e.Elt)
	case *ast.MapType:
		return again(e.Key) || again(e.Value)
	case *ast.IndexExpr:
		return again(e.X) || again(e.Index)
	case *ast.IndexListExpr:
		for _, i := range e.Indices {
			if again(i) {
				return true
			}
		}
		return again(e.X)
	case *ast.FuncType:
		for _, p := range e.Params.List {
			if again(p.Type) {
				return true
			}
		}
	case *ast.StructType:
		for _, f := range e.Fields.List {
			if again(f.Type) {
				return true
			}
		}
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name == "vocab" && e.Sel.Name == "ItemID" || named(x.Name+"."+e.Sel.Name, types, seen)
		}
	case *ast.Ident:
		return named(pkg+"."+e.Name, types, seen)
	}
	return false
}

func named(name string, types map[string]ast.Expr, seen map[string]bool) bool {
	def, ok := types[name]
	if !ok || seen[name] {
		return false
	}
	seen[name] = true
	pkg, _, _ := strings.Cut(name, ".")
	return namesItems(def, pkg, types, seen)
}
