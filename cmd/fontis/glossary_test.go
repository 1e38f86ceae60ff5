package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"fontis/cmd/fontis/console"
)

// What people type and read has one line in the glossary: each command that has
// verbs, and each tag under which the API lists its operations.
func TestEveryNounStandsInTheGlossary(t *testing.T) {
	b, err := os.ReadFile("../../docs/glossary.md")
	if err != nil {
		t.Fatal(err)
	}
	glossary := strings.ToLower(string(b))
	var all commands
	parser, err := newParser(&all, &console.Console{Streams: console.Streams{Out: io.Discard, Err: io.Discard}, Globals: &all.Globals})
	if err != nil {
		t.Fatal(err)
	}
	var nouns []string
	for _, n := range parser.Model.Children {
		if n.Type == kong.CommandNode && len(n.Children) > 0 {
			nouns = append(nouns, n.Name)
		}
	}
	if len(nouns) < 20 {
		t.Fatalf("only %d nouns were found", len(nouns))
	}
	for _, n := range append(nouns, tagsOfTheAPI(t)...) {
		if !strings.Contains(glossary, "`"+n+"`") && !strings.Contains(glossary, "`"+singular(n)+"`") {
			t.Errorf("docs/glossary.md has no line with `%s`", n)
		}
	}
}

// tagsOfTheAPI are read where the operations are declared.
func tagsOfTheAPI(t *testing.T) []string {
	t.Helper()
	declared := regexp.MustCompile(`(?:\btags\(|Tags: \[\]string\{|\bt := (?:[^\n"]*, )?\[\]string\{)"([a-z ]+)"`)
	var tags []string
	err := filepath.WalkDir("../../internal/edge/api", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, found := range declared.FindAllSubmatch(source, -1) {
			tags = append(tags, string(found[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(tags) < 20 {
		t.Fatalf("only %d tags were found", len(tags))
	}
	return tags
}

// singular is the word for one of them.
func singular(n string) string {
	switch {
	case strings.HasSuffix(n, "ies"):
		return strings.TrimSuffix(n, "ies") + "y"
	case strings.HasSuffix(n, "ches"):
		return strings.TrimSuffix(n, "es")
	}
	return strings.TrimSuffix(n, "s")
}
