import { faultKind, headerText, oneOf } from "./fault.ts";

export const redirect = faultKind({
  name: "redirect",
  about: "answers `status` with a Location, `to`, instead of executing the operation",
  on: "request",
  settings: {
    status: oneOf([301, 302, 303, 307, 308], 302),
    // A name that can't resolve (RFC 6761): nobody is to follow it anywhere.
    to: headerText("https://emulator.invalid/elsewhere"),
  },
  effect: ({ status, to }) => ({
    on: "request",
    answer: () => ({ status, body: null, headers: { Location: to } }),
  }),
});
