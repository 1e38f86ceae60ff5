package access_test

import (
	"testing"

	"fontis/internal/app/apptest"
	"fontis/internal/trust/access"
	"fontis/internal/vocab"
)

// TestAnswersComeInTheOrderOfTheLines sends more than a block, so that the rows
// are kept in another order than they came.
func TestAnswersComeInTheOrderOfTheLines(t *testing.T) {
	const rows, people = 4500, 4507
	w := apptest.NewWorld(t, people+100, vocab.Compare)
	all := make([]access.BatchLine, rows)
	want := make([]vocab.Answer, rows)
	for i := range all {
		_, born := apptest.Citizen(i * 7 % people)
		want[i] = vocab.Match
		if i%3 == 0 {
			born, want[i] = "1850-01-01", vocab.Mismatch
		}
		all[i] = line(i*7%people, born)
	}
	s := ended(t, w, compareBatch(w), all...)
	if s.State != access.BatchDone {
		t.Fatalf("%+v", s)
	}
	got := answersOf(t, w, s)
	if len(got) != rows {
		t.Fatalf("%d answers to %d lines", len(got), rows)
	}
	for i, a := range got {
		if a.Line != int64(i+1) || a.Answers[apptest.Born].Answer != want[i] {
			t.Fatalf("answer %d is of line %d: %+v, want %s", i+1, a.Line, a.Answers, want[i])
		}
	}
}
