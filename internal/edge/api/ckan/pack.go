package ckan

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/edge/api/open"
	"fontis/internal/edge/text"
	"fontis/internal/vocab"
)

const (
	noLicense = "notspecified"
	rowsTail  = "-rows" // a resource's name after its entry's: the rows of an open set
	askTail   = "-ask"  // and the page that says how to ask
)

// pack is an entry as CKAN's package.
type pack struct {
	ID           string            `json:"id"`
	Name         string            `json:"name"`
	Title        string            `json:"title"`
	Translated   map[string]string `json:"title_translated,omitempty"`
	Notes        string            `json:"notes"`
	NotesIn      map[string]string `json:"notes_translated,omitempty"`
	Type         string            `json:"type"`
	State        string            `json:"state"`
	Private      bool              `json:"private"`
	IsOpen       bool              `json:"isopen"`
	URL          string            `json:"url"`
	Version      *string           `json:"version"`
	Author       string            `json:"author"`
	AuthorMail   string            `json:"author_email"`
	Maintainer   string            `json:"maintainer"`
	MaintainMail string            `json:"maintainer_email"`
	LicenseID    string            `json:"license_id"`
	LicenseTitle string            `json:"license_title"`
	Creator      *string           `json:"creator_user_id"`
	OwnerOrg     string            `json:"owner_org"`
	Organization organization      `json:"organization"`
	Created      string            `json:"metadata_created"`
	Modified     string            `json:"metadata_modified"`
	NumResources int               `json:"num_resources"`
	NumTags      int               `json:"num_tags"`
	Resources    []resource        `json:"resources"`
	Tags         []tag             `json:"tags"`
	Groups       []group           `json:"groups"`
	Extras       []extra           `json:"extras"`
	AsSubject    []string          `json:"relationships_as_subject"`
	AsObject     []string          `json:"relationships_as_object"`
}

type resource struct {
	ID           string  `json:"id"`
	PackageID    string  `json:"package_id"`
	Name         string  `json:"name"`
	Description  string  `json:"description"`
	URL          string  `json:"url"`
	URLType      *string `json:"url_type"`
	Format       string  `json:"format"`
	Mimetype     string  `json:"mimetype"`
	Position     int     `json:"position"`
	State        string  `json:"state"`
	Created      string  `json:"created"`
	LastModified string  `json:"last_modified"`
	Modified     string  `json:"metadata_modified"`
	Hash         string  `json:"hash"`
	Size         *int64  `json:"size"`
	Store        bool    `json:"datastore_active"`
}

type tag struct {
	ID         string  `json:"id"`
	Name       string  `json:"name"`
	Shown      string  `json:"display_name"`
	State      string  `json:"state"`
	Vocabulary *string `json:"vocabulary_id"`
}

type extra struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// group is one of the libraries; organization is a member. CKAN has one shape for
// both, with a few words that differ.
type group struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Title       string  `json:"title"`
	Shown       string  `json:"display_name"`
	Description string  `json:"description"`
	Image       string  `json:"image_display_url"`
	Type        string  `json:"type,omitempty"`
	State       string  `json:"state,omitempty"`
	Packages    *int    `json:"package_count,omitempty"`
	List        []*pack `json:"packages,omitempty"`
}

type organization struct {
	group
	IsOrganization bool   `json:"is_organization"`
	Approval       string `json:"approval_status"`
	ImageURL       string `json:"image_url"`
	Created        string `json:"created"`
}

// pack writes the entry in the caller's language.
func (f *face) pack(a *asked, d *entry.Dataset, owner organization) *pack {
	at := f.URL + "/datasets/" + url.PathEscape(string(d.ID))
	p := &pack{
		ID: string(d.ID), Name: string(d.ID), Title: open.In(a.lang, d.Name), Notes: open.In(a.lang, d.Abstract), Translated: tongues(d.Name), NotesIn: tongues(d.Abstract),
		Type: "dataset", State: stateOf(d), IsOpen: false, URL: at, Author: d.Provider, Maintainer: d.Maintainer, LicenseID: noLicense,
		LicenseTitle: "License not specified", OwnerOrg: string(d.Owner), Organization: owner,
		Created: stamp(d.CreatedAt), Modified: stamp(d.ChangedAt), Tags: []tag{}, Groups: []group{}, Extras: []extra{}, AsSubject: []string{}, AsObject: []string{},
	}
	p.Resources = f.resources(a, d, at)
	p.NumResources = len(p.Resources)
	if d.Theme != "" {
		p.Tags = append(p.Tags, tag{ID: slug(d.Theme), Name: d.Theme, Shown: d.Theme, State: "active"})
	}
	p.NumTags = len(p.Tags)
	if d.Domain != "" {
		p.Groups = append(p.Groups, f.group(a.lang, string(d.Domain)))
	}
	for _, k := range entry.Fields() {
		switch k {
		case entry.FieldNameZH, entry.FieldNameEN, entry.FieldAbstractZH, entry.FieldAbstractEN:
			continue // they have places of their own
		}
		if v := d.Get(k); v != "" {
			p.Extras = append(p.Extras, extra{Key: string(k), Value: v})
		}
	}
	if len(d.Items) > 0 {
		p.Extras = append(p.Extras, extra{Key: "items", Value: strconv.Itoa(len(d.Items))})
	}
	return p
}

// resources are the rows of an open set, and where to ask for any other that is
// shared.
func (f *face) resources(a *asked, d *entry.Dataset, at string) []resource {
	r := resource{
		PackageID: string(d.ID), State: "active", Created: stamp(d.CreatedAt), LastModified: stamp(d.ChangedAt), Modified: stamp(d.ChangedAt),
		Description: open.In(a.lang, d.Abstract),
	}
	switch {
	case d.Readable():
		r.ID, r.Name, r.Format, r.Mimetype, r.Store = string(d.ID)+rowsTail, f.Say(a.lang, "ckan.rows"), "JSON", "application/json", true
		r.URL = f.URL + "/v1/datasets/" + url.PathEscape(string(d.ID)) + "/rows"
	case d.Share != vocab.NotShared:
		r.ID, r.Name, r.Format, r.Mimetype, r.URL = string(d.ID)+askTail, f.Say(a.lang, "ckan.ask"), "HTML", "text/html", at
	default:
		return []resource{}
	}
	return []resource{r}
}

func formatsOf(d *entry.Dataset) []string {
	switch {
	case d.Readable():
		return []string{"JSON"}
	case d.Share != vocab.NotShared:
		return []string{"HTML"}
	}
	return nil
}

func (f *face) group(lang text.Lang, name string) group {
	title := f.Say(lang, "page.word.domain."+name)
	return group{ID: name, Name: name, Title: title, Shown: title, Type: "group", State: "active"}
}

func tongues(t entry.Text) map[string]string {
	out := map[string]string{}
	if t.ZH != "" {
		out["zh"] = t.ZH
	}
	if t.EN != "" {
		out["en"] = t.EN
	}
	return out
}

// stamp is a time as CKAN writes it: UTC, without a zone.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000")
}

var plain = regexp.MustCompile(`^[a-z0-9_-]{2,100}$`)

// slug is a name as CKAN allows one; another text gets one from its hash.
func slug(s string) string {
	if plain.MatchString(s) {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return "t-" + hex.EncodeToString(sum[:8])
}
