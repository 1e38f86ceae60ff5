package web_test

import (
	"encoding/csv"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// table reads a list's file.
func (v *visitor) table(path, format string) [][]string {
	v.w.t.Helper()
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	p := v.get(path + sep + "file=" + format)
	if p.status != http.StatusOK || !strings.Contains(p.header.Get("Content-Disposition"), "."+format) {
		v.w.t.Fatalf("%s as %s: %d %s", path, format, p.status, wrongOf(p.body))
	}
	if format == "csv" {
		body, marked := strings.CutPrefix(p.body, "\uFEFF")
		in := csv.NewReader(strings.NewReader(body))
		in.FieldsPerRecord = -1
		rows, err := in.ReadAll()
		if err != nil || !marked {
			v.w.t.Fatalf("%s: %v, byte mark %v", path, err, marked)
		}
		return rows
	}
	book, err := excelize.OpenReader(strings.NewReader(p.body))
	if err != nil {
		v.w.t.Fatal(path, err)
	}
	defer book.Close()
	rows, err := book.GetRows("Sheet1")
	if err != nil {
		v.w.t.Fatal(path, err)
	}
	for i := range rows {
		for len(rows[i]) < len(rows[0]) { // empty cells at the end are not stored
			rows[i] = append(rows[i], "")
		}
		for j := range rows[i] {
			at, _ := excelize.CoordinatesToCellName(j+1, i+1)
			if f, _ := book.GetCellFormula("Sheet1", at); f != "" {
				v.w.t.Errorf("%s: %s holds the formula %s", path, at, f)
			}
		}
	}
	return rows
}

// bare takes the guard against formulas off, which CSV has and a workbook needs not.
func bare(rows [][]string) [][]string {
	for _, r := range rows {
		for i, c := range r {
			if len(c) > 1 && c[0] == '\'' && strings.ContainsRune("=+-@", rune(c[1])) {
				r[i] = c[1:]
			}
		}
	}
	return rows
}

// sides are the lists that stand at one address.
var sides = map[string][]string{"/requests": {"?side=incoming", "?side=own", "?side=waiting", "?side=overseen"}, "/grants": {"?side=given", "?side=held"}}

// naming is the column that names a line, where the first does not.
var naming = map[string]int{"/notices": 1, "/todo/{field}": 1, "/emergencies": 3, "/changes": 1}

// aside is what a page says around the lines of its list: the frame, the filter,
// and the closed lists of its forms.
var aside = regexp.MustCompile(`(?s)^.*<main|<details class="filter".*?</details>|<select.*?</select>|<datalist.*?</datalist>|</main>.*$`)

// shows says whether a page holds a cell as the whole of a text or the end of a link.
func shows(body, cell string) bool {
	lines := html.UnescapeString(aside.ReplaceAllString(body, ""))
	return cell != "" && (strings.Contains(lines, ">"+cell+"<") || strings.Contains(lines, "/"+cell+"\""))
}

// What shows a line of a list is its own text or link, and nothing of the filter.
func TestAFilterShowsNoLine(t *testing.T) {
	const frame, filter = `<nav><a href="/x/agreed">agreed</a></nav><main>`, `<details class="filter"><select><option>agreed</option></select></details>`
	for body, want := range map[string]bool{
		frame + filter + `</main>`:                                      false,
		frame + `<select><option>agreed</option></select></main>`:       false,
		frame + filter + `<td>not agreed</td></main><p>agreed</p>`:      false,
		frame + filter + `<td>agreed</td></main>`:                       true,
		frame + filter + `<a href="/requests/agreed">A name</a></main>`: true,
	} {
		if shows(body, "agreed") != want {
			t.Errorf("%s shows the line: %v", body, !want)
		}
	}
}

// escalated is a request that was refused, and whose dispute waits for the authority.
func (v *visitor) escalated(steward *visitor, set string) (request string) {
	v.w.t.Helper()
	request = v.draft(set)
	v.must(v.post(request, request+"/submit", nil))
	steward.must(steward.post(request, request, url.Values{"word": {"refuse"}, "sure": {"yes"}, "reason": {"no ground"}, "citation": {"art. 9"}}))
	for _, act := range []string{"dispute", "escalate"} {
		v.must(v.post(request, request+"/take/"+act, url.Values{"reason": {"the law says so"}}))
	}
	return request
}

// What waits for the authority's word has a list of its own, from the desk and from
// the menu; who is no authority has none, and what was ruled on leaves it.
func TestWhatWaitsForTheAuthoritysWordIsAList(t *testing.T) {
	w := newWorld(t)
	w.grant()
	steward, user, chief := w.signedIn("li@civil", "en"), w.signedIn("li@tax", "en"), w.signedIn("chief@bureau", "en")
	set := newEntry(t, w, steward)
	disputed := user.escalated(steward, set)
	plain := user.draft(set)
	user.must(user.post(plain, plain+"/submit", nil))
	for path, want := range map[string][2]bool{
		"/requests": {true, false}, "/requests?side=waiting": {true, false}, "/requests?side=overseen": {true, true},
		"/requests?side=waiting&state=superior_decision": {false, false}, "/requests?side=overseen&state=submitted": {false, true},
	} {
		page := chief.page(path)
		checkPage(t, chief.lang, path, page)
		if got := [2]bool{strings.Contains(page, disputed), strings.Contains(page, plain)}; got != want {
			t.Errorf("%s shows the dispute and the plain request: %v, want %v", path, got, want)
		}
	}
	if page := chief.page("/oversight"); !strings.Contains(page, `<strong>1</strong><a href="/requests?side=waiting">`) {
		t.Errorf("the desk does not count what waits: %s", page)
	}
	if page := user.page("/requests?side=waiting"); strings.Contains(page, "What waits for our word") {
		t.Errorf("who is no authority has its list: %s", page)
	}
	chief.must(chief.post(disputed, disputed+"/take/uphold", url.Values{"reason": {"no ground was named"}, "citation": {"art. 20"}}))
	if strings.Contains(chief.page("/requests"), disputed) {
		t.Error("what was ruled on still waits")
	}
}

// Each list of the portal gives the same lines on its page, as CSV and as a
// workbook, and the rights are the same: who may not read the page has no file.
func TestEveryListIsTheSameOnItsPageAndInItsFiles(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	steward, user, chief := w.signedIn("li@civil", "en"), w.signedIn("li@tax", "en"), w.signedIn("chief@bureau", "en")
	set := newEntry(t, w, steward)
	request := user.draft(set)
	user.must(user.post(request, request+"/submit", nil))
	disputed := user.escalated(steward, set)
	user.must(user.post("/demands", "/demands", url.Values{
		"of": {"civil"}, "name": {"Registered marriages"}, "what": {"whether a marriage is registered"}, "wanted": {"state"}, "law": {"Civil Code"}, "article": {"1049"},
		"purpose": {"pension"}, "scenario": {"At the counter."},
	}))
	number, born := apptest.Citizen(3)
	user.must(user.send("/batches?grant="+string(g.ID), "/batches", "people.csv", []byte("subject,case,born\n"+number+",P-1,"+born+"\n"), url.Values{"grant": {string(g.ID)}, "key_kind": {"citizen"}}))
	if _, err := w.Catalog.Create(t.Context(), apptest.Officer(apptest.Civil, vocab.Steward), entry.Dataset{Name: entry.Text{ZH: "婚姻登记"}, Provider: "民政局"}); err != nil {
		t.Fatal(err)
	}
	w.withhold("技术秘密目录", "涉及商业秘密")
	if err := w.Catalog.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	contest := raised(t, w, set)
	if _, err := w.Door.Ask(t.Context(), apptest.Officer(apptest.Tax, vocab.DataUser), (&apptest.World{Grant: g}).Ask(3, "1960-01-01")); err != nil {
		t.Fatal(err)
	}
	machineOf(t, w)
	w.lapse(set)
	auditor := w.acts(set, contest)
	if rows := chief.table("/requests?side=waiting", "csv"); len(rows) != 2 || rows[1][0] != strings.TrimPrefix(disputed, "/requests/") {
		t.Errorf("for the authority's word wait %q", rows)
	}
	lists, filled := 0, map[string]bool{}
	for _, r := range w.site.Routes() {
		if r.File == nil {
			continue
		}
		lists++
		for _, side := range append(sides[r.Path], "")[:max(1, len(sides[r.Path]))] {
			path := strings.ReplaceAll(r.Path, "{field}", "share_type") + side
			may := 0
			for _, v := range []*visitor{steward, user, chief, auditor, w.visitor("en")} {
				page, file := v.get(path), v.get(path+map[bool]string{true: "?", false: "&"}[side == ""]+"file=csv")
				if page.status != file.status && r.Path != "/deferrals" && (page.status == http.StatusOK || file.status == http.StatusOK) {
					t.Errorf("%s: the page answers %d, its file %d", path, page.status, file.status)
				}
				if file.status != http.StatusOK {
					continue
				}
				may++
				rows, book := v.table(path, "csv"), v.table(path, "xlsx")
				if d := cmp.Diff(bare(rows), book); d != "" {
					t.Errorf("%s: CSV and workbook differ: %s", path, d)
				}
				for _, row := range rows[1:min(len(rows), 21)] {
					filled[path] = true
					if cell := row[naming[r.Path]]; !shows(page.body, cell) {
						t.Errorf("%s: %q, which names the line %q of the file, is not on the page", path, cell, row)
					}
				}
				if len(rows) > 1 && !strings.Contains(page.body, "file=xlsx") {
					t.Errorf("%s does not offer its file", path)
				}
			}
			if may == 0 || !filled[path] {
				t.Errorf("%s: %d have its file, with lines: %v", path, may, filled[path])
			}
		}
	}
	if lists < 18 {
		t.Errorf("of the lists only %d are read", lists)
	}
}

// A filter stands in the address and is kept by the next window, by the other
// language and by the files; walking the windows meets every line of the file once.
func TestAFilterIsKept(t *testing.T) {
	w := newWorld(t)
	chief := w.signedIn("chief@bureau", "zh-CN")
	names := []string{"自然资源", "民政", "税务", "农业", "医疗保障"}
	for i := range 45 {
		m := identity.NewMember{ID: vocab.MemberID(fmt.Sprintf("m-%02d", i)), Name: identity.Name{En: fmt.Sprintf("Body %d", i), Zh: names[i%5] + fmt.Sprintf("第%d分局", i)}, Kind: identity.KindDepartment, Region: "990000"}
		if i == 7 {
			m.Name.Zh = "=1+2 分局"
		}
		if i%9 == 0 {
			m.Kind = identity.KindFirm
		}
		if _, err := w.Identity.AddMember(t.Context(), mustActor(t, w), m); err != nil {
			t.Fatal(err)
		}
	}
	path := "/members?kind=department&q=" + url.QueryEscape("分局")
	rows := chief.table(path, "csv")[1:]
	if len(rows) != 40 {
		t.Fatalf("%d lines in the file", len(rows))
	}
	if !slices.ContainsFunc(rows, func(r []string) bool { return r[1] == "'=1+2 分局" }) {
		t.Error("a formula stands in the CSV as one")
	}
	var seen []string
	next := regexp.MustCompile(`href="([^"]+)" rel="next"`)
	for at, page := path, ""; at != ""; {
		page = chief.page(at)
		for _, m := range regexp.MustCompile(`<a href="/members/([a-z0-9-]+)">`).FindAllStringSubmatch(page, -1) {
			seen = append(seen, m[1])
		}
		at = ""
		if m := next.FindStringSubmatch(page); m != nil {
			at = html.UnescapeString(m[1])
			u, err := url.Parse(at)
			if err != nil || u.Query().Get("kind") != "department" || u.Query().Get("q") != "分局" {
				t.Errorf("the next window forgets the filter: %s", at)
			}
		}
		if back := regexp.MustCompile(`name="back" value="([^"]+)"`).FindStringSubmatch(page); back == nil || !strings.Contains(back[1], "kind=department") {
			t.Errorf("the other language forgets the filter: %v", back)
		}
	}
	var listed []string
	for _, r := range rows {
		listed = append(listed, r[0])
	}
	if d := cmp.Diff(listed, seen); d != "" {
		t.Errorf("the windows and the file differ: %s", d)
	}
	// 民政 min, 农业 nong, 税务 shui, 医疗 yi, 自然 zi; in English by the name in English.
	kinds := slices.Compact(func() (out []string) {
		for _, r := range rows {
			if !strings.HasPrefix(r[1], "'") {
				out = append(out, string([]rune(r[1])[:2]))
			}
		}
		return out
	}())
	if d := cmp.Diff([]string{"民政", "农业", "税务", "医疗", "自然"}, kinds); d != "" {
		t.Errorf("the order of names: %s", d)
	}
	english := w.signedIn("chief@bureau", "en").table("/members?q=Body", "csv")[1:]
	if !slices.IsSortedFunc(english[:10], func(a, b []string) int { return strings.Compare(fmt.Sprintf("%08s", a[1]), fmt.Sprintf("%08s", b[1])) }) {
		t.Errorf("the order in English: %v", english[:10])
	}
}
