package web_test

import (
	"net/http"
	"sync"
	"testing"
)

// TestRaceOfManyVisitors draws the pages for several visitors at once, for -race.
func TestRaceOfManyVisitors(t *testing.T) {
	w := newWorld(t)
	w.grant()
	steward := w.signedIn("li@civil", "en")
	set := newEntry(t, w, steward)
	visitors := []*visitor{steward, w.signedIn("li@tax", "zh-CN"), w.visitor("zh-CN")}
	var all sync.WaitGroup
	for k, v := range visitors {
		all.Go(func() {
			for i, path := range w.paths(set) {
				if (i+k)%3 == 0 && testing.Short() {
					continue // each page is drawn for two of the three
				}
				if p := v.get(path); p.status >= http.StatusInternalServerError {
					t.Errorf("%s: %d", path, p.status)
				}
			}
		})
	}
	all.Wait()
}
