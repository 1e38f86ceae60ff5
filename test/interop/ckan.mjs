// CKAN's clients: ckanapi as it is installed from its registry, and the requests
// that ckanr sends, which is not to be had as a package here.
import { execFileSync } from "node:child_process";
import path from "node:path";

const python = path.join(import.meta.dirname, "python");
const env = { ...process.env, PYTHONPATH: python, PATH: `${path.join(python, "bin")}:${process.env.PATH}` };
export const py = (text, ...args) => execFileSync("python3", ["-c", text, ...args], { env, encoding: "utf8", maxBuffer: 1 << 28 });
const client = (...args) => execFileSync("ckanapi", args, { env, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] });
const lines = (text) => text.trim().split("\n").filter(Boolean).map((l) => JSON.parse(l));

function same(what, got, want) {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: ${JSON.stringify(got)}, and not ${JSON.stringify(want)}`);
}

export async function ckanapi({ at, holds }) {
  const names = JSON.parse(client("action", "package_list", "-r", at));
  await holds("ckanapi action: every name is shown", () => {
    for (const id of names) same("name", JSON.parse(client("action", "package_show", "-r", at, `id=${id}`)).name, id);
    return `${names.length} entries`;
  });
  await holds("ckanapi search datasets: pages until the end", () => {
    const found = lines(client("search", "datasets", "-r", at));
    same("found", found.map((d) => d.name).sort(), [...names].sort());
  });
  await holds("ckanapi search datasets: in Chinese", () => {
    if (!lines(client("search", "datasets", "-r", at, "q=登记")).length) throw new Error("登记 finds nothing");
  });
  await holds("ckanapi dump datasets", () => same("dumped", lines(client("dump", "datasets", "--all", "-r", at)).map((d) => d.name).sort(), [...names].sort()));
  await holds("ckanapi dump organizations", () => {
    const owners = JSON.parse(client("action", "organization_list", "-r", at));
    same("dumped", lines(client("dump", "organizations", "--all", "-r", at)).map((o) => o.name).sort(), [...owners].sort());
  });
  await holds("ckanapi action: what is not there, and what is no action, are its own errors", () => {
    const raised = py(`import sys, ckanapi
ckan = ckanapi.RemoteCKAN(sys.argv[1])
for action, args in (("package_show", {"id": "none"}), ("package_search", {"rows": "many"}), ("dashboard_purge", {})):
    try:
        ckan.call_action(action, args)
        print("nothing")
    except ckanapi.CKANAPIError as e:
        print(type(e).__name__)
    except (ckanapi.NotFound, ckanapi.ValidationError) as e:
        print(type(e).__name__)
`, at);
    same("raised", raised.trim().split("\n"), ["NotFound", "ValidationError", "CKANAPIError"]);
  });
}

// What ckanr sends for each function (its package is not to be had here: the table
// is of its requests), and what its answer must hold.
const functions = [
  ["ping, ckan_info, ckan_version", "GET", "status_show", {}, (r) => r.ckan_version && r.site_url],
  ["package_list", "GET", "package_list", { offset: 0, limit: 31 }, (r) => r.length > 5],
  ["package_list_current", "GET", "current_package_list_with_resources", { offset: 0, limit: 31 }, (r) => r[0].resources],
  ["package_search", "GET", "package_search", { q: "*:*", rows: 3, start: 0 }, (r) => r.count > 5 && r.results.length === 3],
  ["package_search, facets", "GET", "package_search", { "facet.field": '["organization"]', rows: 0 }, (r) => r.search_facets.organization.items.length > 1],
  ["organization_list", "GET", "organization_list", { order_by: "name", all_fields: "True", limit: 31, offset: 0 }, (r) => r[0].title && r[0].package_count],
  ["group_list", "GET", "group_list", { all_fields: "True", sort: "name" }, (r) => Array.isArray(r)],
  ["tag_list", "GET", "tag_list", { all_fields: "True" }, (r) => Array.isArray(r)],
  ["license_list", "GET", "license_list", {}, (r) => Array.isArray(r)],
  ["resource_search", "POST", "resource_search", { query: "name:data", offset: 0, limit: 31 }, (r) => Array.isArray(r.results)],
];

export async function ckanr({ at, holds }) {
  const ask = async (method, action, args) => {
    const url = `${at}/api/3/action/${action}`;
    const r = method === "GET" ? await fetch(`${url}?${new URLSearchParams(args)}`) : await fetch(url, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(args) });
    const body = await r.json();
    if (!r.ok || !body.success) throw new Error(`${action} answers ${r.status}: ${JSON.stringify(body.error)}`);
    return body.result;
  };
  for (const [name, method, action, args, right] of functions) {
    await holds(`ckanr's request of ${name}`, async () => {
      const result = await ask(method, action, args);
      if (!right(result)) throw new Error(`answers ${JSON.stringify(result).slice(0, 200)}`);
    });
  }
  await holds("ckanr's requests of package_show, organization_show and resource_show", async () => {
    const first = (await ask("GET", "package_search", { rows: 1 })).results[0];
    same("entry", (await ask("GET", "package_show", { id: first.id, use_default_schema: "False" })).id, first.id);
    same("department", (await ask("GET", "organization_show", { id: first.organization.name, include_datasets: "False" })).id, first.organization.id);
    same("resource", (await ask("GET", "resource_show", { id: first.resources[0].id })).id, first.resources[0].id);
  });
  await holds("ckanr's request of ds_search: rows of an open set", async () => {
    const open = (await ask("GET", "package_search", { rows: 1000 })).results.flatMap((d) => d.resources).find((r) => r.datastore_active);
    const rows = await ask("POST", "datastore_search", { resource_id: open.id, limit: 5 });
    if (rows.records.length !== 5 || !rows.fields.length) throw new Error(JSON.stringify(rows).slice(0, 200));
  });
}
