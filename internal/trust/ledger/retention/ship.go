package retention

import (
	"context"
	_ "embed" // the rows that ship with the program
	"fmt"

	"github.com/BurntSushi/toml"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

//go:embed law.toml
var law []byte

// ruleFile is a row of the law as files have it.
type ruleFile struct {
	Rule []struct {
		Dataset  string `toml:"dataset"`
		Kind     string `toml:"kind"`
		Years    int    `toml:"years"`
		Days     int    `toml:"days"`
		Citation string `toml:"citation"`
		Source   string `toml:"source"`
		Verified bool   `toml:"verified"`
	} `toml:"rule"`
}

// Shipped gives the rows that ship with the program, for lists of what the law
// says and where.
func Shipped() ([]Rule, error) {
	var f ruleFile
	meta, err := toml.Decode(string(law), &f)
	if err != nil {
		return nil, vocab.BadInput.Wrap(err, "the file of rules of retention does not read")
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, vocab.BadInput.Because("the file of rules of retention has the unknown key %q", unknown[0].String())
	}
	out := make([]Rule, len(f.Rule))
	for i, r := range f.Rule {
		out[i] = Rule(r)
		if err := out[i].check(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Ship puts the shipped rows where the node has none for data set and kind.
func (s *Service) Ship(ctx context.Context) error {
	list, err := Shipped()
	if err != nil {
		return err
	}
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		for _, r := range list {
			if err := putRule(ctx, tx, sqlShipRule, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("put the shipped rules of retention: %w", err)
	}
	return nil
}
