package deferral

import (
	"context"
	_ "embed" // the rows that ship with the program
	"fmt"

	"fontis/internal/engine/db"
	"fontis/internal/engine/strict"
	"fontis/internal/vocab"
)

//go:embed law.toml
var law []byte

// groundFile is a row of the law as files have it.
type groundFile struct {
	Ground []struct {
		Name         string `toml:"name"`
		Jurisdiction string `toml:"jurisdiction"`
		Citation     string `toml:"citation"`
		Source       string `toml:"source"`
		Verified     bool   `toml:"verified"`
		LongestDays  int    `toml:"longest_days"`
		Renewals     int    `toml:"renewals"`
		AskDays      int    `toml:"ask_days"`
	} `toml:"ground"`
}

// ParseGrounds reads rows of the law.
func ParseGrounds(text []byte) ([]Ground, error) {
	var f groundFile
	if err := strict.TOML(text, &f, "the file of grounds"); err != nil {
		return nil, err
	}
	out := make([]Ground, len(f.Ground))
	for i, g := range f.Ground {
		out[i] = Ground{
			Name: g.Name, Jurisdiction: g.Jurisdiction, Citation: g.Citation, Source: g.Source, Verified: g.Verified,
			LongestDays: g.LongestDays, Renewals: g.Renewals, AskDays: g.AskDays,
		}
		if err := out[i].check(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Shipped gives the rows that ship with the program, for lists of what the law
// says and where.
func Shipped() ([]Ground, error) { return ParseGrounds(law) }

// Ship puts the shipped rows where the node has none of the name.
func (s *Service) Ship(ctx context.Context) error {
	list, err := Shipped()
	if err != nil {
		return err
	}
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		for _, g := range list {
			if _, err := ground(ctx, tx, g.Jurisdiction, g.Name); vocab.CodeOf(err) != vocab.RuleMissing {
				if err != nil {
					return err
				}
				continue
			}
			if err := putGround(ctx, tx, g); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("put the shipped grounds of deferral: %w", err)
	}
	return nil
}
