import { micros, milliseconds } from "../../base/units.ts";
import { faultKind } from "./fault.ts";

/** Until the head has left: a reset overtakes what the kernel still holds. */
const UNTIL_SENT_US = milliseconds(10);

export const resetAfterHeaders = faultKind({
  name: "reset-after-headers",
  about: "sends the answer's head, then resets the connection",
  on: "answer",
  settings: {},
  effect: () => ({
    on: "answer",
    deliver({ reply, response, clock, reset }) {
      response.writeHead(reply.status, reply.headers).flushHeaders();
      const cancel = clock.atCoarse(micros(clock.now() + UNTIL_SENT_US), reset);
      response.once("close", cancel);
    },
  }),
});
