package tlog

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// A witness that is away for one round is no news; one that stays away is, once, and
// so is its return.
func TestTheDiaryHearsOfAWitnessThatStaysAway(t *testing.T) {
	var diary bytes.Buffer
	l := &Log{opts: Options{Diary: slog.New(slog.NewTextHandler(&diary, nil))}}
	away := errors.New("witness answered 404")
	for round, c := range []struct {
		err         error
		waits, goOn int
	}{{away, 0, 0}, {nil, 0, 0}, {away, 0, 0}, {away, 1, 0}, {away, 1, 0}, {nil, 1, 1}, {nil, 1, 1}} {
		l.note(c.err)
		if waits, goOn := strings.Count(diary.String(), "checkpoint waits"), strings.Count(diary.String(), "checkpoints go on"); waits != c.waits || goOn != c.goOn {
			t.Errorf("after round %d: %s", round, diary.String())
		}
	}
}
