package keys

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fontis/internal/engine/clock"
	"fontis/internal/vocab"
)

// quick makes a passphrase cheap to try, for tests only.
var quick = cost{Time: 1, Memory: 64, Threads: 1}

const pass Passphrase = "water from the spring"

var made = time.Date(2026, 6, 30, 8, 0, 0, 0, time.UTC)

func place(t testing.TB) string { return filepath.Join(t.TempDir(), "keys") }

func open(t testing.TB, dir string, opts Options) *Store {
	t.Helper()
	s, err := tryOpen(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func tryOpen(dir string, opts Options) (*Store, error) {
	opts.cost = quick
	if opts.Clock == nil {
		opts.Clock = clock.NewFake(made)
	}
	return Open(dir, opts)
}

func wants(t *testing.T, err error, code vocab.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Errorf("%v, want %s", err, code)
	}
}

func TestEveryUseHasItsOwnKeyThatSurvivesRestart(t *testing.T) {
	dir := place(t)
	s := open(t, dir, Options{New: true})
	uses := []Use{Session, TokenPepper, IdentityRoot, Audit, Keyed, Backup, Source, Sector("tax"), Sector("health")}
	seen := map[[32]byte]Use{}
	for _, u := range uses {
		sum, id := s.MAC(u, []byte("x"))
		if other, ok := seen[sum]; ok {
			t.Errorf("%s and %s are one key", u, other)
		}
		seen[sum] = u
		if again, id2 := open(t, dir, Options{}).MAC(u, []byte("x")); again != sum || id2 != id {
			t.Errorf("%s differs after restart", u)
		}
	}
	if got := len(s.List()); got != len(uses) {
		t.Errorf("%d keys listed, want %d", got, len(uses))
	}
}

func TestSectorKeysAreIndependent(t *testing.T) {
	dir := place(t)
	s := open(t, dir, Options{New: true})
	if err := s.Ensure(Sector("tax"), Sector("health"), IdentityRoot); err != nil {
		t.Fatal(err)
	}
	rings := *s.rings.Load()
	tax, health := rings[Sector("tax")][0].secret, rings[Sector("health")][0].secret
	for _, root := range rings { // nothing in the store yields one from another by the store's own means
		for _, k := range root {
			if k.use != Sector("tax") && (bytes.Equal(k.derive(string(Sector("tax"))), tax[:]) || k.secret == tax) {
				t.Errorf("the tax key follows from %s", k.id)
			}
		}
	}
	if tax == health {
		t.Error("two sectors share a key")
	}
}

func TestMACIsStandardOverLengthPrefixedParts(t *testing.T) {
	s := open(t, place(t), Options{New: true})
	got, _ := s.MAC(Audit, []byte("ab"), []byte("c"))
	outer := hmac.New(sha256.New, (*s.rings.Load())[Audit][0].secret[:])
	outer.Write([]byte("fontis/keys/mac/v1"))
	h := hmac.New(sha256.New, outer.Sum(nil))
	h.Write([]byte("\x00\x00\x00\x00\x00\x00\x00\x02ab\x00\x00\x00\x00\x00\x00\x00\x01c"))
	if !bytes.Equal(got[:], h.Sum(nil)) {
		t.Error("MAC is not HMAC-SHA-256 over the parts")
	}
}

func TestMACTellsPartsApart(t *testing.T) {
	s := open(t, place(t), Options{New: true})
	parts := rapid.SliceOfN(rapid.SliceOfN(rapid.ByteRange('a', 'b'), 0, 3), 0, 4)
	rapid.Check(t, func(rt *rapid.T) {
		a, b := parts.Draw(rt, "a"), parts.Draw(rt, "b")
		x, _ := s.MAC(Keyed, a...)
		y, _ := s.MAC(Keyed, b...)
		same := len(a) == len(b)
		for i := 0; same && i < len(a); i++ {
			same = bytes.Equal(a[i], b[i])
		}
		if same != (x == y) {
			rt.Fatalf("%q and %q: equal sums %t", a, b, x == y)
		}
	})
}

func TestRotationKeepsOldVersionsForReading(t *testing.T) {
	dir := place(t)
	s := open(t, dir, Options{New: true})
	oldSum, oldID := s.MAC(Audit, []byte("x"))
	sealed, err := s.Seal(Audit, []byte("plain"), []byte("aad"))
	if err != nil {
		t.Fatal(err)
	}
	other := open(t, dir, Options{}) // a process that runs while another rotates
	info, err := s.Rotate(Audit)
	if err != nil || info.Version != 2 || !info.Current || info.Created != made {
		t.Fatalf("rotated to %+v, %v", info, err)
	}
	newSum, newID := s.MAC(Audit, []byte("x"))
	if newSum == oldSum || newID == oldID || newID != info.ID {
		t.Error("the new version is not in use")
	}
	newSealed, err := s.Seal(Audit, []byte("plain"), []byte("aad"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Store{s, open(t, dir, Options{}), other} {
		for id, want := range map[string][32]byte{oldID: oldSum, newID: newSum} {
			if got, err := s.MACWith(id, []byte("x")); err != nil || got != want {
				t.Errorf("mac with %s: %v", id, err)
			}
		}
		for id, b := range map[string][]byte{oldID: sealed, newID: newSealed} {
			if plain, err := s.Unseal(Audit, b, []byte("aad")); err != nil || string(plain) != "plain" {
				t.Errorf("unseal with %s: %q, %v", id, plain, err)
			}
			if got, err := KeyOf(Audit, b); got != id || err != nil {
				t.Errorf("sealed bytes name %s, %v; want %s", got, err, id)
			}
		}
	}
	want := []Info{
		{ID: oldID, Use: Audit, Version: 1, Kind: Secret, Created: made},
		{ID: newID, Use: Audit, Version: 2, Kind: Secret, Created: made, Current: true},
	}
	if diff := cmp.Diff(want, s.List()); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	_, err = s.Rotate(Backup)
	wants(t, err, vocab.KeyMissing)
}

func TestSealedBytesOpenOnlyWhereTheyBelong(t *testing.T) {
	s := open(t, place(t), Options{New: true})
	if err := s.Ensure(Source, Backup, Log); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(rt, "plain")
		aad := rapid.SliceOf(rapid.Byte()).Draw(rt, "aad")
		sealed, err := s.Seal(Source, plain, aad)
		if err != nil || len(sealed) != len(plain)+SealOverhead {
			rt.Fatal(len(sealed), err)
		}
		back, err := s.Unseal(Source, sealed, aad)
		if err != nil || !bytes.Equal(back, plain) {
			rt.Fatal(back, err)
		}
		if _, err := s.Unseal(Source, sealed, append(aad, 'x')); err == nil {
			rt.Fatal("opens with other additional data")
		}
		if _, err := s.Unseal(Backup, sealed, aad); err == nil {
			rt.Fatal("opens for another use")
		}
		at := rapid.IntRange(0, len(sealed)-1).Draw(rt, "at")
		sealed[at] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
		if _, err := s.Unseal(Source, sealed, aad); err == nil {
			rt.Fatalf("opens with byte %d altered", at)
		}
	})
	a, _ := s.Seal(Source, []byte("x"), nil)
	b, _ := s.Seal(Source, []byte("x"), nil)
	if bytes.Equal(a, b) {
		t.Error("the same plain bytes seal to the same bytes")
	}
}

func TestAKeyServesItsKindOnly(t *testing.T) {
	s := open(t, place(t), Options{New: true})
	private, id, err := s.Signer(Log)
	if err != nil {
		t.Fatal(err)
	}
	sig := ed25519.Sign(private, []byte("m"))
	again, err := s.SignerWith(id)
	if err != nil || !ed25519.Verify(again.Public().(ed25519.PublicKey), []byte("m"), sig) {
		t.Errorf("signature by %s: %v", id, err)
	}
	_, _, err = s.Signer(Audit)
	wants(t, err, vocab.BadInput)
	_, err = s.Seal(Log, nil, nil)
	wants(t, err, vocab.BadInput)
	_, err = s.MACWith(id)
	wants(t, err, vocab.BadInput)
	_, err = s.Unseal(Log, make([]byte, 100), nil)
	wants(t, err, vocab.BadInput)
	_, auditID := s.MAC(Audit)
	_, err = s.SignerWith(auditID)
	wants(t, err, vocab.BadInput)
	wants(t, s.Ensure("../x"), vocab.BadInput)
	wants(t, s.Ensure(Sector("")), vocab.BadInput)
	wants(t, s.Ensure(Sector("a.1")), vocab.BadInput)
}

func TestMACWithoutAKeyPanicsRatherThanAnswer(t *testing.T) {
	s := open(t, place(t), Options{New: true})
	for _, use := range []Use{"../x", Log} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("MAC of %q answered", use)
				}
			}()
			s.MAC(use, []byte("x"))
		}()
	}
}

func TestUnknownKeyIsMissing(t *testing.T) {
	s := open(t, place(t), Options{New: true})
	_, id := s.MAC(Audit, []byte("x"))
	sealed, err := s.Seal(Audit, []byte("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	foreign := open(t, place(t), Options{New: true})
	foreign.MAC(Audit)
	_, err = foreign.MACWith(id, []byte("x"))
	wants(t, err, vocab.KeyMissing)
	_, err = foreign.Unseal(Audit, sealed, nil)
	wants(t, err, vocab.KeyMissing)
	_, err = s.MACWith(keyID(Audit, 7, 7))
	wants(t, err, vocab.KeyMissing)
	for _, bad := range []string{"", "audit", "audit.1", "audit.01.00000000", "audit.1.0000000g", "audit.0.00000000", "audit.1.00000000.", "A.1.00000000", "audit.65536.00000000", "audit.1.ABCDEF00"} {
		_, err = s.MACWith(bad)
		wants(t, err, vocab.BadInput)
	}
	_, err = s.Unseal(Audit, sealed[:SealOverhead-1], nil)
	wants(t, err, vocab.BadInput)
}

func TestFirstUseFromManyHandsMakesOneKey(t *testing.T) {
	dir := place(t)
	stores := []*Store{open(t, dir, Options{New: true}), open(t, dir, Options{New: true})} // as two processes
	var mu sync.Mutex
	ids := map[string]int{}
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for range 50 {
				if err := stores[w%2].Ensure(Audit); err != nil {
					t.Error(err)
					continue
				}
				_, id := stores[w%2].MAC(Audit, []byte("x"))
				mu.Lock()
				ids[id]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 {
		t.Errorf("%d keys were made", len(ids))
	}
}

func TestKeyMaterialNeverPrints(t *testing.T) {
	dir := place(t)
	s := open(t, dir, Options{New: true, Passphrase: pass})
	if err := s.Ensure(Audit, Log); err != nil {
		t.Fatal(err)
	}
	var secrets []string
	for _, r := range *s.rings.Load() {
		raw := r[0].secret[:]
		secrets = append(secrets, string(raw), hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)),
			base64.StdEncoding.EncodeToString(raw), strings.Trim(fmt.Sprint(raw), "[]"), fmt.Sprintf("%#v", raw), string(pass), hex.EncodeToString([]byte(pass)))
	}
	opts := Options{Passphrase: pass}
	k := (*s.rings.Load())[Audit][0]
	var out bytes.Buffer
	for _, v := range []any{s, k, ring{k}, *s.rings.Load(), opts, &opts, pass, s.List(), s.seal, struct{ S *Store }{s}, []Passphrase{pass}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%U", "%t"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
		raw, _ := json.Marshal(v)
		out.Write(raw)
	}
	for _, secret := range secrets {
		if strings.Contains(out.String(), secret) {
			t.Fatal("key material was printed")
		}
	}
}

func BenchmarkMAC(b *testing.B) {
	s := open(b, place(b), Options{New: true})
	person := []byte("citizen\x00110101199001011237")
	b.Run("1worker", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.MAC(Audit, person)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				s.MAC(Audit, person)
			}
		})
	})
	b.Run("seal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Seal(Keyed, person, nil)
		}
	})
}
