package bench

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"fontis/demo"
	"fontis/internal/app"
	"fontis/internal/vocab"
)

// The bounds of start: how long a node may take to its first page, how often it
// is asked, and how long it rests before its memory is read.
const (
	startPatience = 30 * time.Second
	startAskEvery = time.Millisecond
	idleAfter     = 5 * time.Second
)

// start is this very program over a folder that holds the demo world: from the
// process's start to the first page, its memory at rest, and its size.
func start(ctx context.Context, o Options, out *Result) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	info, err := os.Stat(program)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.Dir, "fontis-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	began := time.Now()
	if err := demoFolder(ctx, dir, o.People); err != nil {
		return fmt.Errorf("load the demo world: %w", err)
	}
	out.Figures["demo_load_s"], out.Figures["residents"] = time.Since(began).Seconds(), o.People
	fmt.Fprintf(o.Report, "a demo world of %d residents was loaded in %.1f s\n", o.People, time.Since(began).Seconds())
	var pages, idles []float64
	for range o.Repeats {
		page, idle, err := startOnce(ctx, program, dir)
		if err != nil {
			return err
		}
		pages, idles = append(pages, millis(page)), append(idles, float64(idle)/(1<<20))
		fmt.Fprintf(o.Report, "first page after %.0f ms, %.0f MB at rest\n", millis(page), float64(idle)/(1<<20))
	}
	out.Figures["first_page_ms"], out.Figures["first_page_ms_all"] = median(pages), pages
	out.Figures["idle_rss_mb"], out.Figures["idle_rss_mb_all"] = median(idles), idles
	out.Figures["binary_mb"] = float64(info.Size()) / (1 << 20)
	fmt.Fprintf(o.Report, "the binary has %.1f MB\n", out.Figures["binary_mb"])
	return nil
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// demoFolder makes a node and loads the demo world into it.
func demoFolder(ctx context.Context, dir string, residents int) error {
	cfg := app.Config{Dir: dir, Name: "demo.fontis.invalid", Jurisdiction: "990000", Listen: "127.0.0.1:0", Demo: true}
	if err := app.WriteConfig(cfg); err != nil {
		return err
	}
	a, err := app.Open(ctx, cfg, app.Options{New: true})
	if err != nil {
		return err
	}
	_, err = demo.Load(ctx, a, demo.Options{Seed: 1, Residents: residents, Progress: func(string, int64, int64) {}})
	if failed := a.Close(); err == nil {
		err = failed
	}
	return err
}

// startOnce starts the node, asks for its first page, and ends it after a rest.
func startOnce(ctx context.Context, program, dir string) (page time.Duration, rss int64, err error) {
	addr, err := freeAddress()
	if err != nil {
		return 0, 0, err
	}
	cmd := exec.CommandContext(ctx, program, "demo-node", "--node", dir, "--listen", addr)
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer func() {
		// It may have ended already; then waiting says how.
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}()
	if err := firstPage(ctx, addr); err != nil {
		return 0, 0, err
	}
	page = time.Since(began)
	select {
	case <-time.After(idleAfter):
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
	rss, err = residentBytes(cmd.Process.Pid)
	return page, rss, err
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// firstPage asks until a whole page has come.
func firstPage(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	again := time.NewTicker(startAskEvery)
	defer again.Stop()
	for {
		if getPage(ctx, addr) == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return vocab.InternalError.Because("no page within %s", startPatience)
		}
	}
}

func getPage(ctx context.Context, addr string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return vocab.InternalError.Because("the first page is %s", answer.Status)
	}
	return nil
}

// residentBytes is what the process holds in memory.
func residentBytes(pid int) (int64, error) {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb << 10, err
		}
	}
	return 0, vocab.InternalError.Because("process %d does not say what it holds", pid)
}
