package page

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"io"
	"net/http"
	"sync"

	"fontis/internal/edge/call"
)

// A page that is sent packed must not hold the same secret twice: whoever can put
// words of their own onto it could guess the secret by the length of what comes
// (BREACH). So the token of a session is covered by fresh random bytes.

// covered is the token under a cover of its own length, with the cover before it.
func covered(token string) string {
	out := make([]byte, 2*len(token))
	rand.Read(out[:len(token)]) // it never fails: crypto/rand
	subtle.XORBytes(out[len(token):], out[:len(token)], []byte(token))
	return base64.RawURLEncoding.EncodeToString(out)
}

// bare is the token without its cover; nothing for what is none.
func bare(said string) string {
	b, err := base64.RawURLEncoding.DecodeString(said)
	if err != nil || len(b)%2 != 0 {
		return ""
	}
	half := len(b) / 2
	subtle.XORBytes(b[half:], b[half:], b[:half])
	return string(b[half:])
}

// packers are kept, because making one costs more than a page.
var packers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// send writes the whole page, packed where its reader takes that.
func (v *Visit) send(status int, body []byte) {
	h := v.W.Header()
	if call.Packs(v.R) {
		if small, err := pack(body); err == nil {
			h.Set("Content-Encoding", "gzip")
			body = small
		}
	}
	v.W.WriteHeader(status)
	if v.R.Method != http.MethodHead {
		_, _ = v.W.Write(body) // the reader may be gone; nobody is left to tell
	}
}

func pack(body []byte) ([]byte, error) {
	var out bytes.Buffer
	w := packers.Get().(*gzip.Writer)
	defer packers.Put(w)
	w.Reset(&out)
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}

func unpack(small []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(small))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
