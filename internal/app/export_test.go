package app

import (
	"archive/tar"
	"context"
)

// Tidy does every chore once.
func (a *App) Tidy(ctx context.Context) error {
	for _, c := range a.chores() {
		if err := c.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// SealFolder puts the files of a data folder into a backup.
func SealFolder(ctx context.Context, a *App, out *tar.Writer, folder string) error {
	return a.sealFolder(ctx, out, folder)
}

// Registers names what is loaded.
func Registers(ctx context.Context, a *App) ([]string, error) {
	list, err := a.registers.List(ctx)
	var out []string
	for _, r := range list {
		out = append(out, "register "+r.Name)
	}
	return out, err
}

// FirstWord is how long data wait for a witness after the start.
const FirstWord = firstWord
