package tlog

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"go.uber.org/goleak"
)

// crashFolder names the environment variable that turns the test binary into a
// process which appends until it is killed.
const crashFolder = "TLOG_TEST_CRASH_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashFolder); dir != "" {
		appendUntilKilled(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// appendUntilKilled tells on stdout every index it was given and the leaf.
func appendUntilKilled(dir string) {
	l, err := Open(context.Background(), Options{Dir: dir, Origin: origin, Signer: testSigner(nil)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for a := range 40 {
		go func() {
			for i := 0; ; i++ {
				leaf := fmt.Sprintf("%d/%d/%d", os.Getpid(), a, i)
				indices, err := l.Append(context.Background(), [][]byte{[]byte(leaf)})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				// One write call a line, so that a kill cuts no line in the middle.
				fmt.Fprintf(os.Stdout, "%d %s\n", indices[0], leaf)
			}
		}()
	}
	select {}
}

func TestWhatWasAcknowledgedSurvivesKillMinusNine(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[uint64]string{}
	for _, lines := range []int{50, 333, 700} {
		killAfter(t, dir, lines, acknowledged)
		l := mustOpen(t, dir, nil)
		size, err := l.Size(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		err = l.Leaves(soon(t), 0, size, func(index uint64, leaf []byte) error {
			if told, ok := acknowledged[index]; ok {
				found++
				if told != string(leaf) {
					return fmt.Errorf("index %d was acknowledged as %s and holds %s", index, told, leaf)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if found != len(acknowledged) {
			t.Fatalf("%d leaves were acknowledged, %d are there", len(acknowledged), found)
		}
		l.Close()
	}
	t.Logf("%d acknowledged leaves over three kills", len(acknowledged))
}

// killAfter runs an appending process, kills it after so many acknowledgements,
// and adds all that it told to acknowledged.
func killAfter(t *testing.T, dir string, lines int, acknowledged map[uint64]string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(soon(t), self)
	cmd.Env = append(os.Environ(), crashFolder+"="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	told := 0
	for s := bufio.NewScanner(out); s.Scan(); told++ {
		var index uint64
		var leaf string
		if _, err := fmt.Sscan(s.Text(), &index, &leaf); err != nil {
			t.Fatalf("line %q: %v", s.Text(), err)
		}
		if before, ok := acknowledged[index]; ok {
			t.Fatalf("index %d was given to %s and to %s", index, before, leaf)
		}
		acknowledged[index] = leaf
		if told == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd.Wait()
	if told < lines {
		t.Fatalf("the process ended by itself after %d leaves: %s", told, &stderr)
	}
	// Nothing of Tessera's own diary may reach the operator's.
	if stderr.Len() > 0 {
		t.Fatalf("on stderr: %s", &stderr)
	}
}
