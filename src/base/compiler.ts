import { setFlagsFromString } from "node:v8";

/**
 * V8's optimising compiler, for processes of our own: whoever imports this package has code of their own to think of.
 * It has threads of its own but no processors: on a machine with two, each function that it compiles (1 to 10 ms) takes
 * one of them from the run loop or from the target for up to a time slice. V8's flag, read as it goes, in Node 20, 22 and
 * 24; the last has a quicker compiler as well (Maglev, some tenths of a millisecond for each function), which goes on.
 */

/**
 * Compiles nothing more; what is compiled stays so. Without it the first thousands of requests of a run are late for
 * being counted as frequent: at 500/s for 5 s the p99 was 3.0 ms, and is 1.9 or less.
 */
export function holdCompiler(): void {
  setFlagsFromString("--no-opt");
}

/** Compiles what is run often again. */
export function letCompile(): void {
  setFlagsFromString("--opt");
}
