package demo

import (
	"context"
	"time"

	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/share"
	"fontis/internal/vocab"
)

// agreement is one request of the demo and what became of it.
type agreement struct {
	name     string
	asker    vocab.MemberID
	set      string // code of the entry
	items    []string
	question vocab.Question
	status   string
	purpose  string
	basis    entry.Cite
	scenario string
	cases    string // pattern of case numbers
	decision *share.Decision
}

// The agreements that the history and the summary speak of.
const (
	taxResidents = "tax-residents"
	taxPupils    = "tax-pupils"
	taxFirms     = "tax-firms"
	pensions     = "pensions"
)

func agreements() []agreement {
	yes := &share.Decision{Agree: true}
	deduction := entry.Cite{Law: "中华人民共和国个人所得税法", Article: "第十五条"}
	necessity := "中华人民共和国个人信息保护法 第六条"
	return []agreement{
		{
			name: taxResidents, asker: Tax, set: setResident, items: []string{"name", "born"}, question: vocab.Compare,
			purpose: purposeDeduction, basis: deduction, scenario: "核验扣除申报中被赡养人、子女的姓名与出生日期。", cases: `GS-\d{8}`, decision: yes,
		},
		{
			name: taxPupils, asker: Tax, set: setPupil, items: []string{"state"}, question: vocab.Status, status: "at_school",
			purpose: purposeDeduction, basis: deduction, scenario: "核验申报子女教育扣除的子女是否在读。", cases: `GS-\d{8}`, decision: yes,
		},
		{
			name: taxFirms, asker: Tax, set: setFirm, items: []string{"name", "founded", "state"}, question: vocab.Read,
			purpose: purposeFirm, basis: entry.Cite{Law: "中华人民共和国税收征收管理法", Article: "第十五条"},
			scenario: "办理税务登记时核对市场主体登记信息。", cases: `DJ-\d{8}`, decision: yes,
		},
		{
			name: pensions, asker: Security, set: setResident, items: []string{"died"}, question: vocab.Status, status: "living",
			purpose: purposePension, basis: entry.Cite{Law: "中华人民共和国社会保险法", Article: "第五十七条"},
			scenario: "发放养老金前核对领取资格。", cases: `YL-\d{8}`, decision: yes,
		},
		{
			name: "aid-insurance", asker: Civil, set: setEnrolment, items: []string{"name", "scheme", "employer"}, question: vocab.Compare,
			purpose: purposeAid, basis: entry.Cite{Law: "社会救助暂行办法", Article: "第五十八条"}, scenario: "核对救助申请家庭成员的参保情况。", cases: `JZ-\d{8}`,
			decision: &share.Decision{Agree: true, Items: []vocab.ItemID{"name", "scheme"}, Reason: "核对参保情况无需参保单位。", Citation: necessity},
		},
		{
			name: "market-addresses", asker: Market, set: setResident, items: []string{"name", "address"}, question: vocab.Read,
			purpose: purposeMailing, basis: entry.Cite{Law: "中华人民共和国市场主体登记管理条例", Article: "第三条"}, scenario: "向居民寄送宣传材料。", cases: `XC-\d{8}`,
			decision: &share.Decision{Reason: "所称用途并非履行法定职责所必需，且可以公开方式达到。", Citation: necessity},
		},
		{
			name: "school-insurance", asker: Education, set: setEnrolment, items: []string{"state"}, question: vocab.Status, status: "insured",
			purpose: purposeSchool, basis: entry.Cite{Law: "中华人民共和国义务教育法", Article: "第十二条"}, scenario: "核验随迁子女监护人在本地参保。", cases: `RX-\d{8}`,
		},
	}
}

// agree submits and decides; the last one stays open, for the visitor to decide.
func (l *loader) agree(ctx context.Context) error {
	all := agreements()
	for i, g := range all {
		if err := l.settle(ctx, g); err != nil {
			return err
		}
		l.tell("requests", int64(i+1), int64(len(all)))
	}
	return nil
}

func (l *loader) settle(ctx context.Context, g agreement) error {
	user, err := l.as(ctx, holder(g.asker, vocab.DataUser))
	if err != nil {
		return err
	}
	set, err := l.find(ctx, user, g.set)
	if err != nil {
		return err
	}
	id := l.mark.Requests[g.name]
	if id == "" {
		drafted, err := l.app.Share.Draft(ctx, user, g.fields(set, l.app.Clock.Now()))
		if err != nil {
			return err
		}
		id = drafted.ID
		l.mark.Requests[g.name] = id
		if err := l.mark.keep(l.folder, ""); err != nil {
			return err
		}
	}
	r, err := l.app.Share.Get(ctx, user, id)
	if err != nil {
		return err
	}
	if r.State == share.StateDraft {
		if r, err = l.app.Share.Submit(ctx, user, id); err != nil {
			return err
		}
	}
	if r.State == share.StateSubmitted && g.decision != nil {
		steward, err := l.as(ctx, holder(set.Owner, vocab.Steward))
		if err != nil {
			return err
		}
		if r, err = l.app.Share.Decide(ctx, steward, id, *g.decision); err != nil {
			return err
		}
	}
	l.mark.Grants[g.name] = r.Grant
	return nil
}

func (g agreement) fields(set *entry.Dataset, now time.Time) share.Fields {
	f := share.Fields{
		Dataset: set.ID, Question: g.question, Carriages: []vocab.Carriage{vocab.Single}, Basis: g.basis, Purpose: g.purpose, Scenario: g.scenario,
		From: now.Truncate(24 * time.Hour), Until: now.Truncate(24*time.Hour).AddDate(1, 0, 0), PerDay: 200_000, CasePattern: g.cases,
		Security: "专人专机、按次留痕、结果不落地。", ImpactRef: set.ImpactRef,
	}
	if g.question != vocab.Read {
		f.Carriages = append(f.Carriages, vocab.Batch)
	}
	for _, it := range g.items {
		f.Items = append(f.Items, vocab.ItemID(it))
	}
	if g.status != "" {
		f.Statuses = []string{g.status}
	}
	return f
}
