package catalog

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// importKey keeps the imports of two members apart, whatever they call them.
func importKey(a identity.Actor, importID string) string { return string(a.Member) + "/" + importID }

// prepared is one draft ready to be staged.
type prepared struct {
	line  int
	d     *entry.Dataset // as a new draft
	body  string         // of that
	sum   string
	given string // the draft as it came, for entries that exist already
	named bool   // its entry exists: the line names it by its id
	err   error
}

// Stage takes one chunk of an import. What it stages is hidden from everyone
// until Switch. The same chunk staged again, after a kill or in a second import
// of the same file, changes nothing; a draft that says something new about an
// existing entry is laid over it at the switch. Lines that cannot stand come
// back with their cause.
func (s *Service) Stage(ctx context.Context, a identity.Actor, importID string, chunk []Draft) (*Staged, error) {
	if err := mayEdit(a); err != nil {
		return nil, err
	}
	if importID == "" || len(importID) > 200 || !storable(importID) {
		return nil, vocab.BadInput.Because("the import has no usable name")
	}
	if len(chunk) > MaxChunk {
		return nil, vocab.BadInput.Because("the chunk has %d entries, more than %d", len(chunk), MaxChunk)
	}
	out := &Staged{}
	parts := slices.Collect(slices.Chunk(chunk, stageAtOnce))
	if len(parts) == 0 {
		parts = append(parts, nil) // an import without a line exists all the same
	}
	for _, part := range parts {
		began := time.Now()
		ready := make([]prepared, len(part))
		for i := range part {
			ready[i] = s.prepare(a, &part[i])
		}
		var did *Staged
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			did, err = s.stage(ctx, tx, a, importKey(a, importID), ready)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("stage %d entries of import %s: %w", len(chunk), importID, err)
		}
		out.add(did)
		s.db.Yield(ctx, time.Since(began))
	}
	return out, nil
}

// stageAtOnce is how many entries one transaction stages: one statement, which
// holds the writer for a few milliseconds of the 20 that are allowed. What a
// killed Stage has done already is met again as it stands.
const stageAtOnce = db.MaxMany

func (s *Staged) add(o *Staged) {
	s.Created, s.Changed, s.Same = s.Created+o.Created, s.Changed+o.Changed, s.Same+o.Same
	s.Rejected = append(s.Rejected, o.Rejected...)
}

// prepare does what needs no database, so that the one writer is held briefly.
func (s *Service) prepare(a identity.Actor, dr *Draft) prepared {
	p := prepared{line: dr.Line}
	given, err := json.Marshal(&dr.Dataset)
	if err != nil {
		p.err = vocab.LineRejected.Wrap(err, "line %d cannot be written down", dr.Line)
		return p
	}
	sum := sha256.Sum256(given)
	p.sum, p.given = hex.EncodeToString(sum[:16]), string(given)
	now := s.clock.Now()
	d := dr.Dataset.Clone()
	for i := range d.Items {
		d.Items[i].Untagged = nil
	}
	d.RemovedTags, d.MovedTo, d.Ended = nil, nil, nil
	d.ID, p.named = cmp.Or(dr.Of, derivedID(a.Member, dr.key())), dr.Of != ""
	d.Owner, d.State, d.Rev, d.CreatedAt, d.ChangedAt = a.Member, entry.StateDraft, 1, now, now
	if err := entry.Normalise(d); err != nil {
		p.err = err
	}
	entry.TagItems(d)
	p.d = d
	if p.err == nil {
		p.body, p.err = bodyOf(d)
	}
	return p
}

func (s *Service) stage(ctx context.Context, tx *db.Tx, a identity.Actor, key string, ready []prepared) (*Staged, error) {
	im, err := s.openImport(ctx, tx, a, key)
	if err != nil {
		return nil, err
	}
	if im.State != ImportStaging {
		return nil, vocab.StateWrong.Because("the import is %s and takes no more lines", im.State)
	}
	known, err := loadKnown(ctx, tx, key, ready)
	if err != nil {
		return nil, err
	}
	out := &Staged{}
	var fresh []prepared
	for _, p := range ready {
		if p.err != nil {
			out.Rejected = append(out.Rejected, Rejection{p.line, p.err})
			continue
		}
		k, exists := known[p.d.ID]
		verdict, err := s.place(ctx, tx, p, k, exists, key)
		if err != nil {
			if !refusal(err) {
				return nil, err
			}
			out.Rejected = append(out.Rejected, Rejection{p.line, err})
			continue
		}
		switch verdict {
		case placedNew:
			fresh = append(fresh, p)
			known[p.d.ID] = stagedRow{owner: p.d.Owner, importID: key, line: p.line, sum: p.sum, hidden: true}
			out.Created++
		case placedAgain:
			out.Created++
		case placedChange:
			known[p.d.ID] = stagedRow{owner: k.owner, importID: k.importID, sum: k.sum, change: p.line}
			out.Changed++
		case placedSame:
			out.Same++
		}
	}
	if err := insertDrafts(ctx, tx, fresh, key, author(a)); err != nil {
		return nil, err
	}
	return out, nil
}

type placing int

const (
	placedNew    placing = iota // to be inserted
	placedAgain                 // stands already, staged by this import
	placedChange                // is laid over an existing entry at the switch
	placedSame                  // says nothing new
)

// place decides what a prepared draft is to the catalog as it stands, and writes
// changes to existing entries aside.
func (s *Service) place(ctx context.Context, tx *db.Tx, p prepared, k stagedRow, exists bool, key string) (placing, error) {
	switch {
	case p.named && (!exists || k.owner != p.d.Owner):
		return 0, vocab.NoSuchThing.Because("line %d: your department has no entry %s", p.line, p.d.ID)
	case !exists:
		return placedNew, entry.Complete(p.d, entry.StateDraft)
	case k.hidden && k.importID != key:
		return 0, vocab.AlreadyExists.Because("line %d: another import that is not switched yet holds the same entry", p.line)
	case k.hidden && k.line != p.line || k.change != 0 && k.change != p.line:
		return 0, vocab.AlreadyExists.Because("line %d names the same entry as line %d", p.line, max(k.line, k.change))
	case k.hidden && k.sum == p.sum:
		return placedAgain, nil
	case k.hidden:
		return placedAgain, restage(ctx, tx, p, key)
	case k.sum == p.sum:
		return placedSame, nil
	}
	r, err := scanDataset(tx.QueryRow(ctx, selectOne, string(p.d.ID)))
	if err != nil {
		return 0, err
	}
	n, err := entry.Overlay(&r.Dataset, p.d)
	if err != nil {
		return 0, err
	}
	if len(entry.Differences(&r.Dataset, n)) == 0 {
		return placedSame, nil
	}
	if r.State == entry.StateRetired {
		return 0, vocab.StateWrong.Because("line %d: %s is retired and stays as it was", p.line, r.ID)
	}
	_, err = tx.Exec(ctx, upsertStaged, key, string(p.d.ID), string(p.d.Owner), p.line, p.sum, p.given)
	return placedChange, err
}

// switchChunk is how many existing entries one transaction of a switch changes.
const switchChunk = 100

// Switch makes everything staged visible to its owner at once, then lays the
// changes over existing entries, in pieces. Killed in the middle it goes on when
// called again; called once more it changes nothing.
func (s *Service) Switch(ctx context.Context, a identity.Actor, importID string) (*Import, error) {
	if err := mayEdit(a); err != nil {
		return nil, err
	}
	key := importKey(a, importID)
	if err := s.sealImport(ctx, a, key); err != nil {
		return nil, fmt.Errorf("switch import %s: %w", importID, err)
	}
	if err := s.finish(ctx, a, key); err != nil {
		return nil, fmt.Errorf("switch import %s: %w", importID, err)
	}
	return s.Import(ctx, a, importID)
}

// finish does what is left of a switch.
func (s *Service) finish(ctx context.Context, a identity.Actor, key string) error {
	for done := false; !done; {
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			done, err = s.switchSome(ctx, tx, a, key)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// resume leaves no import between two states, whatever a killed process did: what
// was being switched is finished, in the name of who began it, and what was only
// staged is forgotten, since its run is over and it would stand in the way of the
// mended list.
func (s *Service) resume(ctx context.Context) error {
	var left []begun
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		left, err = loadBegun(ctx, tx)
		return err
	})
	for _, b := range left {
		a := identity.Actor{Member: b.member, Officer: b.officer}
		switch {
		case err != nil:
		case b.state == ImportSwitching:
			err = s.finish(ctx, a, b.key)
		default:
			err = s.forget(ctx, a, b.key)
		}
	}
	if err != nil {
		return fmt.Errorf("end the imports that a process left: %w", err)
	}
	return nil
}

// switchSome lays the next pieces over existing entries; done when none is left.
func (s *Service) switchSome(ctx context.Context, tx *db.Tx, a identity.Actor, key string) (bool, error) {
	im, err := loadImport(ctx, tx, a, key)
	if err != nil || im.State == ImportSwitched {
		return true, err
	}
	waiting, err := loadStaged(ctx, tx, key, switchChunk)
	if err != nil {
		return false, err
	}
	for _, w := range waiting {
		if err := s.layOver(ctx, tx, a, key, w); err != nil {
			return false, err
		}
		if _, err := tx.Exec(ctx, deleteStagedOne, key, string(w.id)); err != nil {
			return false, err
		}
	}
	if len(waiting) == switchChunk {
		return false, nil
	}
	_, err = tx.Exec(ctx, updateImportState, key, string(ImportSwitched))
	return true, err
}

// layOver does one staged change, unless the entry has moved on to where it does
// not fit any more: then it stays as it is.
func (s *Service) layOver(ctx context.Context, tx *db.Tx, a identity.Actor, key string, w waitingChange) error {
	r, err := loadOwned(ctx, tx, a, w.id)
	if err == nil && r.State == entry.StateRetired {
		return nil
	}
	if err == nil {
		var n *entry.Dataset
		if n, err = entry.Overlay(&r.Dataset, w.draft); err == nil {
			_, err = s.save(ctx, tx, a, &r.Dataset, n, Change{Act: "import", Set: key})
		}
	}
	if refusal(err) {
		return nil
	}
	if err == nil {
		_, err = tx.Exec(ctx, updateSum, string(w.id), w.sum)
	}
	return err
}

// Discard forgets an import that is not switched, in pieces; killed in the
// middle the next start goes on.
func (s *Service) Discard(ctx context.Context, a identity.Actor, importID string) error {
	if err := mayEdit(a); err != nil {
		return err
	}
	if err := s.forget(ctx, a, importKey(a, importID)); err != nil {
		return fmt.Errorf("discard import %s: %w", importID, err)
	}
	return nil
}

func (s *Service) forget(ctx context.Context, a identity.Actor, key string) error {
	for done := false; !done; {
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			im, err := loadImport(ctx, tx, a, key)
			if err != nil {
				return err
			}
			if im.State == ImportSwitching || im.State == ImportSwitched {
				return vocab.StateWrong.Because("the import is %s and can no longer be discarded", im.State)
			}
			done, err = discardSome(ctx, tx, key)
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.forgetBatch(ctx, key)
}

// Import tells how far an import of the actor's member has come.
func (s *Service) Import(ctx context.Context, a identity.Actor, importID string) (*Import, error) {
	var im *Import
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		im, err = loadImport(ctx, tx, a, importKey(a, importID))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look up the import: %w", err)
	}
	im.ID = importID
	return im, nil
}
