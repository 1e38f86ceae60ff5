package token

import (
	"fmt"
	"testing"
)

func TestWhatWasReadBeforeARevocationIsNotKept(t *testing.T) {
	c := NewCache[string](10)
	token := [32]byte{1}
	e := &Cached[string]{ID: "m-1", Until: 1 << 60}
	epoch := c.Epoch()
	c.Drop("m-1") // the revocation commits between reading and keeping
	c.Put(token, e, epoch)
	if c.Get(token, 0) != nil {
		t.Error("a token read before its revocation was kept after it")
	}
	epoch = c.Epoch()
	c.Clear()
	c.Put(token, e, epoch)
	if c.Get(token, 0) != nil {
		t.Error("a token read before a change was kept after it")
	}
	c.Put(token, e, c.Epoch())
	if c.Get(token, 0) == nil {
		t.Error("a living token was not kept")
	}
}

func TestCacheIsBounded(t *testing.T) {
	c := NewCache[string](100)
	for i := range 1000 {
		c.Put([32]byte{byte(i), byte(i >> 8)}, &Cached[string]{ID: fmt.Sprint(i), Until: 1 << 60}, c.Epoch())
	}
	if len(c.byToken) != 100 || len(c.byID) != 100 {
		t.Errorf("%d tokens, %d ids kept, at most 100", len(c.byToken), len(c.byID))
	}
}
