package terms

import (
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/calendar"
	"fontis/internal/edge/api/law"
)

// Calendar holds the verbs about calendars, terms and clocks.
type Calendar struct {
	List   CalendarList   `cmd:"" help:"List the calendars that the node knows."`
	Show   CalendarShow   `cmd:"" help:"Show holidays and make-up working days."`
	Import CalendarImport `cmd:"" help:"Bring the days of a year in; open clocks are dated again."`
	Rules  CalendarRules  `cmd:"" help:"Show the terms of law, or put your jurisdiction's own."`
	Due    CalendarDue    `cmd:"" help:"What your member owes, the most urgent first."`
}

// CalendarList is the command: fontis calendar list.
type CalendarList struct{}

// Help shows an example.
func (CalendarList) Help() string { return "Example:\n  fontis calendar list" }

// Run lists.
func (CalendarList) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out law.Calendars
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/calendars", nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() {
			var rows [][]string
			for _, k := range out.Items {
				for _, y := range k.Years {
					rows = append(rows, []string{k.Calendar, strconv.Itoa(y.Year), y.Last.String(), origin(y.Own), verified(y.Verified), y.Citation})
				}
			}
			c.Table([]string{"CALENDAR", "YEAR", "KNOWN UNTIL", "FROM", "VERIFIED", "CITATION"}, rows)
		})
	})
}

func origin(own bool) string {
	if own {
		return "this node"
	}
	return "the program"
}

func verified(v bool) string {
	if v {
		return "verified"
	}
	return "unverified"
}

// CalendarShow is the command: fontis calendar show.
type CalendarShow struct {
	Calendar string `arg:"" help:"Name of the calendar, such as CN."`
}

// Help shows an example.
func (CalendarShow) Help() string { return "Example:\n  fontis calendar show CN" }

// Run shows.
func (s *CalendarShow) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out calendar.Known
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/calendars/"+console.Segment(s.Calendar), nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() { showCalendar(c, out) })
	})
}

func showCalendar(c *console.Console, out calendar.Known) {
	c.Say("%s  %s  weekend: %s", out.Calendar, out.Zone, strings.Join(out.Weekend, ", "))
	for _, y := range out.Years {
		c.Say("%d  known until %s, %s: %s", y.Year, y.Last, verified(y.Verified), y.Citation)
		var rows [][]string
		for _, d := range y.Days {
			rows = append(rows, []string{d.From.String(), d.Until.String(), d.Kind, d.Name})
		}
		c.Table([]string{"FROM", "UNTIL", "KIND", "NAME"}, rows)
	}
}

// CalendarImport is the command: fontis calendar import.
type CalendarImport struct {
	File     string `arg:"" type:"existingfile" help:"TOML, or CSV with day,kind,name."`
	Calendar string `help:"For CSV: the calendar." default:"CN" placeholder:"NAME"`
	Year     int    `help:"For CSV: the year." placeholder:"YEAR"`
	Citation string `help:"For CSV: the notice that says so." placeholder:"TEXT"`
	Verified bool   `help:"For CSV: you have compared the days with the notice itself."`
	Replace  bool   `help:"The years stand in the place of those that ship: a later notice changed them."`
}

// Help shows an example.
func (CalendarImport) Help() string {
	return `A kind is holiday or workday (a weekend day on which people work).

Example:
  fontis calendar import days-2027.csv --year 2027 --citation '国务院办公厅关于2027年部分节假日安排的通知'`
}

// Run reads the file and puts it.
func (i *CalendarImport) Run(c *console.Console) error {
	text, err := os.ReadFile(i.File)
	if err != nil {
		return err
	}
	f, err := i.parse(text)
	if err != nil {
		return err
	}
	for n := range f.Years {
		f.Years[n].Replaces = f.Years[n].Replaces || i.Replace
	}
	return c.With(func(r *console.Reached) error {
		var out calendar.Known
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/calendars", f, &out); err != nil {
			return err
		}
		return c.Result(out, func() { showCalendar(c, out) })
	})
}

func (i *CalendarImport) parse(text []byte) (calendar.File, error) {
	if !strings.HasSuffix(strings.ToLower(i.File), ".csv") {
		return calendar.ParseFile(text)
	}
	return calendar.ParseCSV(text, calendar.File{
		Calendar: i.Calendar, Years: []calendar.Year{{Year: i.Year, Citation: i.Citation, Verified: i.Verified}},
	})
}

// CalendarRules is the command: fontis calendar rules.
type CalendarRules struct {
	File         string `arg:"" optional:"" type:"existingfile" help:"TOML of your own rules, each with its citation."`
	Jurisdiction string `help:"Whose rules to show." default:"CN" placeholder:"CODE"`
}

// Help shows an example.
func (CalendarRules) Help() string {
	return `Without a file, lists the terms with their citations. With one, your terms stand
beside those that ship, which are never overwritten: give each the day from which
it holds (from), or your own jurisdiction. They are shown as unverified.

Example:
  fontis calendar rules --jurisdiction 310115
  fontis calendar rules our-terms.toml`
}

// Run lists or puts.
func (q *CalendarRules) Run(c *console.Console) error {
	method, path, in := http.MethodGet, "/v1/rules?jurisdiction="+url.QueryEscape(q.Jurisdiction), any(nil)
	if q.File != "" {
		text, err := os.ReadFile(q.File)
		if err != nil {
			return err
		}
		rules, err := calendar.ParseRules(text)
		if err != nil {
			return err
		}
		method, path, in = http.MethodPost, "/v1/rules", law.Rules{Items: rules}
	}
	return c.With(func(r *console.Reached) error {
		var out law.Rules
		if err := r.Do(c.Ctx, method, path, in, &out); err != nil {
			return err
		}
		return c.Result(out, func() {
			var rows [][]string
			for _, one := range out.Items {
				term := strconv.Itoa(one.Length)
				if one.Extension > 0 {
					term += "+" + strconv.Itoa(one.Extension)
				}
				rows = append(rows, []string{one.Name, one.Jurisdiction, term, string(one.Kind), origin(one.Own), verified(one.Verified), one.Citation})
			}
			c.Table([]string{"RULE", "WHERE", "TERM", "KIND", "FROM", "VERIFIED", "CITATION"}, rows)
		})
	})
}

// CalendarDue is the command: fontis calendar due.
type CalendarDue struct{}

// Help shows an example.
func (CalendarDue) Help() string { return "Example:\n  fontis calendar due --as wang.fang" }

// Run lists.
func (CalendarDue) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListAll[calendar.Running](c.Ctx, r.Client, "/v1/clocks")
		if err != nil {
			return err
		}
		return c.Result(list, func() { ShowClocks(c, list) })
	})
}

// ShowClocks prints clocks with their terms and where these are laid down.
func ShowClocks(c *console.Console, list []calendar.Running) {
	var rows [][]string
	for _, k := range list {
		rows = append(rows, []string{k.Rule.Name, k.Ref.ID, k.DueDay.String(), clockState(k), verified(k.Rule.Verified), k.Rule.Citation})
	}
	c.Table([]string{"TERM", "OF", "DUE", "STATE", "VERIFIED", "CITATION"}, rows)
}

func clockState(k calendar.Running) string {
	switch {
	case !k.Open():
		return "ended " + k.EndedAt.Format(time.DateOnly)
	case k.Stopped():
		return "stopped: " + k.StoppedWhy
	case k.Step > 0:
		return "overdue"
	case k.Provisional:
		return "runs, provisional"
	}
	return "runs"
}
