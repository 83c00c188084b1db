// Writes the published JSON Schemas from the zod ones: node scripts/schemas.mjs [folder]
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const folder = process.argv[2] ?? "schemas";
const { outputFiles } = await build({
  stdin: {
    contents: `
      import { z } from "zod";
      import { capacitySchema } from "./src/report/capacity/schema.ts";
      import { reportSchema } from "./src/report/schema.ts";
      export { profileJsonSchema } from "./src/profile/json-schema.ts";
      export const report = z.toJSONSchema(reportSchema, { target: "draft-2020-12", io: "output" });
      export const capacity = z.toJSONSchema(capacitySchema, { target: "draft-2020-12", io: "output" });
    `,
    resolveDir: join(import.meta.dirname, ".."),
  },
  bundle: true,
  format: "esm",
  platform: "node",
  write: false,
});
const [bundle] = outputFiles;
const { report, capacity, profileJsonSchema } = await import(
  `data:text/javascript;base64,${Buffer.from(bundle.contents).toString("base64")}`
);
mkdirSync(folder, { recursive: true });
for (const [name, schema] of [
  ["report", report],
  ["capacity", capacity],
  ["profile", profileJsonSchema()],
]) {
  writeFileSync(join(folder, `${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
}
