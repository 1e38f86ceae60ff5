package demo

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/vocab"
)

// childFolder names the node's folder to the process that is going to be killed.
const childFolder = "FONTIS_DEMO_CHILD"

func TestChildThatIsKilled(t *testing.T) {
	folder := os.Getenv(childFolder)
	if folder == "" {
		t.Skip("only as the child of TestAKilledLoadGoesOn")
	}
	cfg := apptest.Config(t)
	cfg.Dir = folder
	_, fresh := os.Stat(folder + "/keys")
	a, err := app.Open(t.Context(), cfg, app.Options{New: fresh != nil})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	_, err = Load(t.Context(), a, Options{Seed: 1, Residents: tiny, Progress: func(step string, done, _ int64) {
		fmt.Printf("\nAT %s %d\n", step, done)
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAKilledLoadGoesOn(t *testing.T) {
	if dbtest.OnPostgres() {
		t.Skip("each child would have a schema of its own")
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	whole := apptest.Open(t, apptest.Config(t), app.Options{})
	load(t, whole)
	want := folderHash(t, whole)

	cfg := apptest.Config(t)
	for _, at := range []string{"officers 3", "databases 2", "catalog 2", "bindings 1", "requests 3", "history 4", "divisions 2022 15000"} {
		killAt(t, cfg.Dir, at)
	}
	a, err := app.Open(t.Context(), cfg, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	s := load(t, a)
	got := folderHash(t, a)
	for _, o := range []vocab.MemberID{Civil, Security, Market, Education, Tax} {
		if name := string(o) + ".db"; got[name] != want[name] {
			t.Errorf("%s differs from that of an unbroken load", name)
		}
	}
	if got := compare(t, a, s.Residents[1].Number, s.Residents[1].Number[6:14]); got.Answer != vocab.Match {
		t.Errorf("after all kills: %+v", got)
	}
}

// killAt runs a child on the folder and kills it without warning at a step.
func killAt(t *testing.T, folder, at string) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildThatIsKilled$", "-test.v")
	child.Env = append(os.Environ(), childFolder+"="+folder)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	reached := false
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if said = append(said, lines.Text()); strings.TrimPrefix(lines.Text(), "AT ") == at {
			reached = true
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if err := child.Wait(); err == nil || !reached {
		t.Fatalf("the child never came to %q: %v\n%s", at, err, strings.Join(said, "\n"))
	}
}
