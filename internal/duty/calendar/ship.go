package calendar

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"reflect"
	"strings"

	"fontis/internal/engine/db"
)

// law holds the rows that ship with the program: rules-*.toml and days-*.toml.
//
//go:embed law/*.toml
var law embed.FS

// Shipped gives the rules that ship with the program, for lists of what the law
// says and where.
func Shipped() ([]Rule, error) {
	var out []Rule
	err := eachFile("rules-", func(name string, text []byte) error {
		rules, err := ParseRules(text)
		out = append(out, rules...)
		return err
	})
	return out, err
}

// ShippedDays gives the calendars that ship with the program.
func ShippedDays() ([]File, error) {
	var out []File
	err := eachFile("days-", func(name string, text []byte) error {
		f, err := ParseFile(text)
		out = append(out, f)
		return err
	})
	return out, err
}

func eachFile(prefix string, do func(name string, text []byte) error) error {
	entries, err := fs.ReadDir(law, "law")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		text, err := law.ReadFile("law/" + e.Name())
		if err != nil {
			return err
		}
		if err := do(e.Name(), text); err != nil {
			return fmt.Errorf("read %s: %w", e.Name(), err)
		}
	}
	return nil
}

// ship brings the shipped rows into the tables and the calendars into memory. A
// node's own rows stay; shipped days that a newer program changed date the
// clocks again.
func (s *Service) ship(ctx context.Context) error {
	rules, err := Shipped()
	if err != nil {
		return err
	}
	files, err := ShippedDays()
	if err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := dropShipped(ctx, tx); err != nil {
			return err
		}
		for _, r := range rules {
			if err := putRule(ctx, tx, r, shipped); err != nil {
				return err
			}
		}
		for _, f := range files {
			before, err := readTable(ctx, tx, f.Calendar)
			if err != nil {
				return err
			}
			if err := s.keep(ctx, tx, f, shipped); err != nil {
				return err
			}
			after, err := readTable(ctx, tx, f.Calendar)
			if err != nil {
				return err
			}
			if len(before.Years) > 0 && !reflect.DeepEqual(before, after) {
				if err := putPending(ctx, tx, pending{name: f.Calendar}); err != nil {
					return err
				}
			}
		}
		names, err := areaNames(ctx, tx)
		if err != nil {
			return err
		}
		for _, name := range names {
			t, err := readTable(ctx, tx, name)
			if err != nil {
				return err
			}
			s.put(t)
		}
		return nil
	})
}
