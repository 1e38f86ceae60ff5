// Receipts (C2SP tlog-proof) and promises of the ledger: what they say, and
// whether it holds. The formats stand in docs/protocol/ledger.md; the Go package
// internal/trust/ledger/proof is the other reader of them, and a test holds the
// two against each other.
import { base64, compare, decimal, fold, hash, hmac, included, join, leafHash, number, same, text, unread, untrue, utf8 } from "./bytes.js";
import { checkpointOf, logKey, noteText, opened, seen } from "./note.js";

const header = "c2sp.org/tlog-proof@v1", promise1 = "fontis/promise/v1", promise2 = "fontis/promise/v2", promises2 = "fontis/promises/v2";
const longest = 4 << 20, deepest = 63, mostFields = 1024;
const kinds = ["", "access", "outcome", "batch", "act", "totals", "origin", "erasure"];

export const isReceipt = (said) => said.startsWith(header + "\n");
export const isPromise = (said) => said.startsWith(promise1 + "\n") || said.startsWith(promise2 + "\n");

// shape refuses members that nobody proves, and what is no object.
function shape(o, cause, members) {
  if (o === null || typeof o !== "object" || Array.isArray(o) || Object.keys(o).some((k) => !members.includes(k))) throw unread(cause);
}

function hashes(list, cause) {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw unread(cause);
  return list.map((s) => hash(s) || (() => { throw unread(cause); })());
}

function fieldsOf(list) {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw unread("opening-form");
  return list.map((f) => {
    shape(f, "opening-form", ["name", "value", "key"]);
    const value = base64(f.value), key = hash(f.key);
    if (typeof f.name !== "string" || !value || !key) throw unread("opening-form");
    return { name: f.name, value, key };
  });
}

function openingOf(o) {
  if (o === undefined || o === null) return null;
  shape(o, "opening-form", ["v", "fields", "others", "row"]);
  if (o.v !== 1) throw unread("opening-form");
  const out = { fields: fieldsOf(o.fields), others: hashes(o.others, "opening-form"), row: null };
  if (o.row === undefined || o.row === null) return out;
  shape(o.row, "opening-form", ["index", "count", "fields", "others", "path"]);
  const whole = (n) => (Number.isSafeInteger(n) && n >= 0 ? BigInt(n) : (() => { throw unread("opening-form"); })());
  out.row = { index: whole(o.row.index), count: whole(o.row.count), fields: fieldsOf(o.row.fields), others: hashes(o.row.others, "opening-form"), path: hashes(o.row.path, "opening-form") };
  return out;
}

// receiptOf reads a receipt and proves nothing.
export function receiptOf(said) {
  if (said.length > longest) throw unread("too-large");
  const cut = said.indexOf("\n\n"), lines = said.slice(0, cut).split("\n");
  if (cut < 0 || lines[0] !== header || lines.length < 3 || !lines[1].startsWith("extra ") || !lines[2].startsWith("index ") || lines.length - 3 > deepest) throw unread("receipt-form");
  let x;
  try {
    x = JSON.parse(text(base64(lines[1].slice(6))));
  } catch {
    throw unread("extra-form");
  }
  shape(x, "extra-form", ["v", "leaf", "trace", "policy", "opening"]);
  const leaf = base64(x.leaf), trace = x.trace || "", index = decimal(lines[2].slice(6));
  if (x.v !== 1 || typeof trace !== "string" || (trace && !/^[0-9a-f]{32}$/.test(trace)) || typeof (x.policy || "") !== "string") throw unread("extra-form");
  if (!leaf || leaf.length !== 34 || leaf[0] !== 1 || !kinds[leaf[1]]) throw unread("leaf-form");
  if (index === null) throw unread("receipt-form");
  const r = { index, leaf, kind: kinds[leaf[1]], trace, policy: x.policy || "", opening: openingOf(x.opening), path: hashes(lines.slice(3), "receipt-form"), checkpoint: said.slice(cut + 2) };
  r.head = checkpointOf(r.checkpoint);
  return r;
}

// digest is HMAC-SHA-256 under the field's own key.
function digest(f) {
  const name = utf8(f.name);
  return hmac(f.key, join(Uint8Array.of(name.length >> 8, name.length & 255), name, f.value));
}

// openedRoot refuses two shown fields of one name: a reader would believe one.
async function openedRoot(fields, others) {
  if (fields.length + others.length > mostFields) throw unread("opening-form");
  const names = new Set(), all = [...others];
  for (const f of fields) {
    if (!/^[!-~]{1,255}$/.test(f.name)) throw unread("opening-form");
    if (names.has(f.name)) throw untrue("twice", f.name);
    names.add(f.name);
    all.push(await digest(f));
  }
  all.sort(compare);
  return fold(await Promise.all(all.map(leafHash)));
}

export function valueOf(o, name) {
  const f = (o.row ? o.row.fields : []).find((x) => x.name === name) || o.fields.find((x) => x.name === name);
  return f && f.value;
}

async function checkOpening(leaf, o) {
  if (!o.fields.length) throw untrue("no-field");
  if (!same(await openedRoot(o.fields, o.others), leaf.slice(2))) throw untrue("opening");
  if (!o.row) return;
  const rows = o.fields.find((f) => f.name === "rows");
  if (!rows) throw untrue("rows-missing");
  if (rows.value.length !== 40) throw unread("opening-form");
  const count = number(rows.value.slice(32));
  if (o.row.count !== count || o.row.index >= count) throw untrue("row-outside", o.row.index, o.row.count, count);
  if (!o.row.fields.length) throw untrue("no-field");
  const own = await openedRoot(o.row.fields, o.row.others);
  if (!(await included(rows.value.slice(0, 32), await leafHash(own), o.row.index, count, o.row.path))) throw untrue("row-path", o.row.index, count);
}

// checkReceipt checks everything that a receipt says, against nothing but the
// policy. Too few witnesses are the last thing it says.
export async function checkReceipt(r, policy) {
  const s = await seen(policy, r.checkpoint);
  if (r.index >= s.size) throw untrue("outside", r.index, s.size);
  if (!(await included(s.root, await leafHash(r.leaf), r.index, s.size, r.path))) throw untrue("inclusion", r.index, s.size);
  if (r.opening) {
    await checkOpening(r.leaf, r.opening);
    const trace = valueOf(r.opening, "trace");
    if (trace && r.trace && compare(trace, utf8(r.trace)) !== 0) throw untrue("trace", r.trace);
  }
  return s;
}

// promiseOf reads a promise of either version and proves nothing.
export function promiseOf(said) {
  const bad = () => unread("promise-form");
  const body = noteText(said, "promise-form");
  const first = said.startsWith(promise1 + "\n"), cut = body.indexOf("\n\n");
  if (!first && cut < 0) throw bad();
  const lines = (first ? body.slice(0, -1) : body.slice(0, cut)).split("\n");
  const p = { origin: lines[1], index: decimal(lines[2] || ""), leaf: hash(lines[3]), at: decimal(lines[4] || ""), trace: lines[5], signed: said, among: null };
  if ((first ? lines.length !== 6 : lines.length < 7) || !p.origin || p.index === null || !p.leaf || p.at === null || !/^[0-9a-f]{32}$/.test(p.trace)) throw bad();
  if (first) return p;
  const group = body.slice(cut + 2).split("\n");
  const place = decimal(lines[6]), count = decimal(group[2] || ""), root = hash(group[3]);
  if (group.length !== 5 || group[0] !== promises2 || group[1] !== p.origin || group[4] !== "" || place === null || count === null || !root || lines.length - 7 > deepest) throw bad();
  p.signed = said.slice(cut + 2);
  p.among = { own: utf8(lines.slice(0, 6).join("\n") + "\n"), place, count, root, path: hashes(lines.slice(7), "promise-form") };
  return p;
}

// checkPromise checks a promise against the log's key, and against nothing else.
export async function checkPromise(p, policy) {
  const { key } = await logKey(policy, p.origin);
  await opened(p.signed, key);
  const a = p.among;
  if (a && !(await included(a.root, await leafHash(a.own), a.place, a.count, a.path))) throw untrue("promise-root", p.index);
}

// keeps tells whether the receipt keeps the promise: same log, same index, same leaf.
export async function keeps(r, p) {
  return r.head.origin === p.origin && r.index === p.index && same(await leafHash(r.leaf), p.leaf);
}
