package ledger

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// EntriesOf asks for entries in their order: what audit and retention walk over.
type EntriesOf struct {
	Owner       vocab.MemberID // empty: everyone's
	From, Until time.Time
	After       int64  // entries behind this one in the order asked for; 0 begins
	Newest      bool   // newest first
	Acts        bool   // acts and refusals alone, in ascending order
	Standing    string // only of this kind and with their openings, in ascending order
	Limit       int
}

// Raw is an entry with what it commits to. It is for the auditor's eyes and for
// the node's own rules; faces show what Access leaves of it.
type Raw struct {
	Seq      int64
	Trace    vocab.TraceID
	Kind     proof.Kind
	State    vocab.AccessState
	At       time.Time
	Owner    vocab.MemberID
	Provider vocab.MemberID
	Grant    vocab.GrantID
	Index    uint64
	Indexed  bool
	Fields   map[string]string // nil once erased
	Access   Access            // as the auditor sees it, without the outcome of a batch's rows
}

// mostEntries bounds one page of entries.
const mostEntries = 2000

// Entries lists entries; outcome groups are left out, each access has its own.
func (l *Ledger) Entries(ctx context.Context, q EntriesOf) ([]Raw, error) {
	if q.Limit <= 0 || q.Limit > mostEntries {
		q.Limit = mostEntries
	}
	if q.After <= 0 && q.Newest {
		q.After = forever
	}
	if q.Until.IsZero() {
		q.Until = time.UnixMicro(forever)
	}
	var out []Raw
	err := l.db.Read(ctx, func(tx *db.Tx) error {
		records, err := l.store.entries(ctx, tx, q)
		if err != nil {
			return err
		}
		out = make([]Raw, len(records))
		for i := range records {
			if out[i], err = raw(&records[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list entries: %w", err)
	}
	return out, nil
}

func raw(r *record) (Raw, error) {
	out := Raw{
		Seq: r.seq, Trace: r.trace, Kind: r.kind, State: r.state, At: r.at, Owner: r.owner, Provider: r.provider, Grant: r.grant,
		Index: r.index, Indexed: r.indexed,
	}
	f := found{holder: HolderAuditor, entry: *r}
	var err error
	if f.fields, err = decodeIfAny(r.secret); err != nil {
		return out, err
	}
	if f.fields != nil {
		out.Fields = make(map[string]string, len(f.fields))
		for i := range f.fields {
			out.Fields[f.fields[i].Name] = string(f.fields[i].Value)
		}
	}
	if f.outcomeRow, err = outcomeRowOf(decodeIfAny(r.outcomeSecret)); err != nil {
		return out, err
	}
	out.Access = f.show()
	return out, nil
}

// Place is where an entry stands in the log, once it stands there.
func (l *Ledger) Place(ctx context.Context, trace vocab.TraceID) (index uint64, ok bool, err error) {
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		r, err := l.store.byTrace(ctx, tx, trace)
		index, ok = r.index, r.indexed
		return err
	})
	if db.NoRows(err) {
		return 0, false, notThere()
	}
	return index, ok, err
}

// TracesAt names the entries whose leaves stand at the places of that log, which
// lie between the first and the last of them.
func (l *Ledger) TracesAt(ctx context.Context, origin string, places []uint64) (map[uint64]vocab.TraceID, error) {
	if len(places) == 0 {
		return nil, nil
	}
	out := make(map[uint64]vocab.TraceID, len(places))
	for _, p := range places {
		out[p] = ""
	}
	err := l.db.Read(ctx, func(tx *db.Tx) error {
		if err := l.store.tracesAt(ctx, tx, origin, slices.Min(places), slices.Max(places), out); err != nil {
			return err
		}
		return l.unplaced(ctx, tx, origin, out)
	})
	if err != nil {
		return nil, fmt.Errorf("find the entries of %d leaves: %w", len(places), err)
	}
	return out, nil
}

// unplaced finds what stands in the log and does not know its place yet, such as a
// use whose outcome never came: by the leaf itself.
func (l *Ledger) unplaced(ctx context.Context, tx *db.Tx, origin string, into map[uint64]vocab.TraceID) error {
	in, err := l.logOf(origin)
	if err != nil {
		return err
	}
	byLeaf := map[string]uint64{}
	for place, trace := range into {
		if trace != "" {
			continue
		}
		err := in.Log.Leaves(ctx, place, place+1, func(_ uint64, leaf []byte) error {
			byLeaf[string(leaf)] = place
			return nil
		})
		if err != nil {
			return fmt.Errorf("read leaf %d: %w", place, err)
		}
	}
	if len(byLeaf) == 0 {
		return nil
	}
	return l.store.unplaced(ctx, tx, origin, func(trace vocab.TraceID, leaf []byte) {
		if place, ok := byLeaf[string(leaf)]; ok {
			into[place] = trace
		}
	})
}

// Span is the range of places in one log that the entries of a time take, from
// behind the last before it to the first after it. Places that are not on record
// yet, as of uses without an outcome, lie in between. Lost are the leaves behind
// the range that a restore declared lost: no record of theirs is left, so nobody
// can say what they were about.
type Span struct {
	Origin     string
	First, End uint64
	Lost       uint64
}

// Spans gives the range in each log that holds entries of the time, the growing
// one last.
func (l *Ledger) Spans(ctx context.Context, from, until time.Time) ([]Span, error) {
	var out []Span
	for _, f := range append(slices.Clone(l.former), Former{Origin: l.origin, Log: l.log}) {
		size, err := f.Log.Size(ctx)
		if err != nil {
			return nil, err
		}
		one, any := Span{Origin: f.Origin}, false
		err = l.db.Read(ctx, func(tx *db.Tx) error {
			one.First, one.End, any, err = l.store.span(ctx, tx, f.Origin, from, until)
			if err != nil || f.Origin == l.origin {
				one.End = min(one.End, size)
				return err
			}
			known, err := l.store.known(ctx, tx, f.Origin, size)
			if err == nil && one.End > known {
				one.End = known
				one.Lost, err = l.lost(ctx, tx, f.Origin, size, known)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("find the entries of a time in %s: %w", f.Origin, err)
		}
		if any && (one.First < one.End || one.Lost > 0) {
			one.End = max(one.First, one.End)
			out = append(out, one)
		}
	}
	return out, nil
}

// lost is how many leaves of a frozen log have no record: those in its files, or
// as many more as the witness had seen, which the declared loss tells.
func (l *Ledger) lost(ctx context.Context, tx *db.Tx, origin string, size, known uint64) (uint64, error) {
	declared, err := l.store.declared(ctx, tx)
	if err != nil {
		return 0, err
	}
	for i := range declared {
		fields, err := decodeIfAny(declared[i].secret)
		if err != nil {
			return 0, err
		}
		if n, err := strconv.ParseUint(valueOf(fields, "witnessed_size"), 10, 64); err == nil && valueOf(fields, "old_origin") == origin {
			size = max(size, n)
		}
	}
	return size - known, nil
}

// RootAt is the root of that log when the leaf at the index was its last: a number
// that nobody could know before that leaf was written, and anybody can recompute.
func (l *Ledger) RootAt(ctx context.Context, origin string, index uint64) (proof.Hash, error) {
	in, err := l.logOf(origin)
	if err != nil {
		return proof.Hash{}, err
	}
	var leaf []byte
	err = in.Log.Leaves(ctx, index, index+1, func(_ uint64, b []byte) error {
		leaf = append(leaf, b...)
		return nil
	})
	if err != nil {
		return proof.Hash{}, fmt.Errorf("read leaf %d: %w", index, err)
	}
	path, err := in.Log.Proof(ctx, index, index+1)
	if err != nil {
		return proof.Hash{}, fmt.Errorf("prove leaf %d: %w", index, err)
	}
	root := proof.LeafHash(leaf)
	for i := range path { // of the last leaf every neighbour stands on the left
		left := proof.Hash(path[i])
		root = proof.NodeHash(&left, &root)
	}
	return root, nil
}

// Kinds walks over the leaves of that log and tells the kind of each.
func (l *Ledger) Kinds(ctx context.Context, origin string, from, until uint64, each func(index uint64, kind proof.Kind, leaf []byte) error) error {
	in, err := l.logOf(origin)
	if err != nil {
		return err
	}
	return in.Log.Leaves(ctx, from, until, func(i uint64, b []byte) error {
		leaf, err := proof.ParseLeaf(b)
		if err != nil {
			return fmt.Errorf("leaf %d: %w", i, err)
		}
		return each(i, leaf.Kind(), b)
	})
}

// CountRows is how many rows a batch committed to; 0 for any other entry.
func (l *Ledger) CountRows(ctx context.Context, trace vocab.TraceID) (uint64, error) {
	f, err := l.find(ctx, trace, Viewer{Auditor: true})
	if err != nil {
		return 0, err
	}
	value := valueOf(f.fields, FieldRows)
	if f.entry.kind != proof.Batch || value == "" {
		return 0, nil
	}
	_, count, err := proof.ParseRows([]byte(value))
	return count, err
}

// Row opens one row of a batch as the auditor sees it.
func (l *Ledger) Row(ctx context.Context, trace vocab.TraceID, no int64) (Access, error) {
	f, err := l.find(ctx, trace, Viewer{Auditor: true})
	if err != nil {
		return Access{}, err
	}
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		stored, err := l.store.row(ctx, tx, f.entry.seq, no)
		if db.NoRows(err) {
			return notThere()
		}
		if err != nil {
			return err
		}
		row, err := rowOf(stored.secret)
		if err != nil {
			return err
		}
		f.row = &openRow{fields: row}
		f.outcomeRow, err = outcomeRowOf(rowOutcomeOf(stored.outcomeSecret))
		return err
	})
	if err != nil {
		return Access{}, fmt.Errorf("open row %d: %w", no, err)
	}
	return f.show(), nil
}

// Concerns reports whether the entry, or a row of it, is about the person.
func (l *Ledger) Concerns(ctx context.Context, tx *db.Tx, trace vocab.TraceID, p vocab.PersonRef) (bool, error) {
	r, err := l.store.byTrace(ctx, tx, trace)
	if err == nil {
		_, err = l.store.rowOf(ctx, tx, p, r.seq, 0)
	}
	if db.NoRows(err) {
		return false, nil
	}
	return err == nil, err
}

// RawOf is one entry with what it commits to, inside a transaction.
func (l *Ledger) RawOf(ctx context.Context, tx *db.Tx, trace vocab.TraceID) (Raw, error) {
	r, err := l.store.byTrace(ctx, tx, trace)
	if db.NoRows(err) {
		return Raw{}, notThere()
	}
	if err != nil {
		return Raw{}, err
	}
	return raw(&r)
}
