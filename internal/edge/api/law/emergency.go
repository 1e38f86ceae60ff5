package law

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fontis/internal/duty/share/emergency"
	"fontis/internal/edge/api"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
)

// EmergencyReview is the second officer's word.
type EmergencyReview struct {
	Uphold bool   `json:"uphold" doc:"It was one; else the grant ends at once"`
	Note   string `json:"note" doc:"What was found"`
}

// Emergencies is a page of emergencies.
type Emergencies struct {
	Items []emergency.Emergency `json:"items"`
	Next  string                `json:"next,omitempty"`
}

func addEmergencies(a *api.API, s *emergency.Service) {
	t := []string{"emergencies"}
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/emergencies", Summary: "Take a grant at once, for at most 24 hours, to be reviewed by a second officer", Tags: t},
		func(ctx context.Context, by identity.Actor, in *body[access.EmergencyGrant]) (emergency.Emergency, error) {
			return s.Declare(ctx, by, in.Body)
		})
	api.Op(a, huma.Operation{Method: "POST", Path: "/v1/emergencies/{id}/review", Summary: "Review an emergency, as second officer of the same member", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct {
			NamePath
			Body EmergencyReview
		},
		) (emergency.Emergency, error) {
			return s.Review(ctx, by, in.ID, in.Body.Uphold, in.Body.Note)
		})
	api.Op(a, huma.Operation{Method: "GET", Path: "/v1/emergencies", Summary: "Emergencies that concern the caller's member", Tags: t},
		func(ctx context.Context, by identity.Actor, in *struct {
			api.Paging
		},
		) (Emergencies, error) {
			items, err := s.List(ctx, by, in.After, in.Limit)
			out := Emergencies{Items: items}
			if len(items) == in.Limit {
				out.Next = items[len(items)-1].ID
			}
			return out, err
		})
}
