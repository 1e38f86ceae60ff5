// Package law is the interface for programs to the law of sharing: terms and
// calendars, the life of a request and its disputes, contest and correction, acts about a person's status, and where notices go.
//
// Mount adds the operations to the interface; each reads its input, calls one
// verb and gives its answer. A section has a file and a part of its own, and is
// left out where its part is nil.
//
// Promise: what the operation does and who may is the verb's alone; an operation
// decides nothing.
package law

import (
	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog/demand"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/duty/quality"
	"fontis/internal/duty/share"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/duty/share/coverage"
	"fontis/internal/duty/share/emergency"
	"fontis/internal/duty/share/freshness"
	"fontis/internal/edge/api"
	"fontis/internal/edge/jobs/channel"
	"fontis/internal/vocab"
)

// Parts are the services whose verbs have this face.
type Parts struct {
	Channels *channel.Service
	Quality  *quality.Service
	Share    *share.Service
	Demand   *demand.Service
	Review   *review.Service
	Calendar *calendar.Service
	// Authorisation is what persons authorise bodies to ask.
	Authorisation *authorisation.Service
	Emergency     *emergency.Service
	Freshness     *freshness.Service
	Coverage      *coverage.Service
}

// Mount adds the operations of the law to the interface, before it serves.
func Mount(a *api.API, p Parts) {
	if p.Quality != nil {
		addContests(a, p.Quality)
		addCorrections(a, p.Quality)
		addStatusActs(a, p.Quality)
	}
	if p.Channels != nil {
		addChannels(a, p.Channels)
	}
	if p.Share != nil {
		addLife(a, p.Share)
	}
	if p.Demand != nil && p.Share != nil {
		addDemands(a, p.Demand, p.Share)
	}
	if p.Review != nil {
		addReviews(a, p.Review)
	}
	if p.Calendar != nil {
		addTerms(a, p.Calendar)
	}
	if p.Emergency != nil {
		addEmergencies(a, p.Emergency)
	}
	if p.Freshness != nil {
		addLapses(a, p.Freshness)
	}
	if p.Coverage != nil {
		addCoverage(a, p.Coverage)
	}
	if p.Authorisation != nil {
		addAuthorisations(a, p.Authorisation)
	}
}

// body is an operation's input.
type body[T any] struct{ Body T }

// ContestPath names a contest. It is exported for huma, which sees no other field.
type ContestPath struct {
	ID vocab.ContestID `path:"id"`
}

// NamePath names a thing. It is exported for huma, which sees no other field.
type NamePath struct {
	ID string `path:"id"`
}
