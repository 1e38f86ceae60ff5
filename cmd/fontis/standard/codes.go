package standard

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/standard"
	face "fontis/internal/edge/api/standard"
	"fontis/internal/vocab"
)

// Codes holds what concerns code lists.
type Codes struct {
	List   CodesList   `cmd:"" help:"List code lists."`
	Show   CodesShow   `cmd:"" help:"The codes of a list, or one of them, also one that ended."`
	Import CodesImport `cmd:"" help:"Give a list a new table, whole; codes that it leaves out end and stay."`
}

// CodesList is the command: fontis codes list.
type CodesList struct {
	After string `help:"Begin after this one." placeholder:"LIST"`
	Most  int    `help:"At most so many." default:"50"`
}

// Help shows an example.
func (CodesList) Help() string { return "Example:\n  fontis codes list" }

// Run lists.
func (l *CodesList) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out face.Lists
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/code-lists?"+pageOf(l.After, l.Most), nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() {
			var rows [][]string
			for _, x := range out.Items {
				rows = append(rows, []string{x.ID, both(x.Name), strconv.Itoa(x.Codes), string(x.Owner), x.Source})
			}
			c.Table([]string{"LIST", "NAME", "CODES", "MEMBER", "SOURCE"}, rows)
		})
	})
}

// CodesShow is the command: fontis codes show.
type CodesShow struct {
	List  string `arg:"" help:"Identifier of the list."`
	Code  string `arg:"" optional:"" help:"One code."`
	On    string `help:"Only codes in force on this day." placeholder:"2026-11-23"`
	Below string `help:"Only codes right below this one." placeholder:"CODE"`
	After string `help:"Begin after this code." placeholder:"CODE"`
	Most  int    `help:"At most so many." default:"50"`
}

// Help shows an example.
func (CodesShow) Help() string { return "Example:\n  fontis codes show 'GB/T 2260' 110103" }

// Run shows.
func (s *CodesShow) Run(c *console.Console) error {
	path := "/v1/code-lists/" + console.Segment(s.List)
	return c.With(func(r *console.Reached) error {
		if s.Code != "" {
			var one standard.Code
			if err := r.Do(c.Ctx, http.MethodGet, path+"/codes/"+console.Segment(s.Code), nil, &one); err != nil {
				return err
			}
			return c.Result(one, func() { table(c, []standard.Code{one}) })
		}
		q := url.Values{"on": {s.On}, "broader": {s.Below}, "after": {s.After}, "limit": {strconv.Itoa(min(max(s.Most, 1), 500))}}
		var out face.Table
		if err := r.Do(c.Ctx, http.MethodGet, path+"?"+q.Encode(), nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() {
			c.Say("%s  %s  %d codes", out.ID, both(out.Name), out.Codes)
			table(c, out.Items)
		})
	})
}

func table(c *console.Console, codes []standard.Code) {
	var rows [][]string
	for _, x := range codes {
		rows = append(rows, []string{x.Code, both(x.Name), x.Broader, x.From, x.Until, strings.Join(x.Successors, " "), x.Note})
	}
	c.Table([]string{"CODE", "NAME", "BELOW", "FROM", "UNTIL", "SUCCESSORS", "NOTE"}, rows)
}

// CodesImport is the command: fontis codes import.
type CodesImport struct {
	List   string `arg:"" help:"Identifier of the list."`
	File   string `arg:"" type:"existingfile" help:"Table with the columns code, name_zh, name_en, broader, from, until (a day, or unknown), successors, note."`
	Zh     string `help:"Name of the list in Chinese." placeholder:"NAME"`
	En     string `help:"Name of the list in English." placeholder:"NAME"`
	Source string `help:"The standard or notice, and its edition." placeholder:"TEXT"`
}

// Help shows an example.
func (CodesImport) Help() string {
	return "Example:\n  fontis codes import 'GB/T 2260' divisions.csv --zh 行政区划代码 --source 'GB/T 2260-2007'"
}

// Run imports.
func (s *CodesImport) Run(c *console.Console) error {
	f, err := os.Open(s.File)
	if err != nil {
		return vocab.FileUnreadable.Wrap(err, "open %s", filepath.Base(s.File))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return vocab.FileUnreadable.Wrap(err, "open %s", filepath.Base(s.File))
	}
	codes, err := standard.ReadTable(f, info.Size(), filepath.Base(s.File))
	if err != nil {
		return err
	}
	in := face.Table{List: standard.List{Name: entry.Text{ZH: s.Zh, EN: s.En}, Source: s.Source}, Items: codes}
	return c.With(func(r *console.Reached) error {
		var out face.Replaced
		if err := r.Do(c.Ctx, http.MethodPut, "/v1/code-lists/"+console.Segment(s.List), in, &out); err != nil {
			return err
		}
		err := c.Result(out, func() {
			c.Say("%s: %d codes, %d added, %d changed, %d ended", out.ID, out.Codes, out.Added, out.Changed, out.Ended)
		})
		c.Next("fontis codes show '%s'", s.List)
		return err
	})
}
