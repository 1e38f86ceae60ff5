package intake

import (
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/vocab"
)

// Officer is one line of a list of officers to invite.
type Officer struct {
	Line   int
	Login  string
	Name   string
	Member vocab.MemberID
	Roles  []vocab.Role
}

// OfficerList is a list as read. Columns are the file's, for a workbook of
// rejects.
type OfficerList struct {
	Good    []Officer
	Rejects []Reject
	Columns []string
}

// maxOfficers bounds one list; a whole province has fewer.
const maxOfficers = 20_000

// ReadOfficers reads login, name, member and roles from a workbook or a CSV.
// Without a header line the columns stand in that order. A blank member means
// the member of whoever imports.
func ReadOfficers(r io.ReaderAt, size int64, o input.Options) (OfficerList, error) {
	in, err := Open(r, size, o)
	if err != nil {
		return OfficerList{}, err
	}
	at := officerColumns(in.Columns())
	guessed := at["login"] == "" && !o.NoHeader && o.HeaderLine == 0
	if guessed {
		in.Close()
		o.NoHeader, o.Columns = true, []string{"login", "name", "member", "roles"}
		if in, err = Open(r, size, o); err != nil {
			return OfficerList{}, err
		}
		at = officerColumns(in.Columns())
	}
	defer in.Close()
	unnamed := vocab.ColumnUnmapped.Because("the list of officers needs the columns login and roles").
		WithFix("name the columns login, name, member, roles (账号, 姓名, 单位, 角色)")
	if at["login"] == "" || at["roles"] == "" {
		return OfficerList{}, unnamed
	}
	list := OfficerList{Columns: in.Columns()}
	seen := map[string]int{}
	for {
		rec, err := in.Next()
		if err == io.EOF {
			if guessed && len(list.Good) == 0 { // another list, such as one of data sets
				return OfficerList{}, unnamed
			}
			return list, nil
		}
		if err != nil {
			return list, err
		}
		if len(list.Good)+len(list.Rejects) >= maxOfficers {
			return list, vocab.FileTooLarge.Because("the list has more than %d officers", maxOfficers)
		}
		of, troubles := officer(rec, at)
		if first := seen[of.Login]; first > 0 {
			troubles = append(troubles, input.Trouble{Problem: input.LoginTwice, Line: rec.Line, Column: at["login"], Args: []string{strconv.Itoa(first)}, Rejects: true})
		}
		if rejects(troubles) {
			list.Rejects = append(list.Rejects, Reject{Line: rec.Line, Cells: rec.Cells, Troubles: troubles})
			continue
		}
		seen[of.Login] = rec.Line
		list.Good = append(list.Good, of)
	}
}

func officerColumns(columns []string) map[string]string {
	names := map[string]string{
		"login":  "login username account user 账号 登录名 用户名 登录账号 工号 帳號",
		"name":   "name fullname officer 姓名 名字 人员姓名",
		"member": "member organization department 单位 部门 机构 所属单位 所属部门 单位代码 單位",
		"roles":  "roles role 角色 岗位 权限 角色名称",
	}
	out := map[string]string{}
	for _, c := range columns {
		for what, words := range names {
			if out[what] == "" && slices.Contains(strings.Fields(words), fold(c)) {
				out[what] = c
			}
		}
	}
	return out
}

func officer(rec input.Record, at map[string]string) (Officer, []input.Trouble) {
	troubles := slices.Clone(rec.Troubles)
	bad := func(p input.Problem, column string, args ...string) {
		troubles = append(troubles, input.Trouble{Problem: p, Line: rec.Line, Column: at[column], Args: args, Rejects: true})
	}
	cell := func(what string) string { return strings.TrimSpace(rec.Cells[at[what]]) }
	of := Officer{Line: rec.Line, Login: strings.ToLower(cell("login")), Name: cell("name"), Member: vocab.MemberID(cell("member"))}
	switch {
	case of.Login == "":
		bad(input.NeedMissing, "login", "login")
	case !loginShape.MatchString(of.Login):
		bad(input.LoginInvalid, "login")
	}
	words := roleWords()
	for _, part := range splitList(cell("roles"), []string{"、", "，", ",", ";", "；", "|", "/", "\n"}) {
		role, ok := words[wordKey(part)]
		if !ok {
			bad(input.WordUnknown, "roles", "roles", roleNames())
			continue
		}
		if !slices.Contains(of.Roles, role) {
			of.Roles = append(of.Roles, role)
		}
	}
	if cell("roles") == "" {
		bad(input.NeedMissing, "roles", "roles")
	}
	return of, troubles
}

// loginShape is that of identity, which has the last word.
var loginShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,46}[a-z0-9])?$`)

func roleWords() map[string]vocab.Role {
	out := map[string]vocab.Role{}
	for role, names := range map[vocab.Role]string{
		vocab.Steward:   "steward 数据管理员 目录管理员 数据专员 数据管家",
		vocab.DataUser:  "user datauser 数据使用人 数据使用者 使用人员 业务人员 经办人",
		vocab.Authority: "authority 主管部门 数据主管 审批人 主管",
		vocab.Auditor:   "auditor 审计 审计员 审计人员",
		vocab.Counter:   "counter 窗口 窗口人员 窗口工作人员",
		vocab.Operator:  "operator 运维 运维人员 系统管理员",
	} {
		for n := range strings.FieldsSeq(names) {
			out[wordKey(n)] = role
		}
	}
	return out
}

func roleNames() string {
	var out []string
	for _, r := range vocab.Roles() {
		out = append(out, string(r))
	}
	return strings.Join(out, ", ")
}
