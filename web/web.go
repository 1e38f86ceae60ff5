// Package web carries what the pages are made of: templates, the stylesheet and
// every sentence in every language. It is data only; internal/edge/web renders.
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

// Static holds the stylesheet and the sign of the house.
//
//go:embed static/*
var Static embed.FS
