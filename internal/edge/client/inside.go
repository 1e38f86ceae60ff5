package client

import (
	"io"
	"net/http"
	"sync"
)

// inside is a transport that serves each request by a handler of this process.
type inside struct{ handler http.Handler }

// RoundTrip returns when the handler has answered its header; the body streams.
func (t inside) RoundTrip(r *http.Request) (*http.Response, error) {
	read, write := io.Pipe()
	w := &answer{header: http.Header{}, body: write, begun: make(chan struct{})}
	in := r.Clone(r.Context())
	in.RequestURI, in.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:0"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	go func() {
		defer w.end()
		defer in.Body.Close()
		t.handler.ServeHTTP(w, in)
	}()
	<-w.begun
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Header: w.sent, Body: read, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: -1,
	}, nil
}

// answer is what the handler writes into.
type answer struct {
	header http.Header
	body   *io.PipeWriter
	once   sync.Once
	begun  chan struct{} // closed when status and sent stand
	status int
	sent   http.Header
}

// Header is the header before it is sent.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader sends the header once.
func (a *answer) WriteHeader(status int) {
	a.once.Do(func() {
		a.status, a.sent = status, a.header.Clone()
		close(a.begun)
	})
}

// Write sends a part of the body.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// Flush is here for handlers that stream; every write is already through.
func (a *answer) Flush() { a.WriteHeader(http.StatusOK) }

func (a *answer) end() {
	var broken error
	if p := recover(); p != nil {
		broken = io.ErrUnexpectedEOF // as over the network: what was cut off never looks whole
		a.WriteHeader(http.StatusInternalServerError)
	}
	a.WriteHeader(http.StatusOK)
	a.body.CloseWithError(broken)
}
