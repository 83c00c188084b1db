import { micros, seconds } from "../../base/units.ts";
import { duration, faultKind } from "./fault.ts";

const PIECES = 20;

export const slowBody = faultKind({
  name: "slow-body",
  about: "sends the head at once, and the body in twenty pieces over `over`",
  on: "answer",
  settings: { over: duration(seconds(5)) },
  effect: ({ over }) => ({
    on: "answer",
    deliver({ reply, response, clock }) {
      response.writeHead(reply.status, reply.headers).flushHeaders();
      const body = Buffer.from(reply.payload);
      const begun = clock.now();
      let cancel = (): void => {};
      const next = (piece: number): void => {
        // From the index, so that no byte is lost to rounding and no delay adds up.
        const from = Math.floor((body.length * (piece - 1)) / PIECES);
        const to = Math.floor((body.length * piece) / PIECES);
        if (piece === PIECES) {
          response.end(body.subarray(from, to));
          return;
        }
        if (to > from) response.write(body.subarray(from, to));
        wait(piece + 1);
      };
      const wait = (piece: number): void => {
        const due = micros(begun + Math.floor((over * piece) / PIECES));
        cancel = clock.atCoarse(due, () => next(piece));
      };
      wait(1);
      response.once("close", () => cancel());
    },
  }),
});
