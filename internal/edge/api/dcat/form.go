package dcat

import (
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// wished is the form that the reader's Accept wants most; none where a page for
// people is wanted as much.
func wished(accept []string) (form, bool) {
	weights := map[string]float64{}
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		kind, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		q, err := strconv.ParseFloat(params["q"], 64)
		if err != nil {
			q = 1
		}
		weights[kind] = max(weights[kind], q)
	}
	best, most := form{}, max(weights["text/html"], weights["application/xhtml+xml"])
	for _, as := range forms() {
		if q := weights[as.kind]; q > most {
			best, most = as, q
		}
	}
	return best, best.end != ""
}

// one answers one entry.
func (f *face) one(w http.ResponseWriter, r *http.Request, by identity.Actor, as form, id vocab.DatasetID) error {
	d, err := f.Entry(r.Context(), by, id)
	if err != nil {
		return err
	}
	switch len(d.MovedTo) {
	case 0:
	case 1:
		http.Redirect(w, r, "/dataset/"+url.PathEscape(string(d.MovedTo[0]))+as.end, http.StatusSeeOther)
		return nil
	default:
		return as.answer(w, []*thing{f.ended(d)})
	}
	graph, err := f.things(r.Context(), []*entry.Dataset{d})
	if err != nil {
		return err
	}
	return as.answer(w, graph)
}

// ended says of an entry that was split what stands in its place.
func (f *face) ended(d *entry.Dataset) *thing {
	t := &thing{iri: f.address(d.ID), types: []string{"dcat:Dataset"}}
	t.say("dct:modified", typed(d.ChangedAt.UTC().Format(time.RFC3339), "xsd:dateTime"))
	for _, id := range d.MovedTo {
		t.say("dct:isReplacedBy", iri(f.address(id)))
	}
	return t
}
