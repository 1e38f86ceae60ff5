package api_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"fontis/internal/vocab"
)

// TestRaceOfManyCallers lets many callers in at once, for -race: everything that
// they read and write meets here.
func TestRaceOfManyCallers(t *testing.T) {
	w := newWorld(t, vocab.Compare)
	d := w.draft()
	hands := []func(i int) reply{
		func(i int) reply { return w.send("POST", "/v1/compare", "tax", asJSON(t, w.compare(i, w.born(i)))) },
		func(i int) reply {
			return w.send("POST", "/v1/compare", "tax", asJSON(t, w.compare(1, w.born(1))), key, fmt.Sprint(i/2))
		},
		func(i int) reply { return w.send("GET", "/v1/accesses?limit=3", []string{"tax", "civil"}[i%2], "") },
		func(int) reply { return w.send("GET", "/v1/self/accesses", "self", "") },
		func(int) reply { return w.send("GET", "/v1/datasets?q=Residents&facet=state", "civil", "") },
		func(int) reply { return w.send("GET", "/v1/datasets/"+string(d.ID), "civil", "") },
		func(int) reply { return w.send("GET", "/openapi.json", "", "") },
		func(i int) reply { return w.send("GET", []string{"/log/1/checkpoint", "/v1/problems"}[i%2], "", "") },
		func(int) reply { return w.send("GET", "/v1/notices", "civil", "") },
		func(i int) reply {
			return w.send("POST", "/v1/contests", "self", `{"item":"`+strings.Repeat("x", i)+`"}`)
		},
	}
	var all sync.WaitGroup
	for k, hand := range hands {
		for range 2 {
			all.Go(func() {
				for i := range 6 {
					if got := hand(i); got.status >= 500 {
						t.Errorf("hand %d: %d %s", k, got.status, got.body)
					}
				}
			})
		}
	}
	all.Wait()
}
