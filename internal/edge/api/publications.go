package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/catalog"
	"fontis/internal/edge/call"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// PublicationIn asks to publish drafts together: those named, or every draft of the
// department that lacks nothing.
type PublicationIn struct {
	catalog.Secrecy
	IDs     []vocab.DatasetID `json:"ids,omitempty"`
	Preview bool              `json:"preview,omitempty" doc:"Look only; nothing is written"`
}

// Publication is what was published together, or would be.
type Publication struct {
	ID      string            `json:"id,omitempty" doc:"Of the batch; empty for a preview"`
	Trace   vocab.TraceID     `json:"trace,omitempty" doc:"Of the one leaf that has a row for each entry"`
	Count   int               `json:"count"`
	Entries []vocab.DatasetID `json:"entries" doc:"The first of them, at most 1,000"`
	Refused []RefusedEntry    `json:"refused,omitempty"`
	More    bool              `json:"more,omitempty" doc:"There are more complete drafts than one publication takes"`
}

// Proofs are the rows of an entry in imports and publications.
type Proofs struct {
	Items []catalog.Proof `json:"items"`
}

func (s *server) addPublications() {
	t := tags("catalog")
	op(s, huma.Operation{
		Method: "POST", Path: "/v1/publications", Summary: "Publish many complete drafts under one leaf of the ledger, or look what that would do", Tags: t,
		Description: "The leaf stands before the first entry is published, and has a row for each; what was changed between stays a draft, and an act names it.",
	}, s.publications)
	open(s, huma.Operation{
		Method: "GET", Path: "/v1/datasets/{id}/proofs", Summary: "The receipts of an entry's rows in publications, the newest first; its department also has those of imports", Tags: t,
	}, func(ctx context.Context, in *DatasetPath) (Proofs, error) {
		a, err := reader(ctx)
		if err != nil {
			return Proofs{}, err
		}
		all, err := s.Catalog.Proofs(ctx, a, in.ID)
		return Proofs{Items: all}, err
	})
}

func (s *server) publications(ctx context.Context, a identity.Actor, in *body[PublicationIn]) (Publication, error) {
	done, err := s.Catalog.PublishMany(ctx, a, catalog.Publication{IDs: in.Body.IDs, Said: in.Body.Secrecy, Preview: in.Body.Preview})
	if err != nil {
		return Publication{}, err
	}
	return Publication{
		ID: done.ID, Trace: done.Trace, Count: done.Count, Entries: done.Entries, More: done.More, Refused: s.refused(call.Of(ctx), done.Refused),
	}, nil
}
