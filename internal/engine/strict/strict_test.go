package strict_test

import (
	"strings"
	"testing"

	"fontis/internal/engine/strict"
	"fontis/internal/vocab"
)

func TestAKeyThatNobodyReadsIsNamed(t *testing.T) {
	var into struct {
		Days int `toml:"days"`
	}
	if err := strict.TOML([]byte("days = 7\n"), &into, "the file"); err != nil || into.Days != 7 {
		t.Fatalf("%+v, %v", into, err)
	}
	for bad, want := range map[string]vocab.Code{
		"days = 7\ndyas = 8\n": vocab.BadInput, "days = \"seven\"\n": vocab.FileUnreadable, "days": vocab.FileUnreadable,
	} {
		err := strict.TOML([]byte(bad), &into, "the file")
		if vocab.CodeOf(err) != want || !strings.Contains(err.Error(), "the file") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := strict.TOML([]byte("dyas = 8"), &into, "the file"); !strings.Contains(err.Error(), `"dyas"`) {
		t.Errorf("the key is not named: %v", err)
	}
}
