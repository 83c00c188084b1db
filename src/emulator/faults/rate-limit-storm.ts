import { faultKind } from "./fault.ts";

export const rateLimitStorm = faultKind({
  name: "rate-limit-storm",
  about: "answers 429 as if the quota were used up, whatever is left of it",
  on: "request",
  settings: {},
  effect: () => ({
    on: "request",
    answer: (refusals) => ({
      ...refusals.rateLimited(),
      headers: { "X-Ratelimit-Remaining": "0" },
    }),
  }),
});
