package calendar

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
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

// lawbook is what ships, to hold imports against.
type lawbook struct {
	rules map[string]Rule // by their key
	files map[string]File // by calendar
}

// key is what tells a rule from every other: where, which, and from when.
func (r *Rule) key() string { return r.Jurisdiction + "\n" + r.Name + "\n" + r.from() }

// from is the beginning of the validity as tables and keys have it.
func (r *Rule) from() string {
	if r.From.IsZero() {
		return ""
	}
	return r.From.UTC().Format(time.RFC3339)
}

func newLawbook(rules []Rule, files []File) lawbook {
	l := lawbook{rules: map[string]Rule{}, files: map[string]File{}}
	for _, r := range rules {
		l.rules[r.key()] = r
	}
	for _, f := range files {
		l.files[f.Calendar] = f
	}
	return l
}

// mayPut refuses a rule of the node's own in the place of one that ships: what the
// program cites is not taken away by an import. It may stand beside it, with its
// own validity.
func (l lawbook) mayPut(r *Rule) error {
	if old, ships := l.rules[r.key()]; ships {
		return vocab.RowShipped.Because("the rule %s of %s ships with %d %s: %s", r.Name, r.Jurisdiction, old.Length, old.Kind, old.Citation)
	}
	return nil
}

// mayKeep refuses another zone or weekend for a calendar that ships, and a year
// that ships unless the file says that it was changed.
func (l lawbook) mayKeep(f *File) error {
	old, ships := l.files[f.Calendar]
	if !ships {
		return nil
	}
	was, _ := old.weekend()
	if is, _ := f.weekend(); f.Zone != "" && f.Zone != old.Zone || len(f.Weekend) > 0 && is != was {
		return vocab.RowShipped.Because("the calendar %s ships with the zone %s and the weekend %s", old.Calendar, old.Zone, strings.Join(old.Weekend, ", "))
	}
	for _, y := range f.Years {
		i := slices.IndexFunc(old.Years, func(o Year) bool { return o.Year == y.Year })
		if i < 0 {
			continue
		}
		if !y.Replaces {
			return vocab.RowShipped.Because("the year %d of the calendar %s ships: %s", y.Year, old.Calendar, old.Years[i].Citation)
		}
		if n := y.differs(&old.Years[i]); n > mostChanged {
			return vocab.RowShipped.Because("the file changes %d days of %d, which ships (%s); a later notice changes at most %d", n, y.Year, old.Years[i].Citation, mostChanged).
				WithFix("Give the year whole, holidays and make-up workdays, as fontis calendar show %s has it, with the days that changed.", old.Calendar)
		}
	}
	return nil
}

// mostChanged bounds what a file changes of a year that ships: notices
// of the past moved up to five. A list of holidays without their make-up workdays, or of a
// hundred holidays, would make every term of working days longer.
const mostChanged = 5

// differs counts the days that are of another kind in the other year.
func (y *Year) differs(other *Year) int {
	is, was, n := y.kinds(), other.kinds(), 0
	for d, kind := range is {
		if was[d] != kind {
			n++
		}
	}
	for d := range was {
		if is[d] == "" {
			n++
		}
	}
	return n
}

// kinds are the days that differ from their weekday.
func (y *Year) kinds() map[Day]string {
	out := map[Day]string{}
	for _, span := range y.Days {
		for d := span.From; d <= max(span.From, span.Until); d++ {
			out[d] = span.Kind
		}
	}
	return out
}

// beside adds the shipped rules of a place that are not among those of the table:
// an older program let an import overwrite them.
func (l lawbook) beside(place string, all []Rule) []Rule {
	have := map[string]bool{}
	for i := range all {
		have[all[i].key()] = !all[i].Own
	}
	var missing []Rule
	for key, r := range l.rules {
		if r.Jurisdiction == place && !have[key] {
			missing = append(missing, r)
		}
	}
	slices.SortFunc(missing, func(a, b Rule) int { return strings.Compare(a.key(), b.key()) })
	return append(all, missing...)
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
	s.law = newLawbook(rules, files)
	return s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if err := dropShipped(ctx, tx); err != nil {
			return err
		}
		for _, r := range rules {
			if err := putRule(ctx, tx, r, shipped); err != nil {
				return err
			}
		}
		var changed []string
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
				changed = append(changed, f.Calendar)
			}
		}
		names, err := areaNames(ctx, tx)
		if err != nil {
			return err
		}
		for _, of := range changed {
			for _, name := range within(of, names) {
				if err := putPending(ctx, tx, pending{name: name}); err != nil {
					return err
				}
			}
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
