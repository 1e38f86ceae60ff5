package finding

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fontis/cmd/fontis/console"
	"fontis/internal/edge/client"
)

// DatasetExport is the command: fontis dataset export.
type DatasetExport struct {
	File         string `arg:"" optional:"" help:"File to write, packed where it ends in .gz; the standard output when none is named."`
	Organization string `help:"Only this member's." placeholder:"MEMBER"`
	State        string `help:"One of ${enum}; of drafts only your own." enum:"published,draft,suspended,retired,all" default:"published"`
	Since        string `help:"Only what changed from then on." placeholder:"TIME"`
	After        string `help:"Go on behind this entry, the last that came." placeholder:"DATASET"`
}

// Help shows an example.
func (DatasetExport) Help() string {
	return "Each line is what CKAN calls a package, with the items; fontis import reads the file again.\n\nExample:\n  fontis dataset export catalog.jsonl.gz --organization tax"
}

// exported is the result where a file was written.
type exported struct {
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
}

// Run writes the lines.
func (q *DatasetExport) Run(c *console.Console) error {
	if ending := strings.ToLower(filepath.Ext(q.File)); slices.Contains([]string{".csv", ".tsv", ".xlsx", ".xls", ".ttl", ".json"}, ending) {
		return console.Misuse("the catalog is written as JSON, an entry a line, and %s is named as another form; name it NAME.jsonl or NAME.jsonl.gz (data.json, Turtle and JSON-LD: /data.json, /catalog.ttl and /catalog.jsonld at the node's address)", q.File)
	}
	v := url.Values{"state": {q.State}}
	for key, value := range map[string]string{"organization": q.Organization, "modified_since": q.Since, "after": q.After} {
		if value != "" {
			v.Set(key, value)
		}
	}
	path := "/v1/catalog.jsonl"
	if strings.HasSuffix(q.File, ".gz") {
		path += ".gz"
	}
	call := client.Request{Method: http.MethodGet, Path: path + "?" + v.Encode()}
	return c.With(func(r *console.Reached) error {
		if q.File == "" {
			return copied(c, r.Client, call)
		}
		if err := c.SaveTo(q.File, r.Client, call); err != nil {
			return err
		}
		info, err := os.Stat(q.File)
		if err != nil {
			return err
		}
		return c.Result(exported{q.File, info.Size()}, func() { c.Say("%s  %d bytes", q.File, info.Size()) })
	})
}

func copied(c *console.Console, from *client.Client, call client.Request) error {
	resp, err := from.Stream(c.Ctx, call)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(c.Out, resp.Body); err != nil {
		return fmt.Errorf("the catalog broke off; go on with --after and the id of the last whole line: %w", err)
	}
	return nil
}
