package look_test

import (
	"io/fs"
	"regexp"
	"testing"

	"fontis/internal/duty/calendar"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/quality"
	"fontis/internal/duty/share"
	"fontis/internal/duty/share/authorisation"
	"fontis/internal/edge/text"
	"fontis/internal/edge/web/look"
	"fontis/internal/engine/keys"
	"fontis/internal/trust/access/grant"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/identity/mandate"
	"fontis/internal/trust/ledger/audit"
	"fontis/internal/trust/ledger/view"
	"fontis/internal/vocab"
	pages "fontis/web"
)

func strs[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

func contestSteps() []string {
	out := []string{quality.ActRaise}
	for _, t := range quality.Transitions() {
		out = append(out, t.Act)
	}
	return out
}

// clocks are the terms that ship with the program, by the names of their rules.
func clocks() []string {
	var out []string
	for _, t := range share.Transitions() {
		if t.Clock != "" && t.Clock != share.RuleReply {
			out = append(out, t.Clock)
		}
	}
	for _, t := range quality.Transitions() {
		if t.Clock != "" {
			out = append(out, t.Clock)
		}
	}
	return append(out, share.RuleConditional, share.RuleUnconditional, share.RuleDelivery, share.RuleReview, share.RuleDestruction, quality.ClockDepartment)
}

// closed are the lists of words that pages say, by the kind of their texts.
func closed() map[string][]string {
	kinds := share.NoticeKinds()
	notices := []string{"guess-guard", "grant-confirm", "deferral-over", "ledger-alarm", "open-set-held-back", "officer-invited"}
	notices = append(append(notices, quality.NoticeKinds()...), calendar.NoticeKinds()...)
	for _, s := range authorisation.States() {
		notices = append(notices, "authorisation-"+string(s))
	}
	for _, k := range kinds {
		notices = append(notices, k)
	}
	var steps []string
	for _, t := range share.Transitions() {
		steps = append(steps, t.Act)
	}
	out := map[string][]string{
		"role": strs(vocab.Roles()), "question": strs(vocab.Questions()), "tag": strs(vocab.Tags()), "member_kind": strs(identity.MemberKinds()),
		"state":  append(append(strs(entry.States()), append(strs(share.States()), strs(quality.States())...)...), strs([]grant.State{grant.Active, grant.Suspended, grant.Ended})...),
		"notice": notices, "step": steps, "fault": strs(quality.Faults()), "contest_step": contestSteps(), "clock": clocks(),
		"mandate_kind": strs(mandate.Kinds()), "mandate_act": mandate.Acts(), "mandate_document": mandate.Documents(), "mandate_why": mandate.Reasons(),
		"document": strs(view.Documents()), "verdict": strs(audit.Verdicts()), "scope_state": strs(authorisation.States()), "item_mode": strs([]intake.ItemMode{intake.NoItems, intake.ItemsList, intake.ItemsLines}),
		"key_use": strs([]keys.Use{keys.Log, keys.Promise, keys.Witness, keys.Session, keys.TokenPepper, keys.IdentityRoot, keys.Audit, keys.Keyed, keys.Backup, keys.Source, keys.Notice}), "correction": strs([]quality.TaskState{quality.TaskOpen, quality.TaskRedone}),
		"answer": strs([]vocab.Answer{vocab.Match, vocab.Mismatch, vocab.Unknown, vocab.Yes, vocab.No, vocab.Given}),
		"reason": strs([]vocab.UnknownReason{vocab.NoRecord, vocab.EmptyAtSource, vocab.SeveralRecords, vocab.Stale, vocab.BadSubject, vocab.BadValue}),
	}
	for _, f := range entry.Fields() {
		if list := entry.Words(f); list != nil && f != entry.FieldLevel {
			out[string(f)] = list
		}
	}
	for _, f := range entry.ItemFields() {
		if list := entry.ItemWords(f); list != nil && f != entry.ItemLevel {
			kind := string(f)
			if f == entry.ItemNullable || f == entry.ItemKey || f == entry.ItemIdentifier {
				kind = "bool"
			}
			out[kind] = list
		}
	}
	for _, r := range grant.Explain(&grant.Grant{}, grant.Call{}, grant.Grant{}.From) {
		out["rule"] = append(out["rule"], r.Rule)
	}
	return out
}

func TestEveryWordOfAClosedListIsSaid(t *testing.T) {
	texts, err := text.Load(pages.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	l, err := look.New(texts, text.Chinese)
	if err != nil {
		t.Fatal(err)
	}
	for kind, list := range closed() {
		if len(list) == 0 {
			t.Errorf("%s has no words", kind)
		}
		for _, w := range list {
			if !l.Has(look.WordKey(kind, w)) {
				t.Errorf("%s: %q is not said", kind, w)
			}
		}
	}
	for _, f := range entry.Fields() {
		if !l.Has("page.label.entry_" + string(f)) {
			t.Errorf("field %s has no label", f)
		}
	}
	for _, f := range entry.ItemFields() {
		if !l.Has("page.label.item_" + string(f)) {
			t.Errorf("item field %s has no label", f)
		}
	}
}

// A part that a page defines for a place that the frame no longer has is lost
// without a word, and with it what the page was for.
func TestEveryDefinedPartIsShown(t *testing.T) {
	files, err := fs.Glob(pages.Templates, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	defined, shown := map[string]string{}, map[string]bool{}
	for _, file := range files {
		b, err := fs.ReadFile(pages.Templates, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\{\{-? ?(define|template|block) "([^"]+)"`).FindAllStringSubmatch(string(b), -1) {
			if m[1] == "define" {
				defined[m[2]] = file
			} else {
				shown[m[2]] = true
			}
		}
	}
	if len(defined) < 20 {
		t.Fatalf("only %d parts were found", len(defined))
	}
	for part, file := range defined {
		if !shown[part] {
			t.Errorf("%s defines %q, which nothing shows", file, part)
		}
	}
}

// A region is named by the province in which its code lies, with the code beside;
// a code that lies in none, and what is no code, stand as they are.
func TestARegionIsNamedWithItsCode(t *testing.T) {
	texts, err := text.Load(pages.Text, "text")
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[text.Lang]map[string]string{
		text.Chinese: {"310000": "上海市（310000）", "310115": "上海市（310115）", "310115102": "上海市（310115102）", "990000": "虚构地区（990000）", "990100": "虚构地区（990100）", "980000": "980000", "浦东新区": "浦东新区", "": ""},
		text.English: {"440300": "Guangdong (440300)", "990000": "Invented area (990000)", "980000": "980000"},
	} {
		l, err := look.New(texts, lang)
		if err != nil {
			t.Fatal(err)
		}
		for code, said := range want {
			if got := l.Region(code).Text; got != said {
				t.Errorf("%s in %s is %q, want %q", code, lang, got, said)
			}
		}
	}
}
