import { expect, test } from "vitest";
import { fuzz } from "../../bench/fuzz-requests.mjs";
import { systemClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import { startServer } from "../../src/emulator/server.ts";
import { OPERATIONS } from "../../src/klarna/catalogue.ts";
import { pathTemplates } from "../../src/klarna/operation.ts";

test("2 000 malformed requests: each is answered in a documented form or its connection ends, and the emulator goes on", async () => {
  const server = await startServer({
    clock: systemClock(),
    random: seededRandom(1),
    tls: null,
    quota: () => 1e9,
    options: {
      port: 0,
      quotas: "test",
      level: "acquiring-partner",
      apiKeys: null,
      protection: null,
      latency: { kind: "constant", us: 0 },
    },
  });
  const operations = [...OPERATIONS.values()].flatMap((operation) =>
    Object.values(pathTemplates(operation)).flatMap((path) =>
      path === undefined
        ? []
        : [{ method: operation.method, path, body: operation.sampleBody?.() }],
    ),
  );
  const { classes, bad } = await fuzz({
    port: server.port,
    operations,
    count: 2000,
    seed: 20261123,
  });
  await server.close();
  expect(bad).toEqual([]);
  // It did reach what it was thrown at: the parser, the checks and the operations.
  for (const seen of ["closed", "400 INPUT_ERROR", "401 ACCESS_ERROR", "201 JSON", "400 empty"]) {
    expect([...classes.keys()]).toContain(seen);
  }
}, 120_000);
