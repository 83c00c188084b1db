import { faultKind, oneOf } from "./fault.ts";

export const serverError = faultKind({
  name: "server-error",
  about: "answers `status` instead of executing the operation",
  on: "request",
  settings: { status: oneOf([500, 502, 503, 504], 503) },
  effect: ({ status }) => ({
    on: "request",
    answer: (refusals) => refusals.serverError(status),
  }),
});
