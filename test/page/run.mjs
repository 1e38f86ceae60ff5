// Every page that a link leads to, as everyone who may read it: in both languages,
// narrow and broad, light and dark, with script and without. FILTER=text visits
// only addresses with it, AS=who only as one, MODES=en-1280,... only so; for work
// on one page.
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { faults, fault, markup, open, root, see, shots, signIn, startBrowser, startNode, watch } from "./lib.mjs";
import { story } from "./story.mjs";

const people = {
  visitor: "", resident: "resident", steward: "chen.min@civil-affairs", user: "sun.bo@tax", authority: "lin.zhiyuan@data-bureau",
  auditor: "feng.jing@audit", counter: "guo.yun@data-bureau",
};
const starts = ["/", "/search?q=登记", "/mine", "/sign-in", "/invitation", "/deferrals", "/audit/draws", "/audit/reports", "/no-such-page", "/datasets/none"];
const modes = {
  "en-1280": { lang: "en", axe: true }, "en-390": { lang: "en", width: 390 }, "zh-1280": { lang: "zh-CN" }, "zh-390": { lang: "zh-CN", width: 390, axe: true },
  "zh-1280-dark": { lang: "zh-CN", dark: true, axe: true }, "en-390-noscript": { lang: "en", width: 390, script: false },
};
const files = /[?&]file=|\/file\/|\.(csv|xlsx|toml|receipt|json|jsonl|txt|webmanifest)(\?|$)|^\/(static|sign-in\/with|sign-out|mydata\/receipts|openapi|docs|api)/;

// like is the kind of an address: one of each kind is read.
const like = (u) => {
  const [p, q = ""] = u.split("?");
  const kind = p.split("/").map((s) => (/\d/.test(s) || s.length > 24 || s.includes("@") ? "*" : s)).join("/");
  return `${kind.replace(/\/(sources|officers|members|datasets|todo)\/[^/]+/, "/$1/*")}?${[...new URLSearchParams(q).keys()].filter((k) => !["theme", "domain", "format", "owner", "open_type", "update_cycle", "subject_kind", "state"].includes(k)).sort()}`;
};

// addresses are what links lead to from the first pages, one of each kind.
async function addresses(context) {
  const found = new Map(), queue = [...starts];
  while (queue.length) {
    const at = queue.shift();
    if (found.has(like(at)) || files.test(at)) continue;
    const answer = await context.request.get(at);
    if (!(answer.headers()["content-type"] || "").startsWith("text/html")) continue;
    const final = new URL(answer.url());
    const text = await answer.text();
    found.set(like(at), { at, name: (text.match(/<body data-page="([^"]+)"/) || [])[1] || "?", status: answer.status(), text });
    if (final.pathname + final.search !== at && final.pathname === "/sign-in") found.get(like(at)).skip = true;
    for (const [, href] of text.matchAll(/href="(\/[^"#]*)/g)) queue.push(href.replaceAll("&amp;", "&"));
  }
  return [...found.values()].filter((p) => !p.skip);
}

const node = await startNode();
const browser = await startBrowser();
const seen = new Set();
let visits = 0;
try {
  if (!process.env.FILTER && !process.env.NOSTORY) rmSync(shots, { recursive: true, force: true });
  if (!process.env.NOSTORY) await story(browser, node.at, seen);
  for (const [who, login] of Object.entries(people)) {
    if (process.env.AS && !process.env.AS.split(",").includes(who)) continue;
    const first = await open(browser, node.at, { lang: "en" });
    await signIn(first, login);
    const list = await addresses(first);
    const kept = await first.storageState();
    await first.close();
    for (const [mode, m] of Object.entries(modes)) {
      if (process.env.MODES && !process.env.MODES.split(",").includes(mode)) continue;
      const context = await open(browser, node.at, m);
      await context.addCookies(kept.cookies);
      const page = await context.newPage();
      watch(page);
      const names = new Map();
      for (const p of list) {
        if (process.env.FILTER && !p.at.includes(process.env.FILTER)) continue;
        seen.add(p.name);
        const n = (names.get(p.name) || 0) + 1;
        names.set(p.name, n);
        const name = `${mode}/${who}-${p.name}${n > 1 ? `-${n}` : ""}`;
        const answer = await page.goto(p.at);
        if (answer.status() !== p.status || (p.status !== 200 && !/no-such-page|none/.test(p.at))) fault(name, `${p.at} answers ${answer.status()}`);
        await see(page, name, { axe: m.axe === true });
        if (mode === "en-1280") await markup(name, p.text);
        visits++;
      }
      await context.close();
    }
    console.log(`${who}: ${list.length} pages`);
  }
} finally {
  await browser.close();
  await node.stop();
}

// Every template was seen; the ones below stand only while something fails or runs.
if (!process.env.FILTER && !process.env.AS && !process.env.NOSTORY) {
  const rare = new Set(["layout", "parts"]);
  for (const f of readdirSync(path.join(root, "web/templates"))) {
    const name = f.replace(/\.html$/, "");
    if (!seen.has(name) && !rare.has(name)) console.log(`not seen: ${name}`);
  }
}
console.log(`${visits} visits, ${seen.size} templates, ${faults.size} faults`);
process.exit(faults.size ? 1 : 0);
