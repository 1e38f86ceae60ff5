// Package finding has the commands that help to find entries: names of items,
// words that mean the same, saved searches.
package finding

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/catalog/finding"
	face "fontis/internal/edge/api/finding"
	"fontis/internal/vocab"
)

// Fields is the command: fontis fields.
type Fields struct {
	Words []string `arg:"" help:"Words of the item's name."`
	Most  int      `help:"At most so many." default:"50"`
}

// Help shows an example.
func (Fields) Help() string { return "Example:\n  fontis fields 统一社会信用代码" }

// Run finds names of items.
func (f *Fields) Run(c *console.Console) error {
	q := url.Values{"q": {strings.Join(f.Words, " ")}, "limit": {strconv.Itoa(min(max(f.Most, 1), 500))}}
	return c.With(func(r *console.Reached) error {
		var out face.ItemNames
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/item-names?"+q.Encode(), nil, &out); err != nil {
			return err
		}
		err := c.Result(out, func() {
			var rows [][]string
			for _, i := range out.Items {
				rows = append(rows, []string{strconv.Itoa(i.Datasets), i.Name})
			}
			c.Table([]string{"ENTRIES", "ITEM"}, rows)
		})
		if len(out.Items) > 0 {
			c.Next("the entries: fontis search --item '%s'", out.Items[0].Name)
		}
		return err
	})
}

// Synonym holds what concerns words that mean the same.
type Synonym struct {
	List   SynonymList   `cmd:"" help:"List all groups of words."`
	Put    SynonymPut    `cmd:"" help:"Add a group of words, or change one of your own."`
	Remove SynonymRemove `cmd:"" help:"Take a group of your own out."`
}

// SynonymList is the command: fontis synonym list.
type SynonymList struct{}

// Help shows an example.
func (SynonymList) Help() string { return "Example:\n  fontis synonym list" }

// Run lists.
func (*SynonymList) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out face.Synonyms
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/synonyms", nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() {
			var rows [][]string
			for _, g := range out.Items {
				rows = append(rows, []string{g.ID, string(g.Owner), strings.Join(g.Words, " = ")})
			}
			c.Table([]string{"GROUP", "MEMBER", "WORDS"}, rows)
		})
	})
}

// SynonymPut is the command: fontis synonym put.
type SynonymPut struct {
	Words []string `arg:"" help:"Two to eight words."`
	Group string   `help:"Change this group." placeholder:"GROUP"`
}

// Help shows an example.
func (SynonymPut) Help() string { return "Example:\n  fontis synonym put 社会保险 社保" }

// Run puts.
func (s *SynonymPut) Run(c *console.Console) error {
	method, path := http.MethodPost, "/v1/synonyms"
	if s.Group != "" {
		method, path = http.MethodPut, path+"/"+console.Segment(s.Group)
	}
	return c.With(func(r *console.Reached) error {
		var out finding.Synonym
		if err := r.Do(c.Ctx, method, path, face.Group{Words: s.Words}, &out); err != nil {
			return err
		}
		return c.Result(out, func() { c.Say("%s  %s", out.ID, strings.Join(out.Words, " = ")) })
	})
}

// SynonymRemove is the command: fontis synonym remove.
type SynonymRemove struct {
	Group string `arg:"" help:"Id of the group."`
}

// Help shows an example.
func (SynonymRemove) Help() string { return "Example:\n  fontis synonym remove sy-4k1m" }

// Run removes.
func (s *SynonymRemove) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		return removed(c, r, "/v1/synonyms/", s.Group)
	})
}

// Saved holds what concerns saved searches.
type Saved struct {
	List   SavedList   `cmd:"" help:"List the searches that you saved."`
	Add    SavedAdd    `cmd:"" help:"Save a search, and be told when an entry is published that it finds."`
	Forget SavedForget `cmd:"" help:"End a saved search."`
}

// SavedList is the command: fontis saved list.
type SavedList struct{}

// Help shows an example.
func (SavedList) Help() string { return "Example:\n  fontis saved list" }

// Run lists.
func (*SavedList) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out face.Searches
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/searches", nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() {
			var rows [][]string
			for _, q := range out.Items {
				rows = append(rows, []string{q.ID, q.Name, q.Text, q.Item})
			}
			c.Table([]string{"SEARCH", "NAME", "WORDS", "ITEM"}, rows)
		})
	})
}

// SavedAdd is the command: fontis saved add.
type SavedAdd struct {
	Words  []string `arg:"" optional:"" help:"Words to find."`
	Name   string   `help:"What you call it; the words when empty." placeholder:"TEXT"`
	Item   string   `help:"Only entries with an item of exactly this name." placeholder:"NAME"`
	Filter []string `help:"FACET:VALUE; several of one facet mean any of them." placeholder:"F:V,..."`
}

// Help shows an example.
func (SavedAdd) Help() string {
	return "Example:\n  fontis saved add 养老机构 --filter region:310000"
}

// Run saves.
func (s *SavedAdd) Run(c *console.Console) error {
	in := face.Wanted{Name: s.Name, Text: strings.Join(s.Words, " "), Item: s.Item, Filters: map[string][]string{}}
	for _, f := range s.Filter {
		facet, value, ok := strings.Cut(f, ":")
		if !ok {
			return vocab.BadInput.Because("a filter is FACET:VALUE, and one has no colon")
		}
		in.Filters[facet] = append(in.Filters[facet], value)
	}
	return c.With(func(r *console.Reached) error {
		var out finding.Search
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/searches", in, &out); err != nil {
			return err
		}
		err := c.Result(out, func() { c.Say("%s  %s", out.ID, out.Name) })
		c.Next("what it finds stands in your inbox: fontis notices")
		return err
	})
}

// SavedForget is the command: fontis saved forget.
type SavedForget struct {
	Search string `arg:"" help:"Id of the search."`
}

// Help shows an example.
func (SavedForget) Help() string { return "Example:\n  fontis saved forget ss-4k1m" }

// Run forgets.
func (s *SavedForget) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		return removed(c, r, "/v1/searches/", s.Search)
	})
}

// removed takes a thing away and says so.
func removed(c *console.Console, r *console.Reached, path, id string) error {
	if err := r.Do(c.Ctx, http.MethodDelete, path+console.Segment(id), nil, nil); err != nil {
		return err
	}
	return c.Result(map[string]string{"id": id, "state": "removed"}, func() { c.Say("%s is removed", id) })
}
