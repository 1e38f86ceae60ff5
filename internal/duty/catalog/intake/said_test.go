package intake

import (
	"strings"
	"testing"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/vocab"
)

func TestAWordIsTakenAsPeopleSayIt(t *testing.T) {
	for _, c := range []struct {
		field     entry.Field
		say, want string
	}{
		{"subject_kind", "自然人", "natural_person"},
		{"subject_kind", "citizen", "natural_person"},
		{"subject_kind", "Person", "natural_person"},
		{"subject_kind", "natural_person", "natural_person"},
		{"subject_kind", " 法人 ", "legal_entity"},
		{"origin_class", "政务", "government"},
		{"update_cycle", "每月", "monthly"},
		{"share_type", "有条件共享", "conditional"},
		{"open_type", "不予开放", "not_open"},
		{"share_modes", "核验、查询", "verify\nquery"},
		{"security_level", "三级", "3"},
		{"theme", "自然人", "自然人"},
		{"subject_kind", "", ""},
	} {
		if got, err := Said(c.field, c.say); err != nil || got != c.want {
			t.Errorf("%s %q: %q, %v", c.field, c.say, got, err)
		}
	}
}

func TestAnUnknownWordIsAnsweredWithTheList(t *testing.T) {
	for field, c := range map[entry.Field][2]string{
		"subject_kind":   {"火星人", "natural_person (自然人)"},
		"update_cycle":   {"每旬", "monthly (每月)"}, // near only
		"origin_class":   {"x", "government (政务)"},
		"share_type":     {"x", "not_shared (不予共享)"},
		"security_level": {"9", "4 (4级)"},
	} {
		_, err := Said(field, c[0])
		f, ok := err.(*vocab.Failure)
		if !ok || f.Code != vocab.ValueInvalid || !strings.Contains(f.Fix, c[1]) {
			t.Errorf("%s %q: %v", field, c[0], err)
		}
		for _, w := range entry.Words(field) {
			if ok && !strings.Contains(f.Fix, w) {
				t.Errorf("%s: %s is not in %q", field, w, f.Fix)
			}
		}
	}
}
