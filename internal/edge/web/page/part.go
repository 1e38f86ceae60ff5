package page

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/token"
	"fontis/internal/vocab"
)

// Part is a piece of a page that may change while it is read: the state of a
// request, the count of an inbox. A section that has some gives them from Parts.
type Part struct {
	Name   string   // the word before its id, as in request:r-1
	Topics []string // of the facts after which it may be another
	Keyed  bool     // only facts whose key is the part's id count
	Untold bool     // work under way, whose steps put no fact: the node looks itself
	// Stamp tells one content of the part from another. It asks the verb that the
	// page asks, as the visitor, so a part that is not theirs has none.
	Stamp func(v *Visit, id string) (string, error)
}

// Live names a part of the page with the stamp of what is shown: request:r-1@1f0c.
// It is empty where the part cannot be watched.
func (v *Visit) Live(name, id string) string {
	if id != "" {
		name += ":" + id
	}
	stamp, err := v.Stamp(name)
	if err != nil {
		return ""
	}
	return name + "@" + stamp
}

// Stamp is the stamp of what a part holds now.
func (v *Visit) Stamp(name string) (string, error) {
	kind, id, _ := strings.Cut(name, ":")
	p, ok := v.parts[kind]
	if !ok {
		return "", identity.NotYours()
	}
	said, err := p.Stamp(v, id)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(name + "\n" + said))
	return hex.EncodeToString(sum[:6]), nil
}

// Part is what is known of the part with the name, and the id in it.
func (s *Site) Part(name string) (p Part, id string, ok bool) {
	kind, id, _ := strings.Cut(name, ":")
	p, ok = s.parts[kind]
	return p, id, ok
}

// Fresh is the visit as it would come now: nothing that it looked up is kept.
func (v *Visit) Fresh() *Visit {
	return &Visit{Site: v.Site, W: v.W, R: v.R, Call: v.Call, Actor: v.Actor, route: v.route}
}

// Stands says that the visitor is still who came: the session was not ended. What
// its officer may do is from then on what it is now.
func (v *Visit) Stands() error {
	if v.Actor.Nobody() {
		return nil
	}
	a, err := v.Identity.Authenticate(v.Ctx(), token.Token(v.sessionCookie()))
	if err == nil && a.Session != v.Actor.Session {
		return vocab.SignInNeeded.Because("another session has begun")
	}
	if err == nil {
		v.Actor = a.At(v.Call.From)
	}
	return err
}
