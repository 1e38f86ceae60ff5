// Package web carries what the pages are made of: templates, the made stylesheet
// and script, pictures, and every sentence in every language. It is data only;
// internal/edge/web renders, and web/build makes dist out of src.
package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
)

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

// Dist holds the stylesheet and the scripts, with the notes of their licences, and
// the check of receipts as one file.
//
//go:embed dist/*
var Dist embed.FS

// CheckPage is the check of receipts as one file that works without network, and
// the SHA-256 by which copies of it are compared.
func CheckPage() (file []byte, sum string, err error) {
	file, err = Dist.ReadFile("dist/check.html")
	hash := sha256.Sum256(file)
	return file, hex.EncodeToString(hash[:]), err
}
