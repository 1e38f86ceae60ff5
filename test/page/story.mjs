// story is the way of one datum through everybody's hands, from an empty node to
// the auditor's finding, by pages alone: the data bureau admits departments, one
// brings its own list and its own table, another asks and compares, the person
// sees it, contests it and is heard, and an auditor draws a sample. After it, what
// a platform does around that: a list of questions, a change of status, a word
// given to a firm, a demand, an emergency.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fault, open, see, watch } from "./lib.mjs";
import { Keys, Mouse } from "./hands.mjs";
import { residents } from "./office.mjs";

// The hands in which the story is told. Some write what no form expects into
// every text: it is shown as text, on one line or broken, and never acted on.
const inks = {
  plain: (s) => s,
  long: (s, most = 300) => [...(s + "名".repeat(most))].slice(0, most).join(""),
  mixed: (s) => `${s} שלום עולם مرحبا بكم 👩🏽 🏛️ e\u0301\u0323`,
  script: (s) => `${s}</textarea><script>document.title="taken"</script><img src=x onerror=alert(1)>"'`,
};
export const ways = [
  { name: "story-en-1280", lang: "en", width: 1280, ink: "plain" },
  { name: "story-zh-390", lang: "zh-CN", width: 390, ink: "long" },
  { name: "story-en-390-noscript", lang: "en", width: 390, script: false, ink: "mixed" },
  { name: "story-zh-1280-noscript", lang: "zh-CN", width: 1280, script: false, ink: "plain" },
  { name: "story-en-1280-keys", lang: "en", width: 1280, keys: true, ink: "script" },
];

const day = (years, days = 0) => {
  const d = new Date();
  d.setFullYear(d.getFullYear() + years, d.getMonth(), d.getDate() + days);
  return d.toISOString().slice(0, 10);
};

// Person is somebody at a browser of their own.
class Person {
  static async sit(tale, name) {
    const p = new Person();
    Object.assign(p, { tale, name, way: tale.way });
    p.context = await open(tale.browser, tale.office.at, tale.way);
    p.page = await p.context.newPage();
    p.hand = p.way.keys ? new Keys(p.page) : new Mouse(p.page);
    watch(p.page);
    tale.people.set(name, p);
    return p;
  }

  go(path) {
    return this.hand.go(path);
  }

  follow(selector) {
    return this.hand.follow(this.page.locator(selector).first());
  }

  // menu takes the way of the menu, which a narrow page folds away.
  async menu(path) {
    const line = this.page.locator(`nav.menu a[href="${path}"]`);
    if ((await line.count()) === 0) throw new Error(`the menu of ${this.name} has no ${path}`);
    if (!(await line.first().isVisible())) await this.hand.unfold(this.page.locator("nav.narrow summary"));
    await this.hand.follow(line.locator("visible=true").first());
  }

  form(action) {
    return this.page.locator(`form[method="post"][action="${action}"], form.seek[action="${action}"]`);
  }

  // fill writes, chooses, ticks and attaches what is said, by the names of the fields.
  async fill(action, said) {
    for (const [name, value] of Object.entries(said)) {
      const field = this.form(action).locator(`[name="${name}"]`);
      const kind = await field.first().evaluate((e) => (e.tagName === "SELECT" ? "select" : e.type));
      if (kind === "select") await this.hand.choose(field.first(), value);
      else if (kind === "file") await this.hand.attach(field.first(), value);
      else if (kind === "checkbox" || kind === "radio") for (const v of [value].flat()) await this.hand.tick(this.form(action).locator(`[name="${name}"][value$="${v}"]`).first());
      else await this.hand.write(field.first(), value);
    }
  }

  // send fills a form, sends it, and says what stands there then.
  async send(action, said = {}, what = "") {
    const button = said.button;
    delete said.button;
    await this.fill(action, said);
    await this.hand.press(button ? this.page.locator(button).first() : this.form(action).locator("button").last());
    if (what) await this.shown(what);
  }

  // ask fills a form that only asks, whose address then holds what was asked.
  async ask(action, said, what) {
    const form = this.page.locator(`form[method="get"][action="${action}"]`).filter({ has: this.page.locator(`[name="${Object.keys(said)[0]}"]`) });
    for (const [name, value] of Object.entries(said)) await this.hand.write(form.locator(`[name="${name}"]`).first(), value);
    await this.hand.press(form.locator("button").last());
    await this.shown(what);
  }

  async shown(what) {
    const name = await this.page.locator("body").getAttribute("data-page");
    this.tale.seen.add(name);
    this.tale.visits.push({ who: this.name, at: new URL(this.page.url()).pathname + new URL(this.page.url()).search, name });
    const wrong = this.page.locator('[role="alert"]');
    if (await wrong.count()) throw new Error(`${this.name} at ${what}: ${(await wrong.innerText()).replaceAll("\n", " ").slice(0, 500)}`);
    if (name === "error") throw new Error(`${this.name} at ${what}: an error page at ${this.page.url()}`);
    await see(this.page, `${this.way.name}/${String(++this.tale.pages).padStart(3, "0")}-${this.name}-${what}`, { axe: this.way.script !== false && !this.way.keys, shot: !this.way.keys });
  }

  text() {
    return this.page.locator("main").innerText();
  }

  // expect holds that a word stands on the page.
  async expect(word) {
    if (!(await this.text()).includes(word)) fault(`${this.way.name}: ${new URL(this.page.url()).pathname} of ${this.name}`, `does not say ${word}`);
  }

  address() {
    return new URL(this.page.url()).pathname;
  }
}

// Tale is one telling, with everybody in it.
export class Tale {
  constructor(browser, office, way, seen) {
    Object.assign(this, { browser, office, way, seen, people: new Map(), visits: [], pages: 0 });
    this.say = inks[way.ink];
  }

  who(name) {
    return this.people.get(name);
  }

  async tell() {
    for (const chapter of [this.bureau, this.list, this.source, this.publish, this.request, this.compare, this.batch, this.mine, this.contest, this.status, this.word, this.audit, this.around]) {
      await chapter.call(this);
    }
  }

  // invited sits down with a one-time code.
  async invited(name, code) {
    const p = await Person.sit(this, name);
    await p.go("/invitation");
    const password = `${name} sings at dawn`;
    await p.shown("invitation");
    await p.send("/invitation", { code, password, again: password });
    return p;
  }

  async bureau() {
    const li = await this.invited("li.wei", this.office.code);
    await li.menu("/members");
    await li.shown("members");
    for (const [id, zh, kind] of [["social", "人社局", "department"], ["tax", "税务局", "department"], ["bank", "第一银行", "firm"], ["audit", "审计局", "auditor"]]) {
      await li.menu("/members");
      await li.send("/members", { id, zh: this.say(zh, 100), kind }, `member-${id}`);
    }
    const codes = {};
    const note = async () => {
      const said = await li.page.locator('section[role="status"]').innerText();
      for (const [, login, code] of said.matchAll(/([a-z.]+)@[a-z-]+\s+([0-9A-Z]{4}(?:-[0-9A-Z]{4})+)/g)) codes[login] = code;
    };
    await li.go("/officers?member=social");
    await li.shown("officers");
    await li.send("/officers", { login: "wang.fang", name: this.say("王芳", 100), roles: "steward" }, "invited");
    await note();
    const list = [["login", "name", "member", "roles"], ["he.ping", "何平", "social", "steward"], ["zhao.min", "赵敏", "tax", "user"], ["qian.li", "钱莉", "bank", "user"],
      ["feng.jing", "冯静", "audit", "auditor"], ["guo.yun", "郭云", "bureau", "counter"], ["sun.tai", "孙泰", "tax", "steward"], ["ma.hai", "马海", "bureau", "operator"], ["no role", "无", "tax", "king"]];
    await li.send("/officers/list", { file: { name: "officers.csv", mimeType: "text/csv", buffer: Buffer.from(list.map((r) => r.join(",")).join("\n")) } }, "list-invited");
    await note();
    for (const login of ["wang.fang", "he.ping", "zhao.min", "qian.li", "feng.jing", "guo.yun", "sun.tai", "ma.hai"]) {
      if (!codes[login]) throw new Error(`no code for ${login}`);
      await this.invited(login, codes[login]);
    }
    await li.go("/officers/wang.fang@social");
    await li.shown("officer");
  }

  async list() {
    const wang = this.who("wang.fang");
    await wang.menu("/desk");
    await wang.shown("empty-desk");
    this.office.run("sample-workbook", "catalog.xlsx", "--lines", "60");
    await wang.menu("/import");
    await wang.shown("import");
    await wang.send("/import", { file: path.join(this.office.dir, "catalog.xlsx") }, "mapping");
    this.upload = wang.address();
    await wang.send(this.upload, {}, "imported");
    if ((await wang.page.locator("main tbody tr").count()) === 0) fault(this.way.name, "the import rejected no line; two data sets must be");
    const rejected = await wang.context.request.get(`${this.upload}/rejected.xlsx`);
    if (rejected.status() !== 200 || !(await rejected.body()).subarray(0, 2).equals(Buffer.from("PK"))) fault(this.way.name, "the workbook of rejected lines does not come");
    await wang.menu("/todo");
    await wang.shown("todo");
    await wang.follow('main a[href="/todo/impact_ref"]');
    await wang.shown("fill");
    await wang.send("/todo/impact_ref", { value: "PIA-2026-1" }, "preview");
    await wang.send("/todo/impact_ref/apply", {}, "filled");
    await wang.go("/datasets/new");
    await wang.shown("new");
    await wang.send("/datasets/new", { name_zh: this.say("养老金发放记录"), update_cycle: "irregular" }, "items");
    await wang.send(wang.address(), { code: "paid_on", name_zh: this.say("发放日期"), type: "date" }, "item-put");
    await wang.go(wang.address().replace("/items", "/edit"));
    await wang.shown("edit");
    await wang.send(wang.address(), { abstract_zh: this.say("何时发放养老金。") }, "edited");
    this.draft = wang.address();
    await wang.go(`/search?q=${encodeURIComponent("社会保险参保登记")}`);
    await wang.follow(".hits a");
    this.set = wang.address();
    await wang.shown("draft");
  }

  async source() {
    const wang = this.who("wang.fang");
    await wang.menu("/sources");
    await wang.shown("sources");
    await wang.send("/sources", { id: "insurance", ...this.office.source }, "source");
    await wang.send("/sources/insurance", {}, "source-checked");
    for (const [item, more] of [["birth_date", { compare: "date" }], ["insured_status", { compare: "exact", status: "insured", status_when: "insured_status in ('paying')" }]]) {
      await wang.go(this.set);
      await wang.follow(`main a[href^="/bind?item="][href$="${item}"]`);
      await wang.shown("bind");
      const ends = { column: `insurance\tpublic.${this.office.table}\t${item}`, subject: `insurance\tpublic.${this.office.table}\tperson_id` };
      await wang.send("/bind", { ...more, ...ends }, "bound");
      if ((await wang.text()).includes("1950-04-22")) fault(this.way.name, "the sample of a binding shows a stored value");
    }
  }

  async publish() {
    const he = this.who("he.ping"), wang = this.who("wang.fang");
    await he.go(this.set);
    await he.follow(`main a[href="${this.set}/review"]`);
    await he.shown("review");
    await he.send(`${this.set}/review`, { result: "listable", basis: this.say("保守国家秘密法 第十三条：不属于国家秘密") }, "checked");
    await wang.go(this.set);
    await wang.send(`${this.set}/publish`, {}, "published");
  }

  async request() {
    const zhao = this.who("zhao.min"), wang = this.who("wang.fang");
    await zhao.menu("/search");
    await zhao.send("/search", { q: "社会保险参保登记", button: "form.seek button" }, "found");
    await zhao.follow(".hits a");
    await zhao.shown("set");
    await zhao.follow('main a[href^="/request?"]');
    await zhao.shown("begin");
    await zhao.send("/request");
    this.asked = zhao.address().split("/ask/")[0];
    const matters = {
      why: { purpose: this.say("待遇审核", 200), scenario: this.say("养老待遇核定"), law: "社会保险法", article: "第七十四条" },
      items: { items: "/birth_date" }, question: { question: "compare", carriages: ["single", "batch"] },
      volume: { from: day(0), until: day(1), per_day: "1000", case_pattern: "P-[0-9]+" }, protection: { security_measures: this.say("两人复核，不留副本"), impact_ref: "PIA-2026-1" },
    };
    for (const [step, said] of Object.entries(matters)) {
      await zhao.shown(`ask-${step}`);
      const action = `${this.asked}/ask/${step}`;
      await zhao.send(action, { ...said, button: `form[method="post"][action="${action}"] button` });
    }
    await zhao.shown("check");
    await zhao.send(`${this.asked}/submit`, {}, "handed-in");
    await wang.go(this.asked);
    await wang.send(`${this.asked}/take/supplement`, { reason: this.say("请写明由谁使用。") }, "lacking");
    await zhao.go(this.asked);
    await zhao.follow(`main a[href="${this.asked}/supply"]`);
    await zhao.shown("supply");
    await zhao.send(`${this.asked}/supply`, { scenario: this.say("由待遇科两名工作人员核定养老待遇。") }, "supplied");
    await wang.menu("/requests");
    await wang.shown("incoming");
    await wang.follow(`main a[href="${this.asked}"]`);
    await wang.shown("deciding");
    await wang.send(this.asked, { word: "agree" }, "to-be-decided");
    await wang.send(this.asked, { button: "#sure form button" }, "decided");
    await zhao.go(this.asked);
    await zhao.follow('main a[href^="/grants/"]');
    await zhao.shown("grant");
    this.grant = zhao.address().split("/").pop();
  }

  async ask(name, grant, [number, , born], said, what) {
    const p = this.who(name);
    await p.go(`/compare?grant=${grant}`);
    const value = await p.page.locator('[name^="value "]').first().getAttribute("name");
    await p.send("/compare", { subject: number, [value]: said || born, ...(p.case ? {} : { case: "P-17" }) }, what);
  }

  async compare() {
    await this.who("zhao.min").menu("/compare");
    await this.who("zhao.min").shown("compare");
    await this.ask("zhao.min", this.grant, residents[0], "", "match");
    await this.ask("zhao.min", this.grant, residents[1], "1951-01-07", "mismatch");
    await this.ask("zhao.min", this.grant, residents[5], "1953-11-07", "unknown");
    const zhao = this.who("zhao.min");
    await zhao.menu("/accesses");
    await zhao.go("/accesses?side=caller");
    await zhao.shown("accesses");
    await zhao.follow('main a[href^="/accesses/"]');
    await zhao.shown("why");
    await zhao.follow('main a[href$="/receipt"]');
    await zhao.shown("receipt");
  }

  async batch() {
    const zhao = this.who("zhao.min");
    await zhao.menu("/batches");
    await zhao.shown("batches");
    const lines = ["subject,case,birth_date", ...residents.slice(0, 5).map((r, i) => `${r[0]},P-${20 + i},${r[2]}`)];
    await zhao.send("/batches", { file: { name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(lines.join("\n")) } });
    for (let n = 0; n < 100 && (await zhao.page.locator('a[href$="/answers.csv"]').count()) === 0; n++) {
      await zhao.page.waitForTimeout(200);
      await zhao.page.reload();
    }
    await zhao.shown("batch-done");
    const answers = await (await zhao.context.request.get(await zhao.page.locator('a[href$="/answers.csv"]').getAttribute("href"))).text();
    if (answers.split("match").length !== 6) fault(this.way.name, `the answers of the batch are ${answers}`);
  }

  // resident comes with a permit that the counter gave.
  async resident(name, number) {
    const guo = this.who("guo.yun");
    await guo.menu("/counter");
    await guo.send("/counter/permit", { subject: number }, "permit");
    const permit = (await guo.page.locator("main p code, main pre").first().innerText()).trim();
    const p = await Person.sit(this, name);
    await p.go("/mine");
    await p.shown("door");
    await p.send("/mine", { permit }, "mine");
    return p;
  }

  async mine() {
    const guo = this.who("guo.yun");
    await guo.menu("/counter");
    await guo.shown("counter");
    await guo.send("/counter", { subject: residents[0][0], document: { index: 1 } }, "shown-at-counter");
    const chen = await this.resident("chen.an", residents[0][0]);
    await chen.expect("P-17");
    await chen.follow('main a[href^="/mydata?as=table"]');
    await chen.shown("table");
    await chen.go("/mine");
    await chen.follow('main a[href$="/receipt"]');
    await chen.shown("receipt");
    await chen.menu("/mandates");
    await chen.send("/mandates", { agent: residents[3][0], acts: "view", until: day(1) }, "mandate");
  }

  async contest() {
    const chen = this.who("chen.an"), li = this.who("li.wei"), wang = this.who("wang.fang"), zhao = this.who("zhao.min");
    await chen.menu("/mine");
    await chen.follow('main a[href^="/contests/new"]');
    await chen.shown("raise");
    const own = (await chen.page.locator('[name="subject"]').count()) ? { subject: residents[0][0] } : {};
    await chen.send("/contests/new", { fault: { index: 2 }, claimed: "1950-04-23", statement: this.say("登记的日期不对。"), ...own }, "raised");
    const at = chen.address();
    const step = async (p, act, said, what) => {
      await p.go(at);
      await p.send(`${at}/${act}`, said, what);
    };
    await step(li, "accept", {}, "accepted");
    if (await li.form(`${at}/route`).count()) await step(li, "route", {}, "routed");
    await step(wang, "open", {}, "said");
    await step(wang, "take", {}, "taken");
    this.office.correct(residents[0][0], "birth_date", "1950-04-23");
    await step(wang, "correct", {}, "corrected");
    await zhao.go("/corrections");
    await zhao.shown("corrections");
    await zhao.follow('main a[href^="/corrections/"]');
    await zhao.shown("correction");
    await zhao.send(zhao.address(), { state: { index: 0 }, reason: this.say("已按新值重新核定。") }, "answered");
    await chen.go(at);
    await chen.shown("followed");
    await this.ask("zhao.min", this.grant, residents[0], "1950-04-23", "match-again");
    await chen.menu("/contests");
    await chen.shown("contests");
  }

  async status() {
    const wang = this.who("wang.fang"), he = this.who("he.ping"), chen = this.who("chen.an");
    await wang.go("/status-acts");
    await wang.shown("status-acts");
    await wang.send("/status-acts", {
      item: `${this.set.split("/").pop()}/insured_status`, subject: residents[0][0], value: "ended", evidence_id: "2026-17", law: "社会保险法", article: "第五十八条", reason: this.say("本人申请终止。"),
    }, "proposed");
    const at = wang.address();
    await he.go(at);
    await he.shown("second");
    await he.send(`${at}/confirm`, {}, "confirmed");
    await chen.go(at);
    await chen.shown("told");
    await chen.go("/notices");
    await chen.shown("notices");
  }

  // word is a person's authorisation of a firm.
  async word() {
    const qian = this.who("qian.li"), li = this.who("li.wei"), chen = this.who("chen.an");
    await qian.menu("/authorisations");
    await qian.shown("registrations");
    await qian.send("/authorisations", {
      dataset: this.set.split("/").pop(), items: "birth_date", question: "compare", purpose: this.say("开户核实", 200), service: this.say("远程开户", 200), law: "个人信息保护法", article: "第十三条",
      most: "30", per_day: "10", case_pattern: "K-[0-9]+", security_measures: this.say("用后即删"),
    }, "registered");
    const at = qian.address();
    await li.go(at);
    await li.shown("reviewing");
    await li.send(`${at}/approve`, { reason: this.say("范围与服务相称。"), citation: "个人信息保护法 第六条" }, "approved");
    await chen.menu("/authorisations");
    await chen.shown("offers");
    await chen.follow(`main a[href="${at}/offer"]`);
    await chen.shown("offer");
    await chen.send(`${at}/offer`, {}, "given");
    await chen.hand.press(chen.page.locator('form[action$="/withdraw"] button').first());
    await chen.shown("withdrawn");
  }

  async audit() {
    const feng = this.who("feng.jing"), zhao = this.who("zhao.min");
    await feng.menu("/audit");
    await feng.shown("audit");
    const [seed, hash] = this.seed();
    await feng.follow('main a[href="/audit/draws"]');
    await feng.shown("draws");
    await feng.send("/audit/draws", { seed_hash: hash, from: day(0, -2), until: day(0, 2), count: "5", reason: this.say("例行抽查", 150) }, "committed");
    await feng.page.waitForTimeout(1500); // a checkpoint later than the commitment
    await feng.send(await feng.page.locator('form[action^="/audit/draws/"]').first().getAttribute("action"), { seed }, "drawn");
    const list = await feng.page.locator('main a[href^="/audit/cases/"]').evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    for (const at of list) {
      await feng.go(at);
      if (!(await feng.form(`${at}/ask`).count())) continue;
      await feng.shown("case");
      await feng.send(`${at}/ask`, {}, "case-asked");
      for (const p of [this.who("wang.fang"), this.who("sun.tai")]) {
        if ((await p.context.request.get(at)).status() !== 200) continue;
        await p.go(at);
        await p.shown("case-to-answer");
        await p.send(`${at}/answer`, { answer: this.say("依申请核定待遇，案卷在第 17 号柜。") }, "case-answered");
      }
      await feng.go(at);
      await feng.send(`${at}/find`, { verdict: { index: 1 }, reason: this.say("用途与依据相符。") }, "found");
      break;
    }
    await feng.go("/audit/reports");
    await feng.ask("/audit/reports", { from: day(-1), until: day(0, -1) }, "report-draft");
    await feng.send("/audit/reports", {}, "report");
  }

  seed() {
    const said = JSON.parse(this.office.run("audit", "seed", "--json"));
    return [readFileSync(path.join(this.office.dir, said.file), "utf8").trim(), said.hash];
  }

  // around is what else departments do with each other.
  async around() {
    const zhao = this.who("zhao.min"), wang = this.who("wang.fang"), ma = this.who("ma.hai");
    await zhao.menu("/demands");
    await zhao.send("/demands", { of: "social", name: this.say("丧葬补助领取记录", 200), what: this.say("领取人与日期。"), law: "社会保险法", article: "第十七条", purpose: this.say("待遇审核", 200), scenario: this.say("核对是否重复领取。") }, "demanded");
    await wang.menu("/demands");
    await wang.shown("demands");
    await wang.go(`${this.set}/review`);
    await wang.send(`${this.set}/review/change`, { cause: { index: 0 }, on: day(0), reason: this.say("系统升级。") }, "announced");
    await zhao.menu("/emergencies");
    await zhao.shown("emergencies");
    await ma.menu("/health");
    await ma.shown("health");
    await ma.menu("/machines");
    await ma.shown("machines");
    await ma.go("/display");
    await ma.shown("display");
  }

  async close() {
    for (const p of this.people.values()) await p.context.close();
  }
}
