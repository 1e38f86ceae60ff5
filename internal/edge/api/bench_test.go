package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

func answered() access.Answered {
	return access.Answered{
		Grant: "g-x", Source: apptest.Civil, AsOf: time.Unix(1, 0).UTC(), Promise: strings.Repeat("signed note ", 30),
		Answers: map[vocab.ItemID]access.ItemAnswer{apptest.Born: {Answer: vocab.Match, Comparator: "date"}},
	}
}

// nowhere takes an answer and keeps nothing.
type nowhere struct {
	header http.Header
	status int
}

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n *nowhere) WriteHeader(s int)           { n.status = s }

// BenchmarkCompareAboveTheDoor is what this layer costs: the verbs under it are fakes.
func BenchmarkCompareAboveTheDoor(b *testing.B) {
	w := newWorld(b, vocab.Compare)
	w.api.Fake(identity.Actor{Member: apptest.Tax, Officer: "li@tax"}, answered())
	body := asJSON(b, w.compare(3, w.born(3)))
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("POST", "/v1/compare", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer x")
		out := &nowhere{header: http.Header{}}
		w.api.ServeHTTP(out, r)
		if out.status > 299 {
			b.Fatal(out.status)
		}
	}
}
