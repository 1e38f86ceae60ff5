package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/engine/db"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/tally"
	"fontis/internal/vocab"
)

// recorded is a world with single accesses, a refusal, a batch over three chunks,
// acts, outcomes and an erasure, all at rest.
func recorded(t *testing.T) *apptest.World {
	t.Helper()
	w := apptest.NewWorld(t, 700, vocab.Compare)
	var erase vocab.TraceID
	for i := range 24 {
		res, err := w.Door.Ask(t.Context(), w.User, w.Ask(i%6, "1990-01-01"))
		if err != nil {
			t.Fatal(err)
		}
		if i == 3 {
			erase = res.Trace
		}
	}
	refused := w.Ask(1, "1990-01-01")
	refused.Purpose = "curiosity"
	if _, err := w.Door.Ask(t.Context(), w.User, refused); err == nil {
		t.Fatal("a purpose outside the grant was served")
	}
	var rows []block.Row
	for i := range 600 {
		rows = append(rows, line(i, ""))
	}
	if s := send(t, w, rows...); s.State != batch.Done {
		t.Fatalf("%+v", s)
	}
	if _, err := w.Door.Ask(t.Context(), w.User, w.Ask(2, "1990-01-01")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Ledger.Erase(t.Context(), ledger.Erasure{Traces: []vocab.TraceID{erase}, Member: apptest.Tax, Reason: "asked for"}); err != nil {
		t.Fatal(err)
	}
	atRest(t, w)
	return w
}

// atRest waits until every entry has its place and every access its outcome.
func atRest(t *testing.T, w *apptest.World) {
	t.Helper()
	for countOf(t, w, `SELECT COUNT(*) FROM ledger_entry WHERE leaf_index IS NULL OR state = 'intended'`) > 0 {
		select {
		case <-t.Context().Done():
			t.Fatal("the ledger never came to rest")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// all holds everything against everything and returns what was found.
func all(t *testing.T, w *apptest.World) []tally.Finding {
	t.Helper()
	r, err := w.Tally.All(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r.Findings
}

// write runs plain SQL, as one who has the database's file would.
func write(t *testing.T, w *apptest.World, statements ...string) {
	t.Helper()
	err := w.DB.Write(t.Context(), func(tx *db.Tx) error {
		for _, s := range statements {
			if n, err := tx.Exec(t.Context(), s); err != nil || n == 0 && !strings.HasPrefix(s, "CREATE") && !strings.HasPrefix(s, "DROP") && !strings.HasSuffix(s, "1 = 1") {
				return fmt.Errorf("%s: %d rows: %w", s, n, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// books are the tables of the ledger.
var books = []string{"ledger_entry", "ledger_person", "ledger_row", "ledger_row_outcome"}

// The entries that the tamperings choose.
const (
	someAccess  = `(SELECT seq FROM ledger_entry WHERE kind = 1 AND secret IS NOT NULL AND outcome_seq IS NOT NULL ORDER BY seq LIMIT 1 OFFSET 6)`
	lastAccess  = `(SELECT MAX(seq) FROM ledger_entry WHERE kind = 1)`
	theBatch    = `(SELECT MAX(seq) FROM ledger_entry WHERE kind = 3)`
	someOutcome = `(SELECT MIN(outcome_seq) FROM ledger_entry WHERE kind = 1 AND outcome_seq IS NOT NULL)`
	somePerson  = `(SELECT person FROM ledger_person WHERE n = 3 ORDER BY seq LIMIT 1)`
)

// tampering is a deed and what must be said of it.
type tampering struct {
	name  string
	sql   string
	kinds []tally.Kind // each must be found
}

// tamperings are what one with the file and no key could try, and what must be
// said of each.
var tamperings = []tampering{
	{"a record's openings changed", `UPDATE ledger_entry SET secret = (SELECT secret FROM ledger_entry WHERE seq = ` + lastAccess + `) WHERE seq = ` + someAccess, []tally.Kind{tally.RecordChanged}},
	{"a record's openings and leaf changed", `UPDATE ledger_entry SET secret = (SELECT secret FROM ledger_entry WHERE seq = ` + lastAccess + `), leaf = (SELECT leaf FROM ledger_entry WHERE seq = ` + lastAccess + `) WHERE seq = ` + someAccess, []tally.Kind{tally.RecordChanged}},
	{"a record's openings destroyed without an erasure", `UPDATE ledger_entry SET secret = NULL, outcome_secret = NULL WHERE seq = ` + someAccess, []tally.Kind{tally.OpeningsGone}},
	{"an old record deleted", `DELETE FROM ledger_entry WHERE seq = ` + someAccess, []tally.Kind{tally.LeafAlone, tally.ChainChanged}},
	{"the newest record deleted", `DELETE FROM ledger_entry WHERE seq = (SELECT MAX(seq) FROM ledger_entry)`, []tally.Kind{tally.LeafAlone}},
	{"a caller put in another's place", `UPDATE ledger_entry SET owner_member = 'school' WHERE seq = ` + someAccess, []tally.Kind{tally.ColumnChanged}},
	{"a time moved", `UPDATE ledger_entry SET at = at - 3600000000 WHERE seq = ` + someAccess, []tally.Kind{tally.ColumnChanged}},
	{"a release called a failure", `UPDATE ledger_entry SET state = 'failed' WHERE seq = ` + someAccess, []tally.Kind{tally.ColumnChanged}},
	{"a record hidden as interrupted", `UPDATE ledger_entry SET state = 'interrupted', leaf_index = -1, outcome_seq = NULL, outcome_row = NULL, outcome_secret = NULL WHERE seq = ` + someAccess, []tally.Kind{tally.LeafAlone, tally.OutcomeMissing}},
	{"a record sent to a place that is not there", `UPDATE ledger_entry SET leaf_index = 1000000 WHERE seq = ` + someAccess, []tally.Kind{tally.LeafMissing, tally.LeafAlone}},
	{"a record without its place", `UPDATE ledger_entry SET leaf_index = NULL, at = at - 3600000000 WHERE seq = ` + someAccess, []tally.Kind{tally.LeafMissing, tally.LeafAlone}},
	{"an access without its outcome", `UPDATE ledger_entry SET state = 'intended', outcome_seq = NULL, outcome_row = NULL, outcome_secret = NULL WHERE seq = ` + someAccess, []tally.Kind{tally.OutcomeMissing}},
	{"another's outcome", `UPDATE ledger_entry SET outcome_secret = (SELECT outcome_secret FROM ledger_entry WHERE seq = ` + lastAccess + `) WHERE seq = ` + someAccess, []tally.Kind{tally.OutcomeChanged}},
	{"an outcome group deleted", `DELETE FROM ledger_entry WHERE seq = ` + someOutcome, []tally.Kind{tally.OutcomeMissing, tally.LeafAlone}},
	{"an outcome group's rows changed", `UPDATE ledger_entry SET row_roots = (SELECT row_roots FROM ledger_entry WHERE kind = 2 ORDER BY seq DESC LIMIT 1) WHERE seq = ` + someOutcome, []tally.Kind{tally.OutcomeChanged}},
	{"a batch row deleted", `DELETE FROM ledger_row WHERE seq = ` + theBatch + ` AND row_no = 300`, []tally.Kind{tally.RowMissing}},
	{"the last batch row deleted", `DELETE FROM ledger_row WHERE seq = ` + theBatch + ` AND row_no = 599`, []tally.Kind{tally.RowMissing}},
	{"a batch row changed", `UPDATE ledger_row SET secret = (SELECT secret FROM ledger_row WHERE row_no = 7), root = (SELECT root FROM ledger_row WHERE row_no = 7) WHERE row_no = 300`, []tally.Kind{tally.RowChanged}},
	{"a batch row's openings changed", `UPDATE ledger_row SET secret = (SELECT secret FROM ledger_row WHERE row_no = 7) WHERE row_no = 300`, []tally.Kind{tally.RowChanged}},
	{"a batch row put under another person", `UPDATE ledger_row SET person = (SELECT person FROM ledger_row WHERE row_no = 7) WHERE row_no = 300`, []tally.Kind{tally.RowChanged}},
	{"a batch outcome deleted", `DELETE FROM ledger_row_outcome WHERE seq = ` + theBatch + ` AND row_no = 599`, []tally.Kind{tally.RowMissing}},
	{"a batch outcome changed", `UPDATE ledger_row_outcome SET secret = (SELECT secret FROM ledger_row_outcome WHERE row_no = 7), root = (SELECT root FROM ledger_row_outcome WHERE row_no = 7) WHERE row_no = 300`, []tally.Kind{tally.RowChanged}},
	{"a batch without its outcome", `UPDATE ledger_entry SET outcome_seq = NULL, outcome_row = NULL, state = 'intended' WHERE seq = ` + theBatch, []tally.Kind{tally.OutcomeMissing}},
	{"a link in a person's chain deleted", `DELETE FROM ledger_person WHERE n = 3 AND person = ` + somePerson, []tally.Kind{tally.ChainGap}},
	{"the last link of a person's chain deleted", `DELETE FROM ledger_person WHERE person = ` + somePerson + ` AND n = (SELECT MAX(n) FROM ledger_person WHERE person = ` + somePerson + `)`, []tally.Kind{tally.ChainGap}},
	{"a link in a person's chain changed", `UPDATE ledger_person SET root = (SELECT root FROM ledger_person ORDER BY seq DESC LIMIT 1) WHERE n = 3 AND person = ` + somePerson, []tally.Kind{tally.ChainChanged}},
}

func TestEveryTamperingWithTheRecordIsFoundAndNamed(t *testing.T) {
	found(t, recorded(t), tamperings, books...)
}

// found tampers with the tables, one deed after the other, and looks that each is
// found and that what is found is named.
func found(t *testing.T, w *apptest.World, deeds []tampering, tables ...string) {
	t.Helper()
	if found := all(t, w); len(found) > 0 {
		t.Fatalf("a sound ledger: %v", found)
	}
	for _, b := range tables {
		write(t, w, `CREATE TABLE kept_`+b+` AS SELECT * FROM `+b)
	}
	for _, c := range deeds {
		write(t, w, c.sql)
		found := all(t, w)
		for _, k := range c.kinds {
			if !has(found, k) {
				t.Errorf("%s: found no %s in %v", c.name, k, found)
			}
		}
		for _, f := range found {
			if f.Seq == 0 && f.Index == nil && f.Trace == "" && f.ID == "" {
				t.Errorf("%s: %v names nothing", c.name, f)
			}
		}
		for _, b := range tables {
			write(t, w, `DELETE FROM `+b+` WHERE 1 = 1`, `INSERT INTO `+b+` SELECT * FROM kept_`+b)
		}
	}
	if found := all(t, w); len(found) > 0 {
		t.Fatalf("everything was put back: %v", found)
	}
}

func has(found []tally.Finding, k tally.Kind) bool {
	for _, f := range found {
		if f.Kind == k {
			return true
		}
	}
	return false
}

func TestDeletedRecordsAreCountedRightly(t *testing.T) {
	w := recorded(t)
	leaves := countOf(t, w, `SELECT COUNT(*) FROM ledger_entry WHERE leaf_index >= 0`)
	write(t, w, `DELETE FROM ledger_entry WHERE kind <> 4`)
	left := countOf(t, w, `SELECT COUNT(*) FROM ledger_entry WHERE leaf_index >= 0`)
	alone := 0
	for _, f := range all(t, w) {
		if f.Kind == tally.LeafAlone {
			alone++
		}
	}
	if alone != leaves-left {
		t.Errorf("%d records were deleted, %d leaves are said to be alone", leaves-left, alone)
	}
}

func TestARoundGoesOnBesideAccesses(t *testing.T) {
	w := recorded(t)
	ctx, stop := context.WithCancel(t.Context())
	asked := make(chan error)
	go func() {
		for i := 0; ; i++ {
			_, err := w.Door.Ask(ctx, w.User, w.Ask(6+i%600, "1990-01-01"))
			if ctx.Err() != nil {
				asked <- nil
				return
			}
			if err != nil {
				asked <- err
				return
			}
		}
	}()
	for range 20 {
		if found := all(t, w); len(found) > 0 {
			t.Errorf("a sound ledger: %v", found)
			break
		}
	}
	stop()
	if err := <-asked; err != nil {
		t.Error(err)
	}
}

func TestARoundKeepsItsPlaceOverARestart(t *testing.T) {
	w := recorded(t)
	for range 3 {
		if _, _, err := w.Tally.Step(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	before, err := w.Tally.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again := tally.New(tally.Options{DB: w.DB, Logs: []tally.Named{{Origin: w.Log.Origin(), Log: w.Log}}, Clock: w.Clock})
	after, err := again.Report(t.Context())
	if err != nil || after.Round != before.Round || after.Phase != before.Phase || after.Records != before.Records || after.Records == 0 {
		t.Fatalf("%v\n was %+v\n is  %+v", err, before, after)
	}
	for ended := false; !ended; {
		if ended, _, err = again.Step(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := again.Report(t.Context()); err != nil || r.Count > 0 || r.Round != before.Round {
		t.Errorf("%+v %v", r, err)
	}
}

func TestTheAlarmReachesThoseWhoKeepTheNode(t *testing.T) {
	w := recorded(t)
	write(t, w, `DELETE FROM ledger_entry WHERE seq = `+someAccess)
	all(t, w)
	all(t, w)
	list, err := w.Identity.Notices(t.Context(), identity.Actor{Member: "bureau", Officer: "first", Roles: []vocab.Role{vocab.Operator}}, identity.Page{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, x := range list {
		if x.Kind == "ledger-alarm" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d alarms in the inbox for one deed, want one", n)
	}
}
