package console

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"fontis/internal/vocab"
)

// Credential is an open session, kept in a file that only its owner reads.
type Credential struct {
	Node    string          `json:"node"`
	Officer vocab.OfficerID `json:"officer"`
	Token   string          `json:"token"`
	Expires time.Time       `json:"expires"`
}

// Wallet keeps credentials per node and officer:
//
//	HOME/credentials/<node>/<officer>.json, and "last" naming who signed in last
type Wallet struct{ dir string }

const lastFile = "last"

// Home is the folder of what fontis remembers for this user.
func Home() (string, error) {
	if dir := os.Getenv("FONTIS_HOME"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", vocab.BadInput.Wrap(err, "no folder to keep credentials in").WithFix("set FONTIS_HOME to a folder of your own")
	}
	return filepath.Join(dir, "fontis"), nil
}

// WalletFor is the wallet of this user for the node.
func WalletFor(node string) (Wallet, error) {
	dir, err := Home()
	if err != nil {
		return Wallet{}, err
	}
	sum := sha256.Sum256([]byte(node))
	return Wallet{filepath.Join(dir, "credentials", hex.EncodeToString(sum[:8]))}, nil
}

func (w Wallet) file(officer vocab.OfficerID) string {
	return filepath.Join(w.dir, strings.ReplaceAll(string(officer), "/", "_")+".json")
}

// Keep writes the Credential and makes its officer the last one.
func (w Wallet) Keep(c Credential) error {
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := WritePrivate(w.file(c.Officer), append(b, '\n')); err != nil {
		return err
	}
	return WritePrivate(filepath.Join(w.dir, lastFile), []byte(c.Officer))
}

// WritePrivate replaces a file in one step; nobody else ever reads it.
func WritePrivate(path string, b []byte) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// Find gives the Credential of the officer, named whole or by login; of the last
// one when as is empty.
func (w Wallet) Find(as string) (Credential, error) {
	if as == "" {
		b, err := os.ReadFile(filepath.Join(w.dir, lastFile))
		if errors.Is(err, fs.ErrNotExist) {
			return Credential{}, vocab.SignInNeeded.Because("nobody is signed in at this node").WithFix("fontis login OFFICER")
		}
		if err != nil {
			return Credential{}, err
		}
		as = string(b)
	}
	c, err := w.read(w.file(vocab.OfficerID(as)))
	if !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	names, err := filepath.Glob(filepath.Join(w.dir, "*.json"))
	if err != nil {
		return Credential{}, err
	}
	sort.Strings(names)
	for _, name := range names {
		if strings.HasPrefix(filepath.Base(name), as+"@") {
			return w.read(name)
		}
	}
	missing := vocab.SignInNeeded.Because("%s is not signed in at this node", as).WithFix("fontis login %s", as)
	if len(names) == 0 {
		return Credential{}, missing
	}
	for i, name := range names { // a name that was misspelt is seen beside those that are known
		names[i] = strings.TrimSuffix(filepath.Base(name), ".json")
	}
	missing.Cause += "; signed in are " + strings.Join(names, ", ")
	return Credential{}, missing
}

func (w Wallet) read(path string) (Credential, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Credential{}, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Credential{}, vocab.KeyUnsafe.Because("%s can be read by others", path).WithFix("chmod 600 %s", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return Credential{}, err
	}
	var c Credential
	if err := json.Unmarshal(b, &c); err != nil {
		return Credential{}, vocab.FileUnreadable.Wrap(err, "%s", path).WithFix("rm %s, then fontis login", path)
	}
	return c, nil
}

// Drop forgets the credential.
func (w Wallet) Drop(officer vocab.OfficerID) error {
	last := filepath.Join(w.dir, lastFile)
	if b, err := os.ReadFile(last); err == nil && string(b) == string(officer) {
		if err := os.Remove(last); err != nil {
			return err
		}
	}
	return os.Remove(w.file(officer))
}
