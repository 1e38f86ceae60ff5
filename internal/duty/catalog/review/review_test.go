package review_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/engine/clock"
	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/vocab"
)

// counted forwards acts and notices to the node and counts what stands.
type counted struct {
	node    *app.App
	mu      sync.Mutex // guards what follows
	acts    []string
	notices []identity.Notice
}

func (c *counted) Act(ctx context.Context, tx *db.Tx, act string, fields map[string]string) error {
	tx.OnCommit(func() { c.mu.Lock(); c.acts = append(c.acts, act); c.mu.Unlock() })
	return c.node.Ledger.Act(ctx, tx, act, fields)
}

func (c *counted) PutNotice(ctx context.Context, tx *db.Tx, n identity.Notice) error {
	tx.OnCommit(func() { c.mu.Lock(); c.notices = append(c.notices, n); c.mu.Unlock() })
	return c.node.Identity.PutNotice(ctx, tx, n)
}

type world struct {
	*review.Service
	*counted
	t       testing.TB
	clock   *clock.Fake
	catalog *catalog.Service
	steward identity.Actor
	second  identity.Actor
	bureau  identity.Actor
}

func newWorld(t testing.TB) *world {
	t.Helper()
	fake := clock.NewFake(time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)) // a working Monday, noon in China
	n := apptest.Open(t, apptest.Config(t), app.Options{Clock: fake})
	apptest.Init(t, n)
	w := &world{counted: &counted{node: n}, t: t, clock: fake, catalog: n.Catalog}
	w.steward = apptest.Officer(apptest.Civil, vocab.Steward)
	w.second = w.steward
	w.second.Officer = "o-second"
	w.bureau = apptest.Officer("bureau", vocab.Authority, vocab.Steward)
	w.bureau.Region, w.bureau.OfNode = "990000", true
	var err error
	w.Service, err = review.New(review.Parts{DB: n.DB, Clock: fake, Ledger: w.counted, Notices: w.counted, Catalog: n.Catalog, Clocks: n.Calendar, Node: app.Place{App: n}})
	w.must(err)
	n.Review = w.Service // the catalog asks this one
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func wants(t testing.TB, err error, code vocab.Code) {
	t.Helper()
	if err == nil || vocab.CodeOf(err) != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

// draft is an entry about firms, or about persons.
func (w *world) draft(persons bool) *entry.Dataset {
	w.t.Helper()
	d := entry.Dataset{
		Name: entry.Text{ZH: "名录"}, Provider: "民政局", Share: vocab.Unconditional, Cycle: vocab.Daily, Subject: vocab.LegalEntity, Origin: vocab.Government,
		Items: []entry.Item{{Code: "name", Name: entry.Text{ZH: "名称"}}},
	}
	if persons {
		d.Subject, d.LegalBasis, d.Purposes, d.Level, d.ImpactRef = vocab.NaturalPerson, []entry.Cite{{Law: "个人信息保护法"}}, []string{"pension"}, 2, "pia-1"
	}
	made, err := w.catalog.Create(w.t.Context(), w.steward, d)
	w.must(err)
	return made
}

func (w *world) publish(d *entry.Dataset, said catalog.Secrecy) (*entry.Dataset, error) {
	return w.catalog.Publish(w.t.Context(), w.steward, d.ID, 0, said)
}

func (w *world) says(a identity.Actor, d *entry.Dataset, listable bool) error {
	_, err := w.Check(w.t.Context(), a, d.ID, review.Word{Listable: listable, Basis: "保守国家秘密法 第十三条"})
	return err
}

var declared = catalog.Secrecy{CheckedBy: "何平", Basis: "保守国家秘密法 第十三条"}

func TestWithoutASecrecyReviewNothingIsListed(t *testing.T) {
	w := newWorld(t)
	d := w.draft(false)
	for name, said := range map[string]catalog.Secrecy{"nothing": {}, "no basis": {CheckedBy: "何平"}, "no name": {Basis: "x"}, "oneself": {CheckedBy: string(w.steward.Officer), Basis: "x"}} {
		if _, err := w.publish(d, said); err == nil {
			t.Fatalf("published with %s said of its review", name)
		}
	}
	if _, err := w.publish(d, declared); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(strings.Join(w.acts, " "), "catalog.secrecy"); n != 1 {
		t.Errorf("%d acts of the review", n)
	}
	list, err := w.Checks(t.Context(), w.steward, d.ID)
	w.must(err)
	if len(list) != 1 || !list[0].Declared || list[0].By != "何平" || list[0].Officer != w.steward.Officer {
		t.Errorf("%+v", list)
	}
}

func TestAboutPersonsASecondOfficerSaysSo(t *testing.T) {
	w := newWorld(t)
	d := w.draft(true)
	_, err := w.publish(d, declared)
	wants(t, err, vocab.SecrecyUnchecked)
	w.must(w.says(w.steward, d, true))
	_, err = w.publish(d, catalog.Secrecy{}) // who publishes has said it themself
	wants(t, err, vocab.SecondNeeded)
	apptest.Made(t, w.node.DB, w.second.Officer, w.steward.Officer)
	w.must(w.says(w.second, d, true))
	_, err = w.publish(d, catalog.Secrecy{})
	wants(t, err, vocab.SecondNeeded)
	apptest.Made(t, w.node.DB, w.second.Officer, "")
	if _, err := w.publish(d, catalog.Secrecy{}); err != nil {
		t.Fatal(err)
	}
	machine := w.second
	machine.Machine = "m-1"
	wants(t, w.says(machine, d, true), vocab.RoleMissing)
	user := w.second
	user.Roles = []vocab.Role{vocab.DataUser}
	wants(t, w.says(user, d, true), vocab.RoleMissing)
	wants(t, w.says(apptest.Officer(apptest.Tax, vocab.Steward), d, true), vocab.NoSuchThing)
}

// Who has said that an entry may be listed does not list it by a system of theirs,
// whatever name the system puts into the call; another's system may.
// TestManyEntriesArePublishedUnderOneLeafWithAProofOfEach: about persons too, by the
// word of a second officer on each; whoever sees an entry proves its row.
func TestManyEntriesArePublishedUnderOneLeafWithAProofOfEach(t *testing.T) {
	w := newWorld(t)
	var all []vocab.DatasetID
	for i := range 4 {
		d := w.draft(i%2 == 0)
		if i%2 == 0 {
			w.must(w.says(w.second, d, true))
		}
		all = append(all, d.ID)
	}
	unsaid := w.draft(true)
	done, err := w.catalog.PublishMany(t.Context(), w.steward, catalog.Publication{Said: declared})
	w.must(err)
	if done.Count != 4 || len(done.Refused) != 1 || done.Refused[0].Dataset != unsaid.ID || vocab.CodeOf(done.Refused[0].Err) != vocab.SecrecyUnchecked {
		t.Fatalf("%+v", done)
	}
	if acts := strings.Join(w.acts, " "); strings.Contains(acts, "catalog.hands") || strings.Count(acts, "catalog.secrecy") != 2 {
		t.Errorf("more leaves than the two words and the one publication: %s", acts)
	}
	w.must(w.node.Catalog.Settled(t.Context()))
	rows := map[uint64]bool{}
	for _, id := range all {
		var proofs []catalog.Proof
		for patience := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) { // until the log has grown past the leaf
			if proofs, err = w.catalog.Proofs(t.Context(), identity.Actor{}, id); err == nil || time.Now().After(patience) {
				break
			}
		}
		w.must(err)
		if len(proofs) != 1 || proofs[0].Trace != done.Trace || proofs[0].Rows != 4 || rows[proofs[0].Row] {
			t.Fatalf("%s: %+v", id, proofs)
		}
		p := proofs[0]
		rows[p.Row] = true
		r, err := proof.ParseReceipt([]byte(p.Receipt))
		w.must(err)
		w.must(proof.VerifyOpening(r.Leaf, *r.Opening))
		for name, want := range map[string]string{"act": "catalog.publications", "dataset": string(id), "digest": p.Digest, "member": string(apptest.Civil)} {
			if got, _ := r.Opening.Get(name); string(got) != want {
				t.Errorf("%s: the receipt shows %s %q, want %q", id, name, got, want)
			}
		}
		for _, inside := range []string{"officer", "hands"} {
			if v, ok := r.Opening.Get(inside); ok {
				t.Errorf("the receipt shows %s: %q", inside, v)
			}
		}
		if sum := sha256.Sum256([]byte(p.Text)); hex.EncodeToString(sum[:]) != p.Digest {
			t.Errorf("%s: the text does not give the digest", id)
		}
		other := *r.Opening.Row
		other.Index ^= 1
		if proof.VerifyOpening(r.Leaf, proof.Opening{Fields: r.Opening.Fields, Others: r.Opening.Others, Row: &other}) == nil {
			t.Error("the row stands at another place too")
		}
	}
	if _, err := w.catalog.Proofs(t.Context(), identity.Actor{}, unsaid.ID); vocab.CodeOf(err) != vocab.NoSuchThing {
		t.Errorf("a draft is proven to a stranger: %v", err)
	}
}

func TestASystemOfWhoReviewedIsNoSecondHand(t *testing.T) {
	w := newWorld(t)
	d := w.draft(true)
	w.must(w.says(w.steward, d, true))
	for i, issuer := range []vocab.OfficerID{w.steward.Officer, w.second.Officer} {
		system := w.steward
		system.Machine, system.Officer = vocab.MachineID(fmt.Sprint("m-", i)), "somebody@elsewhere"
		w.must(w.node.DB.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO machine_token (id, owner_member, system, name, roles, hash, hash_key, created_by, created_at, expires_at, revoked_at, listed_only)
				VALUES ($1, $2, 's', 's', 'steward', $3, '', $4, 0, 0, 0, FALSE)`, string(system.Machine), string(system.Member), []byte(system.Machine), string(issuer))
			return err
		}))
		_, err := w.catalog.Publish(t.Context(), system, d.ID, 0, catalog.Secrecy{})
		if i == 0 {
			wants(t, err, vocab.SecondNeeded)
			continue
		}
		w.must(err)
	}
	if !strings.Contains(strings.Join(w.acts, " "), "catalog.hands") {
		t.Errorf("no entry names both hands: %v", w.acts)
	}
}

func TestAWordHoldsForWhatTheEntryShowed(t *testing.T) {
	w := newWorld(t)
	d := w.draft(true)
	w.must(w.says(w.second, d, true))
	_, err := w.catalog.Edit(t.Context(), w.steward, entry.Edit{ID: d.ID, Rev: d.Rev, Put: []entry.Item{{Code: "plan", Name: entry.Text{ZH: "部署计划"}}}})
	w.must(err)
	_, err = w.publish(d, catalog.Secrecy{})
	wants(t, err, vocab.SecrecyUnchecked)
}

func TestWhatAReviewWithholdsIsNotListedAndLeavesTheList(t *testing.T) {
	w := newWorld(t)
	d := w.draft(false)
	w.must(w.says(w.second, d, false))
	_, err := w.publish(d, declared)
	wants(t, err, vocab.SecrecyWithheld)
	other, err := w.publish(w.draft(false), declared)
	w.must(err)
	w.must(w.says(w.second, other, false))
	now, err := w.catalog.Get(t.Context(), w.steward, other.ID)
	w.must(err)
	if now.State != entry.StateSuspended {
		t.Fatalf("it is %s", now.State)
	}
	_, err = w.catalog.Resume(t.Context(), w.steward, other.ID, 0)
	wants(t, err, vocab.SecrecyWithheld)
	w.must(w.says(w.second, other, true))
	if _, err = w.catalog.Resume(t.Context(), w.steward, other.ID, 0); err != nil {
		t.Fatal(err)
	}
}

// listed is a published entry.
func (w *world) listed() *entry.Dataset {
	w.t.Helper()
	d, err := w.publish(w.draft(false), declared)
	w.must(err)
	return d
}

func (w *world) announce(a identity.Actor, d *entry.Dataset, on calendar.Day) *review.Change {
	w.t.Helper()
	c, err := w.Announce(w.t.Context(), a, d.ID, review.News{Cause: review.OfData, On: on, Reason: "a column was added"})
	w.must(err)
	return c
}

func (w *world) take(a identity.Actor, c *review.Change, s review.Step) (*review.Change, error) {
	return w.Take(w.t.Context(), a, c.ID, s)
}

func running(c *review.Change) (string, string) {
	for _, k := range c.Clocks {
		if k.Open() {
			return k.Rule.Name, k.DueDay.String()
		}
	}
	return "", ""
}

func TestAChangeIsMadeInItsTermAndReviewed(t *testing.T) {
	w := newWorld(t)
	d := w.listed()
	c := w.announce(w.steward, d, calendar.DayOf(2026, 2, 26)) // the term runs from the day of the cause
	if rule, due := running(c); rule != review.RuleChange || due != "2026-03-11" {
		t.Fatalf("%s ends %s", rule, due)
	}
	_, err := w.Announce(t.Context(), w.bureau, d.ID, review.News{Cause: review.OfDuty, Reason: "x"})
	wants(t, err, vocab.AlreadyExists)
	_, err = w.take(w.steward, c, review.Step{Act: review.ActExtend, Reason: "holidays", Days: 6})
	wants(t, err, vocab.BadInput)
	c, err = w.take(w.steward, c, review.Step{Act: review.ActExtend, Reason: "holidays", Days: 5})
	w.must(err)
	if _, due := running(c); due != "2026-03-18" {
		t.Fatalf("extended to %s", due)
	}
	_, err = w.take(w.steward, c, review.Step{Act: review.ActExtend, Reason: "again", Days: 1})
	wants(t, err, vocab.StateWrong)
	_, err = w.take(w.steward, c, review.Step{Act: review.ActAccept})
	wants(t, err, vocab.RoleMissing) // nobody reviews what is their own
	_, err = w.take(w.bureau, c, review.Step{Act: review.ActAccept})
	wants(t, err, vocab.StateWrong) // nothing was done yet
	_, err = w.take(w.steward, c, review.Step{Act: review.ActUpdate})
	wants(t, err, vocab.ReasonNeeded)
	c, err = w.take(w.steward, c, review.Step{Act: review.ActUpdate, Reason: "the column is listed"})
	w.must(err)
	if rule, due := running(c); rule != review.RuleReview || due != "2026-03-09" {
		t.Fatalf("%s ends %s", rule, due)
	}
	c, err = w.take(w.bureau, c, review.Step{Act: review.ActReturn, Reason: "the abstract still says otherwise"})
	w.must(err)
	if rule, _ := running(c); rule != review.RuleChange || c.State != review.Owed || c.Returned != 1 {
		t.Fatalf("%s %s", c.State, rule)
	}
	_, err = w.take(w.steward, c, review.Step{Act: review.ActUpdate, Reason: "mended"})
	w.must(err)
	c, err = w.take(w.bureau, c, review.Step{Act: review.ActAccept})
	w.must(err)
	if rule, _ := running(c); rule != "" || c.State != review.Accepted {
		t.Fatalf("%s, and %s still runs", c.State, rule)
	}
	w.announce(w.bureau, d, 0) // the next one
}

// What others do not see of an entry, and in what they search.
func (w *world) seenBy(a identity.Actor, id vocab.DatasetID) string {
	w.t.Helper()
	d, err := w.catalog.Get(w.t.Context(), a, id)
	w.must(err)
	var codes []string
	for _, it := range d.Items {
		codes = append(codes, it.Code)
	}
	return strings.Join(codes, " ")
}

func (w *world) edit(d *entry.Dataset, e entry.Edit) *entry.Dataset {
	w.t.Helper()
	e.ID, e.Rev = d.ID, 0
	now, err := w.catalog.Get(w.t.Context(), w.steward, d.ID)
	w.must(err)
	e.Rev = now.Rev
	now, err = w.catalog.Edit(w.t.Context(), w.steward, e)
	w.must(err)
	return now
}

var tax = apptest.Officer(apptest.Tax, vocab.Steward, vocab.DataUser)

// An item that is added to what others see is seen by its owner alone until its
// review is there: nobody reads it, finds it or asks for it before.
func TestAnAddedItemIsUnseenUntilItsReview(t *testing.T) {
	w := newWorld(t)
	d := w.listed()
	put := entry.Item{Code: "plan", Name: entry.Text{ZH: "部署计划"}}
	w.edit(d, entry.Edit{Put: []entry.Item{put}})
	w.edit(d, entry.Edit{Put: []entry.Item{put}}) // what an edit says of the review itself counts for nothing
	for name, a := range map[string]identity.Actor{"another": tax, "nobody": {}, "the authority": w.bureau} {
		if got := w.seenBy(a, d.ID); got != "name" {
			t.Errorf("%s sees %s", name, got)
		}
	}
	if got := w.seenBy(w.steward, d.ID); got != "name plan" {
		t.Errorf("the owner sees %s", got)
	}
	found := func(words string) int {
		t.Helper()
		w.must(w.catalog.CatchUp(t.Context()))
		res, err := w.catalog.Search(t.Context(), tax, catalog.SearchQuery{Text: words})
		w.must(err)
		return res.Total
	}
	if n := found("部署计划"); n != 0 {
		t.Errorf("%d are found by the item's name", n)
	}
	list, err := w.List(t.Context(), w.steward, "", 10)
	w.must(err)
	_, err = w.take(w.steward, list[0], review.Step{Act: review.ActUpdate, Reason: "looked"})
	wants(t, err, vocab.SecrecyUnchecked)
	if got := w.seenBy(tax, d.ID); got != "name" {
		t.Errorf("without a review they see %s", got)
	}
	_, err = w.take(w.steward, list[0], review.Step{Act: review.ActUpdate, Reason: "looked", Secrecy: declared})
	w.must(err)
	if got := w.seenBy(tax, d.ID); got != "name plan" || found("部署计划") != 1 {
		t.Errorf("after its review they see %s", got)
	}

	// While the authority reviews, another item brings the change back to its owner.
	w.edit(d, entry.Edit{Put: []entry.Item{{Code: "more", Name: entry.Text{ZH: "更多"}}}})
	list, err = w.List(t.Context(), w.steward, "", 10)
	w.must(err)
	if len(list) != 1 || list[0].State != review.Owed || list[0].Returned != 0 {
		t.Fatalf("%+v", list[0])
	}
	w.must(w.says(w.steward, d, true)) // who added it
	if got := w.seenBy(tax, d.ID); got != "name plan" {
		t.Errorf("by the word of who added it they see %s", got)
	}
	apptest.Made(t, w.node.DB, w.second.Officer, w.steward.Officer)
	w.must(w.says(w.second, d, true))
	if got := w.seenBy(tax, d.ID); got != "name plan" {
		t.Errorf("by the word of an officer whom the writer admitted they see %s", got)
	}
	apptest.Made(t, w.node.DB, w.second.Officer, "")
	w.must(w.says(w.second, d, true))
	if got := w.seenBy(tax, d.ID); got != "name plan more" {
		t.Errorf("by the second officer's word they see %s", got)
	}
}

func TestOtherWordsInAListedEntryAreOwedAReview(t *testing.T) {
	for name, e := range map[string]entry.Edit{
		"a renamed item":       {Put: []entry.Item{{Code: "name", Name: entry.Text{ZH: "部署地点"}}}},
		"an abstract":          {Set: map[entry.Field]string{entry.FieldAbstractZH: "部署地点一览"}},
		"another level":        {Set: map[entry.Field]string{entry.FieldLevel: "1"}},
		"no word: another day": {Set: map[entry.Field]string{entry.FieldCycle: "weekly"}},
	} {
		w := newWorld(t)
		w.edit(w.listed(), e)
		list, err := w.List(t.Context(), w.steward, "", 10)
		w.must(err)
		if strings.HasPrefix(name, "no word") {
			if len(list) != 0 {
				t.Errorf("%s: %+v", name, list[0])
			}
			continue
		}
		if len(list) != 1 || list[0].Cause != review.OfWords || list[0].State != review.Owed || len(list[0].Clocks) == 0 {
			t.Errorf("%s: %+v", name, list)
		}
	}
}

// Others read the words that were reviewed until the others are: a name could tell
// what may not be listed.
func TestOtherWordsAreUnreadUntilTheirReview(t *testing.T) {
	w := newWorld(t)
	d := w.listed()
	read := func(a identity.Actor) string {
		t.Helper()
		got, err := w.catalog.Get(t.Context(), a, d.ID)
		w.must(err)
		it, _ := got.Item("name")
		return got.Abstract.ZH + "/" + it.Name.ZH
	}
	found := func(words string) int {
		t.Helper()
		w.must(w.catalog.CatchUp(t.Context()))
		res, err := w.catalog.Search(t.Context(), tax, catalog.SearchQuery{Text: words})
		w.must(err)
		return res.Total
	}
	before := read(tax)
	w.edit(d, entry.Edit{Set: map[entry.Field]string{entry.FieldAbstractZH: "部署地点一览"}, Put: []entry.Item{{Code: "name", Name: entry.Text{ZH: "部署地点"}}}})
	for name, a := range map[string]identity.Actor{"another": tax, "nobody": {}, "the authority": w.bureau} {
		if got := read(a); got != before {
			t.Errorf("%s reads %s before any review", name, got)
		}
	}
	if got := read(w.steward); got != "部署地点一览/部署地点" {
		t.Errorf("the owner reads %s", got)
	}
	for a, awaits := range map[*identity.Actor]bool{&w.steward: true, &tax: false} {
		if got, err := w.catalog.Get(t.Context(), *a, d.ID); err != nil || got.Awaits() != awaits {
			t.Errorf("%s is told that something awaits a review: %v, %v", a.Member, !awaits, err)
		}
	}
	if n := found("部署地点"); n != 0 {
		t.Errorf("%d are found by words that await their review", n)
	}
	w.edit(d, entry.Edit{Set: map[entry.Field]string{entry.FieldCycle: "weekly"}}) // another part of it
	if got := read(tax); got != before {
		t.Errorf("after another edit they read %s", got)
	}
	w.must(w.says(w.steward, d, true)) // who wrote them
	if got := read(tax); got != before {
		t.Errorf("by the word of who wrote them they read %s", got)
	}
	w.must(w.says(w.second, d, true))
	if got := read(tax); got != "部署地点一览/部署地点" || found("部署地点") != 1 {
		t.Errorf("after their review they read %s", got)
	}
	// What is taken back before its review awaits none.
	w.edit(d, entry.Edit{Set: map[entry.Field]string{entry.FieldAbstractZH: "别的"}})
	w.edit(d, entry.Edit{Set: map[entry.Field]string{entry.FieldAbstractZH: "部署地点一览"}})
	if got, err := w.catalog.Get(t.Context(), w.steward, d.ID); err != nil || got.Until != nil {
		t.Errorf("%+v, %v", got.Until, err)
	}
}

// Of the keeper's own entries no other authority takes part to review them: another
// of its officers does, never who made the update, until one is admitted.
func TestTheKeepersOwnChangeIsReviewedByASecondOfficer(t *testing.T) {
	w := newWorld(t)
	w.steward = w.bureau
	c := w.announce(w.steward, w.listed(), 0)
	c, err := w.take(w.steward, c, review.Step{Act: review.ActUpdate, Reason: "done"})
	w.must(err)
	if !c.StandIn {
		t.Fatalf("%+v", c)
	}
	_, err = w.take(w.steward, c, review.Step{Act: review.ActAccept})
	wants(t, err, vocab.SecondNeeded)
	other := w.bureau
	other.Officer = "o-other"
	apptest.Made(t, w.node.DB, other.Officer, w.bureau.Officer)
	_, err = w.take(other, c, review.Step{Act: review.ActAccept})
	wants(t, err, vocab.SecondNeeded)
	apptest.Made(t, w.node.DB, other.Officer, "")
	if c, err = w.take(other, c, review.Step{Act: review.ActAccept}); err != nil || c.State != review.Accepted {
		t.Fatalf("%+v %v", c, err)
	}
}

// The authority in charge hears of a change, and not who keeps the node.
func TestTheAuthorityInChargeHearsOfChanges(t *testing.T) {
	w := newWorld(t)
	for m, kind := range map[vocab.MemberID]identity.MemberKind{"city": identity.KindAuthority, "welfare": identity.KindDepartment} {
		_, err := w.node.Identity.AddMember(t.Context(), w.bureau, identity.NewMember{ID: m, Name: identity.Name{En: string(m)}, Class: "GOV", Kind: kind, Region: "990100"})
		w.must(err)
	}
	w.steward = apptest.Officer("welfare", vocab.Steward)
	d := w.listed()
	w.notices = nil
	w.announce(w.steward, d, 0)
	w.clock.Advance(60 * 24 * time.Hour)
	_, err := w.node.Calendar.Sweep(t.Context(), 100)
	w.must(err)
	told := map[vocab.MemberID]int{}
	for _, n := range w.notices {
		told[n.Member]++
	}
	if told["city"] != 2 || told["welfare"] != 1 || told["bureau"] != 0 {
		t.Errorf("told: %v", told)
	}
}

// Items that others would see and nobody has reviewed are owed a review.
func TestItemsAddedToAListedEntryAreReviewed(t *testing.T) {
	w := newWorld(t)
	d := w.listed()
	put := func(d *entry.Dataset, code string) *entry.Dataset {
		t.Helper()
		d, err := w.catalog.Edit(t.Context(), w.steward, entry.Edit{ID: d.ID, Rev: d.Rev, Put: []entry.Item{{Code: code, Name: entry.Text{ZH: code}}}})
		w.must(err)
		return d
	}
	put(put(d, "plan"), "plan2") // the second is owed already
	list, err := w.List(t.Context(), w.steward, "", 10)
	w.must(err)
	if len(list) != 1 || list[0].Cause != review.OfItems || list[0].State != review.Owed {
		t.Fatalf("%+v", list)
	}
	_, err = w.take(w.steward, list[0], review.Step{Act: review.ActUpdate, Reason: "looked"})
	wants(t, err, vocab.SecrecyUnchecked)
	_, err = w.take(w.steward, list[0], review.Step{Act: review.ActUpdate, Reason: "looked", Secrecy: declared})
	w.must(err)
}

func TestATermOfTheCatalogThatPassesIsToldAndAcceptsNothing(t *testing.T) {
	w := newWorld(t)
	d := w.listed()
	c := w.announce(w.bureau, d, 0)
	w.notices = nil
	sweep := func(day int) {
		t.Helper()
		w.clock.Set(time.Date(2026, 3, day, 16, 0, 0, 0, time.UTC)) // midnight in China
		_, err := w.node.Calendar.Sweep(t.Context(), 100)
		w.must(err)
	}
	sweep(15)
	if len(w.notices) != 0 {
		t.Fatalf("told too early: %+v", w.notices)
	}
	sweep(16) // its tenth day is over
	sweep(30)
	var told []string
	for _, n := range w.notices {
		told = append(told, n.Kind+" "+string(n.Member))
	}
	if !slices.Equal(told, []string{"change-reminder civil", "change-reminder bureau"}) {
		t.Fatalf("told: %v", told)
	}
	_, err := w.take(w.steward, c, review.Step{Act: review.ActExtend, Reason: "late", Days: 1})
	wants(t, err, vocab.StateWrong)
	_, err = w.take(w.steward, c, review.Step{Act: review.ActUpdate, Reason: "late is better than never"})
	w.must(err)
}

func TestOthersSeeNoChangeAndNoReview(t *testing.T) {
	w := newWorld(t)
	d := w.listed()
	c := w.announce(w.steward, d, 0)
	tax := apptest.Officer(apptest.Tax, vocab.Steward)
	far := apptest.Officer("school", vocab.Authority)
	far.Region = "310000"
	for _, a := range []identity.Actor{tax, far} {
		_, err := w.take(a, c, review.Step{Act: review.ActUpdate, Reason: "x"})
		wants(t, err, vocab.NoSuchThing)
		_, err = w.Checks(t.Context(), a, d.ID)
		wants(t, err, vocab.NoSuchThing)
		if list, err := w.List(t.Context(), a, "", 10); err != nil || len(list) != 0 {
			t.Errorf("%v %v", list, err)
		}
	}
	_, err := w.Announce(t.Context(), tax, d.ID, review.News{Cause: review.OfData, Reason: "x"})
	wants(t, err, vocab.RoleMissing) // everyone sees the entry, and only its people keep it
	if list, err := w.List(t.Context(), w.bureau, "", 10); err != nil || len(list) != 1 {
		t.Errorf("the authority sees %v %v", list, err)
	}
}

func TestEveryStateOfAChangeIsReachedAndLeft(t *testing.T) {
	reached := map[review.State]bool{"": true}
	for range review.States() {
		for _, s := range review.Transitions() {
			for _, from := range s.From {
				if reached[from] && s.To != "" {
					reached[s.To] = true
				}
			}
		}
	}
	for _, state := range review.States() {
		left := slices.ContainsFunc(review.Transitions(), func(s review.Transition) bool {
			return slices.Contains(s.From, state) && s.To != "" && s.To != state && !slices.Contains(s.By, review.Platform)
		})
		if !reached[state] || left == (state == review.Accepted) {
			t.Errorf("%s: reached %v, left %v", state, reached[state], left)
		}
	}
	for _, s := range review.Transitions() {
		if s.To == review.Accepted && !slices.Equal(s.By, []review.Side{review.Authority}) {
			t.Errorf("%s accepts without the authority", s.Act)
		}
	}
}

// TestEveryStepOfAChangeIsOneActAndOneNotice takes random steps of random officers:
// a step taken leaves one act and one notice, one refused leaves nothing.
func TestEveryStepOfAChangeIsOneActAndOneNotice(t *testing.T) {
	w := newWorld(t)
	actors := []identity.Actor{w.steward, w.bureau, apptest.Officer(apptest.Tax, vocab.Steward)}
	acts := []string{review.ActExtend, review.ActUpdate, review.ActAccept, review.ActReturn}
	rapid.Check(t, func(rt *rapid.T) {
		c := w.announce(w.steward, w.listed(), 0)
		extended := false
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			a, act := rapid.SampledFrom(actors).Draw(rt, "actor"), rapid.SampledFrom(acts).Draw(rt, "act")
			state, told, noted := c.State, len(w.acts), len(w.notices)
			mine, theirs := a.In(apptest.Civil), a.In("bureau")
			want := act == review.ActExtend && mine && state == review.Owed && !extended || act == review.ActUpdate && mine && state == review.Owed ||
				(act == review.ActAccept || act == review.ActReturn) && theirs && state == review.Updated
			now, err := w.take(a, c, review.Step{Act: act, Reason: "because", Days: 1})
			if want != (err == nil) {
				rt.Fatalf("%s by %s from %s: %v", act, a.Member, state, err)
			}
			if got := []int{len(w.acts) - told, len(w.notices) - noted}; err == nil && !slices.Equal(got, []int{1, 1}) || err != nil && !slices.Equal(got, []int{0, 0}) {
				rt.Fatalf("%s: acts, notices %v, %v", act, got, err)
			}
			if err == nil {
				c, extended = now, act == review.ActExtend || extended && act != review.ActReturn
			}
		}
	})
}
