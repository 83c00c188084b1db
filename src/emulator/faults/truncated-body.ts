import { faultKind } from "./fault.ts";

export const truncatedBody = faultKind({
  name: "truncated-body",
  about: "announces the whole body, sends half of it, and closes the connection",
  on: "answer",
  settings: {},
  effect: () => ({
    on: "answer",
    deliver({ reply, response }) {
      const body = Buffer.from(reply.payload);
      response.writeHead(reply.status, { ...reply.headers, Connection: "close" });
      response.flushHeaders();
      response.write(body.subarray(0, body.length >> 1), () => response.socket?.end());
    },
  }),
});
