import { send, withPayload } from "../reply.ts";
import { faultKind } from "./fault.ts";

export const malformedBody = faultKind({
  name: "malformed-body",
  about: "sends a body that is no JSON, its length and content type as if it were",
  on: "answer",
  settings: {},
  effect: () => ({
    on: "answer",
    deliver({ reply, response }) {
      const half = reply.payload.slice(0, reply.payload.length >> 1);
      const { headers, ...rest } = withPayload(reply, `${half}{"`);
      send(response, { ...rest, headers: { ...headers, "Content-Type": "application/json" } });
    },
  }),
});
