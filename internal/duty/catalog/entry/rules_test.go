package entry

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fontis/internal/vocab"
)

// genDataset draws an entry with any fields said or not said.
func genDataset(t *rapid.T) *Dataset {
	d := &Dataset{ID: "d-1", Owner: "tax", State: StateDraft, Rev: 1}
	for _, f := range fieldOrder {
		if rapid.IntRange(0, 2).Draw(t, "said "+string(f)) == 0 {
			continue
		}
		if err := d.Set(f, genValue(t, f)); err != nil {
			t.Fatal(err)
		}
	}
	for _, code := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "民族"}), 0, 4, rapid.ID[string]).Draw(t, "items") {
		it := Item{Code: code, Level: rapid.IntRange(0, 4).Draw(t, "level"), Element: rapid.SampledFrom([]string{"", "民族", "GB/T 4762-1984", "x"}).Draw(t, "element")}
		it.Share = rapid.SampledFrom([]vocab.ShareType{"", vocab.Conditional, vocab.NotShared}).Draw(t, "share")
		d.Items = append(d.Items, it)
	}
	return d
}

func genValue(t *rapid.T, f Field) string {
	switch {
	case len(columns[f].words) > 0:
		return rapid.SampledFrom(columns[f].words).Draw(t, string(f))
	case f == FieldLevel:
		return rapid.SampledFrom([]string{"1", "2", "3", "4"}).Draw(t, string(f))
	case f == FieldLegalBasis:
		return rapid.SampledFrom([]string{"法|1", "甲法|2\n乙法|3", "a law"}).Draw(t, string(f))
	case f == FieldPurposes || f == FieldRelated:
		return rapid.SampledFrom([]string{"p", "p\nq"}).Draw(t, string(f))
	}
	return rapid.SampledFrom([]string{"x", "文", "line\nline", " padded "}).Draw(t, string(f))
}

// required is the plain reading of the transitions in the issue.
func required(d *Dataset) bool {
	ok := (d.Name.ZH != "" || d.Name.EN != "") && d.Provider != "" && d.Share != "" && d.Cycle != "" && d.Subject != "" && d.Origin != ""
	if d.Subject == vocab.NaturalPerson || d.Subject == vocab.MixedSubject {
		ok = ok && len(d.LegalBasis) > 0 && len(d.Purposes) > 0 && d.Level > 0 && d.ImpactRef != ""
	}
	if d.Share == vocab.NotShared {
		ok = ok && d.NotSharedReason != "" && d.NotSharedLaw != ""
	}
	if d.Share == vocab.Conditional {
		ok = ok && d.ShareCondition != ""
	}
	if d.Open == ConditionalOpen {
		ok = ok && d.OpenCondition != ""
	}
	return ok
}

func TestNothingIsPublishedThatLacksAField(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := genDataset(t)
		_, err := Step(d, "publish", "")
		if err == nil && !required(d) {
			t.Fatalf("published without what it needs: %+v", d)
		}
		if lacks := len(Missing(d, StatePublished)) > 0; lacks == required(d) {
			t.Fatalf("the to-do list says %v of %+v", Missing(d, StatePublished), d)
		}
		if err == nil {
			for _, it := range d.Items {
				if d.ShareOf(it) != vocab.NotShared && d.Share == vocab.NotShared || it.Level > d.Level && d.Level > 0 {
					t.Fatalf("item %+v contradicts %+v", it, d)
				}
			}
		}
	})
}

func TestAnEditOfAPublishedEntryKeepsItComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := genDataset(t)
		d.Items = nil
		for len(Missing(d, StatePublished)) > 0 {
			for _, f := range Missing(d, StatePublished) {
				if err := d.Set(f, strings.TrimSpace(genValue(t, f))); err != nil {
					t.Fatal(err)
				}
			}
		}
		d.State = StatePublished
		e := Edit{Set: map[Field]string{}}
		for range 2 {
			f := rapid.SampledFrom(fieldOrder).Draw(t, "field")
			e.Set[f] = rapid.SampledFrom([]string{"", genValue(t, f)}).Draw(t, "value")
		}
		if n, err := Edited(d, e); err == nil && !required(n) {
			t.Fatalf("%+v was edited to %+v", d, n)
		}
	})
}

func TestUndoRestoresExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := genDataset(t)
		if err := Settle(nil, d); err != nil {
			t.Skip("not a draft")
		}
		f := rapid.SampledFrom(fieldOrder[1:]).Draw(t, "field")
		n, err := Edited(d, Edit{Set: map[Field]string{f: rapid.SampledFrom([]string{"", genValue(t, f)}).Draw(t, "value")}})
		if err != nil {
			t.Skip("refused")
		}
		before := d.Clone()
		back, err := Undone(n, Differences(d, n))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, back); diff != "" {
			t.Fatalf("undo of %s (-before +after):\n%s", f, diff)
		}
		if diff := cmp.Diff(before, d); diff != "" {
			t.Fatalf("the entry itself was changed:\n%s", diff)
		}
	})
}

func TestFieldsReadBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := genDataset(t)
		var n Dataset
		for _, f := range Fields() {
			if err := n.Set(f, d.Get(f)); err != nil {
				t.Fatal(err)
			}
			if n.Get(f) != d.Get(f) {
				t.Fatalf("%s: %q came back as %q", f, d.Get(f), n.Get(f))
			}
		}
	})
}

// TestATagIsNeverShakenOff edits an entry at random: by replacing, removing,
// adding and renaming, and by calling its subjects something else.
func TestATagIsNeverShakenOff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &Dataset{
			ID: "d-1", Owner: "tax", State: StateDraft, Provider: "p", Name: Text{ZH: "n"}, Subject: vocab.NaturalPerson,
			Items: []Item{{Code: "x", Tags: []vocab.Tag{vocab.TagReligion}}, {Code: "y", Element: "民族"}},
		}
		if err := Settle(nil, d); err != nil {
			t.Fatal(err)
		}
		for range 8 {
			e := Edit{Set: map[Field]string{}}
			code := rapid.SampledFrom([]string{"x", "y"}).Draw(t, "item")
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				e.Remove = []string{code}
			case 1:
				e.Put = []Item{{Code: code, Untagged: vocab.Tags()}}
			case 2:
				e.Set[FieldSubject] = rapid.SampledFrom([]string{"", "none", "legal_entity", "mixed"}).Draw(t, "subject")
			case 3:
				e.Remove, e.Put = []string{code}, []Item{{Code: code, Name: Text{ZH: "别名"}}}
			}
			if n, err := Edited(d, e); err == nil {
				d = n
			}
			for code, tag := range map[string]vocab.Tag{"x": vocab.TagReligion, "y": vocab.TagEthnicity} {
				it, ok := d.Item(code)
				if !ok {
					continue
				}
				if err := Refuse(vocab.PathCompare, d, []string{code}); err == nil {
					t.Fatalf("item %+v lost its tag %s (subject %q)", it, tag, d.Subject)
				}
			}
		}
	})
}

func TestTagsAreProposedByDeclarationNotByWords(t *testing.T) {
	for _, c := range []struct {
		it   Item
		want []vocab.Tag
	}{
		{Item{Element: "GB/T 3304-1991"}, []vocab.Tag{vocab.TagEthnicity}},
		{Item{Element: " gb/t 3304 "}, []vocab.Tag{vocab.TagEthnicity}},
		{Item{CodeList: "GB/T 4762"}, []vocab.Tag{vocab.TagPolitics}},
		{Item{Code: "MZDM"}, []vocab.Tag{vocab.TagEthnicity}},
		{Item{Name: Text{ZH: "民族"}}, []vocab.Tag{vocab.TagEthnicity}},
		{Item{Name: Text{EN: "Religion"}, Element: "民族"}, []vocab.Tag{vocab.TagEthnicity, vocab.TagReligion}},
		{Item{Name: Text{ZH: "民族路门牌"}}, nil},
		{Item{Name: Text{ZH: "甘孜藏族自治州"}}, nil},
		{Item{Name: Text{ZH: "考试分数", EN: "exam mark"}}, nil},
		{Item{Element: "GB/T 2260-2007"}, nil},
	} {
		if diff := cmp.Diff(c.want, ProposeTags(c.it)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.it, diff)
		}
	}
}

func TestAChangeOfAFormKeepsWhatADraftLeavesEmpty(t *testing.T) {
	old := &Dataset{State: StateDraft, Provider: "p", Name: Text{ZH: "n"}, Theme: "tax", Items: []Item{{Code: "a", Unit: "m", Key: true}, {Code: "b"}}}
	got, err := Overlay(old, &Dataset{Name: Text{ZH: "n", EN: "name"}, Items: []Item{{Code: "a", Unit: "km"}, {Code: "c"}}})
	if err != nil {
		t.Fatal(err)
	}
	want := &Dataset{
		State: StateDraft, Provider: "p", Name: Text{ZH: "n", EN: "name"}, Theme: "tax",
		Items: []Item{{Code: "a", Unit: "km", Key: true}, {Code: "b"}, {Code: "c"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzSetField(f *testing.F) {
	for _, s := range []string{"", "daily", "a;b；c", "法|1", "3", "\x00", "\xff", "yes"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, field := range Fields() {
			var d, again Dataset
			if d.Set(field, s) != nil {
				continue
			}
			if err := again.Set(field, d.Get(field)); err != nil || again.Get(field) != d.Get(field) {
				t.Fatalf("%s: %q became %q, and that %q (%v)", field, s, d.Get(field), again.Get(field), err)
			}
		}
		for _, field := range ItemFields() {
			var it, again Item
			if it.Set(field, s) != nil {
				continue
			}
			if err := again.Set(field, it.Get(field)); err != nil || again.Get(field) != it.Get(field) {
				t.Fatalf("%s: %q became %q", field, s, it.Get(field))
			}
		}
	})
}
