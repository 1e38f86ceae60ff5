package dbsuite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/faulty"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/vocab"
)

func runCrash(t *testing.T, e Engine) {
	t.Run("AKilledProcessKeepsWhatItCommitted", func(t *testing.T) { aKilledProcessKeeps(t, e) })
	t.Run("TheLeaseNamesItsHolder", func(t *testing.T) { theLeaseNamesItsHolder(t, e) })
}

// fixedTime is when the leases of the suite are taken.
var fixedTime = time.Date(2026, 6, 30, 8, 0, 0, 0, time.UTC)

func insert(d *db.DB, id int) error { return write(d, putOwner, id, strconv.Itoa(id)) }

const (
	half = "half" // the child stands between two statements
	kill = 5      // kills while it writes
)

// liveUntilKilled is the child: it writes rows and tells each commit; told to stop
// half way, it stands in the middle of a transaction.
func (e Engine) liveUntilKilled(t *testing.T, place string) {
	place, mode, _ := strings.Cut(place, "|")
	d := e.at(t, place)
	ctx := context.Background()
	from := count(t, d, countOwners) + 1
	for i := from; ; i++ {
		err := d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, putOwner, i, strconv.Itoa(i)); err != nil {
				return err
			}
			if mode == half && i == from+3 {
				fmt.Println(half)
				select {}
			}
			if _, err := tx.Exec(ctx, `INSERT INTO thing (owner, at) VALUES ($1, $2)`, i, i); err != nil {
				return err
			}
			return outbox.Put(ctx, tx, outbox.Fact{Topic: "t", Key: strconv.Itoa(i)})
		})
		must(t, err)
		fmt.Println("done", i)
	}
}

func aKilledProcessKeeps(t *testing.T, e Engine) {
	place := e.Place(t)
	must(t, e.at(t, place).Close())
	for round := range kill {
		check(t, e, place, e.killChild(t, place, 5+round*7))
	}
	check(t, e, place, e.killChild(t, place+"|"+half, 1<<30))
}

// killChild starts the child and ends it with SIGKILL once it told of so many
// commits, or that it stands half way. It gives the last commit that it told.
func (e Engine) killChild(t *testing.T, place string, commits int) int {
	t.Helper()
	top, _, _ := strings.Cut(t.Name(), "/")
	child := exec.Command(os.Args[0], "-test.run=^"+top+"$", "-test.v")
	child.Env = append(os.Environ(), childPlace+"="+place)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	last, told, killed := 0, 0, false
	for lines := bufio.NewScanner(out); lines.Scan(); { // to the end: it may tell more before it dies
		if n, err := strconv.Atoi(strings.TrimPrefix(lines.Text(), "done ")); err == nil {
			last = n
			told++
		}
		if !killed && (told == commits || lines.Text() == half) {
			must(t, child.Process.Kill())
			killed = true
		}
	}
	child.Wait()
	if !killed {
		t.Fatal("the child ended by itself")
	}
	return last
}

func check(t *testing.T, e Engine, place string, acknowledged int) {
	t.Helper()
	d := e.at(t, place)
	defer d.Close()
	owners := count(t, d, countOwners)
	if owners < acknowledged || owners > acknowledged+1 {
		t.Errorf("%d rows, but commit %d was acknowledged", owners, acknowledged)
	}
	if n := count(t, d, `SELECT MAX(id) FROM owner`); n != owners {
		t.Errorf("row %d stands, but only %d rows", n, owners)
	}
	if n := count(t, d, `SELECT COUNT(*) FROM thing`); n != owners {
		t.Errorf("%d rows in the second table, %d in the first", n, owners)
	}
	if n := count(t, d, `SELECT COUNT(*) FROM outbox`); n != owners {
		t.Errorf("%d facts, %d rows", n, owners)
	}
}

func theLeaseNamesItsHolder(t *testing.T, e Engine) {
	ctx := context.Background()
	place, dir := e.Place(t), t.TempDir()
	d := e.at(t, place)
	lease, err := db.AcquireLease(ctx, dir, fixedTime, d)
	must(t, err)
	must(t, insert(d, 1))

	_, err = db.AcquireLease(ctx, dir, fixedTime, nil)
	if vocab.CodeOf(err) != vocab.LeaseHeld || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) ||
		!strings.Contains(err.Error(), "2026-06-30T08:00:00Z") {
		t.Errorf("the second: got %v", err)
	}
	if d.Dialect() == db.Postgres { // another folder, as on another machine, with the same schema
		other := e.at(t, place)
		_, err = db.AcquireLease(ctx, t.TempDir(), fixedTime, other)
		if vocab.CodeOf(err) != vocab.LeaseHeld || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
			t.Errorf("the second on the same schema: got %v", err)
		}
		must(t, other.Close())
	}
	must(t, lease.Release())
	must(t, d.Close())
	d = e.at(t, place)
	lease, err = db.AcquireLease(ctx, dir, fixedTime, d)
	must(t, err)
	must(t, insert(d, 2))
	must(t, lease.Release())
	if _, err := db.AcquireLease(ctx, filepath.Join(dir, "none"), fixedTime, nil); err == nil {
		t.Error("the lease of a folder that is not there was given")
	}
}

func runFaults(t *testing.T, e Engine) {
	run(t, e, []rule{
		{"AFaultBeforeTheCommitLeavesNothing", aFaultLeavesNothing},
		{"ALostAnswerKeepsTheChangeAndWakesTheOutbox", aLostAnswerKeepsTheChange},
	})
}

func aFaultLeavesNothing(t *testing.T, d *db.DB) {
	ctx := context.Background()
	for _, step := range []db.Step{db.StepBegin, db.StepExec, db.StepCommit} {
		plan := &faulty.Plan{}
		f := faulty.Wrap(d, plan)
		plan.Fail(faulty.Fault{Step: step, Times: 2})
		err := insert(f, 1)
		if !errors.Is(err, vocab.DatabaseAway) {
			t.Errorf("%s: got %v", step, err)
		}
		if n := count(t, d, countOwners); n != 0 {
			t.Errorf("%s: %d rows are left", step, n)
		}
		plan.Mend()
		must(t, f.Write(ctx, func(*db.Tx) error { return nil }))
	}
}

func aLostAnswerKeepsTheChange(t *testing.T, d *db.DB) {
	ctx := context.Background()
	plan := &faulty.Plan{}
	f := faulty.Wrap(d, plan)
	plan.Fail(faulty.Fault{Step: db.StepCommitted, Times: 1})
	news := d.News("outbox")
	err := f.Write(ctx, func(tx *db.Tx) error {
		tx.OnCommit(func() { t.Error("a hook ran without a known commit") })
		return outbox.Put(ctx, tx, outbox.Fact{Topic: "t", Key: "k"})
	})
	if !errors.Is(err, vocab.DatabaseAway) {
		t.Errorf("got %v", err)
	}
	<-news
	if n := count(t, d, `SELECT COUNT(*) FROM outbox`); n != 1 {
		t.Errorf("%d facts, want 1", n)
	}
	must(t, insert(f, 1))
}
