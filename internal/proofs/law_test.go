package proofs

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fontis/internal/duty/calendar"
	"fontis/internal/trust/ledger/deferral"
	"fontis/internal/trust/ledger/retention"
)

var updateLaw = flag.Bool("update-law", false, "write docs/law/clocks.md anew")

// keeper is who acts by a row of law: the package that names the row in its
// source, and a test that fails when the row is not kept.
type keeper struct{ code, test string }

// kept is for each clock of the law the code that runs it. A row without a keeper
// says why.
var kept = map[string]keeper{
	"request.supplement":          {"duty/share", "TestWhatIsMissingIsToldOnceAndTheClockStands"},
	"request.procedure":           {"duty/share", "TestAProcedureLetsTheTermStandOnceAndHasATermOfItsOwn"},
	"request.conformity":          {"duty/share", "TestAConformityCheckStandsWhereTheJurisdictionHasOne"},
	"request.reply.unconditional": {"duty/share", "TestTheReplyHasItsTermByShareType"},
	"request.reply.conditional":   {"duty/share", "TestAnExtensionNeedsTheAuthorityAndComesOnce"},
	"request.assign":              {"duty/share", "TestNotTheSourceIsRoutedOnceAndThenAssigned"},
	"request.delivery":            {"duty/share", "TestTheFirstAnswerOfAGrantIsItsDelivery"},
	"request.dispute":             {"duty/share", "TestTheTimeToDisputeIsATermOfItsOwn"},
	"dispute.consult":             {"duty/share", "TestADisputeGoesFromTalkToTheAuthorityToTheSuperior"},
	"dispute.authority":           {"duty/share", "TestADisputeGoesFromTalkToTheAuthorityToTheSuperior"},
	"dispute.superior":            {"duty/share", "TestADisputeGoesFromTalkToTheAuthorityToTheSuperior"},
	"grant.review":                {"duty/share", "TestAGrantIsDeliveredReviewedEndedAndDestroyed"},
	"grant.destruction":           {"duty/share", "TestAGrantThatEndsOnItsDayOwesItsCertificate"},
	"contest.accept":              {"duty/quality", "TestATermThatPassesIsToldAndDecidesNothing"},
	"contest.route":               {"duty/quality", "TestNotMineGoesOnOnceThenTheAuthorityAssigns"},
	"contest.verify":              {"duty/quality", "TestATermThatPassesIsToldAndDecidesNothing"},
	"contest.verify.department":   {"duty/quality", "TestATermThatPassesIsToldAndDecidesNothing"},
	"contest.propagate":           {"duty/quality", "TestAFanOutThatWasCutGoesOn"},
	"contest.holder":              {"duty/quality", "TestAHolderIsReminded"},
	"contest.review":              {"duty/quality", "TestAReviewIsDecidedByAnotherOfficer"},
	"emergency.review":            {"duty/share/emergency", "TestAnOverdueReviewSuspendsAllGrantsOfTheMember"},
	"audit.casefile":              {"app", "TestASampledEntryGoesFromTheQuestionToTheFinding"},
	"authorisation.review":        {"duty/share/authorisation", "TestOnlyTheAuthorityReviewsAndABodyRegistersOnce"},
	"catalog.demand":              {"duty/catalog/demand", "TestADemandThatIsOverdueIsToldByStepsAndAnswersNothing"},
	"catalog.change":              {"duty/catalog/review", "TestAChangeIsMadeInItsTermAndReviewed"},
	"catalog.review":              {"duty/catalog/review", "TestAChangeIsMadeInItsTermAndReviewed"},
	"retention.access":            {"app", "TestNoRecordIsKeptShorterThanTheLawsRow"},
	"retention.batch":             {"app", "TestNoRecordIsKeptShorterThanTheLawsRow"},
	"retention.act":               {"app", "TestNoRecordIsKeptShorterThanTheLawsRow"},
	"retention.request":           {"app", "TestNoRecordIsKeptShorterThanTheLawsRow"},
	"deferral.term":               {"app", "TestAnOrderIsNoLongerThanTheLawsRow"},
	"emergency.term":              {"duty/share/emergency", "TestAnEmergencyLivesAsLongAsTheLawsRow"},
}

// stopped is for each reason that stops a term the row that bounds how long, and the
// test that a step stops it and lets it go on. A row of law claims no other.
var stopped = map[string]struct{ rule, test string }{
	"supplement":        {"request.supplement", "TestWhatIsMissingIsToldOnceAndTheClockStands"},
	"special-procedure": {"request.procedure", "TestAProcedureLetsTheTermStandOnceAndHasATermOfItsOwn"},
	"consultation":      {"request.procedure", "TestAProcedureLetsTheTermStandOnceAndHasATermOfItsOwn"},
}

// stoppable are the rows whose term a step stops, and by which reasons.
var stoppable = map[string][]string{
	"request.conformity":          {"supplement"},
	"request.reply.unconditional": {"supplement", "consultation", "special-procedure"},
	"request.reply.conditional":   {"supplement", "consultation", "special-procedure"},
}

// unkept are rows that no code acts by yet; they are shown as such.
var unkept = map[string]string{}

// TestEveryRowOfLawIsCitedAndKept holds the shipped rows against the code, and
// docs/law/clocks.md against both. Run with -update-law to write it anew.
func TestEveryRowOfLawIsCitedAndKept(t *testing.T) {
	rules, err := calendar.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t)
	var out strings.Builder
	out.WriteString(clocksHead)
	seen := map[string]bool{}
	for _, r := range rules {
		seen[r.Name] = true
		if strings.TrimSpace(r.Citation) == "" || strings.TrimSpace(r.Source) == "" {
			t.Errorf("the clock %s of %s has no citation or does not say where it was read", r.Name, r.Jurisdiction)
		}
		for _, why := range r.Stops {
			by, known := stopped[why]
			if !known || !slices.Contains(stoppable[r.Name], why) || !tests[by.test] {
				t.Errorf("the clock %s of %s says that %s stops it, and no step does", r.Name, r.Jurisdiction, why)
			}
			if !slices.ContainsFunc(rules, func(b calendar.Rule) bool {
				return b.Name == by.rule && b.Jurisdiction == r.Jurisdiction && len(b.Steps) > 0
			}) {
				t.Errorf("%s of %s may stand for %s without an end: there is no %s", r.Name, r.Jurisdiction, why, by.rule)
			}
		}
		fmt.Fprintf(&out, "| %s | `%s` %s | %s | %s | %s |\n", r.Citation, r.Name, r.Jurisdiction, length(r), mark(r.Source, r.Verified), keptBy(t, r.Name, tests))
	}
	for name := range kept {
		if !seen[name] {
			t.Errorf("%s is kept and no such row ships", name)
		}
	}
	grounds, err := deferral.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	out.WriteString(groundsHead)
	for _, g := range grounds {
		if strings.TrimSpace(g.Citation) == "" || strings.TrimSpace(g.Source) == "" {
			t.Errorf("the ground %s of %s has no citation or does not say where it was read", g.Name, g.Jurisdiction)
		}
		fmt.Fprintf(&out, "| %s | `%s` %s | %d days, %d renewals | %s | `trust/ledger/deferral` `TestAnOrderNeedsGroundTermAndASecondOfficerOfAnotherBody` |\n",
			g.Citation, g.Name, g.Jurisdiction, g.LongestDays, g.Renewals, mark(g.Source, g.Verified))
	}
	out.WriteString(retained(t))
	if len(rules) < 20 || len(grounds) == 0 {
		t.Fatalf("only %d clocks and %d grounds ship", len(rules), len(grounds))
	}
	const file = "../../docs/law/clocks.md"
	if *updateLaw {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stands, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(stands) != out.String() {
		t.Error("docs/law/clocks.md is not what the rows say: go test ./internal/proofs -run RowOfLaw -update-law")
	}
}

// retained is the table of the rules of retention that ship.
func retained(t *testing.T) string {
	t.Helper()
	list, err := retention.Shipped()
	if err != nil || len(list) == 0 {
		t.Fatalf("%d rules of retention ship, %v", len(list), err)
	}
	var out strings.Builder
	out.WriteString(retentionHead)
	for _, r := range list {
		if strings.TrimSpace(r.Source) == "" {
			t.Errorf("the rule of retention of %s does not say where it was read", r.Kind)
		}
		fmt.Fprintf(&out, "| %s | `%s` | %d years %d days | %s | `app` `TestWhatRetentionDestroysIsNowhereAndNoRestoreBringsItBack` |\n", r.Citation, r.Kind, r.Years, r.Days, mark(r.Source, r.Verified))
	}
	return out.String()
}

const retentionHead = `
## What is kept for how long, where no rule of the authority's own stands

Nothing else is destroyed before the authority puts a rule: [0033](../decisions/0033-what-is-destroyed.md).

| citation | kind | kept for | read in | kept by |
|---|---|---|---|---|
`

// TestEveryTestThatTheLawNamesIsThere reads the tables of docs/law.
func TestEveryTestThatTheLawNamesIsThere(t *testing.T) {
	tests, seen := testNames(t), 0
	files, err := filepath.Glob("../../docs/law/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile("`(Test[A-Za-z0-9_]+)`").FindAllStringSubmatch(string(text), -1) {
			seen++
			if !tests[name[1]] {
				t.Errorf("%s names %s, which is no test", filepath.Base(f), name[1])
			}
		}
	}
	if seen < 20 {
		t.Fatalf("only %d tests are named", seen)
	}
}

const clocksHead = `# Clocks and grounds: article, row, code, test

Generated from the rows that ship; a test fails when this page, a row, its code and its test part. Marks: [sources.md](sources.md). Your own row stands beside it, with its validity: ` + "`fontis calendar rules FILE`" + `.

| citation | row | term | read in | kept by |
|---|---|---|---|---|
`

const groundsHead = `
## Grounds on which a use may be deferred

| citation | row | longest | read in | kept by |
|---|---|---|---|---|
`

func length(r calendar.Rule) string {
	out := fmt.Sprintf("%d %s", r.Length, r.Kind)
	if r.Extension > 0 {
		out += fmt.Sprintf(", once %d more", r.Extension)
	}
	if len(r.Stops) > 0 {
		out += ", stopped by " + strings.Join(r.Stops, ", ")
	}
	return out
}

func mark(source string, verified bool) string {
	if verified {
		return source
	}
	return source + ", unverified"
}

func keptBy(t *testing.T, name string, tests map[string]bool) string {
	t.Helper()
	if why, ok := unkept[name]; ok {
		return why
	}
	k, ok := kept[name]
	if !ok {
		t.Errorf("the clock %s ships, and nothing says who keeps it", name)
		return ""
	}
	if !tests[k.test] {
		t.Errorf("the clock %s names %s, which is no test", name, k.test)
	}
	files, err := filepath.Glob("../" + k.code + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := slices.ContainsFunc(files, func(f string) bool {
		text, err := os.ReadFile(f)
		return err == nil && !strings.HasSuffix(f, "_test.go") && strings.Contains(string(text), `"`+name+`"`)
	})
	if !named {
		t.Errorf("no source of internal/%s names the clock %s", k.code, name)
	}
	return "`" + k.code + "` `" + k.test + "`"
}

// testNames are all tests of the tree.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	out, found := map[string]bool{}, regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9_]+)\(`)
	for _, dir := range []string{"../../internal", "../../cmd", "../../demo"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range found.FindAllStringSubmatch(string(text), -1) {
				out[m[1]] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}
