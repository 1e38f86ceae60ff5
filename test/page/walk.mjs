// Every page that a link leads to or that a story stood on, as everyone who may
// read it, in every manner of reading.
import { fault, heights, markup, open, see, watch } from "./lib.mjs";

const files = /[?&]file=|\/file\/|\.(csv|xlsx|toml|receipt|json|jsonl|txt|webmanifest|ics)(\?|$)|^\/(static|sign-in\/with|sign-out|mydata\/receipts|openapi|docs|api)/;
const filters = ["theme", "domain", "format", "owner", "open_type", "update_cycle", "subject_kind", "state", "provider", "region", "share_type", "year"];

// like is the kind of an address: one of each kind is read.
export const like = (u) => {
  const [p, q = ""] = u.split("?");
  const kind = p.split("/").map((s) => (/\d/.test(s) || s.length > 24 || s.includes("@") ? "*" : s)).join("/");
  return `${kind.replace(/\/(sources|officers|members|datasets|todo)\/[^/]+/, "/$1/*")}?${[...new URLSearchParams(q).keys()].filter((k) => !filters.includes(k)).sort()}`;
};

const spelt = (attribute) => attribute.replaceAll(/&#(\d+);/g, (_, n) => String.fromCharCode(n)).replaceAll("&amp;", "&");

// hrefs are the places of this node to which a page leads.
const hrefs = (text, base) => [...text.matchAll(/\shref="([^"]*)"/g)].map(([, h]) => new URL(spelt(h), base)).filter((u) => u.origin === new URL(base).origin);

// chosen are the addresses of forms that ask by choice, each answered by its first.
function chosen(text) {
  return [...text.matchAll(/<form method="get" action="([^"]+)"[^>]*>(.*?)<\/form>/gs)].flatMap(([, action, body]) => {
    const said = new URLSearchParams(), taken = new Set();
    for (const [input] of body.matchAll(/<input[^>]*>/g)) {
      const of = (k) => spelt(input.match(new RegExp(`\\s${k}="([^"]*)"`))?.[1] || "");
      if (of("type") === "hidden") said.append(of("name"), of("value"));
      else if (/^(radio|checkbox)$/.test(of("type")) && !taken.has(of("name"))) {
        taken.add(of("name"));
        said.append(of("name"), of("value"));
      }
    }
    return taken.size ? [`${spelt(action)}?${said}`] : [];
  });
}

// state is the template of a page and what stands on it, by the kinds of its
// elements: of pages that have the same, one is read in the rarer manners.
const state = (p) => {
  const elements = (p.text.slice(p.text.indexOf("<main")).match(/<[a-z][^>]*>/g) || []).map((e) => `${e.match(/^<\w+/)} ${e.match(/ (class|role|type)="[^"]*"| open\b/g) || ""}`);
  return `${p.name} ${p.status} ${[...new Set(elements)].sort()}`;
};

// addresses are what links lead to from the first pages, one of each kind.
export async function addresses(who, context, starts) {
  const found = new Map(), links = new Map(), queue = [...starts];
  while (queue.length) {
    const at = queue.shift();
    if (found.has(like(at)) || files.test(at)) continue;
    const answer = await context.request.get(at);
    if (!(answer.headers()["content-type"] || "").startsWith("text/html")) continue;
    const text = await answer.text(), final = new URL(answer.url());
    const path = final.pathname + final.search;
    found.set(like(at), { at, name: (text.match(/<body data-page="([^"]+)"/) || [])[1] || "?", status: answer.status(), text, skip: path !== at && doors.includes(final.pathname) });
    for (const u of hrefs(text, answer.url())) {
      const to = u.pathname + u.search, kind = like(to);
      if (u.hash && to === path && !text.includes(`id="${u.hash.slice(1)}"`)) fault(`links of ${who}`, `${at} leads to ${u.hash}, which is not there`);
      if (to === path) continue;
      queue.push(to);
      if (!links.has(kind)) links.set(kind, new Map());
      if (links.get(kind).size < 4 && !links.get(kind).has(to)) links.get(kind).set(to, at);
    }
    queue.push(...chosen(text));
  }
  await leads(who, context, [...links.values()].flatMap((l) => [...l]));
  return [...found.values()].filter((p) => !p.skip);
}

const doors = ["/sign-in", "/care/in"]; // where a stranger is sent first

// leads holds that whoever reads a page may go where it leads: what refuses them,
// and who is not let in, is no place to lead them to.
export async function leads(who, context, links) {
  for (const [to, from] of links) {
    if (to.startsWith("/sign-in/with/")) continue; // to another house
    const answer = await context.request.get(to);
    const { pathname } = new URL(answer.url());
    if (answer.status() >= 400) fault(`links of ${who}`, `${from} leads to ${to}, which answers ${answer.status()}`);
    else if (who !== "visitor" && doors.includes(pathname) && !to.startsWith(pathname)) fault(`links of ${who}`, `${from} leads to ${to}, which asks who is there`);
  }
}

// dress gives a page that stands the width and the colours of a look.
export async function dress(page, { width = 1280, dark = false }) {
  await page.setViewportSize({ width, height: heights[width] });
  await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
}

// visit reads a list of pages in one manner, and each in every look of it.
async function visit(browser, at, who, mode, seen) {
  const looks = mode.looks.filter((l) => wanted(l.name));
  const context = await open(browser, at, { ...mode, ...looks[0] });
  if (who.cookies) await context.addCookies(who.cookies);
  if (mode.plain) await context.addCookies([{ name: "fontis_plain", value: "yes", url: at }]);
  const page = await context.newPage();
  watch(page);
  let visits = 0;
  const names = new Map(), list = mode.plain ? who.plain : who.list;
  for (const p of list) {
    if (mode.rare?.has(state(p))) continue;
    mode.rare?.add(state(p));
    if (process.env.FILTER && !p.at.includes(process.env.FILTER)) continue;
    const n = (names.get(p.name) || 0) + 1;
    names.set(p.name, n);
    const name = `${who.name}-${p.name}${n > 1 ? `-${n}` : ""}`;
    try {
      const answer = await page.goto(p.at);
      if (answer.status() !== p.status || p.status >= 500) fault(`${looks[0].name}/${name}`, `${p.at} answers ${answer.status()}`);
      for (const look of looks) {
        visits++;
        await dress(page, look);
        seen.add(await see(page, `${look.name}/${name}`, { axe: look.axe === true, shot: look.shot !== false, manner: look.name }));
      }
    } catch (e) {
      fault(`${looks[0].name}/${name}`, `${p.at} cannot be read: ${e.message.split("\n")[0]}`);
    }
    if (looks.some((l) => l.markup)) await markup(name, p.text);
  }
  await context.close();
  return visits;
}

const wanted = (look) => !process.env.MODES || process.env.MODES.split(",").includes(look);

// walk lets several browsers read side by side.
export async function walk(browser, at, people, modes, seen) {
  const work = [];
  for (const who of people) {
    if (process.env.AS && !process.env.AS.split(",").includes(who.name)) continue;
    for (const mode of modes) {
      if (mode.looks.some((l) => wanted(l.name)) && (!mode.plain || who.plain)) work.push([who, mode]);
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
