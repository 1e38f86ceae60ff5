package main

import (
	"strings"
	"testing"

	"fontis/internal/duty/share"
	"fontis/internal/vocab"
)

// TestTheFirstUseIsOfTheCarriageThatWasGranted: what a decision names next works under
// the grant that it gave.
func TestTheFirstUseIsOfTheCarriageThatWasGranted(t *testing.T) {
	batch := []vocab.Carriage{vocab.Batch}
	for _, c := range []struct {
		question  vocab.Question
		carriages []vocab.Carriage
		want      string
	}{
		{vocab.Compare, nil, "fontis compare g-1 SUBJECT born=VALUE "},
		{vocab.Compare, []vocab.Carriage{vocab.Single, vocab.Batch}, "fontis compare g-1 SUBJECT born=VALUE "},
		{vocab.Compare, batch, "fontis batch run FILE --grant g-1 --purpose 'aid' --case CASE"},
		{vocab.Status, batch, "fontis batch run FILE --grant g-1 --question status --status insured --purpose 'aid'"},
		{vocab.Read, batch, "fontis batch run FILE --grant g-1 --question read --items d-1/born --purpose 'aid'"},
	} {
		r := share.Request{Grant: "g-1"}
		r.Statuses = []string{"insured"}
		r.Question, r.Items, r.Purpose, r.Carriages = c.question, []vocab.ItemID{"d-1/born"}, "aid", c.carriages
		if got := firstUse(&r); !strings.HasPrefix(got, c.want) {
			t.Errorf("%v: %s", c.carriages, got)
		}
	}
}
