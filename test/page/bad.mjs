// Bad input gets a page: what nobody should send, and what happens to everybody.
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { fault, markup, open, see, watch } from "./lib.mjs";
import { like } from "./walk.mjs";

const taken = `<script>document.title="taken"</script><img src=x onerror="document.title='taken'">"'`;

// ill holds that a page of an error stands as it must: cause, remedy and trace,
// nothing of the machine, nothing that a visitor wrote come to life.
async function ill(page, name, { shot = true } = {}) {
  const html = await page.content();
  const wrong = page.locator('[role="alert"]');
  if ((await wrong.count()) === 0) fault(name, `says nothing is wrong: ${(await page.title()) || html.slice(0, 200)}`);
  else if (!/[0-9a-f]{32}/.test(await wrong.innerText())) fault(name, "has no trace");
  if (/goroutine \d|panic:|\.go:\d+|SQLITE|SELECT |pq:/.test(html)) fault(name, "shows the inside of the machine");
  await see(page, `errors/${name}`, { manner: page.manner || "errors", shot });
  await markup(name, await page.evaluate(() => document.documentElement.outerHTML).then((h) => `<!DOCTYPE html>\n${h}\n`));
}

// unharmed holds that what was typed is text and nothing else.
async function unharmed(page, name) {
  const alive = await page.evaluate(() => [document.title.includes("taken") && !document.title.includes("<"), document.querySelectorAll("img[onerror], script:not([src])").length]);
  if (alive[0] || alive[1]) fault(name, "what was typed came to life");
}

async function sitting(world, name, more = {}) {
  const context = await open(world.browser, world.at, { lang: "en", ...more });
  const who = world.people.find((p) => p.name === name);
  if (who) await context.addCookies(who.cookies);
  if (more.plain) await context.addCookies([{ name: "fontis_plain", value: "yes", url: world.at }]);
  const page = await context.newPage();
  page.manner = `errors${more.dark ? "-dark" : ""}${more.plain ? "-plain" : ""}${more.lang || ""}`;
  watch(page);
  return page;
}

const sent = (page, form) => Promise.all([page.waitForNavigation({ waitUntil: "load" }), form.evaluate((f) => {
  f.noValidate = true;
  f.querySelector("button").click();
})]);

// left are forms that would take the roles or the standing of those who go on.
const left = /^\/(language|display|officers\/[^/]+(\/state)?$|members\/[^/]+$)/;

// forms walks every form of every page: sent empty, then with a script in each
// field. Those with no field to fill do what their button says and are left.
export async function forms(world) {
  const done = new Set();
  let n = 0;
  for (const [who, list, plain] of world.people.flatMap((p) => [[p, p.list, false], [p, p.plain || [], true]])) {
    const page = await sitting(world, who.name, { lang: n % 2 ? "zh-CN" : "en", dark: n % 3 === 1, width: n % 4 === 2 ? 390 : 1280, plain });
    n++;
    for (const p of list) {
      const all = [...p.text.matchAll(/<form method="post" action="([^"]+)"[^>]*>(.*?)<\/form>/gs)].filter(([, , body]) => /<(textarea|select|input type="(?!hidden))/.test(body)).map(([, action]) => action);
      for (const action of new Set(all)) {
        if (left.test(action)) continue;
        const kind = `${p.name} ${like(action)}`;
        if (done.has(kind)) continue;
        done.add(kind);
        for (const how of ["empty", "script"]) {
          await page.goto(p.at).catch(() => page.goto(p.at)); // what the form before set off may still be on its way
          const form = page.locator(`form[method="post"][action="${action}"]`).first();
          if ((await form.count()) === 0) continue;
          const name = `${how}-${p.name}-${like(action).replaceAll(/[^a-z]+/g, "-")}`;
          await form.evaluate((f, said) => {
            for (const e of f.elements) {
              if (e.type === "hidden" || e.tagName === "BUTTON" || e.tagName === "FIELDSET") continue;
              if (said === "") {
                if (e.type === "checkbox" || e.type === "radio") e.checked = false;
                else if (e.tagName !== "SELECT" && e.type !== "file") e.value = "";
                continue;
              }
              if (e.type === "checkbox" || e.type === "radio") e.checked = true;
              else if (e.tagName === "SELECT") e.selectedIndex = e.options.length - 1;
              else if (e.type === "file") {
                const list = new DataTransfer();
                list.items.add(new File([said], `${said}.csv`, { type: "text/csv" }));
                e.files = list.files;
              } else {
                if (e.type !== "password") e.type = "text";
                e.value = said;
              }
            }
          }, how === "empty" ? "" : taken);
          const [answer] = await sent(page, form);
          await unharmed(page, name);
          const shown = await page.locator('[role="alert"]').count();
          if (answer && answer.status() >= 500) fault(name, `answers ${answer.status()}`);
          if (answer && answer.status() >= 400 && !shown) fault(name, `answers ${answer.status()} and says nothing`);
          if (shown) await ill(page, name);
          else await see(page, `errors/${name}`, { manner: page.manner, shot: false });
        }
      }
    }
    await page.context().close();
  }
  return done.size;
}

// lost and not found, and what is another's: the same page to the last letter.
async function missing(world) {
  const page = await sitting(world, "qian.li");
  const bare = (html) => html.replaceAll(/[0-9a-f]{32}/g, "").replaceAll(/value="[^"]*"/g, "").replaceAll(/\b[a-z]{1,4}-[a-z0-9]{16}\b/g, "");
  for (const [what, at] of [["not-found", "/no-such-page"], ["no-such-set", "/datasets/none"], ["no-right", "/counter"], ["no-right-audit", "/audit"]]) {
    await page.goto(at);
    await ill(page, what);
  }
  const own = new Set(world.people.find((p) => p.name === "qian.li").list.map((p) => p.at));
  const seen = new Set();
  for (const p of world.people.filter((p) => p.name !== "qian.li").flatMap((p) => p.list)) {
    const at = p.at.split("?")[0];
    if (!/\d/.test(at) || own.has(at) || seen.has(at)) continue;
    seen.add(at);
    const ask = (to) => page.context().request.get(to, { maxRedirects: 0 });
    const theirs = await ask(at);
    if (theirs.status() === 200) continue; // open to everyone, as a published set is
    const other = at.replace(/[a-z0-9]{4}(?=$|\/[a-z]*$)/, "zzzz"), never = await ask(other);
    if (theirs.status() < 400 || theirs.status() !== never.status()) fault("someone else's link", `${at} answers ${theirs.status()}, what never was ${never.status()}`);
    // A page counts the notices that came meanwhile; what tells two links apart does so each time.
    let [is, was] = [bare(await theirs.text()), bare(await never.text())];
    for (let again = 0; again < 2 && is !== was; again++) [is, was] = [bare(await (await ask(at)).text()), bare(await (await ask(other)).text())];
    if (is !== was) {
      const from = [...is].findIndex((c, i) => c !== was[i]);
      fault("someone else's link", `${at} reads otherwise than what never was: ${is.slice(from - 20, from + 60)}`);
    }
  }
  if (seen.size < 10) fault("someone else's link", `only ${seen.size} were tried`);
  await page.context().close();
}

// expired forms, sessions that ended meanwhile, two tabs, the way back.
async function late(world) {
  const page = await sitting(world, "wang.fang"), set = world.draft;
  await page.goto("/sources");
  const form = page.locator('form[method="post"][action="/sources"]');
  await form.locator('[name="form_token"]').evaluate((e) => (e.value = "of-another-page"));
  await form.locator('[name="id"]').fill("typed-before");
  await sent(page, form);
  await ill(page, "expired-form");
  if ((await page.locator('form[method="post"][action="/sources"] [name="id"]').inputValue()) !== "typed-before") fault("expired-form", "what was typed is gone");
  await page.goBack();
  if ((await page.locator("h1").count()) !== 1) fault("back", "no page stands after a failed form");

  // Without script too: back from the page after it, and there again by itself.
  const bare = await sitting(world, "wang.fang", { script: false });
  await bare.goto("/sources");
  const plain = bare.locator('form[method="post"][action="/sources"]');
  await plain.locator('[name="id"]').fill("not an id!");
  await sent(bare, plain);
  await bare.goto("/search");
  await bare.goBack();
  if ((await bare.locator('form[method="post"][action="/sources"] [name="id"]').inputValue()) !== "not an id!") fault("back without script", "the form that failed does not stand there with what was typed");
  await bare.reload();
  if ((await bare.locator('[role="alert"]').count()) !== 1) fault("reload without script", "what was wrong is not said");
  await bare.context().close();

  const other = await page.context().newPage();
  await page.goto(`${set}/edit`);
  await other.goto(`${set}/edit`);
  await other.locator('[name="abstract_zh"]').fill("另一个窗口写的。");
  await sent(other, other.locator(`form[method="post"][action="${set}/edit"]`));
  if (await other.locator('[role="alert"]').count()) fault("two tabs", "the first is refused");
  await page.locator('[name="abstract_zh"]').fill("这个窗口写的。");
  await sent(page, page.locator(`form[method="post"][action="${set}/edit"]`));
  await ill(page, "two-tabs");
  if ((await page.locator('[name="abstract_zh"]').inputValue()) !== "这个窗口写的。") fault("two-tabs", "what was typed is gone");
  await page.context().clearCookies({ name: "fontis" });
  await sent(page, page.locator(`form[method="post"][action="${set}/edit"]`));
  if (new URL(page.url()).pathname !== "/sign-in") fault("session over", `leads to ${page.url()}`);
  await see(page, "errors/session-over", { manner: "errors" });
  await page.context().close();
}

// twice is what is sent twice: by two clicks, by the same form again, by going back.
async function twice(world) {
  const page = await sitting(world, "zhao.min");
  const mine = async () => (await (await page.context().request.get("/demands")).text()).split("demand-of-twice").length - 1;
  await page.goto("/demands");
  const form = page.locator('form[method="post"][action="/demands"]');
  const said = { of: "social", name: "demand-of-twice", what: "x", law: "社会保险法", article: "1", purpose: "p", scenario: "s" };
  for (const [name, value] of Object.entries(said)) {
    const field = form.locator(`[name="${name}"]`);
    await (name === "of" ? field.selectOption(value) : field.fill(value));
  }
  const body = await form.evaluate((f) => Object.fromEntries(new FormData(f)));
  const both = await Promise.all([0, 1].map(() => page.context().request.post("/demands", { form: body, maxRedirects: 0 })));
  const places = new Set(both.map((r) => r.headers().location));
  if (both.some((r) => r.status() !== 303) || places.size !== 1) fault("sent twice", `answers ${both.map((r) => r.status())} to ${[...places]}`);
  const once = await mine();
  await Promise.all([page.waitForNavigation(), form.locator("button").dblclick({ noWaitAfter: true })]); // the same form, its key used already
  await page.waitForLoadState();
  if ((await mine()) !== once) fault("sent twice", `the same form made ${await mine()} of ${once}`);
  await page.goBack();
  if ((await page.locator("h1").innerText()) === "" || (await page.locator('form[method="post"][action="/demands"]').count()) !== 1) fault("back after a form", "the form does not stand there");
  await page.context().close();
}

// cut loses the connection in the middle of an upload.
async function cut(world) {
  const page = await sitting(world, "wang.fang");
  await page.goto("/import");
  const token = await page.locator('form[method="post"][action="/import"] [name="form_token"]').inputValue();
  const cookie = (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join("; ");
  const head = `--b\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n${token}\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="catalog.csv"\r\n\r\n`;
  const { port } = new URL(world.at);
  await new Promise((done) => {
    const line = connect(Number(port), "127.0.0.1", () => {
      line.write(`POST /import HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n${head}${"名称,单位\n".repeat(300_000)}`, () => setTimeout(() => line.resetAndDestroy(), 50));
    });
    line.on("close", done).on("error", () => {});
  });
  await page.reload();
  if ((await page.locator('form[method="post"][action="/import"]').count()) !== 1) fault("cut upload", "the page does not stand there afterwards");
  if (/panicked/.test(world.office.diary)) fault("cut upload", "the node panicked");
  await page.context().close();
}

// long are names of 300 signs: refused with a page that keeps what was typed.
async function long(world) {
  const page = await sitting(world, "li.wei", { width: 390 });
  await page.goto("/members");
  const name = "W".repeat(300);
  await page.locator('form[method="post"][action="/members"] [name="id"]').fill("long");
  await page.locator('form[method="post"][action="/members"] [name="en"]').fill(name);
  await sent(page, page.locator('form[method="post"][action="/members"]'));
  await ill(page, "long-name");
  if ((await page.locator('form[method="post"][action="/members"] [name="en"]').inputValue()) !== name) fault("long-name", "what was typed is gone");
  await page.goto(`/search?q=${name}`);
  await see(page, "errors/long-search", { manner: "errors" });
  await page.goto(`/${"x".repeat(3000)}`);
  await ill(page, "long-address");
  await page.context().close();
}

// broken is a failure of the machine itself: a file that it keeps is damaged on
// its disk. The page says so without details; the diary has them by the trace.
async function broken(world) {
  for (const more of [{}, { lang: "zh-CN", width: 390, dark: true }]) {
    const page = await sitting(world, "wang.fang", more);
    page.broken = true;
    const blobs = path.join(world.office.dir, "node");
    const files = readdirSync(blobs, { recursive: true }).map((f) => path.join(blobs, f)).filter((f) => f.includes(path.join("pages", "import")) && /sent\.json/.test(f) && statSync(f).isFile());
    if (files.length === 0) fault("broken", "no upload lies on the disk");
    for (const f of files) writeFileSync(f, "{ damaged");
    const answer = await page.goto(world.upload);
    if (answer.status() !== 500) fault("broken", `a damaged file answers ${answer.status()}`);
    await ill(page, `broken${more.lang || ""}`);
    const [trace] = (await page.locator('[role="alert"]').innerText()).match(/[0-9a-f]{32}/) || ["none"];
    if (!world.office.diary.includes(trace)) fault("broken", "the diary does not have the trace of the page");
    await page.context().close();
  }
}

// many are attempts: to guess a password, and to call without end.
async function many(world) {
  const page = await sitting(world, "");
  for (let n = 0; n < 12; n++) {
    await page.goto("/sign-in");
    await page.locator('form[method="post"][action="/sign-in"] [name="login"]').fill("sun.tai@tax");
    await page.locator('form[method="post"][action="/sign-in"] [name="password"]').fill(`guess number ${n}`);
    await sent(page, page.locator('form[method="post"][action="/sign-in"]'));
    if (n === 0) await ill(page, "wrong-password");
  }
  await ill(page, "too-many-passwords");
  if (!/minute|locked|many/i.test(await page.locator('[role="alert"]').innerText())) fault("too many attempts", `nothing holds a guesser back: ${await page.locator('[role="alert"]').innerText()}`);
  // A node that lets an address call once a second, so that no slow machine is too
  // slow to call more.
  await world.office.again("address_calls", "1.0");
  let answer;
  for (let n = 0; n < 20 && answer?.status() !== 429; n++) {
    await Promise.all(Array.from({ length: 20 }, () => page.context().request.get("/rules")));
    answer = await page.goto("/rules");
  }
  if (answer.status() === 429) await ill(page, "too-many-calls");
  else fault("too many calls", "no page says so");
  await page.context().close();
}

// bad does all of it on the node of a story that was told.
export async function bad(world) {
  let n = 0;
  for (const part of [missing, late, twice, cut, long, async function everyForm(w) { n = await forms(w); }, broken, many]) {
    try {
      await part(world);
    } catch (e) {
      fault(part.name, `stops: ${e.message.split("\n").slice(0, 3).join(" ")}`);
    }
  }
  console.log(`bad input: ${n} forms`);
}
