// Package web carries what the pages are made of: templates, the made stylesheet
// and script, pictures, and every sentence in every language. It is data only;
// internal/edge/web renders, and web/build makes dist out of src.
package web

import "embed"

// Text holds the message catalogs, one file a language.
//
//go:embed text/*.toml
var Text embed.FS

// Templates holds the layout and one file a page.
//
//go:embed templates/*.html
var Templates embed.FS

// Static holds the pictures of the house.
//
//go:embed static/*
var Static embed.FS

// Dist holds the stylesheet and the script, with the notes of their licences.
//
//go:embed dist/*
var Dist embed.FS
