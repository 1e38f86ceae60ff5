package finding

import (
	"fmt"
	"net/http"
	"strconv"

	"fontis/cmd/fontis/console"
	"fontis/internal/duty/catalog/harvest"
	face "fontis/internal/edge/api/harvest"
)

// Harvest holds what concerns catalogs of others that are read.
type Harvest struct {
	List   HarvestList   `cmd:"" help:"List the catalogs that your member reads, with the last report."`
	Add    HarvestAdd    `cmd:"" help:"Have a catalog read from now on."`
	Run    HarvestRun    `cmd:"" help:"Read what has changed, or go on where a run was broken off."`
	Remove HarvestRemove `cmd:"" help:"Read a catalog no more; what it brought stays."`
}

// HarvestList is the command: fontis harvest list.
type HarvestList struct{}

// Help shows an example.
func (HarvestList) Help() string { return "Example:\n  fontis harvest list" }

// Run lists.
func (*HarvestList) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out face.Harvests
		if err := r.Do(c.Ctx, http.MethodGet, "/v1/harvests", nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() {
			var rows [][]string
			for _, h := range out.Items {
				rows = append(rows, []string{h.ID, string(h.State), strconv.FormatInt(h.Run, 10), said(h.Report), h.Address, h.Name})
			}
			c.Table([]string{"HARVEST", "STATE", "RUN", "LAST", "ADDRESS", "NAME"}, rows)
		})
	})
}

func said(r harvest.Report) string {
	return fmt.Sprintf("%d read, %d new, %d changed, %d rejected, %d gone", r.Lines, r.Created, r.Changed, r.Rejected, r.Gone)
}

// HarvestAdd is the command: fontis harvest add.
type HarvestAdd struct {
	Address string `arg:"" help:"Of a portal of CKAN, a DCAT catalog, a data.json or a dump."`
	Name    string `required:"" help:"The provider of entries that name none." placeholder:"TEXT"`
	Nightly bool   `help:"Run by itself every night."`
}

// Help shows an example.
func (HarvestAdd) Help() string {
	return "The operator opens the host under [harvest_hosts] in node.toml.\n\nExample:\n  fontis harvest add https://data.city.example/data.json --name '某市数据局'"
}

// Run adds.
func (h *HarvestAdd) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out harvest.Harvest
		if err := r.Do(c.Ctx, http.MethodPost, "/v1/harvests", face.Wanted{Name: h.Name, Address: h.Address, Nightly: h.Nightly}, &out); err != nil {
			return err
		}
		err := c.Result(out, func() { c.Say("%s  %s", out.ID, out.Address) })
		c.Next("fontis harvest run %s", out.ID)
		return err
	})
}

// HarvestRun is the command: fontis harvest run.
type HarvestRun struct {
	Harvest string `arg:"" help:"Id of the harvest."`
	Whole   bool   `help:"Read everything, so that what is gone is seen."`
}

// Help shows an example.
func (HarvestRun) Help() string { return "Example:\n  fontis harvest run hv-4k1m --whole" }

// Run runs until it is done; broken off, it goes on there the next time.
func (h *HarvestRun) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		var out harvest.Harvest
		for pages := -1; !out.Report.Done && out.Report.Pages > pages; {
			pages = out.Report.Pages
			if err := r.Do(c.Ctx, http.MethodPost, "/v1/harvests/"+console.Segment(h.Harvest)+"/run", face.Order{Whole: h.Whole}, &out); err != nil {
				return err
			}
		}
		return c.Result(out, func() {
			c.Say("%s  %s", out.ID, said(out.Report))
			for _, cause := range out.Report.Causes {
				c.Say("rejected  %s", cause)
			}
			for _, gone := range out.Report.Missing {
				c.Say("gone      %s", gone)
			}
		})
	})
}

// HarvestRemove is the command: fontis harvest remove.
type HarvestRemove struct {
	Harvest string `arg:"" help:"Id of the harvest."`
}

// Help shows an example.
func (HarvestRemove) Help() string { return "Example:\n  fontis harvest remove hv-4k1m" }

// Run removes.
func (h *HarvestRemove) Run(c *console.Console) error {
	return c.With(func(r *console.Reached) error {
		return removed(c, r, "/v1/harvests/", h.Harvest)
	})
}
