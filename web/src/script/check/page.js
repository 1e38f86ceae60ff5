// What a reader of the check sees: a form that takes files or text, and a verdict
// on each. Values go in as text, never as markup.
import { hex, number } from "./bytes.js";
import { judge } from "./judge.js";

const make = (name, props, ...inside) => {
  const e = Object.assign(document.createElement(name), props);
  e.append(...inside);
  return e;
};

// say is the sentence of a key with its parameters.
function say(texts, key, ...args) {
  return args.reduce((s, a, i) => s.replaceAll(`{${i + 1}}`, a), texts[key] || key);
}

// moment writes a time as the pages do, in the official time of the country.
function moment(at) {
  return new Date(at.getTime() + 8 * 3600e3).toISOString().slice(0, 19).replace("T", " ") + " UTC+8";
}

const spoken = (t, x) => (x instanceof Date ? moment(x) : t[`check.kind.${x}`] || String(x));

const called = /^(member|provider|role|items|answers)$/;

// namesOf asks the site for the names of what the receipts name by their ids; a saved
// page, and whoever is not signed in, reads the ids alone.
async function namesOf(at, verdicts) {
  const fields = verdicts.flatMap((v) => v.fields).filter((f) => called.test(f.name));
  const ids = new Set(fields.flatMap((f) => new TextDecoder().decode(f.value).match(/[\w/-]+/g) || []));
  if (!at || !ids.size) return {};
  const answer = await fetch(at + "?of=" + [...ids].slice(0, 60).join("&of=")).catch(() => ({}));
  return answer.ok ? answer.json() : {};
}

// readable is a field's value in the reader's words, with the names beside the ids.
function readable(t, f, names) {
  const named = (x) => (Object.hasOwn(names, x) ? `${names[x]} (${x})` : x);
  if (f.name === "rows" && f.value.length === 40) return String(number(f.value.slice(32)));
  let s;
  try {
    s = new TextDecoder("utf-8", { fatal: true }).decode(f.value);
  } catch {
    return hex(f.value);
  }
  const kind = { question: "question", state: "", refused: "error", officer_named: "named" }[f.name];
  if (f.name === "time" || f.name === "as_of") return isNaN(Date.parse(s)) ? s : moment(new Date(s));
  if (kind !== undefined) return t[kind === "error" ? `error.${s}.title` : kind ? `page.word.${kind}.${s}` : `check.state.${s}`] || s;
  if (!/^[[{]/.test(s)) return called.test(f.name) ? s.split(" ").map(named).join(t["check.comma"]) : s;
  try {
    const v = JSON.parse(s);
    const word = (x) => t[`page.word.answer.${x}`] || t[`page.word.reason.${x}`] || String(x);
    if (Array.isArray(v)) return v.map(named).join(t["check.comma"]);
    return Object.entries(v).map(([k, x]) => named(k) + t["check.colon"] + word(x)).join(t["check.comma"]);
  } catch {
    return s;
  }
}

function list(t, title, lines) {
  return lines.length ? [make("h3", { textContent: t[title] }), make("ul", {}, ...lines)] : [];
}

// draw is one verdict.
function draw(t, v, names) {
  const bad = v.findings.length > 0;
  const box = make("section", { className: bad ? "wrong" : v.word === "sound" ? "done" : "note" });
  box.dataset.word = v.word;
  if (v.name) box.append(make("p", { className: "small" }, make("bdi", { textContent: v.name })));
  box.append(make("h2", { textContent: t[`check.word.${v.word}`] }), make("p", { textContent: t[`check.means.${v.word}`] }));
  box.append(...list(t, "check.wrong", v.findings.map((f) => {
    const line = make("li", { textContent: say(t, `check.cause.${f.cause}`, ...f.said) });
    line.dataset.cause = f.cause;
    return line;
  })));
  const line = (group) => ([key, ...said]) => make("li", { textContent: say(t, `${group}.${key}`, ...said.map((x) => spoken(t, x))) });
  box.append(...list(t, "check.proved", v.proven.map(line("check.proven"))));
  if (v.fields.length && !bad) {
    box.append(make("h3", { textContent: t["check.said"] }));
    const dl = make("dl", {});
    for (const f of v.fields) dl.append(make("dt", { textContent: t[`check.field.${f.name}`] || f.name }), make("dd", {}, make("bdi", { textContent: readable(t, f, names) })));
    box.append(dl);
    if (v.hidden) box.append(make("p", { className: "small", textContent: say(t, "check.hidden", v.hidden) }));
  }
  const notes = v.notes.map(line("check.notes"));
  if (v.receipt && !bad) notes.push(make("li", { textContent: t["check.notes.truth"] }));
  box.append(...list(t, "check.note", notes));
  return box;
}

// show puts the form into its place and judges what is given to it.
export function show(root, texts) {
  const t = texts[root.dataset.lang] || texts.en;
  const files = make("input", { type: "file", multiple: true, id: "check-files", className: "govuk-file-upload" });
  files.setAttribute("aria-describedby", "check-hint");
  const pasted = make("textarea", { id: "check-text", rows: 5, spellcheck: false, className: "govuk-textarea", dir: "ltr" });
  const out = make("div", { id: "check-out" });
  out.setAttribute("role", "status");
  const label = (id, key) => make("label", { htmlFor: id, className: "govuk-label", textContent: t[key] });
  const form = make("form", { id: "check-form" },
    make("div", { className: "govuk-form-group" }, label("check-files", "check.files"), make("div", { id: "check-hint", className: "govuk-hint", textContent: t["check.files_hint"] }), files),
    make("div", { className: "govuk-form-group" }, label("check-text", "check.pasted"), pasted),
    make("button", { className: "govuk-button", textContent: t["check.button"] }));
  const answer = async (given) => {
    if (!given.length) return out.replaceChildren(make("p", { className: "note", textContent: t["check.none"] }));
    out.setAttribute("aria-busy", "true");
    const verdicts = await judge(given).catch(() => null);
    out.removeAttribute("aria-busy");
    if (verdicts && !verdicts.length) return answer([]);
    if (!verdicts) return out.replaceChildren(make("p", { className: "wrong", textContent: t["check.broken"] }));
    const names = await namesOf(root.dataset.names, verdicts);
    return out.replaceChildren(...verdicts.map((v) => draw(t, v, names)));
  };
  const chosen = async () => {
    const given = await Promise.all([...files.files].map(async (f) => ({ name: f.name, bytes: new Uint8Array(await f.arrayBuffer()) })));
    const said = pasted.value.replace(/\r\n/g, "\n").trimStart();
    if (said) given.push({ name: "", bytes: new TextEncoder().encode(said.endsWith("\n") ? said : said + "\n") });
    return given;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    chosen().then(answer, () => answer([]));
  });
  root.replaceChildren(form, out);
  if (root.dataset.fetch) arrive(root.dataset.fetch.split(" ")).then((given) => given.length && answer(given));
}

// arrive fetches the receipts that the page was opened with; one that is not
// there yet is left out.
async function arrive(paths) {
  const out = [];
  for (const path of paths) {
    const got = await fetch(path, { headers: { Accept: "text/plain" } }).catch(() => null);
    if (!got || !got.ok || got.redirected) continue;
    out.push({ name: path.split("/").slice(-3).filter((s) => s !== "receipt").join("-"), bytes: new Uint8Array(await got.arrayBuffer()) });
  }
  return out;
}
