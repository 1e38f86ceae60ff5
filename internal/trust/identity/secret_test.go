package identity

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/outbox"
	"fontis/internal/trust/identity/password"
	"fontis/internal/trust/identity/token"
	"fontis/internal/vocab"
	"fontis/internal/vocab/fact"
)

func countRows(w *world, query string, into *int) error {
	return w.db.Read(w.ctx, func(tx *db.Tx) error { return tx.QueryRow(w.ctx, query).Scan(into) })
}

// everything is the whole record as bytes: a snapshot file and what lies beside it.
func everything(w *world) []byte {
	w.t.Helper()
	dir := w.t.TempDir()
	w.must(w.db.Snapshot(w.ctx, filepath.Join(dir, "snapshot.db")))
	var all []byte
	w.must(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		all = append(all, raw...)
		return err
	}))
	return all
}

func TestNoSecretIsStoredOrLogged(t *testing.T) {
	w := begun(t)
	w.Service = w.service(Options{Demo: true})
	li := w.as("li")
	inv, err := w.AddOfficer(w.ctx, li.Actor, NewOfficer{Member: "tax-310000", Login: "yu", Name: "Yu"})
	w.must(err)
	_, machine, err := w.IssueMachine(w.ctx, li.Actor, NewMachine{Member: "tax-310000", System: "a"})
	w.must(err)
	person := demoPerson(7)
	_, permit, err := w.IssueDemoSelf(w.ctx, person)
	w.must(err)
	w.must(w.db.Write(w.ctx, func(tx *db.Tx) error {
		return second(w.RegisterSubject(w.ctx, tx, "tax-310000", "src-1", person))
	}))
	for _, tok := range []token.Token{li.Token, machine, permit} {
		a, err := w.Authenticate(w.ctx, tok)
		w.must(err)
		tok2, p := tok, goodPassword
		// What a careless line would log.
		fmt.Fprintf(w.logs, "%v %+v %#v %s %v %#v %+v", a, a, a.Self, tok2, tok2, tok2, p)
		fmt.Fprintf(w.logs, "%#v %+v %#v", SignedIn{Token: tok}, OIDCConfig{ClientSecret: p}, p)
	}
	_, err = w.SignIn(w.ctx, "li", "wrong wrong wrong", here)
	fmt.Fprintf(w.logs, "%v %+v", err, err)
	var acts strings.Builder
	fmt.Fprintf(&acts, "%v", w.book.acts)

	secret := func(t token.Token) string { _, s, _ := strings.Cut(t.Reveal(), "."); return s }
	stored := everything(w)
	if !bytes.Contains(stored, []byte("yu@tax-310000")) {
		t.Fatal("the search does not see the record")
	}
	for name, s := range map[string]string{
		"password": string(goodPassword), "wrong password": "wrong wrong wrong", "code": inv.Code, "bare code": strings.ReplaceAll(inv.Code, "-", ""),
		"session": secret(li.Token), "machine's token": secret(machine), "permit": secret(permit), "citizen number": person.Value,
	} {
		if bytes.Contains(stored, []byte(s)) {
			t.Errorf("the record holds the %s", name)
		}
		if strings.Contains(w.logs.String(), s) {
			t.Errorf("the log holds the %s", name)
		}
		if strings.Contains(acts.String(), s) {
			t.Errorf("an act holds the %s", name)
		}
	}
	ref := w.AuditRef(person)
	if strings.Contains(w.logs.String(), fmt.Sprintf("%x", ref[:])) || strings.Contains(acts.String(), fmt.Sprintf("%x", ref[:])) {
		t.Error("the log or an act holds a pseudonym")
	}
}

func TestRootOpensToThePersonOnly(t *testing.T) {
	w := begun(t)
	w.Service = w.service(Options{Demo: true})
	one, two := demoPerson(1), demoPerson(2)
	register := func(k vocab.SubjectKey) {
		w.must(w.db.Write(w.ctx, func(tx *db.Tx) error {
			return second(w.RegisterSubject(w.ctx, tx, "tax-310000", "src-1", k))
		}))
	}
	a, err := w.SelfActor(one)
	w.must(err)
	if _, err := w.OwnKey(w.ctx, a); !errors.Is(err, vocab.NoSuchThing) {
		t.Errorf("a root that nobody needed: %v", err)
	}
	register(one)
	register(one)
	register(two)
	var n int
	w.must(countRows(w, `SELECT COUNT(*) FROM identity_root`, &n))
	if n != 2 {
		t.Errorf("%d rows for two persons", n)
	}
	if got, err := w.OwnKey(w.ctx, a); err != nil || got != one {
		t.Errorf("the person's own row: %v", err)
	}
	if _, err := w.OwnKey(w.ctx, w.as("chief").Actor); !errors.Is(err, vocab.NoSuchThing) {
		t.Errorf("the authority opens a row: %v", err)
	}
	// Rows exchanged by whoever writes to the database do not open.
	b := w.AuditRef(two)
	w.must(w.db.Write(w.ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(w.ctx, `UPDATE identity_root SET sealed = (SELECT o.sealed FROM identity_root o WHERE o.person = $1) WHERE person = $2`, b[:], a.Self[:])
		return err
	}))
	if _, err := w.OwnKey(w.ctx, a); err == nil {
		t.Error("an exchanged row was opened")
	}
	err = w.db.Write(w.ctx, func(tx *db.Tx) error {
		return second(w.RegisterSubject(w.ctx, tx, "tax-310000", "src-1", vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: "1"}))
	})
	if !errors.Is(err, vocab.SubjectInvalid) {
		t.Errorf("a wrong number was registered: %v", err)
	}
}

func TestPseudonymsOfTwoSectorsDoNotMeet(t *testing.T) {
	w := newWorld(t)
	w.must(w.Sectors("tax", "school"))
	k := vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: "11010519491231002X"}
	refs := map[vocab.PersonRef]string{}
	for name, ref := range map[string]vocab.PersonRef{
		"tax": w.Pseudonym("tax", k), "school": w.Pseudonym("school", k), "audit": w.AuditRef(k),
		"another kind": w.AuditRef(vocab.SubjectKey{Kind: vocab.RegisterNumber, Value: k.Value}), "another person": w.AuditRef(demoPerson(1)),
	} {
		if other, ok := refs[ref]; ok {
			t.Errorf("%s and %s meet", name, other)
		}
		refs[ref] = name
	}
	k.Value = " 11010519491231002x"
	if refs[w.Pseudonym("tax", k)] != "tax" {
		t.Error("another spelling is another person")
	}
}

func TestPersonActsByAPermitForAWhile(t *testing.T) {
	w := begun(t)
	k := vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: "11010519491231002X"}
	he := w.as("he").Actor
	p, token, err := w.IssueSelf(w.ctx, he, k, 0)
	w.must(err)
	a, err := w.Authenticate(w.ctx, token)
	w.must(err)
	if a.Self != w.AuditRef(k) || !a.IsPerson() || a.Member != "" || len(a.Roles) != 0 || !a.Until.Equal(p.Expires) {
		t.Error("the person's actor is another")
	}
	if err := a.Must(vocab.DataUser); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("a person holds a role: %v", err)
	}
	if _, _, err := w.IssueSelf(w.ctx, w.as("li").Actor, k, 0); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("without the role counter: %v", err)
	}
	if _, _, err := w.IssueSelf(w.ctx, he, k, 2*time.Hour); !errors.Is(err, vocab.BadInput) {
		t.Errorf("a long permit: %v", err)
	}
	if _, _, err := w.IssueDemoSelf(w.ctx, demoPerson(1)); !errors.Is(err, vocab.NotOffered) {
		t.Errorf("a permit without a counter on a node that is no demo: %v", err)
	}
	demo := w.service(Options{Demo: true})
	if _, _, err := demo.IssueDemoSelf(w.ctx, k); !errors.Is(err, vocab.NotOffered) {
		t.Errorf("a demo's permit for a number that may be real: %v", err)
	}
	w.clock.Advance(usualSelf)
	if _, err := w.Authenticate(w.ctx, token); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("an ended permit lives: %v", err)
	}
	_, token, err = w.IssueSelf(w.ctx, w.as("he").Actor, k, 0)
	w.must(err)
	a, err = w.Authenticate(w.ctx, token)
	w.must(err)
	w.must(w.EndSelf(w.ctx, a))
	if _, err := w.Authenticate(w.ctx, token); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("a permit given back lives: %v", err)
	}
}

func TestAPersonsNoticeReachesThatPersonOnly(t *testing.T) {
	w := begun(t)
	w.Service = w.service(Options{Demo: true})
	one, err := w.SelfActor(demoPerson(1))
	w.must(err)
	two, err := w.SelfActor(demoPerson(2))
	w.must(err)
	put := func(n Notice) error {
		w.clock.Advance(time.Second)
		return w.db.Write(w.ctx, func(tx *db.Tx) error { return w.PutNotice(w.ctx, tx, n) })
	}
	w.must(put(Notice{Person: one.Self, Kind: "label-put", Link: "/mydata"}))
	for _, bad := range []Notice{{Kind: "to-nobody"}, {Kind: "to-both", Member: "tax-310000", Person: one.Self}} {
		if err := put(bad); !errors.Is(err, vocab.BadInput) {
			t.Errorf("%s: %v", bad.Kind, err)
		}
	}
	list, err := w.Notices(w.ctx, one, Page{})
	w.must(err)
	if len(list) != 1 || list[0].Kind != "label-put" || list[0].Member != "" || list[0].Person != one.Self {
		t.Fatalf("the person's inbox: %+v", list)
	}
	for name, a := range map[string]Actor{"another person": two, "an officer": w.as("li").Actor} {
		if list, err := w.Notices(w.ctx, a, Page{}); err != nil || len(list) != 0 {
			t.Errorf("%s sees %+v, %v", name, list, err)
		}
		if err := w.MarkNoticeRead(w.ctx, a, list[0].ID); vocab.CodeOf(err) != vocab.NoSuchThing {
			t.Errorf("%s marks a foreign notice: %v", name, err)
		}
	}
	if n, err := w.UnreadNotices(w.ctx, one); err != nil || n != 1 {
		t.Errorf("%d unread, %v", n, err)
	}
	w.must(w.MarkNoticeRead(w.ctx, one, list[0].ID))
	if n, err := w.UnreadNotices(w.ctx, one); err != nil || n != 0 {
		t.Errorf("%d unread after reading, %v", n, err)
	}
	if _, err := w.Notices(w.ctx, Actor{}, Page{}); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("nobody has an inbox: %v", err)
	}
}

func TestNoticesReachTheirInboxOnly(t *testing.T) {
	w := begun(t)
	put := func(n Notice) error {
		w.clock.Advance(time.Second)
		return w.db.Write(w.ctx, func(tx *db.Tx) error { return w.PutNotice(w.ctx, tx, n) })
	}
	w.must(put(Notice{Member: "tax-310000", Kind: "to-all", Params: map[string]string{"grant": "g-1"}, Link: "/grants/g-1"}))
	w.must(put(Notice{Member: "tax-310000", Officer: "li@tax-310000", Kind: "to-li"}))
	w.must(put(Notice{Member: "tax-310000", Officer: "yu@tax-310000", Kind: "to-yu"}))
	w.must(put(Notice{Member: "school-310100", Kind: "to-school"}))
	li := w.as("li").Actor
	list, err := w.Notices(w.ctx, li, Page{})
	w.must(err)
	if len(list) != 2 || list[0].Kind != "to-li" || list[1].Kind != "to-all" || list[1].Params["grant"] != "g-1" {
		t.Fatalf("li's inbox: %+v", list)
	}
	next, err := w.Notices(w.ctx, li, Page{After: list[0].ID, Limit: 1})
	w.must(err)
	if len(next) != 1 || next[0].Kind != "to-all" {
		t.Errorf("the next page: %+v", next)
	}
	w.must(w.MarkNoticeRead(w.ctx, li, list[0].ID))
	w.must(w.MarkNoticeRead(w.ctx, li, list[0].ID))
	if n, err := w.UnreadNotices(w.ctx, li); err != nil || n != 1 {
		t.Errorf("%d unread, %v", n, err)
	}
	school, err := w.Notices(w.ctx, w.as("he").Actor, Page{})
	w.must(err)
	if err := w.MarkNoticeRead(w.ctx, li, school[0].ID); !errors.Is(err, vocab.NoSuchThing) {
		t.Errorf("another's notice: %v", err)
	}
	for name, bad := range map[string]Notice{
		"citizen number": {Member: "tax-310000", Kind: "k", Params: map[string]string{"who": "11010519491231002X"}},
		"number in link": {Member: "tax-310000", Kind: "k", Link: "/people/11010519491231002X"},
		"link elsewhere": {Member: "tax-310000", Kind: "k", Link: "https://elsewhere.example/"},
		"link to a host": {Member: "tax-310000", Kind: "k", Link: "//elsewhere.example/"},
		"no kind":        {Member: "tax-310000"},
		"endless":        {Member: "tax-310000", Kind: "k", Params: map[string]string{"a": strings.Repeat("x", maxParams)}},
	} {
		if err := put(bad); !errors.Is(err, vocab.BadInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestChangesAreToldOnTheOutbox(t *testing.T) {
	w := begun(t)
	facts, err := outbox.New(w.db).Read(w.ctx, 0, 100)
	w.must(err)
	kinds := map[string]int{}
	for _, f := range facts {
		if f.Topic == fact.TopicIdentity {
			kinds[string(f.Payload[:len(`{"what":"xx`)])]++
		}
		if bytes.Contains(f.Payload, []byte(`"Li"`)) {
			t.Errorf("a fact holds an officer's name: %s", f.Payload)
		}
	}
	if len(facts) != len(w.book.acts) || len(kinds) < 3 {
		t.Errorf("%d facts of kinds %v for %d acts", len(facts), kinds, len(w.book.acts))
	}
}

func TestPruneTakesOnlyWhatHasEnded(t *testing.T) {
	w := begun(t)
	w.as("li")
	w.clock.Advance(40 * time.Minute)
	live := w.as("li")
	if n, err := w.Prune(w.ctx); err != nil || n == 0 {
		t.Errorf("%d removed, %v", n, err)
	}
	if _, err := w.Authenticate(w.ctx, live.Token); err != nil {
		t.Errorf("a living session was removed: %v", err)
	}
	w.clock.Advance(48 * time.Hour)
	w.must(second(w.Prune(w.ctx)))
	var n int
	w.must(countRows(w, `SELECT (SELECT COUNT(*) FROM officer_session) + (SELECT COUNT(*) FROM sign_in_attempt)`, &n))
	if n != 0 {
		t.Errorf("%d ended rows stay", n)
	}
}

func TestPasswordIsRehashedByNobodyElse(t *testing.T) {
	w := begun(t)
	var before, after int
	w.must(countRows(w, `SELECT COUNT(*) FROM officer WHERE password LIKE '$argon2id$v=19$%'`, &before))
	w.must(second(w.ChangePassword(w.ctx, w.as("li").Actor, goodPassword, password.Password("nine quiet lanterns"))))
	w.must(countRows(w, `SELECT COUNT(*) FROM officer WHERE password LIKE '$argon2id$v=19$%'`, &after))
	if before != 3 || after != 3 {
		t.Errorf("%d and %d officers have a password of argon2id, want 3", before, after)
	}
	if _, err := w.SignIn(w.ctx, "li", goodPassword, here); !errors.Is(err, vocab.SignInFailed) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := w.ChangePassword(w.ctx, w.as("he").Actor, "wrong wrong wrong", "nine quiet lanterns"); !errors.Is(err, vocab.SignInFailed) {
		t.Errorf("with a wrong old password: %v", err)
	}
}

func TestAClerkReadsTheirOwnNoticesAndNotTheMembers(t *testing.T) {
	w := begun(t)
	clerk := Actor{Member: "tax-310000", Officer: "clerk@tax-310000", Session: "s", Roles: []vocab.Role{vocab.Counter}}
	both := clerk
	both.Roles = []vocab.Role{vocab.Counter, vocab.Steward}
	for _, n := range []Notice{{Member: clerk.Member, Kind: "contest-raised"}, {Member: clerk.Member, Officer: clerk.Officer, Kind: "to-the-clerk"}} {
		w.must(w.db.Write(w.ctx, func(tx *db.Tx) error { return w.PutNotice(w.ctx, tx, n) }))
	}
	for _, of := range []struct {
		who   Actor
		count int
	}{{clerk, 1}, {both, 2}} {
		list, err := w.Notices(w.ctx, of.who, Page{})
		w.must(err)
		unread, err := w.UnreadNotices(w.ctx, of.who)
		w.must(err)
		if len(list) != of.count || unread != of.count {
			t.Errorf("roles %v read %d notices, %d of them unread, want %d", of.who.Roles, len(list), unread, of.count)
		}
	}
	all, err := w.Notices(w.ctx, both, Page{})
	w.must(err)
	for _, n := range all {
		if err := w.MarkNoticeRead(w.ctx, clerk, n.ID); (err == nil) != (n.Officer == clerk.Officer) {
			t.Errorf("the clerk marks %s: %v", n.Kind, err)
		}
	}
}
