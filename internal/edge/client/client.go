// Package client calls the HTTP interface for the command line and for tests:
// over the network with a token, or straight into a handler when no server runs.
//
// The flow: Do sends one JSON request and reads one JSON answer; Stream carries
// files and long answers. A problem comes back as the *vocab.Failure that the
// other side spoke of, with its trace.
package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"fontis/internal/edge/problem"
	"fontis/internal/vocab"
)

// maxProblem bounds what is read of a failed answer.
const maxProblem = 64 << 10

// Client calls one node. It is safe for concurrent use.
type Client struct {
	base   string
	header http.Header
	http   *http.Client
}

// Dial makes a client of the node at the address. No limit of time stands here:
// the context has it.
func Dial(address, token string, transport http.RoundTripper) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, vocab.BadInput.Because("%q is not an address such as https://node.example:8443", address)
	}
	c := &Client{base: strings.TrimSuffix(address, "/"), header: http.Header{}, http: &http.Client{Transport: transport}}
	return c.WithToken(token), nil
}

// Over makes a client that calls the handler in this process.
func Over(h http.Handler, token string) *Client {
	c := &Client{base: "http://in.process", header: http.Header{}, http: &http.Client{Transport: inside{h}}}
	return c.WithToken(token)
}

// WithToken is the client with another token; none when it is empty.
func (c *Client) WithToken(token string) *Client {
	if token == "" {
		return c.With("Authorization", "")
	}
	return c.With("Authorization", "Bearer "+token)
}

// With is the client with a header set, or taken away when the value is empty.
func (c *Client) With(name, value string) *Client {
	d := *c
	d.header = c.header.Clone()
	if value == "" {
		d.header.Del(name)
	} else {
		d.header.Set(name, value)
	}
	return &d
}

// Do sends in as JSON (nothing when nil) and reads the answer into out (nowhere
// when nil).
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	r := Request{Method: method, Path: path}
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
		r.Body, r.Type = bytes.NewReader(b), "application/json"
	}
	resp, err := c.Stream(ctx, r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil || resp.StatusCode == http.StatusNoContent {
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("read the answer of %s %s: %w", method, path, err)
	}
	return nil
}

// Request is a call whose body or answer is no JSON.
type Request struct {
	Method string
	Path   string
	Type   string // of the body
	Accept string
	Body   io.Reader
}

// Stream sends the request; the caller closes the answer's body.
func (c *Client) Stream(ctx context.Context, r Request) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, c.base+r.Path, r.Body)
	if err != nil {
		return nil, vocab.BadInput.Wrap(err, "%s %s", r.Method, r.Path)
	}
	req.Header = c.header.Clone()
	if r.Type != "" {
		req.Header.Set("Content-Type", r.Type)
	}
	if r.Accept != "" {
		req.Header.Set("Accept", r.Accept)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		var f *vocab.Failure
		if errors.As(err, &f) {
			return nil, f // of a body that is read while it is sent
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, c.away(err)
	}
	if resp.StatusCode < http.StatusBadRequest {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, failure(r.Path, resp)
}

// away is why no answer came, with what its caller may do about it.
func (c *Client) away(err error) error {
	f := vocab.NodeAway.Wrap(err, "no node answers at %s", c.base)
	var unproven *tls.CertificateVerificationError
	switch {
	case errors.As(err, &unproven):
		return f.WithFix("give the certificate to trust, tls/cert.pem of the node's folder: --ca FILE, or FONTIS_CA")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return vocab.NodeAway.Wrap(err, "the node at %s went away before it answered", c.base).
			WithFix("look that the node runs (fontis serve), and whether the step was taken, before you take it again")
	case errors.Is(err, http.ErrSchemeMismatch):
		return f.WithFix("the node serves without TLS: its address begins with http://")
	}
	return f.WithFix("check the address and the network, and that the node runs: fontis serve")
}

// Failed is a failure that the other side answered.
type Failed struct {
	*vocab.Failure
	Path   string // that was asked
	Status int
	Title  string
	Trace  vocab.TraceID
	Faults []problem.Fault
}

// Unwrap gives the failure itself.
func (f *Failed) Unwrap() error { return f.Failure }

// TraceOf is the trace of a failure that the other side answered.
func TraceOf(err error) vocab.TraceID {
	var f *Failed
	if errors.As(err, &f) {
		return f.Trace
	}
	return ""
}

func failure(path string, resp *http.Response) error {
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	var p problem.Problem
	if err := json.Unmarshal(b, &p); err != nil || p.Code == "" {
		return vocab.BadInput.Because("what answers there does not speak as a node of fontis: %s", resp.Status).
			WithFix("check the address: with TLS it begins with https://, and a proxy before the node must let its answers pass")
	}
	f := &vocab.Failure{Kind: p.Code.Kind(), Code: p.Code, Cause: p.Detail, Fix: p.Fix}
	for _, e := range p.Errors {
		f.Cause += fmt.Sprintf("; %s: %s", e.Where, e.What)
	}
	return &Failed{Failure: f, Path: path, Status: p.Status, Title: p.Title, Trace: p.Trace, Faults: p.Errors}
}
