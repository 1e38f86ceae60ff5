package postgres

import (
	"context"
	"errors"
	"maps"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"fontis/internal/engine/db"
	"fontis/internal/vocab"
)

func TestAServerThatCanLoseACommitIsRefused(t *testing.T) {
	sound := map[string]string{"fsync": "on", "full_page_writes": "on", "server_encoding": "UTF8", "server_version_num": "150018"}
	if err := keepsPromises(sound); err != nil {
		t.Errorf("a sound server: %v", err)
	}
	for name, value := range map[string]string{
		"fsync": "off", "full_page_writes": "off", "server_encoding": "SQL_ASCII", "server_version_num": "140009",
	} {
		s := maps.Clone(sound)
		s[name] = value
		if err := keepsPromises(s); vocab.CodeOf(err) != vocab.DatabaseAway {
			t.Errorf("%s=%s: got %v", name, value, err)
		}
	}
}

// A session of ours that the server has not yet given up must not shut us out.
func TestTheHolderComesBackPastItsOwnGhost(t *testing.T) {
	dsn := os.Getenv("FONTIS_PG_DSN")
	if dsn == "" {
		t.Skip("FONTIS_PG_DSN names no PostgreSQL server; scripts/pg.sh starts one")
	}
	ctx := context.Background()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["application_name"] = tag()
	pool := stdlib.OpenDB(*config)
	defer pool.Close()
	e := &engine{pool: pool, schema: "ghost"}
	e.Fence()
	ghost, err := e.Connect(ctx, true)
	if err != nil {
		t.Fatal(err)
	}
	defer ghost.Close()
	again, err := e.Connect(ctx, true)
	if err != nil {
		t.Fatalf("the ghost shut us out: %v", err)
	}
	defer again.Close()
	if err := ghost.PingContext(ctx); err == nil {
		t.Error("the ghost still lives")
	}
	stranger := &engine{pool: pool, schema: "ghost"}
	stranger.Fence()
	if _, err := stranger.Connect(ctx, true); !errors.Is(err, vocab.LeaseHeld) {
		t.Errorf("another that never held the lock: got %v", err)
	}
}

func TestStatesOfTheServerAreTold(t *testing.T) {
	for state, want := range map[string]db.Fault{
		"23505": db.Ours, "42P01": db.Ours, "57014": db.Ours, "22P02": db.Ours,
		"57P01": db.Away, "08006": db.Away, "53300": db.Away, "58030": db.Away, "XX001": db.Away, "25006": db.Away,
		"53100": db.Full,
	} {
		if got := faultOf(state); got != want {
			t.Errorf("%s: got %v, want %v", state, got, want)
		}
	}
}
