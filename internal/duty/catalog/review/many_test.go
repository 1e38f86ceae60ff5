package review_test

import (
	"fmt"
	"slices"
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/entry"
	"fontis/internal/duty/catalog/review"
	"fontis/internal/vocab"
)

// reads is what the second officer finds to be read.
func (w *world) reads() []review.Read {
	w.t.Helper()
	var out []review.Read
	for after := vocab.DatasetID(""); ; {
		list, err := w.Awaiting(w.t.Context(), w.second, after, 7)
		w.must(err)
		for _, d := range list {
			out = append(out, review.Read{Dataset: d.ID, Rev: d.Rev})
		}
		if len(list) < 7 {
			return out
		}
		after = list[len(list)-1].ID
	}
}

// TestOneWordOnManyDraftsIsAWordOnEachAsItWasRead: what is changed between reading
// and word is left out, each word is an act of its own, and the officer who said it
// publishes none of them.
func TestOneWordOnManyDraftsIsAWordOnEachAsItWasRead(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	var drafts []*entry.Dataset
	for range 60 { // more than one transaction takes
		drafts = append(drafts, w.draft(true))
	}
	firms := w.draft(false)
	_, err := w.catalog.Create(ctx, w.steward, entry.Dataset{Name: entry.Text{ZH: "不齐"}, Provider: "民政局", Subject: vocab.NaturalPerson})
	w.must(err)
	withheld := w.draft(true)
	w.must(w.says(w.second, withheld, false))
	read := w.reads()
	if len(read) != 60 || slices.ContainsFunc(read, func(r review.Read) bool { return r.Dataset == firms.ID || r.Dataset == withheld.ID }) {
		t.Fatalf("%d are to be read", len(read))
	}
	changed, err := w.catalog.Edit(ctx, w.steward, entry.Edit{ID: drafts[3].ID, Rev: drafts[3].Rev, Set: map[entry.Field]string{entry.FieldNameZH: "另一个名录"}})
	w.must(err)
	w.acts, w.notices = nil, nil
	heard, err := w.CheckMany(ctx, w.second, review.Words{Entries: read, Basis: "保守国家秘密法 第十三条"})
	w.must(err)
	if heard.Count != 59 || len(heard.Refused) != 1 || heard.Refused[0].Dataset != changed.ID || vocab.CodeOf(heard.Refused[0].Err) != vocab.RevisionStale {
		t.Fatalf("%+v", heard)
	}
	if len(w.acts) != 59 || len(w.notices) != 1 || w.notices[0].Params["count"] != "59" {
		t.Errorf("%d acts, %d notices", len(w.acts), len(w.notices))
	}
	if left := w.reads(); len(left) != 1 || left[0].Dataset != changed.ID {
		t.Errorf("still to be read: %v", left)
	}
	byReader, err := w.catalog.PublishMany(ctx, w.second, catalog.Publication{})
	w.must(err)
	if byReader.Count != 0 {
		t.Errorf("who read %d drafts published them", byReader.Count)
	}
	done, err := w.catalog.PublishMany(ctx, w.steward, catalog.Publication{})
	w.must(err)
	if done.Count != 59 {
		t.Errorf("%d were published, %+v", done.Count, done.Refused)
	}
}

func TestAWordOnManyIsAnOfficersAboutTheirOwnDrafts(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	d := w.draft(true)
	read := []review.Read{{Dataset: d.ID, Rev: d.Rev}}
	machine, user := w.second, apptest.Officer(apptest.Civil, vocab.DataUser)
	machine.Officer, machine.Machine = "", "m-1"
	for _, a := range []struct {
		name string
		say  func() error
		code vocab.Code
	}{
		{"a system", func() error { _, err := w.CheckMany(ctx, machine, review.Words{Entries: read, Basis: "x"}); return err }, vocab.RoleMissing},
		{"no steward", func() error { _, err := w.CheckMany(ctx, user, review.Words{Entries: read, Basis: "x"}); return err }, vocab.RoleMissing},
		{"a reader who is no steward", func() error { _, err := w.Awaiting(ctx, user, "", 10); return err }, vocab.RoleMissing},
		{"no basis", func() error { _, err := w.CheckMany(ctx, w.second, review.Words{Entries: read}); return err }, vocab.FieldMissing},
		{"no entry", func() error { _, err := w.CheckMany(ctx, w.second, review.Words{Basis: "x"}); return err }, vocab.BadInput},
		{"twice", func() error {
			_, err := w.CheckMany(ctx, w.second, review.Words{Entries: append(read, read...), Basis: "x"})
			return err
		}, vocab.BadInput},
		{"unread", func() error {
			_, err := w.CheckMany(ctx, w.second, review.Words{Entries: []review.Read{{Dataset: d.ID}}, Basis: "x"})
			return err
		}, vocab.FieldMissing},
	} {
		if err := a.say(); vocab.CodeOf(err) != a.code {
			t.Errorf("%s: %v, want %s", a.name, err, a.code)
		}
	}
	if list, err := w.Awaiting(ctx, w.bureau, "", 10); err != nil || len(list) != 0 {
		t.Errorf("another body reads %v, %v", list, err)
	}
	heard, err := w.CheckMany(ctx, w.bureau, review.Words{Entries: read, Basis: "x"})
	w.must(err)
	if heard.Count != 0 || len(heard.Refused) != 1 {
		t.Errorf("another body said it: %+v", heard)
	}
	w.must(w.says(w.second, d, true))
	if _, err := w.publish(d, catalog.Secrecy{}); err != nil {
		t.Fatal(err)
	}
	heard, err = w.CheckMany(ctx, w.second, review.Words{Entries: []review.Read{{Dataset: d.ID, Rev: d.Rev + 1}}, Basis: "x"})
	w.must(err)
	if heard.Count != 0 || len(heard.Refused) != 1 || vocab.CodeOf(heard.Refused[0].Err) != vocab.StateWrong {
		t.Errorf("of what others see: %s", fmt.Sprint(heard))
	}
}
