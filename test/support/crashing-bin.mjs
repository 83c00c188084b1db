// Loads the built program with a fault planted in it: an error of nobody's making, which carries CRASH_TEXT in every
// place where an error can carry text. CRASH says how it comes to light.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { CRASH, CRASH_TEXT = "", CRASHING_BIN = "" } = process.env;
for (const name of ["CRASH", "CRASH_TEXT", "CRASHING_BIN"]) delete process.env[name];

function planted() {
  const error = new TypeError(CRASH_TEXT, { cause: new Error(CRASH_TEXT) });
  error.name = CRASH_TEXT;
  error.details = { [CRASH_TEXT]: CRASH_TEXT, environment: { ...process.env } };
  return error;
}

const { readFileSync } = fs;
// The page's style sheet is read once, when a run writes its reports; package.json by nobody.
fs.readFileSync = (path, ...rest) => {
  if (!String(path).endsWith("uPlot.min.css")) return readFileSync(path, ...rest);
  if (CRASH === "thrown") throw planted();
  if (CRASH === "uncaught")
    setImmediate(() => {
      throw planted();
    });
  if (CRASH === "rejected") void Promise.reject(planted());
  if (CRASH === "not an error")
    setImmediate(() => {
      throw CRASH_TEXT;
    });
  return readFileSync(path, ...rest);
};
syncBuiltinESMExports();
await import(CRASHING_BIN);
