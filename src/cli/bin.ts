#!/usr/bin/env node
// The tripwire comes before anything that could reach out: what is imported beside it takes Node's own modules alone.
import { fileURLToPath } from "node:url";
import { armTripwire } from "../guard/tripwire.ts";
import { ledgerAddons } from "../ledger/addon.ts";

armTripwire({
  allowChildren: ["./emulator-process.js", "./users-process.js", "./client-process.js"].map(
    (script) => fileURLToPath(new URL(script, import.meta.url)),
  ),
  allowAddons: ledgerAddons(import.meta.url),
  onHit: (hit) => {
    process.stderr.write(`klarna-perf: fault ${hit.code}: ${hit.message}\n`);
    process.stderr.write("  a connection was tried past the lock; the run has been ended\n");
    process.exit(1);
  },
});
await import("./main.ts");
