package console

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"fontis/internal/edge/client"
	"fontis/internal/vocab"
)

// thing is a kind of thing as the address of a call names it: what it is called here,
// and the command that lists those which the caller sees.
type thing struct{ called, list string }

// things are the kinds by their segment of an address.
var things = map[string]thing{
	"accesses":       {"access", "fontis receipts"},
	"authorisations": {"registration", "fontis authorise list"},
	"batches":        {"batch", "fontis batch list"},
	"bindings":       {"item", "fontis search WORDS --items"},
	"calendars":      {"calendar", "fontis calendar list"},
	"changes":        {"update of a data set", "fontis dataset changes"},
	"channels":       {"channel", "fontis notice list"},
	"contests":       {"contest", "fontis contest list"},
	"corrections":    {"correction", "fontis contest told"},
	"datasets":       {"data set", "fontis search"},
	"deferrals":      {"order", "fontis defer list"},
	"demands":        {"demand", "fontis demand list"},
	"emergencies":    {"emergency", "fontis emergency list"},
	"grants":         {"grant", "fontis grant list"},
	"harvests":       {"harvest", "fontis harvest list"},
	"holds":          {"hold", "fontis hold list"},
	"machines":       {"machine", "fontis machine list"},
	"mandates":       {"mandate", "fontis mandate list"},
	"members":        {"member", "fontis member list"},
	"offers":         {"offer", "fontis authorise offers"},
	"officers":       {"officer", "fontis officer list"},
	"receipts":       {"trace", "fontis receipts"},
	"requests":       {"request", "fontis request list, and fontis request list --incoming"},
	"searches":       {"saved search", "fontis saved list"},
	"sources":        {"source", "fontis source list"},
	"status-acts":    {"change of a status", "fontis status-act list"},
	"synonyms":       {"group of words", "fontis synonym list"},
	"why":            {"trace", "fontis receipts"},
	"words":          {"authorisation", "fontis authorise mine"},
}

// missing says of what is not there what was looked for, in the words of the command
// alone: the node answers the same of what is another's and of what is nowhere.
func (t *Told) missing(err error) {
	var f *client.Failed
	if t.Code != vocab.NoSuchThing || !errors.As(err, &f) || t.Fix != remedy(t.Code) {
		return // the node named a remedy of its own, such as the items that there are
	}
	path, _, _ := strings.Cut(f.Path, "?")
	parts := strings.Split(strings.TrimPrefix(path, "/v1/"), "/")
	kind, known := things[parts[0]]
	if !known {
		return
	}
	if len(parts) < 2 || parts[1] == "" {
		t.Fix = "Look at the names on the command line: data sets stand in fontis search, their items in fontis dataset show DATASET, grants in fontis grant list, and members in fontis member list."
		return
	}
	id, err := url.PathUnescape(parts[1])
	if err != nil {
		id = parts[1]
	}
	if r := []rune(id); len(r) > 60 {
		id = string(r[:60]) + "…"
	}
	t.Cause = fmt.Sprintf("there is no %s %s that you may see", kind.called, id)
	t.Fix = "See which there are: " + kind.list + "."
}
