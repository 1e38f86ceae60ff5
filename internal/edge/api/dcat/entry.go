package dcat

import (
	"net/url"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// The lists of the Publications Office that DCAT-AP takes its words from.
const (
	euList     = "http://publications.europa.eu/resource/authority/"
	euRight    = euList + "access-right/"
	euCycle    = euList + "frequency/"
	euFileType = euList + "file-type/"
	mediaTypes = "https://www.iana.org/assignments/media-types/"
)

// cycles are the update cycles in the words of the list of frequencies.
func cycles(c vocab.UpdateCycle) string {
	return map[vocab.UpdateCycle]string{
		vocab.RealTime: "UPDATE_CONT", vocab.Daily: "DAILY", vocab.Weekly: "WEEKLY", vocab.Monthly: "MONTHLY", vocab.Quarterly: "QUARTERLY",
		vocab.HalfYearly: "ANNUAL_2", vocab.Yearly: "ANNUAL", vocab.Irregular: "IRREG",
	}[c]
}

// address is the entry's name for ever; what is there leads to its page.
func (f *face) address(id vocab.DatasetID) string {
	return f.URL + "/dataset/" + url.PathEscape(string(id))
}

func (f *face) page(id vocab.DatasetID) string {
	return f.URL + "/datasets/" + url.PathEscape(string(id))
}

func (f *face) organization(id vocab.MemberID) string {
	return f.URL + "/organization/" + url.PathEscape(string(id))
}

// entry is the data set with its distribution, as a graph.
func (f *face) entry(d *entry.Dataset) []*thing {
	t := &thing{iri: f.address(d.ID), types: []string{"dcat:Dataset"}}
	t.say("dct:identifier", words(string(d.ID), ""))
	t.say("dct:title", tongues(d.Name)...)
	t.say("dct:description", tongues(d.Abstract)...)
	t.say("dct:publisher", iri(f.organization(d.Owner)))
	t.say("dcat:landingPage", value{thing: &thing{iri: f.page(d.ID)}})
	if !d.PublishedAt.IsZero() {
		t.say("dct:issued", typed(moment(d.PublishedAt), "xsd:dateTime"))
	}
	if !d.ChangedAt.IsZero() {
		t.say("dct:modified", typed(moment(d.ChangedAt), "xsd:dateTime"))
	}
	if d.Theme != "" {
		t.say("dcat:keyword", words(d.Theme, ""))
	}
	if c := cycles(d.Cycle); c != "" {
		t.say("dct:accrualPeriodicity", value{thing: &thing{iri: euCycle + c}})
	}
	if d.Region != "" {
		place := &thing{types: []string{"dct:Location"}}
		place.say("dct:identifier", words(d.Region, ""))
		t.say("dct:spatial", value{thing: place})
	}
	right := &thing{iri: euRight + right(d), types: []string{"dct:RightsStatement"}}
	t.say("dct:accessRights", value{thing: right})
	out := []*thing{t, right, {iri: f.page(d.ID), types: []string{"foaf:Document"}}}
	if c := cycles(d.Cycle); c != "" {
		out = append(out, &thing{iri: euCycle + c, types: []string{"dct:Frequency"}})
	}
	if d.Readable() {
		rows := f.rows(d)
		t.say("dcat:distribution", value{thing: rows})
		out = append(out, rows, &thing{iri: euFileType + "JSON", types: []string{"dct:MediaTypeOrExtent"}}, &thing{iri: mediaTypes + "application/json", types: []string{"dct:MediaType"}})
	}
	return out
}

// rows is the distribution of an open set.
func (f *face) rows(d *entry.Dataset) *thing {
	at := f.URL + "/v1/datasets/" + url.PathEscape(string(d.ID)) + "/rows"
	t := &thing{iri: f.address(d.ID) + "#rows", types: []string{"dcat:Distribution"}}
	t.say("dcat:accessURL", iri(at))
	t.say("dct:format", iri(euFileType+"JSON"))
	t.say("dcat:mediaType", iri(mediaTypes+"application/json"))
	return t
}

// publisher is a member as an agent.
func (f *face) publisher(id vocab.MemberID, n identity.Name) *thing {
	t := &thing{iri: f.organization(id), types: []string{"foaf:Agent"}}
	t.say("foaf:name", names(n, string(id))...)
	return t
}

func names(n identity.Name, other string) []value {
	out := tongues(entry.Text{ZH: n.Zh, EN: n.En})
	if len(out) == 0 {
		out = []value{words(other, "")}
	}
	return out
}

func tongues(t entry.Text) []value {
	var out []value
	if t.ZH != "" {
		out = append(out, words(t.ZH, "zh"))
	}
	if t.EN != "" {
		out = append(out, words(t.EN, "en"))
	}
	return out
}

func right(d *entry.Dataset) string {
	switch {
	case d.Readable():
		return "PUBLIC"
	case d.Share == vocab.NotShared:
		return "NON_PUBLIC"
	}
	return "RESTRICTED"
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }
