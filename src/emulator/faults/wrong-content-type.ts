import { send } from "../reply.ts";
import { faultKind, headerText } from "./fault.ts";

export const wrongContentType = faultKind({
  name: "wrong-content-type",
  about: "says that the body is of another `type` than it is",
  on: "answer",
  settings: { type: headerText("text/html; charset=utf-8") },
  effect: ({ type }) => ({
    on: "answer",
    deliver({ reply, response }) {
      send(response, { ...reply, headers: { ...reply.headers, "Content-Type": type } });
    },
  }),
});
