package app

import (
	"context"
	"fmt"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/standard"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// someCodes is how many codes of a list invented rows choose from.
const someCodes = 100

// codesOf are codes in force of the list that the item names, or its data element for
// it; none where the node keeps no such list.
func (a *App) codesOf(ctx context.Context, it entry.Item) ([]string, error) {
	list := it.CodeList
	if list == "" && it.Element != "" {
		e, err := a.Standard.Element(ctx, identity.Actor{}, it.Element)
		if err != nil {
			return nil, kept(err)
		}
		list = e.CodeList
	}
	if list == "" {
		return nil, nil
	}
	_, codes, err := a.Standard.Codes(ctx, identity.Actor{}, list, standard.Asked{On: a.Clock.Now().Format(time.DateOnly), Limit: someCodes})
	if err != nil {
		return nil, kept(err)
	}
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = c.Code
	}
	return out, nil
}

// kept is no fault where only the node keeps no such element or list.
func kept(err error) error {
	if vocab.KindOf(err) == vocab.NotFound {
		return nil
	}
	return fmt.Errorf("look for the codes of an item: %w", err)
}
