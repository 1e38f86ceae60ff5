package channel_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"fontis/internal/edge/jobs/channel"
	"fontis/internal/edge/text"
)

// noticeKinds are all kinds of notices that the product has words for.
func noticeKinds(t *testing.T, texts *text.Catalog, lang text.Lang) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, key := range texts.Keys() {
		if kind, ok := strings.CutPrefix(key, "page.word.notice."); ok {
			words, err := texts.Get(lang, key)
			if err != nil {
				t.Fatal(err)
			}
			out[kind] = words
		}
	}
	return out
}

// Whatever the notice is about: what leaves the portal is the sentence of its kind
// and the address of the inbox, in each language, and has no place for anything else.
func TestAMessageOfEveryKindSaysItsSentenceAndALinkAndNothingElse(t *testing.T) {
	s := newServer(t, true)
	w := newWorld(t, &channel.Mail{Address: s.address(), From: "node@node.test", Roots: s.roots})
	for _, lang := range []text.Lang{text.English, text.Chinese} {
		kinds := noticeKinds(t, w.parts.Text, lang)
		if len(kinds) < 60 {
			t.Fatalf("%s has words for %d kinds", lang, len(kinds))
		}
		c := w.confirmed(s, li, channel.New{Kind: channel.Email, Address: "li@civil.test", Lang: lang})
		say := func(key string) string {
			v, err := w.parts.Text.Get(lang, "channel."+key)
			w.must(err)
			return v
		}
		frame := []string{say("link"), "https://node.test/notices", say("foot")}
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			if kind == "channel-confirm" { // carries the code of the channel, before it is one
				continue
			}
			if strings.ContainsAny(kinds[kind], "{}%") {
				t.Errorf("%s: the sentence of %s has a place for a parameter: %s", lang, kind, kinds[kind])
			}
			before := len(s.all())
			w.told("civil", "li@civil", kind)
			w.round()
			all := s.all()
			if len(all) != before+1 {
				t.Fatalf("%s: %d messages of %s", lang, len(all)-before, kind)
			}
			var said []string
			for _, line := range strings.Split(all[before].body, "\n") {
				if line = strings.TrimSpace(line); line != "" {
					said = append(said, line)
				}
			}
			want := []string{kinds[kind], frame[0], frame[1]}
			for _, line := range strings.Split(frame[2], "\n") {
				want = append(want, strings.TrimSpace(line))
			}
			if !slices.Equal(said, want) || !strings.HasSuffix(all[before].subject, kinds[kind]) {
				t.Errorf("%s %s: %q says %q, want %q", lang, kind, all[before].subject, said, want)
			}
		}
		w.must(w.Remove(t.Context(), li, c.ID))
	}
}
