package access

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/keys"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access/binding"
	"fontis/internal/trust/access/holding"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Connected is a source as its steward sees it; the password never comes back.
type Connected struct {
	ID      vocab.SourceID `json:"id"`
	Owner   vocab.MemberID `json:"owner"`
	Kind    source.Kind    `json:"kind"`
	Address string         `json:"address"`
	State   string         `json:"state"` // ready, away, writable, destroyed
	Made    time.Time      `json:"made"`
	Checked time.Time      `json:"checked"`
	Report  source.Report  `json:"report"`
	// Columns are those of a loaded register; Tags are the ones of them that hold a
	// refused tag.
	Columns []string               `json:"columns,omitempty"`
	Tags    map[string][]vocab.Tag `json:"tags,omitempty"`

	password []byte // sealed
}

// SourcePassword is a source's password; who may not open sources knows it by
// this name.
type SourcePassword = source.Password

// sourceShape is what a source may be called: it names files and keys too.
var sourceShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

func checkSourceName(id vocab.SourceID) error {
	if !sourceShape.MatchString(string(id)) {
		return vocab.BadInput.Because("%.50q cannot name a source: a-z, 0-9 and '-', at most 40", id)
	}
	return nil
}

// AddSource connects a database: it must answer, and its account must be unable
// to write. The password is kept sealed.
func (d *Door) AddSource(ctx context.Context, a identity.Actor, id vocab.SourceID, address string, password source.Password) (Connected, error) {
	if err := a.Must(vocab.Steward); err != nil {
		return Connected{}, err
	}
	addr, err := source.ParseAddress(address)
	if err != nil {
		return Connected{}, err
	}
	if err := checkSourceName(id); err != nil {
		return Connected{}, err
	}
	if err := d.mayConnect(a.Member, addr); err != nil {
		return Connected{}, err
	}
	key := binding.SourceKey(a.Member, id)
	if err := d.staysKind(ctx, key, addr.Kind); err != nil {
		return Connected{}, err
	}
	src, err := d.p.Drivers.Open(ctx, source.Spec{Address: address}, password)
	if err != nil {
		return Connected{}, err
	}
	report, err := src.Probe(ctx)
	if err != nil {
		src.Close()
		return Connected{}, err
	}
	sealed, err := d.sealPassword(key, password)
	if err != nil {
		src.Close()
		return Connected{}, err
	}
	now := d.p.Clock.Now()
	c := Connected{ID: id, Owner: a.Member, Kind: addr.Kind, Address: addr.String(), State: "ready", Made: now, Checked: now, Report: report, password: sealed}
	if err := d.keepSource(ctx, a, c, "source.add"); err != nil {
		src.Close()
		return Connected{}, err
	}
	d.mu.Lock()
	if old := d.sources[key]; old != nil {
		old.Close()
	}
	d.sources[key] = src
	d.mu.Unlock()
	return c, nil
}

func (d *Door) sealPassword(key vocab.SourceID, password source.Password) ([]byte, error) {
	sealed, err := d.p.Keys.Seal(keys.Source, []byte(password), []byte(key))
	if err != nil {
		return nil, fmt.Errorf("seal the password of %s: %w", key, err)
	}
	return sealed, nil
}

func (d *Door) keepSource(ctx context.Context, a identity.Actor, c Connected, act string) error {
	report, err := json.Marshal(sourceReport{Report: c.Report, Tags: c.Tags, Columns: c.Columns})
	if err != nil {
		return err
	}
	return d.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := d.store.putSource(ctx, tx, c, string(report)); err != nil {
			return fmt.Errorf("keep source %s: %w", c.ID, err)
		}
		return d.p.Ledger.Act(ctx, tx, act, map[string]string{
			"member": string(a.Member), "officer": string(a.Officer), "source": string(c.ID), "address": c.Address,
		})
	})
}

// mayConnect asks the operator's rules. A register is loaded, never connected.
func (d *Door) mayConnect(owner vocab.MemberID, addr source.Address) error {
	if addr.Kind == source.Register {
		return vocab.SourceForbidden.Because("a register is loaded from a file, not connected by its address")
	}
	return d.p.Connect(owner, addr)
}

// Sources lists the sources of the actor's member.
func (d *Door) Sources(ctx context.Context, a identity.Actor) ([]Connected, error) {
	if err := a.Must(vocab.Steward, vocab.Operator); err != nil {
		return nil, err
	}
	var out []Connected
	err := d.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		out, err = d.store.sourcesOf(ctx, tx, a.Member)
		return err
	})
	return out, err
}

// Source gives one source to its steward.
func (d *Door) Source(ctx context.Context, a identity.Actor, id vocab.SourceID) (Connected, error) {
	return d.source(ctx, binding.SourceKey(a.Member, id))
}

// CheckSource probes a source again.
func (d *Door) CheckSource(ctx context.Context, a identity.Actor, id vocab.SourceID) (Connected, error) {
	c, err := d.Source(ctx, a, id)
	if err != nil {
		return Connected{}, err
	}
	if err := c.stands(); err != nil {
		return c, err
	}
	src, err := d.opened(ctx, binding.SourceKey(a.Member, id))
	if err != nil {
		return Connected{}, err
	}
	report, probe := src.Probe(ctx)
	c.Report, c.Checked, c.State = report, d.p.Clock.Now(), "ready"
	switch {
	case vocab.CodeOf(probe) == vocab.SourceWritable:
		c.State = "writable"
	case probe != nil:
		c.State = "away"
	}
	if err := d.keepSource(ctx, a, c, "source.check"); err != nil {
		return Connected{}, err
	}
	return c, probe
}

// stands refuses a register whose rows retention destroyed.
func (c *Connected) stands() error {
	if c.State != holding.Destroyed {
		return nil
	}
	return vocab.SourceUnknown.Because("what register %s held was destroyed", c.ID).WithFix("load it again: fontis source load")
}

func (d *Door) source(ctx context.Context, key vocab.SourceID) (Connected, error) {
	var c Connected
	err := d.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		c, err = d.store.source(ctx, tx, key)
		return err
	})
	return c, err
}

// opened is the source's connection, made at first use. It must be called with a
// permit in hand or for the source's own steward.
func (d *Door) opened(ctx context.Context, key vocab.SourceID) (*source.Source, error) {
	d.mu.Lock()
	src := d.sources[key]
	d.mu.Unlock()
	if src != nil {
		return src, nil
	}
	c, err := d.source(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", key, err)
	}
	if c.Kind != source.Register { // the rules may have changed since it was added
		addr, err := source.ParseAddress(c.Address)
		if err != nil {
			return nil, err
		}
		if err := d.mayConnect(c.Owner, addr); err != nil {
			return nil, err
		}
	}
	password, err := d.p.Keys.Unseal(keys.Source, c.password, []byte(key))
	if err != nil {
		return nil, fmt.Errorf("password of source %s: %w", key, err)
	}
	if src, err = d.p.Drivers.Open(ctx, source.Spec{Kind: c.Kind, Address: c.Address}, source.Password(password)); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if have := d.sources[key]; have != nil {
		src.Close()
		return have, nil
	}
	d.sources[key] = src
	return src, nil
}

// custody writes the entry of one run of a source's own steward and waits for
// its leaf: the source is opened only after.
func (d *Door) custody(ctx context.Context, a identity.Actor, act string, fields map[string]string) (ledger.Entry, error) {
	pairs := []ledger.Pair{{Name: ledger.FieldAct, Value: act}, {Name: ledger.FieldMember, Value: string(a.Member)}, {Name: ledger.FieldOfficer, Value: string(a.Officer)}}
	for _, k := range []string{"item", "source", "rows"} {
		if fields[k] != "" {
			pairs = append(pairs, ledger.Pair{Name: k, Value: fields[k]})
		}
	}
	var e ledger.Entry
	err := d.p.DB.Write(ctx, func(tx *db.Tx) error {
		var err error
		e, err = d.p.Ledger.Enter(ctx, tx, ledger.Plain{Kind: proof.Act, Owner: a.Member, Provider: a.Member, Fields: pairs})
		return err
	})
	if err != nil {
		return ledger.Entry{}, err
	}
	return d.p.Ledger.Await(ctx, e)
}
