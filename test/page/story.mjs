// story is the way of one datum through everybody's hands, by the forms alone:
// a department finds a set and asks for it, its holder decides, a value is
// compared, the resident sees it and contests it, and the holder takes it up. The
// same steps without a script, in Chinese, at the width of a phone.
import { fault, open, see, signIn, watch } from "./lib.mjs";

const day = (years) => {
  const d = new Date();
  d.setFullYear(d.getFullYear() + years);
  return d.toISOString().slice(0, 10);
};

const ways = [
  { name: "story-en-1280", lang: "en", width: 1280, case: "ST-20260001", resident: 0 },
  { name: "story-zh-390-noscript", lang: "zh-CN", width: 390, script: false, case: "ST-20260002", resident: 1 },
];

// at is a person's browser with a way to say what stands on their page.
async function at(browser, address, way, who, seen) {
  const context = await open(browser, address, way);
  const page = await signIn(context, who, way.resident);
  watch(page);
  let n = 0;
  const shown = async (what) => {
    seen.add(await page.locator("body").getAttribute("data-page"));
    const wrong = page.locator('[role="alert"]');
    if (await wrong.count()) fault(`${way.name}/${what}`, `is refused: ${(await wrong.innerText()).replaceAll("\n", " ").slice(0, 300)}`);
    await see(page, `${way.name}/${String(++n).padStart(2, "0")}-${who.split("@")[0]}-${what}`, { axe: way.script !== false });
  };
  const send = async (form) => {
    await page.locator(`form[action="${form}"] button`).last().click();
    await page.waitForLoadState();
  };
  return { context, page, shown, send };
}

async function tell(browser, address, way, seen) {
  const asker = await at(browser, address, way, "luo.jie@social-security", seen);
  await asker.page.goto(`/search?q=${encodeURIComponent("人口基础信息")}`);
  await asker.shown("found");
  await asker.page.locator(".hits a").first().click();
  await asker.shown("set");
  await asker.page.locator('a[href^="/request?"]').first().click();
  const p = asker.page;
  await asker.shown("begin");
  await asker.send("/request");
  const request = new URL(p.url()).pathname.split("/ask/")[0];
  const said = {
    law: "中华人民共和国社会保险法", article: "第五十七条", purpose: "养老保险待遇资格核对", scenario: "核对出生日期。", from: day(0), until: day(1),
    per_day: "100", case_pattern: "ST-\\d{8}", security_measures: "专人专机。", impact_ref: "DEMO-PIA-2026-02",
  };
  for (const step of ["why", "items", "question", "volume", "protection"]) {
    const form = `form[action="${request}/ask/${step}"]`;
    for (const [name, value] of Object.entries(said)) {
      const field = p.locator(`${form} [name="${name}"]`);
      if (await field.count()) await field.fill(value);
    }
    const items = p.locator(`${form} input[name="items"]`);
    for (let i = 0; i < await items.count(); i++) if (/\/(name|born)$/.test(await items.nth(i).getAttribute("value"))) await items.nth(i).check();
    await asker.shown(`ask-${step}`);
    await p.locator(`${form} button`).first().click();
    await p.waitForLoadState();
  }
  await asker.shown("check");
  await asker.send(`${request}/submit`);
  await asker.shown("handed-in");

  const holder = await at(browser, address, way, "chen.min@civil-affairs", seen);
  await holder.page.goto("/requests");
  await holder.shown("incoming");
  await holder.page.goto(request);
  const form = holder.page.locator(`form[action="${request}"]`);
  await form.locator('[name="word"]').first().selectOption("agree").catch(() => form.locator('[name="word"][value="agree"]').check());
  const wanted = form.locator('input[name="items"]');
  for (let i = 0; i < await wanted.count(); i++) await wanted.nth(i).check();
  await holder.shown("deciding");
  await holder.send(request);
  await holder.shown("decided");

  await p.goto(request);
  const grant = await p.locator('main a[href^="/grants/"]').first().getAttribute("href");
  await p.goto(grant);
  await asker.shown("grant");
  await p.goto(`/compare?grant=${grant.split("/").pop()}`);
  const resident = await at(browser, address, way, "resident", seen);
  const door = await open(browser, address, way);
  const first = await door.newPage();
  await first.goto("/mine");
  const number = await first.locator("main li code").nth(way.resident).innerText();
  await door.close();
  await p.fill('[name="subject"]', number);
  await p.locator('[name^="value "]').last().fill("1980-01-01");
  await p.fill('[name="case"]', way.case);
  await asker.send("/compare");
  await asker.shown("compared");

  await resident.page.goto("/mine");
  await resident.shown("mine");
  if (!(await resident.page.locator("main").innerText()).includes(way.case)) fault(way.name, "the resident does not see the comparison");
  await resident.page.goto("/mydata?as=table");
  await resident.shown("table");
  await resident.page.goto("/mine");
  await resident.page.locator('a[href^="/contests/new"]').first().click();
  await resident.page.selectOption('[name="fault"]', { index: 1 });
  const own = resident.page.locator('[name="subject"]');
  if (await own.count()) await own.fill(number);
  await resident.page.fill('[name="statement"]', "登记的日期不对。");
  await resident.shown("contesting");
  await resident.send("/contests/new");
  await resident.shown("contest");
  const contest = new URL(resident.page.url()).pathname;
  const bureau = await at(browser, address, way, "lin.zhiyuan@data-bureau", seen);
  await bureau.page.goto(contest);
  await bureau.shown("contest");
  for (const who of [asker, holder, resident, bureau]) await who.context.close();
}

export async function story(browser, address, seen) {
  for (const way of ways) {
    try {
      await tell(browser, address, way, seen);
      console.log(`${way.name}: told`);
    } catch (e) {
      fault(way.name, `stops: ${e.message.split("\n").slice(0, 4).join(" ")}`);
    }
  }
}
