package comparator

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"fontis/internal/vocab"
)

// The most entries of a code list that is written out in a spec or given by name.
const maxEntries = 100_000

func parseNumber(tolerance string, given bool) (Comparator, error) {
	if !given {
		return Comparator{kind: vocab.CompareNumber}, nil
	}
	form, ok := foldNumber(tolerance)
	if !ok || strings.HasPrefix(form, "-") {
		return Comparator{}, badSpec("the tolerance is no number of 0 or more")
	}
	if form == "0" {
		return Comparator{kind: vocab.CompareNumber}, nil
	}
	n, _ := new(big.Rat).SetString(form)
	return Comparator{kind: vocab.CompareNumber, tolerance: n}, nil
}

func parseCode(rest string, lists []List) (Comparator, error) {
	if strings.HasPrefix(rest, "{") {
		entries, err := readEntries(rest)
		if err != nil {
			return Comparator{}, err
		}
		list, err := closeList(entries)
		return Comparator{kind: vocab.CompareCode, list: list}, err
	}
	for _, l := range lists {
		if l.Name == rest && rest != "" {
			list, err := closeList(l.Codes)
			return Comparator{kind: vocab.CompareCode, listName: rest, list: list}, err
		}
	}
	return Comparator{}, badSpec("there is no code list of this name")
}

// closeList folds the names, lets every code stand for itself, and refuses a
// list in which one spelling has two codes: then what compares equal would
// depend on which was asked.
func closeList(entries map[string]string) (map[string]string, error) {
	if len(entries) == 0 || len(entries) > maxEntries {
		return nil, badSpec("the code list has %d entries: allowed are 1 to %d", len(entries), maxEntries)
	}
	list := make(map[string]string, 2*len(entries))
	for name, code := range entries {
		name, code = foldText(name), foldText(code)
		if name == "" || code == "" || !utf8.ValidString(name) || !utf8.ValidString(code) {
			return nil, badSpec("an entry of the code list is empty")
		}
		if had, ok := list[name]; ok && had != code {
			return nil, badSpec("%q has two codes in the list, %q and %q", name, min(had, code), max(had, code))
		}
		list[name] = code
	}
	for _, code := range slices.Collect(maps.Values(list)) {
		if to, ok := list[code]; ok && to != code {
			return nil, badSpec("%q is a code of the list and also an old spelling of %q", code, to)
		}
		list[code] = code
	}
	return list, nil
}

// readEntries reads a list that is written out, and refuses a name given twice,
// which a plain reading would pass over.
func readEntries(text string) (map[string]string, error) {
	broken := badSpec("the code list is no object of texts")
	if !utf8.ValidString(text) {
		return nil, broken
	}
	d := json.NewDecoder(strings.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, broken
	}
	entries := map[string]string{}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return nil, broken
		}
		v, err := d.Token()
		if err != nil {
			return nil, broken
		}
		name, okName := k.(string)
		code, okCode := v.(string)
		if !okName || !okCode {
			return nil, broken
		}
		if _, twice := entries[name]; twice {
			return nil, badSpec("%q stands twice in the code list", name)
		}
		entries[name] = code
	}
	if _, err := d.Token(); err != nil {
		return nil, broken
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, broken
	}
	return entries, nil
}

// formatList writes a list that stands in a spec: sorted, and without the codes
// that stand only for themselves because some name leads to them.
func formatList(list map[string]string) string {
	targets := map[string]bool{}
	for name, code := range list {
		if name != code {
			targets[code] = true
		}
	}
	entries := map[string]string{}
	for name, code := range list {
		if name != code || !targets[code] {
			entries[name] = code
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(entries); err != nil { // texts always encode
		return "{}"
	}
	return strings.TrimSpace(b.String())
}
