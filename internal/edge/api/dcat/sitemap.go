package dcat

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"fontis/internal/duty/catalog"
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
		for n := range (o.N + partOfSite - 1) / partOfSite {
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
	name, ok := strings.CutSuffix(r.PathValue("part"), ".xml")
	at := strings.LastIndexByte(name, '.')
	n := 0
	if _, err := fmt.Sscanf(name[max(at, 0):], ".%d", &n); !ok || at <= 0 || err != nil || n < 0 {
		return vocab.NoSuchThing.Because("the sitemap has no part of that name")
	}
	q := catalog.ListQuery{Page: catalog.Page{Limit: lookSize}, Owner: vocab.MemberID(name[:at]), State: catalog.StatePublished}
	b := bufio.NewWriter(w)
	seen := 0
	for {
		list, err := f.Catalog.List(r.Context(), by, q)
		if err != nil {
			return broken(seen > n*partOfSite, err)
		}
		for _, d := range list {
			if seen/partOfSite == n {
				f.siteLine(w, b, d, seen%partOfSite == 0)
			}
			seen++
		}
		if len(list) < lookSize || seen >= (n+1)*partOfSite {
			break
		}
		q.After = list[len(list)-1].ID
	}
	if seen <= n*partOfSite {
		return vocab.NoSuchThing.Because("the sitemap has no part of that name")
	}
	_, _ = b.WriteString("</urlset>\n")
	return b.Flush()
}

func (f *face) siteLine(w http.ResponseWriter, b *bufio.Writer, d *catalog.Dataset, first bool) {
	if first {
		w.Header().Set("Content-Type", "application/xml; charset=utf-8")
		_, _ = fmt.Fprintf(b, "%s<urlset xmlns=%q>\n", xml.Header, sitemapSpace)
	}
	_, _ = b.WriteString("  <url><loc>")
	_ = xml.EscapeText(b, []byte(f.page(d.ID)))
	_, _ = b.WriteString("</loc>")
	if !d.ChangedAt.IsZero() {
		_, _ = fmt.Fprintf(b, "<lastmod>%s</lastmod>", moment(d.ChangedAt))
	}
	_, _ = b.WriteString("</url>\n")
}
