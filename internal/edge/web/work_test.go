package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// A bulk fill is looked at first, changes nothing before it is applied, and can
// be taken back.
func TestABulkFillIsLookedAtAndTakenBack(t *testing.T) {
	w := newWorld(t)
	steward, actor := w.signedIn("li@civil", "en"), apptest.Officer(apptest.Civil, vocab.Steward)
	for _, name := range []string{"甲", "乙", "丙"} {
		if _, err := w.Catalog.Create(t.Context(), actor, entry.Dataset{Name: entry.Text{ZH: name}, Provider: "民政局"}); err != nil {
			t.Fatal(err)
		}
	}
	lacking := func() int {
		list, err := w.Catalog.Lacking(t.Context(), actor, entry.FieldShare, catalog.Page{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	names := regexp.MustCompile(`(?s)name="sets".*?<bdi[^>]*>(.)</bdi>`)
	var order []string
	for _, m := range names.FindAllStringSubmatch(w.signedIn("li@civil", "zh-CN").page("/todo/share_type"), -1) {
		order = append(order, m[1])
	}
	if strings.Join(order, "") != "丙甲乙" { // bing, jia, yi
		t.Errorf("the order of names: %v", order)
	}
	preview := steward.must(steward.post("/todo/share_type", "/todo/share_type", url.Values{"value": {"unconditional"}}))
	page := steward.page(preview)
	if !strings.Contains(page, "3 would change") || lacking() != 3 {
		t.Fatalf("the preview changed %d or says nothing: %s", 3-lacking(), page)
	}
	if !strings.Contains(page, `<option value="unconditional" selected`) {
		t.Errorf("the preview forgets what was chosen: %s", page)
	}
	id := regexp.MustCompile(`name="preview" value="([^"]+)"`).FindStringSubmatch(page)[1]
	if p := w.signedIn("li@other", "en").post("/todo", "/todo/share_type/apply", url.Values{"preview": {id}}); p.status == http.StatusSeeOther {
		t.Error("another session applies the preview")
	}
	done := steward.must(steward.post(preview, "/todo/share_type/apply", url.Values{"preview": {id}}))
	if lacking() != 0 {
		t.Error("nothing was filled in")
	}
	if !strings.Contains(page, ">甲</bdi></th>") || strings.Contains(page, "<ins><bdi>unconditional</bdi>") {
		t.Errorf("the preview shows ids and words of programs in the place of names: %s", page)
	}
	// The way back stands on the list of bulk edits for as long as one entry does.
	page = steward.page("/todo")
	set := regexp.MustCompile(`name="set" value="([^"]+)"`).FindStringSubmatch(page)
	if set == nil || done != "/todo?done=filled#fills" || !strings.Contains(page, "3 entries") {
		t.Fatalf("the bulk edit is not on the list: %s", page)
	}
	if p := w.signedIn("li@other", "en").post("/machines", "/todo/undo", url.Values{"set": {set[1]}}); p.status != http.StatusNotFound {
		t.Errorf("another member takes it back: %d", p.status)
	}
	list, err := w.Catalog.List(t.Context(), actor, catalog.ListQuery{Owner: apptest.Civil})
	if err != nil || len(list) < 3 {
		t.Fatal(list, err)
	}
	if _, err := w.Catalog.Edit(t.Context(), actor, entry.Edit{ID: list[0].ID, Rev: list[0].Rev, Set: map[entry.Field]string{entry.FieldTheme: "x"}}); err != nil {
		t.Fatal(err)
	}
	if page = w.signedIn("li@civil", "zh-CN").page("/todo"); !strings.Contains(page, "其中 2 个未再改动") {
		t.Errorf("what was changed since is not told: %s", page)
	}
	if to := steward.must(steward.post("/todo", "/todo/undo", url.Values{"set": {set[1]}})); to != "/todo?done=undone_part#fills" || lacking() != 2 {
		t.Errorf("%s: %d lack the field", to, lacking())
	}
	if page = steward.page("/todo"); strings.Contains(page, `name="set"`) || !strings.Contains(page, "taken back") {
		t.Errorf("what was taken back is offered again: %s", page)
	}
}

// A list names a department in the reader's language, where the entry names it as
// the member is named.
func TestADepartmentIsNamedInTheReadersLanguage(t *testing.T) {
	w := newWorld(t)
	for provider, want := range map[string]string{"部门": "Body civil", "部门的一个处": "部门的一个处"} {
		d, err := w.Catalog.Create(t.Context(), apptest.Officer(apptest.Civil, vocab.Steward), entry.Dataset{Name: entry.Text{ZH: "甲" + provider}, Provider: provider})
		if err != nil {
			t.Fatal(err)
		}
		steward := w.signedIn("li@civil", "en")
		if _, line, _ := strings.Cut(steward.page("/datasets/"+string(d.ID)), "<dt>Provider</dt>"); !strings.Contains(line[:min(len(line), 60)], want) {
			t.Errorf("the entry does not say %q: %s", want, line[:min(len(line), 60)])
		}
		page := steward.page("/search?q=" + url.QueryEscape("甲"+provider))
		if _, line, _ := strings.Cut(page, `<p class="small">`); !strings.Contains(line[:min(len(line), 60)], want) {
			t.Errorf("the list does not say %q: %s", want, line[:min(len(line), 60)])
		}
	}
}

// A batch by upload: progress on its page, then the answers as a table.
func TestABatchByUpload(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	user := w.signedIn("li@tax", "en")
	lines := "subject,case,born\n"
	for i := range 10 {
		number, born := apptest.Citizen(i)
		lines += number + ",P-1," + born + "\n"
	}
	form := url.Values{"grant": {string(g.ID)}, "key_kind": {"citizen"}}
	batch := user.must(user.send("/batches?grant="+string(g.ID), "/batches", "people.csv", []byte(lines), form))
	for range 300 {
		if strings.Contains(user.page(batch), "answers.csv") {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	p := user.get(batch + "/answers.csv")
	if p.status != http.StatusOK || strings.Count(p.body, ",match,") != 10 {
		t.Errorf("the answers: %d %s", p.status, p.body)
	}
	for _, path := range []string{batch, batch + "/answers.csv"} {
		if p := w.signedIn("li@other", "en").get(path); p.status != http.StatusNotFound {
			t.Errorf("%s for another member: %d", path, p.status)
		}
	}
	bad := strings.Replace(lines, "P-1", "no case", 1)
	p = user.send("/batches", "/batches", "people.csv", []byte(bad), form)
	if p.status == http.StatusSeeOther {
		t.Errorf("a bad line went through to %s", p.to)
	}
	checkPage(t, "en", "/batches", p.body)
	p = user.send("/batches", "/batches", "people.csv", []byte("number,born\n1,2\n"), form)
	if p.status != http.StatusBadRequest || !strings.Contains(p.body, "subject") {
		t.Errorf("a file without subjects: %d %s", p.status, wrongOf(p.body))
	}
}

// A person sees each use of their data and nobody else's, with the receipt.
func TestAPersonSeesWhoAsked(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	for _, who := range []int{3, 3, 5} {
		if _, err := w.Door.Ask(t.Context(), apptest.Officer(apptest.Tax, vocab.DataUser), (&apptest.World{Grant: g}).Ask(who, "1960-01-01")); err != nil {
			t.Fatal(err)
		}
	}
	self := w.visitor("zh-CN")
	self.must(self.post("/mine", "/mine/demo", url.Values{"resident": {"0"}}))
	page := self.page("/mine")
	checkPage(t, "zh-CN", "/mine", page)
	traces := regexp.MustCompile(`/accesses/([0-9a-f]{32})"`).FindAllStringSubmatch(page, -1)
	if len(traces) != 2 || strings.Contains(page, "缺少编号") || strings.Contains(page, "o-tax") {
		t.Fatalf("%d accesses: %s", len(traces), page)
	}
	checkPage(t, "zh-CN", "/accesses", self.page("/accesses/"+traces[0][1]))
	for _, path := range []string{"/desk", "/machines", "/officers", "/requests", "/grants", "/accesses", "/batches", "/sources", "/todo", "/health", "/import", "/datasets/new", "/compare", "/members"} {
		if p := self.get(path); p.status == http.StatusOK {
			t.Errorf("a person opens %s", path)
		}
	}
	if p := w.visitor("en").post("/mine", "/mine", url.Values{"permit": {"p-nothing.x"}}); p.status == http.StatusSeeOther {
		t.Error("a false permit opens a view")
	}
	self.must(self.post("/mine", "/sign-out", nil))
	if !strings.Contains(self.page("/mine"), `name="permit"`) {
		t.Error("the view stays open after leaving")
	}
}

// What a role may not do, its pages do not do either.
func TestPagesAskForRoles(t *testing.T) {
	w := newWorld(t)
	w.grant()
	if err := w.Identity.SetRoles(t.Context(), mustActor(t, w), "li@other", "other", []vocab.Role{vocab.Counter}); err != nil {
		t.Fatal(err)
	}
	clerk := w.signedIn("li@other", "en")
	for _, path := range []string{"/desk", "/datasets/new", "/import", "/request?dataset=x", "/health"} {
		if p := clerk.get(path); p.status == http.StatusOK {
			t.Errorf("a counter clerk opens %s", path)
		}
	}
	for _, c := range []struct {
		path string
		form url.Values
	}{
		{"/datasets/new", url.Values{"name_en": {"x"}, "provider": {"x"}}},
		{"/sources", url.Values{"id": {"x"}, "address": {"sqlite:///x"}}},
		{"/officers", url.Values{"login": {"x"}, "name": {"x"}, "roles": {"steward"}}},
		{"/machines", url.Values{"system": {"x"}, "expires": {time.Now().AddDate(0, 1, 0).Format(time.DateOnly)}}},
		{"/members", url.Values{"id": {"x"}, "zh": {"x"}, "kind": {"firm"}, "region": {"990000"}}},
	} {
		if p := clerk.post("/notices", c.path, c.form); p.status == http.StatusSeeOther || p.status >= 500 {
			t.Errorf("%s by a counter clerk: %d to %s", c.path, p.status, p.to)
		}
	}
}

// Lines of a batch that cannot be asked are told in the reader's language: which,
// why and what helps. Not a word of it is English.
func TestLinesThatCannotBeAskedAreToldInTheReadersLanguage(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	user := w.signedIn("li@tax", "zh-CN")
	number, born := apptest.Citizen(1)
	lines := "subject,case,born\n" + number + ",P-1," + born + "\n110101190001010000,P-1," + born + "\n1,P-1," + born + "\n" + number + ",P-1,spring\n"
	p := user.send("/batches?grant="+string(g.ID), "/batches", "people.csv", []byte(lines), url.Values{"grant": {string(g.ID)}, "key_kind": {"citizen"}})
	if p.status != http.StatusUnprocessableEntity {
		t.Fatalf("a bad file: %d %s", p.status, p.to)
	}
	checkPage(t, "zh-CN", "/batches", p.body)
	wrong, _, _ := strings.Cut(wrongOf(p.body), "</section>")
	list := regexp.MustCompile(`<ul>(.*?)</ul>`).FindStringSubmatch(wrong)
	if list == nil {
		t.Fatalf("no list: %s", wrong)
	}
	for _, want := range []string{"<li>文件第 3、4 行：", "<li>文件第 5 行："} {
		if !strings.Contains(list[1], want) {
			t.Errorf("the list lacks %q: %s", want, list[1])
		}
	}
	if regexp.MustCompile(`[a-z]{4,} [a-z]{2,} [a-z]`).MatchString(wrong) || !strings.Contains(wrong, "再把整份名单重新提交") {
		t.Errorf("the list speaks English, or of an import: %s", wrong)
	}
	if strings.Contains(wrong, number) || strings.Contains(wrong, "spring") {
		t.Errorf("a value is repeated: %s", wrong)
	}
}

// A refused call stands on the data user's desk also behind hundreds of calls that were
// answered since.
func TestARefusedCallIsFoundBehindManyOthers(t *testing.T) {
	w := newWorld(t)
	g := w.grant()
	by, world := apptest.Officer(apptest.Tax, vocab.DataUser), &apptest.World{Grant: g}
	wrong := world.Ask(3, "1960-01-01")
	wrong.Purpose = "curiosity"
	if _, err := w.Door.Ask(t.Context(), by, wrong); err == nil {
		t.Fatal("a call for another purpose is answered")
	}
	answer, err := w.Door.Ask(t.Context(), by, world.Ask(3, "1960-01-01"))
	if err != nil {
		t.Fatal(err)
	}
	err = w.DB.Write(t.Context(), func(tx *db.Tx) error {
		for n := range 300 {
			_, err := tx.Exec(t.Context(), `INSERT INTO ledger_entry (seq, trace, kind, state, at, owner_member, provider, grant_id, leaf, origin, secret)
				SELECT seq + $1, $2, kind, state, at, owner_member, provider, grant_id, leaf, origin, secret FROM ledger_entry WHERE trace = $3`,
				1000+n, fmt.Sprintf("%032x", n), string(answer.Trace))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	desk := w.signedIn("li@tax", "en").page("/desk")
	if !strings.Contains(desk, "The purpose is not the one granted") {
		t.Errorf("the refused call is not on the desk: %s", desk)
	}
}
