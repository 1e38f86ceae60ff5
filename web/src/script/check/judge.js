// The verdict on the files that somebody chose: receipts, promises, and a policy
// that says whom to believe. The words are those of `fontis check`.
import { Fault, hex, same, text, unread, untrue, able } from "./bytes.js";
import { isPolicy, logKey, policyOf } from "./note.js";
import { checkPromise, checkReceipt, isPromise, isReceipt, keeps, promiseOf, receiptOf } from "./proof.js";

// words from good to bad; the worst is the verdict on several files.
const words = ["sound", "promised", "first-use", "waiting", "unjudged", "split", "false"];

const worse = (a, b) => (words.indexOf(a) > words.indexOf(b) ? a : b);

function find(v, e) {
  if (!(e instanceof Fault)) throw e;
  v.word = worse(v.word, e.word);
  v.findings.push({ word: e.word, cause: e.cause, said: e.said.map(String) });
}

// judge gives one verdict a file, in their order; a policy has none of its own.
export async function judge(files) {
  if (!(await able())) return [{ name: "", word: "unjudged", proven: [], notes: [], findings: [{ word: "unjudged", cause: "cannot", said: [] }], fields: [] }];
  let policy = null;
  const list = [];
  for (const f of files) {
    const v = { name: f.name, word: "sound", proven: [], notes: [], findings: [], fields: [] };
    try {
      if (f.bytes.length > 4 << 20) throw unread("too-large");
      const said = text(f.bytes);
      if (isReceipt(said)) v.receipt = receiptOf(said);
      else if (isPromise(said)) v.promise = promiseOf(said);
      else if (isPolicy(said)) {
        if (policy) throw unread("policy-twice");
        policy = await policyOf(said);
        continue;
      } else throw unread("unknown-file");
    } catch (e) {
      find(v, e);
    }
    list.push(v);
  }
  for (const v of list) if (v.receipt) await receipt(v, policy);
  const offered = list.find((v) => v.first && !v.findings.length);
  for (const v of list) if (v.promise) await promise(v, policy, offered, list);
  splits(list);
  return list;
}

async function receipt(v, given) {
  const r = v.receipt;
  try {
    let policy = given;
    if (!policy) {
      if (!r.policy) throw unread("no-key", r.head.origin);
      policy = await policyOf(r.policy);
      v.first = policy;
    }
    const s = await checkReceipt(r, policy);
    v.seen = s;
    v.proven.push(["entry", r.index, s.origin, r.kind, s.size]);
    if (r.opening) {
      v.proven.push(["fields"]);
      const row = r.opening.row || { fields: [], others: [] };
      v.fields = [...r.opening.fields, ...row.fields];
      v.hidden = r.opening.others.length + row.others.length;
    } else v.notes.push(["erased"]);
    for (const c of s.cosigners) v.proven.push(["witness", c.name, c.at]);
    if (!s.enough) throw new Fault("waiting", "quorum", policy.quorum, s.size, s.cosigners.map((c) => c.name).sort().join(" "));
    if (policy.quorum === "none") v.notes.push(["nowitness"]);
    if (s.successor) v.notes.push(["successor", s.origin]);
    if (v.first) {
      v.word = "first-use";
      v.notes.push(["first"]);
    }
  } catch (e) {
    find(v, e);
  }
}

// promise judges one with the policy given, else with the one that a receipt
// beside it carries; and holds it against the receipts beside it.
async function promise(v, given, offered, list) {
  const p = v.promise;
  try {
    const policy = given || (offered && offered.first);
    if (!policy || (!given && !(await logKey(policy, p.origin).catch(() => null)))) throw unread("no-key", p.origin);
    await checkPromise(p, policy);
    v.word = given ? "promised" : "first-use";
    v.proven.push(["promise", p.origin, new Date(Number(p.at)), p.index, hex(p.leaf)]);
    v.notes.push(given ? ["promise", p.trace] : ["first"]);
    for (const o of list) {
      if (!o.seen || o.findings.length || o.seen.origin !== p.origin || (o.receipt.trace !== p.trace && o.receipt.index !== p.index)) continue;
      if (await keeps(o.receipt, p)) v.proven.push(["kept", o.name]);
      else if (o.receipt.index === p.index || o.receipt.kind !== "outcome") throw untrue("promise-broken", o.name);
    }
  } catch (e) {
    find(v, e);
  }
}

// splits finds two trees of one size that one log signed.
function splits(list) {
  for (const a of list) {
    const b = a.seen && list.find((o) => o !== a && o.seen && o.seen.origin === a.seen.origin && o.seen.size === a.seen.size && !same(o.seen.root, a.seen.root));
    if (b) find(a, new Fault("split", "split", a.seen.origin, a.seen.size));
  }
}
