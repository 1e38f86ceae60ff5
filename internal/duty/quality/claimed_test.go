package quality_test

import (
	"errors"
	"strings"
	"testing"

	"fontis/internal/duty/quality"
	"fontis/internal/vocab"
)

// TestAClaimedValueIsOfTheItemsForm: what can never stand in the item cannot be found
// right, and the remedy gives the form.
func TestAClaimedValueIsOfTheItemsForm(t *testing.T) {
	w := newWorld(t)
	for claimed, wrong := range map[string]bool{"abc": true, "1950-02-30": true, "1950年2月3日": false} {
		_, err := w.Raise(t.Context(), clerk, quality.Raise{Item: w.born, Subject: key(2), Fault: quality.Wrong, Claimed: claimed, Case: "C-1"})
		if (err != nil) != wrong {
			t.Errorf("%s: %v", claimed, err)
		}
		if f := failure(err); wrong && (f == nil || !strings.Contains(f.Fix, "2006-01-02") || strings.Contains(f.Cause, claimed)) {
			t.Errorf("%s: %+v", claimed, f)
		}
	}
}

// TestASecondContestLeadsToTheFirst: it is named with the commands that follow it.
func TestASecondContestLeadsToTheFirst(t *testing.T) {
	w := newWorld(t)
	c := w.raise(clerk, 2)
	_, err := w.Raise(t.Context(), clerk, quality.Raise{Item: w.born, Subject: key(2), Fault: quality.Wrong})
	if f := failure(err); vocab.CodeOf(err) != vocab.AlreadyExists || f == nil || !strings.Contains(f.Fix, "fontis contest show "+string(c.ID)) {
		t.Errorf("%v", err)
	}
}

// TestAWrongStepSaysWhatMayComeNext: and one that is another's says whose it is.
func TestAWrongStepSaysWhatMayComeNext(t *testing.T) {
	w := newWorld(t)
	c := w.raise(clerk, 2)
	_, err := w.Route(t.Context(), chief, c.ID, quality.Word{})
	if f := failure(err); vocab.CodeOf(err) != vocab.StateWrong || f == nil || !strings.Contains(f.Cause, "raised") || !strings.Contains(f.Fix, "accept (the authority), decline (the authority)") {
		t.Errorf("%v", err)
	}
	_, err = w.Accept(t.Context(), clerk, c.ID)
	if f := failure(err); vocab.CodeOf(err) != vocab.RoleMissing || f == nil || !strings.Contains(f.Fix, "the authority (role authority)") {
		t.Errorf("%+v", failure(err))
	}
}

func failure(err error) *vocab.Failure {
	var f *vocab.Failure
	errors.As(err, &f)
	return f
}
