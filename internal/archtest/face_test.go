package archtest

import (
	"go/ast"
	"sort"
	"strings"
	"testing"
)

// services are the types whose exported methods with an Actor are verbs.
var services = map[string]string{
	"internal/trust/identity": "Service", "internal/trust/access": "Door", "internal/duty/catalog": "Service", "internal/duty/share": "Service",
	"internal/duty/calendar": "Service", "internal/duty/catalog/demand": "Service", "internal/duty/catalog/finding": "Service", "internal/duty/catalog/harvest": "Service", "internal/duty/catalog/lists": "Service", "internal/duty/catalog/review": "Service", "internal/duty/catalog/standard": "Service", "internal/duty/catalog/succession": "Service", "internal/duty/share/authorisation": "Service", "internal/duty/share/freshness": "Service", "internal/duty/share/coverage": "Service",
	"internal/trust/identity/mandate": "Service", "internal/trust/ledger/view": "Service", "internal/trust/ledger/deferral": "Service",
	"internal/trust/ledger/audit": "Service", "internal/trust/ledger/retention": "Service",
}

// lacks says which verbs have no operation or no page, and why. Of commands,
// TestEveryOperationHasItsCommand says the same.
var lacks = map[string]string{
	"access.EndGrant has no operation":    "share ends grants, with history and notice",
	"access.EndGrant has no page":         "share ends grants, with history and notice",
	"access.Erase has no page":            "destroying is done by program, with a list that two have read",
	"access.ReceiptOf has no page":        "a row of a batch that names a person twice is fetched by its counter",
	"access.Load has no page":             "a register of millions of rows is loaded by program",
	"access.Twin has no operation":        "share shows a twin's rows with its printed code",
	"audit.CaseStates has no operation":   "the list of cases holds each state",
	"calendar.Due has no page":            "a request's page shows its own clocks; the list is a command",
	"calendar.ImportDays has no page":     "the yearly notice is brought in by command",
	"calendar.ImportRules has no page":    "terms of law are brought in by command, from a file that was read",
	"catalog.Export has no operation":     "a program reads whole entries: /v1/catalog.jsonl",
	"catalog.Proofs has no page":          "a receipt is judged by a tool: the command writes it, the interface gives it",
	"catalog.Export has no page":          "the page of a search gives what was found as files",
	"catalog.Fills has no operation":      "a program has the id of each change set that it made",
	"catalog.Import has no operation":     "the report of an import is kept beside its file and answers instead",
	"catalog.Import has no page":          "the report of an import is kept beside its file and answers instead",
	"identity.ActFor has no page":         "an officer of several members signs in again",
	"identity.CSRF has no operation":      "programs send a token, not a cookie",
	"identity.ChangePassword has no page": "an invitation sets a new one",
	"identity.CheckCSRF has no operation": "programs send a token, not a cookie",
	"identity.Naming has no page":         "a system names its officer; who signs in is themself",
	"identity.OwnKey has no operation":    "comes with the person's own pages",
	"deferral.PutGround has no page":      "orders are signed by command until the authority's pages have them",
	"identity.SetProtects has no page":    "is put by command, from a file or an order that was read",
	"retention.PutHold has no page":       "is put by command, from a file or an order that was read",
	"retention.PutRule has no page":       "is put by command, from a file or an order that was read",
	"view.ReceiptAtCounter has no page":   "the counter's desk comes with the person's own pages",
	"quality.CompareSources has no page":  "a run over subjects is started by program",
	"quality.NameSources has no page":     "independent sources are named by command",
	"share.Bench has no operation":        "a program reads a twin's rows with its printed code",
	"share.Try has no operation":          "a program asks the twin itself, as it asks the grant",
	"share.Fresh has no operation":        "the answer about one data set holds it",
	"share.OfGrant has no operation":      "the way from a grant to its request, for other duties",
}

// TestEveryVerbHasItsFaces lists verbs and the faces each lacks: one verb, thin
// faces, and a reason where one is missing.
func TestEveryVerbHasItsFaces(t *testing.T) {
	_, files := read(t)
	used := map[string]map[string]bool{"operation": {}, "page": {}}
	for _, s := range files {
		if s.test {
			continue
		}
		switch room(s.pkg) {
		case "internal/edge/api":
			selectors(s, used["operation"])
		case "internal/edge/web":
			selectors(s, used["page"])
		case "internal/edge/taking":
			selectors(s, used["operation"])
			selectors(s, used["page"])
		}
	}
	seen := map[string]bool{}
	for _, v := range verbs(files) {
		name := v[strings.LastIndex(v, ".")+1:]
		for _, face := range []string{"operation", "page"} {
			key := v + " has no " + face
			reason, excused := lacks[key]
			switch {
			case used[face][name] && excused:
				t.Errorf("%s stands in the list (%s), but it has one", key, reason)
			case !used[face][name] && !excused:
				t.Errorf("%s, and no reason stands in the list", key)
			case excused:
				seen[key] = true
			}
		}
	}
	for key := range lacks {
		if !seen[key] && !strings.Contains(key, "has no") {
			t.Errorf("%s names no verb", key)
		}
	}
}

func selectors(s source, into map[string]bool) {
	ast.Inspect(s.syntax, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			into[sel.Sel.Name] = true
		}
		return true
	})
}

func verbs(files []source) []string {
	var out []string
	for _, s := range files {
		service, ok := services[s.pkg]
		if !ok || s.test {
			continue
		}
		for _, d := range s.syntax.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || !f.Name.IsExported() || receiver(f) != service || !takesActor(f) || takesTx(f) {
				continue
			}
			out = append(out, s.pkg[strings.LastIndex(s.pkg, "/")+1:]+"."+f.Name.Name)
		}
	}
	sort.Strings(out)
	return out
}

func receiver(f *ast.FuncDecl) string {
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if id, ok := typ.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

func takesActor(f *ast.FuncDecl) bool { return takes(f, "Actor") }

// takesTx tells the half of a verb that another duty runs in its transaction.
func takesTx(f *ast.FuncDecl) bool { return takes(f, "Tx") }

func takes(f *ast.FuncDecl, name string) bool {
	for _, p := range f.Type.Params.List {
		found := false
		ast.Inspect(p.Type, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Name == name {
				found = true
			}
			return true
		})
		if found {
			return true
		}
	}
	return false
}
