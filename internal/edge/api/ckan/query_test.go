package ckan

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/vocab"
)

// FuzzQuery reads anything, and never for long.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{
		"*:*", `title:"a b" AND -tags:(x OR y)`, "metadata_modified:[NOW-7DAYS TO *]", `a\:b`, "((((", `"`, "-", "a:b:c", "[", "NOT", "+-!x", "标题：x", "a OR", "\\",
	} {
		f.Add(s)
	}
	d := &entry.Dataset{Name: entry.Text{EN: "a"}}
	f.Fuzz(func(t *testing.T, s string) {
		all, err := parse(time.Unix(0, 0), s, s)
		if err != nil {
			return
		}
		for _, n := range all {
			n.matches(d)
		}
		planOf(all...)
	})
}

// TestThePlanMeansWhatTheQueryMeans: what goes to the index and what is left ask of
// an entry together what the whole query asks.
func TestThePlanMeansWhatTheQueryMeans(t *testing.T) {
	words := rapid.SampledFrom([]string{"alpha", "beta", "tags:x", "tags:y", "organization:m", "groups:base", "title:alpha", "NOT tags:x", "-alpha", "(tags:x OR tags:y)", "(alpha OR groups:base)", "title:al*", "region:310000", "NOT region:310100"})
	rapid.Check(t, func(t *rapid.T) {
		var s string
		for i, w := range rapid.SliceOfN(words, 1, 6).Draw(t, "parts") {
			if i > 0 {
				s += rapid.SampledFrom([]string{" AND ", " OR ", " "}).Draw(t, "op")
			}
			s += w
		}
		all, err := parse(time.Unix(0, 0), s)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		n := all[0]
		d := &entry.Dataset{
			Name: entry.Text{EN: rapid.SampledFrom([]string{"alpha", "beta", "alpha beta"}).Draw(t, "name")}, Theme: rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "theme"),
			Domain: rapid.SampledFrom([]entry.Domain{entry.DomainBase, entry.DomainTheme}).Draw(t, "domain"), Owner: "m",
			Region: rapid.SampledFrom([]string{"", "310000", "310101", "320101", "310101001"}).Draw(t, "region"),
		}
		w := wanted{plan: planOf(n)}
		if got, want := w.node().matches(d), n.matches(d); got != want {
			t.Fatalf("%s about %+v: the plan says %t, the query %t", s, d, got, want)
		}
	})
}

// TestRaceOfReadersOfPages: readers of many questions share the marks.
func TestRaceOfReadersOfPages(t *testing.T) {
	m := newMarks()
	var all sync.WaitGroup
	for r := range 8 {
		all.Go(func() {
			for at := range 500 {
				key := strconv.Itoa((r + at) % (maxMarks + 8))
				m.put(key, at, vocab.DatasetID(key))
				m.count(key, nil, found{total: at}, time.Unix(0, 0))
				if n, last := m.before(key, at); n > at || n > 0 && string(last) != key {
					t.Errorf("before %d of %s stands %d of %s", at, key, n, last)
				}
				m.counted(key, nil, time.Unix(0, 0))
			}
		})
	}
	all.Wait()
}
