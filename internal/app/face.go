package app

import (
	"fmt"
	"net/http"
	"slices"

	"fontis/internal/edge/api"
	"fontis/internal/edge/text"
	"fontis/internal/engine/tlog"
	"fontis/internal/trust/identity/idempotency"
	"fontis/internal/trust/identity/limit"
	"fontis/web"
)

// Face is the node's HTTP interface over its open parts.
func (a *App) Face(version string) (http.Handler, error) {
	texts, err := text.Load(web.Text, "text")
	if err != nil {
		return nil, fmt.Errorf("read the sentences: %w", err)
	}
	programs, err := api.New(api.Parts{
		Identity: a.Identity, Catalog: a.Catalog, Share: a.Share, Door: a.Door, Ledger: a.Ledger, Totals: a.Totals,
		Kept: idempotency.New(a.DB, a.Keys, a.Clock), Blobs: a.Blobs, Limits: limit.New(a.Clock, a.Config.limits()), Text: texts,
		Clock: a.Clock, Diary: a.Diary, Logs: a.logs(), URL: a.Config.URL, Version: version,
	})
	if err != nil {
		return nil, fmt.Errorf("make the interface: %w", err)
	}
	return programs, nil
}

func (a *App) logs() []api.Log {
	var out []api.Log
	for i, l := range slices.Concat(a.Older, []*tlog.Log{a.Log}) {
		out = append(out, api.Log{Number: i + 1, Origin: l.Origin(), VKey: l.VerifierKey(), Handler: l.Handler()})
	}
	return out
}
