package importing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fontis/internal/edge/taking"
	"fontis/internal/edge/web/page"
	"fontis/internal/vocab"
)

// state is how far an import is: its page shows each in its own way.
type state string

const (
	stateRunning state = "running"
	stateDone    state = "done"
	stateFailed  state = "failed"
	stateCut     state = "cut" // the node was stopped meanwhile; nothing was taken in
)

// patience is how long the form waits for its import, so that a short list comes
// straight to its result.
const patience = 700 * time.Millisecond

// runImport gives the order; the list is taken in beside the call, and its page
// tells how far it is.
func (s *Section) runImport(v *page.Visit) (string, error) {
	id := v.ID("id")
	var what sent
	if err := s.readJSON(v.Ctx(), folder(v, id)+"sent.json", &what); err != nil {
		return "", err
	}
	file, size, err := s.spool(v)
	if err != nil {
		return "", err
	}
	list := taking.File{ReaderAt: file, Name: what.Name, Size: size}
	p, err := taking.Propose(list, what.Encoding, what.Mapping)
	if err != nil {
		unspool(file)
		return "", err
	}
	m := chosenMapping(v, p)
	columns := make([]string, len(p.Columns))
	for i, c := range p.Columns {
		columns[i] = c.Column
	}
	if err = m.Check(columns); err == nil {
		what.Mapping = &m // the page of the columns shows what was chosen, if it is needed again
		err = s.order(v, id, what)
	}
	if err != nil {
		unspool(file)
		return "", err
	}
	quiet := aside(v)
	over, err := s.Runs.Start(folder(v, id), taking.Order{Actor: v.Actor, File: list, Mapping: m, AllOrNone: v.Said("all_or_none") != ""}, func(ctx context.Context, d taking.Done, err error) {
		defer unspool(file)
		if err == nil || ctx.Err() == nil { // else the node stops, and its order stands
			s.settle(context.WithoutCancel(ctx), quiet, id, d, err)
		}
	})
	if err != nil {
		unspool(file)
		return "", err
	}
	short := time.NewTimer(patience)
	defer short.Stop()
	select {
	case <-over:
	case <-short.C:
	case <-v.Ctx().Done():
	}
	return "/import/" + id + "/result", nil
}

// order keeps what is to be done, and forgets what came of it before.
func (s *Section) order(v *page.Visit, id string, what sent) error {
	for _, name := range []string{"done.json", "failed.json", "rejected.xlsx"} {
		if err := s.Blobs.Delete(v.Ctx(), folder(v, id)+name); err != nil && vocab.KindOf(err) != vocab.NotFound {
			return err
		}
	}
	if err := s.keepJSON(v.Ctx(), folder(v, id)+"sent.json", what); err != nil {
		return err
	}
	return s.keepJSON(v.Ctx(), folder(v, id)+"ordered.json", ordered{At: v.Clock.Now()})
}

// ordered says that an import was begun, and when.
type ordered struct {
	At time.Time `json:"at"`
}

// aside is the visit for work that outlasts it: its call is its own.
func aside(v *page.Visit) *page.Visit {
	w, c := v.Fresh(), *v.Call
	w.Call = &c
	return w
}

// settle keeps what came of an import, for whoever asks next.
func (s *Section) settle(ctx context.Context, v *page.Visit, id string, d taking.Done, err error) {
	if err != nil {
		kept := s.keepJSON(ctx, folder(v, id)+"failed.json", failureOf(v, err))
		if d.ID == "" || kept != nil {
			s.tellLost(v, kept)
			return
		}
	}
	s.tellLost(v, s.keepResult(ctx, v, id, d))
}

func (s *Section) tellLost(v *page.Visit, err error) {
	if err != nil {
		v.Diary.Error("what came of an import could not be kept", "trace", v.Call.Trace, "error", err)
	}
}

// failure is why an import took nothing in.
type failure struct {
	Code  vocab.Code    `json:"code"`
	Cause string        `json:"cause"`
	Fix   string        `json:"fix,omitempty"`
	Trace vocab.TraceID `json:"trace"`
}

// failureOf is the error as its reader is told; what broke inside goes to the
// diary, under the trace that the page shows.
func failureOf(v *page.Visit, err error) failure {
	p := v.Problem(err)
	out := failure{Code: p.Code, Cause: p.Detail, Trace: p.Trace}
	var f *vocab.Failure
	if errors.As(err, &f) && f.Kind != vocab.Internal {
		out.Fix = f.Fix
	}
	return out
}

// stateOf is how far the import is, as its own member may see it.
func (s *Section) stateOf(v *page.Visit, id string) (state, taking.Progress, error) {
	if p, runs := s.Runs.Of(folder(v, id)); runs {
		return stateRunning, p, nil
	}
	for _, kept := range []struct {
		name string
		as   state
	}{{"failed.json", stateFailed}, {"done.json", stateDone}, {"ordered.json", stateCut}} {
		_, err := s.Blobs.Stat(v.Ctx(), folder(v, id)+kept.name)
		if err == nil {
			return kept.as, taking.Progress{}, nil
		}
		if vocab.KindOf(err) != vocab.NotFound {
			return "", taking.Progress{}, err
		}
	}
	return "", taking.Progress{}, notThere(vocab.NoSuchThing.Because("no import was begun"))
}

// Parts are what changes while it is read: how far an import is, and those of the
// desk.
func (s *Section) Parts() []page.Part {
	return []page.Part{
		{Name: "import", Untold: true, Stamp: func(v *page.Visit, id string) (string, error) {
			as, p, err := s.stateOf(v, id)
			return fmt.Sprint(as, p.Waits, p.Turning, p.Lines, p.Rejected, p.Percent), err
		}},
		{Name: "imports", Untold: true, Stamp: func(v *page.Visit, _ string) (string, error) {
			if err := v.Actor.Must(vocab.Steward); err != nil {
				return "", err
			}
			list, err := Recent(v, s, MostRecent)
			var said string
			for _, u := range list {
				said += fmt.Sprintln(u.ID, u.State, u.Progress.Lines, u.Progress.Percent)
			}
			return said, err
		}},
	}
}
