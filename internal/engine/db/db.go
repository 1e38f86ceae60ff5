package db

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"fontis/internal/vocab"
)

// DB is a database on either engine; sqlite.Open and postgres.Open make it. It
// is safe for use by many goroutines.
type DB struct {
	*core
	tap Tap
}

// core is shared by a DB and the tapped copies of it.
type core struct {
	driver Driver
	keeper Keeper

	// writer holds the one write connection, or nil when it is not connected.
	// Whoever took it is the writer; those who wait are served in order.
	writer chan *conn
	// readers holds the read connections, nil for one not yet connected.
	readers chan *conn

	// upkeep is taken by the one who wants to be alone, so that two who do cannot
	// each hold half of the readers.
	upkeep chan *conn

	closed atomic.Bool

	// mu guards news and stats.
	mu    sync.Mutex
	news  map[string]chan struct{}
	stats Stats
}

// Stats counts what a database did since it was opened.
type Stats struct {
	Writes      int64         // committed write transactions
	Rollbacks   int64         // write transactions that left nothing
	Reads       int64         // read transactions
	LongestHold time.Duration // the longest time that one write transaction held the writer
	LongestWait time.Duration // the longest time that one waited for the writer
}

// New makes the portable type over a driver; readers is the size of its pool.
func New(d Driver, k Keeper, readers int) *DB {
	c := &core{
		driver: d, keeper: k,
		writer:  make(chan *conn, 1),
		readers: make(chan *conn, readers),
		upkeep:  make(chan *conn, 1),
		news:    map[string]chan struct{}{},
	}
	c.writer <- nil
	c.upkeep <- nil
	for range readers {
		c.readers <- nil
	}
	return &DB{core: c}
}

// Dialect is the SQL that the engine speaks.
func (d *DB) Dialect() Dialect { return d.driver.Dialect() }

// Stats gives the counts so far.
func (d *DB) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stats
}

// Write runs fn in the one write transaction of the process. Nil means that the
// change is durable; any error, or a panic in fn, means that nothing of it is
// left. fn must not call Write or Read of the same database.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	asked := time.Now()
	c, err := d.take(ctx, d.writer)
	if err != nil {
		return err
	}
	taken := time.Now()
	ok := false
	tx := &Tx{db: d, write: true}
	defer func() {
		if !ok {
			c = tx.abandon(c)
		}
		d.countWrite(ok, taken.Sub(asked), time.Since(taken))
		d.writer <- c
	}()
	if c, err = d.begin(ctx, c, tx); err != nil {
		return d.judge(err)
	}
	if err := fn(tx); err != nil {
		return d.judge(err)
	}
	if err := tx.commit(ctx); err != nil {
		return d.judge(err)
	}
	ok = true
	tx.tell(tx.hooks)
	return nil
}

// Yield is called between two transactions of work that nobody waits for: while
// somebody else has the writer, it rests twice as long as it worked, so that the
// writer and the processor are free for those who are waited for.
func (d *DB) Yield(ctx context.Context, worked time.Duration) {
	if len(d.writer) > 0 {
		return
	}
	select {
	case <-time.After(2 * worked):
	case <-ctx.Done():
	}
}

// Read runs fn on a snapshot: whatever is committed meanwhile, fn sees the
// database as it was at its first statement. A statement that changes something
// is refused. fn may call Write, but not Read: readers that wait for readers can
// wait for ever.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	c, err := d.take(ctx, d.readers)
	if err != nil {
		return err
	}
	tx := &Tx{db: d}
	defer func() {
		c = tx.abandon(c)
		d.mu.Lock()
		d.stats.Reads++
		d.mu.Unlock()
		d.readers <- c
	}()
	if c, err = d.begin(ctx, c, tx); err != nil {
		return d.judge(err)
	}
	return d.judge(fn(tx))
}

// take waits for a place at the engine.
func (d *DB) take(ctx context.Context, from chan *conn) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case c := <-from:
		if d.closed.Load() {
			from <- c
			return nil, vocab.DatabaseAway.Because("the database is closed")
		}
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// begin opens the transaction, connecting first where there is no connection,
// and once more where the one we had turns out to be dead.
func (d *DB) begin(ctx context.Context, c *conn, tx *Tx) (*conn, error) {
	fresh := c == nil
	for {
		if c == nil {
			raw, err := d.driver.Connect(ctx, tx.write)
			if err != nil {
				return nil, fmt.Errorf("connect: %w", err)
			}
			c = newConn(raw)
		}
		err := tx.begin(ctx, c)
		if err == nil {
			return c, nil
		}
		c.discard()
		c = nil
		if fresh || ctx.Err() != nil {
			return nil, fmt.Errorf("begin: %w", err)
		}
		fresh = true
	}
}

// judge marks failures of the engine, as against mistakes of the caller.
func (d *DB) judge(err error) error {
	if err == nil || errors.Is(err, vocab.DatabaseAway) || errors.Is(err, vocab.DiskLow) {
		return err
	}
	switch d.driver.Fault(err) {
	case Away:
		return vocab.DatabaseAway.Wrap(err, "the %s database does not serve", d.Dialect())
	case Full:
		return vocab.DiskLow.Wrap(err, "the %s database has no room left", d.Dialect())
	}
	return err
}

func (d *DB) countWrite(ok bool, waited, held time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if ok {
		d.stats.Writes++
	} else {
		d.stats.Rollbacks++
	}
	d.stats.LongestWait = max(d.stats.LongestWait, waited)
	d.stats.LongestHold = max(d.stats.LongestHold, held)
}

// News gives a channel that closes at the next commit that announced the topic.
// Take the channel first, then look, then wait: nothing is missed.
func (d *DB) News(topic string) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	ch, ok := d.news[topic]
	if !ok {
		ch = make(chan struct{})
		d.news[topic] = ch
	}
	return ch
}

func (d *DB) announce(topic string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if ch, ok := d.news[topic]; ok {
		close(ch)
		delete(d.news, topic)
	}
}

// Snapshot writes the whole database, consistent and while it serves, as one new
// SQLite file; the same on both engines.
func (d *DB) Snapshot(ctx context.Context, path string) error {
	return d.judge(d.keeper.Snapshot(ctx, d, path))
}

// Load fills a database that holds no rows from a snapshot of either engine. The
// tables are then those of the snapshot: Migrate afterwards.
func (d *DB) Load(ctx context.Context, path string) error {
	return d.judge(d.keeper.Load(ctx, d, path))
}

// Scrub removes from the engine's files what deleted and replaced rows of the
// named tables left behind. After it returns, erased values stand in no file.
func (d *DB) Scrub(ctx context.Context, tables ...string) error {
	return d.judge(d.keeper.Scrub(ctx, d, tables))
}

// Alone runs fn while no transaction of this database is open and all of its
// connections are closed. It is for the drivers' upkeep.
func (d *DB) Alone(ctx context.Context, fn func() error) error {
	// Readers first: one that waits to write can still end.
	if _, err := d.take(ctx, d.upkeep); err != nil {
		return err
	}
	defer func() { d.upkeep <- nil }()
	got := 0
	defer func() {
		for range got {
			d.readers <- nil
		}
	}()
	for range cap(d.readers) {
		r, err := d.take(ctx, d.readers)
		if err != nil {
			return err
		}
		r.discard()
		got++
	}
	w, err := d.take(ctx, d.writer)
	if err != nil {
		return err
	}
	defer func() { d.writer <- nil }()
	w.discard()
	return fn()
}

// Pause runs fn while no write transaction is open; those who want to write wait.
// fn must be short. It is for the drivers' upkeep.
func (d *DB) Pause(ctx context.Context, fn func() error) error {
	c, err := d.take(ctx, d.writer)
	if err != nil {
		return err
	}
	taken := time.Now()
	defer func() {
		d.mu.Lock()
		d.stats.LongestHold = max(d.stats.LongestHold, time.Since(taken))
		d.mu.Unlock()
		d.writer <- c
	}()
	return fn()
}

// Close waits for the open transactions and ends the database.
func (d *DB) Close() error {
	if d.closed.Swap(true) {
		return nil
	}
	w := <-d.writer
	w.discard()
	d.writer <- nil
	for range cap(d.readers) {
		r := <-d.readers
		r.discard()
	}
	for range cap(d.readers) {
		d.readers <- nil
	}
	return d.driver.Close()
}
