// Package strict reads TOML of which every key is meant: one that nobody reads is
// a mistake of who wrote it, and is named.
package strict

import (
	"github.com/BurntSushi/toml"

	"fontis/internal/vocab"
)

// TOML reads the text into a struct; what says in an error what was read.
func TOML(text []byte, into any, what string) error {
	meta, err := toml.Decode(string(text), into)
	if err != nil {
		return vocab.FileUnreadable.Wrap(err, "%s does not read as TOML", what)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return vocab.BadInput.Because("%s has the unknown key %q", what, unknown[0].String())
	}
	return nil
}
