package input

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/vocab"
)

func TestDataJSONEntriesBecomeCells(t *testing.T) {
	for name, in := range map[string]string{
		"catalog":      `{"@context":"x","conformsTo":{"a":[1,"]}"]},"dataset":[ENTRIES],"after":[{}]}`,
		"bare catalog": `{"dataset":[ENTRIES]}`,
		"list":         `[ENTRIES]`,
	} {
		entries := `{"title":"甲 \"乙\"","publisher":{"name":"局"},"keyword":["一","二"],"n":0012e1,"yes":true,"no":null}`
		entries = strings.Replace(entries, "0012e1", "12.50", 1) + `,{"title":"乙","distribution":[{"format":"CSV"},{"format":"PDF"}]}`
		rows := drainRecords(t, openString(t, strings.Replace(in, "ENTRIES", entries, 1), Options{}))
		want := []map[string]string{
			{"title": `甲 "乙"`, "publisher.name": "局", "keyword": "一\n二", "n": "12.50", "yes": "true"},
			{"title": "乙", "distribution.format": "CSV\nPDF"},
		}
		if len(rows) != 2 {
			t.Fatalf("%s: %d entries", name, len(rows))
		}
		for i := range want {
			if d := cmp.Diff(want[i], rows[i].Cells); d != "" || rows[i].Line != i+1 || len(rows[i].Troubles) > 0 {
				t.Errorf("%s, entry %d: %s %v", name, i+1, d, rows[i].Troubles)
			}
		}
	}
}

func TestBadEntryIsRejectedAndTheOthersAreRead(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	for name, c := range map[string]struct {
		entry   string
		problem Problem
	}{
		"lone high surrogate": {`{"title":"\ud83d x"}`, LoneSurrogate},
		"lone low surrogate":  {`{"title":"\ude00"}`, LoneSurrogate},
		"two high surrogates": {`{"title":"\ud83d\ud83d"}`, LoneSurrogate},
		"key twice":           {`{"title":"a","title":"b"}`, KeyTwice},
		"key twice, deeper":   {`{"publisher":{"name":"a","name":"b"}}`, KeyTwice},
		"broken bytes":        {"{\"title\":\"a\xFFb\"}", BadBytes},
		"not an object":       {`"title"`, NotJSON},
		"missing comma":       {`{"title":"a" "b":1}`, NotJSON},
		"nested without end":  {deep, NotJSON},
		"number that is none": {`{"n":0x12}`, NotJSON},
	} {
		rows := drainRecords(t, openString(t, `{"dataset":[{"title":"好的数据"},`+c.entry+`,{"title":"也好"}]}`, Options{Encoding: UTF8}))
		if len(rows) != 3 {
			t.Errorf("%s: %d entries", name, len(rows))
			continue
		}
		if tr := rows[1].Troubles; len(tr) == 0 || tr[0].Problem != c.problem || !tr[0].Rejects || tr[0].Line != 2 {
			t.Errorf("%s: %+v", name, tr)
		}
		if len(rows[0].Troubles)+len(rows[2].Troubles) > 0 {
			t.Errorf("%s: its neighbours have troubles", name)
		}
	}
	rows := drainRecords(t, openString(t, `[{"title":"\ud83d\ude00 \\ud83d"}]`, Options{}))
	if len(rows[0].Troubles) > 0 {
		t.Errorf("a pair and an escaped backslash are whole: %v", rows[0].Troubles)
	}
}

func TestBrokenDocumentIsRefusedWithTheEntry(t *testing.T) {
	for name, in := range map[string]string{
		"cut short":    `{"dataset":[{"title":"a"},{"title":"b"`,
		"cut after":    `{"dataset":[{"title":"a"}]`,
		"no list":      `{"title":"a"}`,
		"second list":  `{"dataset":[],"dataset":[{"title":"a"}]}`,
		"trailing":     `[{"title":"a"}] x`,
		"no separator": `[{"title":"a"} {"title":"b"}]`,
	} {
		r, err := Open(strings.NewReader(in), int64(len(in)), Options{})
		for err == nil {
			_, err = r.Next()
		}
		if err == io.EOF || vocab.CodeOf(err) != vocab.FileUnreadable {
			t.Errorf("%s: %v", name, err)
		}
	}
}
