package input

import (
	"bytes"
	"io"
)

// Text reads a text of any recognised encoding as UTF-8, without its mark; with a
// name the encoding is believed. For what cannot be read twice, as a body that is
// sent: only the part from which the encoding is told is held in memory.
func Text(r io.Reader, encoding string) (io.Reader, error) {
	if encoding == "" {
		var seen bytes.Buffer
		var err error
		if encoding, err = detect(io.TeeReader(r, &seen)); err != nil {
			return nil, err
		}
		r = io.MultiReader(&seen, r)
	}
	out, _, _, err := decoderFor(r, encoding)
	return out, err
}
