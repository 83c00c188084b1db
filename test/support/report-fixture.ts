/** Whole reports for the tests of the views. Each call makes a new one, the same every time. */
export { comparedReport } from "./compared-report.ts";
export { HOSTILE, hostileReport } from "./hostile-report.ts";
export { passedReport } from "./passed-report.ts";
export { stressedReport } from "./stressed-report.ts";
