package ledger

import (
	"context"
	"strconv"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// Access is one use of data as a list shows it, cut to what its reader may see.
type Access struct {
	Trace    vocab.TraceID     `json:"trace"`
	Number   int64             `json:"number,omitempty"` // the person's own counter
	Kind     string            `json:"kind"`
	State    string            `json:"state"`
	At       time.Time         `json:"at"`
	Member   vocab.MemberID    `json:"member"`
	Provider vocab.MemberID    `json:"provider,omitempty"`
	Unit     string            `json:"unit,omitempty"`
	Role     string            `json:"role,omitempty"`
	Officer  string            `json:"officer,omitempty"`
	Named    string            `json:"officer_named,omitempty"` // for a machine: listed or as-given
	Purpose  string            `json:"purpose,omitempty"`
	Basis    string            `json:"basis,omitempty"`
	Case     string            `json:"case,omitempty"`
	Cases    []string          `json:"cases,omitempty"` // of a batch
	Grant    vocab.GrantID     `json:"grant,omitempty"`
	Question string            `json:"question,omitempty"`
	Items    []string          `json:"items,omitempty"`
	Act      string            `json:"act,omitempty"`
	Mandate  string            `json:"mandate,omitempty"`
	Hands    string            `json:"hands,omitempty"` // of an act by two officers
	Refused  string            `json:"refused,omitempty"`
	Answers  map[string]string `json:"answers,omitempty"`
	Reasons  map[string]string `json:"reasons,omitempty"`
	Disputed []string          `json:"disputed,omitempty"` // items of which a contest was open
	Version  string            `json:"source_version,omitempty"`
	AsOf     string            `json:"as_of,omitempty"`
	Index    *uint64           `json:"index,omitempty"`
	Erased   bool              `json:"erased,omitempty"`
}

// OutcomeUnknown is how a record with a leaf and no outcome reads: never "not used".
const OutcomeUnknown = "outcome unknown"

// Entry gives one access as the viewer may see it.
func (l *Ledger) Entry(ctx context.Context, trace vocab.TraceID, v Viewer) (Access, error) {
	f, err := l.find(ctx, trace, v)
	if err != nil {
		return Access{}, err
	}
	return f.show(), nil
}

// OfPerson lists the newest accesses about a person below the counter before;
// 0 begins at the newest. Counters without a gap prove that none is missing.
func (l *Ledger) OfPerson(ctx context.Context, p vocab.PersonRef, before int64, limit int) ([]Access, error) {
	got, err := l.Uses(ctx, UsesOf{Viewer: Viewer{Person: p}, Before: before, Limit: limit})
	return got.Uses, err
}

// Filter chooses entries for a list; empty fields do not filter.
type Filter struct {
	Grant    vocab.GrantID
	AsCaller bool // of the viewer's member as the caller; otherwise as the provider
	Refused  bool // only what was refused, of the viewer's member as the caller
	Before   int64
	Limit    int
}

// Listed is one row of a list with the place from which the next page goes on.
type Listed struct {
	Seq int64 `json:"-"`
	Access
}

// OfMember lists the newest entries of the viewer's member, as caller or as
// provider; an auditor sees all.
func (l *Ledger) OfMember(ctx context.Context, v Viewer, flt Filter) ([]Listed, error) {
	var out []Listed
	err := l.db.Read(ctx, func(tx *db.Tx) error {
		records, err := l.store.page(ctx, tx, v, flt)
		if err != nil {
			return err
		}
		for _, r := range records {
			var f found
			if err := l.open(ctx, tx, &f, r, v); err != nil {
				return err
			}
			out = append(out, Listed{Seq: r.seq, Access: f.show()})
		}
		return nil
	})
	return out, err
}

func (f *found) show() Access {
	r := f.entry
	a := Access{
		Trace: r.trace, Kind: r.kind.String(), State: string(r.state), At: r.at, Member: r.owner, Provider: r.provider,
		Grant: r.grant, Erased: f.fields == nil,
	}
	if r.indexed {
		a.Index = &r.index
	}
	if r.state == vocab.Intended && r.indexed {
		a.State = OutcomeUnknown
	}
	f.fill(&a, f.fields)
	if f.row != nil {
		f.fill(&a, f.row.fields)
		a.Erased = f.row.fields == nil
	}
	if f.outcomeRow != nil {
		f.fill(&a, f.outcomeRow.fields)
	}
	return a
}

func (f *found) fill(a *Access, fields []proof.Field) {
	for i := range fields {
		name, value := fields[i].Name, string(fields[i].Value)
		if !f.holder.Sees(name) {
			continue
		}
		switch name {
		case FieldUnit:
			a.Unit = value
		case FieldRole:
			a.Role = value
		case FieldOfficer:
			a.Officer = value
		case FieldNamed:
			a.Named = value
		case FieldPurpose:
			a.Purpose = value
		case FieldBasis:
			a.Basis = value
		case FieldCase:
			a.Case = value
		case FieldCases:
			a.Cases = proof.ListOf(value)
		case FieldQuestion:
			a.Question = value
		case FieldAct:
			a.Act = value
		case FieldMandate:
			a.Mandate = value
		case FieldHands:
			a.Hands = value
		case FieldRefused:
			a.Refused = value
		case FieldVersion:
			a.Version = value
		case FieldAsOf:
			a.AsOf = value
		case FieldItems:
			a.Items = proof.ListOf(value)
		case FieldAnswers:
			a.Answers = proof.MapOf(value)
		case FieldReasons:
			a.Reasons = proof.MapOf(value)
		case FieldDisputed:
			a.Disputed = proof.ListOf(value)
		case FieldCounter:
			a.Number, _ = strconv.ParseInt(value, 10, 64)
		}
	}
}
