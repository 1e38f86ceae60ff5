package app

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"fontis/internal/edge/web"
)

// mostCounted bounds how many files are looked at for the size of a store; a log
// of years has millions.
const mostCounted = 20_000

// backupNote is where the command fontis backup remembers the newest backup.
const backupNote = "backup.json"

// condition is what the machine tells of the node, for its operator's desk.
func (a *App) condition(version string) func(context.Context) (web.Condition, error) {
	return func(ctx context.Context) (web.Condition, error) {
		c := web.Condition{Version: version}
		data := a.Config.data()
		var err error
		if c.Free, c.Total, err = a.free(data); err != nil {
			return c, err
		}
		for _, s := range []struct{ name, match string }{{"database", "fontis.db*"}, {"log", "log"}, {"registers", "registers*"}, {"files", "blobs"}} {
			c.Stores = append(c.Stores, sizeOf(s.name, filepath.Join(data, s.match)))
		}
		for _, k := range a.Keys.List() {
			if k.Current {
				c.Keys = append(c.Keys, web.Key{Use: string(k.Use), Version: k.Version, Made: k.Created})
			}
		}
		c.Backup = a.newestBackup()
		for _, dir := range []string{a.Config.Dir, data, a.Config.keys()} {
			if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o077 != 0 {
				c.Findings = append(c.Findings, web.Finding{Code: "folder", Grave: true, Said: filepath.Base(dir)})
			}
		}
		c.Jobs, err = a.Jobs.State(ctx)
		return c, err
	}
}

func sizeOf(name, match string) web.Store {
	out, counted := web.Store{Name: name}, 0
	roots, _ := filepath.Glob(match) // the pattern is ours
	for _, root := range roots {
		_ = filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error { // what goes while it is looked at counts nothing
			if err != nil || d.IsDir() {
				return nil
			}
			if counted++; counted > mostCounted {
				out.Least = true
				return fs.SkipAll
			}
			if info, err := d.Info(); err == nil {
				out.Bytes += info.Size()
			}
			return nil
		})
	}
	return out
}

func (a *App) newestBackup() web.Backup {
	var note struct {
		File string    `json:"file"`
		Made time.Time `json:"made"`
	}
	b, err := os.ReadFile(filepath.Join(a.Config.Dir, backupNote))
	if err != nil || json.Unmarshal(b, &note) != nil {
		return web.Backup{}
	}
	out := web.Backup{Made: note.Made}
	info, err := os.Stat(note.File)
	if err == nil {
		out.Bytes = info.Size()
	}
	out.Gone = errors.Is(err, fs.ErrNotExist)
	return out
}
