package entrance

import (
	"encoding/json"

	"fontis/internal/edge/text"
	"fontis/internal/edge/web/page"
	"fontis/internal/trust/identity"
)

// manifest is what a device is told that puts the portal among its programs, in
// one language: https://www.w3.org/TR/appmanifest/.
type manifest struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	ShortName   string         `json:"short_name"`
	Description string         `json:"description"`
	Lang        text.Lang      `json:"lang"`
	Dir         string         `json:"dir"`
	StartURL    string         `json:"start_url"`
	Scope       string         `json:"scope"`
	Display     string         `json:"display"`
	Background  string         `json:"background_color"`
	Theme       string         `json:"theme_color"`
	Icons       []manifestIcon `json:"icons"`
	Shortcuts   []manifestWay  `json:"shortcuts"`
}

type manifestIcon struct {
	Src   string `json:"src"`
	Sizes string `json:"sizes"`
	Type  string `json:"type"`
}

type manifestWay struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

func (s *Section) manifest(v *page.Visit) error {
	for _, l := range v.Text.Langs() {
		if v.ID("file") != string(l)+".webmanifest" {
			continue
		}
		v.Call.Lang = l // the address says it, whatever the reader's own is
		v.W.Header().Set("Content-Type", "application/manifest+json")
		v.W.Header().Set("Cache-Control", "public, max-age=86400")
		_ = json.NewEncoder(v.W).Encode(manifestOf(v)) // the reader may be gone
		return nil
	}
	return identity.NotYours()
}

func manifestOf(v *page.Visit) manifest {
	m := manifest{
		ID: "/", Name: "fontis", ShortName: "fontis", Description: v.Look().Must("page.home.heading"), Lang: v.Call.Lang, Dir: "ltr",
		StartURL: "/", Scope: "/", Display: "minimal-ui", Background: "#ffffff", Theme: "#0f4c5c",
		Icons: []manifestIcon{{"/static/icon-192.png", "192x192", "image/png"}, {"/static/icon-512.png", "512x512", "image/png"}, {"/static/sign.svg", "any", "image/svg+xml"}},
	}
	for _, path := range []string{"/search", "/mine", "/kept"} {
		m.Shortcuts = append(m.Shortcuts, manifestWay{Name: v.Look().Must("page." + path[1:] + ".title"), URL: path})
	}
	return m
}
