package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// Least is the least figure that a report tells, unless another is asked for.
const Least = 10

// Report is what everyone may know of how the law of sharing is kept.
type Report struct {
	ID string `json:"id"`
	// Trace is the act of the publication, SHA256 the digest of the report's file
	// that its leaf commits to; neither stands in the file itself.
	Trace  vocab.TraceID `json:"trace,omitempty"`
	SHA256 string        `json:"sha256,omitempty"`
	// Withdrawn is set when it no longer stands; it is no part of the file either.
	Withdrawn *Withdrawal `json:"withdrawn,omitempty"`
	From      time.Time   `json:"from"`
	Until     time.Time   `json:"until"`
	Made      time.Time   `json:"made"`
	Least     int         `json:"least"` // figures below it are suppressed
	Cells     []Cell      `json:"cells"`
}

// Report counts the entries of a time. It is for those who supervise; Publish
// makes it everyone's.
func (s *Service) Report(ctx context.Context, a identity.Actor, from, until time.Time, least int) (Report, error) {
	if err := a.Must(vocab.Auditor, vocab.Authority); err != nil {
		return Report{}, err
	}
	if least < 3 {
		least = Least
	}
	if !until.After(from) {
		return Report{}, vocab.BadInput.Because("a report ends after it begins")
	}
	b := newBook()
	q := ledger.EntriesOf{From: from, Until: until, Acts: true}
	for {
		list, err := s.p.Ledger.Entries(ctx, q)
		if err != nil {
			return Report{}, err
		}
		for i := range list {
			b.take(&list[i])
		}
		if len(list) == 0 {
			break
		}
		q.After = list[len(list)-1].Seq
	}
	region, err := s.regions(ctx, b)
	if err != nil {
		return Report{}, err
	}
	cells := b.cells(least, func(m vocab.MemberID) string { return region[m] })
	return Report{From: from, Until: until, Made: s.p.Clock.Now(), Least: least, Cells: cells}, nil
}

// regions is where each body of the book is; a member reads its own entry.
func (s *Service) regions(ctx context.Context, b *book) (map[vocab.MemberID]string, error) {
	out := map[vocab.MemberID]string{}
	for k := range b.sums {
		if _, ok := out[k.body]; ok || k.body == "" {
			continue
		}
		m, err := s.p.Identity.Member(ctx, identity.Actor{Member: k.body}, k.body)
		if err != nil && vocab.CodeOf(err) != vocab.NoSuchThing {
			return nil, fmt.Errorf("look where a body is: %w", err)
		}
		out[k.body] = m.Region
	}
	return out, nil
}

// Preview counts what Publish would publish, and refuses what it would refuse.
func (s *Service) Preview(ctx context.Context, a identity.Actor, from, until time.Time) (Report, error) {
	if err := mayPublish(a); err != nil {
		return Report{}, err
	}
	if until.After(s.p.Clock.Now()) {
		return Report{}, vocab.StateWrong.Because("the time of the report is not over: its last day is %s", until.Add(-time.Microsecond).Format(time.DateOnly)).
			WithFix("Choose a last day that is over; what is still to come is published when it is.")
	}
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		n, err := countOverlapping(ctx, tx, from, until)
		return errors.Join(err, overlaps(n))
	})
	if err != nil {
		return Report{}, err
	}
	return s.Report(ctx, a, from, until, Least)
}

// Publish counts and makes the report of a time that is over open data; its digest
// is an entry, so that a report changed afterwards shows.
func (s *Service) Publish(ctx context.Context, a identity.Actor, from, until time.Time) (Report, error) {
	r, err := s.Preview(ctx, a, from, until)
	if err != nil {
		return Report{}, err
	}
	r.ID = vocab.NewID("rp")
	body, err := json.Marshal(r)
	if err != nil {
		return Report{}, fmt.Errorf("write a report: %w", err)
	}
	digest := sha256.Sum256(body)
	err = s.p.DB.Write(ctx, func(tx *db.Tx) error {
		if n, err := countOverlapping(ctx, tx, from, until); err != nil || n > 0 {
			return errors.Join(err, overlaps(n))
		}
		r.SHA256 = hex.EncodeToString(digest[:])
		e, err := s.enter(ctx, tx, a, "audit.published", []ledger.Pair{
			{Name: "report", Value: r.ID}, {Name: "sha256", Value: r.SHA256}, {Name: "from", Value: day(from)}, {Name: "until", Value: day(until)},
		})
		if err != nil {
			return err
		}
		r.Trace = e.Trace
		return insertReport(ctx, tx, a.Member, r, body)
	})
	if err != nil {
		return Report{}, fmt.Errorf("publish a report: %w", err)
	}
	return r, nil
}

// overlaps refuses a report over a time of which another was published: the
// difference of the two would tell figures that neither shows. One that was
// withdrawn was read all the same, so only the report of its very own time follows it.
func overlaps(n int) error {
	if n == 0 {
		return nil
	}
	return vocab.StateWrong.Because("%d published reports cover a part of this time", n).WithFix("Publish reports over times that follow each other, such as months.")
}

// Published gives the published reports, newest first, to everyone.
func (s *Service) Published(ctx context.Context, p identity.Page) ([]Report, error) {
	var out []Report
	err := s.p.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := reports(ctx, tx, p)
		if err != nil {
			return err
		}
		out = make([]Report, len(list))
		for i, k := range list {
			if err := json.Unmarshal(k.body, &out[i]); err != nil {
				return err
			}
			digest := sha256.Sum256(k.body)
			out[i].Trace, out[i].SHA256, out[i].Withdrawn = k.trace, hex.EncodeToString(digest[:]), k.withdrawn
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read published reports: %w", err)
	}
	return out, nil
}
