package outbox_test

import (
	"context"
	"testing"

	"fontis/internal/engine/db"
	"fontis/internal/engine/db/dbtest"
	"fontis/internal/engine/db/outbox"
)

func TestFactsAreReadInOrder(t *testing.T) {
	ctx := context.Background()
	d := dbtest.Open(t)
	for _, k := range []string{"a", "b", "c"} {
		err := d.Write(ctx, func(tx *db.Tx) error {
			return outbox.Put(ctx, tx, outbox.Fact{Topic: "t", Key: k, Payload: []byte(k)})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	d = dbtest.Reopen(t, d)
	got, err := outbox.New(d).Read(ctx, 1, 10)
	if err != nil || len(got) != 2 || got[0].Key != "b" || string(got[1].Payload) != "c" {
		t.Fatalf("got %v, %v", got, err)
	}
}
