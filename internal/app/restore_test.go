package app_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/trust/access"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/witness"
	"fontis/internal/vocab"
)

// watched is a node whose log one witness cosigns.
type watched struct {
	cfg     app.Config
	witness *httptest.Server
	policy  *proof.Policy
}

func newWatched(t *testing.T) *watched {
	t.Helper()
	w := &watched{cfg: apptest.Config(t)}
	// The log's key is made with the node; the witness pins it.
	first := apptest.Open(t, w.cfg, app.Options{})
	vkey := first.Log.VerifierKey()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	wit, err := witness.Open(witness.Options{Dir: t.TempDir(), Name: "witness.test", Key: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wit.Close() })
	if err := wit.Pin(vkey, ""); err != nil {
		t.Fatal(err)
	}
	w.witness = httptest.NewServer(wit.Handler())
	t.Cleanup(w.witness.Close)
	w.policy, err = proof.PolicyFor(vkey, 1, proof.PolicyWitness{Name: "w", VKey: wit.VKey(), URL: w.witness.URL})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.cfg.Dir, "witnesses.policy"), []byte(w.policy.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

// settle waits until the witness has seen the whole log.
func settle(t *testing.T, a *app.App) uint64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	size, err := a.Log.Size(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Log.Await(ctx, size); err != nil {
		t.Fatalf("the witness never covered %d leaves: %v", size, err)
	}
	return size
}

func TestARestoreIsADeclaredLossNeverASilentOne(t *testing.T) {
	w := newWatched(t)
	world := apptest.Fill(t, apptest.Open(t, w.cfg, app.Options{}), 50, vocab.Compare)
	first, err := world.Door.Ask(t.Context(), world.User, world.Ask(1, "1960-01-01"))
	if err != nil {
		t.Fatal(err)
	}
	settle(t, world.App)
	var backup bytes.Buffer
	m, err := world.Backup(t.Context(), &backup)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		if _, err := world.Door.Ask(t.Context(), world.User, world.Ask(i%50, "1960-01-01")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := world.Ledger.Erase(t.Context(), ledger.Erasure{Traces: []vocab.TraceID{first.Trace}, Reason: "term over"}); err != nil {
		t.Fatal(err)
	}
	seen := settle(t, world.App)
	oldOrigin := world.Ledger.Origin()
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}

	out, err := app.Restore(t.Context(), freshPlace(t, w.cfg), bytes.NewReader(backup.Bytes()), app.RestoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !out.Lost() || out.Witnessed != seen || out.Manifest.Size != m.Size || out.Suspended != 1 || out.Erased != 1 {
		t.Errorf("restored %+v: want a declared loss from %d to %d, one grant suspended, one erasure replayed", out, m.Size, seen)
	}
	again := apptest.Open(t, freshPlace(t, w.cfg), app.Options{})
	if again.Ledger.Origin() == oldOrigin {
		t.Errorf("the old log goes on as if nothing was lost")
	}
	_, err = again.Door.Ask(t.Context(), world.User, world.Ask(1, "1960-01-01"))
	if vocab.CodeOf(err) != vocab.GrantSuspended {
		t.Errorf("a grant that may have been revoked still opens: %v", err)
	}
	if err := again.Door.EndGrant(t.Context(), world.Steward, world.Grant.ID, access.GrantActive, "confirmed"); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Door.Ask(t.Context(), world.User, world.Ask(1, "1960-01-01")); err != nil {
		t.Errorf("a confirmed grant does not open: %v", err)
	}
	a, err := again.Ledger.Entry(t.Context(), first.Trace, ledger.Viewer{Auditor: true})
	if err != nil || !a.Erased {
		t.Errorf("the erasure came back with the backup: %+v, %v", a, err)
	}
}

// freshPlace is where the restored node stands: on PostgreSQL a schema of its own.
func freshPlace(t *testing.T, cfg app.Config) app.Config {
	t.Helper()
	if cfg.Schema != "" {
		cfg.Schema += "_r"
	}
	return cfg
}

func TestFilesCopiedBackSilentlyAreCaught(t *testing.T) {
	w := newWatched(t)
	world := apptest.Fill(t, apptest.Open(t, w.cfg, app.Options{}), 50, vocab.Compare)
	settle(t, world.App)
	if w.cfg.Database != "" {
		t.Skip("the attack copies the folder of a SQLite node")
	}
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	copyDir := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copyDir, os.DirFS(filepath.Join(w.cfg.Dir, "data"))); err != nil {
		t.Fatal(err)
	}
	again := apptest.Open(t, w.cfg, app.Options{})
	for i := range 20 {
		if _, err := again.Door.Ask(t.Context(), world.User, world.Ask(i, "1960-01-01")); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, again)
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(w.cfg.Dir, "data")); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(w.cfg.Dir, "data"), os.DirFS(copyDir)); err != nil {
		t.Fatal(err)
	}
	rolled := apptest.Open(t, w.cfg, app.Options{})
	for range 3 { // from the first question on: it waits for the witness's first word
		_, err := rolled.Door.Ask(t.Context(), world.User, world.Ask(1, "1960-01-01"))
		if vocab.CodeOf(err) != vocab.LedgerAway || rolled.Log.State().RolledBack == nil {
			t.Fatalf("the node went on with a log that its witness knows to be longer: %v, %+v", err, rolled.Log.State())
		}
	}
}

// A witness that is away at the start holds data up for a while, and then no more:
// receipts wait for it.
func TestAStartWithoutItsWitnessWaitsAndThenServes(t *testing.T) {
	w := newWatched(t)
	world := apptest.Fill(t, apptest.Open(t, w.cfg, app.Options{}), 20, vocab.Compare)
	settle(t, world.App)
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	w.witness.Close()
	began := time.Now()
	alone := apptest.Open(t, w.cfg, app.Options{})
	got, err := alone.Door.Ask(t.Context(), world.User, world.Ask(1, "1960-01-01"))
	if err != nil {
		t.Fatal(err)
	}
	if waited := time.Since(began); waited < app.FirstWord {
		t.Errorf("data left %s after the start, before the witness was heard", waited)
	}
	if _, err := alone.Door.Receipt(t.Context(), world.User, got.Trace); vocab.CodeOf(err) != vocab.ReceiptWaiting {
		t.Errorf("a receipt without its witness: %v", err)
	}
	began = time.Now()
	if _, err := alone.Door.Ask(t.Context(), world.User, world.Ask(2, "1960-01-01")); err != nil || time.Since(began) > app.FirstWord {
		t.Errorf("the second one waits too: %v", err)
	}
}

func TestABackupHoldsNoKeyAndNoPersonInClear(t *testing.T) {
	world := apptest.NewWorld(t, 50, vocab.Compare)
	number, born := apptest.Citizen(1)
	if _, err := world.Door.Ask(t.Context(), world.User, world.Ask(1, born)); err != nil {
		t.Fatal(err)
	}
	var backup bytes.Buffer
	if _, err := world.Backup(t.Context(), &backup); err != nil {
		t.Fatal(err)
	}
	for _, secret := range [][]byte{[]byte(number), []byte("SQLite format 3")} {
		if bytes.Contains(backup.Bytes(), secret) {
			t.Errorf("the backup holds %q in clear", secret)
		}
	}
	found := 0
	err := filepath.WalkDir(filepath.Join(world.Config.Dir, "keys"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil || len(content) < 32 {
			return err
		}
		found++
		for i := 0; i+32 <= len(content); i += 16 {
			if bytes.Contains(backup.Bytes(), content[i:i+32]) {
				t.Errorf("the backup holds a part of %s", filepath.Base(path))
				return nil
			}
		}
		return nil
	})
	if err != nil || found < 5 {
		t.Fatalf("looked at %d keys: %v", found, err)
	}
}

func TestWithTheWitnessAwayAccessGoesOnAndReceiptsWait(t *testing.T) {
	w := newWatched(t)
	world := apptest.Fill(t, apptest.Open(t, w.cfg, app.Options{}), 50, vocab.Compare)
	settle(t, world.App)
	addr := w.witness.Listener.Addr().String()
	handler := w.witness.Config.Handler
	w.witness.Close()
	got, err := world.Door.Ask(t.Context(), world.User, world.Ask(1, "1960-01-01"))
	if err != nil {
		t.Fatalf("access stops with the witness: %v", err)
	}
	_, err = world.Door.Receipt(t.Context(), world.User, got.Trace)
	if vocab.CodeOf(err) != vocab.ReceiptWaiting {
		t.Fatalf("a receipt without its witness: %v", err)
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	back := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handler}}
	back.Start()
	defer back.Close()
	settle(t, world.App)
	r, err := world.Door.Receipt(t.Context(), world.User, got.Trace)
	if err != nil {
		t.Fatalf("the receipt did not catch up: %v", err)
	}
	receipt, err := proof.ParseReceipt(r.Intent)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := receipt.Verify(w.policy); err != nil {
		t.Error(err)
	}
}

func TestABackupComesBackOnANewMachineWithItsKeysAlone(t *testing.T) {
	w := newWatched(t)
	world := apptest.Fill(t, apptest.Open(t, w.cfg, app.Options{}), 10, vocab.Compare)
	got, err := world.Door.Ask(t.Context(), world.User, world.Ask(1, "1960-01-01"))
	if err != nil {
		t.Fatal(err)
	}
	settle(t, world.App)
	var backup bytes.Buffer
	if _, err := world.Backup(t.Context(), &backup); err != nil {
		t.Fatal(err)
	}
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := freshPlace(t, w.cfg)
	cfg.Dir = t.TempDir()
	for _, name := range []string{"keys", "witnesses.policy"} {
		if err := os.Rename(filepath.Join(w.cfg.Dir, name), filepath.Join(cfg.Dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	out, err := app.Restore(t.Context(), cfg, bytes.NewReader(backup.Bytes()), app.RestoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if out.Lost() && out.Witnessed <= out.Manifest.Size {
		t.Errorf("restored %+v: a loss is declared where the witness saw none", out)
	}
	again := apptest.Open(t, cfg, app.Options{})
	if _, err := again.Ledger.Entry(t.Context(), got.Trace, ledger.Viewer{Member: apptest.Tax}); err != nil {
		t.Errorf("the record did not come back: %v", err)
	}
}

func TestALoadedRegisterComesBackWithTheBackup(t *testing.T) {
	w := newWatched(t)
	world := apptest.Fill(t, apptest.Open(t, w.cfg, app.Options{}), 10, vocab.Compare)
	number, _ := apptest.Citizen(1)
	_, err := world.Door.Load(t.Context(), world.Steward, access.Register{
		ID: "list", Dated: time.Now(), Columns: []string{"number", "note"}, KeyKind: vocab.CitizenNumber,
		Rows: func(yield func([]string, error) bool) { yield([]string{number, "as it was loaded"}, nil) },
	})
	if err != nil {
		t.Fatal(err)
	}
	const item vocab.ItemID = "civil-residents/note"
	_, err = world.Door.Bind(t.Context(), world.Steward, access.Binding{
		Item: item, Owner: apptest.Civil, Source: "list", Column: "note", Subject: "number", KeyKind: vocab.CitizenNumber, Compare: "text", About: vocab.NaturalPerson,
	})
	if err != nil {
		t.Fatal(err)
	}
	value := func(a *app.App) access.Checked {
		t.Helper()
		c, err := a.Door.Check(t.Context(), world.Steward, item, vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: number})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	want := value(world.App)
	settle(t, world.App)
	var backup bytes.Buffer
	if _, err := world.Backup(t.Context(), &backup); err != nil {
		t.Fatal(err)
	}
	older := asFiles(t, world.App, backup.Bytes())
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	backups := map[string][]byte{"a copy of the version": backup.Bytes()}
	if w.cfg.Database == "" {
		backups["the files, as release 0.1 wrote them"] = older
	}
	for name, b := range backups {
		cfg := freshPlace(t, w.cfg)
		if _, err := app.Restore(t.Context(), cfg, bytes.NewReader(b), app.RestoreOptions{}); err != nil {
			t.Fatal(name, err)
		}
		again := apptest.Open(t, cfg, app.Options{})
		got := value(again)
		if got.Version != want.Version || got.Print != want.Print {
			t.Errorf("%s: the register answers %s of version %s, before the backup %s of %s", name, got.Print, got.Version, want.Print, want.Version)
		}
		settle(t, again)
		if err := again.Close(); err != nil { // what it tells the witness is told before the next restore asks
			t.Fatal(name, err)
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// asFiles is the backup as release 0.1 wrote it: the registers' own files.
func asFiles(t *testing.T, a *app.App, backup []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	in, out := tar.NewReader(bytes.NewReader(backup)), tar.NewWriter(&b)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		part, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(h.Name, "register/") {
			continue
		}
		if h.Name == "manifest.json" {
			part = bytes.Replace(part, []byte(`"version": 2`), []byte(`"version": 1`), 1)
		}
		h.Size = int64(len(part))
		if err := out.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(app.SealFolder(t.Context(), a, out, "registers"), out.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
