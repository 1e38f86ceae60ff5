// The four pictures that README shows, taken anew from the demo node (make pictures).
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { open, root, signIn, startBrowser, startNode } from "./lib.mjs";

const most = 150_000; // bytes of one
const pictures = {
  search: { as: "", to: (page) => page.goto(`/search?q=${encodeURIComponent("登记")}`) },
  dataset: { as: "sun.bo@tax", to: (page) => page.goto(`/search?q=${encodeURIComponent("人口基础信息")}`).then(() => page.locator(".hits a").first().click()) },
  mydata: { as: "resident", to: (page) => page.goto("/mine") },
  request: { as: "luo.jie@social-security", to: async (page) => {
    await page.goto("/requests?side=incoming");
    await page.locator('main tr:has(svg) a[href^="/requests/"]').first().click();
    await page.locator(".clocks").first().evaluate((e) => e.scrollIntoView({ block: "center" }));
  } },
};

const node = await startNode();
const browser = await startBrowser();
try {
  for (const [name, { as, to }] of Object.entries(pictures)) {
    const context = await open(browser, node.at, { lang: "en", width: 1280 });
    const page = await signIn(context, as) || await context.newPage();
    await to(page);
    await page.waitForLoadState();
    const camera = await context.newCDPSession(page);
    const { data } = await camera.send("Page.captureScreenshot", { format: "webp", quality: 82 });
    const picture = Buffer.from(data, "base64");
    if (picture.length > most) throw new Error(`${name} has ${picture.length} bytes`);
    mkdirSync(path.join(root, "docs/pictures"), { recursive: true });
    writeFileSync(path.join(root, "docs/pictures", `${name}.webp`), picture);
    console.log(`${name}: ${picture.length} bytes, ${page.url()}`);
    await context.close();
  }
} finally {
  await browser.close();
  await node.stop();
}
