// Each thing that must hold can fail: a page is spoiled on purpose, and the fault
// must be found.
import { Keys } from "./hands.mjs";
import { fault, faults, markup, open, see, watch } from "./lib.mjs";
import { dress, leads } from "./walk.mjs";

const spoils = {
  "axe image-alt": (page) => page.evaluate(() => document.querySelector("main").insertAdjacentHTML("beforeend", '<img class="spoilt" src="/static/sign.svg">')),
  "axe color-contrast": (page) => page.evaluate(() => document.querySelector("main").insertAdjacentHTML("beforeend", '<p class="spoilt pale">pale</p><style>.pale{color:#bbb;background:#fff}</style>')),
  "scrolls sideways": (page) => page.evaluate(() => document.querySelector("main").insertAdjacentHTML("beforeend", `<p style="white-space:nowrap">${"wide ".repeat(900)}</p>`)),
  "sideways, 3": async (page) => {
    await page.evaluate(() => document.querySelector("main").insertAdjacentHTML("beforeend", '<div style="width:370px">narrow</div>'));
    await dress(page, { width: 320 });
  },
  "spoilt night": async (page) => {
    await page.evaluate(() => document.querySelector("main").insertAdjacentHTML("beforeend", '<p class="spoilt night">pale</p><style>@media (prefers-color-scheme: dark) { .night { color: #333; background: #000 } }</style>'));
    await dress(page, { dark: true });
  },
  "leads to /no-such-page": (page) => leads("spoilt", page.context(), [["/no-such-page", "/rules"]]),
  "which asks who is there": (page) => leads("spoilt", page.context(), [["/mandates", "/rules"]]),
  "console: spoilt": (page) => page.evaluate(() => console.error("spoilt")),
  "throws spoilt": (page) => page.evaluate(() => setTimeout(() => { throw new Error("spoilt"); })),
  "asks http": (page) => page.evaluate(() => fetch("http://elsewhere.invalid/").catch(() => {})),
  "needs eventsource": (page) => page.evaluate(() => new Promise((done) => { new EventSource("/live?on=none").onerror = done; })),
  "needs image": (page) => page.evaluate(() => new Promise((done) => { Object.assign(new Image(), { onerror: done, src: "/static/none.png" }); })),
  "opens a dialog": (page) => page.evaluate(() => alert("spoilt")),
  "the focus looks the same": async (page) => {
    await page.addStyleTag({ content: "*, *:focus { outline: none !important; box-shadow: none !important; background: none !important; color: #000 !important; border-color: #000 !important; }" });
    await new Keys(page).reach(page.locator("footer a").first());
  },
  "html element-permitted-content": () => markup("spoilt", '<!DOCTYPE html>\n<html lang="en"><head><title>x</title></head><body><ul><div>x</div></ul></body></html>\n'),
  "html no-inline-style": () => markup("spoilt", '<!DOCTYPE html>\n<html lang="en"><head><title>x</title></head><body><p style="color:red">x</p></body></html>\n'),
};

export async function canFail(browser, at) {
  const before = new Map(faults);
  const missed = [];
  for (const [what, spoil] of Object.entries(spoils)) {
    const context = await open(browser, at, { bypass: true });
    const page = await context.newPage();
    watch(page);
    await page.goto("/rules");
    faults.quiet = true;
    await spoil(page);
    await see(page, "spoilt", { shot: false, manner: what });
    await page.waitForTimeout(50);
    faults.quiet = false;
    if (![...faults.keys()].some((k) => !before.has(k) && k.includes(what))) missed.push(what);
    faults.clear();
    for (const [k, n] of before) faults.set(k, n);
    await context.close();
  }
  for (const what of missed) fault("a spoilt page", `passes: ${what}`);
  console.log(`${Object.keys(spoils).length - missed.length} kinds of fault are found`);
}
