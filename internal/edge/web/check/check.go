// Package check is the page on which a reader's own browser checks a receipt or a
// promise. The page says what it cannot prove: its script came from this very
// site. So it shows the command for the independent check, and offers the check
// as one file that works without network, with the hash by which copies of it
// are compared.
package check

import (
	"strings"

	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
	pages "fontis/web"
)

// Section is the page.
type Section struct{}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{{Path: "/check", Page: "check", Open: true, Fleeting: true, Show: s.check}}
}

// checkPage carries where the receipts lie that the reader came with.
type checkPage struct {
	Fetch string // addresses on this node, apart by blanks
	Name  string // of the file in the command
	Sum   string // SHA-256 of check.html
}

func (s *Section) check(v *page.Visit) (any, error) {
	_, sum, err := pages.CheckPage()
	p := checkPage{Sum: sum, Name: "receipt.txt"}
	trace := v.Said("trace")
	if !vocab.ValidTrace(trace) || v.Actor.Nobody() {
		return p, err
	}
	if v.Actor.Mandate != "" {
		p.Fetch, p.Name = "/mydata/receipts/"+trace, trace+"-intent.receipt"
		return p, err
	}
	var all []string
	for _, part := range []string{"intent.receipt", "outcome.receipt"} {
		if one := v.Said("part"); one == "" || one == part {
			all = append(all, "/accesses/"+trace+"/receipt/"+part)
			p.Name = trace + "-" + part
		}
	}
	p.Fetch = strings.Join(all, " ")
	return p, err
}
