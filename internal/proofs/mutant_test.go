package proofs

import (
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fontis/internal/vocab"
)

// mutant is the source with one guard taken out, and the test that must see it.
type mutant struct {
	what      string
	file      string
	old, with string
	test      string
	in        string // the package of the test, below internal; proofs when empty
}

// onPath begins the names of the mutants that let one path pass. All of them are
// one program, since everything is built anew on a change of rank 0: which path it
// is the environment says, through a file that is laid beside the others.
const (
	onPath      = "the refusal on "
	pathOfIt    = "FONTIS_MUTANT_PATH"
	mutatedFile = "internal/vocab/mutated.go"
	mutated     = `package vocab

import "os"

func mutated() Path { return Path(os.Getenv("` + pathOfIt + `")) }
`
)

// mutants are the guards of the promises. A text that is no longer there fails
// the test: the guard has moved and must be named anew.
func mutants() []mutant {
	const (
		access = "internal/trust/access/"
		ledger = "internal/trust/ledger/"
	)
	all := lawMutants()
	all = append(all, []mutant{
		{"purpose outside the grant", access + "grant/decide.go", "if c.Purpose != g.Purpose {", "if c.Purpose == \"\" {", "Promise1NoRow", ""},
		{"hours outside the grant", access + "grant/decide.go", "\tif !inside {", "\tif false && !inside {", "Promise1NoRow", ""},
		{"an append that failed", ledger + "committer.go", "\tif err != nil {\n\t\tl.withdraw(g, err)\n\t\treturn\n\t}\n", "\tif err != nil {\n\t\tat = make([]uint64, len(leaves))\n\t}\n", "Promise1TheOrder", ""},
		{"a batch that does not wait for its leaf", ledger + "batch.go", "\treturn l.Await(ctx, e)\n", "\treturn e, nil\n", "Promise1ABatchOpens|Promise1NoRow", ""},
		{"a batch under a grant that has ended", access + "batchrun.go", "if err := g.Stands(d.p.Clock.Now()); err != nil {", "if err := error(nil); err != nil {", "Promise1ABatchStops", ""},
		{"a refused batch without a leaf", access + "batchrun.go", "\tstands, err := d.p.Ledger.EndBatch(", "\tif s.State = BatchRefused; true {\n\t\treturn cause\n\t}\n\tstands, err := d.p.Ledger.EndBatch(", "Promise1NoRow", ""},
		{"answers of a failed batch that read as released", ledger + "batch.go", "\tfor at := int64(0); at < recorded; at += failedAtOnce {\n", "\t_, at, _ := l.Rows(ctx, seq)\n\tfor ; at < recorded; at += failedAtOnce {\n", "ABatchThatCannotGoOn", "trust/access"},
		{"an end that a kill takes back", access + "batchrun.go", "\t\treturn batch.Put(ctx, tx, *s)\n\t})\n\tif err", "\t\treturn nil\n\t})\n\tif err", "ABatchThatEnds", ""},
		{"a repair that marks no interruption", ledger + "repair.go", "if err := l.store.interrupt(ctx, tx, r.seq); err != nil {", "if err := error(nil); err != nil {", "Promise2What", ""},
		{"batches that nobody takes up", access + "batchrun.go", "\tat, _, err := d.p.Ledger.Rows(ctx, s.Seq)\n", "\t_, _, err := d.p.Ledger.Rows(ctx, s.Seq)\n\tat := int64(0)\n", "ABatchGoesOn", ""},
		{"guesses that are not kept", access + "guard/group.go", "if err := g.store.put(ctx, tx, write); err != nil {", "if err := error(nil); err != nil {", "Promise2What", ""},
		{"synchronous=OFF", "internal/engine/db/sqlite/sqlite.go", "synchronous(full)", "synchronous(off)", "Promise2PowerLoss", ""},
		{"a checker that passes over the leaf it was promised", ledger + "checker/audit.go", "\t\tif w.hashes[o.index] != o.leaf {\n", "\t\tif false {\n", "Promise3", ""},
		{"an error that keeps its remedy to itself", "internal/edge/problem/problem.go", `Fix: w.sentence(c.Lang, f.Code, "fix"),`, "Fix: f.Fix,", "Promise9", "edge/problem"},
		{"an error with a trace of its own", "internal/edge/problem/problem.go", "Detail: f.Cause, Trace: c.Trace,", `Detail: f.Cause, Trace: vocab.TraceID("0"),`, "Promise9", "edge/problem"},
		{"leaves without salts", ledger + "ledger.go", "rand.Read(drawn)", "rand.Read(drawn[:0])", "Promise4TheLog", ""},
		{"rows without salts", ledger + "batch.go", "\tdrawKeys(fields)\n", "\tdrawKeys(nil)\n", "Promise4TheLog", ""},
		{"erasure that leaves the rows", ledger + "erase.go", "err := l.store.erase(ctx, tx, t)", "err := error(nil)", "Promise4Erasure", ""},
		{"no guess guard", access + "guard/guard.go", "if !again && have >= most {", "if !again && have >= most*1000 {", "GuessGuardNo", ""},
		{"as-of days that count for nothing", access + "answer/plan.go", "if !c.AsOf.IsZero() {", "if false {", "GuessGuardNo", ""},
		{"sources of other members", access + "source.go", "d.source(ctx, binding.SourceKey(a.Member, id))", "d.source(ctx, binding.SourceKey(\"civil\", id))", "Tenancy", ""},
		{"traces of other members", ledger + "receipt.go", "\tif f.holder, ok = v.holder(f, person); !ok {", "\tif f.holder, ok = v.holder(f, person); !ok && false {", "Tenancy", ""},
		{"a grant that ends twice", access + "share.go", "if g.State == GrantEnded || g.State == to {", "if false {", "GrantsAreLinear", ""},
	}...)
	for _, p := range vocab.Paths() {
		all = append(all, mutant{onPath + string(p), "internal/vocab/refusal.go", "\tif !about.OfPersons() {", "\tif p == mutated() || !about.OfPersons() {", "Promise10NoTagged", ""})
	}
	return all
}

// lawMutants are the guards of the law of sharing, each with the test beside it.
func lawMutants() []mutant {
	const (
		quality   = "internal/duty/quality/"
		emergency = "internal/duty/share/emergency/"
		deferral  = "internal/trust/ledger/deferral/"
		mandate   = "internal/trust/identity/mandate/"
		consent   = "internal/trust/access/consent/consent.go"
	)
	return []mutant{
		{"a status changed by one hand", quality + "status.go", "\t\tif a.Officer == act.Proposer {\n\t\t\treturn vocab", "\t\tif a.Officer == act.Proposer {\n\t\t\treturn nil\n\t\t}\n\t\tif false {\n\t\t\treturn vocab", "Promise8NoOneAlone", "duty/quality"},
		{"a reload without its act", quality + "status.go", "\tif string(said) != value {", "\tif false && string(said) != value {", "Promise8AReload", "duty/quality"},
		{"an answer before its label", quality + "step.go", "\tcase t.Label:\n", "\tcase false:\n", "FromAcceptanceOn", "duty/quality"},
		{"a correction that tells nobody", quality + "propagate.go", "\tfor len(tasks) > 0 {\n", "\tfor tasks = nil; len(tasks) > 0; {\n", "Promise6OnlyWho", "duty/quality"},
		{"a review by who decided", quality + "step.go", "case t.Fresh && slices.Contains(c.hands, a.Officer):", "case false:", "AReviewIsDecided", "duty/quality"},
		{"people read in a batch by one steward's word", "internal/duty/share/decide.go", "if r.Decision = decided; r.twoHands() {", "if r.Decision = decided; false {", "NeedsTwoStewards", "duty/share"},
		{"two officers of whom one made the other", "internal/trust/identity/hands/hands.go", "\t\tif admitted {", "\t\tif admitted && false {", "WhomTheAuthor", "trust/ledger/deferral"},
		{"a deferral by one body", deferral + "life.go", "if a.Member == o.Body || a.Member == o.Member || a.Officer == o.Author {", "if false {", "AnOrderNeeds", "trust/ledger/deferral"},
		{"a deferral beyond its term", deferral + "rules.go", "if !o.Until.After(now) || o.Until.Sub(now) > g.term() {", "if !o.Until.After(now) {", "AnOrderNeeds|ForEver", "trust/ledger/deferral"},
		{"a deferral renewed for ever", deferral + "rules.go", "\tcase len(chain) > g.Renewals:", "\tcase false:", "DeferredForEver", "trust/ledger/deferral"},
		{"an emergency of more than a day", "internal/trust/access/grant/grant.go", "const MostEmergencyHours = 24", "const MostEmergencyHours = 48", "OfADayAtMost", "trust/access/grant"},
		{"an emergency reviewed by another body", emergency + "emergency.go", "\t\tif !a.In(e.Member) {", "\t\tif false {", "ASecondOfficer", "duty/share/emergency"},
		{"an emergency that was objected to and goes on", emergency + "emergency.go", "g.State, g.Reason = access.GrantEnded, ", "g.Reason = ", "AnObjection", "duty/share/emergency"},
		{"a mandate that never ends", mandate + "mandate.go", "return m.State == Active && now.Before(m.Until)", "return m.State == Active", "AMandateRunsOut", "trust/identity/mandate"},
		{"a mandate entered after its withdrawal", mandate + "mandate.go", "return m.State == Active && now.Before(m.Until)", "return now.Before(m.Until)", "MandateThatEnds", ""},
		{"a word taken back that still stands", consent, "\tdelete(x.all, key{g, p})\n", "", "PersonsWord", ""},
		{"a word beyond its day", consent, "if !ok || !now.Before(given.Until) {", "if !ok {", "AWordEndsOnItsDay", "duty/share/authorisation"},
		{"a word that names other items", consent, "if !slices.Contains(given.Items, it) {", "if !slices.Contains(given.Items, it) && false {", "AuthorisedIt|OnlyTheStatuses|AWordEndsOnItsDay", "duty/share/authorisation"},
		{"a stopped clock that is swept", "internal/duty/calendar/clocks.go", "case !r.Open() || r.Stopped() || r.Step", "case !r.Open() || r.Step", "AStoppedClockIsNot", "duty/calendar"},
		{"a make-up day that is a Saturday", "internal/duty/calendar/rules.go", "if w, listed := t.Days[d]; listed {", "if w, listed := t.Days[d]; listed && !w {", "MakeUpSaturday", "duty/calendar"},
		{"an escalation that nobody hears", "internal/duty/share/clocks.go", "\tcase step > 0:\n\t\treturn s.remind(ctx, tx, r, c, step)\n", "\tcase step > 0:\n\t\treturn nil\n", "AMonthInTheLife", ""},
		{"a log copied back whole that grows", "internal/engine/tlog/publish.go", "\tl.remember(ctx)\n", "", "CopiedBackWhole", "engine/tlog"},
	}
}

// TestMutantsAreSeen takes out one guard at a time and runs the test that stands
// for it; it takes minutes, so it runs with FONTIS_MUTANTS=1 and in the long run.
func TestMutantsAreSeen(t *testing.T) {
	if os.Getenv("FONTIS_MUTANTS") == "" && !long() {
		t.Skip("FONTIS_MUTANTS=1 takes out each guard in turn")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutants() {
		if only := os.Getenv("FONTIS_MUTANT"); only != "" && !strings.Contains(m.what, only) {
			continue
		}
		t.Run(m.what, func(t *testing.T) {
			record(t, &finding{what: "mutant: " + m.what, size: "1", seed: "-", figures: "seen by " + strings.ReplaceAll(m.test, "|", " or ")})
			out := m.run(t, root)
			t.Log(firstFailure(out))
			switch {
			case strings.Contains(out, "build failed") || strings.Contains(out, "setup failed"):
				t.Errorf("the mutant does not build: %s", out)
			case strings.Contains(out, "panic: test timed out"):
				t.Errorf("%s ran out of time before it saw anything: %s", m.test, out)
			case !strings.Contains(out, "--- FAIL") && !strings.Contains(out, "panic:"):
				t.Errorf("%s does not see it: %s", m.test, out)
			}
		})
	}
}

// firstFailure is what the test said of the mutant, so that a reader sees that it
// was the guard's absence and not a slow machine.
func firstFailure(out string) string {
	var said []string
	for line := range strings.Lines(out) {
		if strings.Contains(line, "_test.go:") && !strings.Contains(line, ": seed ") || strings.HasPrefix(line, "panic:") {
			said = append(said, strings.TrimSpace(line))
		}
	}
	return strings.Join(said[:min(len(said), 4)], "\n")
}

// TestEachGuardStandsWhereItsMutantLooks finds in every run a guard that has moved.
func TestEachGuardStandsWhereItsMutantLooks(t *testing.T) {
	for _, m := range mutants() {
		b, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(m.file)))
		if err != nil || !strings.Contains(string(b), m.old) {
			t.Errorf("%s: %s holds %q no more (%v)", m.what, m.file, m.old, err)
		}
	}
}

func (m mutant) run(t *testing.T, root string) string {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(m.file))
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), m.old) {
		t.Fatalf("%s holds %q no more", m.file, m.old)
	}
	changed := filepath.Join(t.TempDir(), "mutant.go")
	if err := os.WriteFile(changed, []byte(strings.ReplaceAll(string(b), m.old, m.with)), 0o600); err != nil {
		t.Fatal(err)
	}
	replaced := map[string]string{path: changed}
	refused, isPath := strings.CutPrefix(m.what, onPath)
	if isPath {
		beside := filepath.Join(t.TempDir(), "mutated.go")
		if err := os.WriteFile(beside, []byte(mutated), 0o600); err != nil {
			t.Fatal(err)
		}
		replaced[filepath.Join(root, filepath.FromSlash(mutatedFile))] = beside
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	layer := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(layer, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-mod=readonly", "-vet=off", "-short", "-count=1", "-timeout=10m", "-overlay", layer, "-run", m.test, "./internal/"+cmp.Or(m.in, "proofs"))
	cmd.Dir = root
	cmd.Env = append(os.Environ(), longVariable+"=", "FONTIS_MUTANTS=", pathOfIt+"="+refused)
	out, _ := cmd.CombinedOutput() // a failure is what is wanted; its text is judged
	return string(out)
}
