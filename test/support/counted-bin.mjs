// Loads the built program with a look-out before it: every async resource by which Node goes out of the
// process, or would, is counted and written to COUNTS_FILE at the end. A script of its own rather than a
// preload, since a run against Klarna refuses a process that was started with one.
import { createHook } from "node:async_hooks";
import { writeFileSync } from "node:fs";
import { asked } from "./no-names.mjs";

const LOOKED_FOR = new Set([
  "TCPWRAP",
  "TCPCONNECTWRAP",
  "PIPECONNECTWRAP",
  "UDPWRAP",
  "UDPSENDWRAP",
  "GETADDRINFOREQWRAP",
  "GETNAMEINFOREQWRAP",
  "QUERYWRAP",
  "PROCESSWRAP",
]);
const counts = {};
createHook({
  init(_, type) {
    if (LOOKED_FOR.has(type)) counts[type] = (counts[type] ?? 0) + 1;
  },
}).enable();
const { COUNTS_FILE, COUNTED_BIN } = process.env;
process.on("exit", () => {
  if (asked.length > 0) counts.LOOKUP = asked.length;
  writeFileSync(COUNTS_FILE, JSON.stringify(counts));
});
await import(COUNTED_BIN);
