package ledger

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// write gathers what waits, makes it one transaction and hands the group to the
// appender, which takes all groups that became durable while it was busy.
func (l *Ledger) write(ctx context.Context) {
	defer l.running.Done()
	defer close(l.logged)
	for {
		first, ok := l.next(ctx)
		if !ok {
			l.drain()
			return
		}
		l.hold(ctx)
		l.commit(ctx, l.gather(first))
	}
}

// hold lets a group gather while the appender is busy. Two streams of syncs on
// one disk slow each other more than they overlap; only a crowd goes ahead.
func (l *Ledger) hold(ctx context.Context) {
	for l.busy.Load() > 0 && len(l.drafts) < crowd {
		select {
		case <-l.free:
		case <-l.many:
		case <-ctx.Done():
			return
		}
	}
}

func (l *Ledger) next(ctx context.Context) (*waitingDraft, bool) {
	select {
	case w := <-l.drafts:
		return w, true
	default:
	}
	select {
	case w := <-l.drafts:
		return w, true
	case <-l.wake:
		return nil, true
	case <-l.later.C:
		return nil, true
	case <-ctx.Done():
		return nil, false
	}
}

// work is what one group writes.
type work struct {
	drafts   []*waitingDraft
	outcomes []ended
	acts     []leafOf
	indexed  []leafOf
}

func (w work) empty() bool {
	return len(w.drafts)+len(w.outcomes)+len(w.acts)+len(w.indexed) == 0
}

func (l *Ledger) gather(first *waitingDraft) work {
	var w work
	if first != nil {
		w.drafts = append(w.drafts, first)
	}
	for len(w.drafts) < groupDrafts {
		select {
		case d := <-l.drafts:
			w.drafts = append(w.drafts, d)
			continue
		default:
		}
		break
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timing = false
	n := min(len(l.outcomes), groupOutcomes)
	w.outcomes, l.outcomes = l.outcomes[:n:n], l.outcomes[n:]
	w.acts, l.acts = l.acts, nil
	n = min(len(l.indexed), groupOutcomes)
	w.indexed, l.indexed = l.indexed[:n:n], l.indexed[n:]
	if len(l.outcomes)+len(l.indexed) > 0 {
		l.soon()
	}
	return w
}

// commit makes the group's records durable. When the database is away the drafts
// hear so and everything else waits for the next group.
func (l *Ledger) commit(ctx context.Context, w work) {
	if w.empty() {
		return
	}
	g := group{drafts: w.drafts, leaves: w.acts}
	if len(w.drafts)+len(w.outcomes)+len(w.indexed) > 0 {
		var outcome *leafOf
		calm := context.WithoutCancel(ctx) // a stop does not cut a group in two
		err := l.db.Write(calm, func(tx *db.Tx) error {
			var err error
			outcome, err = l.writeGroup(calm, tx, w)
			return err
		})
		if err != nil {
			l.setBack(ctx, w, err)
			return
		}
		if outcome != nil {
			g.leaves = append(g.leaves, *outcome)
		}
	}
	if len(g.drafts)+len(g.leaves) > 0 {
		l.busy.Add(1)
		l.logged <- g
	}
}

// setBack keeps what waits for the next group. When the failure is not the
// database's, one draft spoils the group: then each is written alone, and only
// that one hears of it.
func (l *Ledger) setBack(ctx context.Context, w work, err error) {
	if vocab.KindOf(err) != vocab.Unavailable && len(w.drafts) > 1 {
		l.setBack(ctx, work{outcomes: w.outcomes, acts: w.acts, indexed: w.indexed}, err)
		for _, d := range w.drafts {
			d.prepare()
			l.commit(ctx, work{drafts: []*waitingDraft{d}})
		}
		return
	}
	l.diary.Error("a commit group was not written", "drafts", len(w.drafts), "outcomes", len(w.outcomes), "error", err)
	for _, d := range w.drafts {
		d.err = fmt.Errorf("write the record: %w", err)
		close(d.done)
	}
	l.mu.Lock()
	l.outcomes = append(w.outcomes, l.outcomes...)
	l.acts = append(w.acts, l.acts...)
	l.indexed = append(w.indexed, l.indexed...)
	l.mu.Unlock()
}

func (l *Ledger) writeGroup(ctx context.Context, tx *db.Tx, w work) (*leafOf, error) {
	for _, i := range w.indexed {
		if err := l.store.setIndex(ctx, tx, i.seq, i.index); err != nil {
			return nil, err
		}
	}
	if err := l.writeDrafts(ctx, tx, w.drafts); err != nil {
		return nil, fmt.Errorf("write %d drafts: %w", len(w.drafts), err)
	}
	if len(w.outcomes) == 0 {
		return nil, nil
	}
	leaf, err := l.writeOutcomes(ctx, tx, w.outcomes)
	if err != nil {
		return nil, fmt.Errorf("write %d outcomes: %w", len(w.outcomes), err)
	}
	return leaf, nil
}

// writeDrafts writes the group's drafts, each kind of row in few statements.
func (l *Ledger) writeDrafts(ctx context.Context, tx *db.Tx, drafts []*waitingDraft) error {
	if err := l.pass(ctx, tx, drafts); err != nil {
		return err
	}
	ends, err := l.store.lastOfAll(ctx, tx, personsOf(drafts))
	if err != nil {
		return err
	}
	records := make([]record, len(drafts))
	touches := make([]touch, 0, len(drafts))
	for i, w := range drafts {
		d := w.draft
		end := ends[d.Person]
		if d.Personal {
			w.add(personPairs(d.Person, end.n+1, end.root[:])...)
		}
		leaf := proof.CommitDigests(proof.Access, w.digests)
		w.entry.Seq, w.entry.Leaf = l.seq.Add(1), leaf[:]
		if d.Personal {
			end = chainEnd{end.n + 1, leaf.Root()}
			ends[d.Person] = end
			touches = append(touches, touch{person: d.Person, n: end.n, seq: w.entry.Seq, row: single, root: end.root})
		}
		records[i] = record{
			seq: w.entry.Seq, trace: d.Trace, kind: proof.Access, state: w.entry.State, at: d.At, owner: d.Owner, provider: d.Provider,
			grant: d.Grant, leaf: w.entry.Leaf, origin: l.origin, secret: proof.AppendSecret(make([]byte, 0, draftSecret), w.fields),
		}
		for _, f := range d.Facts {
			if err := outbox.Put(ctx, tx, f); err != nil {
				return err
			}
		}
	}
	if err := l.store.insertAll(ctx, tx, records); err != nil {
		return err
	}
	return l.store.insertPersons(ctx, tx, touches)
}

// draftSecret is what the openings of an access usually take: fifteen fields with
// their keys.
const draftSecret = 1024

// pass asks the gates; who is turned away is written as a refusal.
func (l *Ledger) pass(ctx context.Context, tx *db.Tx, drafts []*waitingDraft) error {
	asked := map[Gate][]*waitingDraft{}
	for _, w := range drafts {
		d := w.draft
		w.entry = Entry{Trace: d.Trace, State: d.State, At: d.At, Origin: l.origin}
		if d.Gate != nil && d.State == vocab.Intended {
			asked[d.Gate] = append(asked[d.Gate], w)
		}
	}
	for gate, all := range asked {
		tickets := make([]any, len(all))
		for i, w := range all {
			tickets[i] = w.draft.Ticket
		}
		refusals, err := gate.Pass(ctx, tx, tickets)
		if err != nil {
			return err
		}
		for i, refusal := range refusals {
			if refusal == nil {
				continue
			}
			all[i].entry.State, all[i].entry.Refusal = vocab.Refused, refusal
			all[i].add(Pair{FieldRefused, string(vocab.CodeOf(refusal))})
		}
	}
	return nil
}

func personsOf(drafts []*waitingDraft) []vocab.PersonRef {
	out := make([]vocab.PersonRef, 0, len(drafts))
	for _, w := range drafts {
		if w.draft.Personal {
			out = append(out, w.draft.Person)
		}
	}
	return out
}

// personPairs are the fields that bind an entry into its person's own chain.
func personPairs(p vocab.PersonRef, n int64, prev []byte) []Pair {
	return []Pair{
		{FieldPerson, hex.EncodeToString(p[:])},
		{FieldCounter, strconv.FormatInt(n, 10)},
		{FieldPrevious, hex.EncodeToString(prev)},
	}
}

// writeOutcomes binds the group's outcomes as rows under one leaf.
func (l *Ledger) writeOutcomes(ctx context.Context, tx *db.Tx, all []ended) (*leafOf, error) {
	now := l.clock.Now()
	roots := make([]proof.Hash, len(all))
	for i, o := range all {
		roots[i] = o.root
	}
	tree := proof.NewRowsTree(roots)
	fields := append(makeFields([]Pair{{FieldTime, stamp(now)}}), tree.Field())
	leaf := proof.Commit(proof.Outcome, fields)
	seq := l.seq.Add(1)
	err := l.store.insert(ctx, tx, record{
		seq: seq, trace: vocab.NewTrace(now), kind: proof.Outcome, state: recorded, at: now, leaf: leaf[:],
		origin: l.origin, secret: proof.EncodeSecret(fields), rowRoots: joinHashes(roots),
	})
	if err != nil {
		return nil, err
	}
	for i, o := range all {
		if err := l.store.setOutcome(ctx, tx, o.Outcome, seq, i, o.secret); err != nil {
			return nil, err
		}
	}
	return &leafOf{seq: seq, leaf: leaf[:]}, nil
}

func joinHashes(hs []proof.Hash) []byte {
	out := make([]byte, 0, len(hs)*proof.HashSize)
	for i := range hs {
		out = append(out, hs[i][:]...)
	}
	return out
}

// append integrates one group after the other and wakes its callers.
func (l *Ledger) append(ctx context.Context) {
	defer l.running.Done()
	defer close(l.idle)
	for g := range l.logged {
		all, n := l.merge(g)
		l.integrate(ctx, all)
		l.busy.Add(-n)
		select {
		case l.free <- struct{}{}:
		default:
		}
	}
}

// merge joins the groups that wait: one integration costs the same files and
// syncs for one leaf as for hundreds.
func (l *Ledger) merge(g group) (group, int64) {
	n := int64(1)
	for len(g.drafts)+len(g.leaves) < mergedLeaves {
		select {
		case more, ok := <-l.logged:
			if !ok {
				return g, n
			}
			n++
			g.drafts = append(g.drafts, more.drafts...)
			g.leaves = append(g.leaves, more.leaves...)
			continue
		default:
		}
		break
	}
	return g, n
}

func (l *Ledger) integrate(ctx context.Context, g group) {
	leaves := make([][]byte, 0, len(g.drafts)+len(g.leaves))
	for _, d := range g.drafts {
		leaves = append(leaves, d.entry.Leaf)
	}
	for _, a := range g.leaves {
		leaves = append(leaves, a.leaf)
	}
	run, cancel := context.WithTimeout(context.WithoutCancel(ctx), appendTimeout)
	defer cancel()
	at, err := l.log.Append(run, leaves)
	if err == nil {
		err = l.halt()
	}
	if err != nil {
		l.withdraw(g, err)
		return
	}
	var indexed []leafOf
	entries := make([]Entry, len(g.drafts))
	for i, d := range g.drafts {
		d.entry.Index = at[i]
		entries[i] = d.entry
	}
	promises := l.promises(entries)
	for i, d := range g.drafts {
		d.entry.promises, d.entry.number = promises, i
		if d.entry.State == vocab.Refused { // has no outcome that would carry the index
			indexed = append(indexed, leafOf{seq: d.entry.Seq, index: at[i]})
		}
		close(d.done)
	}
	for i, a := range g.leaves {
		a.index = at[len(g.drafts)+i]
		indexed = append(indexed, a)
		if a.place != nil {
			a.place.index = a.index
			close(a.place.done)
		}
	}
	if len(indexed) > 0 {
		l.mu.Lock()
		l.indexed = append(l.indexed, indexed...)
		l.soon()
		l.mu.Unlock()
	}
}

// withdraw tells the callers that nothing was opened. Their records become
// "interrupted, not released"; acts keep their place in the queue.
func (l *Ledger) withdraw(g group, err error) {
	l.diary.Error("a commit group did not reach the log", "drafts", len(g.drafts), "error", err)
	seqs := make([]int64, 0, len(g.drafts))
	for _, d := range g.drafts {
		seqs = append(seqs, d.entry.Seq)
	}
	werr := l.db.Write(context.Background(), func(tx *db.Tx) error {
		for _, s := range seqs {
			if err := l.store.interrupt(context.Background(), tx, s); err != nil {
				return err
			}
		}
		return nil
	})
	if werr != nil {
		l.diary.Error("interrupted records were not marked; the next start will", "error", werr)
	}
	for _, d := range g.drafts {
		d.err = vocab.LedgerAway.Wrap(err, "write the leaf of %s", d.draft.Trace)
		close(d.done)
	}
	l.mu.Lock()
	l.acts = append(g.leaves, l.acts...)
	l.mu.Unlock()
}

// drain writes what waits when the node stops: outcomes and indices are not
// lost, drafts that were not yet written are turned away.
func (l *Ledger) drain() {
	for {
		select {
		case d := <-l.drafts:
			d.err = vocab.LedgerAway.Because("the node is stopping")
			close(d.done)
			continue
		default:
		}
		w := l.gather(nil)
		if w.empty() {
			return
		}
		before := len(w.outcomes) + len(w.indexed)
		l.commit(context.Background(), w)
		l.mu.Lock()
		stuck := before > 0 && len(l.outcomes)+len(l.indexed) >= before
		l.mu.Unlock()
		if stuck { // the database is away: start-up repairs
			return
		}
	}
}
