package importing

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"time"

	"fontis/internal/edge/taking"
	"fontis/internal/edge/web/page"
	"fontis/internal/engine/blob"
	"fontis/internal/vocab"
)

// Upload is one list that a member brought, as its desk shows it.
type Upload struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	At   time.Time `json:"at"`

	Done     bool `json:"-"` // taken in; otherwise it waits for its columns
	Created  int  `json:"-"`
	Changed  int  `json:"-"`
	Rejected int  `json:"-"`
}

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
func Recent(v *page.Visit, blobs *blob.Store, most int) ([]Upload, error) {
	s := &Section{Blobs: blobs}
	var out []Upload
	for info, err := range blobs.List(v.Ctx(), shelf(v)) {
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
		var d taking.Done
		switch err := s.readJSON(v.Ctx(), folder(v, u.ID)+"done.json", &d); {
		case err == nil:
			u.Done, u.Created, u.Changed, u.Rejected = true, d.Created, d.Changed, d.Report.Rejected
		case vocab.KindOf(err) != vocab.NotFound:
			return nil, err
		}
		out = append(out, u)
	}
	return out, nil
}
