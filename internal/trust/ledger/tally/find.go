package tally

import (
	"context"
	"fmt"
	"slices"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// findAtOnce is how many entries a search reads in one transaction.
const findAtOnce = 16 << 10

// spans calls each with a transaction for span after span of the round's entries.
func (t *Tally) spans(ctx context.Context, s *state, each func(tx *db.Tx, after, until int64) error) error {
	for after := int64(0); after < s.Last; after += findAtOnce {
		err := t.o.DB.Read(ctx, func(tx *db.Tx) error { return each(tx, after, min(after+findAtOnce, s.Last)) })
		if err != nil {
			return err
		}
	}
	return nil
}

// findLeaves names the leaves that no record stands for, and records that stand
// for the same one.
func (t *Tally) findLeaves(ctx context.Context, s *state, l *side, log Log) error {
	held := make([]uint64, (l.Size+63)/64)
	err := t.spans(ctx, s, func(tx *db.Tx, after, until int64) error {
		return t.store.places(ctx, tx, after, until, func(p place) {
			if p.origin != l.Origin || p.index >= l.Size {
				return
			}
			if held[p.index/64]&(1<<(p.index%64)) != 0 {
				index := p.index
				s.Findings.add(Finding{Kind: RecordTwice, Origin: l.Origin, Seq: p.seq, Trace: p.trace, Index: &index, Detail: "another record stands at the same place"})
			}
			held[p.index/64] |= 1 << (p.index % 64)
		})
	})
	if err != nil {
		return err
	}
	loose := map[[32]byte]bool{}
	for _, h := range l.Loose {
		loose[h] = true
	}
	var alone []uint64
	for i := uint64(0); i < l.Size; i++ {
		if held[i/64] == ^uint64(0) && i%64 == 0 {
			i += 63
			continue
		}
		if held[i/64]&(1<<(i%64)) == 0 {
			alone = append(alone, i)
		}
	}
	return t.nameAlone(ctx, s, l, log, alone, loose)
}

// nameAlone names leaves by what stands before them: the deleted record's number
// follows that one's.
func (t *Tally) nameAlone(ctx context.Context, s *state, l *side, log Log, alone []uint64, loose map[[32]byte]bool) error {
	if len(loose) > 0 {
		var real []uint64
		for _, i := range alone {
			err := log.Leaves(ctx, i, i+1, func(_ uint64, leaf []byte) error {
				if !loose[leafHash(leaf)] {
					real = append(real, i)
				}
				return nil
			})
			if err != nil && vocab.CodeOf(err) != vocab.LedgerCorrupt {
				return err
			}
		}
		alone = real
	}
	before := make([]place, min(len(alone), kept))
	err := t.spans(ctx, s, func(tx *db.Tx, after, until int64) error {
		return t.store.places(ctx, tx, after, until, func(p place) {
			if p.origin != l.Origin {
				return
			}
			at, _ := slices.BinarySearch(alone, p.index) // the next lonely leaf behind this place
			if at < len(before) && (before[at].trace == "" || before[at].index < p.index) {
				before[at] = p
			}
		})
	})
	if err != nil {
		return err
	}
	for i, index := range alone {
		if i >= kept {
			s.Findings.Count += len(alone) - kept
			break
		}
		detail := "no record stands for this leaf: it was deleted"
		if b := before[i]; b.trace != "" {
			detail += fmt.Sprintf("; the nearest record before it is entry %d, trace %s, leaf %d", b.seq, b.trace, b.index)
		}
		s.Findings.add(Finding{Kind: LeafAlone, Origin: l.Origin, Index: &index, Detail: detail})
	}
	return nil
}

// findOutcomes names the rows of outcome groups that no access has.
func (t *Tally) findOutcomes(ctx context.Context, s *state) error {
	claimed := map[int64][]int64{}
	err := t.spans(ctx, s, func(tx *db.Tx, after, until int64) error {
		return t.store.claims(ctx, tx, after, until, func(seq int64, trace vocab.TraceID, outcome, row int64) {
			if slices.Contains(claimed[outcome], row) {
				s.Findings.add(Finding{Kind: OutcomeChanged, Seq: seq, Trace: trace, Detail: fmt.Sprintf("another access has row %d of outcome group %d too", row, outcome)})
			}
			claimed[outcome] = append(claimed[outcome], row)
		})
	})
	if err != nil {
		return err
	}
	return t.spans(ctx, s, func(tx *db.Tx, after, until int64) error {
		return t.store.groups(ctx, tx, after, until, func(e entry) {
			if fields, err := proof.DecodeSecret(e.secret); err != nil || valueOf(fields, "of") != "" {
				return
			}
			for row := range int64(len(e.rowRoots) / proof.HashSize) {
				if !slices.Contains(claimed[e.seq], row) {
					f := Finding{Kind: OutcomeMissing, Origin: e.origin, Seq: e.seq, Trace: vocab.TraceID(e.trace), Detail: fmt.Sprintf("no access has row %d of this outcome group", row)}
					if e.index != nil && *e.index >= 0 {
						index := uint64(*e.index)
						f.Index = &index
					}
					s.Findings.add(f)
				}
			}
		})
	})
}

// link is what an entry or a row says of its place in a person's chain.
type said struct {
	touch
	trace    vocab.TraceID
	previous []byte
}

// findChains names the entries whose place in their person's chain is not as
// they say, and places in chains that no entry says.
func (t *Tally) findChains(ctx context.Context, s *state) error {
	err := t.spans(ctx, s, func(tx *db.Tx, after, until int64) error {
		entries, err := t.store.span(ctx, tx, after, until)
		if err != nil {
			return err
		}
		for i := range entries {
			say, err := t.saidBy(ctx, tx, &entries[i])
			if err != nil {
				return err
			}
			if err := t.compareChains(ctx, tx, s, say); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return t.findOrphans(ctx, s)
}

// saidBy reads the chain's fields out of an access, or out of a batch's rows.
func (t *Tally) saidBy(ctx context.Context, tx *db.Tx, e *entry) ([]said, error) {
	switch proof.Kind(e.kind) {
	case proof.Access:
		fields, err := proof.DecodeSecret(e.secret)
		if err != nil {
			return nil, nil
		}
		leaf := proof.Commit(proof.Access, fields)
		if person, n, previous, ok := chainOf(fields); ok {
			return []said{{touch{person: person, n: n, seq: e.seq, row: -1, root: leaf.Root()}, vocab.TraceID(e.trace), previous}}, nil
		}
	case proof.Batch:
		var out []said
		for after := int64(-1); ; {
			rows, err := t.store.rows(ctx, tx, e.seq, after, false)
			if err != nil {
				return nil, err
			}
			for _, r := range rows {
				after = r.no
				fields, err := proof.DecodeRowSecret(r.secret, rowFields)
				if err != nil {
					continue
				}
				if person, n, previous, ok := chainOf(fields); ok {
					out = append(out, said{touch{person: person, n: n, seq: e.seq, row: r.no, root: proof.RowRoot(fields)}, vocab.TraceID(e.trace), previous})
				}
			}
			if len(rows) < rowsAtOnce {
				return out, nil
			}
		}
	}
	return nil, nil
}

type chainKey struct {
	person vocab.PersonRef
	n      int64
}

func (t *Tally) compareChains(ctx context.Context, tx *db.Tx, s *state, say []said) error {
	want := make([]touch, 0, 2*len(say))
	for i := range say {
		want = append(want, say[i].touch)
		if say[i].n > 1 {
			before := say[i].touch
			before.n--
			want = append(want, before)
		}
	}
	links, err := t.store.chained(ctx, tx, want)
	if err != nil {
		return err
	}
	have := make(map[chainKey]touch, len(links))
	for _, l := range links {
		have[chainKey{l.person, l.n}] = l
	}
	for i := range say {
		w := &say[i]
		f := Finding{Kind: ChainChanged, Seq: w.seq, Trace: w.trace, Row: rowNumber(w.row)}
		link, ok := have[chainKey{w.person, w.n}]
		before, hasBefore := have[chainKey{w.person, w.n - 1}]
		switch {
		case !ok:
			f.Kind, f.Detail = ChainGap, fmt.Sprintf("number %d of its person's chain is not there", w.n)
		case link.seq != w.seq || link.row != w.row || link.root != w.root:
			f.Detail = fmt.Sprintf("number %d of its person's chain names another record", w.n)
		case w.n > 1 && hasBefore && string(before.root[:]) != string(w.previous):
			f.Detail = fmt.Sprintf("number %d of its person's chain is not the record that this one follows", w.n-1)
		default:
			continue
		}
		s.Findings.add(f)
	}
	return nil
}

// findOrphans names links of chains whose entry is not there.
func (t *Tally) findOrphans(ctx context.Context, s *state) error {
	for at := (touch{}); ; {
		var links []touch
		err := t.o.DB.Read(ctx, func(tx *db.Tx) error {
			var err error
			if links, err = t.store.touches(ctx, tx, at); err != nil {
				return err
			}
			return t.nameOrphans(ctx, tx, s, links)
		})
		if err != nil || len(links) < touchesAtOnce {
			return err
		}
		at = links[len(links)-1]
	}
}

func (t *Tally) nameOrphans(ctx context.Context, tx *db.Tx, s *state, links []touch) error {
	seqs := make([]int64, 0, len(links))
	for _, l := range links {
		seqs = append(seqs, l.seq)
	}
	slices.Sort(seqs)
	seqs = slices.Compact(seqs)
	there, err := t.store.bySeqs(ctx, tx, seqs)
	if err != nil {
		return err
	}
	have := map[int64]bool{}
	for i := range there {
		have[there[i].seq] = true
	}
	for _, l := range links {
		if !have[l.seq] {
			s.Findings.add(Finding{Kind: ChainChanged, Seq: l.seq, Row: rowNumber(l.row), Detail: fmt.Sprintf("number %d of a person's chain names an entry that is not there", l.n)})
		}
	}
	return nil
}
