// An empty node of one's own: made by command, served, with a table in a
// PostgreSQL beside it, as on the first day of a real one.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { binary, free } from "./lib.mjs";

const dsn = process.env.FONTIS_PG_DSN;

// The people of the table are invented: area 990000 does not exist.
export const residents = [
  ["990000195004220038", "陈安", "1950-04-22", "paying"], ["990000195101060101", "李宁", "1951-01-06", "paying"],
  ["990000195109220173", "王雪", "1951-09-22", "paused"], ["990000195206070242", "赵平", "1952-06-07", "paying"],
  ["990000195302210313", "孙明", "1953-02-21", "ended"], ["990000195311070383", "周远", null, "paying"],
];

function sql(text) {
  const done = spawnSync("psql", ["-q", "-v", "ON_ERROR_STOP=1", dsn], { input: text, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`psql: ${done.error || done.stderr}`);
}

export class Office {
  static async open(name) {
    const o = new Office();
    o.dir = mkdtempSync(path.join(tmpdir(), `fontis-${name}.`));
    o.table = `insured_${name.replaceAll("-", "_")}`;
    const port = await free();
    o.at = `http://127.0.0.1:${port}`;
    o.environment = { ...process.env, FONTIS_HOME: path.join(o.dir, "home"), FONTIS_NODE: path.join(o.dir, "node") };
    const quote = (v) => (v === null ? "NULL" : `'${v}'`);
    sql(`CREATE TABLE ${o.table} (person_id text PRIMARY KEY, full_name text, birth_date date, insured_status text);
      INSERT INTO ${o.table} VALUES ${residents.map((r) => `(${r.map(quote)})`)};
      CREATE ROLE reader_${o.table} LOGIN PASSWORD 'read-only-please'; GRANT SELECT ON ${o.table} TO reader_${o.table};`);
    o.source = { address: `postgres://reader_${o.table}@${new URL(dsn).host}/postgres`, password: "read-only-please" };
    o.code = o.run("init", "--demo", "--name", "data.example.gov", "--jurisdiction", "990000", "--listen", `127.0.0.1:${port}`, "--member", "bureau", "--member-name", "数据局", "--officer", "li.wei", "--officer-name", "李伟")
      .match(/^code +(\S+)$/m)[1];
    await o.serve();
    return o;
  }

  run(...args) {
    const done = spawnSync(binary, args, { env: this.environment, cwd: this.dir, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`fontis ${args.join(" ")}: ${done.stdout}${done.stderr}`);
    return done.stdout;
  }

  async serve() {
    this.diary = "";
    const child = this.child = spawn(binary, ["serve"], { env: this.environment, cwd: this.dir, stdio: ["ignore", "pipe", "pipe"] });
    child.stderr.on("data", (b) => (this.diary += b));
    await new Promise((done, fail) => {
      let said = "";
      child.stdout.on("data", (b) => (said += b).includes("serves") && done());
      child.on("exit", (code) => fail(new Error(`the node ended with ${code}: ${this.diary}`)));
    });
    child.removeAllListeners("exit");
  }

  // correct changes a value in the department's own table, as its clerk would.
  correct(person, column, value) {
    sql(`UPDATE ${this.table} SET ${column} = '${value}' WHERE person_id = '${person}'`);
  }

  // again serves the node anew with another setting in its file.
  async again(key, value) {
    await this.halt();
    const file = path.join(this.dir, "node/node.toml"), rest = readFileSync(file, "utf8").replace(new RegExp(`^${key} = .*\n`, "m"), "");
    writeFileSync(file, `${key} = ${value}\n${rest}`);
    await this.serve();
  }

  async halt() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    await new Promise((done) => {
      this.child.on("exit", done);
      this.child.kill("SIGINT");
    });
  }

  async stop() {
    await this.halt();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
