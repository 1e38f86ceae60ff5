package access

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"fontis/internal/engine/blob"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access/answer"
	"fontis/internal/trust/access/batch"
	"fontis/internal/trust/access/binding"
	"fontis/internal/trust/access/consent"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/access/guard"
	"fontis/internal/trust/access/halt"
	"fontis/internal/trust/access/label"
	"fontis/internal/trust/access/openset"
	"fontis/internal/trust/access/overlay"
	"fontis/internal/trust/access/pace"
	"fontis/internal/trust/access/twin"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Parts are what the door stands on.
type Parts struct {
	DB       *db.DB
	Ledger   *ledger.Ledger
	Identity *identity.Service
	Keys     *keys.Store
	Blobs    *blob.Store
	Drivers  source.Drivers
	Register LoadRegister
	// MayChange is asked where a reload would change a person's status; nil refuses.
	MayChange MayChange
	// Overlay is what acts set over the registers; the drivers of registers read it.
	Overlay *overlay.Index
	// Connect says whether a member may connect the address: what a steward may
	// reach is the operator's word, never the steward's.
	Connect func(owner vocab.MemberID, address source.Address) error
	Clock   clock.Clock
	// Zone is where the node's days and the hours of grants are; UTC when nil.
	Zone  *time.Location
	Diary *slog.Logger
	// Space is nil while the disk has room; its error says how little is left.
	Space func() error
}

// Door is the only way to data about people. It is safe for concurrent use.
type Door struct {
	p     Parts
	store store
	guard *guard.Guard
	rows  *batch.Keeper // of batches, sealed
	seal  *struct{}     // what a permit of this door carries

	grants   grant.Index
	twins    twin.Index
	bindings binding.Index
	labels   label.Index
	consents consent.Index
	halts    halt.Index
	open     openset.Index
	printKey string // the key of all prints

	mu      sync.Mutex // guards sources
	sources map[vocab.SourceID]*source.Source

	asking  atomic.Int64 // single questions on their way
	manners pace.Manners // of batches, beside those
	run     context.Context
	stop    context.CancelFunc
	batches sync.WaitGroup
}

// Open reads grants and bindings and takes unfinished batches up again.
func Open(ctx context.Context, p Parts) (*Door, error) {
	if p.Diary == nil {
		p.Diary = slog.New(slog.DiscardHandler)
	}
	if p.MayChange == nil {
		p.MayChange = func(_ context.Context, item vocab.ItemID, _ vocab.SubjectKey, _ string) error {
			return vocab.SecondNeeded.Because("item %s changes by acts of two officers only", item)
		}
	}
	if p.Overlay == nil {
		p.Overlay = &overlay.Index{}
	}
	if p.Connect == nil {
		p.Connect = func(vocab.MemberID, source.Address) error {
			return vocab.SourceForbidden.Because("this node names no place where sources may lie")
		}
	}
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	if p.Space == nil {
		p.Space = func() error { return nil }
	}
	printKey, err := firstAuditKey(p.Keys)
	if err != nil {
		return nil, err
	}
	d := &Door{p: p, guard: guard.New(p.Keys, p.Identity.PutNotice), seal: new(struct{}), printKey: printKey, sources: map[vocab.SourceID]*source.Source{}}
	d.rows = &batch.Keeper{Keys: p.Keys, Blobs: p.Blobs, Diary: p.Diary, Person: p.Identity.AuditRef}
	d.manners = pace.Manners{Waiting: func() bool { return d.asking.Load() > 0 }}
	d.run, d.stop = context.WithCancel(context.WithoutCancel(ctx))
	err = p.DB.Read(ctx, func(tx *db.Tx) error {
		grants, err := d.store.grants(ctx, tx)
		if err != nil {
			return err
		}
		for _, g := range grants {
			d.grants.Put(g)
		}
		bindings, err := d.store.bindings(ctx, tx)
		for _, b := range bindings {
			d.bindings.Put(b)
		}
		if err != nil {
			return err
		}
		if err := d.store.consents(ctx, tx, d.consents.Put); err != nil {
			return err
		}
		labels, err := d.store.labels(ctx, tx)
		if err != nil {
			return err
		}
		for _, l := range labels {
			d.labels.Put(l.Label)
		}
		if err := halt.All(ctx, tx, d.halts.Put); err != nil {
			return err
		}
		if err := d.overlays().All(ctx, tx, p.Overlay.Put); err != nil {
			return err
		}
		return d.store.openSets(ctx, tx, d.open.Put)
	})
	if err != nil {
		return nil, fmt.Errorf("open the door: %w", err)
	}
	if err := d.forgetRemains(ctx); err != nil {
		return nil, fmt.Errorf("forget what batches left: %w", err)
	}
	if err := d.resumeBatches(ctx); err != nil {
		return nil, fmt.Errorf("take up batches: %w", err)
	}
	return d, nil
}

// Close ends running batches, which go on at the next start, and all sources.
func (d *Door) Close() error {
	d.stop()
	d.batches.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, s := range d.sources {
		s.Close()
		delete(d.sources, id)
	}
	return nil
}

// Prune forgets values that no window of the guard holds any more.
func (d *Door) Prune(ctx context.Context) (int64, error) {
	var n int64
	err := d.p.DB.Write(ctx, func(tx *db.Tx) error {
		var err error
		n, err = d.guard.Prune(ctx, tx, d.p.Clock.Now())
		return err
	})
	return n, err
}

// now is the moment in the node's own time zone: volumes are counted by its days.
func (d *Door) now() time.Time { return d.p.Clock.Now().In(d.p.Zone) }

// Permit is leave to open rows, once, for what it names. Only this package makes
// one, after record and leaf; the zero Permit opens nothing.
type Permit struct {
	kind  vocab.PermitKind
	trace vocab.TraceID
	seal  *struct{}
}

// permit is given out after the entry is in the log.
func (d *Door) permit(kind vocab.PermitKind, e ledger.Entry) Permit {
	return Permit{kind: kind, trace: e.Trace, seal: d.seal}
}

// check refuses a permit that this door did not make.
func (d *Door) check(p Permit) error {
	if p.seal == nil || p.seal != d.seal || p.trace == "" {
		return vocab.InternalError.Because("rows were asked for without a permit")
	}
	return nil
}

// Answered is what leaves the door.
type Answered struct {
	Trace   vocab.TraceID               `json:"trace"`
	Grant   vocab.GrantID               `json:"grant"`
	Answers map[vocab.ItemID]ItemAnswer `json:"answers"`
	Source  vocab.MemberID              `json:"source"` // the source department
	AsOf    time.Time                   `json:"as_of"`
	Promise string                      `json:"promise,omitempty"`
	Twin    bool                        `json:"twin,omitempty"` // invented: from the test twin
}

// Ask puts one call through the door.
func (d *Door) Ask(ctx context.Context, a identity.Actor, c Call) (Answered, error) {
	d.asking.Add(1)
	defer d.asking.Add(-1)
	now := d.now()
	if c.Trace == "" {
		c.Trace = vocab.NewTrace(now)
	}
	c.Carriage = vocab.Single
	if a.Nobody() || a.Member == "" {
		return Answered{}, vocab.SignInNeeded.Because("a question about a subject needs a member's officer or system")
	}
	if twin.Is(c.Grant) {
		return d.askTwin(ctx, a, c)
	}
	if err := d.p.Space(); err != nil {
		return Answered{}, err
	}
	g := d.grants.Get(c.Grant)
	if err := cmp.Or(a.Must(vocab.DataUser), a.MayName(), d.halts.Refuses(a), grant.Decide(g, a.Member, c, now)); err != nil {
		return Answered{}, d.refuse(ctx, a, g, c, err)
	}
	key, _, err := normal(d, c.Subject)
	if err != nil {
		return Answered{}, d.refuse(ctx, a, g, c, err)
	}
	c.Subject = key
	plan, err := d.plan(g, c)
	if err != nil {
		return Answered{}, d.refuse(ctx, a, g, c, err)
	}
	person := d.p.Identity.AuditRef(c.Subject)
	draft := d.draft(a, g, c, person)
	if err := d.rests(draft, g, c, now); err != nil {
		return Answered{}, d.refuse(ctx, a, g, c, err)
	}
	draft.Gate, draft.Ticket = d.gateOf(g), &guard.Ticket{
		Asker: guard.Asker{Grant: g, Member: a.Member, Now: now}, Case: c.Case,
		Guess: guard.Guess{Person: person, Values: d.guard.Values(plan.Canonical)},
	}
	entry, err := d.p.Ledger.Submit(ctx, draft)
	if err != nil {
		return Answered{}, fmt.Errorf("ask %s: %w", g.ID, err)
	}
	if entry.Refusal != nil {
		return Answered{}, withTrace(entry.Refusal, c.Trace)
	}
	return d.release(ctx, onItsWay{a, c, g, plan, person}, entry)
}

// onItsWay is a call that was allowed, and is to be answered if it still is.
type onItsWay struct {
	actor  identity.Actor
	call   Call
	grant  *Grant
	plan   *answer.Plan
	person vocab.PersonRef
}

// release opens the source under the permit that the entry allows, and records
// the outcome whatever it is.
func (d *Door) release(ctx context.Context, w onItsWay, entry ledger.Entry) (Answered, error) {
	o := ledger.Outcome{Seq: entry.Seq, Trace: entry.Trace, Index: entry.Index}
	results, err := d.lookUp(ctx, w, entry)
	o.At = d.p.Clock.Now()
	if err != nil {
		o.State = vocab.Failed
		o.Fields = []ledger.Pair{{Name: ledger.FieldReasons, Value: proof.MapValue(map[string]string{"error": string(vocab.CodeOf(err))})}}
		d.p.Ledger.Finish(o)
		return Answered{}, withTrace(fmt.Errorf("ask %s: %w", w.grant.ID, err), entry.Trace)
	}
	answers := results.Of(0)
	o.State = vocab.Released
	d.dispute(answers, w.person)
	o.Fields = d.outcomeFields(answers, results)
	d.p.Ledger.Finish(o)
	out := Answered{Trace: entry.Trace, Grant: w.grant.ID, Source: w.grant.Provider, AsOf: results.AsOf, Answers: answers}
	out.hideReasons(w.grant)
	promise, err := d.p.Ledger.Promise(entry)
	if err != nil {
		return Answered{}, err
	}
	out.Promise = string(promise)
	return out, nil
}

// lookUp gives the answers. Whether the call is allowed is asked again directly
// before the source is opened, and when it has answered: the grant may have ended
// meanwhile, the unit been halted, the person have taken their word back.
func (d *Door) lookUp(ctx context.Context, w onItsWay, entry ledger.Entry) (*answer.Results, error) {
	if err := d.stillStands(w); err != nil {
		return nil, err
	}
	results, err := d.look(ctx, d.permit(permitOf(w.grant), entry), w.plan, []string{w.call.Subject.Value})
	if err != nil {
		return nil, err
	}
	return results, d.stillStands(w)
}

// stillStands decides anew over the grant as it is by now.
func (d *Door) stillStands(w onItsWay) error {
	g, now := d.grants.Get(w.grant.ID), d.now()
	if err := cmp.Or(d.halts.Refuses(w.actor), grant.Decide(g, w.actor.Member, w.call, now)); err != nil {
		return err
	}
	_, err := d.word(w.person, g, w.call, now)
	return err
}

// hideReasons cuts what the caller may not learn: stale always shows, the other
// reasons only where the grant names existence.
func (o *Answered) hideReasons(g *Grant) {
	for item, a := range o.Answers {
		if a.Reason != vocab.Stale && !g.Existence {
			a.Reason = ""
			o.Answers[item] = a
		}
	}
}

// refuse writes the refusal of an identified caller as an entry of its own, in the
// chain of whom the call named: nothing was opened, and the person sees who tried.
// When even that cannot be written the caller hears both.
func (d *Door) refuse(ctx context.Context, a identity.Actor, g *Grant, c Call, cause error) error {
	if g != nil && g.To != a.Member {
		g = nil // a foreign grant leaves no more trace than one that does not exist
	}
	person := vocab.PersonRef{}
	if key, _, err := normal(d, c.Subject); err == nil {
		person = d.p.Identity.AuditRef(key)
	}
	draft := d.draft(a, g, c, person)
	if g == nil {
		draft.Grant = "" // what the caller typed is committed to, and is no reference
	}
	draft.State = vocab.Refused
	draft.Fields = append(draft.Fields, ledger.Pair{Name: ledger.FieldRefused, Value: string(vocab.CodeOf(cause))})
	if _, err := d.p.Ledger.Submit(ctx, draft); err != nil {
		return fmt.Errorf("record the refusal (%v): %w", cause, err)
	}
	return withTrace(cause, c.Trace)
}

func (d *Door) draft(a identity.Actor, g *Grant, c Call, person vocab.PersonRef) *ledger.Draft {
	now := d.p.Clock.Now()
	out := &ledger.Draft{
		Trace: c.Trace, State: vocab.Intended, At: now, Owner: a.Member, Grant: c.Grant,
		Person: person, Personal: person != vocab.PersonRef{},
	}
	unit := a.Unit
	if a.System != "" {
		unit = string(a.System) + " " + unit
	}
	names := c.Names()
	items := make([]string, len(names))
	for i, n := range names {
		items[i] = string(n)
	}
	if c.Question == vocab.Status {
		items = append(items, c.Status)
	}
	out.Fields = []ledger.Pair{
		{Name: ledger.FieldTrace, Value: string(c.Trace)},
		{Name: ledger.FieldTime, Value: now.UTC().Format("2006-01-02T15:04:05.000Z")},
		{Name: ledger.FieldMember, Value: string(a.Member)},
		{Name: ledger.FieldUnit, Value: unit},
		{Name: ledger.FieldRole, Value: a.InRole()},
		{Name: ledger.FieldOfficer, Value: string(a.Officer)},
		{Name: ledger.FieldPurpose, Value: c.Purpose},
		{Name: ledger.FieldCase, Value: c.Case},
		{Name: ledger.FieldGrant, Value: string(c.Grant)},
		{Name: ledger.FieldQuestion, Value: string(c.Question)},
		{Name: ledger.FieldItems, Value: proof.ListValue(items)},
	}
	if a.Word != "" {
		out.Fields = append(out.Fields, ledger.Pair{Name: ledger.FieldNamed, Value: string(a.Word)})
	}
	if g != nil {
		out.Provider = g.Provider
		if g.Emergency != "" {
			out.Fields = append(out.Fields, ledger.Pair{Name: "permit", Value: string(vocab.PermitEmergency)}, ledger.Pair{Name: "reason", Value: g.Emergency})
		}
		out.Fields = append(out.Fields, ledger.Pair{Name: ledger.FieldBasis, Value: g.Basis}, ledger.Pair{Name: ledger.FieldProvider, Value: string(g.Provider)})
	}
	return out
}

// Refusal is a failure that carries the trace of its entry.
type Refusal struct {
	Trace vocab.TraceID
	error
}

// Unwrap gives the failure itself.
func (r *Refusal) Unwrap() error { return r.error }

func withTrace(err error, t vocab.TraceID) error { return &Refusal{Trace: t, error: err} }
