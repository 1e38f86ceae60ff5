package access

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/source"
	"fontis/internal/trust/access/openset"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// MaxOpenRows bounds one page of an open set; UsualOpenRows is its size when
// nothing is said.
const (
	MaxOpenRows   = source.MaxPage
	UsualOpenRows = 100
)

// OpenCall asks for a page of an open set.
type OpenCall struct {
	Dataset vocab.DatasetID
	After   string // the key of the last row of the page before
	Limit   int
}

// OpenRows is a page of an open set. A null is an empty cell and nil.
type OpenRows struct {
	Dataset vocab.DatasetID `json:"dataset"`
	Items   []vocab.ItemID  `json:"items"` // the columns
	Rows    [][]*string     `json:"rows"`
	Next    string          `json:"next,omitempty"` // what After is for the next page
	AsOf    time.Time       `json:"as_of"`
	Stale   bool            `json:"stale,omitempty"` // older than the set's cycle promises
	LeftOut []vocab.ItemID  `json:"left_out,omitempty"`
}

// PutOpen tells the door, in the catalog's transaction, what an entry now says of
// its set's openness.
func (d *Door) PutOpen(ctx context.Context, tx *db.Tx, s openset.Set) error {
	if _, known := d.open.Get(s.Dataset); !known && len(s.Items) == 0 {
		return nil
	}
	if err := d.store.putOpenSet(ctx, tx, s, d.p.Clock.Now()); err != nil {
		return fmt.Errorf("keep that set %s is open: %w", s.Dataset, err)
	}
	tx.OnCommit(func() { d.open.Put(s) })
	return nil
}

// Rows reads a page of an open set, for anybody: under an open permit, with
// totals in one leaf a day. The call is counted, durably, before the source is
// opened, and the rows before they go out; who reads is not noted.
func (d *Door) Rows(ctx context.Context, c OpenCall) (OpenRows, error) {
	if c.Limit == 0 {
		c.Limit = UsualOpenRows
	}
	if c.Limit < 1 || c.Limit > MaxOpenRows {
		return OpenRows{}, vocab.BadInput.Because("%d rows were asked for, 1 to %d can be", c.Limit, MaxOpenRows)
	}
	if err := d.p.Space(); err != nil {
		return OpenRows{}, err
	}
	set, ok := d.open.Get(c.Dataset)
	if !ok {
		return OpenRows{}, identity.NotYours()
	}
	view, err := set.Open(&d.bindings)
	if err != nil {
		return OpenRows{}, err
	}
	trace, err := d.countOpen(ctx, set, 1, 0)
	if err != nil {
		return OpenRows{}, fmt.Errorf("count the reading of %s: %w", c.Dataset, err)
	}
	page, version, err := d.page(ctx, Permit{kind: vocab.PermitOpen, trace: trace, seal: d.seal}, view, c)
	if err != nil {
		return OpenRows{}, fmt.Errorf("read %s: %w", c.Dataset, err)
	}
	if err := d.noPersonsIn(ctx, set, page.Rows); err != nil {
		return OpenRows{}, err
	}
	if _, err := d.countOpen(ctx, set, 0, int64(len(page.Rows))); err != nil {
		return OpenRows{}, fmt.Errorf("count the rows of %s: %w", c.Dataset, err)
	}
	out := OpenRows{Dataset: c.Dataset, Items: view.Items, Rows: make([][]*string, len(page.Rows)), AsOf: version.AsOf, Stale: d.isStale(view.Cycle, version.AsOf), LeftOut: view.LeftOut}
	for i, r := range page.Rows {
		out.Rows[i] = cells(r[1:])
	}
	if n := len(page.Rows); page.More && n > 0 {
		out.Next = page.Rows[n-1][0].Text
	}
	return out, nil
}

func cells(values []source.Value) []*string {
	out := make([]*string, len(values))
	for i := range values {
		if !values[i].Null {
			out[i] = &values[i].Text
		}
	}
	return out
}

// page opens the source under the permit.
func (d *Door) page(ctx context.Context, p Permit, v openset.View, c OpenCall) (source.Rows, source.Version, error) {
	if err := d.check(p); err != nil {
		return source.Rows{}, source.Version{}, err
	}
	src, err := d.opened(ctx, v.Source)
	if err != nil {
		return source.Rows{}, source.Version{}, err
	}
	return src.Page(ctx, source.PageQuery{Table: v.Table, Key: v.Key, After: c.After, Limit: c.Limit, Columns: v.Columns})
}

// noPersonsIn holds back a page in which a citizen number stands, whatever the
// entry says of its set, and tells the steward.
func (d *Door) noPersonsIn(ctx context.Context, set openset.Set, rows [][]source.Value) error {
	for _, r := range rows {
		for _, v := range r {
			if v.Null || !subject.HoldsCitizenNumber(v.Text) {
				continue
			}
			err := d.p.DB.Write(ctx, func(tx *db.Tx) error {
				return d.p.Identity.PutNotice(ctx, tx, identity.Notice{
					Member: set.Owner, Kind: "open-set-held-back", Link: "/datasets/" + string(set.Dataset), At: d.p.Clock.Now(),
					Params: map[string]string{"dataset": string(set.Dataset)},
				})
			})
			if err != nil {
				return err
			}
			return vocab.RefusedByDesign.Because("a row of the open set %s holds a citizen number; nothing of this page goes out", set.Dataset)
		}
	}
	return nil
}

// countOpen adds to the day's totals and gives the trace under which the day
// counts. A day whose leaf is written takes no more: a clock that was set back
// counts into the day after.
func (d *Door) countOpen(ctx context.Context, set openset.Set, calls, released int64) (vocab.TraceID, error) {
	now := d.now()
	err := d.p.DB.Write(ctx, func(tx *db.Tx) error {
		day := now.Format(time.DateOnly)
		last, err := d.store.lastOpenDay(ctx, tx)
		if err != nil {
			return err
		}
		if last >= day {
			t, err := time.Parse(time.DateOnly, last)
			if err != nil {
				return err
			}
			day = t.AddDate(0, 0, 1).Format(time.DateOnly)
		}
		return d.store.countOpen(ctx, tx, day, set, calls, released)
	})
	return vocab.NewTrace(now), err
}

// CloseDays writes the totals of each past day on which open sets were read, one
// leaf a day; a day whose leaf stands is never written again.
func (d *Door) CloseDays(ctx context.Context) (int, error) {
	var days []string
	err := d.p.DB.Read(ctx, func(tx *db.Tx) error {
		var err error
		days, err = d.store.openDays(ctx, tx, d.now().Format(time.DateOnly))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("find the days of open readings: %w", err)
	}
	for i, day := range days {
		if err := d.p.DB.Write(ctx, func(tx *db.Tx) error { return d.closeDay(ctx, tx, day) }); err != nil {
			return i, fmt.Errorf("write the open totals of %s: %w", day, err)
		}
	}
	return len(days), nil
}

func (d *Door) closeDay(ctx context.Context, tx *db.Tx, day string) error {
	calls, released, err := d.store.openUses(ctx, tx, day)
	if err != nil {
		return err
	}
	e, err := d.p.Ledger.Enter(ctx, tx, ledger.Plain{Kind: proof.Totals, Fields: []ledger.Pair{
		{Name: ledger.FieldAct, Value: "open.totals"},
		{Name: "day", Value: day},
		{Name: "calls", Value: counts(calls)},
		{Name: "released", Value: counts(released)},
	}})
	if err != nil {
		return err
	}
	return d.store.closeOpenDay(ctx, tx, day, e.Trace, d.p.Clock.Now())
}

func counts(m map[string]int64) string {
	words := make(map[string]string, len(m))
	for w, n := range m {
		words[w] = strconv.FormatInt(n, 10)
	}
	return proof.MapValue(words)
}
