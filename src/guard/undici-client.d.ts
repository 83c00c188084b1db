/** The one part of undici that is used. Its index loads `fetch`, WebSocket and a cache as well, in three times the time. */
declare module "undici/lib/dispatcher/client.js" {
  export { Client as default } from "undici";
}
