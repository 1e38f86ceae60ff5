package proof

import (
	"encoding/json"
	"maps"
	"slices"
)

// ListValue writes several names as the value of one field: as JSON, as MapValue.
func ListValue(names []string) string {
	if names == nil {
		return "null"
	}
	b := append(make([]byte, 0, 64), '[')
	for i, n := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, n)
	}
	return string(append(b, ']'))
}

// MapValue writes an answer for each item as the value of one field, in order.
func MapValue(m map[string]string) string {
	if m == nil {
		return "null"
	}
	b := append(make([]byte, 0, 96), '{')
	for i, k := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendJSON(b, k), ':')
		b = appendJSON(b, m[k])
	}
	return string(append(b, '}'))
}

// appendJSON writes a string as encoding/json does, which is slow to begin: every
// record has six such values.
func appendJSON(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s) // a string always marshals
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// ListOf reads what ListValue wrote; any other value is its own one name.
func ListOf(s string) []string {
	var out []string
	if json.Unmarshal([]byte(s), &out) != nil {
		return []string{s}
	}
	return out
}

// MapOf reads what MapValue wrote, and nothing from any other value.
func MapOf(s string) map[string]string {
	var out map[string]string
	if json.Unmarshal([]byte(s), &out) != nil {
		return nil
	}
	return out
}
