// DCAT-US 1.1: data.json against the published JSON Schema. Three members that it
// demands are left out on purpose (docs/protocol/dcat.md): an address of a person and
// two codes of agencies of the United States. Anything else is a fault.
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import Ajv from "ajv-draft-04";
import formats from "ajv-formats";

const leftOut = ["bureauCode", "contactPoint", "programCode"];

export async function us({ at, judged }) {
  await judged("data.json is DCAT-US 1.1 but for what is left out", "dcat-us-1.1", async (folder) => {
    const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false });
    formats(ajv);
    for (const file of readdirSync(folder).filter((f) => f.endsWith(".json"))) {
      const schema = JSON.parse(readFileSync(path.join(folder, file), "utf8"));
      ajv.addSchema(schema);
    }
    const whole = await (await fetch(`${at}/data.json`)).json();
    const one = ajv.getSchema("https://project-open-data.cio.gov/v1.1/schema/dataset.json#");
    for (const d of whole.dataset) {
      one(d);
      const missing = (one.errors || []).filter((e) => e.keyword === "required" && e.instancePath === "").map((e) => e.params.missingProperty).sort();
      const others = (one.errors || []).filter((e) => !(e.keyword === "required" && e.instancePath === ""));
      if (JSON.stringify(missing) !== JSON.stringify(leftOut) || others.length) throw new Error(`${d.identifier}: without ${missing}; ${JSON.stringify(others)}`);
    }
    return `${whole.dataset.length} entries`;
  });
}
