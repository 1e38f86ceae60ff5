package proof

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"
)

// dump is what leaks when everything is stolen but the erasable openings: the
// log's leaves, the row roots and their tree kept in the database, and the
// receipts of other people with the bare digests of what was not for them.
type dump struct {
	leaves  []Leaf
	hashes  map[Hash]bool // row roots, chunk roots and digests of hidden fields
	records int
}

// salter gives a record its keys; a build without salts gives none.
type salter func(fields []Field)

// salted makes keys in both ways that the package has.
func salted(t *testing.T) salter {
	d := NewDrawer(nil)
	return func(fields []Field) {
		if len(fields) == 2 {
			if err := d.Fill(fields); err != nil {
				t.Fatal(err)
			}
			return
		}
		for i, f := range fields {
			fields[i] = NewField(f.Name, f.Value)
		}
	}
}

func unsalted([]Field) {}

var (
	guessAnswers  = []string{"match", "mismatch", "unknown", "yes", "no"}
	guessPurposes = []string{"pension", "school", "tax", "housing"}
)

func guessPerson(i int) string { return fmt.Sprintf("%032x", i) }

// steal makes single records and one batch of which every value is guessable.
func steal(t *testing.T, salt salter) dump {
	t.Helper()
	d := dump{hashes: map[Hash]bool{}}
	for i := range 100 {
		fields := []Field{{Name: "person", Value: []byte(guessPerson(i))}, {Name: "purpose", Value: []byte(guessPurposes[i%4])}, {Name: "answer", Value: []byte(guessAnswers[i%5])}}
		salt(fields)
		d.leaves = append(d.leaves, Commit(Access, fields))
		shown := Open(fields, Only("purpose"))
		for _, h := range shown.Others {
			d.hashes[h] = true
		}
		d.records++
	}
	var roots []Hash
	for i := range 100 {
		row := []Field{{Name: "person", Value: []byte(guessPerson(i))}, {Name: "answer", Value: []byte(guessAnswers[i%5])}}
		salt(row)
		roots = append(roots, RowRoot(row))
		d.hashes[roots[i]] = true
		d.records++
	}
	for _, c := range NewRowsTree(roots).Chunks() {
		d.hashes[c] = true
	}
	return d
}

// keysToTry are the keys that a careless build would use.
func keysToTry(name string, value []byte) [][KeySize]byte {
	out := [][KeySize]byte{{}, sha256.Sum256([]byte(name)), sha256.Sum256(value), sha256.Sum256(nil)}
	var ones [KeySize]byte
	for i := range ones {
		ones[i] = 0xff
	}
	return append(out, ones)
}

// guess enumerates every value of every field and counts the stolen records, or
// parts of them, that some guess explains.
func guess(d dump) (matched int) {
	leaves := map[Leaf]bool{}
	for _, l := range d.leaves {
		leaves[l] = true
	}
	try := func(hit bool) {
		if hit {
			matched++
		}
	}
	for i := range 100 {
		for k := range keysToTry("", nil) {
			field := func(name, value string) Field {
				return Field{Name: name, Value: []byte(value), Key: keysToTry(name, []byte(value))[k]}
			}
			person := field("person", guessPerson(i))
			try(d.hashes[person.Digest()])
			try(d.hashes[sha256.Sum256(person.Value)])
			for _, a := range guessAnswers {
				answer := field("answer", a)
				try(d.hashes[RowRoot([]Field{person, answer})])
				for _, p := range guessPurposes {
					try(leaves[Commit(Access, []Field{person, field("purpose", p), answer})])
				}
			}
		}
	}
	return matched
}

func TestGuessingFindsNothingWithoutTheOpenings(t *testing.T) {
	if n := guess(steal(t, salted(t))); n != 0 {
		t.Fatalf("%d guesses at leaves, rows or digests were right", n)
	}
}

// The attack above is worth something only because it catches a build whose keys
// are not random.
func TestGuessingCatchesABuildWithoutSalts(t *testing.T) {
	d := steal(t, unsalted)
	if n := guess(d); n < d.records {
		t.Fatalf("%d of %d unsalted records were found: the attack is too weak to prove anything", n, d.records)
	}
}

// What is public of a record must not hold its values or keys in any encoding
// that a holder of less may read.
func TestReceiptOfAnotherHolderTellsNoHiddenValue(t *testing.T) {
	fields := []Field{NewField("person", []byte(guessPerson(7))), NewField("purpose", []byte("tax"))}
	b, err := json.Marshal(Open(fields, Only("purpose")))
	if err != nil {
		t.Fatal(err)
	}
	var back Opening
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	for _, h := range back.Others {
		for _, k := range keysToTry("person", fields[0].Value) {
			f := Field{Name: "person", Value: fields[0].Value, Key: k}
			if f.Digest() == h {
				t.Fatal("a hidden value was guessed")
			}
		}
		if h == fields[0].Key {
			t.Fatal("the key of a hidden field was given away")
		}
	}
}
