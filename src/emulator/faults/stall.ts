import { micros } from "../../base/units.ts";
import { send } from "../reply.ts";
import { duration, faultKind } from "./fault.ts";

export const stall = faultKind({
  name: "stall",
  about: "holds the answer for `delay`; without one, until Klarna or the client gives up",
  on: "answer",
  settings: { delay: duration(undefined) },
  effect: ({ delay }) => ({
    on: "answer",
    deliver({ reply, response, clock }) {
      if (delay === undefined) return;
      const due = micros(clock.now() + delay);
      const cancel = clock.atCoarse(due, () => {
        // Klarna may have given up.
        if (!response.headersSent) send(response, reply);
      });
      response.once("close", cancel);
    },
  }),
});
