package proof_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"fontis/internal/trust/ledger/proof"
)

func TestValuesOfFieldsAreJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z/<>&"\\]{0,8}`), rapid.Just("\xff\u2028"))
		list := rapid.SliceOf(text).Draw(t, "list")
		m := rapid.MapOf(text, text).Draw(t, "map")
		if rapid.Bool().Draw(t, "none") {
			list, m = nil, nil
		}
		for got, from := range map[string]any{proof.ListValue(list): list, proof.MapValue(m): m} {
			if want, err := json.Marshal(from); err != nil || got != string(want) {
				t.Fatalf("%s, want %s (%v)", got, want, err)
			}
		}
	})
}
