// Package asking asks under a grant: one question, or a batch of them.
package asking

import (
	"fmt"

	"fontis/internal/edge/web/page"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

// Section is these pages with what they call.
type Section struct {
	Door *access.Door
}

// Parts are what changes while it is read: how far a batch has come.
func (s *Section) Parts() []page.Part {
	return []page.Part{{Name: "batch", Untold: true, Topics: []string{fact.TopicAccess}, Stamp: func(v *page.Visit, id string) (string, error) {
		b, err := s.Door.Batch(v.Ctx(), v.Actor, vocab.BatchID(id))
		return fmt.Sprint(b.State, b.Done, b.Error), err
	}}}
}

// Routes are the pages.
func (s *Section) Routes() []page.Route {
	return []page.Route{
		{Path: "/compare", Page: "compare", Show: s.compare, Act: s.ask},
		{Path: "/batches", Page: "batches", Show: s.batches, Act: s.startBatch, File: page.File(s.batchList)},
		{Path: "/batches/{id}", Page: "batch", Show: s.batch},
		{Path: "/batches/{id}/answers.csv", Send: s.batchAnswers},
	}
}
