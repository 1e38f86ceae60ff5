// What a resident takes home: the check of a receipt in the browser, on the site's
// page and as a saved file without network; pages kept on the device; paper; and
// what a visit weighs.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { judge } from "../../web/src/script/check/judge.js";
import { binary, fault, open, root, see, shots, signIn, watch } from "./lib.mjs";

// parts takes a receipt apart, so that one thing can be bent.
function parts(text) {
  const cut = text.indexOf("\n\n"), head = text.slice(0, cut).split("\n");
  return { extra: JSON.parse(Buffer.from(head[1].slice(6), "base64")), index: head[2].slice(6), way: head.slice(3), checkpoint: text.slice(cut + 2) };
}

function whole(p) {
  return ["c2sp.org/tlog-proof@v1", `extra ${Buffer.from(JSON.stringify(p.extra)).toString("base64")}`, `index ${p.index}`, ...p.way].join("\n") + "\n\n" + p.checkpoint;
}

const flip = (b64, at = 0, bits = 1) => {
  const b = Buffer.from(b64, "base64");
  b[at] ^= bits;
  return b.toString("base64");
};

// bent are ways to change a receipt, each with the cause that must be named.
const bent = [
  ["a value", "opening", (p) => { p.extra.opening.fields[1].value = Buffer.from("2020-01-01T00:00:00.000Z").toString("base64"); }],
  ["a key of a field", "opening", (p) => { p.extra.opening.fields[0].key = flip(p.extra.opening.fields[0].key); }],
  ["a field left out", "opening", (p) => { p.extra.opening.fields.pop(); }],
  ["a field shown twice", "twice", (p) => { p.extra.opening.fields.push(p.extra.opening.fields[0]); }],
  ["no field shown", "no-field", (p) => { p.extra.opening.fields = []; }],
  ["the kind of the leaf", "inclusion", (p) => { p.extra.leaf = flip(p.extra.leaf, 1, 3); }],
  ["an unknown kind", "leaf-form", (p) => { p.extra.leaf = flip(p.extra.leaf, 1, 64); }],
  ["the root in the leaf", "inclusion", (p) => { p.extra.leaf = flip(p.extra.leaf, 9); }],
  ["the place", "inclusion", (p) => { p.index = String(Number(p.index) ^ 1); }],
  ["a place outside the log", "outside", (p) => { p.index = "99999999"; }],
  ["a hash of the path", "inclusion", (p) => { p.way[0] = flip(p.way[0]); }],
  ["a shorter path", "inclusion", (p) => { p.way.pop(); }],
  ["the size in the checkpoint", "signature", (p) => { p.checkpoint = p.checkpoint.replace(/\n(\d+)\n/, (_, n) => `\n${Number(n) + 1}\n`); }],
  ["the log's signature", "signature", (p) => { p.checkpoint = p.checkpoint.replace(/(\u2014 \S+ )(\S+)/, (_, who, sig) => who + flip(sig, 20)); }],
  ["no signature of the log", "unsigned", (p) => { const l = p.checkpoint.split("\n"); l.splice(4, 1); p.checkpoint = l.join("\n"); }],
  ["no witness", "quorum", (p) => { p.checkpoint = p.checkpoint.split("\n").slice(0, 5).join("\n") + "\n"; }],
  ["another trace", "trace", (p) => { p.extra.trace = "0".repeat(32); }],
  ["something nobody proves", "extra-form", (p) => { p.extra.verdict = "all is well"; }],
  ["a policy of another log", "log-unknown", (p) => { p.extra.policy = "log elsewhere.example/log/1+3f2a1b0c+" + "A".repeat(44) + "\nquorum none\n"; }, "policy-form"],
  ["cut short", "receipt-form", null],
];

// words of the browser's verdict as the command says them.
const commandWord = { sound: "sound", promised: "promised", "first-use": "first use, not compared", waiting: "waiting for witness", unjudged: "not judged", split: "split view", false: "false" };

// command is the verdict of `fontis check`, which believes nobody and keeps nothing.
function command(dir, file, policy) {
  const args = ["check", file, "--json", "--forget", "--evidence", dir, ...(policy ? ["--policy", policy] : [])];
  try {
    return JSON.parse(execFileSync(binary, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })).verdict;
  } catch (e) {
    return e.stdout ? JSON.parse(e.stdout).verdict : String(e);
  }
}

// vectors are those of docs/protocol/ledger.md, which another program made.
function vectors() {
  const blocks = [...readFileSync(path.join(root, "docs/protocol/ledger.md"), "utf8").matchAll(/```\n((?:c2sp\.org|fontis\/promise\/v[12]\ndata|log data)[^`]*\n)```/g)].map((m) => m[1]);
  return { policy: blocks[0], receipt: blocks[1], second: blocks[2], first: blocks[3] };
}

// judged reads the verdicts that a page shows.
const judged = (page) => page.locator("#check-out section").evaluateAll((list) => list.map((e) => ({ word: e.dataset.word, causes: [...e.querySelectorAll("[data-cause]")].map((c) => c.dataset.cause) })));

async function choose(page, ...files) {
  await page.locator("#check-out").evaluate((e) => e.replaceChildren());
  await page.locator("#check-files").setInputFiles(files);
  await page.locator("#check-form button").click();
  await page.locator("#check-out > *").first().waitFor();
  return judged(page);
}

// receipts are the two of the resident's first access that has both.
async function receipts(context, page) {
  await page.goto("/mine");
  for (const href of await page.locator('main a[href$="/receipt"]').evaluateAll((l) => l.map((a) => a.getAttribute("href")))) {
    const got = await Promise.all(["intent", "outcome"].map((p) => context.request.get(`${href}/${p}.receipt`)));
    if (got.every((g) => g.ok())) return { trace: href.split("/")[2], intent: await got[0].text(), outcome: await got[1].text() };
  }
  throw new Error("no access of the resident has both receipts");
}

async function online(browser, at, seen, dir) {
  const context = await open(browser, at, { lang: "en" });
  const page = await signIn(context, "resident");
  watch(page);
  const r = await receipts(context, page);
  for (const part of ["intent", "outcome"]) writeFileSync(path.join(dir, `${part}.receipt`), r[part]);
  writeFileSync(path.join(dir, "policy"), parts(r.intent).extra.policy);
  await page.goto(`/check?trace=${r.trace}`);
  await page.locator("#check-out section").nth(1).waitFor();
  if ((await judged(page)).some((v) => v.word !== "first-use")) fault("check", `arrived with receipts: ${JSON.stringify(await judged(page))}`);
  const said = await page.locator("#check-out").innerText();
  if (!/[^(\s]+ \([a-z-]+\)/.test(said) || /\bsteward user\b/.test(said)) fault("check", `says ids without names: ${said}`);
  seen.add("check");
  await see(page, "check/arrived");
  const sound = await choose(page, path.join(dir, "intent.receipt"), path.join(dir, "outcome.receipt"), path.join(dir, "policy"));
  if (sound.map((v) => v.word).join() !== "sound,sound") fault("check", `with a policy: ${JSON.stringify(sound)}`);
  const saving = page.waitForEvent("download");
  await page.locator('a[href^="/static/check.html"]').click();
  const file = path.join(dir, "check.html");
  await (await saving).saveAs(file);
  const sum = createHash("sha256").update(readFileSync(file)).digest("hex");
  const printed = JSON.parse(execFileSync(binary, ["check", "--page", file, "--json"], { encoding: "utf8" }));
  const listed = readFileSync(path.join(root, "web/dist/check.sha256"), "utf8");
  if (!(await page.locator("main").innerText()).includes(sum) || printed.sha256 !== sum || printed.state !== "same" || !listed.includes(`${sum}  check.html`)) fault("check", `the hash of check.html differs from page, command or list: ${sum}`);
  await context.close();
  return file;
}

// bend writes every bent file, with the cause that each must be refused for.
function bend(dir) {
  const out = [];
  const text = readFileSync(path.join(dir, "intent.receipt"), "utf8");
  const add = (name, content, cause) => {
    const file = path.join(dir, `${name.replaceAll(" ", "-")}.receipt`);
    writeFileSync(file, content);
    out.push({ name, file, cause });
  };
  for (const [name, cause, change, instead] of bent) {
    const p = parts(text);
    if (change) change(p);
    add(name, change ? whole(p) : text.slice(0, text.indexOf("\n\n")), instead || cause);
  }
  const row = parts(readFileSync(path.join(dir, "outcome.receipt"), "utf8"));
  row.extra.opening.row.fields[0].value = flip(row.extra.opening.row.fields[0].value);
  add("a value of a row", whole(row), "row-path");
  row.extra.opening.row.count += 1;
  add("the number of rows", whole(row), "row-outside");
  add("something else", "Dear office, please find enclosed.\n", "unknown-file");
  return out;
}

// offline opens the saved file where there is no network and holds every verdict
// against the command's.
async function offline(browser, file, dir) {
  const asked = [];
  for (const lang of ["en", "zh-CN"]) {
    const context = await browser.newContext({ locale: lang, offline: true, viewport: { width: lang === "en" ? 1280 : 390, height: 900 } });
    context.on("request", (r) => r.url().startsWith("file:") || r.url().startsWith("blob:") || asked.push(r.url()));
    const page = await context.newPage();
    watch(page);
    await page.goto(pathToFileURL(file).href);
    const good = await choose(page, path.join(dir, "intent.receipt"), path.join(dir, "policy"));
    if (good[0]?.word !== "sound") fault("check.html", `a good receipt: ${JSON.stringify(good)}`);
    await see(page, `check/saved-${lang}`);
    if (lang === "en") await tampered(page, dir);
    await choose(page, path.join(dir, "a-value.receipt"));
    await see(page, `check/saved-false-${lang}`);
    await context.close();
  }
  if (asked.length) fault("check.html", `asks ${asked[0]}`);
  await forbidden(browser, file);
}

// forbidden lets a script inside the saved file ask the network: its policy stops it.
async function forbidden(browser, file) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href);
  let stopped = "";
  page.on("console", (m) => { stopped += m.text(); });
  await page.evaluate(() => fetch("https://example.org/").catch(() => null));
  if (!stopped.includes("Content Security Policy")) fault("check.html", "may ask the network");
  await context.close();
}

async function tampered(page, dir) {
  const policy = path.join(dir, "policy");
  for (const t of bend(dir)) {
    const own = t.name === "a policy of another log";
    const [v] = await choose(page, ...(own ? [t.file] : [t.file, policy]));
    if (!v || !v.causes.includes(t.cause)) fault("check.html", `${t.name}: ${JSON.stringify(v)}, wanted ${t.cause}`);
    const said = command(dir, t.file, own ? "" : policy);
    if (v && commandWord[v.word] !== said) fault("check.html", `${t.name}: the file says ${v.word}, the command ${said}`);
  }
  const made = vectors();
  for (const [name, text] of Object.entries(made)) writeFileSync(path.join(dir, `vector-${name}`), text);
  const bend2 = made.second.replace(/\n0\n/, "\n1\n"), bend1 = made.first.replace("1772353800000", "1772353800001");
  const other = made.second.replaceAll("data.example.gov/log/1", "other.example/log/1");
  for (const [name, text, cause] of [["good-2", made.second], ["good-1", made.first], ["place-2", bend2, "promise-root"], ["time-1", bend1, "signature"], ["other", other, "log-unknown"]]) {
    const file = path.join(dir, `promise-${name}`);
    writeFileSync(file, text);
    const [v] = await choose(page, file, path.join(dir, "vector-policy"));
    if (cause ? !v.causes.includes(cause) : v.word !== "promised") fault("check.html", `promise ${name}: ${JSON.stringify(v)}`);
    const said = command(dir, file, path.join(dir, "vector-policy"));
    if (commandWord[v.word] !== said) fault("check.html", `promise ${name}: the file says ${v.word}, the command ${said}`);
  }
  const [alone] = await choose(page, path.join(dir, "promise-good-2"));
  if (!alone.causes.includes("no-key")) fault("check.html", `a promise without a key: ${JSON.stringify(alone)}`);
  const both = await choose(page, path.join(dir, "promise-good-2"), path.join(dir, "vector-receipt"), path.join(dir, "vector-policy"));
  if (both.map((v) => v.word).join() !== "promised,sound") fault("check.html", `a promise and its receipt: ${JSON.stringify(both)}`);
}

// without is a browser that lacks what the check needs: it says so and sends to the command.
async function without() {
  const verdicts = await judge([]);
  if (verdicts.length) fault("check", `this engine cannot: ${JSON.stringify(verdicts)}`);
}

export async function check(browser, at, seen) {
  const dir = mkdtempSync(path.join(tmpdir(), "fontis-check."));
  mkdirSync(shots, { recursive: true });
  try {
    for (const part of [
      async () => offline(browser, await online(browser, at, seen, dir), dir), without,
      () => kept(browser, at, seen), () => printed(browser, at, seen), () => weight(browser, at),
    ]) await part();
    console.log("check: told");
  } catch (e) {
    fault("check", `stops: ${e.message.split("\n").slice(0, 4).join(" ")}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

// kept follows a page that is kept: off line with its day, nothing besides, gone at sign-out.
async function kept(browser, at, seen) {
  const context = await open(browser, at, { lang: "en" });
  const page = await signIn(context, "resident");
  watch(page);
  const held = () => page.evaluate(async () => (await caches.keys()).length + (await navigator.serviceWorker.getRegistrations()).length);
  await page.goto("/mine");
  if (await held()) fault("kept", "something lies on the device before anybody chose it");
  await page.locator(".keep button").click();
  await page.locator(".keep [role=status]", { hasText: "kept" }).waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.goto("/kept");
  await page.locator("[data-kept] li").first().waitFor();
  seen.add("kept");
  await see(page, "check/kept");
  await context.setOffline(true);
  await page.goto("/mine");
  const text = await page.locator("main").innerText();
  if (!/copy that you kept on this device.*\d{4}-\d\d-\d\d/.test(text) || !text.includes("newest first")) fault("kept", `off line: ${text.slice(0, 200)}`);
  if (await page.locator("form, script, .who").count()) fault("kept", "the copy holds a form, a script or who is there");
  await see(page, "check/kept-offline", { axe: false });
  await page.goto("/notices");
  await page.locator("[data-kept] li").first().waitFor();
  if (!(await page.locator("main").innerText()).includes("There is no network")) fault("kept", "a page that is not kept does not lead to those that are");
  await context.setOffline(false);
  await page.goto("/search");
  await page.locator('form[action="/sign-out"] button').click();
  await page.waitForURL("**/?done=signed_out");
  if (await held()) fault("kept", "pages stay on the device after signing out");
  await page.goto("/kept");
  await page.locator("[data-kept] .empty").waitFor();
  await context.close();
}

const pages = (pdf) => (pdf.toString("latin1").match(/\/Type\s*\/Page[^s]/g) || []).length;

// printed holds every blank form on one sheet, and what people take home on A4.
async function printed(browser, at, seen) {
  for (const lang of ["en", "zh-CN"]) {
    const context = await open(browser, at, { lang });
    const page = await signIn(context, "resident");
    watch(page);
    await page.goto("/forms");
    await see(page, `check/forms-${lang}`);
    const list = await page.locator('main .hits h2 a').evaluateAll((l) => l.map((a) => a.getAttribute("href")));
    if (list.length < 6) fault("forms", `only ${list.length} forms on paper`);
    await page.goto("/mine");
    const receipt = await page.locator('main a[href$="/receipt"]').first().getAttribute("href");
    for (const href of [...list, "/mine", "/mydata?as=table", receipt, "/deferrals", "/check"]) {
      await page.goto(href);
      await page.emulateMedia({ media: "print" });
      await page.setViewportSize({ width: 681, height: 1000 }); // A4 less its margins
      const name = `print/${lang}${href.split("?")[0].replace(/[0-9a-f]{32}/, "").replaceAll("/", "-")}`;
      await see(page, name, { axe: false });
      const n = pages(await page.pdf({ preferCSSPageSize: true }));
      if (!n || (href.startsWith("/forms/") && n !== 1)) fault(name, `takes ${n} sheets of A4`);
      await page.emulateMedia({ media: null });
      await page.setViewportSize({ width: 1280, height: 900 });
      if (href.startsWith("/forms/")) await see(page, `check/${lang}${href.replaceAll("/", "-")}`, { shot: false });
    }
    seen.add("forms").add("sheet");
    await context.close();
  }
}

// weight holds what a visit costs a phone on a slow line, in bytes as they travel.
async function weight(browser, at) {
  const ways = [
    ["", ["/", "/search?q=%E7%99%BB%E8%AE%B0", "/sign-in", "/forms/contest", "/kept", "/check"]],
    ["resident", ["/mine", "/mydata?as=table", "/contests", "/contests/new", "/authorisations", "/mandates", "/notices"]],
    ["chen.min@civil-affairs", ["/desk", "/todo", "/requests", "/grants", "/accesses", "/sources"]],
    ["feng.jing@audit", ["/audit", "/audit/reports", "/audit/cases"]],
  ];
  for (const [who, list] of ways) {
    for (const lang of ["en", "zh-CN"]) {
      const context = await open(browser, at, { lang });
      const page = who ? await signIn(context, who) : await context.newPage();
      const client = await context.newCDPSession(page);
      await client.send("Network.enable");
      let bytes = 0;
      client.on("Network.loadingFinished", (e) => { bytes += e.encodedDataLength; });
      let first = !who;
      for (const href of list) {
        bytes = 0;
        await page.goto(href, { waitUntil: "networkidle" });
        const most = first ? 60_000 : 15_000;
        if (bytes > most) fault(`weight ${who} ${lang} ${href}`, `${bytes} bytes travel, at most ${most}`);
        if (process.env.WEIGHTS) console.log(`${who || "visitor"} ${lang} ${href}: ${bytes}`);
        first = false;
      }
      await context.close();
    }
  }
}
