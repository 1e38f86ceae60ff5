package keys

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"fontis/internal/vocab"
)

// knownFile is the data folder's list of the keys it depends on. It holds no
// secret, so a backup carries it and a restored node knows what it needs.
type knownFile struct {
	Keys []string `json:"keys"`
}

func readKnown(path string) ([]string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseKnown(raw)
}

func parseKnown(raw []byte) ([]string, error) {
	var f knownFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, vocab.FileUnreadable.Because("it is not a list of keys")
	}
	for _, id := range f.Keys {
		if _, _, _, err := splitID(id); err != nil {
			return nil, err
		}
	}
	return f.Keys, nil
}

// meetKnown compares the list with the directory. s.mu is held.
func (s *Store) meetKnown() error {
	if s.opts.Known == "" {
		return nil
	}
	rings := *s.rings.Load()
	ids, err := readKnown(s.opts.Known)
	switch {
	case errors.Is(err, fs.ErrNotExist) && s.opts.New:
		return s.list(rings)
	case errors.Is(err, fs.ErrNotExist):
		return vocab.DataMissing.Because("the data folder's list of keys %s is not there", s.opts.Known)
	case err != nil:
		return fmt.Errorf("read the list of keys %s: %w", s.opts.Known, err)
	}
	var missing []string
	for _, id := range ids {
		use, version, tag, err := splitID(id)
		if err != nil {
			return err
		}
		if k := rings[use].find(version); k == nil || k.tag != tag {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		return vocab.KeyMissing.Because("the data folder depends on %s, not in %s", strings.Join(missing, ", "), s.dir)
	}
	if len(ids) != len(s.List()) { // the process ended between file and list
		return s.list(rings)
	}
	return nil
}

// list writes the identifiers of all keys into the data folder. s.mu is held.
func (s *Store) list(rings map[Use]ring) error {
	if s.opts.Known == "" {
		return nil
	}
	f := knownFile{Keys: []string{}}
	for _, r := range rings {
		for _, k := range r {
			f.Keys = append(f.Keys, k.id)
		}
	}
	slices.Sort(f.Keys)
	raw, err := json.MarshalIndent(f, "", "\t")
	if err != nil {
		return fmt.Errorf("write the list of keys: %w", err)
	}
	if err := writeFile(s.opts.Known, append(raw, '\n'), true); err != nil {
		return fmt.Errorf("write the list of keys: %w", err)
	}
	return nil
}
