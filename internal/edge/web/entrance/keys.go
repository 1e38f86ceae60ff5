package entrance

import (
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// keysPage lists the keys of one letter; a script shows the same list on ?.
type keysPage struct {
	Off   bool
	Goes  []page.Going
	Other *page.Form // turns them off, or on
}

func (s *Section) keys(v *page.Visit) (any, error) {
	to, name := "off", "keys_off"
	if v.KeysOff() {
		to, name = "on", "keys_on"
	}
	return keysPage{Off: v.KeysOff(), Goes: v.Goings(), Other: v.Form(page.Form{Action: "/keys", Name: name, Fields: []page.Field{{Name: "keys", Kind: "hidden", Value: to}}})}, nil
}

func (s *Section) chooseKeys(v *page.Visit) (string, error) {
	switch v.Said("keys") {
	case "off":
		v.SetCookie(page.CookieKeys, "off", aYear)
	case "on":
		v.SetCookie(page.CookieKeys, "", -1)
	default:
		return "", vocab.ValueInvalid.Because("the keys are on or off")
	}
	return "/keys", nil
}
