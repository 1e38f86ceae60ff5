// DCAT: read by rdflib and n3, judged by two engines of SHACL with the published
// shapes of DCAT-AP 3.0.1.
import { readFileSync } from "node:fs";
import path from "node:path";
import { Parser } from "n3";
import rdf from "rdf-ext";
import SHACLValidator from "rdf-validate-shacl";
import { Validator } from "shacl-engine";
import { py } from "./ckan.mjs";

const parse = (text) => rdf.dataset(new Parser({ factory: rdf }).parse(text));
const description = "http://purl.org/dc/terms/description";

// The shapes of what a catalog must and may hold, and of what its values are. Those
// of EU lists of words (mdr-*) judge vocabularies that are not ours.
const files = ["shapes.ttl", "range.ttl"];

// broken is what both engines find: they must agree.
async function broken(shapes, data) {
  const one = (await new SHACLValidator(shapes).validate(data)).results;
  const other = (await new Validator(shapes, { factory: rdf }).validate({ dataset: data })).results;
  if (one.length !== other.length) throw new Error(`the engines find ${one.length} and ${other.length} faults`);
  return one.map((r) => ({ node: r.focusNode?.value, path: r.path?.value, said: r.message.map((m) => m.value).join(" ") }));
}

async function text(url) {
  const r = await fetch(url);
  if (!r.ok) throw new Error(`${url} answers ${r.status}`);
  return r.text();
}

export async function dcat({ at, holds, judged, incomplete }) {
  await holds("rdflib reads Turtle and JSON-LD, and both say the same", () => {
    const [turtle, json, alike] = py(`import sys, rdflib, rdflib.compare
def read(ending, form):
    at = sys.argv[1] + ending
    g = rdflib.Graph().parse(at, format=form)
    g.remove((rdflib.URIRef(at), None, None)) # the page says its own address
    return g
t, j = read("/catalog.ttl", "turtle"), read("/catalog.jsonld", "json-ld")
print(len(t), len(j), rdflib.compare.isomorphic(t, j))`, at).trim().split(" ");
    if (alike !== "True") throw new Error(`${turtle} statements in Turtle, ${json} in JSON-LD, and not the same`);
    return `${turtle} statements`;
  });
  await holds("rdflib follows hydra:next to every entry", async () => {
    const found = py(`import sys, rdflib
H, DCAT = rdflib.Namespace("http://www.w3.org/ns/hydra/core#"), rdflib.Namespace("http://www.w3.org/ns/dcat#")
page, all, pages = rdflib.URIRef(sys.argv[1] + "/catalog.ttl"), set(), 0
while page is not None and pages < 100:
    g = rdflib.Graph().parse(str(page), format="turtle")
    all |= {str(s).rsplit("/", 1)[1] for s in g.subjects(rdflib.RDF.type, DCAT.Dataset)}
    page, pages = g.value(page, H.next), pages + 1
print(pages, *sorted(all))`, at).trim().split(" ");
    const names = (await (await fetch(`${at}/api/3/action/package_list`)).json()).result;
    if (found[0] < 2 || JSON.stringify(found.slice(1)) !== JSON.stringify(names.sort())) throw new Error(`${found.length - 1} entries on ${found[0]} pages; there are ${names.length}`);
    return `${names.length} entries on ${found[0]} pages`;
  });
  await judged("two engines of SHACL find no fault in complete entries", "dcat-ap-3.0.1", async (at_) => {
    const faults = await broken(shapesOf(at_), parse(await text(`${at}/catalog.ttl`)));
    if (faults.length) throw new Error(JSON.stringify(faults));
  });
  const id = incomplete();
  await judged("both name what an incomplete entry lacks", "dcat-ap-3.0.1", async (at_) => {
    const faults = await broken(shapesOf(at_), parse(await text(`${at}/dataset/${id}.ttl`)));
    const named = faults.filter((f) => f.path === description && f.node.endsWith(`/dataset/${id}`));
    if (faults.length !== 1 || named.length !== 1 || !named[0].said) throw new Error(JSON.stringify(faults));
    return named[0].said;
  });
}

const shapesOf = (folder) => {
  const all = rdf.dataset();
  for (const file of files) for (const q of parse(readFileSync(path.join(folder, file), "utf8"))) all.add(q);
  return all;
};
