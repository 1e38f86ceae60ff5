package retention

import (
	"context"
	_ "embed" // the rows that ship with the program
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/engine/strict"
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
	if err := strict.TOML(law, &f, "the file of rules of retention"); err != nil {
		return nil, err
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
