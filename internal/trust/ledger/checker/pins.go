package checker

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// pins is the checker's own memory between two runs: for each origin the policy
// it was first shown and the checkpoints it has seen signed.
//
//	<hex SHA-256 of origin>/policy
//	<hex SHA-256 of origin>/<size>-<first 8 bytes of root>.checkpoint
//
// An empty folder name remembers nothing.
type pins struct{ dir string }

// maxPinned bounds the checkpoints of one origin: the oldest, which bounds all
// history, and the newest ones.
const maxPinned = 64

const pinnedSuffix = ".checkpoint"

func (p pins) of(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return filepath.Join(p.dir, hex.EncodeToString(sum[:]))
}

// policy is what was pinned for the origin; nil without an error when nothing was.
func (p pins) policy(origin string) (*proof.Policy, error) {
	if p.dir == "" {
		return nil, nil
	}
	b, err := os.ReadFile(filepath.Join(p.of(origin), "policy"))
	if errors.Is(err, fs.ErrNotExist) {
		return p.earlierPolicy(origin)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the pinned policy: %w", err)
	}
	return proof.ParsePolicy(b)
}

// earlierPolicy finds the pin of the origin that this one follows: the same key
// must sign it.
func (p pins) earlierPolicy(origin string) (*proof.Policy, error) {
	earlier, err := p.earlier(origin)
	if err != nil || earlier == "" {
		return nil, err
	}
	b, err := os.ReadFile(filepath.Join(p.of(earlier), "policy"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the pinned policy: %w", err)
	}
	return proof.ParsePolicy(b)
}

// earlier is the nearest pinned origin that this one follows, or nothing.
func (p pins) earlier(origin string) (string, error) {
	if p.dir == "" {
		return "", nil
	}
	i := strings.LastIndexByte(origin, '/')
	n, err := strconv.ParseUint(origin[i+1:], 10, 64)
	if i <= 0 || err != nil {
		return "", nil
	}
	for back := n; back > 0 && n-back < 1000; back-- {
		name := origin[:i+1] + strconv.FormatUint(back-1, 10)
		if _, err := os.Stat(p.of(name)); err == nil {
			return name, nil
		}
	}
	return "", nil
}

// later is the next origin that follows this one and was seen here, or nothing.
func (p pins) later(origin string) string {
	i := strings.LastIndexByte(origin, '/')
	n, err := strconv.ParseUint(origin[i+1:], 10, 32)
	if p.dir == "" || i <= 0 || err != nil {
		return ""
	}
	for next := n + 1; next <= n+16; next++ {
		name := origin[:i+1] + strconv.FormatUint(next, 10)
		if _, err := os.Stat(p.of(name)); err == nil {
			return name
		}
	}
	return ""
}

func (p pins) keepPolicy(origin string, policy *proof.Policy) error {
	if p.dir == "" {
		return nil
	}
	return writeSynced(filepath.Join(p.of(origin), "policy"), []byte(policy.String()))
}

// checkpoints are all that were pinned of the origin, oldest first.
func (p pins) checkpoints(origin string) ([]held, error) {
	if p.dir == "" {
		return nil, nil
	}
	names, err := os.ReadDir(p.of(origin))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the pins: %w", err)
	}
	var out []held
	for _, n := range names {
		if !strings.HasSuffix(n.Name(), pinnedSuffix) {
			continue
		}
		signed, err := os.ReadFile(filepath.Join(p.of(origin), n.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading the pins: %w", err)
		}
		c, err := proof.ParseCheckpoint(signed)
		if err != nil || c.Origin != origin {
			return nil, vocab.BadInput.Because("the pinned checkpoint %s does not read; remove it by hand if you know why", n.Name())
		}
		out = append(out, held{head: c, signed: signed, from: "pinned here before"})
	}
	slices.SortFunc(out, func(a, b held) int { return int(min(max(int64(a.head.Size)-int64(b.head.Size), -1), 1)) })
	return out, nil
}

// keepCheckpoint pins one whose signature was checked.
func (p pins) keepCheckpoint(c proof.Checkpoint, signed []byte) error {
	if p.dir == "" {
		return nil
	}
	name := fmt.Sprintf("%020d-%x%s", c.Size, c.Root[:8], pinnedSuffix)
	path := filepath.Join(p.of(c.Origin), name)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := writeSynced(path, signed); err != nil {
		return fmt.Errorf("pinning a checkpoint: %w", err)
	}
	return p.thin(c.Origin)
}

func (p pins) thin(origin string) error {
	all, err := filepath.Glob(filepath.Join(p.of(origin), "*"+pinnedSuffix))
	if err != nil {
		return err
	}
	slices.Sort(all)
	for len(all) > maxPinned {
		if err := os.Remove(all[1]); err != nil {
			return fmt.Errorf("thinning the pins: %w", err)
		}
		all = slices.Delete(all, 1, 2)
	}
	return nil
}

// held is a checkpoint that someone keeps, with where it came from.
type held struct {
	head   proof.Checkpoint
	signed []byte
	from   string

	witness bool // a witness's own latest, not something that was published
}
