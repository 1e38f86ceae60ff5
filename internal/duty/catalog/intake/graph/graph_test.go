package graph

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fontis/internal/vocab"
)

func read(t *testing.T, doc string) ([]Triple, error) {
	t.Helper()
	var out []Triple
	err := Turtle([]byte(doc), "https://data.example/catalog.ttl", func(x Triple) { out = append(out, x) })
	return out, err
}

func iri(s string) Term               { return Term{Text: s} }
func words(s, lang, kind string) Term { return Term{Kind: Literal, Text: s, Lang: lang, Type: kind} }

func TestTurtleIsReadAsTheStandardWritesIt(t *testing.T) {
	const p = "@prefix e: <http://e/> .\nPREFIX : <http://d/>\n"
	for name, c := range map[string]struct {
		in   string
		want []Triple
	}{
		"lists of objects and properties": {`e:a a e:B, e:C; e:p <x>, "t"@zh-Hans ; .`, []Triple{
			{iri("http://e/a"), isA, iri("http://e/B"), 3},
			{iri("http://e/a"), isA, iri("http://e/C"), 3},
			{iri("http://e/a"), "http://e/p", iri("https://data.example/x"), 3},
			{iri("http://e/a"), "http://e/p", words("t", "zh-hans", ""), 3},
		}},
		"values": {`:a :p 1 , -2.5, 3e4, true, "x"^^e:T, 'y', """l "q" ""z""".`, []Triple{
			{iri("http://d/a"), "http://d/p", words("1", "", xsd+"integer"), 3},
			{iri("http://d/a"), "http://d/p", words("-2.5", "", xsd+"decimal"), 3},
			{iri("http://d/a"), "http://d/p", words("3e4", "", xsd+"double"), 3},
			{iri("http://d/a"), "http://d/p", words("true", "", xsd+"boolean"), 3},
			{iri("http://d/a"), "http://d/p", words("x", "", "http://e/T"), 3},
			{iri("http://d/a"), "http://d/p", words("y", "", ""), 3},
			{iri("http://d/a"), "http://d/p", words(`l "q" ""z`, "", ""), 3},
		}},
		"signs":                     {`e:a e:p "\u4E2D\n\"", <http://x/\u4e2d> .`, []Triple{{iri("http://e/a"), "http://e/p", words("中\n\"", "", ""), 3}, {iri("http://e/a"), "http://e/p", iri("http://x/中"), 3}}},
		"names with stops and Han":  {`e:a.b e:p e:数据.`, []Triple{{iri("http://e/a.b"), "http://e/p", iri("http://e/数据"), 3}}},
		"nodes without names":       {`e:a e:p [ e:q _:x ] .`, []Triple{{Term{Kind: Blank, Text: ".1"}, "http://e/q", Term{Kind: Blank, Text: "x"}, 3}, {iri("http://e/a"), "http://e/p", Term{Kind: Blank, Text: ".1"}, 3}}},
		"a subject without a name":  {"[] e:p 1.\n[ e:q 2 ] .", []Triple{{Term{Kind: Blank, Text: ".1"}, "http://e/p", words("1", "", xsd+"integer"), 3}, {Term{Kind: Blank, Text: ".2"}, "http://e/q", words("2", "", xsd+"integer"), 4}}},
		"comments and triple lines": {"# c\n<http://x/a> <http://x/p> \"v\" . # d", []Triple{{iri("http://x/a"), "http://x/p", words("v", "", ""), 4}}},
		"collection": {`e:a e:p (1).`, []Triple{
			{Term{Kind: Blank, Text: ".1"}, rdf + "first", words("1", "", xsd+"integer"), 3},
			{Term{Kind: Blank, Text: ".1"}, rdf + "rest", iri(rdf + "nil"), 3},
			{iri("http://e/a"), "http://e/p", Term{Kind: Blank, Text: ".1"}, 3},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(t, p+c.in)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestBrokenTurtleIsRefusedWithItsLine(t *testing.T) {
	for in, line := range map[string]string{
		"<a> <b> .": "line 1", "\n\ne:a <b> <c> .": "line 3", "<a> <b> \"x\n\" .": "line 1", "<a> <b> <c>": "line 1",
		"<a> \"b\" <c> .": "line 1", "<a> <b> [ <c> ": "line 1", "<a> <b> (": "line 1", "<a> <b> \"\\q\" .": "line 1",
		"<a> <b> " + strings.Repeat("[ <c> ", 100): "line 1", "@prefix e <x> .": "line 1", "<a b> <c> <d> .": "line 1",
	} {
		_, err := read(t, in)
		if vocab.CodeOf(err) != vocab.FileUnreadable || !strings.Contains(err.Error(), line) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

const described = `
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
<https://h/d/1> a dcat:Dataset ;
    dct:identifier "ds-1" ; dct:title "法人信息"@zh, "Legal entities"@en ; dct:description "说明"@zh ;
    dct:publisher <https://h/o/1> ; dcat:keyword "一", "二" ;
    dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/MONTHLY> ;
    dct:spatial [ a dct:Location ; dct:identifier "310000" ] ;
    dcat:distribution [ a dcat:Distribution ; dcat:accessURL <https://h/f.csv> ; dct:format "CSV" ; dct:license <http://l/cc-by> ] .
<https://h/o/1> a foaf:Agent ; foaf:name "市场监管局"@zh, "Market office"@en .
<https://h/d/2> a dcat:Dataset .
[] a hydra:PagedCollection ; hydra:nextPage <https://h/catalog.ttl?page=2> .
`

func TestEntriesCarryTheNamesOfADataJSON(t *testing.T) {
	var g Graph
	if err := Turtle([]byte(described), "", g.Add); err != nil {
		t.Fatal(err)
	}
	want := []Entry{
		{6, map[string]string{
			"iri": "https://h/d/1", "identifier": "ds-1", "title": "法人信息", "title_en": "Legal entities", "description": "说明", "publisher.name": "市场监管局",
			"keyword": "一\n二", "accrualPeriodicity": "MONTHLY", "spatial": "310000", "distribution.accessURL": "https://h/f.csv",
			"distribution.format": "CSV", "license": "cc-by",
		}},
		{13, map[string]string{"iri": "https://h/d/2", "identifier": "https://h/d/2"}},
	}
	if d := cmp.Diff(want, g.Entries()); d != "" {
		t.Error(d)
	}
	if g.Next() != "https://h/catalog.ttl?page=2" {
		t.Errorf("the next page is %q", g.Next())
	}
}

func TestJSONLDSaysTheSame(t *testing.T) {
	const doc = `{"@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/"},
		"@graph": [{"@id": "https://h/c", "@type": "dcat:Catalog", "dcat:dataset": [{"@id": "https://h/d/1", "@type": ["dcat:Dataset"],
		"dct:title": [{"@value": "法人信息", "@language": "zh"}], "dct:identifier": "ds-1", "dct:publisher": {"@type": "foaf:Agent", "foaf:name": "局"},
		"dct:spatial": {"dct:identifier": "310000"}}]}]}`
	var g Graph
	if err := JSONLD([]byte(doc), g.Add); err != nil {
		t.Fatal(err)
	}
	want := []Entry{{1, map[string]string{"iri": "https://h/d/1", "identifier": "ds-1", "title": "法人信息", "publisher.name": "局", "spatial": "310000"}}}
	if d := cmp.Diff(want, g.Entries()); d != "" {
		t.Error(d)
	}
}

func TestADocumentFetchesNothing(t *testing.T) {
	var g Graph
	err := JSONLD([]byte(`{"@context": "https://h/context.jsonld", "@id": "https://h/d"}`), g.Add)
	if vocab.CodeOf(err) != vocab.FileUnreadable {
		t.Errorf("%v", err)
	}
	if err := JSONLD([]byte(strings.Repeat("[", 5000)+strings.Repeat("]", 5000)), g.Add); vocab.CodeOf(err) != vocab.FileUnreadable {
		t.Errorf("%v", err)
	}
}

// The shapes of DCAT-AP are Turtle that others wrote; the counts are rdflib's.
func TestRealShapesAreRead(t *testing.T) {
	dir := os.Getenv("FONTIS_REAL_DATA")
	if dir == "" {
		t.Skip("FONTIS_REAL_DATA is not set; it would read spec/dcat-ap-3.0.1")
	}
	for name, want := range map[string]int{
		"deprecateduris.ttl": 52, "imports.ttl": 11, "mdr-vocabularies.shape.ttl": 390, "mdr_imports.ttl": 14,
		"range.ttl": 377, "shapes.ttl": 666, "shapes_recommended.ttl": 264,
	} {
		doc, err := os.ReadFile(filepath.Join(dir, "spec/dcat-ap-3.0.1", name))
		if err != nil {
			t.Fatal(err)
		}
		n := map[Triple]bool{}
		if err := Turtle(doc, "https://x/", func(x Triple) { x.Line = 0; n[x] = true }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(n) != want {
			t.Errorf("%s: %d triples, want %d", name, len(n), want)
		}
	}
}

func FuzzTurtle(f *testing.F) {
	f.Add(described)
	f.Add("<a> <b> ( [ <c> \"\"\"x\"\"\"@en ] 1.5e3 ) . @base <x> .")
	f.Fuzz(func(t *testing.T, in string) {
		var g Graph
		if err := Turtle([]byte(in), "https://x/", g.Add); err != nil && vocab.CodeOf(err) != vocab.FileUnreadable {
			t.Fatalf("an error without a code: %v", err)
		}
		g.Entries()
		g.Next()
	})
}

func FuzzJSONLD(f *testing.F) {
	f.Add(`{"@context":{"d":"http://www.w3.org/ns/dcat#"},"@graph":[{"@id":"a","@type":"d:Dataset","d:keyword":["x",{"@value":1}]}]}`)
	f.Add(`[{"@list":[{"@set":[null]}],"@reverse":{"x:y":{}}}]`)
	f.Fuzz(func(t *testing.T, in string) {
		var g Graph
		if err := JSONLD([]byte(in), g.Add); err != nil && vocab.CodeOf(err) != vocab.FileUnreadable {
			t.Fatalf("an error without a code: %v", err)
		}
		g.Entries()
	})
}

func TestWhatIsSaidTwiceOfOneThingIsKeptOnceHoweverMuchIsSaid(t *testing.T) {
	g := &Graph{}
	for range 2 {
		for i := range 3 * few {
			for _, predicate := range []string{"has", "knows"} {
				g.Add(Triple{Subject: Term{Text: "a"}, Predicate: predicate, Object: Term{Kind: Literal, Text: strconv.Itoa(i)}})
			}
		}
	}
	n := g.subjects[Term{Text: "a"}]
	for _, predicate := range []string{"has", "knows"} {
		if got := n.said[predicate]; len(got) != 3*few || got[few].Text != strconv.Itoa(few) {
			t.Errorf("%s: %d objects, want %d in their order", predicate, len(got), 3*few)
		}
	}
}
