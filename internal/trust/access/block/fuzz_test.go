package block

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func FuzzDecode(f *testing.F) {
	f.Add(Encode(lines(2)))
	f.Add([]byte(`[{"line":1,"subject":{"kind":"citizen","value":"1"}}]`))
	f.Add([]byte{format, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, b []byte) {
		read, err := Decode(b)
		if err != nil {
			return
		}
		again, err := Decode(Encode(read))
		if err != nil || len(read) != len(again) || len(read) > 0 && cmp.Equal(read[0].Subject, again[0].Subject) == false {
			t.Errorf("%d rows read back as %d, %v", len(read), len(again), err)
		}
	})
}
