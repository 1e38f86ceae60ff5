// Package app wires the house: it reads a node's configuration, opens engines,
// trust and duties in the order in which they depend on each other, and closes
// them in reverse. It is the only package that names a driver.
package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/catalog/finding"
	"fontis/internal/duty/catalog/harvest"
	"fontis/internal/duty/catalog/lists"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/duty/catalog/standard"
	"fontis/internal/duty/catalog/succession"
	"fontis/internal/duty/quality"
	"fontis/internal/duty/share"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/duty/share/coverage"
	"fontis/internal/duty/share/emergency"
	"fontis/internal/duty/share/freshness"
	"fontis/internal/edge/jobs"
	"fontis/internal/edge/jobs/channel"
	"fontis/internal/edge/taking"
	"fontis/internal/edge/web"
	"fontis/internal/engine/blob"
	"fontis/internal/engine/blob/dir"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/postgres"
	"fontis/internal/engine/db/sqlite"
	"fontis/internal/engine/keyed"
	keyedpostgres "fontis/internal/engine/keyed/postgres"
	keyedsqlite "fontis/internal/engine/keyed/sqlite"
	"fontis/internal/engine/keys"
	"fontis/internal/engine/source"
	"fontis/internal/engine/tlog"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/holding"
	"fontis/internal/trust/access/overlay"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/tally"
	"fontis/internal/trust/ledger/totals"
	"fontis/internal/vocab"
	"fontis/migrations"
)

// App is one open node. Its parts are used by the faces; Close ends all.
type App struct {
	Config   Config
	Clock    clock.Clock
	Diary    *slog.Logger
	DB       *db.DB
	Keys     *keys.Store
	Log      *tlog.Log
	Ledger   *ledger.Ledger
	Totals   *totals.Totals
	Tally    *tally.Tally
	Identity *identity.Service
	Door     *access.Door
	Catalog  *catalog.Service
	Review   *review.Service
	Demand   *demand.Service
	Finding  *finding.Service
	Lists    *lists.Service
	Standard *standard.Service
	// Succession ends entries and tells what stands in their place.
	Succession *succession.Service
	Harvest    *harvest.Service
	Share      *share.Service
	Calendar   *calendar.Service
	// Authorisation is what persons authorise bodies to ask.
	Authorisation *authorisation.Service
	Emergency     *emergency.Service
	Freshness     *freshness.Service
	Coverage      *coverage.Service
	Jobs          *jobs.Jobs
	Quality       *quality.Service
	Records       Records
	Channels      *channel.Service
	Policy        string // log and witnesses, as receipts carry it
	Blobs         *blob.Store
	// Demo tells the first page of a demo node how far the invented world is; nil
	// on a node with real people. Set it before Face.
	Demo  func() web.Demo
	Older []*tlog.Log // frozen by a restore; still read and served

	registers *keyed.Store
	holding   *holding.Holding
	imports   *taking.Runs
	free      func(string) (uint64, uint64, error)
	closers   []func() error
	run       context.Context
	patience  context.Context // ends when nobody waits for a first word any more
	stop      context.CancelFunc
	tasks     sync.WaitGroup
}

// Options are what a test or a command may choose beside the configuration.
type Options struct {
	Clock clock.Clock  // the system's when nil
	Diary *slog.Logger // silent when nil
	New   bool         // the node is being made: keys are made too
	// Free tells the free and all bytes of the disk under a folder; the system's
	// word when nil.
	Free func(dir string) (free, total uint64, err error)
	// Between stands between the parts, so that a proof can see and fail each step.
	Between Between

	restoring bool // a restore opens the node to bring it to its end
}

// Between wraps what the door and the ledger stand on; a nil field wraps nothing.
type Between struct {
	DB      func(*db.DB) *db.DB
	Log     func(ledger.Log) ledger.Log
	Connect func(source.Connect) source.Connect
}

// packages are the folders of migrations, in the order of their tables.
var packages = []string{"outbox", "identity", "ledger", "tally", "mandate", "deferral", "audit", "retention", "access", "catalog", "review", "demand", "finding", "standard", "harvest", "share", "calendar", "authorisation", "emergency", "freshness", "quality", "jobs", "channel", "api"}

// Open opens the node; nothing is served before everything is repaired.
func Open(ctx context.Context, cfg Config, o Options) (*App, error) {
	a := &App{Config: cfg, Clock: o.Clock, Diary: o.Diary, free: o.Free}
	if a.free == nil {
		a.free = db.Free
	}
	if a.Clock == nil {
		a.Clock = clock.System()
	}
	if a.Diary == nil {
		a.Diary = slog.New(slog.DiscardHandler)
	}
	if !o.restoring {
		if err := cfg.mayServe(); err != nil {
			return nil, err
		}
	}
	a.run, a.stop = context.WithCancel(context.WithoutCancel(ctx))
	for _, step := range []func(context.Context, Options) error{
		a.openKeys, a.openDB, a.openLog, a.openTrust, a.openDoor, a.openCalendar, a.openDuties, a.openFreshness, a.openAuthorisation, a.openQuality, a.openEmergency, a.openJobs, a.openRecords, a.openChannels,
	} {
		if err := step(ctx, o); err != nil {
			a.Close()
			return nil, err
		}
	}
	a.imports = taking.NewRuns(a.Catalog)
	a.onClose(a.imports.Close)
	a.tasks.Go(func() { a.Totals.Run(a.run) })
	a.tasks.Go(a.upkeep)
	a.tasks.Go(func() { a.Jobs.Run(a.run) })
	a.tasks.Go(func() { a.Tally.Run(a.run) })
	return a, nil
}

// Close ends background work and every engine, in reverse order.
func (a *App) Close() error {
	a.stop()
	a.tasks.Wait()
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(errs...)
}

func (a *App) onClose(f func() error) { a.closers = append(a.closers, f) }

func (a *App) openKeys(_ context.Context, o Options) error {
	if err := a.Config.present(o); err != nil {
		return err
	}
	store, err := keys.Open(a.Config.keys(), keys.Options{
		New: o.New, DataDir: a.Config.data(), Known: filepath.Join(a.Config.data(), keysKnown),
		PassphraseFile: a.Config.KeyPassphraseFile, Credential: a.Config.KeyCredential, Clock: a.Clock,
	})
	if err != nil {
		return fmt.Errorf("open the keys: %w", err)
	}
	a.Keys = store
	return store.Ensure(keys.Log, keys.Session, keys.TokenPepper, keys.IdentityRoot, keys.Audit, keys.Keyed, keys.Backup, keys.Source)
}

func (a *App) openDB(ctx context.Context, o Options) error {
	address, err := a.Config.databaseAddress()
	if err != nil {
		return err
	}
	if address == "" {
		a.DB, err = sqlite.Open(ctx, filepath.Join(a.Config.data(), databaseFile))
	} else {
		a.DB, err = postgres.Open(ctx, address, a.Config.schema())
	}
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	if o.Between.DB != nil {
		a.DB = o.Between.DB(a.DB)
	}
	a.onClose(a.DB.Close)
	lease, err := db.AcquireLease(ctx, a.Config.data(), a.Clock.Now(), a.DB)
	if err != nil {
		return err
	}
	a.onClose(lease.Release)
	for _, p := range packages {
		if err := a.DB.Migrate(ctx, migrations.FS, p); err != nil {
			return fmt.Errorf("bring the tables of %s up to date: %w", p, err)
		}
	}
	return nil
}

func (c Config) schema() string {
	if c.Schema == "" {
		return postgres.DefaultSchema
	}
	return c.Schema
}

// openLog opens the newest log of the node: a restore begins another.
func (a *App) openLog(ctx context.Context, o Options) error {
	number, err := newestLog(a.Config.data())
	if err != nil {
		return err
	}
	origin := a.Config.Name + "/log/" + strconv.Itoa(number)
	key, _, err := a.Keys.Signer(keys.Log)
	if err != nil {
		return err
	}
	signer, err := tlog.NewSigner(origin, key)
	if err != nil {
		return err
	}
	policy, err := os.ReadFile(a.Config.policyPath())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if a.Policy, err = receiptPolicy(policy, signer.VerifierKey()); err != nil {
		return fmt.Errorf("read %s: %w", a.Config.policyPath(), err)
	}
	a.Log, err = tlog.Open(ctx, tlog.Options{
		Dir: logDir(a.Config.data(), number), Origin: origin, Signer: signer, Witnesses: string(policy), Clock: a.Clock, Diary: a.Diary,
		BatchAge: time.Microsecond, // the ledger gathers; one that waits again only adds delay
	})
	if err != nil {
		return err
	}
	a.onClose(a.Log.Close)
	var stop context.CancelFunc
	a.patience, stop = context.WithTimeout(a.run, firstWord)
	a.onClose(func() error { stop(); return nil })
	if err := a.openOlder(ctx, number); err != nil {
		return err
	}
	former, err := a.former(policy)
	if err != nil {
		return fmt.Errorf("read %s: %w", a.Config.policyPath(), err)
	}
	var under ledger.Log = a.Log
	if o.Between.Log != nil {
		under = o.Between.Log(under)
	}
	a.Ledger, err = ledger.Open(ctx, ledger.Options{
		DB: a.DB, Log: under, Origin: origin, Former: former, Signer: signer, Clock: a.Clock, Diary: a.Diary, Policy: a.Policy, Halt: a.rolledBack, Keep: a.keepErasure,
	})
	if err != nil {
		return err
	}
	a.onClose(a.Ledger.Close)
	a.Totals = totals.New(a.Ledger, a.DB, a.Diary)
	return nil
}

// openOlder opens the logs before a restore, for reading.
func (a *App) openOlder(ctx context.Context, newest int) error {
	for n := 1; n < newest; n++ {
		origin := a.Config.Name + "/log/" + strconv.Itoa(n)
		log, err := tlog.Open(ctx, tlog.Options{Dir: logDir(a.Config.data(), n), Origin: origin, VerifierKey: a.Config.verifierKey(origin), ReadOnly: true})
		if err != nil {
			return fmt.Errorf("open the frozen log %s: %w", origin, err)
		}
		a.onClose(log.Close)
		a.Older = append(a.Older, log)
	}
	return nil
}

// former are the logs before a restore, as the ledger proves their entries.
func (a *App) former(policy []byte) ([]ledger.Former, error) {
	var out []ledger.Former
	for _, log := range a.Older {
		own, err := receiptPolicy(policy, log.VerifierKey())
		if err != nil {
			return nil, err
		}
		out = append(out, ledger.Former{Origin: log.Origin(), Log: log, Policy: own})
	}
	return out, nil
}

// receiptPolicy is the node's policy with its own log in it.
func receiptPolicy(text []byte, vkey string) (string, error) {
	if len(text) == 0 {
		p, err := proof.PolicyFor(vkey, 0)
		if err != nil {
			return "", err
		}
		return p.String(), nil
	}
	p, err := proof.ParsePolicy(text)
	if err != nil {
		return "", err
	}
	if _, _, err := p.LogVKey(originOf(vkey)); err != nil {
		// One key under a later name would stand twice; the earlier name speaks for both.
		p.Logs = slices.DeleteFunc(p.Logs, func(l proof.PolicyLog) bool { return proof.SameKey(l.VKey, vkey) })
		return "log " + vkey + "\n" + p.String(), nil
	}
	return p.String(), nil
}

func originOf(vkey string) string {
	name, _, _ := strings.Cut(vkey, "+")
	return name
}

func (a *App) keepErasure(e ledger.Erasure) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(a.Config.data(), erasuresFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

func logDir(data string, number int) string {
	return filepath.Join(data, "log", strconv.Itoa(number))
}

func newestLog(data string) (int, error) {
	entries, err := os.ReadDir(filepath.Join(data, "log"))
	if errors.Is(err, os.ErrNotExist) {
		return 1, nil
	}
	if err != nil {
		return 0, err
	}
	newest := 1
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil && n > newest {
			newest = n
		}
	}
	return newest, nil
}

func (a *App) openTrust(_ context.Context, _ Options) error {
	var err error
	a.Identity, err = identity.New(identity.Parts{DB: a.DB, Keys: a.Keys, Clock: a.Clock, Ledger: a.Ledger}, identity.Options{Demo: a.Config.Demo})
	if err != nil {
		return fmt.Errorf("open identity: %w", err)
	}
	a.openTally()
	return nil
}

func (a *App) openDoor(ctx context.Context, o Options) error {
	blobs, err := dir.Open(filepath.Join(a.Config.data(), "blobs"))
	if err != nil {
		return err
	}
	a.onClose(blobs.Close)
	a.Blobs = blobs.Store
	if a.registers, err = a.Config.openKeyed(ctx, a.Clock); err != nil {
		return err
	}
	a.onClose(a.registers.Close)
	over := &overlay.Index{}
	sources := a.sources(a.registers, over)
	if o.Between.Connect != nil {
		for kind, connect := range sources.drivers.Connect {
			sources.drivers.Connect[kind] = o.Between.Connect(connect)
		}
	}
	zone, err := a.Config.zone()
	if err != nil {
		return err
	}
	a.Door, err = access.Open(ctx, access.Parts{
		DB: a.DB, Ledger: a.Ledger, Identity: a.Identity, Keys: a.Keys, Blobs: blobs.Store, Drivers: sources.drivers,
		Register: sources.load, MayChange: a.mayChange, Overlay: over, Connect: a.mayConnect, Clock: a.Clock, Zone: zone, Diary: a.Diary, Space: a.space,
	})
	if err != nil {
		return err
	}
	a.onClose(a.Door.Close)
	a.holding = holding.New(holding.Parts{DB: a.DB, Blobs: a.Blobs, Registers: a.registers, Clock: a.Clock, Diary: a.Diary, Dataset: a.datasetOf})
	a.Ledger.OnErasure(a.holding.Erased)
	return nil
}

func (c Config) openKeyed(ctx context.Context, now clock.Clock) (*keyed.Store, error) {
	opts := keyed.Options{Scratch: c.data(), Clock: now}
	address, err := c.databaseAddress()
	if err != nil {
		return nil, err
	}
	if address == "" {
		return keyedsqlite.Open(filepath.Join(c.data(), "registers"), opts)
	}
	return keyedpostgres.Open(ctx, address, c.Schema, opts)
}

// leastSpace is the share of the disk below which no source is opened: what an
// access writes must never be what fills it.
const leastSpace = 0.05

func (a *App) space() error {
	free, total, err := a.free(a.Config.data())
	if err != nil {
		return fmt.Errorf("look at the disk: %w", err)
	}
	if float64(free) < leastSpace*float64(total) {
		return vocab.DiskLow.Because("%d MB of %d MB are free, below %.0f %%", free>>20, total>>20, leastSpace*100)
	}
	return nil
}
