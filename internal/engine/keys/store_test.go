package keys

import (
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fontis/internal/vocab"
)

func fixOf(err error) string {
	var f *vocab.Failure
	if errors.As(err, &f) {
		return f.Fix
	}
	return ""
}

func keyPath(dir string, u Use) string {
	return filepath.Join(dir, strings.ReplaceAll(string(u), "/", "+")+".1"+keyExt)
}

func mustNil(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestLooseModesAreRefusedWithTheCommand(t *testing.T) {
	for _, mode := range []os.FileMode{0o710, 0o701, 0o750, 0o755, 0o770, 0o777} {
		dir := place(t)
		mustNil(t, open(t, dir, Options{New: true}).Ensure(Audit))
		mustNil(t, os.Chmod(dir, mode))
		_, err := tryOpen(dir, Options{})
		wants(t, err, vocab.KeyUnsafe)
		if want := "chmod 0700 " + dir; fixOf(err) != want {
			t.Errorf("fix %q, want %q", fixOf(err), want)
		}
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o666, 0o700} {
		dir := place(t)
		mustNil(t, open(t, dir, Options{New: true}).Ensure(Audit))
		file := keyPath(dir, Audit)
		mustNil(t, os.Chmod(file, mode))
		_, err := tryOpen(dir, Options{})
		wants(t, err, vocab.KeyUnsafe)
		if want := "chmod 0600 " + file; fixOf(err) != want {
			t.Errorf("fix %q, want %q", fixOf(err), want)
		}
		mustNil(t, os.Chmod(file, 0o400)) // stricter is welcome
		open(t, dir, Options{})
	}
}

func TestOtherOwnersAreRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	dir := place(t)
	mustNil(t, open(t, dir, Options{New: true}).Ensure(Audit))
	for _, path := range []string{keyPath(dir, Audit), dir} {
		mustNil(t, os.Chown(path, 12345, -1))
		_, err := tryOpen(dir, Options{})
		wants(t, err, vocab.KeyUnsafe)
		if !strings.HasPrefix(fixOf(err), "chown 0 "+path) {
			t.Errorf("fix %q", fixOf(err))
		}
		mustNil(t, os.Chown(path, 0, -1))
	}
}

func TestSymbolicLinksAreRefused(t *testing.T) {
	dir := place(t)
	mustNil(t, open(t, dir, Options{New: true}).Ensure(Audit))
	link := filepath.Join(t.TempDir(), "link")
	mustNil(t, os.Symlink(dir, link))
	_, err := tryOpen(link, Options{})
	wants(t, err, vocab.KeyUnsafe)
	moved := filepath.Join(t.TempDir(), "moved")
	mustNil(t, os.Rename(keyPath(dir, Audit), moved))
	mustNil(t, os.Symlink(moved, keyPath(dir, Audit)))
	_, err = tryOpen(dir, Options{})
	wants(t, err, vocab.KeyUnsafe)
}

func TestKeysInsideTheDataFolderAreRefused(t *testing.T) {
	data := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	mustNil(t, os.Symlink(data, link))
	for _, dir := range []string{data, filepath.Join(data, "keys"), filepath.Join(data, "a", "..", "b", "keys"), filepath.Join(link, "keys")} {
		_, err := tryOpen(dir, Options{New: true, DataDir: data})
		wants(t, err, vocab.KeyUnsafe)
		if fixOf(err) == "" {
			t.Error("no remedy")
		}
	}
	open(t, data+"-keys", Options{New: true, DataDir: data})
	mustNil(t, os.RemoveAll(data+"-keys"))
}

func TestFilesAndDirectoryAreMadeForUsAlone(t *testing.T) {
	dir := place(t)
	mustNil(t, open(t, dir, Options{New: true, Passphrase: pass}).Ensure(Audit, Sector("tax")))
	for name, want := range map[string]os.FileMode{"": 0o700, sealFile: 0o600, "audit.1.key": 0o600, "sector+tax.1.key": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%q has mode %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
}

func TestOldNodeNeverMakesALostKeyAnew(t *testing.T) {
	dir := place(t)
	_, err := tryOpen(dir, Options{})
	wants(t, err, vocab.KeyMissing)
	mustNil(t, open(t, dir, Options{New: true}).Ensure(Audit))
	s := open(t, dir, Options{})
	wants(t, s.Ensure(IdentityRoot), vocab.KeyMissing)
	if _, err := os.Stat(keyPath(dir, IdentityRoot)); !errors.Is(err, os.ErrNotExist) {
		t.Error("a key was made on an old node")
	}
}

func TestDataFolderKnowsWhichKeysItNeeds(t *testing.T) {
	data := t.TempDir()
	known := filepath.Join(data, "keys.json")
	dir := place(t)
	s := open(t, dir, Options{New: true, DataDir: data, Known: known})
	mustNil(t, s.Ensure(Audit, Sector("tax")))

	s = open(t, dir, Options{DataDir: data, Known: known})
	mustNil(t, s.Ensure(Sector("health"))) // a new sector on an old node
	if _, err := s.Rotate(Audit); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(known)
	mustNil(t, err)
	for _, info := range s.List() {
		if !strings.Contains(string(raw), info.ID) {
			t.Errorf("%s is not listed", info.ID)
		}
	}
	for _, r := range *s.rings.Load() {
		for _, k := range r {
			if strings.Contains(string(raw), base64.StdEncoding.EncodeToString(k.secret[:])) {
				t.Error("the list holds a secret")
			}
		}
	}
	for _, isNew := range []bool{false, true} { // even init over an old folder
		for _, u := range []Use{Audit, Sector("tax"), Sector("health")} {
			lost := keyPath(dir, u)
			mustNil(t, os.Rename(lost, lost+".away"))
			_, err := tryOpen(dir, Options{New: isNew, Known: known})
			wants(t, err, vocab.KeyMissing)
			if err == nil || !strings.Contains(err.Error(), string(u)+".1.") {
				t.Errorf("%v does not name %s", err, u)
			}
			mustNil(t, os.Rename(lost+".away", lost))
		}
		_, err = tryOpen(place(t), Options{New: isNew, Known: known})
		wants(t, err, vocab.KeyMissing)
	}
	anew := place(t)
	other := open(t, anew, Options{New: true})
	mustNil(t, other.Ensure(Audit, Sector("tax"), Sector("health")))
	if _, err := other.Rotate(Audit); err != nil {
		t.Fatal(err)
	}
	_, err = tryOpen(anew, Options{Known: known}) // the same uses and versions, other keys
	wants(t, err, vocab.KeyMissing)
	mustNil(t, os.Remove(known))
	_, err = tryOpen(dir, Options{Known: known}) // the keys are here: it is the data folder that lost something
	wants(t, err, vocab.DataMissing)
}

func TestKeyMadeBeforeItsListingIsListedAtOpen(t *testing.T) {
	known := filepath.Join(t.TempDir(), "keys.json")
	dir := place(t)
	open(t, dir, Options{New: true, Known: known})
	mustNil(t, open(t, dir, Options{New: true}).Ensure(Audit)) // as if killed before the list
	s := open(t, dir, Options{Known: known})
	ids, err := readKnown(known)
	if err != nil || len(ids) != 1 || ids[0] != s.List()[0].ID {
		t.Errorf("listed %q, %v", ids, err)
	}
}

func TestSealedStoreIsLockedWithoutItsPassphrase(t *testing.T) {
	dir := place(t)
	s := open(t, dir, Options{New: true, Passphrase: pass})
	sum, _ := s.MAC(Audit, []byte("x"))
	secret := (*s.rings.Load())[Audit][0].secret
	for _, p := range []Passphrase{"", "another passphrase", pass + " ", pass[1:]} {
		_, err := tryOpen(dir, Options{Passphrase: p})
		wants(t, err, vocab.KeyLocked)
		if err != nil && p != "" && strings.Contains(err.Error(), string(p)) {
			t.Error("the error repeats the passphrase")
		}
	}
	s = open(t, dir, Options{Passphrase: pass})
	if again, _ := s.MAC(Audit, []byte("x")); again != sum || !s.List()[0].Sealed {
		t.Error("the opened key differs")
	}
	noTrace(t, dir, secret)
	mustNil(t, os.Remove(filepath.Join(dir, sealFile)))
	_, err := tryOpen(dir, Options{})
	wants(t, err, vocab.KeyLocked)
	_, err = tryOpen(place(t), Options{New: true, Passphrase: "short"})
	wants(t, err, vocab.WeakPassword)
}

func noTrace(t *testing.T, dir string, secret [32]byte) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	mustNil(t, err)
	for _, e := range entries {
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		mustNil(t, err)
		if strings.Contains(string(raw), `"secret":`) || strings.Contains(string(raw), base64.StdEncoding.EncodeToString(secret[:])) {
			t.Errorf("%s holds a secret in clear", e.Name())
		}
	}
}

func TestSealedKeyFilesCannotBeExchanged(t *testing.T) {
	dir := place(t)
	mustNil(t, open(t, dir, Options{New: true, Passphrase: pass}).Ensure(Sector("tax"), Sector("health")))
	tax, err := os.ReadFile(keyPath(dir, Sector("tax")))
	mustNil(t, err)
	health, err := os.ReadFile(keyPath(dir, Sector("health")))
	mustNil(t, err)
	mustNil(t, os.WriteFile(keyPath(dir, Sector("health")), tax, 0o600)) // under the other's name
	_, err = tryOpen(dir, Options{Passphrase: pass})
	wants(t, err, vocab.FileUnreadable)
	a, _, err := parseKeyFile(tax)
	mustNil(t, err)
	b, _, err := parseKeyFile(health)
	mustNil(t, err)
	forged := strings.ReplaceAll(strings.ReplaceAll(string(tax), a.ID, b.ID), string(a.Use), string(b.Use)) // with the other's label
	mustNil(t, os.WriteFile(keyPath(dir, Sector("health")), []byte(forged), 0o600))
	_, err = tryOpen(dir, Options{Passphrase: pass})
	wants(t, err, vocab.KeyLocked)
}

func TestClearKeysAreSealedByProtect(t *testing.T) {
	dir := place(t)
	s := open(t, dir, Options{New: true})
	mustNil(t, s.Ensure(Audit, Log))
	secret := (*s.rings.Load())[Audit][0].secret
	_, err := tryOpen(dir, Options{New: true, Passphrase: pass})
	wants(t, err, vocab.KeyUnsafe)
	mustNil(t, s.Protect(pass))
	wants(t, s.Protect(pass), vocab.AlreadyExists)
	noTrace(t, dir, secret)
	s = open(t, dir, Options{Passphrase: pass})
	if (*s.rings.Load())[Audit][0].secret != secret {
		t.Error("protecting changed the key")
	}
}

func TestInterruptedProtectIsFinishedAtOpen(t *testing.T) {
	dir := place(t)
	s := open(t, dir, Options{New: true})
	mustNil(t, s.Ensure(Audit))
	secret := (*s.rings.Load())[Audit][0].secret
	mustNil(t, s.writeSeal(pass, nil)) // and the process ends here
	open(t, dir, Options{Passphrase: pass})
	noTrace(t, dir, secret)
}

func TestPassphraseFromFileAndFromServiceCredential(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pass")
	mustNil(t, os.WriteFile(file, []byte(string(pass)+"\r\n"), 0o600))
	dir := place(t)
	open(t, dir, Options{New: true, PassphraseFile: file})
	open(t, dir, Options{Passphrase: pass})

	t.Setenv("CREDENTIALS_DIRECTORY", filepath.Dir(file))
	open(t, dir, Options{Credential: "pass"})
	if os.Geteuid() == 0 {
		mustNil(t, os.Chmod(file, 0o440)) // what an access list for the service looks like
		open(t, dir, Options{Credential: "pass"})
	}
	for _, name := range []string{"../pass", "none"} {
		if _, err := tryOpen(dir, Options{Credential: name}); err == nil {
			t.Errorf("credential %s was read", name)
		}
	}
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	_, err := tryOpen(dir, Options{Credential: "pass"})
	wants(t, err, vocab.KeyLocked)

	mustNil(t, os.Chmod(file, 0o644))
	_, err = tryOpen(dir, Options{PassphraseFile: file})
	wants(t, err, vocab.KeyUnsafe)
	mustNil(t, os.Chmod(file, 0o600))
	_, err = tryOpen(dir, Options{PassphraseFile: file, Passphrase: pass})
	wants(t, err, vocab.BadInput)
	mustNil(t, os.WriteFile(file, []byte("\n"), 0o600))
	_, err = tryOpen(dir, Options{PassphraseFile: file})
	wants(t, err, vocab.KeyLocked)
}

// unfold is the armour's text with what it carries.
func unfold(text string) string {
	block, _ := pem.Decode([]byte(text))
	return text + string(block.Bytes)
}

func TestLostKeysComeBackFromTheirExports(t *testing.T) {
	known := filepath.Join(t.TempDir(), "keys.json")
	s := open(t, place(t), Options{New: true, Known: known})
	sum, id := s.MAC(Audit, []byte("x"))
	text, err := s.Export(Audit, pass)
	mustNil(t, err)
	dir := place(t)
	_, err = tryOpen(dir, Options{Known: known})
	wants(t, err, vocab.KeyMissing)
	if _, err := open(t, dir, Options{New: true}).Import(text, pass); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, dir, Options{Known: known}).MACWith(id, []byte("x"))
	if err != nil || got != sum {
		t.Errorf("after the import: %v", err)
	}
}

func TestExportTravelsAndComesBack(t *testing.T) {
	home := place(t)
	s := open(t, home, Options{New: true})
	sum, id := s.MAC(Sector("tax"), []byte("x"))
	if _, err := s.Rotate(Sector("tax")); err != nil {
		t.Fatal(err)
	}
	text, err := s.Export(Sector("tax"), pass)
	mustNil(t, err)
	for _, k := range (*s.rings.Load())[Sector("tax")] {
		if strings.Contains(unfold(text), base64.StdEncoding.EncodeToString(k.secret[:])) {
			t.Error("the export holds a key in clear")
		}
	}
	away := place(t)
	other := open(t, away, Options{New: true})
	_, err = other.Import(text, "another passphrase")
	wants(t, err, vocab.KeyLocked)
	_, err = other.Import(strings.Replace(text, "sector/tax", "sector/health", 1), pass)
	wants(t, err, vocab.KeyLocked)
	for range 2 { // twice changes nothing
		use, err := other.Import(text, pass)
		if err != nil || use != Sector("tax") {
			t.Fatalf("imported %s, %v", use, err)
		}
	}
	other = open(t, away, Options{})
	if got, err := other.MACWith(id, []byte("x")); err != nil || got != sum || len(other.List()) != 2 {
		t.Errorf("after import: %v, %d keys", err, len(other.List()))
	}
	third := open(t, place(t), Options{New: true})
	third.MAC(Sector("tax"))
	_, err = third.Import(text, pass)
	wants(t, err, vocab.AlreadyExists)
	if len(third.List()) != 1 {
		t.Error("a refused import took something")
	}
	_, err = s.Export(Backup, pass)
	wants(t, err, vocab.KeyMissing)
	_, err = s.Export(Sector("tax"), "short")
	wants(t, err, vocab.WeakPassword)
	_, err = third.Import("hello", pass)
	wants(t, err, vocab.FileUnreadable)
}

func TestDamagedKeyFileStopsTheOpening(t *testing.T) {
	dir := place(t)
	mustNil(t, open(t, dir, Options{New: true}).Ensure(Audit))
	whole, err := os.ReadFile(keyPath(dir, Audit))
	mustNil(t, err)
	for n := range len(whole) - 3 {
		mustNil(t, os.WriteFile(keyPath(dir, Audit), whole[:n], 0o600))
		if _, err := tryOpen(dir, Options{}); err == nil {
			t.Fatalf("a key file of %d of %d bytes was taken", n, len(whole))
		}
	}
	mustNil(t, os.WriteFile(keyPath(dir, Audit), make([]byte, maxFile+1), 0o600))
	_, err = tryOpen(dir, Options{})
	wants(t, err, vocab.KeyUnsafe)
}

func FuzzParsersOfKeyFilesAreCalm(f *testing.F) {
	f.Add([]byte(`{"id":"audit.1.0011aabb","use":"audit","version":1,"kind":"secret","created":"2026-06-30T08:00:00Z","secret":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`))
	f.Add([]byte(`{"argon2id":{"time":4000000000,"memory_kib":4000000000,"threads":1},"salt":"","nonce":"","sealed":""}`))
	f.Add([]byte(`{"keys":["audit.1.0011aabb"]}`))
	f.Add([]byte("-----BEGIN FONTIS KEY-----\nUse: audit\n\ne30=\n-----END FONTIS KEY-----\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if k, tag, err := parseKeyFile(raw); err == nil && (k.ID != keyID(k.Use, k.Version, tag) || k.Use.valid() != nil) {
			t.Errorf("taken as key %q", k.ID)
		}
		parseKnown(raw)
		if b, err := parseBox(raw); err == nil && !b.Cost.valid() {
			if _, err := b.open(pass, nil); err == nil {
				t.Error("an unbounded cost was tried")
			}
		}
		parseExport(string(raw))
	})
}
