import { connect } from "node:net";
import { rootCertificates, connect as tlsConnect } from "node:tls";
import { systemClock } from "../../src/base/clock.ts";
import { approve } from "../../src/guard/approval.ts";
import { Door } from "../../src/guard/door.ts";
import { emulatorTarget, klarnaTarget } from "../../src/guard/environments.ts";
import { emulatorFacts, klarnaFacts } from "../../src/guard/facts.support.ts";
import type { OpenResult } from "../../src/guard/opening.ts";

/** A program of its own: tries both doors, and Node's own connect beside them, on a port, and prints what came of each. */

const port = Number(process.env.PROBE_PORT);
const otherCaPem = process.env.PROBE_OTHER_CA ?? "";
/** Trusted in the bundled roots' place, where given. */
const rootPem = process.env.PROBE_ROOT;

function told(result: OpenResult): string {
  if (result.kind === "failed") return result.failure;
  result.socket.raw.destroy();
  return "open";
}

const network = {
  resolve: async () => ["198.20.0.1"],
  connect: () => connect({ host: "127.0.0.1", port }),
  roots: rootPem === undefined ? rootCertificates : [rootPem],
};
const emulator = emulatorTarget({ url: `https://127.0.0.1:${port}`, caPem: otherCaPem });
const toEmulator = new Door(emulator, approve(emulatorFacts()), systemClock(), network);
const toKlarna = new Door(
  klarnaTarget("klarna-test"),
  approve(klarnaFacts()),
  systemClock(),
  network,
);
const emulatorResult = told(await toEmulator.open());
const klarnaResult = told(await toKlarna.open());
const nodes = await new Promise<string>((resolve) => {
  const socket = tlsConnect(
    { host: "127.0.0.1", port, servername: "api-global.test.klarna.com" },
    () => {
      socket.destroy();
      resolve("open");
    },
  );
  socket.on("error", (error) => resolve("code" in error ? String(error.code) : error.message));
});
console.log(JSON.stringify({ emulator: emulatorResult, klarna: klarnaResult, nodes }));
