package node

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestAProcessStartedApartOpensNothingInTheFolder(t *testing.T) {
	dir := t.TempDir()
	theirs, ours := filepath.Join(dir, "theirs"), filepath.Join(dir, "ours")
	for _, d := range []string{theirs, ours} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d, "key"), []byte("secret"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func(file string) (string, string, error) {
		var out bytes.Buffer
		cmd := exec.Command("cat", file)
		cmd.Stdout = &out
		p, err := startApart(cmd, theirs)
		if err != nil {
			t.Fatal(err)
		}
		err = <-p.ended
		return out.String(), p.how, err
	}
	_, how, err := read(filepath.Join(theirs, "key"))
	if how == "" {
		t.Skip("neither Landlock nor root: nothing keeps processes apart here, and fontis demo says so")
	}
	if err == nil {
		t.Errorf("the other's key was read, kept apart by %s", how)
	}
	if _, _, err := read(filepath.Join(ours, "key")); err != nil {
		t.Errorf("the process cannot read its own: %v", err)
	}
}
