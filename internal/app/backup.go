package app

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"fontis/internal/engine/keys"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Manifest is the first part of a backup: which node, and how much of its log.
type Manifest struct {
	Version    int       `json:"version"`
	Node       string    `json:"node"`
	Made       time.Time `json:"made"`
	Origin     string    `json:"origin"`
	Size       uint64    `json:"size"`       // leaves that the backup covers
	Checkpoint string    `json:"checkpoint"` // of that size or a smaller witnessed one
}

// The parts of a backup, in their order. Everything behind the manifest is
// sealed with the backup key, and no key is among it.
const (
	partManifest = "manifest.json"
	partDatabase = "database"
	partRegister = "register/" // and the register's name
	backupFormat = 2
)

// filesFormat is the format of releases up to 0.1, whose registers are files of
// a node on SQLite.
const filesFormat = 1

// erasuresFile holds the erasures of this node, outside the database, so that a
// restored backup cannot bring back what was erased after it.
const erasuresFile = "erasures.jsonl"

// keysKnown lists the names of the keys that the data need, and no key.
const keysKnown = "keys.known"

// databaseFile is the database of a node on SQLite.
const databaseFile = "fontis.db"

// folders are the folders of the data folder that travel whole.
var folders = []string{"log", "blobs"}

// Backup writes the node to w while it serves: first the log's size is taken,
// then the SQL snapshot, so that every leaf the manifest counts has its record.
func (a *App) Backup(ctx context.Context, w io.Writer) (Manifest, error) {
	size, err := a.Log.Size(ctx)
	if err != nil {
		return Manifest{}, err
	}
	m := Manifest{Version: backupFormat, Node: a.Config.Name, Made: a.Clock.Now(), Origin: a.Ledger.Origin(), Size: size}
	if cp, err := a.Log.Checkpoint(ctx); err == nil {
		m.Checkpoint = string(cp)
	}
	head, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return Manifest{}, err
	}
	out := tar.NewWriter(w)
	if err := writePart(out, partManifest, head); err != nil {
		return Manifest{}, err
	}
	snapshot := filepath.Join(a.Config.data(), "snapshot.tmp")
	defer os.Remove(snapshot)
	os.Remove(snapshot)
	if err := a.DB.Snapshot(ctx, snapshot); err != nil {
		return Manifest{}, fmt.Errorf("snapshot of the database: %w", err)
	}
	if err := a.sealFile(out, partDatabase, snapshot); err != nil {
		return Manifest{}, err
	}
	for _, name := range []string{erasuresFile, keysKnown} {
		if err := a.sealFile(out, name, filepath.Join(a.Config.data(), name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Manifest{}, err
		}
	}
	if err := a.sealRegisters(ctx, out); err != nil {
		return Manifest{}, fmt.Errorf("registers: %w", err)
	}
	for _, folder := range folders {
		if err := a.sealFolder(ctx, out, folder); err != nil {
			return Manifest{}, fmt.Errorf("folder %s: %w", folder, err)
		}
	}
	if err := out.Close(); err != nil {
		return Manifest{}, err
	}
	return m, nil
}

// sealRegisters copies each loaded register as the version that answers, whatever
// the engine that keeps it. One that is dropped meanwhile is left out.
func (a *App) sealRegisters(ctx context.Context, out *tar.Writer) error {
	list, err := a.registers.List(ctx)
	if err != nil {
		return err
	}
	for _, r := range list {
		err := a.sealRegister(ctx, out, r.Name)
		if err != nil && !errors.Is(err, vocab.NoSuchThing) {
			return err
		}
	}
	return nil
}

func (a *App) sealRegister(ctx context.Context, out *tar.Writer, name string) error {
	path := filepath.Join(a.Config.data(), "register.tmp")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(path)
	if err := errors.Join(a.registers.Save(ctx, name, f), f.Close()); err != nil {
		return err
	}
	return a.sealFile(out, partRegister+name, path)
}

func writePart(out *tar.Writer, name string, content []byte) error {
	if err := out.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	_, err := out.Write(content)
	return err
}

// sealFolder seals every file of a folder. A file that vanishes meanwhile was a
// temporary one or a partial tile that a full one replaced.
func (a *App) sealFolder(ctx context.Context, out *tar.Writer, folder string) error {
	root := filepath.Join(a.Config.data(), folder)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rel, err := filepath.Rel(a.Config.data(), path)
		if err != nil {
			return err
		}
		if err := a.sealFile(out, filepath.ToSlash(rel), path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Restored tells what a restore found.
type Restored struct {
	Manifest   Manifest
	Witnessed  uint64 // what the witnesses had seen of the old log
	Successor  string // the origin that goes on; empty when nothing was lost
	Erased     int    // erasures replayed
	Suspended  int    // grants that their providers must confirm again
	Unverified string // why no witness was asked
}

// Lost reports whether the restore is a declared loss.
func (r Restored) Lost() bool { return r.Successor != "" }

// readParts gives every part behind the manifest to each, unsealed.
func readParts(r io.Reader, store *keys.Store, each func(name string, content io.Reader) error) error {
	in := tar.NewReader(r)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return vocab.FileUnreadable.Wrap(err, "this is no backup of fontis")
		}
		if !filepath.IsLocal(h.Name) || h.Typeflag != tar.TypeReg {
			return vocab.FileUnreadable.Because("the backup holds the part %q", h.Name)
		}
		if h.Name == partManifest {
			continue
		}
		if err := each(h.Name, &frames{in: in, store: store, name: h.Name, left: h.Size}); err != nil {
			return err
		}
	}
}

// ReadManifest reads the head of a backup.
func ReadManifest(r io.Reader) (Manifest, error) {
	in := tar.NewReader(r)
	h, err := in.Next()
	if err != nil || h.Name != partManifest || h.Size > 1<<20 {
		return Manifest{}, vocab.FileUnreadable.Because("this is no backup of fontis")
	}
	var m Manifest
	if err := json.NewDecoder(in).Decode(&m); err != nil {
		return Manifest{}, vocab.FileUnreadable.Wrap(err, "the backup's manifest")
	}
	if m.Version != backupFormat && m.Version != filesFormat {
		return Manifest{}, vocab.DataTooNew.Because("the backup has format %d, this version reads %d and %d", m.Version, filesFormat, backupFormat)
	}
	return m, nil
}

// lossFields are what the first leaf of a new log says of the old one.
func lossFields(m Manifest, witnessed uint64, root string) map[string]string {
	return map[string]string{
		"old_origin": m.Origin, "restored_size": fmt.Sprint(m.Size), "witnessed_size": fmt.Sprint(witnessed), "witnessed_root": root,
	}
}

// checkpointOf reads size and root of a signed checkpoint for the declaration;
// its signatures are judged by those who check the log.
func checkpointOf(signed []byte) (uint64, string) {
	cp, err := proof.ParseCheckpoint(signed)
	if err != nil {
		return 0, ""
	}
	return cp.Size, fmt.Sprintf("%x", cp.Root)
}
