package calendar

import (
	"context"
	"strings"
	"time"

	"fontis/internal/engine/db"
)

const (
	sqlArea      = `SELECT zone, weekend FROM calendar_area WHERE name = $1`
	sqlAreaNames = `SELECT name FROM calendar_area ORDER BY name`
	sqlPutArea   = `INSERT INTO calendar_area (name, zone, weekend) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET zone = excluded.zone, weekend = excluded.weekend`
	sqlYears   = `SELECT year, last_day, citation, source, verified, origin FROM calendar_year WHERE calendar = $1 ORDER BY year`
	sqlOrigin  = `SELECT origin FROM calendar_year WHERE calendar = $1 AND year = $2`
	sqlPutYear = `INSERT INTO calendar_year (calendar, year, last_day, citation, source, verified, origin, imported_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (calendar, year) DO UPDATE SET last_day = excluded.last_day, citation = excluded.citation, source = excluded.source,
		verified = excluded.verified, origin = excluded.origin, imported_at = excluded.imported_at`
	sqlDays     = `SELECT day, working, name FROM calendar_day WHERE calendar = $1 AND year = $2 ORDER BY day`
	sqlDropDays = `DELETE FROM calendar_day WHERE calendar = $1 AND year = $2`
	sqlPutDay   = `INSERT INTO calendar_day (calendar, year, day, working, name) VALUES ($1, $2, $3, $4, $5)`

	sqlPending     = `SELECT calendar, after_id FROM calendar_pending ORDER BY calendar LIMIT 1`
	sqlPutPending  = `INSERT INTO calendar_pending (calendar, after_id) VALUES ($1, $2) ON CONFLICT (calendar) DO UPDATE SET after_id = excluded.after_id`
	sqlDropPending = `DELETE FROM calendar_pending WHERE calendar = $1`
)

// origins of rows: what ships with the program, and what the node imported.
const (
	shipped = "shipped"
	own     = "own"
)

func areaNames(ctx context.Context, tx *db.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, sqlAreaNames)
	return db.Collect(rows, err, func(s db.Scanner) (name string, err error) { return name, s.Scan(&name) })
}

// loadArea gives a calendar with its years, without their days.
func loadArea(ctx context.Context, tx *db.Tx, name string) (Known, bool, error) {
	k := Known{Calendar: name}
	var weekend string
	err := tx.QueryRow(ctx, sqlArea, name).Scan(&k.Zone, &weekend)
	if db.NoRows(err) {
		return k, false, nil
	}
	if err != nil {
		return k, false, err
	}
	k.Weekend = strings.Split(weekend, ",")
	rows, err := tx.Query(ctx, sqlYears, name)
	k.Years, err = db.Collect(rows, err, func(s db.Scanner) (y Year, err error) {
		var last, origin string
		if err := s.Scan(&y.Year, &last, &y.Citation, &y.Source, &y.Verified, &origin); err != nil {
			return y, err
		}
		y.Own = origin == own
		y.Last, err = ParseDay(last)
		return y, err
	})
	return k, true, err
}

func putArea(ctx context.Context, tx *db.Tx, name, zone, weekend string) error {
	_, err := tx.Exec(ctx, sqlPutArea, name, zone, weekend)
	return err
}

// putYear replaces a year whole; a shipped one never replaces one of the node's own.
func putYear(ctx context.Context, tx *db.Tx, calendar string, y Year, origin string, at time.Time) error {
	var old string
	err := tx.QueryRow(ctx, sqlOrigin, calendar, y.Year).Scan(&old)
	if err != nil && !db.NoRows(err) {
		return err
	}
	if old == own && origin == shipped {
		return nil
	}
	if _, err := tx.Exec(ctx, sqlPutYear, calendar, y.Year, y.Last.String(), y.Citation, y.Source, y.Verified, origin, db.Micros(at)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, sqlDropDays, calendar, y.Year); err != nil {
		return err
	}
	for _, span := range y.Days {
		for d := span.From; d <= span.Until; d++ {
			if _, err := tx.Exec(ctx, sqlPutDay, calendar, y.Year, d.String(), span.Kind == Workday, span.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// loadDays gives the days of a year as runs of one kind and name.
func loadDays(ctx context.Context, tx *db.Tx, calendar string, year int) ([]Span, error) {
	rows, err := tx.Query(ctx, sqlDays, calendar, year)
	days, err := db.Collect(rows, err, func(s db.Scanner) (span Span, err error) {
		var day string
		var working bool
		if err := s.Scan(&day, &working, &span.Name); err != nil {
			return span, err
		}
		if span.Kind = Holiday; working {
			span.Kind = Workday
		}
		span.From, err = ParseDay(day)
		span.Until = span.From
		return span, err
	})
	if err != nil {
		return nil, err
	}
	var out []Span
	for _, d := range days {
		if n := len(out); n > 0 && out[n-1].Until+1 == d.From && out[n-1].Kind == d.Kind && out[n-1].Name == d.Name {
			out[n-1].Until = d.From
			continue
		}
		out = append(out, d)
	}
	return out, nil
}

// readTable brings a calendar into memory.
func readTable(ctx context.Context, tx *db.Tx, name string) (*Table, error) {
	k, _, err := loadArea(ctx, tx, name)
	if err != nil {
		return nil, err
	}
	f := File{Calendar: name, Zone: k.Zone, Weekend: k.Weekend}
	t := &Table{Name: name, Years: map[int]Day{}, Days: map[Day]bool{}}
	if t.Zone, err = f.zone(); err != nil {
		return nil, err
	}
	if t.Weekend, err = f.weekend(); err != nil {
		return nil, err
	}
	for _, y := range k.Years {
		t.Years[y.Year] = y.Last
		spans, err := loadDays(ctx, tx, name, y.Year)
		if err != nil {
			return nil, err
		}
		for _, span := range spans {
			for d := span.From; d <= span.Until; d++ {
				t.Days[d] = span.Kind == Workday
			}
		}
	}
	return t, nil
}

// pending is a calendar whose clocks are to be dated again, after a clock's id.
type pending struct{ name, after string }

func pendingCalendar(ctx context.Context, tx *db.Tx) (pending, error) {
	var p pending
	err := tx.QueryRow(ctx, sqlPending).Scan(&p.name, &p.after)
	if db.NoRows(err) {
		return pending{}, nil
	}
	return p, err
}

func putPending(ctx context.Context, tx *db.Tx, p pending) error {
	_, err := tx.Exec(ctx, sqlPutPending, p.name, p.after)
	return err
}

func dropPending(ctx context.Context, tx *db.Tx, name string) error {
	_, err := tx.Exec(ctx, sqlDropPending, name)
	return err
}
