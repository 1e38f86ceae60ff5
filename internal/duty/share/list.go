package share

import (
	"context"
	"fmt"
	"slices"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// ListQuery asks for requests, newest first.
type ListQuery struct {
	Incoming bool            // those to the actor's member; else those that it makes
	Overseen bool            // those that the actor's authority reaches
	Waiting  bool            // of these, those that wait for the actor's word
	State    State           // only in this state
	After    vocab.RequestID // the last one seen
	Limit    int
}

// maxPage bounds every list; none is read whole into memory.
const maxPage = 500

func (q ListQuery) limit() int {
	if q.Limit <= 0 {
		return 50
	}
	return min(q.Limit, maxPage)
}

// List gives the requests of the actor's member, newest first.
func (s *Service) List(ctx context.Context, a identity.Actor, q ListQuery) ([]*Request, error) {
	if a.Member == "" {
		return nil, vocab.SignInNeeded.Because("requests are listed for a member")
	}
	if q.State != "" && !slices.Contains(States(), q.State) {
		return nil, vocab.BadInput.Because("a request has no such state")
	}
	var out []*Request
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		var after *Request
		if q.After != "" {
			var err error
			if after, err = load(ctx, tx, a, selectRequest, string(q.After)); err != nil {
				return err
			}
		}
		for {
			list, err := loadPage(ctx, tx, a, q, after)
			if err != nil {
				return err
			}
			for _, r := range list {
				waits := true
				if after = r; q.Waiting {
					waits, err = s.waits(ctx, tx, a, r)
				}
				if err != nil {
					return err
				}
				if waits {
					out = append(out, r)
				}
			}
			if len(list) < q.limit() || len(out) >= q.limit() {
				out = out[:min(len(out), q.limit())]
				return nil
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	for i, r := range out {
		out[i] = s.shown(a, r)
	}
	return out, nil
}
