package proof

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var shownFields = cmpopts.EquateEmpty()

func TestOpeningShowsWhatItsHolderMaySeeAndNoMore(t *testing.T) {
	fields := []Field{NewField("person", []byte("aa")), NewField("purpose", []byte("pension")), NewField("officer", []byte("li wei"))}
	o := Open(fields, Only("person", "purpose"))
	if err := VerifyOpening(Commit(Access, fields), o); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "officer") || len(o.Others) != 1 {
		t.Fatalf("the hidden field is told: %s", b)
	}
	if v, ok := o.Get("purpose"); !ok || string(v) != "pension" {
		t.Fatalf("purpose is %q, %v", v, ok)
	}
	if s := fmt.Sprintf("%v %+v %#v", o, o, o.Fields[0]); strings.Contains(s, "pension") || strings.Contains(s, "aa") {
		t.Fatalf("an opening printed its values: %s", s)
	}
}

func TestOpeningRefusesEveryChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := drawFields(t, "fields")
		hide := rapid.IntRange(0, len(fields)-1).Draw(t, "hidden")
		o := Open(fields, func(name string) bool { return name != fmt.Sprintf("field_%d", hide) || len(fields) == 1 })
		leaf := Commit(Access, fields)
		if err := VerifyOpening(leaf, o); err != nil {
			t.Fatal(err)
		}
		i := rapid.IntRange(0, len(o.Fields)-1).Draw(t, "at")
		bend := rapid.SampledFrom([]string{"value", "key", "name", "drop", "twice", "leaf", "add"}).Draw(t, "bend")
		o.Fields = slices.Clone(o.Fields)
		switch bend {
		case "value":
			o.Fields[i].Value = append(slices.Clone(o.Fields[i].Value), 0)
		case "key":
			o.Fields[i].Key[5] ^= 1
		case "name":
			o.Fields[i].Name += "x"
		case "drop":
			o.Fields = slices.Delete(o.Fields, i, i+1)
		case "twice":
			o.Fields = append(o.Fields, o.Fields[i])
		case "leaf":
			leaf[10] ^= 1
		case "add":
			o.Others = append(o.Others, Hash{})
		}
		if VerifyOpening(leaf, o) == nil {
			t.Fatalf("an opening with another %s verifies", bend)
		}
	})
}

func TestTwoShownFieldsOfOneNameAreRefused(t *testing.T) {
	fields := []Field{NewField("purpose", []byte("pension")), NewField("purpose", []byte("tax"))}
	if VerifyOpening(Commit(Access, fields), Open(fields, All)) == nil {
		t.Fatal("a record with two purposes verifies, and a reader would believe one of them")
	}
}

// batch makes a leaf over n rows of two fields each.
func batch(n int) (leaf []Field, rows [][]Field, tree *RowsTree) {
	rows = make([][]Field, n)
	roots := make([]Hash, n)
	for i := range rows {
		rows[i] = []Field{NewField("person", fmt.Append(nil, "p", i)), NewField("answer", []byte("match"))}
		roots[i] = RowRoot(rows[i])
	}
	tree = NewRowsTree(roots)
	return []Field{tree.Field(), NewField("purpose", []byte("school")), NewField("case", []byte("2026-1"))}, rows, tree
}

func TestRowReceiptOpensItsOwnRowOnly(t *testing.T) {
	leaf, rows, tree := batch(300)
	committed := Commit(Batch, leaf)
	for _, i := range []uint64{0, 77, 255, 256, 299} {
		o := OpenRow(leaf, Row(i, tree.Count(), rows[i], tree.Path(i), All), Only("purpose"))
		if err := VerifyOpening(committed, o); err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		for j := range rows {
			d := rows[j][0].Digest()
			text, _ := b64Hash(d).MarshalText()
			if uint64(j) != i && strings.Contains(string(b), string(text)) {
				t.Fatalf("the receipt of row %d tells of row %d", i, j)
			}
		}
		o.Row.Index = (i + 1) % tree.Count()
		if VerifyOpening(committed, o) == nil {
			t.Fatalf("row %d verifies at another place", i)
		}
	}
	o := OpenRow(leaf, Row(3, tree.Count(), rows[4], tree.Path(3), All), All)
	if VerifyOpening(committed, o) == nil {
		t.Fatal("a foreign row verifies")
	}
	o = OpenRow(leaf, Row(3, tree.Count(), rows[3], tree.Path(3), All), All)
	o.Fields = o.Fields[1:]
	o.Others = append(o.Others, leaf[0].Digest())
	if VerifyOpening(committed, o) == nil {
		t.Fatal("a row without the field that binds it verifies")
	}
}

func TestOpeningJSONIsStable(t *testing.T) {
	f := Field{Name: "purpose", Value: []byte{0, 255}}
	o := Opening{Fields: []Field{f, {Name: "empty"}}, Others: []Hash{{1}}, Row: &RowPath{Index: 1, Count: 2, Fields: []Field{f}, Path: []Hash{{2}}}}
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	zero := strings.Repeat("A", 43) + "="
	one, two := "AQ"+zero[2:], "Ag"+zero[2:]
	want := `{"v":1,"fields":[{"name":"purpose","value":"AP8=","key":"` + zero + `"},{"name":"empty","value":"","key":"` + zero + `"}],"others":["` + one +
		`"],"row":{"index":1,"count":2,"fields":[{"name":"purpose","value":"AP8=","key":"` + zero + `"}],"path":["` + two + `"]}}`
	if string(b) != want {
		t.Fatalf("the form changed:\n%s\nwas\n%s", b, want)
	}
	var back Opening
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(o.Row.Path, back.Row.Path); d != "" || len(back.Fields) != 2 || string(back.Fields[0].Value) != "\x00\xff" {
		t.Fatal("the form does not read back", d)
	}
	for _, bad := range []string{`{"v":2,"fields":[]}`, `{"v":1,"fields":[],"extra":1}`, want + want} {
		if json.Unmarshal([]byte(bad), &back) == nil {
			t.Errorf("read %.40s", bad)
		}
	}
}

func TestSecretReadsBackAndGivesTheLeafAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := drawFields(t, "fields")
		back, err := DecodeSecret(EncodeSecret(fields))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(fields, back, shownFields); d != "" || Commit(Outcome, back) != Commit(Outcome, fields) {
			t.Fatal("the record read back differs", d)
		}
		names := make([]string, len(fields))
		for i := range fields {
			names[i] = fields[i].Name
		}
		row, err := DecodeRowSecret(AppendRowSecret(nil, fields), names)
		if err != nil || RowRoot(row) != RowRoot(fields) {
			t.Fatal("the row read back differs", err)
		}
		if _, err := DecodeRowSecret(AppendRowSecret(nil, fields), names[1:]); err == nil {
			t.Fatal("a row was read with too few names")
		}
	})
}

func FuzzDecodeSecret(f *testing.F) {
	f.Add(EncodeSecret([]Field{NewField("a", []byte("b"))}))
	f.Add(AppendRowSecret(nil, []Field{NewField("a", []byte("b"))}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if fields, err := DecodeSecret(b); err == nil && string(EncodeSecret(fields)) != string(b) {
			t.Fatalf("%x has a second encoding", b)
		}
		if fields, err := DecodeRowSecret(b, []string{"a"}); err == nil && string(AppendRowSecret(nil, fields)) != string(b) {
			t.Fatalf("row %x has a second encoding", b)
		}
	})
}

func FuzzOpening(f *testing.F) {
	leaf, rows, tree := batch(3)
	b, _ := json.Marshal(OpenRow(leaf, Row(1, 3, rows[1], tree.Path(1), All), All))
	f.Add(b)
	f.Add([]byte(`{"v":1,"fields":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var o Opening
		if json.Unmarshal(b, &o) != nil {
			return
		}
		if VerifyOpening(Leaf{}, o) == nil {
			t.Fatal("an opening of the empty leaf verifies")
		}
		if _, err := json.Marshal(o); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzParseLeaf(f *testing.F) {
	leaf := Commit(Access, []Field{NewField("a", []byte("b"))})
	f.Add(leaf[:])
	f.Add(make([]byte, HashSize+8))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := ParseLeaf(b); err == nil && string(l[:]) != string(b) {
			t.Fatalf("%x is another leaf than %x", l, b)
		}
		if root, n, err := ParseRows(b); err == nil && string(RowsField(root, n).Value) != string(b) {
			t.Fatalf("the rows %x have a second encoding", b)
		}
	})
}
