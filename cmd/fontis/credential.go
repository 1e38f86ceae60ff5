package main

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

// credential is an open session, kept in a file that only its owner reads.
type credential struct {
	Node    string          `json:"node"`
	Officer vocab.OfficerID `json:"officer"`
	Token   string          `json:"token"`
	Expires time.Time       `json:"expires"`
}

// wallet keeps credentials per node and officer:
//
//	HOME/credentials/<node>/<officer>.json, and "last" naming who signed in last
type wallet struct{ dir string }

const lastFile = "last"

// home is the folder of what fontis remembers for this user.
func home() (string, error) {
	if dir := os.Getenv("FONTIS_HOME"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", vocab.BadInput.Wrap(err, "no folder to keep credentials in").WithFix("set FONTIS_HOME to a folder of your own")
	}
	return filepath.Join(dir, "fontis"), nil
}

func walletFor(node string) (wallet, error) {
	dir, err := home()
	if err != nil {
		return wallet{}, err
	}
	sum := sha256.Sum256([]byte(node))
	return wallet{filepath.Join(dir, "credentials", hex.EncodeToString(sum[:8]))}, nil
}

func (w wallet) file(officer vocab.OfficerID) string {
	return filepath.Join(w.dir, strings.ReplaceAll(string(officer), "/", "_")+".json")
}

// keep writes the credential and makes its officer the last one.
func (w wallet) keep(c credential) error {
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := writePrivate(w.file(c.Officer), append(b, '\n')); err != nil {
		return err
	}
	return writePrivate(filepath.Join(w.dir, lastFile), []byte(c.Officer))
}

// writePrivate replaces a file in one step; nobody else ever reads it.
func writePrivate(path string, b []byte) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// find gives the credential of the officer, named whole or by login; of the last
// one when as is empty.
func (w wallet) find(as string) (credential, error) {
	if as == "" {
		b, err := os.ReadFile(filepath.Join(w.dir, lastFile))
		if errors.Is(err, fs.ErrNotExist) {
			return credential{}, vocab.SignInNeeded.Because("nobody is signed in at this node").WithFix("fontis login OFFICER")
		}
		if err != nil {
			return credential{}, err
		}
		as = string(b)
	}
	c, err := w.read(w.file(vocab.OfficerID(as)))
	if !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	names, err := filepath.Glob(filepath.Join(w.dir, "*.json"))
	if err != nil {
		return credential{}, err
	}
	sort.Strings(names)
	for _, name := range names {
		if strings.HasPrefix(filepath.Base(name), as+"@") {
			return w.read(name)
		}
	}
	return credential{}, vocab.SignInNeeded.Because("%s is not signed in at this node", as).WithFix("fontis login %s", as)
}

func (w wallet) read(path string) (credential, error) {
	info, err := os.Stat(path)
	if err != nil {
		return credential{}, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return credential{}, vocab.KeyUnsafe.Because("%s can be read by others", path).WithFix("chmod 600 %s", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return credential{}, err
	}
	var c credential
	if err := json.Unmarshal(b, &c); err != nil {
		return credential{}, vocab.FileUnreadable.Wrap(err, "%s", path).WithFix("rm %s, then fontis login", path)
	}
	return c, nil
}

// drop forgets the credential.
func (w wallet) drop(officer vocab.OfficerID) error {
	last := filepath.Join(w.dir, lastFile)
	if b, err := os.ReadFile(last); err == nil && string(b) == string(officer) {
		if err := os.Remove(last); err != nil {
			return err
		}
	}
	return os.Remove(w.file(officer))
}
