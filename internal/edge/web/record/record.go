package record

import (
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"fontis/internal/edge/web/page"
	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/naming"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// accessesPage lists what a member asked, or what was asked of it.
type accessesPage struct {
	AsCaller bool
	List     page.Shown[Line]
}

// answered is the answer about one item.
type answered struct {
	ID   string
	Item page.Tongued
	Said page.Tongued
}

// Line is one access as people read it.
type Line struct {
	ledger.Access
	Caller  page.Tongued
	Source  page.Tongued
	Asked   []page.Tongued
	Set     page.Tongued
	Answers []answered
	Seq     int64  // its place in a member's list
	Why     string // it was refused
}

// Lines puts names to accesses.
func Lines(v *page.Visit, list []ledger.Access) ([]Line, error) {
	var ids []vocab.MemberID
	for _, a := range list {
		ids = append(ids, a.Member, a.Provider)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	out := make([]Line, len(list))
	for n, a := range list {
		out[n] = Line{Access: a, Caller: v.NameOr(names, a.Member), Source: v.NameOr(names, a.Provider)}
		if a.Member == "" && a.Act == "self-permit-issued" { // through an issuer, at no counter
			out[n].Caller = page.Tongued{Text: v.Look().Must("page.accesses.self")}
		}
		out[n].Unit = v.Look().Word("system", strings.TrimSpace(a.Unit))
		if a.Named == string(naming.AsGiven) {
			out[n].Unit = strings.TrimSpace(out[n].Unit + v.Look().Aside("named", a.Named))
		}
		for _, role := range strings.Fields(a.Role) {
			out[n].Unit = strings.TrimPrefix(out[n].Unit+" · "+v.Look().Word("role", role), " · ")
		}
		if a.Refused != "" {
			out[n].Why = v.Look().Must("error." + a.Refused + ".title")
		}
		for _, i := range a.Items {
			out[n].Asked = append(out[n].Asked, v.ItemName(vocab.ItemID(i)))
		}
		if len(a.Items) > 0 {
			out[n].Set = setOf(v, a)
		}
		for item, answer := range a.Answers {
			said := v.Look().Word("answer", answer)
			if r := a.Reasons[item]; r != "" {
				said += v.Look().Aside("reason", r)
			}
			if slices.Contains(a.Disputed, item) {
				said += v.Look().Aside("label", "disputed")
			}
			about := v.ItemName(vocab.ItemID(item))
			if a.Question == string(vocab.Status) { // the item is where it was looked up; what was asked stands above
				about = page.Tongued{Text: v.Look().Must("page.label.answer")}
			}
			out[n].Answers = append(out[n].Answers, answered{ID: item, Item: about, Said: v.Look().Tongue(said)})
		}
		sort.Slice(out[n].Answers, func(x, y int) bool { return out[n].Answers[x].ID < out[n].Answers[y].ID })
	}
	return out, err
}

// setOf is the data set that an access was about, where its items tell.
func setOf(v *page.Visit, a ledger.Access) page.Tongued {
	for item := range a.Answers {
		return v.SetName(vocab.ItemID(item).Dataset())
	}
	if id := vocab.ItemID(a.Items[0]); id.Name() != "" {
		return v.SetName(id.Dataset())
	}
	return page.Tongued{}
}

func (s *Section) accesses(v *page.Visit) (any, error) {
	list, err := s.accessList(v)
	if err != nil {
		return nil, err
	}
	p := accessesPage{AsCaller: asCaller(v)}
	p.List, err = list.Show(v)
	return p, err
}

// asCaller says which accesses the address asks for: what the member asked.
func asCaller(v *page.Visit) bool {
	return v.Said("side") == "caller" || v.Said("side") == "" && v.Actor.Has(vocab.DataUser)
}

func (s *Section) accessList(v *page.Visit) (page.List[Line], error) {
	return page.List[Line]{
		Path: "/accesses", Keep: []string{"side", "grant"}, Key: func(l Line) string { return strconv.FormatInt(l.Seq, 10) }, Columns: Columns(v),
		Fetch: func(after string, limit int) ([]Line, error) {
			before, _ := strconv.ParseInt(after, 10, 64)
			list, err := s.Door.Accesses(v.Ctx(), v.Actor, ledger.Filter{AsCaller: asCaller(v), Grant: vocab.GrantID(v.Said("grant")), Before: before, Limit: limit})
			if err != nil {
				return nil, err
			}
			plain := make([]ledger.Access, len(list))
			for i, l := range list {
				plain[i] = l.Access
			}
			out, err := Lines(v, plain)
			for i, l := range list {
				out[i].Seq = l.Seq
			}
			return out, err
		},
	}, nil
}

// Columns are what a list says of an access; who it was about is in none of them.
func Columns(v *page.Visit) []page.Column[Line] {
	states := page.Strings([]vocab.AccessState{vocab.Released, vocab.Failed, vocab.Refused, vocab.Intended, vocab.Interrupted})
	return []page.Column[Line]{
		{Name: "trace", Head: "page.health.trace", Say: func(l Line) any { return l.Trace }},
		{Name: "when", Say: func(l Line) any { return l.At }},
		{Name: "who", Say: func(l Line) any { return l.Caller }},
		{Name: "provider", Say: func(l Line) any { return l.Source }},
		{Name: "question", Kind: "question", Words: page.Strings(vocab.Questions()), Say: func(l Line) any { return l.Question }},
		{Name: "dataset", Say: func(l Line) any { return l.Set }},
		{Name: "items", Say: func(l Line) any { return l.Asked }},
		{Name: "answer", Say: func(l Line) any {
			said := make([]page.Tongued, len(l.Answers))
			for i, a := range l.Answers {
				said[i] = page.Tongued{Text: a.Item.Text + v.Look().Must("page.frame.colon") + a.Said.Text}
			}
			return said
		}},
		{Name: "state", Kind: "state", Words: states, Say: func(l Line) any { return l.State }},
		{Name: "purpose", Say: func(l Line) any { return l.Purpose }},
		{Name: "case", Say: func(l Line) any { return l.Case }},
	}
}

// whyPage explains one access.
type whyPage struct {
	Line    Line
	Rules   []access.Explanation
	Grant   *access.Grant
	Verdict string
	Values  []answered // which the person may contest
}

func (s *Section) why(v *page.Visit) (any, error) {
	w, err := s.Door.Why(v.Ctx(), v.Actor, vocab.TraceID(v.ID("trace")))
	if err != nil {
		return nil, err
	}
	lines, err := Lines(v, []ledger.Access{w.Access})
	if err != nil {
		return nil, err
	}
	return whyPage{Line: lines[0], Rules: w.Rules, Grant: w.Grant, Verdict: w.Verdict, Values: lines[0].contestable(v)}, nil
}

// contestable are the values that were answered about the person who looks; a
// status is no value that is held.
func (l Line) contestable(v *page.Visit) []answered {
	if !v.Actor.IsPerson() || l.Question == string(vocab.Status) {
		return nil
	}
	return l.Answers
}

// receiptPage shows the receipts of one access and how a stranger checks them.
type receiptPage struct {
	Trace   vocab.TraceID
	Waiting bool
	Live    string   // while it waits
	Parts   []opened // the intent, and how it ended
	Since   time.Time
	Unknown bool       // how the access ended is not on record
	Values  []answered // which the person may contest
}

func (s *Section) receipt(v *page.Visit) (any, error) {
	p := receiptPage{Trace: vocab.TraceID(v.ID("trace"))}
	got, err := s.Door.Receipt(v.Ctx(), v.Actor, p.Trace)
	if vocab.CodeOf(err) == vocab.ReceiptWaiting {
		p.Waiting = true
		if s.Log != nil {
			p.Since = s.Log.State().WaitingSince
		}
		p.Live = v.Live("receipt", string(p.Trace))
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	intent, err := open(v, "intent", got.Intent)
	if err != nil {
		return nil, err
	}
	p.Parts = append(p.Parts, intent)
	if len(got.Outcome) > 0 {
		outcome, err := open(v, "outcome", got.Outcome)
		if err != nil {
			return nil, err
		}
		p.Parts = append(p.Parts, outcome)
	}
	w, err := s.Door.Why(v.Ctx(), v.Actor, p.Trace)
	if err != nil {
		return nil, err
	}
	p.Unknown = len(got.Outcome) == 0 && (got.Lost != nil || w.Access.State == ledger.OutcomeUnknown)
	lines, err := Lines(v, []ledger.Access{w.Access})
	if err == nil {
		p.Values = lines[0].contestable(v)
	}
	return p, err
}

func (s *Section) receiptFile(v *page.Visit) error {
	got, err := s.Door.Receipt(v.Ctx(), v.Actor, vocab.TraceID(v.ID("trace")))
	if err != nil {
		return err
	}
	text := got.Intent
	switch v.ID("part") {
	case "intent.receipt":
	case "outcome.receipt":
		text = got.Outcome
	default:
		text = nil
	}
	if len(text) == 0 {
		return identity.NotYours()
	}
	v.Download("text/plain; charset=utf-8", string(got.Trace)+"-"+v.ID("part"))
	_, _ = v.W.Write(text) // the reader may be gone
	return nil
}
