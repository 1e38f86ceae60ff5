// What every check stands on: bytes, base64 in its one canonical form, SHA-256
// trees as RFC 6962 makes them, and a fault that names its cause.
const subtle = globalThis.crypto && globalThis.crypto.subtle;

// Fault is why something does not hold: the word it deserves in a verdict
// (false, waiting, unjudged), a cause of a closed list, and what disagrees.
export class Fault extends Error {
  constructor(word, cause, ...said) {
    super(`${word}: ${cause} ${said.join(" ")}`);
    this.word = word;
    this.cause = cause;
    this.said = said;
  }
}

export const unread = (cause, ...said) => new Fault("unjudged", cause, ...said);
export const untrue = (cause, ...said) => new Fault("false", cause, ...said);

// able says whether this browser has what a check needs; nothing of it is made here.
export async function able() {
  try {
    // The public key of RFC 8032, test 1.
    const key = fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    const sign = fromHex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
    return (await verify(key, new Uint8Array(0), sign)) && hex(await sha256(new Uint8Array(0))).startsWith("e3b0c442");
  } catch {
    return false;
  }
}

export async function verify(key, message, signature) {
  const k = await subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return subtle.verify({ name: "Ed25519" }, k, signature, message);
}

export async function sha256(bytes) {
  return new Uint8Array(await subtle.digest("SHA-256", bytes));
}

export async function hmac(key, message) {
  const k = await subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", k, message));
}

export const hex = (b) => Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");

function fromHex(s) {
  return Uint8Array.from(s.match(/../g), (x) => parseInt(x, 16));
}

export const utf8 = (s) => new TextEncoder().encode(s);

// text reads bytes as UTF-8 and nothing else.
export function text(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unread("not-text");
  }
}

export function join(...parts) {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

export function compare(a, b) {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

export const same = (a, b) => compare(a, b) === 0;

// base64 reads the one canonical form; nothing for any other.
export function base64(s) {
  if (typeof s !== "string" || s.length % 4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(s)) return null;
  const raw = atob(s);
  if (s.length && btoa(raw.slice(-((raw.length + 2) % 3) - 1)) !== s.slice(-4)) return null;
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

// hash reads the base64 of 32 bytes.
export function hash(s) {
  const b = base64(s);
  return b && b.length === 32 ? b : null;
}

// decimal reads a whole number without sign or leading zero, below 2^63.
export function decimal(s) {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(s)) return null;
  const n = BigInt(s);
  return n < 1n << 63n ? n : null;
}

export function number(bytes) {
  return bytes.reduce((n, b) => (n << 8n) | BigInt(b), 0n);
}

export const leafHash = (b) => sha256(join(Uint8Array.of(0), b));
const nodeHash = (left, right) => sha256(join(Uint8Array.of(1), left, right));

// fold is the root over nodes; a lone last node rises unchanged.
export async function fold(nodes) {
  if (!nodes.length) return sha256(new Uint8Array(0));
  while (nodes.length > 1) {
    const up = [];
    for (let i = 0; i + 1 < nodes.length; i += 2) up.push(await nodeHash(nodes[i], nodes[i + 1]));
    if (nodes.length % 2) up.push(nodes[nodes.length - 1]);
    nodes = up;
  }
  return nodes[0];
}

// included tells whether a path leads from the leaf's hash to the root of a tree.
export async function included(root, leaf, index, size, path) {
  if (index >= size) return false;
  const rest = [...path];
  let node = leaf;
  for (let last = size - 1n; last > 0n; index >>= 1n, last >>= 1n) {
    const odd = index % 2n === 1n;
    if (!odd && index === last) continue;
    if (!rest.length) return false;
    const other = rest.shift();
    node = await (odd ? nodeHash(other, node) : nodeHash(node, other));
  }
  return !rest.length && same(node, root);
}
