package proofs

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/block"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// busy is a node with a few accesses and a batch, each under a case number that
// is found nowhere else.
func busy(t *testing.T) (n *node, traces []vocab.TraceID) {
	t.Helper()
	n = open(t, apptest.Config(t), app.Options{}, residents(20))
	g := apptest.Grant(vocab.Compare)
	n.put(t, g)
	for i := range 10 {
		call := ask(g, n.people[i], day(i%5))
		call.Case = "P-7771230" + string(rune('0'+i))
		out, err := n.Door.Ask(t.Context(), user(apptest.Tax), call)
		if err != nil {
			t.Fatal(err)
		}
		traces = append(traces, out.Trace)
	}
	var rows []block.Row
	for _, r := range n.people {
		rows = append(rows, block.Row{Subject: r.key(), Values: map[vocab.ItemID]string{Born: day(1)}})
	}
	s, _, err := n.Door.StartBatch(t.Context(), user(apptest.Tax), batch.Call{Grant: g.ID, Question: vocab.Compare, Purpose: g.Purpose, Cases: []string{"P-888123"}}, lines(rows...))
	if err != nil {
		t.Fatal(err)
	}
	if s = n.ends(t, user(apptest.Tax), s.ID); s.State != batch.Done {
		t.Fatal(s.Error)
	}
	return n, append(traces, s.Trace)
}

// opened is one committed set of fields with what the log or the database shows
// of it.
type openedFields struct {
	kind   proof.Kind
	fields []proof.Field
	leaf   []byte // of an entry
	root   []byte // of a row
}

const (
	selectOpenings    = `SELECT kind, leaf, secret FROM ledger_entry WHERE secret IS NOT NULL`
	selectRowOpenings = `SELECT root, secret FROM ledger_row WHERE secret IS NOT NULL`
	selectOutcomes    = `SELECT outcome_secret FROM ledger_entry WHERE outcome_secret IS NOT NULL`
)

// openings reads what the attacker has not: the keys, and here the values too,
// so that the attack need not be lucky with those.
func openings(t *testing.T, d *db.DB) (out []openedFields) {
	t.Helper()
	read := func(query string, scan func(func(...any) error) (openedFields, error)) {
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			rows, err := tx.Query(t.Context(), query)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				o, err := scan(rows.Scan)
				if err != nil {
					return err
				}
				out = append(out, o)
			}
			return rows.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	read(selectOpenings, func(scan func(...any) error) (o openedFields, err error) {
		var kind int64
		var secret []byte
		if err = scan(&kind, &o.leaf, &secret); err != nil {
			return o, err
		}
		o.kind = proof.Kind(kind)
		o.fields, err = proof.DecodeSecret(secret)
		return o, err
	})
	read(selectRowOpenings, func(scan func(...any) error) (o openedFields, err error) {
		var secret []byte
		if err = scan(&o.root, &secret); err != nil {
			return o, err
		}
		o.fields, err = proof.DecodeRowSecret(secret, []string{ledger.FieldCase, ledger.FieldPerson, ledger.FieldCounter, ledger.FieldPrevious})
		return o, err
	})
	read(selectOutcomes, func(scan func(...any) error) (o openedFields, err error) {
		var secret []byte
		if err = scan(&secret); err != nil {
			return o, err
		}
		o.fields, err = proof.DecodeSecret(secret)
		return o, err
	})
	return out
}

// careless are keys that a build without salts could have.
var careless = []func(f proof.Field) [proof.KeySize]byte{
	func(proof.Field) (k [proof.KeySize]byte) { return k },
	func(f proof.Field) [proof.KeySize]byte { return sha256.Sum256([]byte(f.Name)) },
	func(f proof.Field) [proof.KeySize]byte { return sha256.Sum256(f.Value) },
	func(proof.Field) [proof.KeySize]byte { return sha256.Sum256(nil) },
}

// attack knows every value of every record and tries each key a careless build
// could have used; it counts the leaves and row roots that it explains.
func attack(all []openedFields) (hits int) {
	for _, o := range all {
		for _, key := range careless {
			guess := make([]proof.Field, len(o.fields))
			for i, f := range o.fields {
				guess[i] = proof.Field{Name: f.Name, Value: f.Value, Key: key(f)}
			}
			leaf, root := proof.Commit(o.kind, guess), proof.RowRoot(guess)
			if bytes.Equal(leaf[:], o.leaf) || bytes.Equal(root[:], o.root) {
				hits++
				break
			}
		}
	}
	return hits
}

// TestPromise4TheLogRevealsNothing steals the whole database less the openings.
func TestPromise4TheLogRevealsNothing(t *testing.T) {
	n, _ := busy(t)
	all := openings(t, n.DB)
	if len(all) < 40 {
		t.Fatalf("only %d openings: the world is too small", len(all))
	}
	if hits := attack(all); hits != 0 {
		t.Errorf("%d of %d leaves and rows were explained without their keys", hits, len(all))
	}
	unsalted := make([]openedFields, 0, len(all))
	for i, o := range all {
		weak := openedFields{kind: o.kind, fields: make([]proof.Field, len(o.fields))}
		for k, f := range o.fields {
			weak.fields[k] = proof.Field{Name: f.Name, Value: f.Value, Key: careless[i%len(careless)](f)}
		}
		leaf, root := proof.Commit(o.kind, weak.fields), proof.RowRoot(weak.fields)
		weak.leaf, weak.root = leaf[:], root[:]
		unsalted = append(unsalted, weak)
	}
	if hits := attack(unsalted); hits != len(unsalted) {
		t.Errorf("of %d records without salts the attack explains %d: it is too weak to prove anything", len(unsalted), hits)
	}
	seen := map[[proof.KeySize]byte]bool{}
	stolen := withoutOpenings(t, n)
	for _, o := range all {
		for _, f := range o.fields {
			if seen[f.Key] {
				t.Fatalf("two fields share a key: %s", f.Name)
			}
			seen[f.Key] = true
			if bytes.Contains(stolen, f.Key[:]) || bytes.Contains(stolen, []byte(hex.EncodeToString(f.Key[:]))) {
				t.Fatalf("a key of %s stands in the database outside the openings", f.Name)
			}
		}
	}
}

// withoutOpenings is the whole database as one file with the openings cut out.
func withoutOpenings(t *testing.T, n *node) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stolen.db")
	if err := n.DB.Snapshot(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	conn, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, q := range []string{
		`UPDATE ledger_entry SET secret = NULL, outcome_secret = NULL`, `UPDATE ledger_row SET secret = NULL`, `UPDATE ledger_row_outcome SET secret = NULL`, `VACUUM`,
	} {
		if _, err := conn.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPromise4ErasureLeavesNoTrace erases everything and greps the files.
func TestPromise4ErasureLeavesNoTrace(t *testing.T) {
	n, traces := busy(t)
	all := openings(t, n.DB)
	words := [][]byte{[]byte("P-7771230"), []byte("P-888123")}
	for _, o := range all {
		if o.kind == proof.Access || o.root != nil {
			for _, f := range o.fields {
				words = append(words, f.Key[:])
			}
		}
	}
	before := trace(t, n, words)
	if !dbtest.OnPostgres() && len(before) < 3 {
		t.Fatalf("before the erasure only %d of %d words are in the files: the search is blind", len(before), len(words))
	}
	if _, err := n.Ledger.Erase(t.Context(), ledger.Erasure{Traces: traces, Member: apptest.Civil, Reason: "term over", Basis: "law"}); err != nil {
		t.Fatal(err)
	}
	if left := trace(t, n, words); len(left) > 0 {
		t.Errorf("after the erasure files still hold: %s", strings.Join(left[:min(5, len(left))], "; "))
	}
	person := n.Identity.AuditRef(n.people[3].key())
	mine, err := n.Ledger.OfPerson(t.Context(), person, 0, 10)
	if err != nil || len(mine) != 2 || !mine[0].Erased || mine[0].Case != "" || !mine[1].Erased {
		t.Errorf("the person sees %+v, %v; want two accesses whose content is erased", mine, err)
	}
	for _, tr := range traces {
		why, err := n.Door.Why(t.Context(), user(apptest.Tax), tr)
		if err == nil && (why.Access.Case != "" || why.Access.Officer != "") {
			t.Errorf("why still shows %+v", why.Access)
		}
	}
	size, err := n.Log.Size(t.Context())
	if err == nil {
		err = n.Log.Await(t.Context(), size)
	}
	if err != nil {
		t.Fatal(err)
	}
	policy := n.Policy
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if left := trace(t, n, words); len(left) > 0 {
		t.Errorf("after the close files still hold: %s", strings.Join(left[:min(5, len(left))], "; "))
	}
	audit(t, n.Config, policy)
}

// trace greps every file of the node's folder for the words.
func trace(t *testing.T, n *node, words [][]byte) (found []string) {
	t.Helper()
	err := filepath.WalkDir(n.Config.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, w := range words {
			if bytes.Contains(b, w) {
				found = append(found, filepath.Base(path))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
