// Asks a demo node with clients and judges that others wrote, unchanged: ckanapi,
// rdflib, two engines of SHACL, a judge of JSON Schema. What needs the published
// shapes and schemas is skipped by name where FONTIS_REAL_DATA names none.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { dcat } from "./dcat.mjs";
import { ckanapi, ckanr } from "./ckan.mjs";
import { us } from "./us.mjs";

const root = path.resolve(import.meta.dirname, "../..");
const binary = process.env.FONTIS || path.join(root, "bin/fontis");
const dir = mkdtempSync(path.join(tmpdir(), "fontis-interop."));
const spec = process.env.FONTIS_REAL_DATA && path.join(process.env.FONTIS_REAL_DATA, "spec");
const count = { passed: 0, failed: 0, skipped: 0 };

const tell = (how, name, why = "") => {
  count[how]++;
  console.log(`${how.padEnd(7)} ${name}${why && `: ${why}`}`);
};

// holds runs one check; what it throws is its fault.
async function holds(name, check) {
  try {
    const said = await check();
    tell("passed", name, said || "");
  } catch (e) {
    tell("failed", name, e.message);
  }
}

// judged is a check against published shapes or schemas.
const judged = (name, folder, check) => {
  const at = spec && path.join(spec, folder);
  return at && existsSync(at) ? holds(name, () => check(at)) : tell("skipped", name, `${folder} is not there (FONTIS_REAL_DATA)`);
};

const free = () => new Promise((done) => {
  const s = createServer().listen(0, "127.0.0.1", () => {
    const { port } = s.address();
    s.close(() => done(port));
  });
});

// start gives the address of a demo node once its world is loaded.
async function start() {
  const listen = `127.0.0.1:${await free()}`;
  const child = spawn(binary, ["demo", "--dir", dir, "--scale", "3000", "--listen", listen], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  await new Promise((done, fail) => {
    const hear = (b) => {
      said += b;
      if (said.includes("WHO MAY SIGN IN")) done();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("exit", (code) => fail(new Error(`the demo node ended with ${code}:\n${said}`)));
  });
  return { child, at: `http://${listen}` };
}

const steward = "chen.min@civil-affairs";

// fontis runs a command as a steward of the demo.
function fontis(at, ...args) {
  const secret = path.join(dir, "password");
  writeFileSync(secret, "clear-water-demo\n", { mode: 0o600 });
  const env = { ...process.env, HOME: dir, XDG_CONFIG_HOME: dir, FONTIS_NODE: at };
  const run = (...all) => execFileSync(binary, all, { env, encoding: "utf8", cwd: dir, stdio: ["ignore", "pipe", "pipe"] });
  if (!fontis.in) {
    run("login", steward, "--password-file", secret);
    fontis.in = true;
  }
  return run(...args);
}

const head = "name,abstract,share_type,update_cycle,subject_kind,origin_class,theme";
const review = ["--secrecy-checked-by", "A. Reader", "--secrecy-basis", "demo"];

// publish brings a list of the steward's in and gives the ids of what it published.
function publish(at, file, lines, word) {
  writeFileSync(path.join(dir, file), [head, ...lines, ""].join("\n"));
  fontis(at, "import", file);
  const ids = JSON.parse(fontis(at, "search", word, "--state", "draft", "--most", "200", "--json")).items.map((d) => d.id);
  fontis(at, "publish", ...ids, ...review);
  return ids;
}

const { child, at } = await start();
try {
  // More than one page of DCAT holds.
  publish(at, "many.csv", Array.from({ length: 120 }, (_, i) => `Road ${i},Where road ${i} begins and ends.,unconditional,yearly,none,government,roads`), "Road");
  await ckanapi({ at, holds });
  await ckanr({ at, holds });
  await us({ at, judged });
  await dcat({ at, holds, judged, incomplete: () => publish(at, "one.csv", ["Bridges without a word,,unconditional,yearly,none,government,"], "Bridges")[0] });
} finally {
  child.removeAllListeners("exit");
  await new Promise((done) => {
    child.on("exit", done);
    child.kill("SIGINT");
  });
  rmSync(dir, { recursive: true, force: true });
}
console.log(`interop: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed ? 1 : 0);
