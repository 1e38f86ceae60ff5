package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// ranks is the house of ARCHITECTURE.md: a package imports lower ranks only.
var ranks = map[string]int{
	"migrations": 0, "web": 0, "internal/vocab": 0,
	"internal/engine": 1, "internal/trust": 2, "internal/duty": 3,
	"internal/edge": 4, "internal/app": 5, "cmd": 6, "demo": 5, "internal/bench": 6, "internal/proofs": 6, "internal/archtest": 7,
}

// within says which rooms of the same rank a room may import. A room may
// always import its own sub-packages and they may import it.
var within = map[string][]string{
	"internal/engine/clock": {}, "internal/engine/keys": {"clock"}, "internal/engine/blob": {"clock"},
	"internal/engine/db":     {"clock", "keys", "blob"},
	"internal/engine/keyed":  {"clock", "keys", "blob", "db"},
	"internal/engine/index":  {"clock", "keys", "blob", "db"},
	"internal/engine/tlog":   {"clock", "keys", "blob", "db"},
	"internal/engine/source": {"clock", "keys", "blob", "db", "keyed"},

	"internal/trust/identity": {}, "internal/trust/ledger": {"identity"},
	"internal/trust/access": {"ledger", "identity"},

	"internal/duty/calendar": {}, "internal/duty/catalog": {"calendar"}, "internal/duty/quality": {"calendar", "catalog"},
	"internal/duty/share": {"calendar", "catalog", "collect", "quality"},

	"internal/edge/text": {}, "internal/edge/call": {"text"}, "internal/edge/problem": {"text", "call"},
	"internal/edge/client": {"text", "call", "problem"}, "internal/edge/serve": {"text", "call", "problem"},
	"internal/edge/taking": {"text"},
	"internal/edge/jobs":   {"text"}, "internal/edge/api": {"jobs", "text", "call", "problem", "taking"}, "internal/edge/web": {"jobs", "text", "call", "problem", "taking"},

	"internal/app": {},
}

const module = "fontis/"

type source struct {
	pkg, file string
	test      bool
	syntax    *ast.File
	lines     int
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T) (*token.FileSet, []source) {
	t.Helper()
	var out []source
	fset := token.NewFileSet()
	base := root(t)
	err := filepath.WalkDir(base, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != base && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "bin" || name == "dist") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		syntax, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(base, path)
		if err != nil {
			return err
		}
		out = append(out, source{
			pkg: filepath.ToSlash(filepath.Dir(rel)), file: filepath.ToSlash(rel),
			test:   strings.HasSuffix(name, "_test.go") || strings.HasSuffix(filepath.Dir(rel), "test"),
			syntax: syntax, lines: fset.File(syntax.Pos()).LineCount(),
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 10 {
		t.Fatalf("read only %d files under %s", len(out), base)
	}
	return fset, out
}

func rankOf(pkg string) (int, bool) {
	best, found := -1, false
	longest := -1
	for prefix, r := range ranks {
		if (pkg == prefix || strings.HasPrefix(pkg, prefix+"/")) && len(prefix) > longest {
			best, found, longest = r, true, len(prefix)
		}
	}
	return best, found
}

// room is the package's place inside its rank: "internal/engine/db" for
// "internal/engine/db/sqlite".
func room(pkg string) string {
	parts := strings.Split(pkg, "/")
	if len(parts) >= 3 && parts[0] == "internal" {
		return strings.Join(parts[:3], "/")
	}
	return pkg
}

func imports(s source) []string {
	var out []string
	for _, i := range s.syntax.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		if strings.HasPrefix(path, module) {
			out = append(out, strings.TrimPrefix(path, module))
		}
	}
	return out
}

func TestImportsFlowDown(t *testing.T) {
	_, files := read(t)
	for _, s := range files {
		if s.test {
			continue
		}
		from, ok := rankOf(s.pkg)
		if !ok {
			t.Errorf("%s has no rank: add it to the table by a decision record", s.pkg)
			continue
		}
		for _, to := range imports(s) {
			checkImport(t, s, from, to)
		}
	}
}

func checkImport(t *testing.T, s source, from int, to string) {
	t.Helper()
	rank, ok := rankOf(to)
	switch {
	case !ok:
		t.Errorf("%s imports %s, which has no rank", s.file, to)
	case rank > from:
		t.Errorf("%s (rank %d) imports %s (rank %d): a fact on the outbox goes up, an import never", s.file, from, to, rank)
	case rank == from && room(s.pkg) != room(to) && from > 0:
		for _, allowed := range within[room(s.pkg)] {
			if strings.HasSuffix(room(to), "/"+allowed) {
				return
			}
		}
		if from < 5 {
			t.Errorf("%s imports %s: not in the table of its rank", s.file, to)
		}
	}
}

// drivers are named by app alone, so that everything else runs on any engine.
var drivers = []string{
	"internal/engine/db/sqlite", "internal/engine/db/postgres", "internal/engine/keyed/sqlite", "internal/engine/keyed/postgres",
	"internal/engine/index/postgres", "internal/engine/blob/dir", "internal/engine/source/postgres", "internal/engine/source/sqlite", "internal/engine/source/register",
}

func TestOnlyAppNamesADriver(t *testing.T) {
	_, files := read(t)
	for _, s := range files {
		if s.test || strings.HasPrefix(s.pkg, "internal/engine/") || s.pkg == "internal/app" {
			continue
		}
		for _, to := range imports(s) {
			for _, d := range drivers {
				if to == d {
					t.Errorf("%s names the driver %s", s.file, to)
				}
			}
		}
	}
}

// Rows of a source are opened by the door alone: promise 1.
func TestOnlyTheDoorOpensSources(t *testing.T) {
	_, files := read(t)
	for _, s := range files {
		if s.test || strings.HasPrefix(s.pkg, "internal/engine/") || room(s.pkg) == "internal/trust/access" || s.pkg == "internal/app" {
			continue
		}
		for _, to := range imports(s) {
			if to == "internal/engine/source" || to == "internal/engine/keyed" {
				t.Errorf("%s imports %s: rows leave only through trust/access", s.file, to)
			}
		}
	}
}

func TestDutyKnowsNoHTTPAndEdgeNoSQL(t *testing.T) {
	_, files := read(t)
	for _, s := range files {
		if s.test {
			continue
		}
		for _, i := range s.syntax.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			if strings.HasPrefix(s.pkg, "internal/duty/") && (path == "net/http" || strings.Contains(path, "huma")) {
				t.Errorf("%s imports %s: a duty knows no HTTP", s.file, path)
			}
			if (strings.HasPrefix(s.pkg, "internal/edge/") || strings.HasPrefix(s.pkg, "internal/duty/")) && path == "database/sql" && !strings.Contains(s.file, "/store") {
				t.Errorf("%s imports %s: SQL stands in store.go", s.file, path)
			}
		}
	}
}

func TestEveryPackageHasADoc(t *testing.T) {
	_, files := read(t)
	docs := map[string]bool{}
	for _, s := range files {
		docs[s.pkg] = docs[s.pkg] || s.syntax.Doc != nil || strings.HasSuffix(s.syntax.Name.Name, "_test")
	}
	for pkg, has := range docs {
		if !has {
			t.Errorf("package %s has no doc", pkg)
		}
	}
}

func TestEveryExportedNameHasAComment(t *testing.T) {
	fset, files := read(t)
	for _, s := range files {
		if s.test {
			continue
		}
		for _, d := range s.syntax.Decls {
			for _, missing := range uncommented(d) {
				t.Errorf("%s: %s has no comment", fset.Position(d.Pos()), missing)
			}
		}
	}
}

func uncommented(d ast.Decl) []string {
	var out []string
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && !onHidden(d) {
			out = append(out, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() && d.Doc == nil && spec.Doc == nil && spec.Comment == nil {
					out = append(out, spec.Name.Name)
				}
			case *ast.ValueSpec:
				if d.Doc == nil && spec.Doc == nil && spec.Comment == nil && spec.Names[0].IsExported() {
					out = append(out, spec.Names[0].Name)
				}
			}
		}
	}
	return out
}

// onHidden reports whether d is a method of an unexported type, whose contract
// stands at the interface it fills.
func onHidden(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return false
	}
	typ := d.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.Ident:
			return !x.IsExported()
		default:
			return false
		}
	}
}

// TestTheLongestAreInView prints the tail that rots first; it fails only far
// beyond the aims of CONTRIBUTING.md, where a place has become two.
func TestTheLongestAreInView(t *testing.T) {
	fset, files := read(t)
	type size struct {
		name  string
		lines int
	}
	var long, funcs []size
	pkgs := map[string]int{}
	for _, s := range files {
		if s.test {
			continue
		}
		long = append(long, size{s.file, s.lines})
		pkgs[s.pkg] += s.lines
		for _, d := range s.syntax.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				funcs = append(funcs, size{s.file + ":" + f.Name.Name, fset.Position(f.End()).Line - fset.Position(f.Pos()).Line + 1})
			}
		}
	}
	var packages []size
	for p, n := range pkgs {
		packages = append(packages, size{p, n})
	}
	for _, group := range []struct {
		title string
		all   []size
		most  int
	}{{"files", long, 500}, {"functions", funcs, 80}, {"packages", packages, 4000}} {
		sort.Slice(group.all, func(i, j int) bool { return group.all[i].lines > group.all[j].lines })
		for i, s := range group.all {
			if s.lines > group.most {
				t.Errorf("%s: %s has %d lines, at most %d: split it by meaning", group.title, s.name, s.lines, group.most)
			}
			if i < 10 {
				t.Logf("%-10s %5d %s", group.title, s.lines, s.name)
			}
		}
	}
}
