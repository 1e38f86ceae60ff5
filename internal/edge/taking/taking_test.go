package taking_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fontis/internal/app"
	"fontis/internal/app/apptest"
	"fontis/internal/duty/catalog"
	"fontis/internal/duty/catalog/intake"
	"fontis/internal/duty/catalog/intake/input"
	"fontis/internal/edge/taking"
	"fontis/internal/vocab"
)

var steward = apptest.Officer(apptest.Tax, vocab.Steward)

func newNode(t *testing.T) *app.App {
	a := apptest.Open(t, apptest.Config(t), app.Options{})
	apptest.Init(t, a)
	return a
}

// orderOf proposes the mapping of a list and says whose it is where it does not.
func orderOf(t *testing.T, name string, in []byte) taking.Order {
	t.Helper()
	f := taking.File{ReaderAt: bytes.NewReader(in), Name: name, Size: int64(len(in))}
	l, err := taking.Look(f, input.Options{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	m := l.Proposal.Mapping
	m.Constants = map[intake.Field]string{"provider": "局 " + name}
	return taking.Order{Actor: steward, File: f, Mapping: m}
}

func take(t *testing.T, a *app.App, o taking.Order) taking.Done {
	t.Helper()
	done, err := taking.Take(t.Context(), a.Catalog, o)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func count(t *testing.T, a *app.App) int {
	t.Helper()
	n, q := 0, catalog.ListQuery{Page: catalog.Page{Limit: 500}, Owner: steward.Member}
	for {
		list, err := a.Catalog.List(t.Context(), steward, q)
		if err != nil {
			t.Fatal(err)
		}
		if n += len(list); len(list) < 500 {
			return n
		}
		q.After = list[len(list)-1].ID
	}
}

// dump is n packages as CKAN dumps them, every hundredth line broken.
func dump(n int) []byte {
	var b bytes.Buffer
	for i := 1; i <= n; i++ {
		if i%100 == 0 {
			b.WriteString("{\"id\":\"x\\q\"}\n")
			continue
		}
		fmt.Fprintf(&b, `{"id":"p-%d","title":"资源%d","notes":"n","owner_org":"o","organization":{"title":"民政局"},"tags":[{"name":"一"}]}`+"\n", i, i)
	}
	return b.Bytes()
}

func TestADumpTakenTwiceChangesNothing(t *testing.T) {
	a := newNode(t)
	in := dump(2500)
	first := take(t, a, orderOf(t, "a.jsonl", in))
	if first.Created != 2475 || first.Report.Rejected != 25 || first.Rejects[0].Line != 100 || first.Rejects[0].Troubles[0].Problem != input.NotJSON {
		t.Fatalf("%+v", first.Report)
	}
	if again := take(t, a, orderOf(t, "a.jsonl", in)); !again.Before || again.Created+again.Changed > 0 {
		t.Errorf("again: %+v", again)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(in)
	w.Close()
	if other := take(t, a, orderOf(t, "a.jsonl.gz", packed.Bytes())); other.Before || other.Created+other.Changed > 0 || other.Same != 2475 {
		t.Errorf("packed: %d created, %d changed, %d the same", other.Created, other.Changed, other.Same)
	}
	if n := count(t, a); n != 2475 {
		t.Errorf("the catalog holds %d", n)
	}
}

var errKilled = errors.New("killed")

func TestAnImportKilledInTheMiddleGoesOn(t *testing.T) {
	a := newNode(t)
	o := orderOf(t, "a.jsonl", dump(2500))
	stageSome(t, a, o, 1300)
	if n := count(t, a); n != 0 {
		t.Fatalf("%d entries of an import that is not switched", n)
	}
	done := take(t, a, o)
	if done.Before || done.Created != 2475 || count(t, a) != 2475 {
		t.Errorf("%d created, the catalog holds %d", done.Created, count(t, a))
	}
}

// stageSome does what an import does until it is killed: nothing is tidied up.
func stageSome(t *testing.T, a *app.App, o taking.Order, n int) {
	t.Helper()
	sum, err := input.Digest(bytes.NewReader(readAll(t, o.File)))
	if err != nil {
		t.Fatal(err)
	}
	id, err := intake.ImportID(sum, o.Mapping)
	if err != nil {
		t.Fatal(err)
	}
	r, err := intake.Open(o.File, o.File.Size, o.Mapping.Options())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var chunk []catalog.Draft
	_, err = intake.Apply(context.Background(), r, o.Mapping, intake.Sink{Good: func(d catalog.Draft) error {
		if chunk = append(chunk, d); len(chunk) < n {
			return nil
		}
		return errKilled
	}})
	if !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	for len(chunk) > 0 {
		k := min(len(chunk), catalog.MaxChunk)
		if _, err := a.Catalog.Stage(t.Context(), o.Actor, id, chunk[:k]); err != nil {
			t.Fatal(err)
		}
		chunk = chunk[k:]
	}
}

func readAll(t *testing.T, f taking.File) []byte {
	t.Helper()
	b := make([]byte, f.Size)
	if _, err := f.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	return b
}

// Every file of the collection: the counts are those of its README. What the
// proposal leaves to the steward, the test says as a steward would.
func TestRealFilesTwiceChangeNothing(t *testing.T) {
	dir := os.Getenv("FONTIS_REAL_DATA")
	if dir == "" {
		t.Skip("FONTIS_REAL_DATA is not set; it would take every file of its folder catalog")
	}
	a := newNode(t)
	for name, want := range map[string]struct{ lines, created int }{
		"cms.json": {139, 139}, "consumerfinance.json": {11, 11}, "dol.json": {465, 465}, "fcc.json": {59, 59}, "fda.json": {86, 86},
		"gsa.json": {339, 339}, "opm.json": {134, 134}, "treasury.json": {233, 233},
		"taoyuan-open-data-supply-list.csv": {1429, 1428}, "data.gov.tw-titles-2018.txt": {35633, 35208},
		"catalogs-full.jsonl.zst": {19157, 19148}, "okfn-ckan-export.json": {390, 390},
		"okfn-portals.csv": {631, 0}, "tainan.gov.tw-catalog.csv": {665, 0}, "tw-data-portal-list.xlsx": {65, 0},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := os.ReadFile(filepath.Join(dir, "catalog", name))
			if err != nil {
				t.Fatal(err)
			}
			o := orderOf(t, name, in)
			asASteward(&o.Mapping, name)
			done := take(t, a, o)
			if done.Report.Lines != want.lines || want.created > 0 && done.Created != want.created || done.Report.LinesGood+done.Report.Rejected < want.lines {
				t.Errorf("%d lines, %d created, %d rejected: %v", done.Report.Lines, done.Created, done.Report.Rejected, done.Report.Problems)
			}
			for _, x := range done.Rejects {
				if len(x.Troubles) == 0 || x.Line == 0 {
					t.Fatalf("a line was rejected without a cause: %+v", x)
				}
			}
			again := take(t, a, o)
			if !again.Before || again.Created+again.Changed > 0 {
				t.Errorf("again: %d created, %d changed", again.Created, again.Changed)
			}
			t.Logf("%d created, %d rejected, %v", done.Created, done.Report.Rejected, done.Report.Problems)
		})
	}
}

// asASteward says what a proposal cannot know.
func asASteward(m *intake.Mapping, name string) {
	to := func(column string, f intake.Field) {
		for i := range m.Map {
			if m.Map[i].Column == column || m.Map[i].Field == f {
				m.Map[i] = intake.Rule{Column: column, Field: f}
				return
			}
		}
		m.Map = append(m.Map, intake.Rule{Column: column, Field: f})
	}
	switch {
	case name == "catalogs-full.jsonl.zst":
		m.Map = []intake.Rule{{Column: "id", Field: "code"}, {Column: "name", Field: intake.Name}, {Column: "description", Field: intake.Abstract}, {Column: "owner.name", Field: "provider"}}
	case name == "tainan.gov.tw-catalog.csv":
		to("column 1", intake.Name)
	case strings.HasSuffix(name, ".xlsx"):
		to("AGENCY", intake.Name)
	}
}
