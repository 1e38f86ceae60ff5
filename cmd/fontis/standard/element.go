// Package standard has the commands of what items are made of: data elements and
// code lists.
package standard

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/standard"
	face "fontis/internal/edge/api/standard"
)

// Element holds what concerns data elements.
type Element struct {
	List   ElementList   `cmd:"" help:"List data elements."`
	Show   ElementShow   `cmd:"" help:"One data element, and every item that carries it."`
	Put    ElementPut    `cmd:"" help:"Define a data element, or change one of your own member's."`
	Retire ElementRetire `cmd:"" help:"End a data element of your own member's."`
}

// ElementList is the command: fontis element list.
type ElementList struct {
	After string `help:"Begin after this one." placeholder:"ELEMENT"`
	Most  int    `help:"At most so many." default:"50"`
}

// Help shows an example.
func (ElementList) Help() string { return "Example:\n  fontis element list" }

// Run lists.
func (e *ElementList) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out face.Elements
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/elements?"+pageOf(e.After, e.Most), nil, &out); err != nil {
			return err
		}
		err := c.Result(out, func() {
			var rows [][]string
			for _, x := range out.Items {
				rows = append(rows, []string{x.ID, both(x.Name), string(x.Type), x.CodeList, string(x.Owner), state(x)})
			}
			c.Table([]string{"ELEMENT", "NAME", "TYPE", "CODES", "MEMBER", ""}, rows)
		})
		if len(out.Items) > 0 {
			c.Next("what carries one: fontis element show '%s'", out.Items[0].ID)
		}
		return err
	})
}

// ElementShow is the command: fontis element show.
type ElementShow struct {
	Element string `arg:"" help:"Identifier of the element."`
	Most    int    `help:"At most so many entries." default:"50"`
}

// Help shows an example.
func (ElementShow) Help() string { return "Example:\n  fontis element show DE00101" }

// shown is an element with what carries it.
type shown struct {
	standard.Element
	Carried *standard.Carriers `json:"carried_by"`
}

// Run shows.
func (e *ElementShow) Run(c *console.Console) error {
	path := "/v1/elements/" + console.Segment(e.Element)
	return c.With(func(r *console.Reached) error {
		var out shown
		if err := r.Do(c.Ctx, http.MethodGet, path, nil, &out.Element); err != nil {
			return err
		}
		if err := r.Do(c.Ctx, http.MethodGet, path+"/items?limit="+strconv.Itoa(min(max(e.Most, 1), 500)), nil, &out.Carried); err != nil {
			return err
		}
		return c.Result(out, func() {
			c.Say("%s  %s  %s %s", out.ID, both(out.Name), out.Type, state(out.Element))
			if d := both(out.Definition); d != "" {
				c.Say("%s", d)
			}
			c.Say("%d entries carry it", out.Carried.Total)
			var rows [][]string
			for _, i := range out.Carried.Items {
				rows = append(rows, []string{string(i.Dataset), both(i.Title), i.Item, both(i.Name), differing(i.Differs)})
			}
			c.Table([]string{"ENTRY", "TITLE", "ITEM", "NAME", "DIFFERS IN"}, rows)
		})
	})
}

// ElementPut is the command: fontis element put.
type ElementPut struct {
	Element string `arg:"" help:"Identifier of the element, as items name it."`
	Zh      string `help:"Its name in Chinese." placeholder:"NAME"`
	En      string `help:"Its name in English." placeholder:"NAME"`
	Means   string `help:"What it means." placeholder:"TEXT"`
	Type    string `help:"Type of its values, as an item has one." placeholder:"TYPE"`
	Length  int    `help:"Most characters of a value." placeholder:"N"`
	Unit    string `help:"Unit of its values." placeholder:"UNIT"`
	Codes   string `help:"The code list from which its values are." placeholder:"LIST"`
	Source  string `help:"The standard that defines it." placeholder:"TEXT"`
}

// Help shows an example.
func (ElementPut) Help() string {
	return "Example:\n  fontis element put DE00101 --zh 统一社会信用代码 --type text --length 18 --source 'GB 32100-2015'"
}

// Run puts.
func (e *ElementPut) Run(c *console.Console) error {
	in := standard.Element{
		Name: entry.Text{ZH: e.Zh, EN: e.En}, Definition: entry.Text{ZH: e.Means}, Type: entry.ItemType(e.Type), Length: e.Length, Unit: e.Unit, CodeList: e.Codes, Source: e.Source,
	}
	return c.With(func(r *console.Reached) error {
		var out standard.Element
		if err := r.Do(c.Ctx, http.MethodPut, "/v1/elements/"+console.Segment(e.Element), in, &out); err != nil {
			return err
		}
		err := c.Result(out, func() { c.Say("%s  %s", out.ID, both(out.Name)) })
		c.Next("bind items to it: name it in the column element of your list, or on the page of an item")
		return err
	})
}

// ElementRetire is the command: fontis element retire.
type ElementRetire struct {
	Element   string `arg:"" help:"Identifier of the element."`
	Successor string `help:"The element that stands in its place." placeholder:"ELEMENT"`
}

// Help shows an example.
func (ElementRetire) Help() string {
	return "Example:\n  fontis element retire DE00101 --successor DE00102"
}

// Run retires.
func (e *ElementRetire) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out standard.Element
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/elements/"+console.Segment(e.Element)+"/retirement", face.Retirement{Successor: e.Successor}, &out); err != nil {
			return err
		}
		return c.Result(out, func() { c.Say("%s  %s", out.ID, state(out)) })
	})
}

func pageOf(after string, most int) string {
	return url.Values{"after": {after}, "limit": {strconv.Itoa(min(max(most, 1), 500))}}.Encode()
}

func both(t entry.Text) string { return strings.TrimSpace(t.ZH + " " + t.EN) }

func state(e standard.Element) string {
	switch {
	case e.Successor != "":
		return "retired on " + e.Retired + ", see " + e.Successor
	case e.Retired != "":
		return "retired on " + e.Retired
	}
	return ""
}

func differing(fields []entry.ItemField) string {
	var out []string
	for _, f := range fields {
		out = append(out, string(f))
	}
	return strings.Join(out, ", ")
}
