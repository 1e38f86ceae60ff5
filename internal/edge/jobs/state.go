package jobs

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// State is where the scheduler stands, for who operates the node.
type State struct {
	Tasks     []TaskState
	Consumers []ConsumerState
	Newest    int64 // the number of the newest fact
}

// TaskState is one thing that is done again and again. Done is zero before the
// first time.
type TaskState struct {
	Name       string
	Done, Next time.Time
}

// ConsumerState is who hears facts, and the last one it heard.
type ConsumerState struct {
	Name  string
	Heard int64
}

// State tells when each task was last done and how far each consumer has heard.
func (j *Jobs) State(ctx context.Context) (State, error) {
	j.mu.Lock()
	tasks := slices.Clone(j.tasks)
	j.mu.Unlock()
	var s State
	for _, t := range tasks {
		done, err := lastDone(ctx, j.p.DB, t.name)
		if err != nil {
			return State{}, fmt.Errorf("look when %s was last done: %w", t.name, err)
		}
		s.Tasks = append(s.Tasks, TaskState{Name: t.name, Done: done, Next: t.due(done)})
	}
	for _, name := range j.Consumers() {
		at, err := j.outbox.Position(ctx, name)
		if err != nil {
			return State{}, err
		}
		s.Consumers = append(s.Consumers, ConsumerState{Name: name, Heard: at})
	}
	var err error
	s.Newest, err = j.outbox.Last(ctx)
	return s, err
}
