package quality

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"fontis/internal/engine/db"
	"fontis/internal/trust/ledger"
	"fontis/internal/trust/ledger/tally"
	"fontis/internal/vocab"
)

// Labelled is a label that stands, as the door keeps it.
type Labelled struct {
	Item    vocab.ItemID
	Person  vocab.PersonRef
	Contest string
	At      time.Time
}

// Books are the tables of this duty, and the labels that it puts, as the ledger's
// acts tell of them. A status act that no two officers decided would permit a load;
// a label that was taken away by hand would hide a contest from every caller.
func Books(labels func(context.Context, *db.Tx) ([]Labelled, error)) []tally.Book {
	return []tally.Book{
		{Table: "quality_status_act", Acts: []string{"status."}, Key: "status_act", Want: wantStatus, Have: haveStatuses},
		{Table: "quality_contest", Acts: []string{"contest."}, Key: "contest", Want: wantContest, Have: haveContests},
		{Table: "access_label", Acts: []string{"contest."}, Key: "contest", Want: wantLabel, Have: haveLabels(labels)},
	}
}

// wantStatus is the row of a status act after its acts; what the first releases
// did not write is not held.
func wantStatus(acts []tally.Said) []tally.Row {
	first, last := &acts[0], &acts[len(acts)-1]
	f := last.Fields
	state := StatusState(strings.TrimPrefix(last.Act, "status."))
	cols := map[string]string{
		"state": string(state), "owner_member": string(last.Provider), "item": itemIn(last), "person": f[ledger.FieldPerson], "evidence": f["evidence"],
		"basis": f[ledger.FieldBasis], "reason": f["reason"], "contest": f["contest"], "seconded": f["second"],
	}
	switch state {
	case StatusDone, StatusRefused:
		cols["second"], cols["trace"] = f[ledger.FieldOfficer], string(last.Trace)
	case StatusWithdrawn:
		cols["second"], cols["trace"] = "", string(last.Trace)
	}
	if sealed := f["sealed"]; sealed != "" {
		cols["sealed"], cols["why"] = sealed, f["why"]
	}
	times := map[string]time.Time{"changed_at": last.At}
	if first.Act == "status."+string(StatusProposed) {
		cols["proposer"], cols["rev"], times["created_at"] = first.Fields[ledger.FieldOfficer], strconv.Itoa(len(acts)), first.At
	}
	return []tally.Row{{ID: f["status_act"], Cols: cols, Times: times}}
}

func itemIn(a *tally.Said) string {
	var items []string
	if json.Unmarshal([]byte(a.Fields[ledger.FieldItems]), &items) != nil || len(items) != 1 {
		return ""
	}
	return items[0]
}

// digest binds what is sealed without telling it.
func digest(sealed []byte) string {
	sum := sha256.Sum256(sealed)
	return hex.EncodeToString(sum[:])
}

func haveStatuses(ctx context.Context, tx *db.Tx, after string, limit int) ([]tally.Row, error) {
	list, err := loadStatusRows(ctx, tx, after, limit)
	rows := make([]tally.Row, len(list))
	for i, r := range list {
		var b statusBody
		if json.Unmarshal([]byte(r.body), &b) != nil {
			b = statusBody{Evidence: "unreadable"}
		}
		rows[i] = tally.Row{
			ID: r.id, Made: r.created, Times: map[string]time.Time{"created_at": r.created, "changed_at": r.changed},
			Cols: map[string]string{
				"state": r.state, "owner_member": r.owner, "item": r.item, "person": hex.EncodeToString(r.person), "evidence": b.Evidence,
				"basis": b.Law + " " + b.Article, "reason": b.Reason, "contest": b.Contest, "seconded": yes(b.Second != ""), "second": string(b.Second),
				"trace": string(b.Trace), "sealed": digest(r.sealed), "why": b.Why, "proposer": string(b.Proposer), "rev": strconv.FormatInt(r.rev, 10),
			},
		}
	}
	return rows, err
}

// wantContest is how a contest stands after its acts.
func wantContest(acts []tally.Said) []tally.Row {
	cols := map[string]string{}
	for i := range acts {
		f := acts[i].Fields
		if f["to_state"] == "" { // what another did in the raiser's name stands beside the step itself
			continue
		}
		cols["state"], cols["source"], cols["item"], cols["item_owner"] = f["to_state"], f["source"], f["item"], f[ledger.FieldProvider]
		if p := f[ledger.FieldAbout]; p != "" {
			cols["person"] = p
		}
	}
	if cols["state"] == "" {
		return nil
	}
	return []tally.Row{{ID: acts[0].Fields["contest"], Cols: cols}}
}

func haveContests(ctx context.Context, tx *db.Tx, after string, limit int) ([]tally.Row, error) {
	list, err := loadContestRows(ctx, tx, after, limit)
	rows := make([]tally.Row, len(list))
	for i, r := range list {
		rows[i] = tally.Row{ID: r.id, Made: r.created, Cols: map[string]string{
			"state": r.state, "source": r.source, "item": r.item, "item_owner": r.owner, "person": hex.EncodeToString(r.person),
		}}
	}
	return rows, err
}

// wantLabel is the label that a contest has put and not yet removed.
func wantLabel(acts []tally.Said) []tally.Row {
	var label *tally.Said
	for i := range acts {
		act, from := strings.TrimPrefix(acts[i].Act, "contest."), State(acts[i].Fields["from_state"])
		for _, t := range transitions {
			switch {
			case t.Act != act || !slices.Contains(t.From, from):
			case t.Label:
				label = &acts[i]
			case t.Unmark:
				label = nil
			}
		}
	}
	if label == nil {
		return nil
	}
	r := tally.Row{ID: labelID(label.Fields["contest"], label.Fields["item"]), Cols: map[string]string{}, Times: map[string]time.Time{"at": label.At}}
	if p := label.Fields[ledger.FieldAbout]; p != "" {
		r.Cols["person"] = p
	}
	return []tally.Row{r}
}

func labelID(contest, item string) string { return contest + " " + item }

// haveLabels gives all labels at once: the door holds them in memory as well.
func haveLabels(labels func(context.Context, *db.Tx) ([]Labelled, error)) func(context.Context, *db.Tx, string, int) ([]tally.Row, error) {
	return func(ctx context.Context, tx *db.Tx, after string, _ int) ([]tally.Row, error) {
		if after != "" {
			return nil, nil
		}
		list, err := labels(ctx, tx)
		rows := make([]tally.Row, len(list))
		for i, l := range list {
			rows[i] = tally.Row{
				ID: labelID(l.Contest, string(l.Item)), Made: l.At, Cols: map[string]string{"person": hex.EncodeToString(l.Person[:])},
				Times: map[string]time.Time{"at": l.At},
			}
		}
		return rows, err
	}
}
