package dcat

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/api/open"
	"fontis/internal/engine/index"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

const sitemapSpace = "http://www.sitemaps.org/schemas/sitemap/0.9"

// sitemap names the parts, one a department: each is found without counting the
// others, and a department's part is cut into files of 50,000 addresses.
func (f *face) sitemap(w http.ResponseWriter, r *http.Request, by identity.Actor) error {
	_, owners, err := f.owners(r.Context(), by)
	if err != nil {
		return err
	}
	type part struct {
		Loc string `xml:"loc"`
	}
	out := struct {
		XMLName xml.Name `xml:"sitemapindex"`
		Space   string   `xml:"xmlns,attr"`
		Parts   []part   `xml:"sitemap"`
	}{Space: sitemapSpace}
	for _, o := range owners {
		for n := range partsOf(o) {
			out.Parts = append(out.Parts, part{fmt.Sprintf("%s/sitemap/%s.%d.xml", f.URL, url.PathEscape(o.Value), n)})
		}
	}
	b, err := xml.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	_, _ = fmt.Fprintf(w, "%s%s\n", xml.Header, b)
	return nil
}

func (f *face) partOfSitemap(w http.ResponseWriter, r *http.Request, by identity.Actor) error {
	none := vocab.NoSuchThing.Because("the sitemap has no part of that name")
	name, ok := strings.CutSuffix(r.PathValue("part"), ".xml")
	at := strings.LastIndexByte(name, '.')
	if !ok || at <= 0 {
		return none
	}
	n, err := strconv.Atoi(name[at+1:])
	if err != nil || strconv.Itoa(n) != name[at+1:] {
		return none
	}
	_, owners, err := f.owners(r.Context(), by)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(owners, func(o index.Count) bool { return o.Value == name[:at] && n >= 0 && n < partsOf(o) }) {
		return none
	}
	return f.addresses(w, r, by, vocab.MemberID(name[:at]), n)
}

// partsOf is how many parts of the sitemap the department has.
func partsOf(o index.Count) int { return (o.N + partOfSite - 1) / partOfSite }

// addresses writes part n of a department.
func (f *face) addresses(w http.ResponseWriter, r *http.Request, by identity.Actor, owner vocab.MemberID, n int) error {
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	var b bytes.Buffer
	_, _ = fmt.Fprintf(&b, "%s<urlset xmlns=%q>\n", xml.Header, sitemapSpace)
	seen, begun := 0, false
	walk := open.Walk{
		ListQuery: catalog.ListQuery{Owner: owner, State: entry.StatePublished}, Patience: patience,
		Between: func() error {
			if seen <= n*partOfSite {
				return nil
			}
			begun = true
			return emptied(w, &b)
		},
	}
	err := f.Each(r.Context(), by, walk, func(d *entry.Dataset) bool {
		if seen/partOfSite == n {
			f.siteLine(&b, d)
		}
		seen++
		return seen < (n+1)*partOfSite
	})
	if err != nil {
		return broken(begun, err)
	}
	b.WriteString("</urlset>\n")
	return emptied(w, &b)
}

func (f *face) siteLine(b *bytes.Buffer, d *entry.Dataset) {
	b.WriteString("  <url><loc>")
	_ = xml.EscapeText(b, []byte(f.page(d.ID)))
	b.WriteString("</loc>")
	if !d.ChangedAt.IsZero() {
		_, _ = fmt.Fprintf(b, "<lastmod>%s</lastmod>", moment(d.ChangedAt))
	}
	b.WriteString("</url>\n")
}
