package archtest

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// secondHands are the verbs that ask for a second hand, each with the test that tries
// it with an officer whom the first one admitted (decision 0037).
var secondHands = map[string]string{
	"internal/duty/catalog.ConfirmUntag":    "TestATagComesOffByTwoOfficersOnly",
	"internal/duty/catalog/review.Clear":    "TestAboutPersonsASecondOfficerSaysSo",
	"internal/duty/catalog/review.reveal":   "TestAnAddedItemIsUnseenUntilItsReview",
	"internal/duty/catalog/review.prepare":  "TestTheKeepersOwnChangeIsReviewedByASecondOfficer",
	"internal/duty/quality.ConfirmStatus":   "TestPromise8NoOneAloneChangesAPersonsStatus",
	"internal/duty/quality.fresh":           "TestAReviewIsDecidedByAnotherOfficer",
	"internal/duty/share.Approve":           "TestReadingPersonsInABatchNeedsTwoStewards",
	"internal/duty/share.another":           "TestWithoutASuperiorTheNodeSaysSoAndASecondOfficerDecides",
	"internal/duty/share/emergency.Review":  "TestASecondOfficerOfTheSameMemberReviewsAndTheFirstNever",
	"internal/trust/ledger/deferral.decide": "TestWhomTheAuthorOfAnOrderInvitedDoesNotConfirmIt",
}

// TestEverySecondHandIsTriedWithOneWhomTheFirstAdmitted: a verb that asks for a second
// hand stands in the table, and its test makes an officer by the first one's hand.
func TestEverySecondHandIsTriedWithOneWhomTheFirstAdmitted(t *testing.T) {
	_, files := read(t)
	admitting, asking := map[string]bool{}, map[string]bool{}
	for _, s := range files {
		for _, d := range s.syntax.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			if s.test {
				admitting[f.Name.Name] = admitting[f.Name.Name] || calls(f, "Made", "made") || names(f, "officer_maker")
			} else if calls(f, "Second", "Independent") && slices.Contains(imports(s), "internal/trust/identity/hands") {
				asking[s.pkg+"."+f.Name.Name] = true
			}
		}
	}
	for verb := range asking {
		if name, ok := secondHands[verb]; !ok {
			t.Errorf("%s asks for a second hand, and no test in the table tries it", verb)
		} else if !admitting[name] {
			t.Errorf("%s: the test %q admits no officer by the first one's hand", verb, name)
		}
	}
	for verb := range secondHands {
		if !asking[verb] {
			t.Errorf("%s asks for no second hand any more", verb)
		}
	}
}

func calls(f *ast.FuncDecl, any ...string) (found bool) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			switch fun := c.Fun.(type) {
			case *ast.Ident:
				found = found || slices.Contains(any, fun.Name)
			case *ast.SelectorExpr:
				found = found || slices.Contains(any, fun.Sel.Name)
			}
		}
		return true
	})
	return found
}

func names(f *ast.FuncDecl, text string) (found bool) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok {
			found = found || strings.Contains(l.Value, text)
		}
		return true
	})
	return found
}
