package input

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"fontis/internal/vocab"
)

// maxShape is how much of a JSON text is looked at to tell what it is: a line of a
// dump or a small document fits.
const maxShape = 1 << 20

// shape is what the beginning of a JSON text tells.
type shape struct {
	keys  []string // of the outer object, as far as was looked
	end   int      // after the outer value, -1 where that lies further on
	whole bool     // the sample is the whole text
}

func (s shape) has(key string) bool { return slices.Contains(s.keys, key) }

// shapeOf looks at the outer object.
func shapeOf(text []byte, whole bool) shape {
	s := shape{end: -1, whole: whole}
	depth, from := 0, -1
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case from >= 0 && c == '\\':
			i++
		case from >= 0 && c == '"':
			var key string
			if after := bytes.TrimLeft(text[i+1:], " \t\r\n"); depth == 1 && len(after) > 0 && after[0] == ':' &&
				json.Unmarshal(text[from:i+1], &key) == nil && len(s.keys) < 200 {
				s.keys = append(s.keys, key)
			}
			from = -1
		case from >= 0:
		case c == '"':
			from = i
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				s.end = i + 1
				return s
			}
		}
	}
	return s
}

// openJSON tells which of the JSON forms a text is, and opens that.
func openJSON(sample []byte, rest io.Reader, facts Facts, o Options, decoded bool) (Reader, error) {
	more, err := io.ReadAll(io.LimitReader(rest, int64(max(0, maxShape-len(sample)))))
	if err != nil {
		return nil, vocab.FileUnreadable.Wrap(err, "read the beginning of the file")
	}
	sample = append(sample, more...)
	begun := bytes.TrimLeft(sample, " \t\r\n")
	s := shapeOf(begun, len(sample) < maxShape)
	all := io.MultiReader(bytes.NewReader(sample), rest)
	facts.Format = DataJSON
	if isCKAN(sample) || s.isPackage() {
		facts.Format = CKAN
	}
	switch {
	case begun[0] == '[' && bytes.Contains(sample, []byte("ns/dcat#")) && bytes.Contains(sample, []byte(`"@type"`)):
		return openGraph(all, JSONLD, facts, o)
	case begun[0] == '[', slices.ContainsFunc(s.keys, isEntryList), s.has("result"):
		return newJSONReader(all, facts, o.Limits, decoded)
	case s.has("@graph"), s.has("@context"), slices.ContainsFunc(s.keys, func(k string) bool { return strings.HasPrefix(k, "dcat:") }):
		return openGraph(all, JSONLD, facts, o)
	case s.end > 0 && nextObject(begun[s.end:]):
		return newJSONLines(all, facts, o.Limits, decoded), nil
	case s.has("resources") && facts.Format != CKAN:
		return openPackage(all, facts, o)
	case s.end > 0 && s.whole && len(bytes.TrimSpace(begun[s.end:])) == 0 && s.isEntry():
		return newJSONReader(io.MultiReader(strings.NewReader("["), all, strings.NewReader("]")), facts, o.Limits, decoded)
	}
	return newJSONReader(all, facts, o.Limits, decoded)
}

// isEntry holds where the outer object is one entry: a list of one line.
func (s shape) isEntry() bool {
	return s.isPackage() || s.has("title") && (s.has("description") || s.has("notes") || s.has("identifier"))
}

// isPackage holds where the outer object is one package of CKAN, whose name stands
// beside keys that other lists of entries do not have.
func (s shape) isPackage() bool {
	return s.has("name") && !s.has("result") && !slices.ContainsFunc(s.keys, isEntryList) &&
		slices.ContainsFunc([]string{"metadata_modified", "owner_org", "organization", "notes", "private"}, s.has)
}

// nextObject holds where the next line begins another object.
func nextObject(rest []byte) bool {
	rest = bytes.TrimLeft(rest, " \t\r")
	return len(rest) > 0 && rest[0] == '\n' && bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte("{"))
}

// isCKAN knows packages of CKAN by keys that no other catalog writes.
func isCKAN(sample []byte) bool {
	return bytes.Contains(sample, []byte(`"metadata_modified"`)) || bytes.Contains(sample, []byte(`"owner_org"`))
}
