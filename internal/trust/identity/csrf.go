package identity

import (
	"crypto/subtle"
	"encoding/base64"

	"fontis/internal/engine/keys"
	"fontis/internal/vocab"
)

// CSRF is the token that forms of this session carry. It is derived from the
// session under the node's key, so nothing is stored and no other session's fits.
func (s *Service) CSRF(a Actor) string { return s.FormToken("session:" + a.Session) }

// CheckCSRF is nil when the form came from a page of this very session.
func (s *Service) CheckCSRF(a Actor, token string) error {
	if a.Session == "" {
		return ended()
	}
	return s.CheckForm("session:"+a.Session, token)
}

// FormToken is the token for forms before there is a session; the seed is the
// value of a random cookie that the same browser holds.
func (s *Service) FormToken(seed string) string {
	sum, _ := s.keys.MAC(keys.Session, []byte("form"), []byte(seed))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// CheckForm is nil when the token was made by FormToken from the same seed.
func (s *Service) CheckForm(seed, token string) error {
	if seed == "" || subtle.ConstantTimeCompare([]byte(s.FormToken(seed)), []byte(token)) != 1 {
		return vocab.FormExpired.Because("the form does not belong to this session")
	}
	return nil
}
