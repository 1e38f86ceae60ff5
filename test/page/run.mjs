// All that must hold of the pages: the story in five hands on empty nodes, every
// page as everyone in every manner of reading, bad input, and that each of these
// checks can fail. A template that nobody saw is a fault.
//
// For work on one part: ONLY=stories,walk,demo,bad,canfail,check,typing; STORY=en-1280;
// FILTER=text visits only addresses with it, AS=who only as one, MODES=zh-320
// only so; NOAXE and NOSHOTS leave these out.
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { faults, fault, open, root, shots, signIn, startBrowser, startNode } from "./lib.mjs";
import { bad } from "./bad.mjs";
import { canFail } from "./canfail.mjs";
import { check } from "./check.mjs";
import { Office } from "./office.mjs";
import { Tale, ways } from "./story.mjs";
import { typing } from "./typing.mjs";
import { addresses, sideBySide, walk } from "./walk.mjs";

const only = process.env.ONLY?.split(",");
const asked = (part) => !only || only.includes(part);
const partial = only || process.env.FILTER || process.env.AS || process.env.MODES || process.env.STORY;

// On the demo's node with its full lists; on the node of the story, which has one
// of everything. A page is read once in each manner and seen in each of its looks; in a rare
// manner one page of each template and state is read.
const demoModes = [
  { lang: "en", looks: [{ name: "en-1280", axe: true, markup: true }, { name: "en-390", width: 390 }, { name: "en-320", width: 320, shot: false }] },
  { lang: "zh-CN", looks: [{ name: "zh-390", width: 390, axe: true }, { name: "zh-1280" }, { name: "zh-1280-dark", dark: true, axe: true }] },
  { lang: "zh-CN", plain: true, looks: [{ name: "zh-390-plain", width: 390, axe: true }] },
  { lang: "en", plain: true, looks: [{ name: "en-1280-plain-dark", dark: true, axe: true }, { name: "en-320-plain", width: 320, shot: false }] },
];
const taleModes = [
  { lang: "en", looks: [{ name: "tale-en-1280-dark", dark: true, axe: true, markup: true }] },
  { lang: "zh-CN", script: false, rare: new Set(), looks: [{ name: "tale-zh-390-noscript", width: 390, shot: false }] },
  { lang: "zh-CN", rare: new Set(), looks: [{ name: "tale-zh-320", width: 320, shot: false }] },
  { lang: "zh-CN", plain: true, looks: [{ name: "tale-zh-390-plain", width: 390, axe: true }] },
];
const demoPeople = {
  visitor: "", resident: "resident", steward: "chen.min@civil-affairs", user: "sun.bo@tax", authority: "lin.zhiyuan@data-bureau",
  auditor: "feng.jing@audit", counter: "guo.yun@data-bureau",
};
const starts = ["/", "/search?q=登记", "/mine", "/sign-in", "/invitation", "/deferrals", "/audit/draws", "/audit/reports", "/display", "/no-such-page", "/datasets/none"];
const plainStarts = [...starts, "/contests", "/contests/new", "/mandates", "/authorisations", "/notices"];

// lists are the addresses that somebody may read, in full and in plain pages.
async function lists(name, at, context, own = []) {
  const { cookies } = await context.storageState();
  const person = { name, cookies, list: await addresses(name, context, [...own, ...starts]) };
  if (["visitor", "resident", "chen.an"].includes(name)) {
    const plain = await open(browser, at, {});
    await plain.addCookies([...cookies, { name: "fontis_plain", value: "yes", url: at }]);
    person.plain = await addresses(name, plain, plainStarts);
    await plain.close();
  }
  return person;
}

const began = Date.now();
const seen = new Set();
const minutes = (from) => ((Date.now() - from) / 60_000).toFixed(1);
async function part(name, act) {
  if (!asked(name)) return;
  const from = Date.now();
  await act();
  console.log(`== ${name}: ${minutes(from)} min`);
}

const browser = await startBrowser();
const offices = [];
let world; // the first story's node, where one of everything stands
let visits = 0;

async function tell(way) {
  const office = await Office.open(way.name);
  offices.push(office);
  const tale = new Tale(browser, office, way, seen);
  const from = Date.now();
  try {
    await tale.tell();
    console.log(`${way.name}: told on ${tale.pages} pages, ${minutes(from)} min`);
  } catch (e) {
    fault(way.name, `stops: ${e.message.split("\n").slice(0, 4).join(" ")} ${(e.stack.match(/Tale\.\w+/g) || []).join(" ")}`);
  }
  if (way === ways[0]) {
    world = { browser, office, at: office.at, draft: tale.draft, upload: tale.upload, people: [] };
    for (const [name, p] of tale.people) {
      const own = tale.visits.filter((v) => v.who === name).map((v) => v.at);
      world.people.push(await lists(name, office.at, p.context, own));
    }
  }
  await tale.close();
  if (way !== ways[0]) await office.stop();
}

// demo is what is held of the demo's node.
async function demo() {
  const node = await startNode();
  try {
    await part("demo", async () => {
      const people = [];
      for (const [name, login] of Object.entries(demoPeople)) {
        const context = await open(browser, node.at, {});
        await signIn(context, login);
        people.push(await lists(name, node.at, context));
        await context.close();
      }
      visits += await walk(browser, node.at, people, demoModes, seen);
    });
    await part("canfail", () => canFail(browser, node.at));
    await part("check", () => check(browser, node.at, seen));
    await part("typing", () => typing(browser, node.at));
  } finally {
    await node.stop();
  }
}

try {
  if (!partial) rmSync(shots, { recursive: true, force: true });
  await part("stories", () => sideBySide(ways.filter((w) => w.name.endsWith(process.env.STORY || "")), tell));
  if (world) {
    await part("walk", async () => (visits += await walk(browser, world.at, world.people, taleModes, seen)));
    await part("bad", () => bad(world));
  }
  if (["demo", "canfail", "check", "typing"].some(asked)) await demo();
} finally {
  await browser.close();
  for (const o of offices) await o.stop();
}

const parts = ["layout", "parts"]; // of other templates
if (!partial) {
  for (const f of readdirSync(path.join(root, "web/templates"))) {
    const name = f.replace(/\.html$/, "");
    if (!seen.has(name) && !parts.includes(name)) fault("templates", `nobody saw ${name}`);
  }
}
console.log(`${visits} visits, ${seen.size} templates, ${faults.size} faults, ${minutes(began)} min`);
process.exit(faults.size ? 1 : 0);
