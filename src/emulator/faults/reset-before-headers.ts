import { faultKind } from "./fault.ts";

export const resetBeforeHeaders = faultKind({
  name: "reset-before-headers",
  about: "resets the connection instead of answering",
  on: "answer",
  settings: {},
  effect: () => ({ on: "answer", deliver: ({ reset }) => reset() }),
});
