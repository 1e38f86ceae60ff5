package checker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"fontis/internal/trust/ledger/proof"
)

// witnessTime is what one witness has to answer.
const witnessTime = 10 * time.Second

func emptyRoot() proof.Hash { return sha256.Sum256(nil) }

// askWitnesses fetches the latest checkpoint that each witness of the policy
// holds. A log that is behind is asked again for the time of grace: it publishes
// only after its witnesses have answered.
func (a *audit) askWitnesses(ctx context.Context) error {
	found := make([]*held, len(a.policy.Witnesses))
	forks := make([]*held, len(found))
	why := make([]string, len(found))
	var group sync.WaitGroup
	for i, w := range a.policy.Witnesses {
		group.Go(func() {
			found[i], why[i] = a.askWitness(ctx, w)
			forks[i] = a.askFork(ctx, w)
		})
	}
	group.Wait()
	for i, w := range a.policy.Witnesses {
		if forks[i] != nil {
			a.held = append(a.held, *forks[i])
		}
		if found[i] == nil {
			a.note("Not compared with witness %s: %s.", w.Name, why[i])
			continue
		}
		if err := a.waitFor(ctx, found[i].head.Size); err != nil {
			return err
		}
		a.held = append(a.held, *found[i])
	}
	return ctx.Err()
}

func (a *audit) askWitness(ctx context.Context, w proof.PolicyWitness) (*held, string) {
	if w.URL == "" {
		return nil, "the policy gives no address"
	}
	signed, seen, err := a.witnessNote(ctx, w, "checkpoint")
	if err != nil {
		return nil, err.Error()
	}
	for _, c := range seen.Cosigners {
		if c.Name == w.Name {
			return &held{head: seen.Checkpoint, signed: signed, from: "held by witness " + w.Name, witness: true}, ""
		}
	}
	return nil, "what it holds is not cosigned by it"
}

// askFork fetches what a witness refused because the log had signed another tree
// of that size: the log's own signature makes it evidence.
func (a *audit) askFork(ctx context.Context, w proof.PolicyWitness) *held {
	if w.URL == "" {
		return nil
	}
	signed, seen, err := a.witnessNote(ctx, w, "fork")
	if err != nil {
		return nil
	}
	return &held{head: seen.Checkpoint, signed: signed, from: "shown to witness " + w.Name + " and refused by it", witness: true}
}

// witnessNote reads a note that the witness keeps of this log; the log's own
// signature on it holds when there is no error.
func (a *audit) witnessNote(ctx context.Context, w proof.PolicyWitness, name string) ([]byte, proof.Seen, error) {
	ctx, cancel := context.WithTimeout(ctx, witnessTime)
	defer cancel()
	id := sha256.Sum256([]byte(a.Origin))
	f, err := openFiles(w.URL, a.Client)
	if err != nil {
		return nil, proof.Seen{}, err
	}
	signed, err := f.read(ctx, "logs/"+hex.EncodeToString(id[:])+"/"+name, maxCheckpoint)
	if err != nil {
		return nil, proof.Seen{}, err
	}
	seen, err := a.policy.OpenCheckpoint(signed)
	if err == nil && seen.Origin != a.Origin {
		err = fmt.Errorf("it belongs to the log %s", seen.Origin)
	}
	return signed, seen, err
}

// waitFor reads the log's checkpoint again until it covers size or grace ends.
func (a *audit) waitFor(ctx context.Context, size uint64) error {
	for spent := time.Duration(0); a.seen.Size < size && spent < a.Grace; spent += gracePoll {
		if err := pause(ctx, min(gracePoll, a.Grace-spent)); err != nil {
			return err
		}
		signed, err := a.files.read(ctx, "checkpoint", maxCheckpoint)
		if err != nil {
			continue
		}
		seen, err := a.policy.OpenCheckpoint(signed)
		if err != nil || seen.Origin != a.Origin || seen.Size <= a.seen.Size {
			continue
		}
		// The older one stays among what is compared.
		a.held = append(a.held, held{head: a.seen.Checkpoint, signed: a.signed, from: "published moments before"})
		a.seen, a.signed, a.Size, a.Root = seen, signed, seen.Size, b64(seen.Root)
	}
	return nil
}

// publishedProof is the consistency proof that the published tiles give; it is
// evidence for others and nothing here depends on it.
func publishedProof(ctx context.Context, f files, from, to uint64) []string {
	if from == 0 || from >= to {
		return nil
	}
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			h, err := storedHash(ctx, f, index, to)
			if err != nil {
				return nil, err
			}
			out[i] = tlog.Hash(h)
		}
		return out, nil
	})
	p, err := tlog.ProveTree(int64(to), int64(from), read)
	if err != nil {
		return nil
	}
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = b64(proof.Hash(p[i]))
	}
	return lines
}

// storedHash is one node of the tree, folded from the tile that covers it.
func storedHash(ctx context.Context, f files, index int64, size uint64) (proof.Hash, error) {
	level, n := tlog.SplitStoredHashIndex(index)
	height := level % 8
	first := uint64(n) << height // among the hashes of the tile's lowest row
	inRow := size >> (8 * (level / 8))
	at := tileAt{strconv.Itoa(level / 8), first / tileWidth, int(min(inRow-first/tileWidth*tileWidth, tileWidth))}
	data, path, _, err := readTile(ctx, f, at, maxTile)
	if err != nil {
		return proof.Hash{}, err
	}
	nodes := make([]proof.Hash, 0, 1<<height)
	for i := first % tileWidth; i < first%tileWidth+1<<height; i++ {
		if int(i+1)*proof.HashSize > len(data) {
			return proof.Hash{}, fmt.Errorf("%s is too short", path)
		}
		nodes = append(nodes, proof.Hash(data[i*proof.HashSize:][:proof.HashSize]))
	}
	return foldNodes(nodes), nil
}
