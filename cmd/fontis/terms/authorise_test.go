package terms

import (
	"bytes"
	"strings"
	"testing"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/vocab"
)

// Before a person agrees, the command says of a status question which status it is.
func TestAnOfferSaysWhichStatusIsAsked(t *testing.T) {
	var out bytes.Buffer
	showOffer(&console.Console{Streams: console.Streams{Out: &out}, Globals: &console.Globals{}}, authorisation.Offer{
		Registration: "z-1", Question: vocab.Status, Items: []authorisation.NamedItem{{ID: "d-1/born", Name: entry.Text{ZH: "出生日期"}}},
		Statuses: []string{"living", "married"},
	})
	for _, want := range []string{"status    d-1/born  出生日期", "whether   living:", "whether   married:"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the offer lacks %q: %s", want, out.String())
		}
	}
}
