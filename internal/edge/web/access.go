package web

import (
	"sort"
	"strconv"
	"time"

	"fontis/internal/trust/access"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger"
	"fontis/internal/vocab"
)

// accessesPage lists what a member asked, or what was asked of it.
type accessesPage struct {
	AsCaller bool
	Lines    []accessLine
	Next     string
}

// answered is the answer about one item.
type answered struct {
	id   string
	Item tongued
	Said tongued
}

// accessLine is one access as people read it.
type accessLine struct {
	ledger.Access
	Caller  tongued
	Source  tongued
	Asked   []tongued
	Set     tongued
	Answers []answered
}

func (v *visit) accessLines(list []ledger.Access) ([]accessLine, error) {
	var ids []vocab.MemberID
	for _, a := range list {
		ids = append(ids, a.Member, a.Provider)
	}
	names, err := v.Identity.MemberNames(v.ctx(), ids...)
	out := make([]accessLine, len(list))
	for n, a := range list {
		out[n] = accessLine{Access: a, Caller: v.nameOr(names, a.Member), Source: v.nameOr(names, a.Provider)}
		for _, i := range a.Items {
			out[n].Asked = append(out[n].Asked, v.itemName(vocab.ItemID(i)))
		}
		if len(a.Items) > 0 {
			out[n].Set = v.setOf(a)
		}
		for item, answer := range a.Answers {
			said := v.look().Word("answer", answer)
			if r := a.Reasons[item]; r != "" {
				said += v.look().Aside("reason", r)
			}
			out[n].Answers = append(out[n].Answers, answered{id: item, Item: v.itemName(vocab.ItemID(item)), Said: v.look().Tongue(said)})
		}
		sort.Slice(out[n].Answers, func(x, y int) bool { return out[n].Answers[x].id < out[n].Answers[y].id })
	}
	return out, err
}

// setOf is the data set that an access was about, where its items tell.
func (v *visit) setOf(a ledger.Access) tongued {
	for item := range a.Answers {
		return v.setName(vocab.ItemID(item).Dataset())
	}
	if id := vocab.ItemID(a.Items[0]); id.Name() != "" {
		return v.setName(id.Dataset())
	}
	return tongued{}
}

func (v *visit) nameOr(names map[vocab.MemberID]identity.Name, id vocab.MemberID) tongued {
	if n, ok := names[id]; ok {
		return v.look().Name(n)
	}
	return tongued{Text: string(id)}
}

func (s *Site) accesses(v *visit) (any, error) {
	p := accessesPage{AsCaller: v.said("side") == "caller" || v.said("side") == "" && v.actor.Has(vocab.DataUser)}
	before, _ := strconv.ParseInt(v.said("before"), 10, 64)
	list, err := s.Door.Accesses(v.ctx(), v.actor, ledger.Filter{AsCaller: p.AsCaller, Grant: vocab.GrantID(v.said("grant")), Before: before, Limit: pageSize})
	if err != nil {
		return nil, err
	}
	plain := make([]ledger.Access, len(list))
	for i, l := range list {
		plain[i] = l.Access
	}
	if p.Lines, err = v.accessLines(plain); err != nil {
		return nil, err
	}
	if len(list) == pageSize {
		side := "provider"
		if p.AsCaller {
			side = "caller"
		}
		p.Next = "/accesses?side=" + side + "&before=" + strconv.FormatInt(list[len(list)-1].Seq, 10)
	}
	return p, nil
}

// whyPage explains one access.
type whyPage struct {
	Line    accessLine
	Rules   []access.Explanation
	Grant   *access.Grant
	Verdict string
}

func (s *Site) why(v *visit) (any, error) {
	w, err := s.Door.Why(v.ctx(), v.actor, vocab.TraceID(v.id("trace")))
	if err != nil {
		return nil, err
	}
	lines, err := v.accessLines([]ledger.Access{w.Access})
	if err != nil {
		return nil, err
	}
	return whyPage{Line: lines[0], Rules: w.Rules, Grant: w.Grant, Verdict: w.Verdict}, nil
}

// receiptPage shows the receipts of one access and how a stranger checks them.
type receiptPage struct {
	Trace   vocab.TraceID
	Waiting bool
	Intent  string
	Outcome string
	Parts   []string // what may be downloaded
	Since   time.Time
	Unknown bool // how the access ended is not on record
}

func (s *Site) receipt(v *visit) (any, error) {
	p := receiptPage{Trace: vocab.TraceID(v.id("trace"))}
	got, err := s.Door.Receipt(v.ctx(), v.actor, p.Trace)
	if vocab.CodeOf(err) == vocab.ReceiptWaiting {
		p.Waiting = true
		if s.Log != nil {
			p.Since = s.Log.State().WaitingSince
		}
		v.w.Header().Set("Refresh", "5")
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	p.Intent, p.Outcome, p.Parts = string(got.Intent), string(got.Outcome), []string{"intent.receipt"}
	if p.Outcome != "" {
		p.Parts = append(p.Parts, "outcome.receipt")
		return p, nil
	}
	w, err := s.Door.Why(v.ctx(), v.actor, p.Trace)
	p.Unknown = w.Access.State == ledger.OutcomeUnknown
	return p, err
}

func (s *Site) receiptFile(v *visit) error {
	got, err := s.Door.Receipt(v.ctx(), v.actor, vocab.TraceID(v.id("trace")))
	if err != nil {
		return err
	}
	text := got.Intent
	switch v.id("part") {
	case "intent.receipt":
	case "outcome.receipt":
		text = got.Outcome
	default:
		text = nil
	}
	if len(text) == 0 {
		return identity.NotYours()
	}
	v.download("text/plain; charset=utf-8", string(got.Trace)+"-"+v.id("part"))
	_, _ = v.w.Write(text) // the reader may be gone
	return nil
}

// minePage is a person's own view: who used what about them, and how to come in.
type minePage struct {
	Open  *form
	Demo  []*form
	Names []string // of the demo's residents
	Lines []accessLine
	Next  string
	Gap   bool // a counter is missing: something was kept from this list
}

func (s *Site) mine(v *visit) (any, error) {
	p := minePage{}
	if !v.actor.IsPerson() {
		p.Open = v.form(form{Action: "/mine", Name: "open_mine", Fields: []field{{Name: "permit", Kind: "password", Hint: true, Need: true, Complete: "off"}}})
		return p, s.demoResidents(v, &p)
	}
	before, _ := strconv.ParseInt(v.said("before"), 10, 64)
	list, err := s.Door.Mine(v.ctx(), v.actor, before, pageSize)
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(list); i++ {
		p.Gap = p.Gap || list[i].Number != list[i-1].Number-1
	}
	if len(list) == pageSize && list[len(list)-1].Number > 1 {
		p.Next = "/mine?before=" + strconv.FormatInt(list[len(list)-1].Number, 10)
	}
	p.Lines, err = v.accessLines(list)
	return p, err
}

// demoResidents offers some invented people; a node with real ones has none.
func (s *Site) demoResidents(v *visit, p *minePage) error {
	if s.Demo == nil {
		return nil
	}
	for i, k := range s.Demo().Residents {
		p.Names = append(p.Names, k.Value)
		p.Demo = append(p.Demo, v.form(form{Action: "/mine/demo", Name: "open_demo", Inline: true, Fields: []field{{Name: "resident", Kind: "hidden", Value: strconv.Itoa(i)}}}))
	}
	return nil
}

func (s *Site) openMine(v *visit) (string, error) {
	token := identity.Token(v.said("permit"))
	a, err := s.Identity.Authenticate(v.ctx(), token)
	if err != nil {
		return "", err
	}
	if !a.IsPerson() {
		return "", vocab.SignInNeeded.Because("this permit is no person's").WithFix("ask for a permit at a counter; officers sign in with name and password")
	}
	v.setCookie(v.sessionName(), token.Reveal(), 0)
	return "/mine", nil
}

func (s *Site) openDemo(v *visit) (string, error) {
	if s.Demo == nil {
		return "", identity.NotYours()
	}
	list := s.Demo().Residents
	n, err := strconv.Atoi(v.said("resident"))
	if err != nil || n < 0 || n >= len(list) {
		return "", identity.NotYours()
	}
	_, token, err := s.Identity.IssueDemoSelf(v.ctx(), list[n])
	if err != nil {
		return "", err
	}
	v.setCookie(v.sessionName(), token.Reveal(), 0)
	return "/mine", nil
}
