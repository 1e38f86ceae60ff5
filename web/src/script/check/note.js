// Signed notes (C2SP signed-note, tlog-checkpoint, tlog-cosignature) and the
// policy that says whose signatures count (C2SP tlog-policy).
import { base64, compare, decimal, hash, join, number, sha256, unread, untrue, utf8, verify, Fault } from "./bytes.js";

const log = 1, witness = 4; // types of signatures
const longest = 64 << 10;
const named = (s) => s !== "" && !/[\s\u0085+]/u.test(s);

// keyOf takes a verifier key apart: NAME+HASH+KEY.
async function keyOf(vkey) {
  const [name, id, ...rest] = vkey.split("+");
  const raw = base64(rest.join("+"));
  if (!named(name) || !raw || raw.length !== 33) throw unread("policy-form", vkey.slice(0, 100));
  const key = { name, kind: raw[0], key: raw.slice(1), vkey };
  key.id = await idOf(key);
  const said = /^[0-9a-fA-F]{8}$/.test(id) ? parseInt(id, 16) : -1;
  if (said !== Number(number(key.id))) throw unread("policy-form", vkey.slice(0, 100));
  return key;
}

async function idOf(k) {
  return (await sha256(join(utf8(k.name + "\n"), Uint8Array.of(k.kind), k.key))).slice(0, 4);
}

// noteText is the part of a note above its signatures.
export function noteText(signed, cause) {
  const i = signed.lastIndexOf("\n\n");
  if (i < 0 || utf8(signed).length > longest) throw unread(cause);
  return signed.slice(0, i + 1);
}

// opened checks that the key's own signature stands on the note; it gives the
// bytes of the signature.
export async function opened(signed, key) {
  const bad = () => untrue("note-form", key.name);
  if (/[\x00-\x09\x0b-\x1f]/.test(signed)) throw bad();
  const i = signed.lastIndexOf("\n\n");
  const body = signed.slice(0, i + 1), sigs = signed.slice(i + 2);
  if (i < 0 || !sigs.endsWith("\n")) throw bad();
  const lines = sigs.slice(0, -1).split("\n");
  if (lines.length > 100) throw bad();
  let found = null;
  for (const line of lines) {
    const at = line.indexOf(" ", 2), name = line.slice(2, at), sig = base64(line.slice(at + 1));
    if (!line.startsWith("\u2014 ") || at < 0 || !named(name) || !sig || sig.length < 5) throw bad();
    if (found || name !== key.name || compare(sig.slice(0, 4), key.id) !== 0) continue;
    if (!(await signs(key, body, sig.slice(4)))) throw untrue("signature", key.name);
    found = sig.slice(4);
  }
  if (!found) throw untrue("unsigned", key.name);
  return found;
}

async function signs(key, body, sig) {
  let message = utf8(body);
  if (key.kind === witness) {
    if (sig.length !== 72) return false;
    message = join(utf8(`cosignature/v1\ntime ${number(sig.slice(0, 8))}\n`), message);
    sig = sig.slice(8);
  }
  return sig.length === 64 && verify(key.key, message, sig).catch(() => false);
}

// checkpointOf reads a tree head and believes nothing.
export function checkpointOf(signed) {
  const bad = () => unread("checkpoint-form");
  const lines = noteText(signed, "checkpoint-form").split("\n");
  const size = decimal(lines[1] || ""), root = hash(lines[2]);
  if (lines.length < 4 || lines[lines.length - 1] !== "" || !lines[0] || size === null || !root) throw bad();
  return { origin: lines[0], size, root };
}

// isPolicy tells a policy from other files by its first line that says something.
export function isPolicy(said) {
  const first = said.split("\n").map((l) => l.trim()).find((l) => l && !l.startsWith("#"));
  return /^(log|witness|group|quorum)[ \t]/.test(first || "");
}

// policyOf reads a policy.
export async function policyOf(said) {
  if (/[\x00-\x08\x0b-\x1f\x7f]/.test(said) || said.length > 1 << 20) throw unread("policy-form", "");
  const p = { logs: [], witnesses: [], groups: [], quorum: "" };
  const defined = new Set(["none"]), used = new Set();
  const define = (name, line) => {
    if (defined.has(name)) throw unread("policy-form", line);
    defined.add(name);
  };
  const readers = {
    log: async (w, line) => {
      const k = await keyOf(w[0] || "");
      if (w.length > 2 || k.kind !== log || p.logs.some((l) => l.name === k.name || compare(l.key, k.key) === 0)) throw unread("policy-form", line);
      p.logs.push(k);
    },
    witness: async (w, line) => {
      if (w.length < 2 || w.length > 3) throw unread("policy-form", line);
      define(w[0], line);
      const k = await keyOf(w[1]);
      if (k.kind !== witness || p.witnesses.some((o) => compare(o.key, k.key) === 0)) throw unread("policy-form", line);
      p.witnesses.push({ ...k, called: w[0] });
    },
    group: async ([name, need, ...members], line) => {
      const k = need === "all" ? members.length : need === "any" ? 1 : /^[1-9][0-9]{0,4}$/.test(need) ? Number(need) : 0;
      if (k < 1 || k > members.length) throw unread("policy-form", line);
      for (const m of members) {
        if (!defined.has(m) || m === "none" || used.has(m)) throw unread("policy-form", line);
        used.add(m);
      }
      define(name, line);
      p.groups.push({ name, need: k, members });
    },
    quorum: async (w, line) => {
      if (w.length !== 1 || p.quorum || !defined.has(w[0])) throw unread("policy-form", line);
      p.quorum = w[0];
    },
  };
  for (const line of said.split("\n")) {
    const words = line.split(/[ \t]+/).filter(Boolean);
    if (!words.length || words[0].startsWith("#")) continue;
    if (!Object.hasOwn(readers, words[0])) throw unread("policy-form", line.slice(0, 100));
    await readers[words[0]](words.slice(1), line.slice(0, 100));
  }
  if (!p.quorum) throw unread("policy-form", "quorum");
  return p;
}

// generation takes an origin's number apart: it grows when a loss is declared.
function generation(origin) {
  const i = origin.lastIndexOf("/"), n = decimal(origin.slice(i + 1));
  return i > 0 && n !== null ? { base: origin.slice(0, i), n } : null;
}

// logKey is the key that the policy gives to an origin, or to the one it follows.
export async function logKey(policy, origin) {
  const own = policy.logs.find((l) => l.name === origin);
  if (own) return { key: own, successor: false };
  const later = generation(origin);
  for (const l of policy.logs) {
    const earlier = generation(l.name);
    if (!earlier || !later || earlier.base !== later.base || later.n <= earlier.n) continue;
    const key = { ...l, name: origin };
    key.id = await idOf(key);
    return { key, successor: true };
  }
  throw unread("log-unknown", origin);
}

// seen checks the log's signature on a checkpoint and counts the witnesses whose
// cosignature holds. That they are too few is said by quorum.
export async function seen(policy, signed) {
  const head = checkpointOf(signed);
  const { key, successor } = await logKey(policy, head.origin);
  await opened(signed, key);
  const cosigners = [], have = new Set();
  for (const w of policy.witnesses) {
    try {
      const sig = await opened(signed, w);
      have.add(w.called);
      cosigners.push({ name: w.called, at: new Date(Number(number(sig.slice(0, 8))) * 1000) });
    } catch (e) {
      if (!(e instanceof Fault)) throw e;
    }
  }
  for (const g of policy.groups) if (g.members.filter((m) => have.has(m)).length >= g.need) have.add(g.name);
  return { ...head, successor, cosigners, enough: policy.quorum === "none" || have.has(policy.quorum) };
}
