package identity

import (
	"errors"
	"strings"
	"testing"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

// newResidents is a world with an issuer that speaks for persons.
func newResidents(t *testing.T) *outside {
	o := newOutside(t)
	o.Service = o.service(Options{Demo: true})
	o.cfg.Member, o.cfg.SubjectClaim, o.cfg.SubjectKind = "", "id_number", vocab.CitizenNumber
	o.issuer.Claims["id_number"] = demoPerson(5).Value
	return o
}

func TestAPersonSignsInAndOnlyThePseudonymIsKept(t *testing.T) {
	o := newResidents(t)
	in, err := o.through()
	o.must(err)
	want, err := o.SelfActor(demoPerson(5))
	o.must(err)
	a, err := o.Authenticate(o.ctx, in.Token)
	o.must(err)
	if a.Self != want.Self || in.Actor.Self != want.Self || a.InPerson || a.Member != "" || len(a.Roles) > 0 {
		t.Errorf("signed in as %+v", a)
	}
	number := demoPerson(5).Value
	for _, table := range []string{"self_permit", "identity_root", "person_notice", "officer", "outbox_fact"} {
		if holds(o.world, table, number) {
			t.Errorf("the table %s holds the number", table)
		}
	}
	for _, act := range o.book.acts {
		for _, v := range act.fields {
			if strings.Contains(v, number) {
				t.Errorf("the act %s holds the number", act.name)
			}
		}
	}
	if strings.Contains(o.logs.String(), number) {
		t.Error("the diary holds the number")
	}
	o.clock.Advance(time.Hour)
	if _, err := o.Authenticate(o.ctx, in.Token); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("after its end: %v", err)
	}
}

// holds looks for a text in every text column of a table.
func holds(w *world, table, text string) bool {
	w.t.Helper()
	found := false
	w.must(w.db.Read(w.ctx, func(tx *db.Tx) error {
		rows, err := tx.Query(w.ctx, `SELECT * FROM `+table)
		if err != nil {
			return nil // that engine names it otherwise
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err != nil {
			return err
		}
		for rows.Next() {
			values := make([]any, len(names))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				return err
			}
			for _, v := range values {
				switch got := (*v.(*any)).(type) {
				case string:
					found = found || strings.Contains(got, text)
				case []byte:
					found = found || strings.Contains(string(got), text)
				}
			}
		}
		return rows.Err()
	}))
	return found
}

func TestAnIssuerOfPersonsSaysARightNumberOrNothing(t *testing.T) {
	for name, claim := range map[string]any{
		"no claim": nil, "not a text": 7, "no number": "hello", "a wrong check sign": "990000200002290010",
		"an area that is none": "110000200002290019",
	} {
		t.Run(name, func(t *testing.T) {
			o := newResidents(t)
			if claim == nil {
				delete(o.issuer.Claims, "id_number")
			} else {
				o.issuer.Claims["id_number"] = claim
			}
			in, err := o.through()
			if in.Token != "" || vocab.KindOf(err) != vocab.Denied {
				t.Errorf("got %v", err)
			}
			if s, ok := claim.(string); ok && strings.Contains(err.Error(), s) {
				t.Errorf("the cause repeats the claim: %v", err)
			}
		})
	}
}

func TestAnIssuerSpeaksForPersonsOrForOfficers(t *testing.T) {
	o := newResidents(t)
	for name, spoil := range map[string]func(*OIDCConfig){
		"also for a member": func(c *OIDCConfig) { c.Member = "tax-310000" },
		"also adds":         func(c *OIDCConfig) { c.Provision = true },
		"also gives roles":  func(c *OIDCConfig) { c.Roles = map[string]vocab.Role{"x": vocab.Steward} },
		"no kind of number": func(c *OIDCConfig) { c.SubjectKind = "" },
		"the key of a firm": func(c *OIDCConfig) { c.SubjectKind = vocab.CreditCode },
	} {
		bad := o.cfg
		spoil(&bad)
		if _, err := NewOIDC(o.Service, bad); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestWhoActsForAPersonIsNotThatPerson(t *testing.T) {
	w := begun(t)
	w.Service = w.service(Options{Demo: true})
	principal, err := w.SelfActor(demoPerson(1))
	w.must(err)
	agent, err := w.SelfActor(demoPerson(2))
	w.must(err)
	pass := Pass{Mandate: "m-1", Agent: agent.Self, Principal: principal.Self, Acts: []string{"contest"}, Until: w.clock.Now().Add(10 * time.Minute)}
	var in SignedIn
	w.must(w.db.Write(w.ctx, func(tx *db.Tx) error {
		in, err = w.OpenPass(w.ctx, tx, pass)
		return err
	}))
	a, err := w.Authenticate(w.ctx, in.Token)
	w.must(err)
	if a.IsPerson() || a.Nobody() || a.Principal != principal.Self || a.Agent != agent.Self || !in.Expires.Equal(pass.Until) {
		t.Fatalf("%+v until %s", a, in.Expires)
	}
	if who, err := a.For("contest"); err != nil || who != principal.Self {
		t.Errorf("a named act: %v", err)
	}
	if _, err := a.For("view"); !errors.Is(err, vocab.MandateOutside) {
		t.Errorf("an act not named: %v", err)
	}
	if err := a.Must(vocab.Counter); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("a role: %v", err)
	}
	for verb, err := range map[string]error{
		"own key": second(w.OwnKey(w.ctx, a)), "inbox": second(w.Notices(w.ctx, a, Page{})), "sessions": second(w.Sessions(w.ctx, a, "li@tax-310000")),
	} {
		if err == nil {
			t.Errorf("%s is open to who acts for a person", verb)
		}
	}
	w.must(w.db.Write(w.ctx, func(tx *db.Tx) error { return w.ClosePasses(w.ctx, tx, "m-1") }))
	if _, err := w.Authenticate(w.ctx, in.Token); !errors.Is(err, vocab.SignInNeeded) {
		t.Errorf("a closed pass lives: %v", err)
	}
	for name, bad := range map[string]Pass{"no mandate": {Agent: agent.Self, Principal: principal.Self, Acts: []string{"x"}}, "no acts": {Mandate: "m", Agent: agent.Self, Principal: principal.Self}} {
		if err := w.db.Write(w.ctx, func(tx *db.Tx) error { return second(w.OpenPass(w.ctx, tx, bad)) }); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

func TestOnlyAnAuthoritySaysWhoProtects(t *testing.T) {
	w := begun(t)
	chief := w.as("chief").Actor
	w.must(w.SetProtects(w.ctx, chief, "school-310100", true, "child protection"))
	got, err := w.Protecting(w.ctx)
	w.must(err)
	if len(got) != 1 || !got["school-310100"] {
		t.Errorf("protecting: %v", got)
	}
	if err := w.SetProtects(w.ctx, chief, "land-320000", true, "x"); vocab.CodeOf(err) != vocab.NoSuchThing {
		t.Errorf("a member of another region: %v", err)
	}
	if err := w.SetProtects(w.ctx, w.as("he").Actor, "school-310100", false, "x"); !errors.Is(err, vocab.RoleMissing) {
		t.Errorf("the member itself: %v", err)
	}
	if err := w.SetProtects(w.ctx, chief, "school-310100", false, ""); !errors.Is(err, vocab.ReasonNeeded) {
		t.Errorf("without a reason: %v", err)
	}
	w.must(w.SetProtects(w.ctx, chief, "school-310100", false, "closed"))
	if got, err := w.Protecting(w.ctx); err != nil || len(got) != 0 {
		t.Errorf("after it closed: %v, %v", got, err)
	}
}
