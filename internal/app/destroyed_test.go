package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/retention"
	"fontis/internal/vocab"
)

// words begin everything of this test that is to be found nowhere afterwards.
const words = "words-to-be-destroyed"

// thing is one row of a kind with words in it, and where they stand.
type thing struct {
	kind, table, column string
	put                 string // with $1 for the words, $2 for the moment, $3 for a person
}

// things are what is kept beside the ledger as SQL; batches and registers are made
// as they are made.
var things = []thing{
	{"request", "share_request", "body", `INSERT INTO share_request (id, owner_member, provider, dataset, state, rev, grant_id, created_at, changed_at, submitted_at, due_at, region, body)
		VALUES ('r-1', 'tax', 'civil', 'civil-residents', 'withdrawn', 3, '', $2, $2, $2, NULL, '990000', '{"dataset":"civil-residents","purpose":"' || $1 || '"}')`},
	{"request", "share_history", "reason", `INSERT INTO share_history (request_id, rev, owner_member, act, from_state, to_state, member, officer, machine, reason, citation, at)
		VALUES ('r-1', 3, 'tax', 'withdraw', 'submitted', 'withdrawn', 'tax', 'o', '', $1, '', $2)`},
	{"contest", "quality_history", "reason", `INSERT INTO quality_history (contest, rev, owner_member, act, from_state, to_state, side, member, officer, reason, citation, at)
		VALUES ('c-1', 1, '', 'raise', '', 'raised', 'raiser', '', '', $1, '', $2)`},
	{"contest", "quality_contest", "sealed", `INSERT INTO quality_contest (id, number, owner_member, item, item_owner, source, person, state, rev, raised_by, created_at, changed_at, sealed, body)
		VALUES ('c-1', 1, '', 'civil-residents/born', 'civil', 'civil', $3, 'filed', 1, 'person', $2, $2, $1, '{}')`},
	{"audit", "audit_case", "answer", `INSERT INTO audit_case (id, owner_member, draw, leaf_index, row_no, trace, state, answer, answered_by, verdict, finding, asked_at, answered_at, judged_at)
		VALUES ('af-1', 'tax', 'd', 1, 0, 'none', 'judged', $1, '', '', '', $2, $2, $2)`},
	{"notice", "notice", "params", `INSERT INTO notice (id, owner_member, officer, kind, params, link, at, read_at) VALUES ('n-1', 'tax', '', 'grant-confirm', '{"grant":"' || $1 || '"}', '/', $2, 0)`},
	{"notice", "person_notice", "params", `INSERT INTO person_notice (id, person, kind, params, link, at, read_at) VALUES ('n-2', $3, 'grant-confirm', '{"grant":"' || $1 || '"}', '/', $2, 0)`},
	{"notice", "channel_delivery", "trouble", `INSERT INTO channel_delivery (id, channel, notice, owner_member, kind, link, code, state, tries, next_at, trouble, made_at, done_at)
		VALUES ('d-1', 'ch', 'n-1', 'tax', 'k', '/', '', 'dead', 9, NULL, $1, $2, $2)`},
	{"address", "channel_person", "sealed", `INSERT INTO channel_person (id, person, sealed, lang, state, code, added_at) VALUES ('pc-1', $3, $1, 'en', 'confirmed', $3, $2)`},
}

// left tells what of the words is still there: rows, blobs, registers, and on SQLite
// the bytes of every file of the data folder.
func left(t *testing.T, a *app.App) []string {
	t.Helper()
	var out []string
	err := a.DB.Read(t.Context(), func(tx *db.Tx) error {
		for _, s := range things {
			rows, err := tx.Query(t.Context(), `SELECT `+s.column+` FROM `+s.table)
			if err != nil {
				return err
			}
			for rows.Next() {
				var v []byte
				if err := rows.Scan(&v); err != nil {
					return err
				}
				if bytes.Contains(v, []byte(words)) {
					out = append(out, s.table)
				}
			}
			if err := rows.Close(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for info, err := range a.Blobs.List(t.Context(), "batch/") {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, "blob "+info.Name)
	}
	names, err := app.Registers(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	out = append(out, names...)
	if dbtest.OnPostgres() {
		return out
	}
	err = filepath.WalkDir(filepath.Join(a.Config.Dir, "data"), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // the log's files come and go by other names
			return nil
		}
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if bytes.Contains(b, []byte(words)) {
			out = append(out, "bytes of "+filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// placed is the entry once the record knows its place in the log, which it hears
// with the next group.
func placed(t *testing.T, a *app.App, trace vocab.TraceID) (ledger.Access, error) {
	t.Helper()
	for end := time.After(20 * time.Second); ; {
		e, err := a.Ledger.Entry(t.Context(), trace, ledger.Viewer{Auditor: true})
		if err != nil || e.Index != nil {
			return e, err
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-end:
			return e, nil
		}
	}
}

// kept is what is left without the files in which SQLite has it for the moment.
func kept(t *testing.T, a *app.App) []string {
	t.Helper()
	return slices.DeleteFunc(left(t, a), func(s string) bool { return strings.HasPrefix(s, "bytes of") })
}

// What retention destroys is in no file and no row any more, each kind leaves a
// certificate with a leaf, and a backup from before does not bring it back, although
// by the clock nothing is due then.
func TestWhatRetentionDestroysIsNowhereAndNoRestoreBringsItBack(t *testing.T) {
	watch := newWatched(t)
	now := clock.NewFake(time.Now())
	begun := now.Now()
	w := apptest.Fill(t, apptest.Open(t, watch.cfg, app.Options{Clock: now}), 20, vocab.Compare)
	ctx := t.Context()
	keep := w.Records.Retention
	bureau := apptest.Officer("bureau", vocab.Authority)
	bureau.OfNode = true
	for _, kind := range retention.Kinds() {
		r := retention.Rule{Dataset: retention.Any, Kind: kind, Years: 3, Citation: "Invented Act art. 3"}
		switch kind {
		case "batch": // outlives its files
			r.Years = 4
		case "batch-file":
			r.Years, r.Days = 0, 90
		}
		must(t, keep.PutRule(ctx, bureau, r))
	}
	somebody := vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: first(apptest.Citizen(1))}
	self, err := w.Identity.SelfActor(somebody)
	must(t, err)
	for _, s := range things {
		must(t, w.DB.Write(ctx, func(tx *db.Tx) error {
			var v any = words + " of " + s.table
			if s.column == "sealed" {
				v = []byte(words + " of " + s.table)
			}
			args := []any{v, now.Now().UnixMicro()}
			if strings.Contains(s.put, "$3") {
				args = append(args, self.Self[:])
			}
			_, err := tx.Exec(ctx, s.put, args...)
			return err
		}))
	}
	_, err = w.Door.Load(ctx, w.Steward, access.Register{
		ID: "list", Dated: time.Now(), Columns: []string{"number", "note"}, KeyKind: vocab.CitizenNumber,
		Rows: func(yield func([]string, error) bool) { yield([]string{somebody.Value, words}, nil) },
	})
	must(t, err)
	must(t, w.Tidy(ctx)) // notes that nothing asks the register
	asked, err := w.Door.Ask(ctx, w.User, w.Ask(1, "1960-01-01"))
	must(t, err)
	batch := batchOf(t, w)
	settle(t, w.App)
	if len(left(t, w.App)) < len(things)+2 {
		t.Fatalf("before: %v", left(t, w.App))
	}
	var backup bytes.Buffer
	_, err = w.Backup(ctx, &backup)
	must(t, err)

	now.Set(begun.AddDate(3, 0, 1))
	coming, err := keep.Coming(ctx, bureau, 0)
	must(t, err)
	kinds := []string{}
	for _, c := range coming {
		kinds = append(kinds, c.Kind)
	}
	if want := slices.DeleteFunc(retention.Kinds(), func(k string) bool { return k == "batch" }); !slices.Equal(kinds, want) {
		t.Errorf("what falls due: %v, want %v", kinds, want)
	}
	standing := held(t, w, bureau, somebody)
	before := kept(t, w.App)
	_, err = keep.Due(ctx)
	must(t, err)
	if rest := kept(t, w.App); !slices.Equal(rest, before) {
		t.Errorf("under holds the round left %v of %v", rest, before)
	}
	for _, h := range standing {
		must(t, keep.Lift(ctx, bureau, h.ID, "it is over"))
	}
	_, err = keep.Due(ctx)
	must(t, err)
	if rest := left(t, w.App); len(rest) > 0 {
		t.Errorf("after the round there is still: %v", rest)
	}
	now.Set(begun.AddDate(4, 0, 1))
	_, err = keep.Due(ctx)
	must(t, err)
	settle(t, w.App)
	certificates, err := keep.Certificates(ctx, bureau, identity.Page{})
	must(t, err)
	certified := map[string]retention.Certificate{}
	for _, c := range certificates {
		certified[c.Kind] = c
		if e, err := placed(t, w.App, c.Trace); err != nil || e.Index == nil {
			t.Errorf("the certificate of %s has no leaf: %+v, %v", c.Kind, e, err)
		}
	}
	if len(certified) != len(retention.Kinds()) {
		t.Errorf("certificates of %d kinds, want %d: %+v", len(certified), len(retention.Kinds()), certificates)
	}
	if _, err := w.Door.BatchAnswers(ctx, w.User, batch); vocab.CodeOf(err) != vocab.ReceiptErased {
		t.Errorf("the answers of the batch: %v", err)
	}
	if r, err := w.Tally.All(ctx, nil); err != nil || r.Count > 0 {
		t.Errorf("the tally of what stays: %+v, %v", r.Findings, err)
	}
	must(t, w.Close())

	now.Set(begun.Add(time.Hour)) // by the clock nothing is due: only the replay destroys
	cfg := freshPlace(t, watch.cfg)
	out, err := app.Restore(ctx, cfg, bytes.NewReader(backup.Bytes()), app.RestoreOptions{Options: app.Options{Clock: now}})
	must(t, err)
	if !out.Lost() || out.Erased < len(retention.Kinds()) {
		t.Errorf("restored %+v", out)
	}
	again := apptest.Open(t, cfg, app.Options{Clock: now})
	if rest := left(t, again); len(rest) > 0 {
		t.Errorf("the restore brought back: %v", rest)
	}
	if e, err := again.Ledger.Entry(ctx, asked.Trace, ledger.Viewer{Auditor: true}); err != nil || !e.Erased {
		t.Errorf("the access is open again: %+v, %v", e, err)
	}
	after, err := again.Records.Retention.Certificates(ctx, bureau, identity.Page{})
	must(t, err)
	for kind, c := range certified {
		if !slices.ContainsFunc(after, func(a retention.Certificate) bool { return a.ID == c.ID }) {
			t.Errorf("the certificate of %s did not come back", kind)
		}
	}
}

// held puts holds that between them cover every kind: on two members and on a person.
func held(t *testing.T, w *apptest.World, a identity.Actor, somebody vocab.SubjectKey) []retention.Hold {
	t.Helper()
	var out []retention.Hold
	for _, n := range []retention.NewHold{
		{About: retention.Member, Target: "tax"}, {About: retention.Member, Target: "civil"}, {About: retention.Person, Subject: somebody},
	} {
		n.Reason, n.Reference = "a suit", "C-1"
		h, err := w.Records.Retention.PutHold(t.Context(), a, n)
		must(t, err)
		out = append(out, h)
	}
	return out
}

func first(number, _ string) string { return number }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// batchOf asks one batch and waits for its end.
func batchOf(t *testing.T, w *apptest.World) vocab.BatchID {
	t.Helper()
	number, _ := apptest.Citizen(2)
	line := block.Row{Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number}, Values: map[vocab.ItemID]string{apptest.Born: "1960-01-01"}}
	s, bad, err := w.Door.StartBatch(t.Context(), w.User, batch.Call{Grant: w.Grant.ID, Question: vocab.Compare, Purpose: "pension", Cases: []string{"P-1"}},
		func(yield func(block.Row, error) bool) { yield(line, nil) })
	if err != nil || len(bad) > 0 {
		t.Fatal(err, bad)
	}
	for s.State != batch.Done {
		if s, err = w.Door.Batch(t.Context(), w.User, s.ID); err != nil || s.State == batch.Failed {
			t.Fatal(s, err)
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the batch never ended")
		case <-time.After(2 * time.Millisecond):
		}
	}
	return s.ID
}

// A restore that stopped leaves a folder that no node serves, and the next one still
// knows what to destroy.
func TestARestoreThatStoppedIsNotServedAndLosesNoErasure(t *testing.T) {
	watch := newWatched(t)
	w := apptest.Fill(t, apptest.Open(t, watch.cfg, app.Options{}), 10, vocab.Compare)
	ctx := t.Context()
	asked, err := w.Door.Ask(ctx, w.User, w.Ask(1, "1960-01-01"))
	must(t, err)
	settle(t, w.App)
	var backup bytes.Buffer
	_, err = w.Backup(ctx, &backup)
	must(t, err)
	later, err := w.Door.Ask(ctx, w.User, w.Ask(2, "1960-01-01"))
	must(t, err)
	_, err = w.Ledger.Erase(ctx, ledger.Erasure{Traces: []vocab.TraceID{later.Trace, asked.Trace}, Reason: "term over"})
	must(t, err)
	settle(t, w.App)
	must(t, w.Close())

	cfg := freshPlace(t, watch.cfg)
	if _, err := app.Restore(ctx, cfg, bytes.NewReader(backup.Bytes()), app.RestoreOptions{Erasures: filepath.Join(t.TempDir(), "mistyped")}); vocab.CodeOf(err) != vocab.FileUnreadable {
		t.Errorf("a file of erasures that is not there: %v", err)
	}
	stopped, stop := context.WithCancel(ctx)
	if _, err = app.Restore(stopped, cfg, bytes.NewReader(backup.Bytes()), app.RestoreOptions{Options: app.Options{Between: app.Between{
		DB: func(d *db.DB) *db.DB { stop(); return d },
	}}}); err == nil {
		t.Fatal("the restore did not stop")
	}
	if _, err := app.Open(ctx, cfg, app.Options{}); vocab.CodeOf(err) != vocab.StateWrong || !strings.Contains(fmt.Sprint(err), "restore") {
		t.Errorf("a half restored folder is served: %v", err)
	}
	// A second one is killed as the old data are set aside: nothing stands but the mark.
	must(t, os.RemoveAll(filepath.Join(cfg.Dir, "data")))
	if _, err := app.Open(ctx, cfg, app.Options{}); vocab.CodeOf(err) != vocab.StateWrong {
		t.Errorf("an empty folder in the middle of a restore is served: %v", err)
	}
	if cfg.Schema != "" {
		cfg.Schema += "2"
	}
	older := filepath.Join(t.TempDir(), "older.jsonl") // what is named comes beside what is known
	must(t, os.WriteFile(older, nil, 0o600))
	_, err = app.Restore(ctx, cfg, bytes.NewReader(backup.Bytes()), app.RestoreOptions{Erasures: older})
	must(t, err)
	again := apptest.Open(t, cfg, app.Options{})
	if e, err := again.Ledger.Entry(ctx, asked.Trace, ledger.Viewer{Auditor: true}); err != nil || !e.Erased {
		t.Errorf("an erasure beside an entry that the backup lacks was not replayed: %+v, %v", e, err)
	}
}
