package identity

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/identity/password"
	"fontis/internal/trust/identity/subject"
	"fontis/internal/trust/identity/token"
	"fontis/internal/vocab"
)

func checkSign(v string) string { return string(subject.CitizenCheckSign(v)) }

func TestNodeIsMadeOnce(t *testing.T) {
	w := begun(t)
	if _, err := w.InitNode(w.ctx, firstNode()); !errors.Is(err, vocab.AlreadyExists) {
		t.Errorf("a second init: %v", err)
	}
	n, err := w.Node(w.ctx)
	w.must(err)
	if n.Keeper != "data-310000" || n.Jurisdiction != "310000" || n.Name != "Test node" {
		t.Errorf("node %+v", n)
	}
	a := w.as("chief").Actor
	if err := a.MustOnNode(vocab.Operator); err != nil {
		t.Errorf("the first officer does not operate the node: %v", err)
	}
	if got := w.book.count("node-made"); got != 1 {
		t.Errorf("%d acts of making the node", got)
	}
}

func TestServiceNeedsItsLedger(t *testing.T) {
	w := newWorld(t)
	if _, err := New(Parts{DB: w.db, Keys: w.keys, Clock: w.clock}, Options{}); err == nil {
		t.Error("a service without a ledger was made")
	}
}

func TestNoActNoChange(t *testing.T) {
	w := begun(t)
	chief := w.as("chief").Actor
	w.book.fail = vocab.LedgerAway.Because("test")
	if _, err := w.AddMember(w.ctx, chief, department("new-310000", "310000")); !errors.Is(err, vocab.LedgerAway) {
		t.Fatalf("a member was added without an act: %v", err)
	}
	w.book.fail = nil
	if _, err := w.Member(w.ctx, chief, "new-310000"); !errors.Is(err, vocab.NoSuchThing) {
		t.Errorf("the member stands without an act: %v", err)
	}
}

func TestInvitationIsUsedOnceByOneOfMany(t *testing.T) {
	w := begun(t)
	inv, err := w.AddOfficer(w.ctx, w.as("chief").Actor, NewOfficer{Member: "tax-310000", Login: "yu", Name: "Yu"})
	w.must(err)
	const many = 8
	var wg sync.WaitGroup
	won := make(chan SignedIn, many)
	lost := make(chan error, many)
	for i := range many {
		wg.Go(func() {
			from := From{Address: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})}
			in, err := w.AcceptInvitation(w.ctx, strings.ToLower(inv.Code), password.Password(fmt.Sprintf("kettle number %d of many", i)), from)
			if err != nil {
				lost <- err
				return
			}
			won <- in
		})
	}
	wg.Wait()
	close(won)
	close(lost)
	if len(won) != 1 {
		t.Fatalf("%d used the code, want 1", len(won))
	}
	for err := range lost {
		if !errors.Is(err, vocab.InvitationSpent) {
			t.Errorf("a loser hears %v", err)
		}
	}
	if got := w.book.count("invitation-used"); got != 4 { // chief, li, he, yu
		t.Errorf("%d acts of using an invitation, want 4", got)
	}
}

func TestInvitationEnds(t *testing.T) {
	w := begun(t)
	chief := w.as("chief").Actor
	inv, err := w.AddOfficer(w.ctx, chief, NewOfficer{Member: "tax-310000", Login: "yu", Name: "Yu"})
	w.must(err)
	newer, err := w.Invite(w.ctx, chief, inv.Officer)
	w.must(err)
	if _, err := w.AcceptInvitation(w.ctx, inv.Code, goodPassword, here); !errors.Is(err, vocab.InvitationSpent) {
		t.Errorf("a replaced code was taken: %v", err)
	}
	if who, err := w.Invited(w.ctx, newer.Code, here); err != nil || who != inv.Officer {
		t.Errorf("a living code names %s, %v", who, err)
	}
	w.clock.Advance(7 * 24 * time.Hour)
	if _, err := w.Invited(w.ctx, newer.Code, here); !errors.Is(err, vocab.InvitationSpent) {
		t.Errorf("an ended code still names its officer: %v", err)
	}
	if _, err := w.AcceptInvitation(w.ctx, newer.Code, goodPassword, here); !errors.Is(err, vocab.InvitationSpent) {
		t.Errorf("an ended code was taken: %v", err)
	}
}

func TestWeakPasswordKeepsTheInvitation(t *testing.T) {
	w := begun(t)
	inv, err := w.AddOfficer(w.ctx, w.as("chief").Actor, NewOfficer{Member: "tax-310000", Login: "zhao.lin", Name: "Zhao Lin"})
	w.must(err)
	for _, weak := range []password.Password{"short", "passwordpassword", "zhao.lin2026", "aaaaaaaaaaaaaaaa"} {
		if _, err := w.AcceptInvitation(w.ctx, inv.Code, weak, here); !errors.Is(err, vocab.WeakPassword) {
			t.Errorf("a weak password: %v", err)
		}
	}
	if _, err := w.AcceptInvitation(w.ctx, inv.Code, goodPassword, here); err != nil {
		t.Errorf("the code was spent by weak passwords: %v", err)
	}
}

func TestOfficerIsLockedOutAndLetInAgain(t *testing.T) {
	w := begun(t)
	away := func(i int) From { return From{Address: netip.AddrFrom4([4]byte{198, 51, 100, byte(i)})} }
	for i := range 5 {
		if _, err := w.SignIn(w.ctx, "li", "wrong wrong wrong", away(i)); !errors.Is(err, vocab.SignInFailed) {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	if _, err := w.SignIn(w.ctx, "li", goodPassword, away(9)); !errors.Is(err, vocab.LockedOut) {
		t.Fatalf("the right password after five wrong ones, from elsewhere: %v", err)
	}
	// A restart does not forget.
	w.db = dbtest.Reopen(t, w.db)
	w.Service = w.service(Options{})
	if _, err := w.SignIn(w.ctx, "li@tax-310000", goodPassword, away(9)); !errors.Is(err, vocab.LockedOut) {
		t.Fatalf("after a restart: %v", err)
	}
	// The delay grows: one more wrong try costs two minutes.
	w.clock.Advance(time.Minute)
	if _, err := w.SignIn(w.ctx, "li", "wrong wrong wrong", away(9)); !errors.Is(err, vocab.SignInFailed) {
		t.Fatalf("after a minute: %v", err)
	}
	w.clock.Advance(time.Minute + 59*time.Second)
	if _, err := w.SignIn(w.ctx, "li", goodPassword, away(9)); !errors.Is(err, vocab.LockedOut) {
		t.Fatalf("the second delay did not grow: %v", err)
	}
	w.clock.Advance(time.Second)
	w.as("li@tax-310000")
	// Success forgives.
	if _, err := w.SignIn(w.ctx, "li", "wrong wrong wrong", away(9)); !errors.Is(err, vocab.SignInFailed) {
		t.Fatalf("after success: %v", err)
	}
	w.as("li@tax-310000")
}

func TestUnlockForgives(t *testing.T) {
	w := begun(t)
	chief := w.as("chief").Actor
	for range 5 {
		w.SignIn(w.ctx, "li", "wrong wrong wrong", From{})
	}
	if _, err := w.SignIn(w.ctx, "li", goodPassword, From{}); !errors.Is(err, vocab.LockedOut) {
		t.Fatalf("not locked: %v", err)
	}
	w.must(w.Unlock(w.ctx, chief, "li@tax-310000"))
	w.as("li")
}

func TestUnknownLoginIsLockedLikeAKnownOne(t *testing.T) {
	w := begun(t)
	var known, unknown []string
	for range 7 {
		_, err := w.SignIn(w.ctx, "li@tax-310000", "wrong wrong wrong", From{})
		known = append(known, err.Error())
		_, err = w.SignIn(w.ctx, "nobody@tax-310000", "wrong wrong wrong", From{})
		unknown = append(unknown, err.Error())
	}
	for i := range known {
		if known[i] != unknown[i] {
			t.Errorf("try %d tells a known login from an unknown one:\n%s\n%s", i, known[i], unknown[i])
		}
	}
}

func TestAddressIsLockedOutOverManyLogins(t *testing.T) {
	w := begun(t)
	var last error
	for i := range 21 {
		_, last = w.SignIn(w.ctx, fmt.Sprintf("guess%d", i), "wrong wrong wrong", here)
	}
	if !errors.Is(last, vocab.LockedOut) {
		t.Fatalf("the 21st login from one address: %v", last)
	}
	if _, err := w.SignIn(w.ctx, "li", goodPassword, here); !errors.Is(err, vocab.LockedOut) {
		t.Errorf("the locked address signs in: %v", err)
	}
	if _, err := w.SignIn(w.ctx, "li", goodPassword, From{Address: netip.MustParseAddr("203.0.113.8")}); err != nil {
		t.Errorf("its neighbour is locked too: %v", err)
	}
}

func TestAddressOfIPv6IsItsNetwork(t *testing.T) {
	w := begun(t)
	var last error
	for i := range 21 {
		a := netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+1))
		_, last = w.SignIn(w.ctx, fmt.Sprintf("guess%d", i), "wrong wrong wrong", From{Address: a})
	}
	if !errors.Is(last, vocab.LockedOut) {
		t.Errorf("21 addresses of one household: %v", last)
	}
}

func TestRightTriesCostTheAddressNothing(t *testing.T) {
	w := begun(t)
	now, next := goodPassword, password.Password("nine quiet lanterns")
	for range 15 {
		in, err := w.SignIn(w.ctx, "li", now, here)
		w.must(err)
		_, err = w.ChangePassword(w.ctx, in.Actor, now, next)
		w.must(err)
		now, next = next, now
	}
	if _, err := w.SignIn(w.ctx, "li", "wrong wrong wrong", here); !errors.Is(err, vocab.SignInFailed) {
		t.Errorf("the first wrong try after thirty right ones: %v", err)
	}
}

func TestManyTriesAtOnceBuyNothing(t *testing.T) {
	w := begun(t)
	var wg sync.WaitGroup
	judged := make(chan struct{}, 64)
	for range 64 {
		wg.Go(func() {
			if _, err := w.SignIn(w.ctx, "li", "wrong wrong wrong", From{}); errors.Is(err, vocab.SignInFailed) {
				judged <- struct{}{}
			}
		})
	}
	wg.Wait()
	if len(judged) != 5 {
		t.Errorf("%d of 64 simultaneous tries were judged, want 5", len(judged))
	}
}

func TestSessionIdlesOutAndEnds(t *testing.T) {
	w := begun(t)
	in := w.as("li")
	for range 10 {
		w.clock.Advance(29 * time.Minute)
		if _, err := w.Authenticate(w.ctx, in.Token); err != nil {
			t.Fatalf("a used session ended: %v", err)
		}
	}
	// A restart in between does not end it, and does not prolong it.
	w.Service = w.service(Options{})
	w.clock.Advance(29 * time.Minute)
	if _, err := w.Authenticate(w.ctx, in.Token); err != nil {
		t.Fatalf("after a restart: %v", err)
	}
	w.clock.Advance(30 * time.Minute)
	if _, err := w.Authenticate(w.ctx, in.Token); !errors.Is(err, vocab.SignInNeeded) {
		t.Fatalf("an idle session lives: %v", err)
	}
	w.Service = w.service(Options{})
	if _, err := w.Authenticate(w.ctx, in.Token); !errors.Is(err, vocab.SignInNeeded) {
		t.Fatalf("an idle session lives after a restart: %v", err)
	}
	in = w.as("li")
	for range 60 {
		w.clock.Advance(10 * time.Minute)
		if w.clock.Now().Equal(in.Expires) {
			break
		}
		if _, err := w.Authenticate(w.ctx, in.Token); err != nil {
			t.Fatalf("before its end: %v", err)
		}
	}
	if _, err := w.Authenticate(w.ctx, in.Token); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("a session lives beyond its end: %v", err)
	}
}

func TestRevokedSessionDiesAtOnce(t *testing.T) {
	w := begun(t)
	phone, desk := w.as("li"), w.as("li")
	for range 2 {
		if _, err := w.Authenticate(w.ctx, phone.Token); err != nil {
			t.Fatal(err)
		}
	}
	list, err := w.Sessions(w.ctx, desk.Actor, "li@tax-310000")
	w.must(err)
	if len(list) < 2 {
		t.Fatalf("%d sessions listed", len(list))
	}
	w.must(w.RevokeSession(w.ctx, desk.Actor, "li@tax-310000", phone.Actor.Session))
	if _, err := w.Authenticate(w.ctx, phone.Token); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("a revoked session lives: %v", err)
	}
	if _, err := w.Authenticate(w.ctx, desk.Token); err != nil {
		t.Errorf("another session died with it: %v", err)
	}
	w.must(w.SignOut(w.ctx, desk.Actor))
	if _, err := w.Authenticate(w.ctx, desk.Token); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("a signed-out session lives: %v", err)
	}
}

func TestSessionCannotBeFixedBeforehand(t *testing.T) {
	w := begun(t)
	old := w.as("li")
	planted := old.Token
	fresh := w.as("li")
	if fresh.Token == planted || fresh.Actor.Session == old.Actor.Session {
		t.Fatal("two sign-ins share a session")
	}
	w.must(w.SignOut(w.ctx, old.Actor))
	w.as("li")
	if _, err := w.Authenticate(w.ctx, planted); err == nil {
		t.Error("a token from before came alive by a sign-in")
	}
	// A change of rights changes the token.
	if _, err := w.Authenticate(w.ctx, fresh.Token); err != nil {
		t.Fatal(err)
	}
	changed, err := w.ChangePassword(w.ctx, fresh.Actor, goodPassword, "nine quiet lanterns")
	w.must(err)
	if changed.Token == fresh.Token {
		t.Error("the token outlived the change of password")
	}
	if _, err := w.Authenticate(w.ctx, fresh.Token); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("the old token outlived the change of password: %v", err)
	}
	if _, err := w.Authenticate(w.ctx, changed.Token); err != nil {
		t.Errorf("the new token: %v", err)
	}
}

func TestHalfATokenOpensNothing(t *testing.T) {
	w := begun(t)
	in := w.as("li")
	id, secret, _ := strings.Cut(in.Token.Reveal(), ".")
	want := ""
	for _, bad := range []token.Token{
		"", "x", token.Token(id), token.Token(id + "."), token.Token(id + "." + secret[1:]), token.Token(id + "." + secret + "A"), token.Token(id + ".AAAA"),
		"s-nothing.AAAA", "m-nothing.AAAA", "p-nothing.AAAA", "q-nothing.AAAA", token.Token("." + secret), token.Token("m" + id[1:] + "." + secret),
		token.Token(strings.Repeat("s", 5000)),
	} {
		_, err := w.Authenticate(w.ctx, bad)
		if !errors.Is(err, vocab.SignInNeeded) {
			t.Errorf("%d bytes of a token: %v", len(bad), err)
			continue
		}
		var f *vocab.Failure
		errors.As(err, &f)
		if want == "" {
			want = f.Cause
		}
		if f.Cause != want {
			t.Errorf("a wrong token tells how it is wrong: %q", f.Cause)
		}
	}
}

func TestTokensOutliveARotatedKey(t *testing.T) {
	w := begun(t)
	in := w.as("li")
	m, token, err := w.IssueMachine(w.ctx, in.Actor, NewMachine{Member: "tax-310000", System: "declare"})
	w.must(err)
	for _, u := range []keys.Use{keys.Session, keys.TokenPepper} {
		if _, err := w.keys.Rotate(u); err != nil {
			t.Fatal(err)
		}
	}
	w.Service = w.service(Options{})
	if _, err := w.Authenticate(w.ctx, in.Token); err != nil {
		t.Errorf("session after a rotation: %v", err)
	}
	if a, err := w.Authenticate(w.ctx, token); err != nil || a.Machine != m.ID {
		t.Errorf("machine's token after a rotation: %v", err)
	}
	w.as("li") // the password's pepper is the old one
}

func TestPseudonymsOutliveARotatedKey(t *testing.T) {
	w := newWorld(t)
	w.must(w.Sectors("tax"))
	before := [2]vocab.PersonRef{w.Pseudonym("tax", demoPerson(1)), w.AuditRef(demoPerson(1))}
	for _, u := range []keys.Use{keys.Sector("tax"), keys.Audit} {
		if _, err := w.keys.Rotate(u); err != nil {
			t.Fatal(err)
		}
	}
	after := [2]vocab.PersonRef{w.Pseudonym("tax", demoPerson(1)), w.AuditRef(demoPerson(1))}
	if before != after {
		t.Error("a rotated key made a stranger of a person")
	}
	w.Service = w.service(Options{})
	if again := w.Pseudonym("tax", demoPerson(1)); again != before[0] {
		t.Error("a restart after a rotation made a stranger of a person")
	}
}

func TestFormsBelongToTheirSession(t *testing.T) {
	w := begun(t)
	one, two := w.as("li").Actor, w.as("li").Actor
	if err := w.CheckCSRF(one, w.CSRF(one)); err != nil {
		t.Errorf("its own form: %v", err)
	}
	for _, bad := range []string{"", w.CSRF(two), w.CSRF(one)[1:], w.FormToken("seed"), w.FormToken(one.Session)} {
		if err := w.CheckCSRF(one, bad); !errors.Is(err, vocab.FormExpired) {
			t.Errorf("a foreign form: %v", err)
		}
	}
	if err := w.CheckCSRF(Actor{}, w.CSRF(Actor{})); err == nil {
		t.Error("nobody's form was taken")
	}
	if err := w.CheckForm("", w.FormToken("")); err == nil {
		t.Error("a form without a seed was taken")
	}
}

func TestSignInStopsWithItsCaller(t *testing.T) {
	w := begun(t)
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	if _, err := w.SignIn(ctx, "li", goodPassword, here); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled sign-in: %v", err)
	}
}
