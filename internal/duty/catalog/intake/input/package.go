package input

import (
	"encoding/json"
	"io"
	"strings"

	"fontis/internal/vocab"
)

// bundle is a data package of Frictionless Data, as far as a catalog asks for it.
type bundle struct {
	Name         string        `json:"name"`
	ID           string        `json:"id"`
	Title        string        `json:"title"`
	Description  string        `json:"description"`
	Homepage     string        `json:"homepage"`
	Created      string        `json:"created"`
	LastUpdated  string        `json:"last_updated"`
	Keywords     []string      `json:"keywords"`
	Licenses     []titled      `json:"licenses"`
	Contributors []contributor `json:"contributors"`
	Resources    []part        `json:"resources"`
}

type titled struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Path  string `json:"path"`
}

type contributor struct {
	Title        string   `json:"title"`
	Organization string   `json:"organization"`
	Role         string   `json:"role"`
	Roles        []string `json:"roles"`
}

type part struct {
	Name        string          `json:"name"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Format      string          `json:"format"`
	Path        json.RawMessage `json:"path"`
	Schema      json.RawMessage `json:"schema"`
}

type field struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Type        string `json:"type"`
	Description string `json:"description"`
}

// openPackage reads a data package: each resource with a table is a data set, its
// fields are the items, one a record; a package without any table is one data set.
func openPackage(r io.Reader, facts Facts, o Options) (Reader, error) {
	lim := o.Limits.orShipped()
	doc, err := wholeOf(r, lim)
	if err != nil {
		return nil, err
	}
	if hasLoneSurrogate(doc) {
		return nil, vocab.FileUnreadable.Because("the package holds half a sign (a lone surrogate)").WithFix("write the sign again")
	}
	var b bundle
	if err := json.Unmarshal(doc, &b); err != nil {
		return nil, vocab.FileUnreadable.Wrap(err, "the data package is not as the standard has it").WithFix("mend the file at the place named")
	}
	facts.Format = Package
	held := &heldRecords{facts: facts, columns: packageColumns()}
	tables := 0
	for _, p := range b.Resources {
		if len(p.fields()) > 0 {
			tables++
		}
	}
	line := 0
	add := func(cells map[string]string) {
		line++
		held.add(Record{Line: line, Cells: cells}, lim)
	}
	for _, p := range b.Resources {
		for _, f := range p.fields() {
			cells := b.cells(p, tables > 1)
			cells["field.name"], cells["field.title"], cells["field.type"], cells["field.description"] = f.Name, f.Title, f.Type, f.Description
			if f.Title == "" {
				cells["field.title"] = f.Name
			}
			add(cells)
		}
	}
	if tables == 0 {
		p := part{}
		if len(b.Resources) > 0 {
			p = b.Resources[0]
		}
		add(b.cells(p, false))
	}
	return held, nil
}

func packageColumns() []string {
	return []string{
		"identifier", "title", "description", "publisher.name", "keyword", "license", "landingPage", "issued", "modified",
		"resource.format", "resource.path", "field.name", "field.title", "field.type", "field.description",
	}
}

// fields are those of the resource's own schema; a schema that stands elsewhere
// is not fetched.
func (p part) fields() []field {
	var schema struct {
		Fields []field `json:"fields"`
	}
	if json.Unmarshal(p.Schema, &schema) != nil {
		return nil
	}
	return schema.Fields
}

// cells tell of the data set; one of several is told apart by its resource.
func (b bundle) cells(p part, several bool) map[string]string {
	c := map[string]string{
		"identifier": firstOf(b.ID, b.Name), "title": firstOf(b.Title, b.Name), "description": firstOf(b.Description, p.Description),
		"keyword": strings.Join(b.Keywords, "\n"), "landingPage": b.Homepage, "issued": b.Created, "modified": b.LastUpdated,
		"resource.format": p.Format, "resource.path": p.paths(),
	}
	if several {
		c["identifier"] += "/" + p.Name
		c["title"] += " - " + firstOf(p.Title, p.Name)
		c["description"] = firstOf(p.Description, b.Description)
	}
	for _, l := range b.Licenses {
		c["license"] = firstOf(c["license"], l.Title, l.Name, l.Path)
	}
	for _, who := range b.Contributors {
		if who.Role == "publisher" || strings.Contains(strings.Join(who.Roles, " "), "publisher") {
			c["publisher.name"] = firstOf(who.Organization, who.Title)
		}
		c["publisher.name"] = firstOf(c["publisher.name"], who.Organization)
	}
	return c
}

func (p part) paths() string {
	var one string
	if json.Unmarshal(p.Path, &one) == nil {
		return one
	}
	var several []string
	if json.Unmarshal(p.Path, &several) == nil {
		return strings.Join(several, "\n")
	}
	return ""
}

func firstOf(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}
