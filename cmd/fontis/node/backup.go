package node

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/app"
	"fontis/internal/edge/client"
	"fontis/internal/vocab"
)

// Backup writes the node into one sealed file.
type Backup struct {
	File string `arg:"" help:"File to write."`
}

// Help shows an example.
func (Backup) Help() string {
	return `Works while the node serves. The file is sealed with the backup key and holds no key: keep the exports
of fontis keys export apart from it.

Example:
  fontis backup monday.fontis`
}

// Run writes the backup.
func (b *Backup) Run(c *console.Console) error {
	if _, err := os.Lstat(b.File); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	} else if err == nil {
		return vocab.AlreadyExists.Because("%s is there already", b.File)
	}
	r, err := c.Reach()
	if err != nil {
		return err
	}
	if r.App == nil {
		if err = r.Close(); err == nil {
			r, err = c.Signed()
		}
		if err != nil {
			return err
		}
		err = c.SaveTo(b.File, r.Client, client.Request{Method: http.MethodGet, Path: "/v1/backup"})
	} else {
		err = b.write(c, r.App)
	}
	if err = errors.Join(err, r.Close()); err != nil {
		return err
	}
	return b.tell(c)
}

// write makes the backup of a node that does not run, in this process.
func (b *Backup) write(c *console.Console, a *app.App) error {
	tmp := b.File + ".part"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = a.Backup(c.Ctx, f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return os.Rename(tmp, b.File)
}

type backupAnswer struct {
	File  string       `json:"file"`
	Bytes int64        `json:"bytes"`
	Head  app.Manifest `json:"manifest"`
}

func (b *Backup) tell(c *console.Console) error {
	f, err := os.Open(b.File)
	if err != nil {
		return err
	}
	defer f.Close()
	head, err := app.ReadManifest(f)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	a := backupAnswer{File: b.File, Bytes: info.Size(), Head: head}
	if err := noteBackup(c, a); err != nil {
		return err
	}
	err = c.Result(a, func() { c.Say("%s: %s with %d entries, %d bytes", a.File, head.Node, head.Size, a.Bytes) })
	c.Next("fontis restore %s, on a machine that holds node.toml and the keys", b.File)
	return err
}

// madeBackup is the newest backup that this machine made, for doctor's hints.
type madeBackup struct {
	File string    `json:"file"`
	Made time.Time `json:"made"`
}

const backupNote = "backup.json"

// noteBackup remembers the newest backup beside the node's configuration.
func noteBackup(c *console.Console, a backupAnswer) error {
	if console.IsURL(c.Node) {
		return nil // made on another machine
	}
	path, err := filepath.Abs(a.File)
	if err != nil {
		return err
	}
	out, err := json.Marshal(madeBackup{File: path, Made: a.Head.Made})
	if err != nil {
		return err
	}
	return console.WritePrivate(filepath.Join(c.Node, backupNote), append(out, '\n'))
}

func lastBackup(dir string) (madeBackup, bool) {
	var m madeBackup
	b, err := os.ReadFile(filepath.Join(dir, backupNote))
	return m, err == nil && json.Unmarshal(b, &m) == nil && m.File != ""
}
