package db

import (
	"fmt"
	"strings"
)

// token is a piece of SQL text. Joined together the pieces give the text again.
type token struct {
	kind tokenKind
	text string
}

type tokenKind int

const (
	other tokenKind = iota
	word
	quoted
	comment
	blank
	semicolon
)

// blanks part words; no other sign does, whatever a language calls a blank.
const blanks = " \t\n\r\f\v"

// lex cuts SQL into pieces, so that words are never replaced inside a string, a
// quoted name or a comment.
func lex(sql string) ([]token, error) {
	var out []token
	for i := 0; i < len(sql); {
		n, kind := 1, other
		switch c := sql[i]; {
		case c == ';':
			kind = semicolon
		case strings.IndexByte(blanks, c) >= 0:
			kind = blank
		case c == '\'' || c == '"':
			end := strings.IndexByte(sql[i+1:], c)
			if end < 0 {
				return nil, fmt.Errorf("a %c at byte %d is never closed", c, i)
			}
			n, kind = end+2, quoted
		case strings.HasPrefix(sql[i:], "--"):
			n, kind = len(sql)-i, comment
			if end := strings.IndexByte(sql[i:], '\n'); end >= 0 {
				n = end
			}
		case strings.HasPrefix(sql[i:], "/*"):
			end := strings.Index(sql[i:], "*/")
			if end < 0 {
				return nil, fmt.Errorf("a comment at byte %d is never closed", i)
			}
			n, kind = end+2, comment
		case wordByte(c):
			for i+n < len(sql) && wordByte(sql[i+n]) {
				n++
			}
			kind = word
		}
		out = append(out, token{kind, sql[i : i+n]})
		i += n
	}
	return out, nil
}

func wordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

// statements cuts a migration at its semicolons. The mark "-- clustered" behind a
// semicolon, on its line or on the next, belongs to the statement before it.
func statements(tokens []token) [][]token {
	var out [][]token
	var cur []token
	flush := func() {
		for _, t := range cur {
			if t.kind != blank && t.kind != comment {
				out = append(out, cur)
				break
			}
		}
		cur = nil
	}
	for i := 0; i < len(tokens); i++ {
		if tokens[i].kind != semicolon {
			cur = append(cur, tokens[i])
			continue
		}
		next := i + 1
		for next < len(tokens) && tokens[next].kind == blank {
			next++
		}
		if next < len(tokens) && isMark(tokens[next]) {
			cur = append(cur, tokens[next])
			i = next
		}
		flush()
	}
	flush()
	return out
}

// isMark tells the comment that asks for a table in the order of its key.
func isMark(t token) bool {
	return t.kind == comment && strings.TrimSpace(strings.TrimLeft(t.text, "-")) == "clustered"
}

// spell writes a migration in the words of the dialect, one statement each.
func spell(dialect Dialect, sql string) ([]string, error) {
	tokens, err := lex(sql)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, s := range statements(tokens) {
		if dialect == SQLite {
			out = append(out, spellSQLite(s))
		} else {
			out = append(out, spellPostgres(s))
		}
	}
	return out, nil
}

// sqliteWords are the type words that STRICT tables spell otherwise.
var sqliteWords = map[string]string{
	"bigint": "INTEGER", "integer": "INTEGER", "boolean": "INTEGER", "bytea": "BLOB", "text": "TEXT",
}

// identity is how PostgreSQL spells a column that numbers itself.
var identity = []string{"generated", "always", "as", "identity"}

func spellSQLite(s []token) string {
	var b strings.Builder
	table, clustered := isCreateTable(s), false
	for i := 0; i < len(s); i++ {
		t := s[i]
		if t.kind == comment {
			clustered = clustered || isMark(t)
			continue
		}
		if t.kind == word {
			if end := matchWords(s, i, identity); table && end > 0 {
				for end < len(s) && s[end].kind == blank {
					end++
				}
				i = end - 1
				continue
			}
			if w, ok := sqliteWords[strings.ToLower(t.text)]; ok && standsForType(s, i) {
				t.text = w
			}
		}
		b.WriteString(t.text)
	}
	text := strings.Trim(b.String(), blanks)
	switch {
	case table && clustered:
		text += " STRICT, WITHOUT ROWID"
	case table:
		text += " STRICT"
	}
	return text
}

// spellPostgres makes text sort by its bytes, as SQLite sorts it, whatever
// language the server was set up for.
func spellPostgres(s []token) string {
	var b strings.Builder
	ddl := isCreateTable(s) || len(words(s)) > 1 && words(s)[0] == "alter"
	for i, t := range s {
		if t.kind == comment {
			continue
		}
		b.WriteString(t.text)
		if ddl && t.kind == word && strings.EqualFold(t.text, "text") && standsForType(s, i) {
			b.WriteString(` COLLATE "C"`)
		}
	}
	return strings.Trim(b.String(), blanks)
}

// standsForType tells a type from a column of the same name: a type follows a
// name, a column follows a bracket, a comma or COLUMN.
func standsForType(s []token, i int) bool {
	for i--; i >= 0; i-- {
		switch s[i].kind {
		case blank, comment:
			continue
		case word:
			w := strings.ToLower(s[i].text)
			return w != "column" && w != "and" && w != "or" && w != "not" && w != "where" && w != "on"
		case quoted:
			return true
		}
		return false
	}
	return false
}

func isCreateTable(s []token) bool {
	w := words(s)
	return len(w) > 1 && w[0] == "create" && w[1] == "table"
}

// words gives the first words of a statement in lower case.
func words(s []token) []string {
	var out []string
	for _, t := range s {
		if t.kind == word && len(out) < 4 {
			out = append(out, strings.ToLower(t.text))
		}
	}
	return out
}

// matchWords gives the index behind the words that stand from i on, or 0.
func matchWords(s []token, i int, want []string) int {
	for _, w := range want {
		for i < len(s) && s[i].kind == blank {
			i++
		}
		if i >= len(s) || s[i].kind != word || !strings.EqualFold(s[i].text, w) {
			return 0
		}
		i++
	}
	return i
}
