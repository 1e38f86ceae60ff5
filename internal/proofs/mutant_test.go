package proofs

import (
	"encoding/json"
	"fmt"
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
}

// mutants are the guards of the promises. A text that is no longer there fails
// the test: the guard has moved and must be named anew.
func mutants() []mutant {
	const (
		access = "internal/trust/access/"
		ledger = "internal/trust/ledger/"
	)
	all := []mutant{
		{"purpose outside the grant", access + "grant/decide.go", "if c.Purpose != g.Purpose {", "if c.Purpose == \"\" {", "Promise1NoRow"},
		{"hours outside the grant", access + "grant/decide.go", "\tif !inside {", "\tif false && !inside {", "Promise1NoRow"},
		{"an append that failed", ledger + "committer.go", "\tif err != nil {\n\t\tl.withdraw(g, err)\n\t\treturn\n\t}\n", "\tif err != nil {\n\t\tat = make([]uint64, len(leaves))\n\t}\n", "Promise1TheOrder"},
		{"a batch that does not wait for its leaf", ledger + "batch.go", "\treturn l.Await(ctx, e)\n", "\treturn e, nil\n", "Promise1ABatchOpens|Promise1NoRow"},
		{"a batch under a grant that has ended", access + "batchrun.go", "if err := g.Stands(d.p.Clock.Now()); err != nil {", "if err := error(nil); err != nil {", "Promise1ABatchStops"},
		{"a refused batch without a leaf", access + "batchrun.go", "err := d.p.Ledger.RefuseBatch(", "return cause\n\terr := d.p.Ledger.RefuseBatch(", "Promise1NoRow"},
		{"a repair that marks no interruption", ledger + "repair.go", "if err := l.store.interrupt(ctx, tx, r.seq); err != nil {", "if err := error(nil); err != nil {", "Promise2What"},
		{"batches that nobody takes up", access + "batchrun.go", "\tat, _, err := d.p.Ledger.Rows(ctx, s.seq)\n", "\t_, _, err := d.p.Ledger.Rows(ctx, s.seq)\n\tat := int64(0)\n", "ABatchGoesOn"},
		{"guesses that are not kept", access + "guard/group.go", "if err := g.store.put(ctx, tx, write); err != nil {", "if err := error(nil); err != nil {", "Promise2What"},
		{"synchronous=OFF", "internal/engine/db/sqlite/sqlite.go", "synchronous(full)", "synchronous(off)", "Promise2PowerLoss"},
		{"leaves without salts", ledger + "ledger.go", "rand.Read(fields[i].Key[:])", "rand.Read(fields[i].Key[:0])", "Promise4TheLog"},
		{"rows without salts", ledger + "batch.go", "rand.Read(fields[i].Key[:])", "rand.Read(nil)", "Promise4TheLog"},
		{"erasure that leaves the rows", ledger + "erase.go", "if err := l.store.erase(ctx, tx, t); err != nil {", "if err := error(nil); err != nil {", "Promise4Erasure"},
		{"no guess guard", access + "guard/guard.go", "if !again && have >= most {", "if !again && have >= most*1000 {", "GuessGuardNo"},
		{"as-of days that count for nothing", access + "answer/plan.go", "if !c.AsOf.IsZero() {", "if false {", "GuessGuardNo"},
		{"sources of other members", access + "source.go", "d.source(ctx, binding.SourceKey(a.Member, id))", "d.source(ctx, binding.SourceKey(\"civil\", id))", "Tenancy"},
		{"traces of other members", ledger + "receipt.go", "\tif f.holder, ok = v.holder(f, person); !ok {", "\tif f.holder, ok = v.holder(f, person); !ok && false {", "Tenancy"},
		{"a grant that ends twice", access + "share.go", "if g.State == GrantEnded || g.State == to {", "if false {", "GrantsAreLinear"},
	}
	for _, p := range vocab.Paths() {
		all = append(all, mutant{"the refusal on " + string(p), "internal/vocab/refusal.go", "\tif !about.OfPersons() {", fmt.Sprintf("\tif p == %q || !about.OfPersons() {", p), "Promise10NoTagged"})
	}
	return all
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
			switch {
			case strings.Contains(out, "build failed") || strings.Contains(out, "setup failed"):
				t.Errorf("the mutant does not build: %s", out)
			case !strings.Contains(out, "--- FAIL") && !strings.Contains(out, "panic:"):
				t.Errorf("%s does not see it: %s", m.test, out)
			}
		})
	}
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
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
	if err != nil {
		t.Fatal(err)
	}
	layer := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(layer, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-mod=readonly", "-vet=off", "-short", "-count=1", "-timeout=3m", "-overlay", layer, "-run", m.test, "./internal/proofs")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), longVariable+"=", "FONTIS_MUTANTS=")
	out, _ := cmd.CombinedOutput() // a failure is what is wanted; its text is judged
	return string(out)
}
