package app

import (
	"context"
	"strconv"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/identity"
	"fontis/internal/trust/ledger/tally"
	"fontis/internal/vocab"
)

// openTally wires the round that holds every record against every leaf.
func (a *App) openTally() {
	var logs []tally.Named
	for _, l := range a.Older {
		logs = append(logs, tally.Named{Origin: l.Origin(), Log: l})
	}
	logs = append(logs, tally.Named{Origin: a.Log.Origin(), Log: a.Log})
	a.Tally = tally.New(tally.Options{DB: a.DB, Logs: logs, Clock: a.Clock, Diary: a.Diary, Alarm: a.alarm})
}

// alarm tells those who keep the node that record and log disagree, once for each
// place; a node that nobody keeps yet has nobody to tell.
func (a *App) alarm(ctx context.Context, news []tally.Finding) error {
	node, err := a.Identity.Node(ctx)
	if vocab.CodeOf(err) == vocab.StateWrong {
		return nil
	}
	if err != nil {
		return err
	}
	first := news[0]
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		return a.Identity.PutNotice(ctx, tx, identity.Notice{
			Member: node.Keeper, Kind: "ledger-alarm", Link: "/health",
			Params: map[string]string{"count": strconv.Itoa(len(news)), "kind": string(first.Kind), "entry": strconv.FormatInt(first.Seq, 10), "trace": string(first.Trace)},
		})
	})
}

// firstWord is how long after the start data wait for the witnesses' first word.
// Witnesses who are away longer stop no service: receipts wait for them instead.
const firstWord = 5 * time.Second

// rolledBack says that a witness holds more of this log than the node does: the
// folder was copied back, and nothing may go on as if it had not been. Between the
// start and the witnesses' first word it waits.
func (a *App) rolledBack() error {
	select {
	case <-a.Log.Heard():
	case <-a.patience.Done():
	}
	if r := a.Log.State().RolledBack; r != nil {
		return vocab.WitnessRefused.Because("witness %s holds %d entries, this log %d", r.Witness, r.TheirSize, r.OurSize)
	}
	return nil
}
