package bench

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A walk along links ends: pages of one kind are one, whatever filters are on.
func TestAWalkTakesPagesOfOneKindForOne(t *testing.T) {
	for _, same := range [][2]string{
		{"/search?q=%E7%99%BB&owner=tax", "/search?owner=civil&q=a&theme=b&state=c"},
		{"/datasets/d-abc", "/datasets/population"},
		{"/accesses/01a2043a059a1ae6656c9e2e390eb18c", "/accesses/11a2043a059a1ae6656c9e2e390eb18c"},
		{"/requests?side=own&after=x", "/requests?side=incoming"},
	} {
		if a, b := shapeOf(same[0]), shapeOf(same[1]); a != b {
			t.Errorf("%s is %s, %s is %s", same[0], a, same[1], b)
		}
	}
	for _, other := range [][2]string{{"/datasets/new", "/datasets/d-1"}, {"/contests/new", "/contests/new?item=x"}, {"/search", "/requests"}} {
		if a, b := shapeOf(other[0]), shapeOf(other[1]); a == b {
			t.Errorf("%s and %s are both %s", other[0], other[1], a)
		}
	}
}

func TestAStoppedReadingOfPagesSaysSo(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := (&reader{}).again(ctx, Options{For: time.Second}, "/"); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped before the first page: %v", err)
	}
}
