package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

type openRowsIn struct {
	ID    vocab.DatasetID `path:"id"`
	After string          `query:"after" doc:"The next of the page before"`
	Limit int             `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

func (s *server) addOpenRows() {
	open(s, huma.Operation{
		Method: "GET", Path: "/v1/datasets/{id}/rows", Summary: "Rows of a data set that is open to everybody, by pages", Tags: tags("open data"),
		Description: "No name is asked and none is kept; the readings of a day stand in the ledger as totals. A set with persons in it, or with a refused tag, is never read this way.",
	}, func(ctx context.Context, in *openRowsIn) (access.OpenRows, error) {
		s.Totals.Count("open rows")
		return s.Door.Rows(ctx, access.OpenCall{Dataset: in.ID, After: in.After, Limit: in.Limit})
	})
}
