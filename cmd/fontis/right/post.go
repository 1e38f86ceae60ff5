package right

import (
	"net/http"

	"fontis/cmd/fontis/console"
)

// post calls a verb and says in words what came of it.
func post[T any](c *console.Console, path string, in any, say func(T)) error {
	return c.With(func(r *console.Reached) error {
		var out T
		if err := r.Do(c.Ctx, http.MethodPost, path, in, &out); err != nil {
			return err
		}
		return c.Result(out, func() { say(out) })
	})
}

// get shows one thing.
func get[T any](c *console.Console, path string, say func(T)) error {
	return c.With(func(r *console.Reached) error {
		var out T
		if err := r.Do(c.Ctx, http.MethodGet, path, nil, &out); err != nil {
			return err
		}
		return c.Result(out, func() { say(out) })
	})
}

// table lists things, each as one row or more.
func table[T any](c *console.Console, path string, head []string, rows func(T) [][]string) error {
	return c.With(func(r *console.Reached) error {
		list, err := console.ListAll[T](c.Ctx, r.Client, path)
		if err != nil {
			return err
		}
		return c.Result(list, func() {
			var all [][]string
			for _, x := range list {
				all = append(all, rows(x)...)
			}
			c.Table(head, all)
		})
	})
}

// inState is the query of a list in one state.
func inState(path, state string) string {
	if state == "" {
		return path
	}
	return path + "?state=" + console.Segment(state)
}
