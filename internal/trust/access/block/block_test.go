package block

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fontis/internal/vocab"
)

func lines(n int) []Line {
	out := make([]Line, n)
	for i := range out {
		out[i] = Line{Line: int64(i) + 1, Row: Row{
			Subject: vocab.SubjectKey{Kind: vocab.CitizenNumber, Value: fmt.Sprintf("9900002000022900%02d", i)}, Case: "P-1",
			Values: map[vocab.ItemID]string{"residents/born": "2000-02-29", "residents/name": "测试"},
		}}
	}
	return out
}

func TestABlockReadsBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []Line
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			l := Line{Line: rapid.Int64Range(0, 1<<40).Draw(t, "line"), Row: Row{
				Subject: vocab.SubjectKey{Kind: vocab.SubjectKeyKind(rapid.String().Draw(t, "kind")), Value: rapid.String().Draw(t, "value")},
				Case:    rapid.String().Draw(t, "case"),
			}}
			for range rapid.IntRange(0, 3).Draw(t, "values") {
				if l.Values == nil {
					l.Values = map[vocab.ItemID]string{}
				}
				l.Values[vocab.ItemID(rapid.String().Draw(t, "item"))] = rapid.String().Draw(t, "given")
			}
			want = append(want, l)
		}
		got, err := Decode(Encode(want))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

func TestABlockOfAnEarlierReleaseIsRead(t *testing.T) {
	want := lines(3)
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(b)
	if err != nil || cmp.Diff(want, got) != "" {
		t.Fatalf("%v %s", err, cmp.Diff(want, got))
	}
}

func TestABlockThatWasCutIsRefused(t *testing.T) {
	whole := Encode(lines(3))
	for n := range len(whole) {
		if got, err := Decode(whole[:n]); err == nil {
			t.Fatalf("%d of %d bytes read as %d rows", n, len(whole), len(got))
		}
	}
	if _, err := Decode(append(whole, 0)); err == nil {
		t.Fatal("a block with a byte more is read")
	}
}

func BenchmarkDecode(b *testing.B) {
	block := Encode(lines(4096))
	for b.Loop() {
		if _, err := Decode(block); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeJSON(b *testing.B) {
	block, err := json.Marshal(lines(4096))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Decode(block); err != nil {
			b.Fatal(err)
		}
	}
}
