package demo

import (
	"context"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/vocab"
)

// authorise registers what the bank may ask of a resident who agrees to it, and has
// the authority review it. Nobody has agreed: that is for the visitor to do.
func (l *loader) authorise(ctx context.Context) error {
	user, err := l.as(ctx, holder(Bank, vocab.DataUser))
	if err != nil {
		return err
	}
	list, err := l.app.Authorisation.List(ctx, user, "", "", 1) // a killed load may have registered it
	if err != nil {
		return err
	}
	var r *authorisation.Registration
	if len(list) > 0 {
		r = list[0]
	} else {
		set, err := l.find(ctx, user, setResident)
		if err != nil {
			return err
		}
		r, err = l.app.Authorisation.Register(ctx, user, authorisation.Scope{
			Dataset: set.ID, Items: []vocab.ItemID{set.ItemID("name"), set.ItemID("born")}, Question: vocab.Compare,
			Purpose: purposeLoan, Service: serviceLoan, Basis: entry.Cite{Law: "中华人民共和国个人信息保护法", Article: "第十三条第一项"},
			Most: 90, PerDay: 1000, Cases: `DK-\d{8}`, Security: "专人专机、按次留痕、结果不落地。",
		})
		if err != nil {
			return err
		}
	}
	if r.State != authorisation.Proposed {
		return nil
	}
	chief, err := l.as(ctx, holder(Bureau, vocab.Authority))
	if err != nil {
		return err
	}
	_, err = l.app.Authorisation.Review(ctx, chief, r.ID, true, "为本人申请的业务所必需，逐次核对，不留存。", "中华人民共和国个人信息保护法 第六条")
	return err
}
