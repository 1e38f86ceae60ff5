package node

import (
	"path/filepath"
	"strconv"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/app"
	"fontis/internal/engine/keys"
	"fontis/internal/vocab"
)

// Keys holds the verbs about the node's keys. They work on the folder, on the
// node's own machine; no interface ever carries a key.
type Keys struct {
	List   KeysList   `cmd:"" help:"List every version of every key, without secrets."`
	Rotate KeysRotate `cmd:"" help:"Make a new version of a key current; the old ones stay for reading."`
	Export KeysExport `cmd:"" help:"Write a key, closed by a passphrase, to keep elsewhere."`
}

// keyStore opens the keys of the node's folder.
func keyStore(c *console.Console) (*keys.Store, error) {
	if console.IsURL(c.Node) {
		return nil, console.Misuse("--node must be a folder: keys are handled on the node's own machine")
	}
	cfg, err := app.ReadConfig(c.Node)
	if err != nil {
		return nil, err
	}
	dir := cfg.Keys
	if dir == "" {
		dir = filepath.Join(cfg.Dir, "keys")
	}
	data := filepath.Join(cfg.Dir, "data")
	return keys.Open(dir, keys.Options{
		DataDir: data, Known: filepath.Join(data, "keys.known"), PassphraseFile: cfg.KeyPassphraseFile, Credential: cfg.KeyCredential,
	})
}

// KeysList lists the keys.
type KeysList struct{}

// Help shows an example.
func (KeysList) Help() string { return "Example:\n  fontis keys list --node /srv/fontis" }

// Run lists.
func (KeysList) Run(c *console.Console) error {
	store, err := keyStore(c)
	if err != nil {
		return err
	}
	list := store.List()
	return c.Result(list, func() {
		var rows [][]string
		for _, k := range list {
			state := "for reading"
			if k.Current {
				state = "current"
			}
			rows = append(rows, []string{string(k.Use), strconv.Itoa(k.Version), state, string(k.Kind), k.Created.Local().Format(time.DateTime), k.ID})
		}
		c.Table([]string{"USE", "VERSION", "STATE", "KIND", "MADE", "ID"}, rows)
	})
}

// KeysRotate makes a new version of a key.
type KeysRotate struct {
	Use string `arg:"" help:"Use of the key, as keys list shows it."`
}

// Help shows an example.
func (KeysRotate) Help() string {
	return "A running node takes the new version up when it starts again.\n\nExample:\n  fontis keys rotate session"
}

// Run rotates.
func (k *KeysRotate) Run(c *console.Console) error {
	use := keys.Use(k.Use)
	if use == keys.Log || use == keys.Witness {
		return vocab.NotOffered.Because("a log keeps its key as long as it lives: witnesses and receipts name it").
			WithFix("fontis restore begins a new log when the key is lost to others")
	}
	store, err := keyStore(c)
	if err != nil {
		return err
	}
	if !store.Has(use) {
		return vocab.NoSuchThing.Because("this node has no key for %q", k.Use).WithFix("fontis keys list")
	}
	info, err := store.Rotate(use)
	if err != nil {
		return err
	}
	err = c.Result(info, func() { c.Say("%s  version %d  %s", info.Use, info.Version, info.ID) })
	c.Next("restart fontis serve when it runs")
	return err
}

// KeysExport writes a key to be kept elsewhere.
type KeysExport struct {
	Use            string `arg:"" help:"Use of the key, as keys list shows it."`
	File           string `arg:"" help:"File to write."`
	PassphraseFile string `help:"File whose first line is the passphrase." placeholder:"FILE"`
}

// Help shows an example.
func (KeysExport) Help() string {
	return "A backup holds no key: without the exports it cannot be read elsewhere.\n\nExample:\n  fontis keys export backup backup.key --passphrase-file phrase.txt"
}

// Run exports.
func (k *KeysExport) Run(c *console.Console) error {
	store, err := keyStore(c)
	if err != nil {
		return err
	}
	if !store.Has(keys.Use(k.Use)) {
		return vocab.NoSuchThing.Because("this node has no key for %q", k.Use).WithFix("fontis keys list")
	}
	phrase, err := c.Secret(k.PassphraseFile, "passphrase")
	if err != nil {
		return err
	}
	text, err := store.Export(keys.Use(k.Use), keys.Passphrase(phrase))
	if err != nil {
		return err
	}
	f, err := console.NewFile(k.File, "the export", 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return c.Result(map[string]string{"file": k.File}, func() { c.Say("%s: %s, closed by the passphrase", k.File, k.Use) })
}
