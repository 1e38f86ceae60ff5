package desk

import (
	"time"

	"fontis/internal/edge/jobs"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// Condition is what the machine tells of its node: no secret, and nothing that
// anybody sent.
type Condition struct {
	Version     string
	Free, Total uint64 // bytes of the disk
	Stores      []Store
	Keys        []Key
	Backup      Backup
	Jobs        jobs.State
	Findings    []Finding
}

// Store is one thing that grows on the disk.
type Store struct {
	Name  string
	Bytes int64
	Least bool // there are more files than were counted
}

// Key is the newest version of a secret; its id says nothing of it.
type Key struct {
	Use     string
	Version int
	Made    time.Time
}

// Backup is the newest that this machine made; Made is zero when there is none.
type Backup struct {
	Made  time.Time
	Bytes int64
	Gone  bool // its file is not where it was written
}

// Finding is something to be mended: page.finding.CODE says what and how.
type Finding struct {
	Code  string
	Grave bool
	Said  string // which one, or how much
}

// the terms after which an operator should look.
const (
	oldBackup = 7 * 24 * time.Hour
	oldKey    = 365 * 24 * time.Hour
	lowDisk   = 10 // percent
	farBehind = 1000
)

// operator is what only who operates the node sees.
type operator struct {
	Condition
	FreePercent int64
	Well        bool
	Behind      map[string]int64
}

// condition is nil for others than operators, and where nothing tells it.
func (s *Section) condition(v *page.Visit) (*operator, error) {
	if s.Look == nil || v.Actor.MustOnNode(vocab.Operator) != nil {
		return nil, nil
	}
	c, err := s.Look(v.Ctx())
	if err != nil {
		return nil, err
	}
	o := &operator{Condition: c, Behind: map[string]int64{}}
	if c.Total > 0 {
		o.FreePercent = int64(c.Free * 100 / c.Total)
	}
	for _, x := range c.Jobs.Consumers {
		o.Behind[x.Name] = c.Jobs.Newest - x.Heard
	}
	o.Findings = append(o.Findings, findings(v.Clock.Now(), o)...)
	o.Well = len(o.Findings) == 0
	return o, nil
}

// findings are what the numbers say by themselves.
func findings(now time.Time, o *operator) []Finding {
	var out []Finding
	if o.Total > 0 && o.FreePercent < lowDisk {
		out = append(out, Finding{Code: "disk", Grave: true})
	}
	switch {
	case o.Backup.Made.IsZero():
		out = append(out, Finding{Code: "backup_none", Grave: true})
	case o.Backup.Gone:
		out = append(out, Finding{Code: "backup_gone", Grave: true})
	case now.Sub(o.Backup.Made) > oldBackup:
		out = append(out, Finding{Code: "backup_old"})
	}
	for _, k := range o.Keys {
		if k.Use != "log" && k.Use != "witness" && now.Sub(k.Made) > oldKey {
			out = append(out, Finding{Code: "key_old", Said: k.Use})
		}
	}
	for _, c := range o.Jobs.Consumers {
		if o.Behind[c.Name] > farBehind {
			out = append(out, Finding{Code: "behind", Said: c.Name})
		}
	}
	return out
}
