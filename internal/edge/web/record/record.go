package record

import (
	"sort"
	"strconv"
	"time"

	"fontis/internal/edge/web/page"
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
	Item page.Tongued
	Said page.Tongued
}

// accessLine is one access as people read it.
type accessLine struct {
	ledger.Access
	Caller  page.Tongued
	Source  page.Tongued
	Asked   []page.Tongued
	Set     page.Tongued
	Answers []answered
}

func accessLines(v *page.Visit, list []ledger.Access) ([]accessLine, error) {
	var ids []vocab.MemberID
	for _, a := range list {
		ids = append(ids, a.Member, a.Provider)
	}
	names, err := v.Identity.MemberNames(v.Ctx(), ids...)
	out := make([]accessLine, len(list))
	for n, a := range list {
		out[n] = accessLine{Access: a, Caller: v.NameOr(names, a.Member), Source: v.NameOr(names, a.Provider)}
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
			out[n].Answers = append(out[n].Answers, answered{id: item, Item: v.ItemName(vocab.ItemID(item)), Said: v.Look().Tongue(said)})
		}
		sort.Slice(out[n].Answers, func(x, y int) bool { return out[n].Answers[x].id < out[n].Answers[y].id })
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
	p := accessesPage{AsCaller: v.Said("side") == "caller" || v.Said("side") == "" && v.Actor.Has(vocab.DataUser)}
	before, _ := strconv.ParseInt(v.Said("before"), 10, 64)
	list, err := s.Door.Accesses(v.Ctx(), v.Actor, ledger.Filter{AsCaller: p.AsCaller, Grant: vocab.GrantID(v.Said("grant")), Before: before, Limit: page.Size})
	if err != nil {
		return nil, err
	}
	plain := make([]ledger.Access, len(list))
	for i, l := range list {
		plain[i] = l.Access
	}
	if p.Lines, err = accessLines(v, plain); err != nil {
		return nil, err
	}
	if len(list) == page.Size {
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

func (s *Section) why(v *page.Visit) (any, error) {
	w, err := s.Door.Why(v.Ctx(), v.Actor, vocab.TraceID(v.ID("trace")))
	if err != nil {
		return nil, err
	}
	lines, err := accessLines(v, []ledger.Access{w.Access})
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

func (s *Section) receipt(v *page.Visit) (any, error) {
	p := receiptPage{Trace: vocab.TraceID(v.ID("trace"))}
	got, err := s.Door.Receipt(v.Ctx(), v.Actor, p.Trace)
	if vocab.CodeOf(err) == vocab.ReceiptWaiting {
		p.Waiting = true
		if s.Log != nil {
			p.Since = s.Log.State().WaitingSince
		}
		v.W.Header().Set("Refresh", "5")
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
	w, err := s.Door.Why(v.Ctx(), v.Actor, p.Trace)
	p.Unknown = w.Access.State == ledger.OutcomeUnknown
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

// minePage is a person's own view: who used what about them, and how to come in.
type minePage struct {
	Open  *page.Form
	Demo  []*page.Form
	Names []string // of the demo's residents
	Lines []accessLine
	Next  string
	Gap   bool // a counter is missing: something was kept from this list
}

func (s *Section) mine(v *page.Visit) (any, error) {
	p := minePage{}
	if !v.Actor.IsPerson() {
		p.Open = v.Form(page.Form{Action: "/mine", Name: "open_mine", Fields: []page.Field{{Name: "permit", Kind: "password", Hint: true, Need: true, Complete: "off"}}})
		return p, s.demoResidents(v, &p)
	}
	before, _ := strconv.ParseInt(v.Said("before"), 10, 64)
	list, err := s.Door.Mine(v.Ctx(), v.Actor, before, page.Size)
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(list); i++ {
		p.Gap = p.Gap || list[i].Number != list[i-1].Number-1
	}
	if len(list) == page.Size && list[len(list)-1].Number > 1 {
		p.Next = "/mine?before=" + strconv.FormatInt(list[len(list)-1].Number, 10)
	}
	p.Lines, err = accessLines(v, list)
	return p, err
}

// demoResidents offers some invented people; a node with real ones has none.
func (s *Section) demoResidents(v *page.Visit, p *minePage) error {
	if v.Demo == nil {
		return nil
	}
	for i, k := range v.Demo().Residents {
		p.Names = append(p.Names, k.Value)
		p.Demo = append(p.Demo, v.Form(page.Form{Action: "/mine/demo", Name: "open_demo", Inline: true, Fields: []page.Field{{Name: "resident", Kind: "hidden", Value: strconv.Itoa(i)}}}))
	}
	return nil
}

func (s *Section) openMine(v *page.Visit) (string, error) {
	token := identity.Token(v.Said("permit"))
	a, err := v.Identity.Authenticate(v.Ctx(), token)
	if err != nil {
		return "", err
	}
	if !a.IsPerson() {
		return "", vocab.SignInNeeded.Because("this permit is no person's").WithFix("ask for a permit at a counter; officers sign in with name and password")
	}
	v.SetCookie(v.SessionName(), token.Reveal(), 0)
	return "/mine", nil
}

func (s *Section) openDemo(v *page.Visit) (string, error) {
	if v.Demo == nil {
		return "", identity.NotYours()
	}
	list := v.Demo().Residents
	n, err := strconv.Atoi(v.Said("resident"))
	if err != nil || n < 0 || n >= len(list) {
		return "", identity.NotYours()
	}
	_, token, err := v.Identity.IssueDemoSelf(v.Ctx(), list[n])
	if err != nil {
		return "", err
	}
	v.SetCookie(v.SessionName(), token.Reveal(), 0)
	return "/mine", nil
}
