// Every page that a link leads to or that a story stood on, as everyone who may
// read it, in every manner of reading.
import { fault, markup, open, see, watch } from "./lib.mjs";

const files = /[?&]file=|\/file\/|\.(csv|xlsx|toml|receipt|json|jsonl|txt|webmanifest|ics)(\?|$)|^\/(static|sign-in\/with|sign-out|mydata\/receipts|openapi|docs|api)/;
const filters = ["theme", "domain", "format", "owner", "open_type", "update_cycle", "subject_kind", "state"];

// like is the kind of an address: one of each kind is read.
export const like = (u) => {
  const [p, q = ""] = u.split("?");
  const kind = p.split("/").map((s) => (/\d/.test(s) || s.length > 24 || s.includes("@") ? "*" : s)).join("/");
  return `${kind.replace(/\/(sources|officers|members|datasets|todo)\/[^/]+/, "/$1/*")}?${[...new URLSearchParams(q).keys()].filter((k) => !filters.includes(k)).sort()}`;
};

// addresses are what links lead to from the first pages, one of each kind.
export async function addresses(context, starts) {
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

// refusal tells a page that rightly says no, and is looked at as every other: help
// for everybody leads to the desks of others, and in a story things pass on to others.
const refusal = (p, mode) => /no-such-page|none/.test(p.at) || p.status === 401 || p.status === 403 || (p.status === 404 && mode.name.startsWith("tale-"));

// visit reads a list of pages in one manner.
async function visit(browser, at, who, mode, seen) {
  const context = await open(browser, at, mode);
  if (who.cookies) await context.addCookies(who.cookies);
  if (mode.plain) await context.addCookies([{ name: "fontis_plain", value: "yes", url: at }]);
  const page = await context.newPage();
  watch(page);
  const names = new Map();
  for (const p of who.list) {
    if (process.env.FILTER && !p.at.includes(process.env.FILTER)) continue;
    seen.add(p.name);
    const n = (names.get(p.name) || 0) + 1;
    names.set(p.name, n);
    const name = `${mode.name}/${who.name}-${p.name}${n > 1 ? `-${n}` : ""}`;
    try {
      const answer = await page.goto(p.at);
      if (answer.status() !== p.status || (p.status !== 200 && !refusal(p, mode))) fault(name, `${p.at} answers ${answer.status()}`);
      await see(page, name, { axe: mode.axe === true, shot: mode.shot !== false, manner: mode.name });
    } catch (e) {
      fault(name, `${p.at} cannot be read: ${e.message.split("\n")[0]}`);
    }
    if (mode.markup) await markup(name, p.text);
  }
  await context.close();
  return who.list.length;
}

// walk lets several browsers read side by side.
export async function walk(browser, at, people, modes, seen) {
  const work = [];
  for (const who of people) {
    if (process.env.AS && !process.env.AS.split(",").includes(who.name)) continue;
    for (const mode of modes) {
      if (process.env.MODES && !process.env.MODES.split(",").includes(mode.name)) continue;
      if (mode.plain && !who.plain) continue;
      work.push([who, mode]);
    }
  }
  let visits = 0;
  await sideBySide(work, async ([who, mode]) => (visits += await visit(browser, at, who, mode, seen)));
  return visits;
}

// sideBySide does the work of a list with as many hands as the machine has.
export async function sideBySide(list, act, hands = Number(process.env.JOBS || 2)) {
  const queue = [...list];
  await Promise.all(Array.from({ length: hands }, async () => {
    while (queue.length) await act(queue.shift());
  }));
}
