package proofs

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the source of the tests is a SQLite file

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/access/comparator"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// The items of the proofs' register; Loose stands in grants and has no binding.
const (
	Born  = apptest.Born
	Name  = apptest.Name
	Loose = vocab.ItemID(string(apptest.Dataset) + "/loose")
)

// resident is what the register holds of one subject. Their birth date has
// nothing to do with their number, so that it can only come from the source.
type resident struct {
	number string
	born   string // "" is empty at the source
	rows   int    // 0: no record; 2: two records that disagree
}

func (r resident) name() string { return "测试" + r.number[14:17] }

// licence is what the resident's k-th record says; two records disagree.
func (r resident) licence(k int) string { return []string{"valid", "lost"}[(int(r.number[16])+k)%2] }

func (r resident) key() vocab.SubjectKey {
	return vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: r.number}
}

var firstDay = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)

func day(n int) string { return firstDay.AddDate(0, 0, n).Format(time.DateOnly) }

// residents are n people; every seventh has no record, every eleventh two that
// disagree, every thirteenth no birth date.
func residents(n int) []resident {
	out := make([]resident, n)
	for i := range out {
		number, _ := apptest.Citizen(i)
		out[i] = resident{number: number, born: day(i * 7919 % 9), rows: 1}
		switch {
		case i%7 == 6:
			out[i].rows = 0
		case i%11 == 10:
			out[i].rows = 2
		case i%13 == 12:
			out[i].born = ""
		}
	}
	return out
}

// register writes the residents as a SQLite file in the folder.
func register(t testing.TB, folder string, all []resident) string {
	t.Helper()
	path := filepath.Join(folder, "residents.db")
	conn, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	tx, err := conn.Begin()
	if err != nil {
		t.Fatal(err)
	}
	exec := func(query string, args ...any) {
		if _, err := tx.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TABLE resident (number TEXT, name TEXT, born TEXT, licence TEXT)`)
	for _, r := range all {
		for k := range r.rows {
			var born any = r.born
			if r.born == "" {
				born = nil
			} else if k == 1 {
				born = "1901-01-01"
			}
			exec(`INSERT INTO resident VALUES (?, ?, ?, ?)`, r.number, r.name(), born, r.licence(k))
		}
	}
	exec(`CREATE INDEX resident_number ON resident (number)`)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return path
}

// node is an open node with the register bound.
type node struct {
	*app.App
	people  []resident
	steward identity.Actor
}

// licensed is the declared status of the register.
const licensed = "licensed"

// open makes a node with a register of the given people in fresh folders.
func open(t testing.TB, cfg app.Config, o app.Options, people []resident) *node {
	t.Helper()
	a := apptest.Open(t, cfg, o)
	apptest.Init(t, a)
	n := &node{App: a, people: people, steward: apptest.Officer(apptest.Civil, vocab.Steward)}
	if _, err := a.Door.AddSource(t.Context(), n.steward, "residents", "sqlite://"+register(t, t.TempDir(), people), ""); err != nil {
		t.Fatal(err)
	}
	n.bind(t, binding(Born, "born", "date"))
	n.bind(t, binding(Name, "name", "name"))
	return n
}

func binding(item vocab.ItemID, column, compare string) access.Binding {
	b := access.Binding{
		Item: item, Owner: apptest.Civil, Source: "residents", Table: "resident", Column: column, Subject: "number",
		KeyKind: vocab.CitizenNumber, Compare: compare, Read: item == Born, About: vocab.NaturalPerson,
	}
	if item == Born {
		b.Statuses = []comparator.Status{{Name: licensed, Conditions: []source.Condition{{Column: "licence", Op: source.Equal, Values: []string{"valid"}}}}}
	}
	return b
}

func (n *node) bind(t testing.TB, b access.Binding) {
	t.Helper()
	if _, err := n.Door.Bind(t.Context(), n.steward, b); err != nil {
		t.Fatal(err)
	}
}

func (n *node) put(t testing.TB, g access.Grant) {
	t.Helper()
	w := &apptest.World{App: n.App, Steward: n.steward}
	w.Put(t, g)
}

func user(m vocab.MemberID) identity.Actor { return apptest.Officer(m, vocab.DataUser) }

// ends waits until the batch goes no further.
func (n *node) ends(t testing.TB, a identity.Actor, id vocab.BatchID) batch.Status {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := n.Door.Batch(t.Context(), a, id)
		if err != nil {
			t.Fatal(err)
		}
		switch s.State {
		case batch.Done, batch.Refused, batch.Failed:
			return s
		}
		select {
		case <-t.Context().Done():
			t.Fatalf("batch %s stays %s", id, s.State)
		case <-tick.C:
		}
	}
}

func lines(rows ...block.Row) func(func(block.Row, error) bool) {
	return func(yield func(block.Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// valuesTable is a table whose column "attribute" holds the values in turn.
func valuesTable(t testing.TB, values []string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "values.db")
	conn, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Exec(`CREATE TABLE t (number TEXT, plain TEXT, attribute TEXT)`); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		if _, err := conn.Exec(`INSERT INTO t VALUES (?, ?, ?)`, fmt.Sprint(i), fmt.Sprint("p", i), values[i%len(values)]); err != nil {
			t.Fatal(err)
		}
	}
	return path
}
