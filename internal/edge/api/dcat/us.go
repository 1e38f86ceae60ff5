package dcat

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/api/open"
	"fontis/internal/edge/text"
	"fontis/internal/engine/index"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// project is the schema that data.json follows.
const project = "https://project-open-data.cio.gov/v1.1/"

// usDataset is an entry in the words of DCAT-US 1.1. What only an agency of the
// United States has (bureauCode, programCode) has no field.
type usDataset struct {
	Type         string           `json:"@type"`
	Identifier   string           `json:"identifier"`
	Title        string           `json:"title"`
	Description  string           `json:"description,omitempty"`
	Keyword      []string         `json:"keyword,omitempty"`
	Modified     string           `json:"modified,omitempty"`
	Issued       string           `json:"issued,omitempty"`
	Publisher    usPublisher      `json:"publisher"`
	AccessLevel  string           `json:"accessLevel"`
	Rights       string           `json:"rights,omitempty"`
	Cycle        string           `json:"accrualPeriodicity,omitempty"`
	Spatial      string           `json:"spatial,omitempty"`
	LandingPage  string           `json:"landingPage"`
	Theme        []string         `json:"theme,omitempty"`
	Distribution []usDistribution `json:"distribution,omitempty"`
}

type usPublisher struct {
	Type string `json:"@type"`
	Name string `json:"name"`
}

type usDistribution struct {
	Type      string `json:"@type"`
	Title     string `json:"title"`
	AccessURL string `json:"accessURL"`
	Format    string `json:"format"`
}

// usCycles are ISO 8601 repeating intervals.
func usCycles(c vocab.UpdateCycle) string {
	return map[vocab.UpdateCycle]string{
		vocab.RealTime: "R/PT1S", vocab.Daily: "R/P1D", vocab.Weekly: "R/P1W", vocab.Monthly: "R/P1M", vocab.Quarterly: "R/P3M",
		vocab.HalfYearly: "R/P6M", vocab.Yearly: "R/P1Y", vocab.Irregular: "irregular",
	}[c]
}

func (f *face) us(lang text.Lang, d *entry.Dataset, owner identity.Name) usDataset {
	out := usDataset{
		Type: "dcat:Dataset", Identifier: f.address(d.ID), Title: open.In(lang, d.Name), Description: open.In(lang, d.Abstract),
		Publisher: usPublisher{"org:Organization", open.Called(lang, owner, string(d.Owner))}, Cycle: usCycles(d.Cycle), Spatial: d.Region, LandingPage: f.page(d.ID),
		AccessLevel: map[string]string{"PUBLIC": "public", "RESTRICTED": "restricted public", "NON_PUBLIC": "non-public"}[right(d)],
		Rights:      orElse(d.ShareCondition, d.NotSharedReason),
	}
	if !d.ChangedAt.IsZero() {
		out.Modified = moment(d.ChangedAt)
	}
	if !d.PublishedAt.IsZero() {
		out.Issued = moment(d.PublishedAt)
	}
	if d.Theme != "" {
		out.Keyword, out.Theme = []string{d.Theme}, []string{d.Theme}
	}
	if d.Readable() {
		out.Distribution = []usDistribution{{"dcat:Distribution", f.Say(lang, "ckan.rows"), f.URL + "/v1/datasets/" + url.PathEscape(string(d.ID)) + "/rows", "JSON"}}
	}
	return out
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// owners are the departments with something that the caller may see.
func (f *face) owners(ctx context.Context, by identity.Actor) (total int, out []index.Count, err error) {
	got, err := f.Published(ctx, by, string(catalog.FacetOwner))
	if err != nil {
		return 0, nil, err
	}
	return got.Total, got.Facets[string(catalog.FacetOwner)], nil
}

// whole answers every entry, or of a large catalog where each department's stand.
func (f *face) whole(w http.ResponseWriter, r *http.Request, by identity.Actor) error {
	total, owners, err := f.owners(r.Context(), by)
	if err != nil {
		return err
	}
	called, err := f.called(r.Context(), owners)
	if err != nil {
		return err
	}
	if total <= maxWhole {
		return f.stream(w, r, by, list{id: f.URL + "/data.json", called: called})
	}
	type part struct {
		Type  string `json:"@type"`
		Title string `json:"title"`
		ID    string `json:"@id"`
		Count int    `json:"datasets"`
	}
	parts := []part{}
	for _, o := range owners {
		n := called[vocab.MemberID(o.Value)]
		parts = append(parts, part{"dcat:Catalog", open.Called(langOf(r), n, o.Value), f.organization(vocab.MemberID(o.Value)) + "/data.json", o.N})
	}
	head := f.head(f.URL + "/data.json")
	head["dataset"], head["catalog"] = []any{}, parts
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	return json.NewEncoder(w).Encode(head)
}

func (f *face) head(id string) map[string]any {
	return map[string]any{
		"@context": project + "schema/catalog.jsonld", "@id": id, "@type": "dcat:Catalog", "conformsTo": project + "schema", "describedBy": project + "schema/catalog.json",
	}
}

func (f *face) ofOrganization(w http.ResponseWriter, r *http.Request, by identity.Actor) error {
	id := r.PathValue("id")
	_, owners, err := f.owners(r.Context(), by)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(owners, func(o index.Count) bool { return o.Value == id && o.N > 0 })
	if at < 0 {
		return vocab.NoSuchThing.Because("no department of that name has published anything")
	}
	called, err := f.called(r.Context(), owners[at:at+1])
	if err != nil {
		return err
	}
	return f.stream(w, r, by, list{id: f.organization(vocab.MemberID(id)) + "/data.json", owner: vocab.MemberID(id), called: called})
}

// called are the names of departments.
func (f *face) called(ctx context.Context, owners []index.Count) (map[vocab.MemberID]identity.Name, error) {
	var ids []vocab.MemberID
	for _, o := range owners {
		ids = append(ids, vocab.MemberID(o.Value))
	}
	return f.Names.MemberNames(ctx, ids...)
}

// list is a data.json.
type list struct {
	id     string
	owner  vocab.MemberID // "" for all
	called map[vocab.MemberID]identity.Name
}

// stream writes batch after batch, so that the size of the answer is no matter.
func (f *face) stream(w http.ResponseWriter, r *http.Request, by identity.Actor, l list) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	head, err := json.Marshal(f.head(l.id))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.Write(head[:len(head)-1])
	b.WriteString(`,"dataset":[`)
	begun, sep := false, "\n"
	var failed error
	walk := open.Walk{
		ListQuery: catalog.ListQuery{Owner: l.owner, State: entry.StatePublished}, Patience: patience,
		Between: func() error { begun = true; return emptied(w, &b) },
	}
	err = f.Each(r.Context(), by, walk, func(d *entry.Dataset) bool {
		line, err := json.Marshal(f.us(langOf(r), d, l.called[d.Owner]))
		if err != nil {
			failed = err
			return false
		}
		b.WriteString(sep)
		b.Write(line)
		sep = ",\n"
		return true
	})
	if err = cmp.Or(err, failed); err != nil {
		return broken(begun, err)
	}
	b.WriteString("\n]}\n")
	return emptied(w, &b)
}

// emptied writes out what was gathered.
func emptied(w io.Writer, b *bytes.Buffer) error {
	_, err := b.WriteTo(w)
	return err
}

// broken ends an answer that has begun so that its reader sees that it is not whole.
func broken(begun bool, err error) error {
	if begun {
		panic(http.ErrAbortHandler)
	}
	return err
}
