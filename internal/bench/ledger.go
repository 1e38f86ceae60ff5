package bench

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"fontis/internal/trust/ledger/checker"
	"fontis/internal/trust/ledger/proof"
	"fontis/internal/trust/ledger/witness"
)

// inFlight is how many callers the witnessed rate is taken with.
const inFlight = 4096

// appendLeaves fills the log alone: entries a second that are integrated, then
// such that a witness has cosigned, then leaves a second that an audit reads.
func appendLeaves(ctx context.Context, o Options, out *Result) error {
	w, err := newWorld(ctx, o.Dir, 1)
	if err != nil {
		return err
	}
	vkey := w.Log.VerifierKey()
	for _, waiters := range []int{1, 64, 512, inFlight} {
		rate, err := o.floods(ctx, waiters, w.append)
		if err != nil {
			w.close()
			return err
		}
		out.Figures[fmt.Sprintf("integrated_per_s_%d", waiters)] = rate
		fmt.Fprintf(o.Report, "%d waiters: %.0f entries/s integrated\n", waiters, rate)
	}
	if err := w.Close(); err != nil {
		return err
	}
	return w.witnessed(ctx, o, vkey, out)
}

// floods is the median rate of the repeats.
func (o Options) floods(ctx context.Context, waiters int, add func(context.Context, []byte) error) (float64, error) {
	var rates []float64
	for range o.Repeats {
		n, took, err := flood(ctx, waiters, o.For, add)
		if err != nil {
			return 0, err
		}
		rates = append(rates, float64(n)/took.Seconds())
	}
	return median(rates), nil
}

func (w *world) append(ctx context.Context, leaf []byte) error {
	_, err := w.Log.Append(ctx, [][]byte{leaf})
	return err
}

// appendWitnessed returns when a checkpoint with the witness's signature covers
// the leaf.
func (w *world) appendWitnessed(ctx context.Context, leaf []byte) error {
	at, err := w.Log.Append(ctx, [][]byte{leaf})
	if err != nil {
		return err
	}
	return w.Log.Await(ctx, at[0]+1)
}

// witnessed opens the node again with a witness that syncs what it cosigns, and
// lets an audit read the log.
func (w *world) witnessed(ctx context.Context, o Options, vkey string, out *Result) error {
	defer os.RemoveAll(w.dir)
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	wit, err := witness.Open(witness.Options{Dir: filepath.Join(w.dir, "witness"), Name: "witness.bench.local", Key: key})
	if err != nil {
		return err
	}
	defer wit.Close()
	if err := wit.Pin(vkey, ""); err != nil {
		return err
	}
	addr, stop, err := serve(wit.Handler())
	if err != nil {
		return err
	}
	defer stop()
	policy, err := proof.PolicyFor(vkey, 1, proof.PolicyWitness{Name: "w", VKey: wit.VKey(), URL: "http://" + addr})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(w.Config.Dir, "witnesses.policy"), []byte(policy.String()), 0o600); err != nil {
		return err
	}
	if err := w.open(ctx, false); err != nil {
		return err
	}
	defer w.Close()
	rate, err := o.floods(ctx, inFlight, w.appendWitnessed)
	if err != nil {
		return err
	}
	out.Figures[fmt.Sprintf("witnessed_per_s_%d", inFlight)] = rate
	fmt.Fprintf(o.Report, "%d waiters: %.0f entries/s witnessed\n", inFlight, rate)
	return w.audit(ctx, o, policy, out)
}

// audit reads the whole log as a stranger does, over HTTP.
func (w *world) audit(ctx context.Context, o Options, policy *proof.Policy, out *Result) error {
	addr, stop, err := serve(w.Log.Handler())
	if err != nil {
		return err
	}
	defer stop()
	began := time.Now()
	verdict, err := checker.Log(ctx, checker.Audit{
		Options: checker.Options{Policy: policy, Evidence: w.dir}, Address: "http://" + addr,
	})
	if err != nil {
		return err
	}
	size, err := w.Log.Size(ctx)
	if err != nil {
		return err
	}
	rate := float64(size) / time.Since(began).Seconds()
	out.Figures["checked_leaves_per_s"], out.Figures["checked_leaves"], out.Figures["verdict"] = rate, size, verdict.Word
	fmt.Fprintf(o.Report, "an audit of %d leaves: %.0f leaves/s, %s\n", size, rate, verdict.Word)
	return nil
}

// flood lets so many callers add random leaves for a time.
func flood(ctx context.Context, waiters int, d time.Duration, add func(context.Context, []byte) error) (int, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, d+30*time.Second)
	defer cancel()
	began := time.Now()
	counts := make(chan int, waiters)
	failures := make(chan error, waiters)
	for range waiters {
		go func() {
			leaf := make([]byte, 34)
			n := 0
			defer func() { counts <- n }()
			for time.Since(began) < d {
				for i := range leaf {
					leaf[i] = byte(rand.Uint32())
				}
				if err := add(ctx, leaf); err != nil {
					failures <- err
					return
				}
				n++
			}
		}()
	}
	total := 0
	for range waiters {
		total += <-counts
	}
	select {
	case err := <-failures:
		return 0, 0, err
	default:
		return total, time.Since(began), nil
	}
}
