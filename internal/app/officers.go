package app

import (
	"context"

	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// OfficerWith is an officer who holds the role, for hints that name whom to sign
// in as; the keeper's own come first. Empty where nobody does.
func (a *App) OfficerWith(ctx context.Context, role vocab.Role) vocab.OfficerID {
	node, err := a.Identity.Node(ctx)
	if err != nil {
		return ""
	}
	as := identity.Actor{Member: node.Keeper, Roles: []vocab.Role{vocab.Authority}, Region: node.Jurisdiction}
	members, err := a.Identity.Members(ctx, as, identity.Page{Limit: 100})
	if err != nil {
		return ""
	}
	all := []vocab.MemberID{node.Keeper}
	for _, m := range members {
		all = append(all, m.ID)
	}
	for _, m := range all {
		officers, err := a.Identity.Officers(ctx, as, m, identity.Page{Limit: 100})
		if err != nil {
			continue
		}
		for _, o := range officers {
			for _, held := range o.Roles {
				if held.Role == role && o.State == identity.Active {
					return o.ID
				}
			}
		}
	}
	return ""
}
