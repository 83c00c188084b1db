// Loaded first by the copy's test/tripwire/probe.mjs: what this process reached, for scripts/mutation/children.mjs.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const { KLARNA_PERF_REACHED: folder } = process.env;
if (folder !== undefined) {
  const file = join(folder, `${process.pid}.json`);
  process.on("exit", () => {
    const { mutantCoverage } = globalThis.__stryker__ ?? {};
    if (mutantCoverage) writeFileSync(file, JSON.stringify(mutantCoverage));
  });
}
