package tally

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// part is a span of entries that one worker holds against the log.
type part struct {
	t           *Tally
	s           *state // read only
	from, until int64

	entries  []entry
	outcomes map[int64]entry // that these entries name
	leaves   map[string]map[uint64][]byte
	sizes    map[string]uint64

	records          []sum
	loose            [][][32]byte
	touched          sum
	claimed, grouped sum
	skip             []uint64
	late             []int64
	findings         []Finding
}

func (t *Tally) newPart(s *state, from, until int64) *part {
	return &part{t: t, s: s, from: from, until: until, records: make([]sum, len(s.Logs)), loose: make([][][32]byte, len(s.Logs))}
}

// into adds what the part found to the round. Parts come in their order.
func (p *part) into(s *state) {
	for i := range p.records {
		s.Logs[i].Records.add(p.records[i])
		s.Logs[i].Loose = append(s.Logs[i].Loose, p.loose[i]...)
	}
	s.Touched.add(p.touched)
	s.Claimed.add(p.claimed)
	s.Grouped.add(p.grouped)
	s.skip.AddMany(p.skip)
	s.Late = append(s.Late, p.late...)
	s.Findings.add(p.findings...)
	s.Records += int64(len(p.entries))
	s.Pos = p.until
}

func (p *part) run(ctx context.Context) error {
	err := p.t.o.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		if p.entries, err = p.t.store.span(ctx, tx, p.from, p.until); err != nil {
			return err
		}
		if err := p.readOutcomes(ctx, tx); err != nil {
			return err
		}
		for i := range p.entries { // rows are many: they are read in the same snapshot
			if e := &p.entries[i]; proof.Kind(e.kind) == proof.Batch && e.state != gathering {
				if err := p.batch(ctx, tx, e); err != nil {
					return fmt.Errorf("rows of entry %d: %w", e.seq, err)
				}
			}
			if err := p.groupOf(ctx, tx, &p.entries[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := p.readLeaves(ctx); err != nil {
		return err
	}
	for i := range p.entries {
		p.entry(&p.entries[i])
	}
	return nil
}

// gathering is the state of a batch that has no leaf yet.
const gathering = "gathering"

func (p *part) found(kind Kind, e *entry, format string, args ...any) *Finding {
	f := Finding{Kind: kind, Origin: e.origin, Seq: e.seq, Trace: vocab.TraceID(e.trace), Detail: fmt.Sprintf(format, args...)}
	if e.index != nil && *e.index >= 0 {
		index := uint64(*e.index)
		f.Index = &index
	}
	p.findings = append(p.findings, f)
	return &p.findings[len(p.findings)-1]
}

func (p *part) readOutcomes(ctx context.Context, tx *db.Tx) error {
	var want []int64
	for i := range p.entries {
		if o := p.entries[i].outcomeSeq; o != nil && !slices.Contains(want, *o) {
			want = append(want, *o)
		}
	}
	got, err := p.t.store.bySeqs(ctx, tx, want)
	p.outcomes = make(map[int64]entry, len(got))
	for _, o := range got {
		p.outcomes[o.seq] = o
	}
	return err
}

// readLeaves reads the leaves that the entries name, run by run: entries that
// follow each other stand near each other in the log.
func (p *part) readLeaves(ctx context.Context) error {
	p.leaves, p.sizes = map[string]map[uint64][]byte{}, map[string]uint64{}
	for n, l := range p.t.o.Logs {
		size, err := l.Log.Size(ctx)
		if err != nil {
			return err
		}
		p.sizes[l.Origin] = size
		var want []uint64
		for i := range p.entries {
			e := &p.entries[i]
			if e.origin == l.Origin && e.index != nil && *e.index >= 0 && uint64(*e.index) < size {
				want = append(want, uint64(*e.index))
			}
		}
		slices.Sort(want)
		got := make(map[uint64][]byte, len(want))
		for len(want) > 0 {
			run := 1
			for run < len(want) && want[run]-want[run-1] < tileWidth {
				run++
			}
			if err := p.readRun(ctx, n, want[0], want[run-1]+1, got); err != nil {
				return err
			}
			want = want[run:]
		}
		p.leaves[l.Origin] = got
	}
	return nil
}

// readRun reads some leaves; where a file is damaged, the round through the log
// names it, and the records under it are not held against anything.
func (p *part) readRun(ctx context.Context, log int, from, to uint64, into map[uint64][]byte) error {
	for from < to {
		err := p.t.o.Logs[log].Log.Leaves(ctx, from, to, func(i uint64, leaf []byte) error {
			into[i] = leaf
			from = i + 1
			return nil
		})
		if err == nil {
			return nil
		}
		if vocab.CodeOf(err) != vocab.LedgerCorrupt {
			return err
		}
		from = (from/tileWidth + 1) * tileWidth
	}
	return nil
}

// entry holds one record against its leaf, its own columns and its outcome.
func (p *part) entry(e *entry) {
	if e.state == gathering {
		p.skip = append(p.skip, uint64(e.seq))
		return
	}
	p.place(e)
	fields, ok := p.openings(e)
	if !ok {
		p.skip = append(p.skip, uint64(e.seq))
	} else {
		p.columns(e, fields)
		if proof.Kind(e.kind) == proof.Access {
			p.touch(e, fields)
		}
	}
	if proof.Kind(e.kind) == proof.Access {
		p.outcome(e)
	}
}

// place holds the leaf kept with the record against the log.
func (p *part) place(e *entry) {
	at := slices.IndexFunc(p.s.Logs, func(l side) bool { return l.Origin == e.origin })
	switch {
	case at < 0:
		p.found(LeafMissing, e, "the record names the log %q, which this node does not have", e.origin)
		return
	case e.index == nil:
		if at+1 < len(p.s.Logs) && len(e.leaf) == proof.LeafSize { // a restore came before its place was written
			p.loose[at] = append(p.loose[at], leafHash(e.leaf))
		} else {
			p.late = append(p.late, e.seq)
		}
		return
	case *e.index < 0:
		if e.state != string(vocab.Interrupted) {
			p.found(LeafMissing, e, "the record is %s and says that it has no leaf", e.state)
		}
		return
	}
	index := uint64(*e.index)
	leaf, read := p.leaves[e.origin][index]
	switch {
	case index >= p.sizes[e.origin]:
		p.found(LeafMissing, e, "the log holds %d leaves", p.sizes[e.origin])
		return
	case read && !bytes.Equal(leaf, e.leaf):
		p.found(RecordChanged, e, "the leaf kept with the record is not the one in the log")
		leaf = e.leaf
	case !read: // damaged there; the log itself says so
		leaf = e.leaf
	}
	if index < p.s.Logs[at].Size {
		p.records[at].add(ofLeaf(index, leaf))
	}
}

// openings reads what the leaf commits to; false when that cannot be had.
func (p *part) openings(e *entry) ([]proof.Field, bool) {
	if len(e.secret) == 0 {
		if _, erased := p.t.erased.traces[e.trace]; !erased {
			p.found(OpeningsGone, e, "no erasure in the ledger names this entry")
		}
		return nil, false
	}
	fields, err := proof.DecodeSecret(e.secret)
	if err != nil {
		p.found(RecordChanged, e, "its openings cannot be read: %v", err)
		return nil, false
	}
	if leaf := proof.Commit(proof.Kind(e.kind), fields); !bytes.Equal(leaf[:], e.leaf) {
		p.found(RecordChanged, e, "its openings do not give its leaf")
		return nil, false
	}
	return fields, true
}

// columns are copies for searching; each must say what the openings say.
func (p *part) columns(e *entry, fields []proof.Field) {
	var told seen
	for i := range fields {
		said, column := string(fields[i].Value), ""
		switch fields[i].Name {
		case ledger.FieldTrace:
			column = e.trace
		case ledger.FieldTime:
			column = time.UnixMicro(e.at).UTC().Format(stampForm)
		case ledger.FieldMember:
			column, told.member = e.owner, true
		case ledger.FieldProvider:
			column, told.provider = e.provider, true
		case ledger.FieldGrant:
			told.grant = said
			continue
		case ledger.FieldRefused:
			said, column, told.refused = string(vocab.Refused), e.state, true
		case ledger.FieldAct:
			told.act = said
			continue
		case ledger.FieldMandate:
			told.mandate = true
			continue
		default:
			continue
		}
		if said != column {
			p.found(ColumnChanged, e, "%s is not what was committed to", fields[i].Name)
		}
	}
	p.untold(e, told)
}

// seen are the fields that an entry's openings have.
type seen struct {
	member, provider, refused, mandate bool
	act, grant                         string
}

// underGrant is the grant under which the entry stands: an act about one does not,
// and neither does a refusal of one that is not there or is another's.
func (s *seen) underGrant(e *entry) string {
	if !ofGrant(e) || s.refused && !s.provider {
		return ""
	}
	return s.grant
}

func ofGrant(e *entry) bool {
	return proof.Kind(e.kind) == proof.Access || proof.Kind(e.kind) == proof.Batch
}

// untold names columns that say something where the openings say nothing. The
// first releases left out the provider of an act where it was the caller, or where
// another spoke for the raiser of a contest, and the member of an erasure.
func (p *part) untold(e *entry, told seen) {
	older := proof.Kind(e.kind) == proof.Act && (e.provider == e.owner || told.mandate && strings.HasPrefix(told.act, "contest."))
	for _, c := range [...]struct {
		name string
		off  bool
	}{
		{ledger.FieldProvider, !told.provider && e.provider != "" && !older},
		{ledger.FieldMember, !told.member && e.owner != "" && proof.Kind(e.kind) != proof.Erasure},
		{ledger.FieldGrant, told.underGrant(e) != e.grant},
		{ledger.FieldState, !told.refused && (e.state == string(vocab.Refused) || !ofGrant(e) && e.state != recorded)},
	} {
		if c.off {
			p.found(ColumnChanged, e, "%s says something else than was committed to", c.name)
		}
	}
}

// recorded is the state of an entry that has no outcome to wait for.
const recorded = "recorded"

// stampForm is how the ledger writes a moment.
const stampForm = "2006-01-02T15:04:05.000Z"

func (p *part) touch(e *entry, fields []proof.Field) {
	person, n, previous, ok := chainOf(fields)
	if ok && e.seq <= p.s.Last {
		p.touched.add(ofTouch(person[:], n, e.seq, -1, e.leaf[2:], previous))
	}
}

// chainOf reads the fields that bind an entry or a row into a person's chain.
func chainOf(fields []proof.Field) (person vocab.PersonRef, n int64, previous []byte, ok bool) {
	var has int
	for i := range fields {
		value := fields[i].Value
		switch fields[i].Name {
		case ledger.FieldPerson:
			if k, err := hex.Decode(person[:], value); err == nil && k == len(person) {
				has++
			}
		case ledger.FieldCounter:
			if v, err := strconv.ParseInt(string(value), 10, 64); err == nil {
				n = v
				has++
			}
		case ledger.FieldPrevious:
			if v, err := hex.DecodeString(string(value)); err == nil && len(v) == proof.HashSize {
				previous = v
				has++
			}
		}
	}
	return person, n, previous, has == 3
}

// outcome holds an access against the row of the outcome group that it names.
func (p *part) outcome(e *entry) {
	if e.outcomeSeq == nil {
		if e.state == string(vocab.Released) || e.state == string(vocab.Failed) {
			p.found(OutcomeMissing, e, "the record says %s and names no outcome", e.state)
		}
		return
	}
	group, ok := p.outcomes[*e.outcomeSeq]
	if !ok || e.outcomeRow == nil {
		p.found(OutcomeMissing, e, "its outcome, entry %d, is not there", *e.outcomeSeq)
		return
	}
	if group.seq <= p.s.Last {
		p.claimed.add(ofOutcome(group.seq, *e.outcomeRow))
	}
	at := *e.outcomeRow * proof.HashSize
	if at < 0 || at+proof.HashSize > int64(len(group.rowRoots)) {
		p.found(OutcomeChanged, e, "outcome group %d has no row %d", group.seq, *e.outcomeRow)
		return
	}
	if len(e.outcomeSecret) == 0 {
		if len(e.secret) > 0 {
			p.found(OpeningsGone, e, "its outcome has no openings, though the entry has")
		}
		return
	}
	fields, err := proof.DecodeSecret(e.outcomeSecret)
	if err != nil || !isRoot(group.rowRoots[at:at+proof.HashSize], fields) {
		p.found(OutcomeChanged, e, "its outcome does not give row %d of outcome group %d", *e.outcomeRow, group.seq)
		return
	}
	if said := valueOf(fields, ledger.FieldState); said != e.state {
		p.found(ColumnChanged, e, "the record says %s, its outcome another state", e.state)
	}
	if said := valueOf(fields, ledger.FieldTrace); said != e.trace {
		p.found(OutcomeChanged, e, "its outcome is another entry's")
	}
}

func isRoot(root []byte, fields []proof.Field) bool {
	got := proof.RowRoot(fields)
	return bytes.Equal(root, got[:])
}

func valueOf(fields []proof.Field, name string) string {
	for i := range fields {
		if fields[i].Name == name {
			return string(fields[i].Value)
		}
	}
	return ""
}

func leafHash(leaf []byte) [32]byte { return proof.LeafHash(leaf) }

// erasedBy are the traces that an erasure's openings name.
func erasedBy(secret []byte) []string {
	fields, err := proof.DecodeSecret(secret)
	if err != nil {
		return nil
	}
	var traces []string
	if json.Unmarshal([]byte(valueOf(fields, "traces")), &traces) != nil {
		return nil
	}
	return traces
}
