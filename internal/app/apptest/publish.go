package apptest

import (
	"context"

	"fontis/internal/app"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// Publish publishes a draft as its department does: a second officer, invented
// here, has said that it may be listed.
func Publish(ctx context.Context, a *app.App, steward identity.Actor, id vocab.DatasetID, rev int64) (*entry.Dataset, error) {
	second := identity.Actor{Member: steward.Member, Officer: "secrecy@" + vocab.OfficerID(steward.Member), Roles: []vocab.Role{vocab.Steward}}
	if _, err := a.Review.Check(ctx, second, id, review.Word{Listable: true, Basis: "reviewed: no secret"}); err != nil {
		return nil, err
	}
	return a.Catalog.Publish(ctx, steward, id, rev, catalog.Secrecy{})
}
