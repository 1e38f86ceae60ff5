package finding

import (
	"net/http"
	"net/url"
	"strconv"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/catalog/lists"
	face "fontis/internal/edge/api/finding"
)

// Lists holds the lists that a catalog owes the public.
type Lists struct {
	Responsibility ListsResponsibility `cmd:"" help:"How many entries each member answers for, by how they are shared."`
	Negative       ListsNegative       `cmd:"" help:"Entries that are not shared, each with reason and law."`
}

// ListsResponsibility is the command: fontis lists responsibility.
type ListsResponsibility struct{}

// Help shows an example.
func (ListsResponsibility) Help() string {
	return "UNCONDITIONAL, CONDITIONAL and NOT SHARED add up to LISTED. What is demanded and listed by nobody: fontis demand list.\nExample:\n  fontis lists responsibility"
}

// Run lists.
func (*ListsResponsibility) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out face.Duties
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/lists/responsibility", nil, &out); err != nil {
			return err
		}
		err := c.Result(out, func() {
			var rows [][]string
			for _, d := range out.Items {
				rows = append(rows, []string{string(d.Owner), strconv.Itoa(d.Listed), strconv.Itoa(d.Unconditional), strconv.Itoa(d.Conditional), strconv.Itoa(d.NotShared)})
			}
			c.Table([]string{"MEMBER", "LISTED", "UNCONDITIONAL", "CONDITIONAL", "NOT SHARED"}, rows)
		})
		if len(out.Items) > 0 {
			c.Next("what is not shared, and why: fontis lists negative")
		}
		return err
	})
}

// ListsNegative is the command: fontis lists negative.
type ListsNegative struct {
	Owner string `help:"Of this member only." placeholder:"MEMBER"`
	Most  int    `help:"At most so many." default:"50"`
}

// Help shows an example.
func (ListsNegative) Help() string { return "Example:\n  fontis lists negative --owner civil" }

// Run lists.
func (q *ListsNegative) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListSome[lists.Withheld](c.Ctx, r.Client, "/v1/lists/negative?"+url.Values{"owner": {q.Owner}}.Encode()+"&", q.Most)
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var rows [][]string
			for _, w := range list {
				rows = append(rows, []string{string(w.Dataset), string(w.Owner), w.Name.In("zh"), w.Reason, w.Law})
			}
			c.Table([]string{"DATASET", "MEMBER", "NAME", "REASON", "LAW"}, rows)
		})
	})
}
