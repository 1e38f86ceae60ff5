// What happens to a page by itself while somebody works on it: the quiet saving of
// a step, parts that are told of changes, and looks that are refused.
import { fault, open, signIn, watch } from "./lib.mjs";

const user = "sun.bo@tax";

// draft brings the page to the step "volume" of a request of its own.
async function draft(page) {
  await page.goto("/search?open_type=conditional");
  for (const at of await page.locator(".hits a").evaluateAll((l) => l.map((a) => a.getAttribute("href")))) {
    await page.goto(at);
    const ask = page.locator('main a[href^="/request?"]');
    if (!(await ask.count())) continue;
    await ask.first().click();
    await page.locator('form[method="post"][action="/request"] button').first().click();
    await page.waitForURL("**/ask/**");
    await page.goto(page.url().replace(/\/ask\/.*/, "/ask/volume"));
    return;
  }
  throw new Error("no data set can be asked for");
}

// stands holds that the page is the one that was marked, with its focus and what
// was typed.
async function stands(page, what, typed) {
  const now = await page.evaluate(() => ({ here: window.marked === true, focus: document.activeElement.name, typed: document.activeElement.value }));
  if (!now.here || now.focus !== "networks" || now.typed !== typed) fault("typing", `${what}: ${JSON.stringify(now)}`);
}

// write types and waits for what the page says of it.
async function write(page, text, says) {
  const answered = page.waitForResponse((r) => r.url().includes("/ask/volume") && r.request().method() === "GET");
  await page.locator('[name="networks"]').focus();
  await page.keyboard.press("End");
  await page.keyboard.type(text);
  await answered;
  await page.locator("#saved", { hasText: says }).waitFor({ timeout: 5_000 }).catch(() => fault("typing", `${text} is not answered with ${says}`));
}

export async function typing(browser, at) {
  const context = await open(browser, at, { lang: "en", refused: true });
  const page = await signIn(context, user);
  watch(page);
  await draft(page);
  await page.evaluate(() => { window.marked = true; });
  await write(page, "10.1.", /cannot be saved/);
  await stands(page, "after half a network", "10.1.");
  await write(page, "0.0/16", /Saved at|saved .*at/i);
  await stands(page, "after a saving", "10.1.0.0/16");
  const said = await page.locator("#saved").innerText();
  for (const [status, body] of [[429, "<p>too many</p>"], [200, '<a href="/notices" id="inbox">Notices 7</a>']]) {
    await page.route("**/notices", (r) => r.fulfill({ status, contentType: "text/html; charset=utf-8", body }));
    await page.evaluate(() => document.querySelector("#inbox").dispatchEvent(new Event("changed")));
    await page.waitForResponse("**/notices");
    await page.waitForTimeout(100);
    if ((await page.locator("#saved").innerText()) !== said) fault("typing", "the inbox's answer is taken for a saving that failed");
    if (!(await page.locator("#inbox").count())) fault("typing", "a refused look takes the inbox from the page");
    await page.unroute("**/notices");
  }
  if (!(await page.locator("#inbox").innerText()).includes("7")) fault("typing", "a new notice is not counted");
  await context.close();
  await listens(browser, at);
  await manyWindows(browser, at);
}

// manyWindows holds that the windows of one browser leave each other connections: each
// of eight loads, and one that gave way listens again where the reader acts.
async function manyWindows(browser, at) {
  const context = await open(browser, at, { lang: "en" });
  await (await signIn(context, "chen.min@civil-affairs")).close();
  const windows = [], asked = [];
  for (let i = 0; i < 8; i++) {
    const page = await context.newPage();
    windows.push(page);
    page.on("request", (r) => r.url().includes("/live?") && asked.push(i));
    try {
      await page.goto("/desk", { timeout: 10_000 });
    } catch {
      fault("live", `window ${i + 1} of one browser does not load`);
      break;
    }
    await page.waitForTimeout(200);
  }
  const before = asked.length;
  await windows[0].locator("h1").click({ timeout: 10_000 });
  await windows[0].waitForTimeout(300);
  if (!asked.slice(before).includes(0)) fault("live", "a window that gave way does not listen again");
  await context.close();
}

// listens holds that a page that can be kept asks for its parts and nothing else.
async function listens(browser, at) {
  for (const [who, path, most] of [["resident", "/mine", 1], ["", "/rules", 0]]) {
    const context = await open(browser, at, { lang: "en" });
    await (await signIn(context, who)).close();
    const page = await context.newPage();
    watch(page);
    const asked = [];
    page.on("response", (r) => r.url().includes("/live?") && asked.push(`${r.status()} ${r.url()}`));
    await page.goto(path);
    await page.waitForTimeout(1000);
    if (asked.length !== most || asked.some((a) => !a.startsWith("200 "))) fault("live", `${path} asks ${asked.length} times: ${asked.join(" ")}`);
    await context.close();
  }
}
