package demo

import (
	"context"
	"fmt"
	"slices"

	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/password"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/vocab"
)

// The members of the demo world.
const (
	Bureau    vocab.MemberID = "data-bureau"
	Civil     vocab.MemberID = "civil-affairs"
	Security  vocab.MemberID = "social-security"
	Market    vocab.MemberID = "market-regulation"
	Education vocab.MemberID = "education"
	Tax       vocab.MemberID = "tax"
	Audit     vocab.MemberID = "audit"
	Bank      vocab.MemberID = "bank"
)

// Password is that of every officer of the demo world. It stands here because it
// protects nothing: Load refuses a node that is no demo, and a demo is served on
// loopback only.
const Password = "clear-water-demo"

// office is a member as the demo makes it.
type office struct {
	id   vocab.MemberID
	name identity.Name
	kind identity.MemberKind
	unit string
}

var offices = []office{
	{Bureau, identity.Name{Zh: "数据局（演示）", En: "Data Bureau (demo)"}, identity.KindAuthority, "资源管理处"},
	{Civil, identity.Name{Zh: "民政局（演示）", En: "Civil Affairs (demo)"}, identity.KindDepartment, "信息中心"},
	{Security, identity.Name{Zh: "人力资源和社会保障局（演示）", En: "Human Resources and Social Security (demo)"}, identity.KindDepartment, "社会保险中心"},
	{Market, identity.Name{Zh: "市场监督管理局（演示）", En: "Market Regulation (demo)"}, identity.KindDepartment, "登记注册处"},
	{Education, identity.Name{Zh: "教育局（演示）", En: "Education (demo)"}, identity.KindDepartment, "学籍管理科"},
	{Tax, identity.Name{Zh: "税务局（演示）", En: "Tax (demo)"}, identity.KindDepartment, "个人所得税处"},
	{Audit, identity.Name{Zh: "审计局（演示）", En: "Audit Office (demo)"}, identity.KindAuditor, "数据审计处"},
	{Bank, identity.Name{Zh: "银行（演示）", En: "Bank (demo)"}, identity.KindFirm, "个人信贷部"},
}

// clerk is an officer as the demo makes one.
type clerk struct {
	member vocab.MemberID
	login  string
	name   string
	roles  []vocab.Role
}

// clerks: the first one makes the node.
var clerks = []clerk{
	{Bureau, "lin.zhiyuan", "林知远", []vocab.Role{vocab.Authority, vocab.Operator, vocab.Steward}},
	{Bureau, "guo.yun", "郭云", []vocab.Role{vocab.Counter}},
	{Civil, "chen.min", "陈敏", []vocab.Role{vocab.Steward}},
	{Civil, "he.ping", "何平", []vocab.Role{vocab.Steward, vocab.DataUser}},
	{Security, "wu.fang", "吴芳", []vocab.Role{vocab.Steward}},
	{Security, "luo.jie", "罗杰", []vocab.Role{vocab.DataUser, vocab.Steward}},
	{Market, "zhao.lei", "赵磊", []vocab.Role{vocab.Steward}},
	{Market, "xu.qian", "徐倩", []vocab.Role{vocab.DataUser, vocab.Steward}},
	{Education, "tang.wen", "唐文", []vocab.Role{vocab.Steward}},
	{Education, "deng.hua", "邓华", []vocab.Role{vocab.DataUser, vocab.Steward}},
	{Tax, "qian.li", "钱丽", []vocab.Role{vocab.Steward}},
	{Tax, "sun.bo", "孙博", []vocab.Role{vocab.DataUser, vocab.Steward}},
	{Tax, "jiang.tao", "蒋涛", []vocab.Role{vocab.DataUser}},
	{Audit, "feng.jing", "冯静", []vocab.Role{vocab.Auditor}},
	{Bank, "ye.qing", "叶青", []vocab.Role{vocab.DataUser}},
}

func (c clerk) id() vocab.OfficerID { return identity.OfficerOf(c.login, c.member) }

// holder is the first officer of the member who holds the role.
func holder(m vocab.MemberID, r vocab.Role) clerk {
	for _, c := range clerks {
		if c.member != m {
			continue
		}
		for _, has := range c.roles {
			if has == r {
				return c
			}
		}
	}
	return clerk{}
}

// second is an officer of the member who holds the role beside its holder.
func second(m vocab.MemberID, r vocab.Role) clerk {
	first := holder(m, r)
	for _, c := range clerks {
		if c.member == m && c.login != first.login && slices.Contains(c.roles, r) {
			return c
		}
	}
	return clerk{}
}

func officeOf(m vocab.MemberID) office {
	for _, o := range offices {
		if o.id == m {
			return o
		}
	}
	return office{}
}

// code is the office's credit code: a body of government, or a firm, in area 990000.
func (o office) code() string {
	for i, other := range offices {
		if other.id == o.id {
			organisation := fmt.Sprintf("9900000%d", i+1)
			class := "11"
			if o.kind == identity.KindFirm {
				class = "91"
			}
			body := class + subject.DemoArea + organisation + string(subject.OrganisationCheckSignOf(organisation))
			return body + string(subject.CreditCheckSignOf(body))
		}
	}
	return ""
}

func (o office) member(region string) identity.NewMember {
	return identity.NewMember{ID: o.id, Name: o.name, CreditCode: o.code(), Kind: o.kind, Region: region}
}

func (c clerk) officer() identity.NewOfficer {
	return identity.NewOfficer{Member: c.member, Login: c.login, Name: c.name, Unit: officeOf(c.member).unit, Roles: c.roles}
}

// makeNode makes the node with the data bureau and its first officer, or signs
// that officer in where a killed load had made them.
func (l *loader) makeNode(ctx context.Context) error {
	node, err := l.app.Identity.Node(ctx)
	if vocab.CodeOf(err) == vocab.StateWrong {
		return l.initNode(ctx)
	}
	if err != nil {
		return err
	}
	if node.Keeper != Bureau {
		return vocab.StateWrong.Because("the node is kept by %s: a demo world needs a node of its own", node.Keeper)
	}
	l.region = node.Jurisdiction
	if _, err := l.as(ctx, clerks[0]); err == nil || vocab.CodeOf(err) != vocab.SignInFailed {
		return err
	}
	// Killed between the invitation and its use: the code is lost, and only the
	// officer themself could ask for another.
	self := identity.Actor{Member: Bureau, OfNode: true, Region: l.region, Officer: clerks[0].id(), Roles: clerks[0].roles}
	inv, err := l.app.Identity.Invite(ctx, self, clerks[0].id())
	if err != nil {
		return err
	}
	return l.accept(ctx, inv)
}

func (l *loader) initNode(ctx context.Context) error {
	l.region = l.app.Config.Jurisdiction
	if l.region == "" {
		l.region = subject.DemoArea
	}
	inv, err := l.app.Identity.InitNode(ctx, identity.Init{
		Name: l.app.Config.Name, Instance: "DEMO", Jurisdiction: l.region,
		Authority: offices[0].member(l.region), Officer: clerks[0].officer(),
	})
	if err != nil {
		return err
	}
	return l.accept(ctx, inv)
}

func (l *loader) accept(ctx context.Context, inv identity.Invitation) error {
	in, err := l.app.Identity.AcceptInvitation(ctx, inv.Code, password.Password(Password), identity.From{Agent: "demo"})
	if err != nil {
		return fmt.Errorf("set the password of %s: %w", inv.Officer, err)
	}
	l.signedIn[inv.Officer] = in.Actor
	return nil
}

// as is the officer, signed in.
func (l *loader) as(ctx context.Context, c clerk) (identity.Actor, error) {
	if a, ok := l.signedIn[c.id()]; ok {
		return a, nil
	}
	in, err := l.app.Identity.SignIn(ctx, string(c.id()), password.Password(Password), identity.From{Agent: "demo"})
	if err != nil {
		return identity.Actor{}, fmt.Errorf("sign %s in: %w", c.id(), err)
	}
	l.signedIn[c.id()] = in.Actor
	return in.Actor, nil
}

// admit makes the other members and all officers.
func (l *loader) admit(ctx context.Context) error {
	by, err := l.as(ctx, clerks[0])
	if err != nil {
		return err
	}
	for _, o := range offices[1:] {
		if _, err := l.app.Identity.AddMember(ctx, by, o.member(l.region)); err != nil && vocab.CodeOf(err) != vocab.AlreadyExists {
			return err
		}
	}
	for i, c := range clerks[1:] {
		l.tell("officers", int64(i+2), int64(len(clerks)))
		if err := l.invite(ctx, by, c); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) invite(ctx context.Context, by identity.Actor, c clerk) error {
	inv, err := l.app.Identity.AddOfficer(ctx, by, c.officer())
	if vocab.CodeOf(err) == vocab.AlreadyExists {
		known, err := l.app.Identity.Officer(ctx, by, c.id())
		if err != nil || known.State != identity.Invited {
			return err
		}
		if inv, err = l.app.Identity.Invite(ctx, by, c.id()); err != nil {
			return err
		}
		return l.accept(ctx, inv)
	}
	if err != nil {
		return err
	}
	return l.accept(ctx, inv)
}
