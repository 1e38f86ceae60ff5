package demo

import (
	"testing"

	sentences "fontis/internal/edge/text"
	"fontis/internal/edge/web/look"
	pages "fontis/web"
)

// Whoever tries the demo in English reads on what ground and for what data are used.
func TestWhatTheDemoCitesIsTranslated(t *testing.T) {
	c, err := sentences.Load(pages.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	en, err := look.New(c, sentences.English)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, a := range agreements() {
		said = append(said, a.purpose, a.basis.Law+" "+a.basis.Article)
	}
	for _, h := range entries() {
		said = append(said, h.set.Purposes...)
		for _, b := range h.set.LegalBasis {
			said = append(said, b.Law+" "+b.Article)
		}
	}
	said = append(said, purposeLoan, serviceLoan)
	for _, s := range said {
		if got := en.Law(s); got.Lang != "" || got.Of != s {
			t.Errorf("%q is %+v", s, got)
		}
	}
}
