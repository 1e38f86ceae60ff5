package input

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/xuri/excelize/v2"

	"fontis/internal/vocab"
)

func zipped(t *testing.T, in []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(in)
	must(t, err)
	must(t, w.Close())
	return b.Bytes()
}

func zstdOf(t *testing.T, in []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	must(t, err)
	defer w.Close()
	return w.EncodeAll(in, nil)
}

func TestEachFormIsToldByItsContent(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		form Format
		want []map[string]string
	}{
		"dump of CKAN": {`{"id":"1","title":"甲","owner_org":"o","tags":[{"name":"x"},{"name":"y"}],"extras":[{"key":"region","value":"31"}]}` + "\n" + `{"id":"2","title":"乙"}` + "\n", CKAN, []map[string]string{
			{"id": "1", "title": "甲", "owner_org": "o", "tags.name": "x\ny", "extras.region": "31"}, {"id": "2", "title": "乙"},
		}},
		"one line of CKAN, without notes": {`{"id":"1","name":"jia","title":"甲","organization":{"title":"乙"},"resources":[{"url":"http://h/1.csv","format":"CSV"}]}` + "\n", CKAN, []map[string]string{
			{"id": "1", "name": "jia", "title": "甲", "organization.title": "乙", "resources.url": "http://h/1.csv", "resources.format": "CSV"},
		}},
		"one line of CKAN, without a title": {`{"name":"jia","metadata_modified":"2020","resources":[]}`, CKAN, []map[string]string{{"name": "jia", "metadata_modified": "2020"}}},
		"package_search": {`{"help":"h","success":true,"result":{"count":1,"facets":{},"results":[{"title":"甲","owner_org":"o","extras":{"spatial":"x"}}],"sort":"s"}}`, CKAN, []map[string]string{
			{"title": "甲", "owner_org": "o", "extras.spatial": "x"},
		}},
		"current_package_list":  {`{"success":true,"result":[{"title":"甲","metadata_modified":"2020"}]}`, CKAN, []map[string]string{{"title": "甲", "metadata_modified": "2020"}}},
		"one entry a line":      {"{\"title\":\"甲\"}\r\n\r\n{\"title\":\"乙\"}", JSONLines, []map[string]string{{"title": "甲"}, {"title": "乙"}}},
		"one entry":             {"{\n \"title\": \"甲\",\n \"identifier\": \"1\"\n}\n", DataJSON, []map[string]string{{"title": "甲", "identifier": "1"}}},
		"one title a line":      {"\n空氣品質, 監測\n人口统计\n\n路灯\n" + strings.Repeat("公园\n", 9), Titles, nil},
		"titles under a header": {"资源名称\n人口统计\n路灯\n", Titles, nil},
		"a package": {`{"name":"p","title":"国家代码","resources":[{"name":"r","path":"r.csv","schema":{"fields":[{"name":"a","type":"string"},{"name":"b","title":"乙"}]}}]}`, Package, []map[string]string{
			{"identifier": "p", "title": "国家代码", "resource.path": "r.csv", "field.name": "a", "field.title": "a", "field.type": "string"},
			{"identifier": "p", "title": "国家代码", "resource.path": "r.csv", "field.name": "b", "field.title": "乙"},
		}},
		"Turtle": {"# catalog\n@prefix dcat: <http://www.w3.org/ns/dcat#> .\n<http://h/1> a dcat:Dataset ; <http://purl.org/dc/terms/title> \"甲\" .\n", Turtle, []map[string]string{
			{"iri": "http://h/1", "identifier": "http://h/1", "title": "甲"},
		}},
		"JSON-LD": {`{"@context":{"dcat":"http://www.w3.org/ns/dcat#"},"@graph":[{"@id":"http://h/1","@type":"dcat:Dataset","http://purl.org/dc/terms/title":"甲"}]}`, JSONLD, []map[string]string{
			{"iri": "http://h/1", "identifier": "http://h/1", "title": "甲"},
		}},
		"JSON-LD, expanded": {`[{"@id":"http://h/1","@type":["http://www.w3.org/ns/dcat#Dataset"],"http://purl.org/dc/terms/title":[{"@value":"甲"}]}]`, JSONLD, []map[string]string{
			{"iri": "http://h/1", "identifier": "http://h/1", "title": "甲"},
		}},
	} {
		known := func(c string) string { return map[string]string{"资源名称": "name"}[c] }
		for packing, in := range map[string][]byte{"": []byte(c.in), gzipped: zipped(t, []byte(c.in)), zstded: zstdOf(t, []byte(c.in))} {
			t.Run(name+" "+packing, func(t *testing.T) {
				r := openBytes(t, in, Options{Known: known})
				if f := r.Facts(); f.Format != c.form || f.Packing != packing {
					t.Errorf("read as %s, packed as %q", f.Format, f.Packing)
				}
				var got []map[string]string
				for _, rec := range drainRecords(t, r) {
					got = append(got, rec.Cells)
					if len(rec.Troubles) > 0 {
						t.Errorf("troubles %v", rec.Troubles)
					}
				}
				want := c.want
				if c.form == Titles {
					column := r.Columns()[0]
					for _, line := range strings.Split(c.in, "\n") {
						if line != "" && line != column {
							want = append(want, map[string]string{column: line})
						}
					}
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Error(d)
				}
			})
		}
	}
}

func TestATableIsReadUnderItsPacking(t *testing.T) {
	sheet := book(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "A1", &[]string{"名称", "提供方"}))
		must(t, f.SetSheetRow("Sheet1", "A2", &[]string{"甲", "乙"}))
	})
	for name, in := range map[string][]byte{"csv": []byte("名称,提供方\n甲,乙\n"), "xlsx": sheet} {
		for packing, packed := range map[string][]byte{gzipped: zipped(t, in), zstded: zstdOf(t, in)} {
			rows := drainRecords(t, openBytes(t, packed, Options{}))
			if len(rows) != 1 || rows[0].Cells["名称"] != "甲" {
				t.Errorf("%s in %s: %v", name, packing, rows)
			}
		}
	}
}

func TestABombIsNotUnpacked(t *testing.T) {
	in := zstdOf(t, bytes.Repeat([]byte("a,b\n"), 32<<20/4))
	r, err := Open(bytes.NewReader(in), int64(len(in)), Options{})
	for n := 0; err == nil; n++ {
		if _, err = r.Next(); n > 32<<20/4 {
			t.Fatal("all of it was read")
		}
	}
	if !strings.Contains(err.Error(), "times its size") {
		t.Errorf("%v", err)
	}
}

func TestADamagedPackingIsNamed(t *testing.T) {
	for packing, in := range map[string][]byte{gzipped: zipped(t, []byte(strings.Repeat("名称,提供方\n甲,乙\n", 9000))), zstded: zstdOf(t, []byte(strings.Repeat("名称,提供方\n甲,乙\n", 9000)))} {
		in = in[:len(in)/2]
		r, err := Open(bytes.NewReader(in), int64(len(in)), Options{})
		for err == nil {
			_, err = r.Next()
		}
		if err == io.EOF || vocab.CodeOf(err) != vocab.FileUnreadable || !strings.Contains(err.Error(), packing) {
			t.Errorf("%s: %v", packing, err)
		}
	}
	twice := zipped(t, zipped(t, []byte("a")))
	if _, err := Open(bytes.NewReader(twice), int64(len(twice)), Options{}); vocab.CodeOf(err) != vocab.FileUnreadable || !strings.Contains(err.Error(), "twice") {
		t.Errorf("%v", err)
	}
}

func TestABadLineOfADumpCostsItselfOnly(t *testing.T) {
	in := "{\"title\":\"甲\"}\n{\"title\":\"\\c\"}\n[1]\n{\"title\":\"x\"} {}\n{\"title\":\"" + strings.Repeat("x", 600) + "\"}\n{\"title\":\"\\ud800\"}\n{\"title\":\"乙\"}\n"
	want := map[int]Problem{2: NotJSON, 3: NotJSON, 4: NotJSON, 5: EntryTooLong, 6: LoneSurrogate}
	good := 0
	for _, rec := range drainRecords(t, openString(t, in, Options{Limits: Limits{Line: 500}})) {
		if want[rec.Line] == "" {
			good++
			if len(rec.Troubles) > 0 {
				t.Errorf("line %d: %v", rec.Line, rec.Troubles)
			}
			continue
		}
		if len(rec.Troubles) == 0 || rec.Troubles[0].Problem != want[rec.Line] || !rec.Troubles[0].Rejects {
			t.Errorf("line %d: %v, want %s", rec.Line, rec.Troubles, want[rec.Line])
		}
	}
	if good != 2 {
		t.Errorf("%d good lines", good)
	}
}

func TestADocumentThatMustBeHeldHasALimit(t *testing.T) {
	in := "<http://h/1> a <http://www.w3.org/ns/dcat#Dataset> .\n" + strings.Repeat("# x\n", 1000)
	_, err := Open(strings.NewReader(in), int64(len(in)), Options{Limits: Limits{Whole: 1000}})
	if vocab.CodeOf(err) != vocab.FileTooLarge {
		t.Errorf("%v", err)
	}
}

func TestAPackageOfTablesIsADataSetEach(t *testing.T) {
	rows := drainRecords(t, openString(t, `{"name":"p","title":"P","contributors":[{"title":"X","organization":"局","role":"author"}],"licenses":[{"name":"CC0"}],
		"resources":[{"name":"a","schema":{"fields":[{"name":"x"}]}},{"name":"b","title":"B","schema":{"fields":[{"name":"y"}]}},{"name":"c"}]}`, Options{}))
	if len(rows) != 2 || rows[0].Cells["identifier"] != "p/a" || rows[1].Cells["title"] != "P - B" || rows[1].Cells["publisher.name"] != "局" || rows[0].Cells["license"] != "CC0" {
		t.Errorf("%v", rows)
	}
}
