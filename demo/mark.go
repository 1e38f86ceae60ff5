package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"fontis/internal/vocab"
)

// mark is what a load writes down beside the databases: which world it makes, how
// far it is, and what it must know when it goes on.
type mark struct {
	Seed      uint64                     `json:"seed"`
	Residents int                        `json:"residents"`
	Done      []string                   `json:"done"`
	Grants    map[string]vocab.GrantID   `json:"grants,omitempty"`   // of the agreements, by name
	Requests  map[string]vocab.RequestID `json:"requests,omitempty"` // likewise
	Summary   *Summary                   `json:"summary,omitempty"`  // of a finished world
}

const markFile = "world.json"

func readMark(folder string, o Options) (*mark, error) {
	m := &mark{Seed: o.Seed, Residents: o.Residents, Grants: map[string]vocab.GrantID{}, Requests: map[string]vocab.RequestID{}}
	b, err := os.ReadFile(filepath.Join(folder, markFile))
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("read %s: %w", markFile, err)
	}
	if m.Seed != o.Seed || m.Residents != o.Residents {
		return nil, vocab.AlreadyExists.Because("the node holds the world of seed %d with %d residents, not of seed %d with %d", m.Seed, m.Residents, o.Seed, o.Residents).
			WithFix("give the same seed and scale, or an empty folder")
	}
	return m, nil
}

func (m *mark) done(step string) bool { return slices.Contains(m.Done, step) }

// keep writes the mark whole or not at all.
func (m *mark) keep(folder, step string) error {
	if step != "" && !m.done(step) {
		m.Done = append(m.Done, step)
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, markFile+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), filepath.Join(folder, markFile))
}
