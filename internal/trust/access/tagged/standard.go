package tagged

import (
	"strings"

	"fontis/internal/vocab"
)

// standards are the code lists and standard element names that carry a refused
// tag and are not plain column names, which ByName knows.
var standards = map[string]vocab.Tag{
	"gb/t 3304": vocab.TagEthnicity, "gb 3304": vocab.TagEthnicity, "ethnic group": vocab.TagEthnicity,
	"ga 214.12": vocab.TagReligion, "gb/t 4762": vocab.TagPolitics, "gb 4762": vocab.TagPolitics,
	"political affiliation": vocab.TagPolitics, "political status": vocab.TagPolitics,
	"fingerprint template": vocab.TagBiometric, "face template": vocab.TagBiometric, "iris template": vocab.TagBiometric, "biometric template": vocab.TagBiometric,
	"movement track": vocab.TagMovement, "location history": vocab.TagMovement, "personal score": vocab.TagScore,
}

// ByStandard gives the tag of a code list or of a data element by its standard name.
func ByStandard(name string) (vocab.Tag, bool) {
	t, ok := standards[elementKey(name)]
	return t, ok
}

// elementKey drops case, blanks around and the year of a standard
// ("GB/T 3304-1991").
func elementKey(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if head, year, ok := strings.Cut(s, "-"); ok && len(year) == 4 && strings.Trim(year, "0123456789") == "" {
		s = head
	}
	return s
}
