package importing

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"time"

	"fontis/internal/edge/taking"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// Upload is one list that a member brought, as its desk shows it.
type Upload struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	At   time.Time `json:"at"`

	State    string          `json:"-"` // running, done, failed, cut; empty while it waits for its columns
	Progress taking.Progress `json:"-"`
	Created  int             `json:"-"`
	Changed  int             `json:"-"`
	Rejected int             `json:"-"`
}

// MostRecent is how many uploads a desk shows.
const MostRecent = 5

// shelf is where the names of a member's uploads lie, the newest first by name.
func shelf(v *page.Visit) string {
	sum := sha256.Sum256([]byte(v.Actor.Member))
	return "pages/imports/" + hex.EncodeToString(sum[:16]) + "/"
}

// shelve notes an upload for the desk.
func (s *Section) shelve(v *page.Visit, u Upload) error {
	return s.keepJSON(v.Ctx(), fmt.Sprintf("%s%019d-%s", shelf(v), math.MaxInt64-u.At.UnixMicro(), u.ID), u)
}

// Recent are the newest uploads of the visitor's member, with what came of them.
func Recent(v *page.Visit, s *Section, most int) ([]Upload, error) {
	var out []Upload
	for info, err := range s.Blobs.List(v.Ctx(), shelf(v)) {
		if err != nil {
			return nil, err
		}
		if len(out) == most {
			break
		}
		var u Upload
		if err := s.readJSON(v.Ctx(), info.Name, &u); err != nil {
			return nil, err
		}
		if err := s.follow(v, &u); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, nil
}

// follow says how far an upload is.
func (s *Section) follow(v *page.Visit, u *Upload) error {
	as, p, err := s.stateOf(v, u.ID)
	if vocab.KindOf(err) == vocab.NotFound {
		return nil // its columns are not told yet
	}
	if u.State, u.Progress = string(as), p; err != nil || as != stateDone {
		return err
	}
	var d taking.Done
	err = s.readJSON(v.Ctx(), folder(v, u.ID)+"done.json", &d)
	u.Created, u.Changed, u.Rejected = d.Created, d.Changed, d.Report.Rejected
	return err
}
