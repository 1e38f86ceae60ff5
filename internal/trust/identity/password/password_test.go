package password

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"fontis/internal/engine/keys"
	"fontis/internal/vocab"
)

func hasher(t testing.TB, c Cost) (*Hasher, *keys.Store) {
	t.Helper()
	k, err := keys.Open(filepath.Join(t.TempDir(), "keys"), keys.Options{New: true})
	if err != nil {
		t.Fatal(err)
	}
	return New(k, c, 2), k
}

var cheap = Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}

func TestOnlyTheSamePasswordFits(t *testing.T) {
	ctx := context.Background()
	h, k := hasher(t, cheap)
	st, err := h.Hash(ctx, "seven green kettles é")
	if err != nil {
		t.Fatal(err)
	}
	check := func(h *Hasher, st Stored, p Password, want bool) {
		t.Helper()
		if got, err := h.Verify(ctx, st, p); err != nil || got != want {
			t.Errorf("%d signs: %v, %v; want %v", len(p), got, err, want)
		}
	}
	check(h, st, "seven green kettles é", true)
	check(h, st, "seven green kettles e\u0301", true) // the same text, typed on another system
	check(h, st, "seven green kettles e", false)
	check(h, st, "", false)
	check(h, Stored{}, "seven green kettles é", false)
	if _, err := k.Rotate(keys.TokenPepper); err != nil {
		t.Fatal(err)
	}
	check(h, st, "seven green kettles é", true)
	again, err := h.Hash(ctx, "seven green kettles é")
	if err != nil {
		t.Fatal(err)
	}
	if again.PHC == st.PHC || again.Key == st.Key {
		t.Error("two hashes share salt or pepper")
	}
	// Without the node's keys the record lets nobody try.
	other, _ := hasher(t, cheap)
	check(other, Stored{PHC: st.PHC}, "seven green kettles é", false)
}

func TestAlteredRecordIsAnError(t *testing.T) {
	h, _ := hasher(t, cheap)
	for _, phc := range []string{
		"x", "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$", "$argon2i$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=99999999,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=64,t=1,p=999$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
	} {
		if ok, err := h.Verify(context.Background(), Stored{PHC: phc}, "seven green kettles"); ok || err == nil {
			t.Errorf("%q: %v, %v", phc, ok, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(encode(cheap, make([]byte, 16), make([]byte, 32)))
	f.Add("$argon2id$v=19$m=64,t=1$$")
	f.Fuzz(func(t *testing.T, s string) {
		c, salt, sum, err := parse(s)
		if err == nil && (c.MemoryKiB > 1<<20 || c.Passes > 64 || c.Lanes == 0 || len(salt) < 8 || len(sum) < 16) {
			t.Fatalf("a price that no one set: %+v", c)
		}
	})
}

func TestWeakPasswordsAreRefused(t *testing.T) {
	for _, p := range []Password{
		"", "eleven sign", "password1234", "PASSWORD1234", "aaaaaaaaaaaaaaaa", "abababababab", "123456789012", "abcdefghijklm",
		"qwertyuiop[]", "987654321098", "zhao.lin2026!", "ｐａｓｓｗｏｒｄ１２３４", Password(strings.Repeat("long ", 100)), "\xff\xfe valid text",
	} {
		if err := Strong(p, "zhao.lin", "Zhao Lin"); !errors.Is(err, vocab.WeakPassword) {
			t.Errorf("%q was taken: %v", string(p), err)
		} else if len(p) > 3 && strings.Contains(err.Error(), string(p)) {
			t.Errorf("the refusal holds the password: %v", err)
		}
	}
	for _, p := range []Password{"seven green kettles", "七盏绿灯挂在老桥边的木屋上", "zhao.lin walks to the harbour", "tr0ub4dor&3-x!"} {
		if err := Strong(p, "zhao.lin", "Zhao Lin", "Li"); err != nil {
			t.Errorf("%q was refused: %v", string(p), err)
		}
	}
}

func TestPasswordNeverPrints(t *testing.T) {
	p := Password("seven green kettles")
	raw, err := json.Marshal(map[string]any{"p": p})
	if err != nil {
		t.Fatal(err)
	}
	if out := fmt.Sprintf("%v %+v %s %q %#v %v %s", p, p, p, p, p, struct{ P Password }{p}, raw); strings.Contains(out, "kettles") {
		t.Errorf("it printed: %s", out)
	}
}

func TestFullHasherWaitsForItsCaller(t *testing.T) {
	h, _ := hasher(t, cheap)
	h.slots <- struct{}{}
	h.slots <- struct{}{}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := h.Hash(ctx, "seven green kettles"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkHash(b *testing.B) {
	h, _ := hasher(b, DefaultCost())
	for b.Loop() {
		if _, err := h.Hash(context.Background(), "seven green kettles"); err != nil {
			b.Fatal(err)
		}
	}
}
