// What the page tests share: a demo node, a browser that can reach nothing else,
// and one visit with everything that must hold on every page.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, existsSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import axeCore from "axe-core";
import { HtmlValidate } from "html-validate";
import { chromium } from "playwright-core";

export const root = path.resolve(import.meta.dirname, "../..");
export const shots = process.env.FONTIS_SHOTS || path.join(root, "screenshots");
export const password = "clear-water-demo";

// faults are what did not hold, each said once.
export const faults = new Map();
export function fault(where, what) {
  const key = `${where}: ${what}`;
  if (!faults.has(key) && !faults.quiet) console.log(`FAULT ${key}`);
  faults.set(key, (faults.get(key) || 0) + 1);
}

export const binary = process.env.FONTIS || path.join(root, "bin/fontis");

export const free = () => new Promise((done) => {
  const s = createServer().listen(0, "127.0.0.1", () => {
    const { port } = s.address();
    s.close(() => done(port));
  });
});

// startNode runs `fontis demo` in a folder of its own until stop is called.
export async function startNode() {
  if (process.env.FONTIS_AT) return { at: process.env.FONTIS_AT, stop() {} };
  const dir = mkdtempSync(path.join(tmpdir(), "fontis-pages."));
  const port = await free();
  const at = `http://127.0.0.1:${port}`;
  const child = spawn(binary, ["demo", "--dir", dir, "--scale", "3000", "--listen", `127.0.0.1:${port}`], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const ready = new Promise((done, fail) => {
    const hear = (b) => {
      said += b;
      if (said.includes("WHO MAY SIGN IN")) done();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", (code) => fail(new Error(`the demo node ended with ${code}:\n${said}`)));
    setTimeout(() => fail(new Error(`the demo node is not ready after 3 minutes:\n${said}`)), 180_000).unref();
  });
  await ready;
  const stop = () => new Promise((done) => {
    child.removeAllListeners("exit");
    child.on("exit", () => {
      rmSync(dir, { recursive: true, force: true });
      done();
    });
    child.kill("SIGINT");
  });
  return { at, stop };
}

// startBrowser is Debian's Chromium with every name but the loopback's unknown.
export function startBrowser() {
  const own = process.env.CHROMIUM || ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
  if (!own) throw new Error("chromium is missing; as root: apt-get install chromium");
  return chromium.launch({
    executablePath: own, headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
  });
}

// heights of windows by their width. Zoom of 400 % on one of 1280 is one of 320.
export const heights = { 320: 256, 390: 844, 1280: 900 };

// open is a browser of its own: language, width, colours, with or without script;
// refused where the play itself answers with a refusal.
export async function open(browser, at, { lang = "en", width = 1280, dark = false, script = true, bypass = false, refused = false } = {}) {
  const context = await browser.newContext({
    baseURL: at, locale: lang, viewport: { width, height: heights[width] }, colorScheme: dark ? "dark" : "light",
    javaScriptEnabled: script, reducedMotion: "reduce", bypassCSP: bypass,
  });
  context.setDefaultTimeout(15_000);
  context.on("request", (r) => {
    if (!r.url().startsWith(at) && !r.url().startsWith("data:")) fault(r.frame().url(), `asks ${r.url()}`);
  });
  context.on("response", (r) => {
    const kind = r.request().resourceType();
    if (r.status() >= 400 && !refused && kind !== "document" && !r.url().endsWith(".receipt")) fault(r.frame().url(), `needs ${kind} ${r.url()}, which answers ${r.status()}`);
  });
  return context;
}

// signIn takes an officer through the form, or a resident through the demo's door.
export async function signIn(context, who, nth = 0) {
  const page = await context.newPage();
  if (who === "resident") {
    await page.goto("/mine");
    await page.locator('form[action="/mine/demo"] button').nth(nth).click();
    await page.waitForURL("**/mine");
  } else if (who) {
    await page.goto("/sign-in");
    await page.fill('input[name="login"]', who);
    await page.fill('input[name="password"]', password);
    await page.locator('form[action="/sign-in"] button').click();
    await page.waitForURL((u) => !u.pathname.startsWith("/sign-in"));
  }
  return page;
}

// watch notes what a page says in the console and what it throws.
export function watch(page) {
  page.on("console", (m) => {
    if (m.type() === "error" && !/status of 4\d\d/.test(m.text()) && !page.broken) fault(page.url(), `console: ${m.text()}`);
  });
  page.on("dialog", (d) => {
    fault(page.url(), `opens a dialog: ${d.message()}`);
    return d.dismiss();
  });
  page.on("pageerror", (e) => fault(page.url(), `throws ${e.message}`));
}

const validate = new HtmlValidate({
  extends: ["html-validate:standard"],
  rules: {
    "long-title": "off", "no-trailing-whitespace": "off", "attribute-boolean-style": "off", "doctype-style": "off",
    "no-inline-style": "error", "prefer-native-element": "off", "no-implicit-button-type": "off", "valid-autocomplete": "off",
    "tel-non-breaking": "off", "element-permitted-content": "error", "attribute-empty-style": "off", "void-style": "off",
  },
});

// markup holds a page's text against the standard.
export async function markup(name, html) {
  const report = await validate.validateString(html);
  for (const r of report.results) for (const m of r.messages) if (m.severity === 2) fault(name, `html ${m.ruleId}: ${m.message}`);
}

// shapes are the kinds of pages that axe has judged, by the manner of reading: a
// page of the same elements, classes and roles is not judged again.
const shapes = new Set();

// see holds what must hold on the page that stands, and says which it is.
export async function see(page, name, { axe = true, shot = true, manner = name.split("/")[0] } = {}) {
  const found = await page.evaluate(() => {
    const root = document.documentElement;
    const shape = [...new Set([...document.querySelectorAll("*")].map((e) => `${e.parentElement?.tagName}>${e.tagName}.${e.className?.baseVal ?? e.className} ${e.getAttribute("role")} ${e.type} ${e.hasAttribute("open")}`))].sort().join("\n");
    const found = { shape, page: document.body.dataset.page };
    if (root.scrollWidth <= root.clientWidth + 1) return found;
    const wide = [...document.querySelectorAll("body *")].find((e) => e.getBoundingClientRect().right > root.clientWidth + 1);
    return { ...found, over: `${root.scrollWidth} px on ${root.clientWidth}: ${wide ? wide.outerHTML.slice(0, 120) : ""}` };
  });
  if (found.over) fault(name, `scrolls sideways, ${found.over}`);
  const shape = `${manner} ${found.shape}`;
  if (axe && !process.env.NOAXE && !shapes.has(shape)) {
    shapes.add(shape);
    await page.evaluate(axeCore.source);
    const { violations } = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags, resultTypes: ["violations"] }), rules);
    for (const v of violations) fault(name, `axe ${v.id}: ${v.nodes.length} × ${v.nodes[0].html.slice(0, 140)} ${v.nodes[0].any[0]?.message || ""}`);
  }
  if (shot && !process.env.NOSHOTS) {
    const file = path.join(shots, `${name}.png`);
    mkdirSync(path.dirname(file), { recursive: true });
    await page.screenshot({ path: file, fullPage: true });
  }
  return found.page;
}

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
