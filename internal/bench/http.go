package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"fontis/internal/app"
)

// run is what one measurement of many clients gave.
type run struct {
	Clients int     `json:"clients"`
	Calls   int     `json:"calls"`
	PerSec  float64 `json:"per_s"`
	P50     float64 `json:"p50_ms"`
	P99     float64 `json:"p99_ms"`
	CPU     float64 `json:"cpu_us_per_call"` // of this process, clients included
	Failed  int64   `json:"failed,omitempty"`
	Example string  `json:"failure,omitempty"`
}

// server serves the node's own face on loopback.
func serve(h http.Handler) (addr string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{Handler: h}
	go func() { _ = s.Serve(l) }() // ends with Close
	return l.Addr().String(), func() { s.Close() }, nil
}

// serveFace serves the node's whole face on a port of its own.
func serveFace(a *app.App) (addr string, stop func(), err error) {
	h, err := a.Face("bench")
	if err != nil {
		return "", nil, err
	}
	return serve(h)
}

// load keeps so many keep-alive clients busy for a time; body gives the next
// request's body. Clients are written out by hand, so that they cost little of
// the machine they share with the server.
func load(ctx context.Context, addr, path, token string, clients int, d time.Duration, body func(*rand.Rand) []byte) (run, error) {
	out := run{Clients: clients}
	var failed atomic.Int64
	var example atomic.Value
	laps := make([][]time.Duration, clients)
	before := cpuTime()
	began := time.Now()
	until := began.Add(d)
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() {
			c, err := dial(addr, path, token)
			if err != nil {
				failed.Add(1)
				example.Store(err.Error())
				return
			}
			defer c.conn.Close()
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			for time.Now().Before(until) && ctx.Err() == nil {
				at := time.Now()
				status, answer, err := c.post(body(r))
				if err != nil || status != http.StatusOK {
					failed.Add(1)
					example.Store(fmt.Sprintf("%d %v %.300s", status, err, answer))
					return
				}
				laps[i] = append(laps[i], time.Since(at))
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	all := slices.Concat(laps...)
	slices.Sort(all)
	out.Calls, out.Failed = len(all), failed.Load()
	if e, ok := example.Load().(string); ok {
		out.Example = e
	}
	if len(all) == 0 {
		return out, fmt.Errorf("no call of %d clients succeeded: %s", clients, out.Example)
	}
	out.PerSec = float64(len(all)) / took.Seconds()
	out.P50, out.P99 = millis(all[len(all)/2]), millis(all[len(all)*99/100])
	out.CPU = float64((cpuTime() - before).Microseconds()) / float64(len(all))
	return out, nil
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// cpuTime is what this process has used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// conn is one keep-alive client.
type conn struct {
	conn net.Conn
	in   *bufio.Reader
	head string
	out  bytes.Buffer
	got  []byte
}

func dial(addr, path, token string) (*conn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	head := "POST " + path + " HTTP/1.1\r\nHost: " + addr + "\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/json\r\nContent-Length: "
	return &conn{conn: c, in: bufio.NewReaderSize(c, 8192), head: head}, nil
}

func (c *conn) post(body []byte) (int, []byte, error) {
	c.out.Reset()
	fmt.Fprintf(&c.out, "%s%d\r\n\r\n", c.head, len(body))
	c.out.Write(body)
	if _, err := c.conn.Write(c.out.Bytes()); err != nil {
		return 0, nil, err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	var status int
	if _, err := fmt.Sscanf(string(line), "HTTP/1.1 %d", &status); err != nil {
		return 0, nil, err
	}
	length := -1
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, nil, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			break
		}
		if name, value, ok := bytes.Cut(line, []byte(":")); ok && bytes.EqualFold(name, []byte("Content-Length")) {
			fmt.Sscan(string(bytes.TrimSpace(value)), &length)
		}
	}
	if length < 0 {
		return 0, nil, fmt.Errorf("an answer without a length")
	}
	if cap(c.got) < length {
		c.got = make([]byte, length)
	}
	c.got = c.got[:length]
	_, err = io.ReadFull(c.in, c.got)
	return status, c.got, err
}
