package dcat

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"fontis/internal/duty/catalog"
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
	d, err := f.Catalog.Get(r.Context(), by, id)
	if err != nil {
		return err
	}
	graph, err := f.things(r.Context(), []*catalog.Dataset{d})
	if err != nil {
		return err
	}
	return as.answer(w, graph)
}
