package entries

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
)

// structured is the entry in the words of schema.org, as crawlers read it: a block of
// data in the page, which no browser runs. It stands only on the page of whoever is
// not signed in, so that it cannot say more than everybody may see; what the entry
// lacks is left out.
type structured struct {
	Context     string         `json:"@context"`
	Type        string         `json:"@type"`
	IRI         string         `json:"@id"`
	URL         string         `json:"url"`
	Identifier  string         `json:"identifier"`
	Name        string         `json:"name"`
	Alternate   string         `json:"alternateName,omitempty"`
	Description string         `json:"description,omitempty"`
	Creator     schemaThing    `json:"creator"`
	Publisher   schemaThing    `json:"publisher"`
	Catalog     schemaThing    `json:"includedInDataCatalog"`
	License     *schemaThing   `json:"license,omitempty"`
	Free        bool           `json:"isAccessibleForFree,omitempty"`
	Conditions  string         `json:"conditionsOfAccess,omitempty"`
	Keywords    []string       `json:"keywords,omitempty"`
	Spatial     *schemaThing   `json:"spatialCoverage,omitempty"`
	Temporal    string         `json:"temporalCoverage,omitempty"`
	Published   string         `json:"datePublished,omitempty"`
	Modified    string         `json:"dateModified,omitempty"`
	Files       []schemaFile   `json:"distribution,omitempty"`
	Variables   []schemaColumn `json:"variableMeasured,omitempty"`
}

// schemaThing is something with a name: an organization, a place, terms of use.
type schemaThing struct {
	Type       string `json:"@type"`
	Name       string `json:"name"`
	URL        string `json:"url,omitempty"`
	Identifier string `json:"identifier,omitempty"`
}

type schemaFile struct {
	Type   string `json:"@type"`
	URL    string `json:"contentUrl"`
	Format string `json:"encodingFormat"`
}

type schemaColumn struct {
	Type    string `json:"@type"`
	Name    string `json:"name"`
	ID      string `json:"identifier"`
	Element string `json:"propertyID,omitempty"`
	Unit    string `json:"unitText,omitempty"`
}

// structuredOf says of an entry what everybody may see; nothing to who is signed in.
func structuredOf(v *page.Visit, d *entry.Dataset, p *datasetPage, owner identity.Name) *structured {
	if !v.Actor.Nobody() || d.State != entry.StatePublished {
		return nil
	}
	l, base := v.Look(), strings.TrimSuffix(v.URL, "/")
	department := schemaThing{Type: "GovernmentOrganization", Name: l.Name(owner).Text, URL: base + "/organization/" + url.PathEscape(string(d.Owner)) + "/data.json", Identifier: string(d.Owner)}
	out := &structured{
		Context: "https://schema.org/", Type: "Dataset", IRI: base + "/dataset/" + url.PathEscape(string(d.ID)), URL: base + "/datasets/" + url.PathEscape(string(d.ID)),
		Identifier: string(d.ID), Name: p.Name.Text, Description: p.Abstract.Text, Creator: department, Publisher: department,
		Catalog: schemaThing{Type: "DataCatalog", Name: "fontis", URL: base + "/"}, Keywords: filled(d.Theme, d.Category),
		Conditions: cmp.Or(d.ShareCondition, d.OpenCondition, d.UseConditions, d.NotSharedReason), Published: stamped(d.PublishedAt), Modified: stamped(d.ChangedAt),
	}
	for _, other := range filled(d.Name.ZH, d.Name.EN) {
		if other != out.Name {
			out.Alternate = other
		}
	}
	if d.Provider != "" && d.Provider != owner.Zh && d.Provider != owner.En {
		out.Creator = schemaThing{Type: "GovernmentOrganization", Name: d.Provider}
	}
	if node, err := v.Identity.Node(v.Ctx()); err == nil && node.Name != "" {
		out.Catalog.Name = node.Name
	}
	if d.Region != "" {
		out.Spatial = &schemaThing{Type: "AdministrativeArea", Name: l.Region(d.Region).Text, Identifier: d.Region}
	}
	if d.Open != "" && d.Open != entry.NotOpen {
		terms := l.Word("open_type", string(d.Open))
		out.License = &schemaThing{Type: "CreativeWork", Name: strings.Join(filled(terms, d.OpenCondition), l.Comma()), URL: out.URL}
	}
	if d.Readable() {
		out.Free = true
		out.Files = []schemaFile{{"DataDownload", base + "/v1/datasets/" + url.PathEscape(string(d.ID)) + "/rows", "application/json"}}
	}
	if p.About != nil && p.About.Real {
		out.Temporal = p.About.AsOf.UTC().Format(time.DateOnly)
	}
	for _, it := range p.Items {
		c := schemaColumn{Type: "PropertyValue", Name: cmp.Or(it.Name.Text, it.Code), ID: it.Code}
		if whole, ok := d.Item(it.Code); ok {
			c.Element, c.Unit = whole.Element, whole.Unit
		}
		out.Variables = append(out.Variables, c)
	}
	return out
}

// filled are the texts that say something.
func filled(all ...string) []string {
	var out []string
	for _, s := range all {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func stamped(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
