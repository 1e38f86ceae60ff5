package app

import "context"

// Tidy does every chore once.
func (a *App) Tidy(ctx context.Context) error {
	for _, c := range a.chores() {
		if err := c.do(ctx); err != nil {
			return err
		}
	}
	return nil
}
