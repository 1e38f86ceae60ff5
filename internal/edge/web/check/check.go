// Package check is the page on which a reader's own browser checks a receipt or a
// promise. The page says what it cannot prove: its script came from this very
// site. So it shows the command for the independent check, and offers the check
// as one file that works without network, with the hash by which copies of it
// are compared.
package check

import (
	"encoding/json"
	"strings"

	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
	pages "fontis/web"
)

// Section is the page.
type Section struct{}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/check", Page: "check", Open: true, Fleeting: true, Show: s.check},
		{Path: atNames, Send: s.names},
	}
}

// atNames tells the names of up to mostNames ids; the script asks for no more.
const (
	atNames   = "/check/names"
	mostNames = 60
)

// names are what this site calls the roles, bodies, items and statuses that a receipt names by
// their ids, for whoever is signed in and as far as their own pages name them.
func (s *Section) names(v *page.Visit) error {
	said := v.R.URL.Query()["of"]
	if len(said) > mostNames {
		return vocab.BadInput.Because("at most %d names are told at once", mostNames)
	}
	out := map[string]string{}
	var members []vocab.MemberID
	for _, id := range said {
		item := vocab.ItemID(id)
		if role := v.Look().Word("role", id); role != id {
			out[id] = role
		} else if name := v.ItemName(item).Text; name != id && name != item.Name() { // an item, or a status
			out[id] = name
		} else if item.Name() == "" {
			members = append(members, vocab.MemberID(id))
		}
	}
	names, err := v.Identity.MemberNames(v.Ctx(), members...)
	if err != nil {
		return err
	}
	for id, n := range names {
		out[string(id)] = v.Look().Name(n).Text
	}
	v.W.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.NewEncoder(v.W).Encode(out); err != nil {
		return v.Broken(err)
	}
	return nil
}

// checkPage carries where the receipts lie that the reader came with.
type checkPage struct {
	Fetch string // addresses on this node, apart by blanks
	Names string // address of the names of ids, for whoever is signed in
	Name  string // of the file in the command
	Sum   string // SHA-256 of check.html
}

func (s *Section) check(v *page.Visit) (any, error) {
	_, sum, err := pages.CheckPage()
	p := checkPage{Sum: sum, Name: "receipt.txt"}
	if !v.Actor.Nobody() {
		p.Names = atNames
	}
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
