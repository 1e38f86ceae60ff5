package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/engine/db/postgres"
	"fontis/internal/engine/db/sqlite"
	"fontis/internal/engine/keys"
	"fontis/internal/engine/tlog"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/witness"
	"fontis/internal/vocab"
)

// RestoreOptions say how a backup comes back.
type RestoreOptions struct {
	Options
	Erasures       string // a file of erasures newer than the backup, beside the old folder's own
	WithoutWitness bool   // go on although no witness answers: always a declared loss
	Client         *http.Client
}

// Restore brings a backup into the configured folder, whose keys must be those
// of the node. The witnesses are asked what they last saw: when that is more
// than the backup holds, the old log is frozen, a successor begins with a leaf
// that says so, and every grant waits for its provider to confirm it.
func Restore(ctx context.Context, cfg Config, backup io.ReadSeeker, o RestoreOptions) (Restored, error) {
	m, err := ReadManifest(backup)
	if err != nil {
		return Restored{}, err
	}
	if _, err := backup.Seek(0, io.SeekStart); err != nil {
		return Restored{}, err
	}
	out := Restored{Manifest: m}
	if m.Node != cfg.Name {
		return out, vocab.StateWrong.Because("the backup is of node %s, this folder is of %s", m.Node, cfg.Name)
	}
	seen, err := askWitnesses(ctx, cfg, m.Origin, o.Client)
	if err != nil {
		if !o.WithoutWitness {
			return out, err
		}
		out.Unverified = err.Error()
	}
	erasures, err := cfg.erasuresKnown(o.Erasures)
	if err != nil {
		return out, err
	}
	if err := cfg.unpack(ctx, backup, &erasures); err != nil {
		return out, fmt.Errorf("unpack: %w", err)
	}
	size, root := checkpointOf(seen)
	out.Witnessed = size
	lost := size > m.Size || out.Unverified != ""
	if lost {
		if out.Successor, err = cfg.freeze(m.Origin); err != nil {
			return out, err
		}
	}
	o.Options.restoring = true
	a, err := Open(ctx, cfg, o.Options)
	if err != nil {
		return out, err
	}
	defer a.Close()
	if lost {
		if err := a.declare(ctx, m, size, root, &out); err != nil {
			return out, fmt.Errorf("declare the loss: %w", err)
		}
	}
	for _, e := range erasures {
		if err := a.Records.Retention.Replay(ctx, e); err != nil {
			return out, fmt.Errorf("replay an erasure: %w", err)
		}
		out.Erased++
	}
	return out, os.Remove(cfg.restoring())
}

// restoring stands beside the data folder while a restore is under way, with every
// erasure that it is to replay, from before the old data are set aside until the
// last is replayed. No node serves beside it: what was erased after the backup would
// be back, and what was lost not declared.
func (c Config) restoring() string { return c.data() + ".restoring" }

// mayServe refuses a folder whose restore did not come to its end.
func (c Config) mayServe() error {
	_, err := os.Stat(c.restoring())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return vocab.StateWrong.Because("a restore into this folder did not come to its end").WithFix("fontis restore with the same backup again")
}

// erasuresKnown are those that the folder holds, also of a restore that stopped, and
// those of the file named.
func (c Config) erasuresKnown(named string) ([]ledger.Erasure, error) {
	var out []ledger.Erasure
	if named != "" {
		if _, err := os.Stat(named); err != nil {
			return nil, vocab.FileUnreadable.Wrap(err, "the erasures newer than the backup")
		}
	}
	for _, path := range []string{filepath.Join(c.data(), erasuresFile), c.restoring(), named} {
		list, err := readErasures(path)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		out = merge(out, list)
	}
	return out, nil
}

// begin marks the folder as one into which a restore is under way; the mark stands
// whole or as it was.
func (c Config) begin(erasures []ledger.Erasure) error {
	var lines bytes.Buffer
	for _, e := range erasures {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		lines.Write(append(line, '\n'))
	}
	next := c.restoring() + ".tmp"
	f, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(lines.Bytes())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(next, c.restoring()); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(next))
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// unpack writes the parts into an empty data folder and loads the database.
func (c Config) unpack(ctx context.Context, backup io.Reader, erasures *[]ledger.Erasure) error {
	if err := c.begin(*erasures); err != nil {
		return err
	}
	if err := c.setAside(); err != nil {
		return err
	}
	store, err := keys.Open(c.keys(), keys.Options{
		DataDir: c.data(), PassphraseFile: c.KeyPassphraseFile, Credential: c.KeyCredential,
	})
	if err != nil {
		return fmt.Errorf("open the keys: %w", err)
	}
	return readParts(backup, store, func(name string, content io.Reader) error {
		switch {
		case name == partDatabase:
			return c.loadDatabase(ctx, content)
		case strings.HasPrefix(name, partRegister):
			return c.bringRegister(ctx, content)
		case name == erasuresFile:
			b, err := io.ReadAll(content)
			if err != nil {
				return err
			}
			older, err := parseErasures(b)
			if err != nil {
				return err
			}
			*erasures = merge(older, *erasures)
			return c.begin(*erasures)
		}
		return writeFile(filepath.Join(c.data(), filepath.FromSlash(name)), content)
	})
}

func writeFile(path string, content io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}

// setAside keeps what stands in the data folder under another name: evidence is
// never overwritten.
func (c Config) setAside() error {
	entries, err := os.ReadDir(c.data())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		aside := c.data() + ".before-restore-" + time.Now().UTC().Format("20060102T150405.000")
		if err := os.Rename(c.data(), aside); err != nil {
			return fmt.Errorf("set the old data aside: %w", err)
		}
	}
	return os.MkdirAll(c.data(), 0o700)
}

func (c Config) loadDatabase(ctx context.Context, content io.Reader) error {
	snapshot := filepath.Join(c.data(), "snapshot.tmp")
	defer os.Remove(snapshot)
	if err := writeFile(snapshot, content); err != nil {
		return err
	}
	address, err := c.databaseAddress()
	if err != nil {
		return err
	}
	var d *db.DB
	if address == "" {
		d, err = sqlite.Open(ctx, filepath.Join(c.data(), databaseFile))
	} else {
		d, err = postgres.Open(ctx, address, c.schema())
	}
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Load(ctx, snapshot)
}

// bringRegister makes the copy of a register answer again, on the engine that
// this node has.
func (c Config) bringRegister(ctx context.Context, content io.Reader) error {
	registers, err := c.openKeyed(ctx, clock.System())
	if err != nil {
		return err
	}
	_, err = registers.Bring(ctx, content)
	return errors.Join(err, registers.Close())
}

// freeze marks the restored log and makes room for its successor.
func (c Config) freeze(origin string) (string, error) {
	number, err := newestLog(c.data())
	if err != nil {
		return "", err
	}
	successor := strings.TrimSuffix(origin, "/"+strconv.Itoa(number)) + "/" + strconv.Itoa(number+1)
	log, err := tlog.Open(context.Background(), tlog.Options{Dir: logDir(c.data(), number), Origin: origin, VerifierKey: c.verifierKey(origin), ReadOnly: true})
	if err != nil {
		return "", fmt.Errorf("open the restored log: %w", err)
	}
	defer log.Close()
	if err := log.Freeze(successor); err != nil {
		return "", err
	}
	return successor, os.MkdirAll(logDir(c.data(), number+1), 0o700)
}

func (c Config) verifierKey(origin string) string {
	store, err := keys.Open(c.keys(), keys.Options{PassphraseFile: c.KeyPassphraseFile, Credential: c.KeyCredential})
	if err != nil {
		return ""
	}
	key, _, err := store.Signer(keys.Log)
	if err != nil {
		return ""
	}
	signer, err := tlog.NewSigner(origin, key)
	if err != nil {
		return ""
	}
	return signer.VerifierKey()
}

// declare writes the first leaf of the successor and suspends every grant until
// its provider confirms it: one may have been revoked in what was lost.
func (a *App) declare(ctx context.Context, m Manifest, witnessed uint64, root string, out *Restored) error {
	fields := lossFields(m, witnessed, root)
	var pairs []ledger.Pair
	pairs = append(pairs, ledger.Pair{Name: ledger.FieldAct, Value: "declared loss"})
	for _, k := range []string{"old_origin", "restored_size", "witnessed_size", "witnessed_root"} {
		pairs = append(pairs, ledger.Pair{Name: k, Value: fields[k]})
	}
	var e ledger.Entry
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		var err error
		e, err = a.Ledger.Enter(ctx, tx, ledger.Plain{Kind: proof.Origin, Fields: pairs})
		return err
	})
	if err != nil {
		return err
	}
	if _, err := a.Ledger.Await(ctx, e); err != nil {
		return err
	}
	out.Suspended, err = a.Door.SuspendAll(ctx, identity.Actor{}, "restored: a revocation may have been lost; the provider confirms by resuming", func(ctx context.Context, tx *db.Tx, g access.Grant) error {
		return a.Identity.PutNotice(ctx, tx, identity.Notice{
			Member: g.Provider, Kind: "grant-confirm", Params: map[string]string{"grant": string(g.ID)}, Link: "/grants/" + string(g.ID), At: a.Clock.Now(),
		})
	})
	return err
}

// askWitnesses gives the checkpoint of the witness that saw most of the log; nil
// without a policy.
func askWitnesses(ctx context.Context, cfg Config, origin string, client *http.Client) ([]byte, error) {
	text, err := os.ReadFile(cfg.policyPath())
	if errors.Is(err, os.ErrNotExist) {
		return nil, vocab.WitnessAway.Because("this node has no witness: nobody can say what the backup lacks").WithFix("fontis restore --without-witness declares the loss without knowing its size")
	}
	if err != nil {
		return nil, err
	}
	policy, err := proof.ParsePolicy(text)
	if err != nil {
		return nil, err
	}
	if client == nil {
		client = &http.Client{Timeout: 10 * time.Second}
	}
	var best []byte
	var most uint64
	var last error
	for _, w := range policy.Witnesses {
		signed, err := latest(ctx, client, w.URL, origin)
		if err != nil {
			last = err
			continue
		}
		if size, _ := checkpointOf(signed); best == nil || size > most {
			best, most = signed, size
		}
	}
	if best == nil {
		return nil, vocab.WitnessAway.Wrap(last, "no witness of %s answers", origin).WithFix("bring a witness back, or fontis restore --without-witness")
	}
	return best, nil
}

func latest(ctx context.Context, client *http.Client, url, origin string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(url, "/")+"/logs/"+witness.ID(origin)+"/checkpoint", nil)
	if err != nil {
		return nil, err
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, res.Status)
	}
	return io.ReadAll(io.LimitReader(res.Body, 1<<20))
}

func readErasures(path string) ([]ledger.Erasure, error) {
	b, err := os.ReadFile(path)
	if path == "" || errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseErasures(b)
}

func parseErasures(b []byte) ([]ledger.Erasure, error) {
	var out []ledger.Erasure
	for i, line := range bytes.Split(bytes.TrimSpace(b), []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		var e ledger.Erasure
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, vocab.FileUnreadable.Wrap(err, "line %d of the erasures", i+1)
		}
		out = append(out, e)
	}
	return out, nil
}

// merge joins two lists of erasures, each once.
func merge(older, newer []ledger.Erasure) []ledger.Erasure {
	type once struct {
		at    time.Time
		first vocab.TraceID
		note  string
	}
	seen := map[once]bool{}
	var out []ledger.Erasure
	for _, e := range slices.Concat(older, newer) {
		k := once{at: e.At, note: string(e.Note)}
		if len(e.Traces) > 0 {
			k.first = e.Traces[0]
		}
		if !seen[k] {
			seen[k] = true
			out = append(out, e)
		}
	}
	return out
}
