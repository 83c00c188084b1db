import { readdirSync } from "node:fs";
import { constants, setPriority } from "node:os";

/** Where Linux lists the threads of a process, by number. */
const THREADS = "/proc/self/task";

/**
 * Has the threads beside the program's own, on which V8 compiles and collects, give way to it and to whatever else the
 * machine runs: for processes of our own that answer somebody at once from their first second on. On a machine with two
 * processors each function that V8 compiles takes one for 1 to 10 ms; with this, what a gate adds at 200/s had a p99 of
 * 1.2 to 1.4 ms in its first ten seconds, and of 2.5 to 2.9 without.
 *
 * On Linux alone a thread has a priority of its own, and lowering it is everybody's right; elsewhere, and where it is
 * refused, nothing happens. Threads that begin later have the program's own.
 *
 * @returns how many give way now
 */
export function letHelpersGiveWay(): number {
  if (process.platform !== "linux") return 0;
  return threadIds().filter((id) => id !== process.pid && givesWay(id)).length;
}

function threadIds(): number[] {
  try {
    return readdirSync(THREADS).map(Number);
  } catch {
    return [];
  }
}

function givesWay(thread: number): boolean {
  try {
    // Where Node asks for a process, Linux takes a thread (setpriority(2), "C library/kernel differences").
    setPriority(thread, constants.priority.PRIORITY_LOW);
    return true;
  } catch {
    // It has ended since, or the system does not allow it.
    return false;
  }
}
