// Package text reads the sentences that people read, in every language, from
// web/text: one file a language, with how it writes days, numbers and lists.
//
// The flow: Load reads every file once; a page or a problem asks for a key in
// the reader's language. The promise: a key that is missing in any language is
// an error, never an empty place on a page.
package text

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/language"

	"fontis/internal/vocab"
	files "fontis/web"
)

// Lang is a language in which fontis speaks, as a BCP 47 tag.
type Lang string

// The languages that are always there. English answers whoever asks for none of
// those that ship.
const (
	English Lang = "en"
	Chinese Lang = "zh-Hans"
)

// Langs lists every language that ships: one for each file of web/text, English
// first.
func Langs() []Lang {
	list, err := langsIn(files.Text, "text")
	if err != nil {
		return []Lang{English, Chinese} // what is built into the program can be read
	}
	return list
}

func langsIn(fsys fs.FS, dir string) ([]Lang, error) {
	found, err := fs.Glob(fsys, path.Join(dir, "*.toml"))
	if err != nil {
		return nil, err
	}
	list := []Lang{English, Chinese}
	for _, f := range found {
		if l := Lang(strings.TrimSuffix(path.Base(f), ".toml")); !slices.Contains(list, l) {
			list = append(list, l)
		}
	}
	return list, nil
}

// Catalog holds every sentence; it is read only and safe for concurrent use.
type Catalog struct {
	langs     []Lang
	sentences map[Lang]map[string]string
	causes    []cause
}

// Load reads DIR/<lang>.toml of every language. Keys are joined by dots:
// "error.bad-input.title". A key that one language lacks is an error.
func Load(fsys fs.FS, dir string) (*Catalog, error) {
	langs, err := langsIn(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("look for the sentences: %w", err)
	}
	c := &Catalog{langs: langs, sentences: map[Lang]map[string]string{}}
	for _, lang := range langs {
		if _, err := language.Parse(string(lang)); err != nil {
			return nil, fmt.Errorf("the file %s.toml names no language: %w", lang, err)
		}
		name := path.Join(dir, string(lang)+".toml")
		b, err := fs.ReadFile(fsys, name)
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
	if err := c.check(); err != nil {
		return nil, err
	}
	c.learn()
	return c, nil
}

// Langs lists the languages of the catalog, English first.
func (c *Catalog) Langs() []Lang { return slices.Clone(c.langs) }

func flatten(into map[string]string, prefix string, tree map[string]any) error {
	for k, v := range tree {
		switch v := v.(type) {
		case string:
			if strings.Trim(v, " \t\r\n") == "" { // a space that does not break parts thousands
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
	for _, a := range c.langs {
		for _, b := range c.langs {
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

// Negotiate chooses the language of an Accept-Language header among those that ship.
func Negotiate(header string) Lang { return negotiate(Langs(), header) }

// Negotiate chooses among the languages of the catalog.
func (c *Catalog) Negotiate(header string) Lang { return negotiate(c.langs, header) }

func negotiate(langs []Lang, header string) Lang {
	if header == "" || len(header) > 200 {
		return English
	}
	tags, weights, err := language.ParseAcceptLanguage(header)
	if err != nil {
		return English
	}
	for i, tag := range tags {
		if weights[i] == 0 {
			continue
		}
		if l, ok := nearest(langs, tag); ok {
			return l
		}
	}
	return English
}

// nearest is the language of the tag, in its own writing where there are several.
func nearest(langs []Lang, tag language.Tag) (Lang, bool) {
	base, _ := tag.Base()
	script, _ := tag.Script()
	var found Lang
	for _, l := range langs {
		own := language.Make(string(l))
		if b, _ := own.Base(); b != base {
			continue
		}
		if w, _ := own.Script(); w == script {
			return l, true
		}
		if found == "" {
			found = l
		}
	}
	return found, found != ""
}
