// Package text reads the sentences that people read, in every language, from
// web/text.
//
// The flow: Load reads every file once; a page or a problem asks for a key in
// the reader's language. The promise: a key that is missing in any language is
// an error, never an empty place on a page.
package text

import (
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/language"

	"fontis/internal/vocab"
)

// Lang is a language in which fontis speaks, as a BCP 47 tag.
type Lang string

// The languages. English answers whoever asks for neither.
const (
	English Lang = "en"
	Chinese Lang = "zh-Hans"
)

// Langs lists every language.
func Langs() []Lang { return []Lang{English, Chinese} }

// Catalog holds every sentence; it is read only and safe for concurrent use.
type Catalog struct {
	sentences map[Lang]map[string]string
}

// Load reads DIR/<lang>.toml of every language. Keys are joined by dots:
// "error.bad-input.title". A key that one language lacks is an error.
func Load(files fs.FS, dir string) (*Catalog, error) {
	c := &Catalog{sentences: map[Lang]map[string]string{}}
	for _, lang := range Langs() {
		name := path.Join(dir, string(lang)+".toml")
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read the sentences: %w", err)
		}
		tree := map[string]any{}
		if err := toml.Unmarshal(b, &tree); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		c.sentences[lang] = map[string]string{}
		if err := flatten(c.sentences[lang], "", tree); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return c, c.check()
}

func flatten(into map[string]string, prefix string, tree map[string]any) error {
	for k, v := range tree {
		switch v := v.(type) {
		case string:
			if strings.TrimSpace(v) == "" {
				return vocab.BadInput.Because("key %s%s is empty", prefix, k)
			}
			into[prefix+k] = v
		case map[string]any:
			if err := flatten(into, prefix+k+".", v); err != nil {
				return err
			}
		default:
			return vocab.BadInput.Because("key %s%s is no text", prefix, k)
		}
	}
	return nil
}

func (c *Catalog) check() error {
	var missing []string
	for _, a := range Langs() {
		for _, b := range Langs() {
			for key := range c.sentences[a] {
				if _, ok := c.sentences[b][key]; !ok {
					missing = append(missing, string(b)+" lacks "+key)
				}
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	sort.Strings(missing)
	return vocab.InternalError.Because("the sentences differ: %s", strings.Join(missing, ", "))
}

// Get is the sentence of the key in the language.
func (c *Catalog) Get(lang Lang, key string) (string, error) {
	s, ok := c.sentences[lang][key]
	if !ok {
		return "", vocab.InternalError.Because("there is no sentence %s in %s", key, lang)
	}
	return s, nil
}

// Keys lists every key, in order.
func (c *Catalog) Keys() []string {
	keys := make([]string, 0, len(c.sentences[English]))
	for k := range c.sentences[English] {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// Negotiate chooses the language of an Accept-Language header.
func Negotiate(header string) Lang {
	if header == "" || len(header) > 200 {
		return English
	}
	tags, weights, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return English
	}
	for i, tag := range tags {
		base, _ := tag.Base()
		switch {
		case weights[i] == 0:
		case base.String() == "zh":
			return Chinese
		case base.String() == "en":
			return English
		}
	}
	return English
}
