package app

import (
	"context"

	"fontis/internal/engine/keyed"
	"fontis/internal/engine/keys"
	"fontis/internal/engine/source"
	sourcepostgres "fontis/internal/engine/source/postgres"
	"fontis/internal/engine/source/register"
	sourcesqlite "fontis/internal/engine/source/sqlite"
	"fontis/internal/trust/access"
	"fontis/internal/trust/access/overlay"
	"fontis/internal/trust/identity"
	"fontis/internal/vocab"
)

// sources are the drivers the door may open, and how a register is loaded.
type sources struct {
	drivers   source.Drivers
	registers register.Registers
}

func (a *App) sources(store *keyed.Store, over *overlay.Index) sources {
	r := register.Registers{Store: store, Key: registerKey(a.Identity), Vault: vault{a.Keys}, Over: over.Of}
	return sources{registers: r, drivers: source.Drivers{Clock: a.Clock, Connect: map[source.Kind]source.Connect{
		source.Postgres: sourcepostgres.Connect, source.SQLite: sourcesqlite.Connect, source.Register: r.Connect,
	}}}
}

// registerKey makes the register's own pseudonym of a subject's number: what one
// register holds cannot be joined with what another does.
func registerKey(id *identity.Service) func(string, string) keyed.Key {
	return func(name, subject string) keyed.Key {
		return keyed.Key(id.Pseudonym(name, vocab.SubjectKey{Kind: vocab.RegisterNumber, Value: subject}))
	}
}

// vault seals register rows under the keyed store's key.
type vault struct{ keys *keys.Store }

func (v vault) Seal(plain, aad []byte) ([]byte, error) { return v.keys.Seal(keys.Keyed, plain, aad) }

func (v vault) Unseal(sealed, aad []byte) ([]byte, error) {
	return v.keys.Unseal(keys.Keyed, sealed, aad)
}

func (s sources) load(ctx context.Context, o access.RegisterOrder) error {
	layout := register.Layout{Name: o.Name, Dated: o.Dated}
	for _, c := range o.Columns {
		layout.Columns = append(layout.Columns, source.Column{Name: c, Kind: source.Text})
	}
	return s.registers.Load(ctx, layout, func(yield func(register.Row, error) bool) {
		for r, err := range o.Rows {
			row := register.Row{Marked: r.Marked}
			for _, v := range r.Values {
				if v == "" {
					row.Values = append(row.Values, source.NullValue(source.Text))
				} else {
					row.Values = append(row.Values, source.NewValue(source.Text, v))
				}
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}, o.Keeping)
}
