package keys

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"time"

	"fontis/internal/vocab"
)

// exportType stands in the armour's first and last line.
const exportType = "FONTIS KEY"

// exported is one version inside the closed part of an export.
type exported struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Secret  []byte    `json:"secret"`
}

// Export gives all versions of the use's key as text that travels by paper or
// mail, closed by the passphrase. It is the only way in which a key leaves the
// store, and Import the only way back.
func (s *Store) Export(use Use, pass Passphrase) (string, error) {
	r := (*s.rings.Load())[use]
	if len(r) == 0 {
		return "", vocab.KeyMissing.Because("there is no key for %q in %s to export", string(use), s.dir)
	}
	list := make([]exported, len(r))
	for i, k := range r {
		list[i] = exported{ID: k.id, Created: k.created, Secret: k.secret[:]}
	}
	plain, err := json.Marshal(list)
	if err != nil {
		return "", fmt.Errorf("export key %s: %w", use, err)
	}
	b, err := closeBox(pass, s.opts.cost, plain, exportBound(use))
	if err != nil {
		return "", fmt.Errorf("export key %s: %w", use, err)
	}
	body, err := json.Marshal(b)
	if err != nil {
		return "", fmt.Errorf("export key %s: %w", use, err)
	}
	block := &pem.Block{Type: exportType, Headers: map[string]string{"Use": string(use)}, Bytes: body}
	return string(pem.EncodeToMemory(block)), nil
}

// Import takes the versions of an export that the store lacks, and says which
// use they belong to. A version that the store holds with another secret is
// refused, and then nothing is taken. To bring lost keys back, open a directory
// with New and without Known, import every export, then open it as usual.
func (s *Store) Import(text string, pass Passphrase) (Use, error) {
	use, b, err := parseExport(text)
	if err != nil {
		return "", err
	}
	plain, err := b.open(pass, exportBound(use))
	if err != nil {
		return "", fmt.Errorf("import key %s: %w", use, err)
	}
	var list []exported
	if err := json.Unmarshal(plain, &list); err != nil {
		return "", vocab.FileUnreadable.Because("the export of key %s opens, but does not hold keys", use)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reload(); err != nil {
		return "", err
	}
	fresh, err := s.lacking(use, list)
	if err != nil {
		return "", fmt.Errorf("import key %s: %w", use, err)
	}
	return use, s.keep(fresh...)
}

// lacking makes the keys of the export that the store does not hold.
func (s *Store) lacking(use Use, list []exported) ([]*key, error) {
	var fresh []*key
	r := (*s.rings.Load())[use]
	for _, e := range list {
		u, version, tag, err := splitID(e.ID)
		if err != nil || u != use || len(e.Secret) != 32 {
			return nil, vocab.FileUnreadable.Because("the export holds a key that is not of its use")
		}
		k, err := makeKey(use, version, tag, e.Created.UTC(), [32]byte(e.Secret))
		if err != nil {
			return nil, err
		}
		held := r.find(version)
		switch {
		case held == nil:
			fresh = append(fresh, k)
			r = r.with(k)
		case held.tag != tag || held.secret != k.secret:
			return nil, vocab.AlreadyExists.Because("the store holds %s, the export %s", held.id, k.id)
		}
	}
	return fresh, nil
}

func parseExport(text string) (Use, box, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != exportType || len(bytes.TrimSpace(rest)) > 0 {
		return "", box{}, vocab.FileUnreadable.Because("it is not one exported key of fontis")
	}
	use := Use(block.Headers["Use"])
	if err := use.valid(); err != nil {
		return "", box{}, err
	}
	b, err := parseBox(block.Bytes)
	return use, b, err
}

func exportBound(use Use) []byte { return []byte("fontis/keys/export/v1\n" + string(use)) }
