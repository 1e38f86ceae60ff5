package index

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"fontis/internal/engine/index/segment"
)

// The snapshot is a folder: the files of the parts, and this one that names them.
// It is written beside and renamed, so that there is the old one or the new one.
const (
	listName = "snapshot.json"
	version  = 1
)

type list struct {
	Version  int      `json:"version"`
	Segment  int      `json:"segment"`
	Origin   string   `json:"origin"`
	Facets   []Facet  `json:"facets"`
	Position int64    `json:"position"`
	Mark     Mark     `json:"mark"`
	Parts    []listed `json:"parts"`
}

type listed struct {
	File string `json:"file"`
	Size int64  `json:"size"`
	Dead []byte `json:"dead,omitempty"`
}

// Restored tells at which position the snapshot of Dir stood, and why one that was
// there was thrown away.
func (x *Index) Restored() (position int64, thrown string) { return x.Position(), x.why }

// Marked gives the mark that was set last, or that the snapshot holds.
func (x *Index) Marked() Mark {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.mark
}

// Reset throws everything away, for the reason given: the snapshot is ahead of
// the database, or too old to be followed from there.
func (x *Index) Reset(why string) {
	x.shape.Lock()
	defer x.shape.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.why = why
	x.tail, x.newest, x.saved, x.mark = nil, map[string]*entry{}, 0, Mark{}
	x.seq++
	x.now.Store(&view{seq: x.seq})
	x.forget()
}

// Save writes the snapshot: what was applied before it began is in it.
func (x *Index) Save(ctx context.Context) error {
	if x.opts.Dir == "" {
		return nil
	}
	x.shape.Lock()
	defer x.shape.Unlock()
	mark, position := x.Marked(), x.Position() // the mark first: it is never ahead
	if err := x.flush(); err != nil {
		return fmt.Errorf("save the index: %w", err)
	}
	if err := x.toFile(ctx); err != nil {
		return fmt.Errorf("save the index: %w", err)
	}
	v := x.now.Load()
	out := list{Version: version, Segment: segment.Version, Origin: x.opts.Origin, Facets: x.opts.Facets, Position: position, Mark: mark}
	for _, p := range v.parts {
		l := listed{File: p.file, Size: p.seg.Size()}
		if p.dead != nil {
			var err error
			if l.Dead, err = p.dead.ToBytes(); err != nil {
				return fmt.Errorf("save the index: %w", err)
			}
		}
		out.Parts = append(out.Parts, l)
	}
	if err := x.write(out); err != nil {
		return fmt.Errorf("save the index: %w", err)
	}
	x.sweep(v.parts)
	return nil
}

// toFile puts the parts in memory together into one file.
func (x *Index) toFile(ctx context.Context) error {
	var from []*part
	for _, p := range x.now.Load().parts {
		if p.file == "" {
			from = append(from, p)
		}
	}
	if len(from) == 0 {
		return nil
	}
	return x.mergeInto(ctx, from, x.makeFile)
}

// write puts the list and a checksum beside and renames it.
func (x *Index) write(l list) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	text = fmt.Appendf(text, "\n%08x\n", crc32.ChecksumIEEE(text))
	path := filepath.Join(x.opts.Dir, listName)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// sweep removes the files that no part has.
func (x *Index) sweep(parts []*part) {
	if x.opts.Dir == "" {
		return
	}
	all, err := filepath.Glob(filepath.Join(x.opts.Dir, "*.segment"))
	if err != nil {
		return
	}
	for _, path := range all {
		if !slices.ContainsFunc(parts, func(p *part) bool { return p.file == filepath.Base(path) }) {
			_ = os.Remove(path) // what stays is swept the next time
		}
	}
}

// forget removes the snapshot.
func (x *Index) forget() {
	if x.opts.Dir != "" {
		_ = os.Remove(filepath.Join(x.opts.Dir, listName))
		x.sweep(nil)
	}
}

// restore opens the snapshot of Dir.
func (x *Index) restore() {
	if x.opts.Dir == "" {
		return
	}
	v, err := x.readList()
	switch {
	case errors.Is(err, fs.ErrNotExist) && v == nil:
		err = os.MkdirAll(x.opts.Dir, 0o700)
		if err == nil {
			return
		}
		fallthrough
	case err != nil:
		x.why = err.Error()
		x.forget()
		return
	}
	for _, p := range v.parts {
		n, _ := strconv.ParseInt(strings.TrimSuffix(p.file, ".segment"), 10, 64)
		x.files.Store(max(x.files.Load(), n))
	}
	x.now.Store(v)
}

func (x *Index) readList() (*view, error) {
	text, err := os.ReadFile(filepath.Join(x.opts.Dir, listName))
	if err != nil {
		return nil, err
	}
	body, sum, _ := strings.Cut(string(text), "\n")
	if sum != fmt.Sprintf("%08x\n", crc32.ChecksumIEEE([]byte(body))) {
		return nil, fmt.Errorf("the snapshot's list is damaged")
	}
	var l list
	if err := json.Unmarshal([]byte(body), &l); err != nil {
		return nil, fmt.Errorf("the snapshot's list cannot be read: %w", err)
	}
	if l.Version != version || l.Segment != segment.Version {
		return nil, fmt.Errorf("the snapshot has format %d.%d, this program %d.%d", l.Version, l.Segment, version, segment.Version)
	}
	if l.Origin != x.opts.Origin || !slices.Equal(l.Facets, x.opts.Facets) {
		return nil, fmt.Errorf("the snapshot was made of other documents")
	}
	v := &view{position: l.Position}
	x.mark = l.Mark
	for _, one := range l.Parts {
		p, err := x.openPart(one)
		if err != nil {
			return v, fmt.Errorf("the snapshot's %s: %w", one.File, err)
		}
		v.parts = append(v.parts, p)
	}
	return v, nil
}

func (x *Index) openPart(one listed) (*part, error) {
	if filepath.Base(one.File) != one.File {
		return nil, segment.ErrDamaged
	}
	seg, err := segment.Open(filepath.Join(x.opts.Dir, one.File), true)
	if err != nil {
		return nil, err
	}
	if seg.Size() != one.Size {
		return nil, fmt.Errorf("it has %d bytes, not %d", seg.Size(), one.Size)
	}
	p := x.partOf(seg, one.File)
	if len(one.Dead) > 0 {
		p.dead = roaring.New()
		if err := p.dead.UnmarshalBinary(one.Dead); err != nil {
			return nil, err
		}
	}
	return p, nil
}
