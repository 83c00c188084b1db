// No test reaches beyond loopback, whatever a bug lets through: names are not resolved. To be imported before the program.
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";

/** Names that were asked for. */
export const asked = [];

dns.lookup = (name, ...rest) => {
  asked.push(name);
  const error = Object.assign(new Error(`${name} is not resolved in a test`), {
    code: "ENOTFOUND",
  });
  process.nextTick(rest.at(-1), error);
};
syncBuiltinESMExports();
