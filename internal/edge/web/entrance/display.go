package entrance

import (
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// aYear is how long a browser keeps the reader's choice, in seconds.
const aYear = 365 * 24 * 60 * 60

// schemes are the palettes; the first is the device's.
func schemes() []string { return []string{"device", "light", "dark"} }

// manners are the two ways in which the pages speak.
func manners() []string { return []string{"full", "plain"} }

// displayPage asks how the pages should look; cookies keep it, no account does.
type displayPage struct{ Form *page.Form }

func (s *Section) display(v *page.Visit) (any, error) {
	scheme, manner := schemes()[0], manners()[0]
	if c, err := v.R.Cookie(page.CookieScheme); err == nil {
		scheme = c.Value
	}
	if v.Plain() {
		manner = manners()[1]
	}
	return displayPage{Form: v.Form(page.Form{Action: "/display", Name: "display", Fields: []page.Field{
		{Name: "manner", Kind: "radios", Hint: true, Value: manner, Options: page.Words(v, "manner", manners())},
		{Name: "scheme", Kind: "radios", Value: scheme, Options: page.Words(v, "scheme", schemes())},
		{Name: "back", Kind: "hidden", Value: page.Local(v.Said("back"))},
	}})}, nil
}

func (s *Section) chooseDisplay(v *page.Visit) (string, error) {
	switch v.Said("scheme") {
	case "device":
		v.SetCookie(page.CookieScheme, "", -1)
	case "light", "dark":
		v.SetCookie(page.CookieScheme, v.Said("scheme"), aYear)
	case "":
	default:
		return "", vocab.ValueInvalid.Because("the colours are device, light or dark")
	}
	switch v.Said("manner") {
	case "full":
		v.SetCookie(page.CookiePlain, "", -1)
	case "plain":
		v.SetCookie(page.CookiePlain, "yes", aYear)
	case "":
	default:
		return "", vocab.ValueInvalid.Because("the pages are full or plain")
	}
	return page.Local(v.Said("back")), nil
}
