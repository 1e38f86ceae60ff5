package bench

import (
	"context"

	"fontis/demo"
	"fontis/internal/bench/national"
)

// search is the catalog of a nation: loaded, opened again, searched beside
// updates, and the same queries on FTS5.
func search(ctx context.Context, o Options, out *Result) error {
	n, err := demo.Nation(o.Seed)
	if err != nil {
		return err
	}
	figures, err := national.Measure(ctx, national.Options{
		Sets: o.Sets, Nation: n, Dir: o.Dir, For: o.For, FTS: true, Profile: o.profile, Report: o.Report,
	})
	if err != nil {
		return err
	}
	out.Figures = figures
	out.Notes = append(out.Notes,
		"searches are calls of the index with total, four facets and a page of ten, without HTTP and without reading the ten entries",
		"FTS5 is modernc's, with the same pairs as terms and its facets in memory columns; it counts a pair's phrase exactly and reads no entries either",
		"the load and its processor time include the generator")
	return nil
}
