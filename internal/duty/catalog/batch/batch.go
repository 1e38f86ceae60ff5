package batch

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// State is how far a batch has come.
type State string

// A gathering batch has no leaf yet; a sealed one is being carried out.
const (
	Gathering State = "gathering"
	Sealed    State = "sealed"
	Done      State = "done"
)

// Batch is one act about many entries.
type Batch struct {
	ID      string
	Owner   vocab.MemberID
	Act     string // as the leaf names it
	State   State
	Officer vocab.OfficerID
	Machine vocab.MachineID
	Said    string // what who acts said of all of them, in the caller's own form
	Trace   vocab.TraceID
	Count   int64 // rows
	Done    int64 // those that were carried out
	At      time.Time

	secret []byte
}

// By is who acts, as far as what is carried out later needs it.
func (b *Batch) By() identity.Actor {
	return identity.Actor{Member: b.Owner, Officer: b.Officer, Machine: b.Machine}
}

// Row is what a batch says of one entry.
type Row struct {
	Dataset vocab.DatasetID `json:"d"`
	Rev     int64           `json:"r,omitempty"` // that is published
	Line    int             `json:"l,omitempty"` // of the imported list
	Digest  string          `json:"s"`           // of what the entry or the line says
	Hands   string          `json:"h,omitempty"` // the two officers, where two are needed
}

// The fields that a row commits to; an empty one is left out.
const (
	FieldDataset = "dataset"
	FieldRev     = "rev"
	FieldLine    = "line"
	FieldDigest  = "digest"
	FieldHands   = "hands"
)

// fields are the row's fields under the keys of its place in the batch.
func (r *Row) fields(secret []byte, no int64) []proof.Field {
	said := [...]struct{ name, value string }{
		{FieldDataset, string(r.Dataset)}, {FieldRev, number(r.Rev)}, {FieldLine, number(int64(r.Line))}, {FieldDigest, r.Digest}, {FieldHands, r.Hands},
	}
	out := make([]proof.Field, 0, len(said))
	for _, f := range said {
		if f.value != "" {
			out = append(out, proof.Field{Name: f.name, Value: []byte(f.value), Key: key(secret, no, f.name)})
		}
	}
	return out
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// key is the key of one field of one row.
func key(secret []byte, no int64, name string) (k [proof.KeySize]byte) {
	mac := hmac.New(sha256.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(no)))
	mac.Write([]byte(name))
	mac.Sum(k[:0])
	return k
}

// roots are the roots of rows that begin at the given place.
func roots(secret []byte, from int64, rows []Row) []proof.Hash {
	out := make([]proof.Hash, len(rows))
	for i := range rows {
		out[i] = proof.RowRoot(rows[i].fields(secret, from+int64(i)))
	}
	return out
}

// Begin enters a batch that gathers; one that is there already stays as it is and is
// given back.
func Begin(ctx context.Context, tx *db.Tx, b Batch) (*Batch, error) {
	secret := make([]byte, proof.KeySize)
	rand.Read(secret)
	if _, err := tx.Exec(ctx, sqlBegin, b.ID, string(b.Owner), b.Act, string(b.Officer), string(b.Machine), b.Said, secret, db.Micros(b.At)); err != nil {
		return nil, err
	}
	return Load(ctx, tx, b.ID)
}

// AtOnce is how many rows one transaction gathers: 16 pieces of the tree, a few
// milliseconds of the one writer.
const AtOnce = 16 * proof.ChunkRows

// Ready is rows with what the writer need not wait for.
type Ready struct {
	rows   []Row
	chunks []chunk
	from   int64
}

type chunk struct {
	first vocab.DatasetID
	root  proof.Hash
	text  string
}

// Add gathers rows, which follow those that are gathered in the order of the ids.
// Only the last call may bring a number that is no multiple of proof.ChunkRows.
func Add(ctx context.Context, tx *db.Tx, b *Batch, r *Ready) error {
	if r.from != b.Count || r.from%proof.ChunkRows != 0 {
		return vocab.InternalError.Because("rows of batch %s were made for place %d, and %d are gathered", b.ID, r.from, b.Count)
	}
	for i, c := range r.chunks {
		if _, err := tx.Exec(ctx, sqlAdd, b.ID, r.from/proof.ChunkRows+int64(i), string(c.first), c.root[:], c.text); err != nil {
			return err
		}
	}
	b.Count += int64(len(r.rows))
	_, err := tx.Exec(ctx, sqlCount, b.ID, b.Count)
	return err
}

// Binder enters an act over many things and gives its trace.
type Binder interface {
	ActOver(ctx context.Context, tx *db.Tx, act string, fields map[string]string, rows *proof.Field) (vocab.TraceID, error)
}

// Seal binds the rows that are gathered under one leaf, in the transaction from which
// on they are carried out. A batch without a row has an act of its own all the same.
func Seal(ctx context.Context, tx *db.Tx, to Binder, b *Batch, fields map[string]string) error {
	chunks, err := chunkRoots(ctx, tx, b.ID)
	if err != nil {
		return err
	}
	var bound *proof.Field
	if b.Count > 0 {
		f := proof.RowsField(proof.ChunksRoot(chunks), uint64(b.Count))
		bound = &f
	}
	if b.Trace, err = to.ActOver(ctx, tx, b.Act, fields, bound); err != nil {
		return err
	}
	b.State = Sealed
	_, err = tx.Exec(ctx, sqlSeal, b.ID, string(b.Trace))
	return err
}

// Progress notes how many rows are carried out; with all of them the batch is done.
func Progress(ctx context.Context, tx *db.Tx, b *Batch, done int64) error {
	b.Done = done
	if done >= b.Count {
		b.State = Done
	}
	_, err := tx.Exec(ctx, sqlProgress, b.ID, string(b.State), done)
	return err
}

// Place is one row of a batch that stands under its leaf.
type Place struct {
	Batch *Batch
	Row   Row
	Path  proof.RowPath
}

// Find gives the row of an entry with its way up; false where the batch has none.
func Find(ctx context.Context, tx *db.Tx, b *Batch, id vocab.DatasetID) (Place, bool, error) {
	no, rows, err := chunkOf(ctx, tx, b.ID, id)
	if err != nil || rows == nil {
		return Place{}, false, err
	}
	for i := range rows {
		if rows[i].Dataset != id {
			continue
		}
		chunks, err := chunkRoots(ctx, tx, b.ID)
		if err != nil {
			return Place{}, false, err
		}
		from := no * proof.ChunkRows
		at := uint64(from) + uint64(i)
		path, err := proof.PathFrom(at, roots(b.secret, from, rows), chunks)
		if err != nil {
			return Place{}, false, err
		}
		// Who the two officers are stays inside, as with every act.
		show := proof.Only(FieldDataset, FieldRev, FieldLine, FieldDigest)
		return Place{b, rows[i], proof.Row(at, uint64(b.Count), rows[i].fields(b.secret, int64(at)), path, show)}, true, nil
	}
	return Place{}, false, nil
}
