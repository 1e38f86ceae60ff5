package checker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"fontis/internal/trust/ledger/checker/logtest"
	"fontis/internal/trust/ledger/proof"
)

// tesseraLog lets Tessera's POSIX storage make a log of n leaves.
func tesseraLog(t *testing.T, dir string, n int) *logtest.Log {
	t.Helper()
	ctx := t.Context()
	log := logtest.New(t, origin)
	signer, err := proof.NewLogSigner(origin, log.Key)
	if err != nil {
		t.Fatal(err)
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).WithCheckpointInterval(100*time.Millisecond).WithBatching(256, 5*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 20*time.Millisecond)
	futures := make([]tessera.IndexFuture, n)
	for i := range n {
		futures[i] = appender.Add(ctx, tessera.NewEntry(logtest.Leaf(i, "green")))
	}
	for _, f := range futures {
		if _, err := f(); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := awaiter.Await(ctx, futures[n-1]); err != nil {
		t.Fatal(err)
	}
	if err := shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	return log
}

func TestAuditReadsALogThatTesseraMade(t *testing.T) {
	dir := t.TempDir()
	log := tesseraLog(t, dir, 700)
	policy, err := proof.PolicyFor(log.VKey(), 0)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Log(t.Context(), Audit{Options: Options{Policy: policy, Evidence: t.TempDir()}, Address: dir, Timeout: limit})
	if err != nil || v.Word != Sound || v.Size != 700 {
		t.Fatalf("%+v %v", v, err)
	}
}

func TestTestLogsPassTesserasOwnCheck(t *testing.T) {
	dir := t.TempDir()
	log := logtest.New(t, origin, logtest.Leaves(700)...)
	log.Publish(t, dir, 700, log.Sign(t, 700))
	v, err := note.NewVerifier(log.VKey())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	check := fsck.New(origin, v, client.FileFetcher{Root: dir}, func(b []byte) ([][]byte, error) {
		var eb api.EntryBundle
		if err := eb.UnmarshalText(b); err != nil {
			return nil, err
		}
		out := make([][]byte, len(eb.Entries))
		for i, e := range eb.Entries {
			out[i] = rfc6962.DefaultHasher.HashLeaf(e)
		}
		return out, nil
	}, fsck.Opts{N: 16})
	if err := check.Check(ctx); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkAudit(b *testing.B) {
	const n = 200_000
	dir := filepath.Join(b.TempDir(), "log")
	log := logtest.New(b, origin, logtest.Leaves(n)...)
	log.Publish(b, dir, n, log.Sign(b, n))
	policy, err := proof.PolicyFor(log.VKey(), 0)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		v, err := Log(context.Background(), Audit{Options: Options{Policy: policy, Evidence: os.TempDir()}, Address: dir, Held: [][]byte{log.Sign(b, n/2)}})
		if err != nil || v.Word != Sound {
			b.Fatal(fmt.Sprint(v, err))
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "leaves/s")
}
