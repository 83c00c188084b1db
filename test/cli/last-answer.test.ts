import { writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { cli, loadProfile, readReport, workspace } from "../support/cli.ts";
import { type Hostility, hostileServer } from "../support/hostile-server.ts";

/** Runs a profile against a server that is registered as an emulator. */
async function against(hostility: Hostility, profile: string) {
  const at = workspace();
  const server = await hostileServer(at.state, hostility);
  try {
    writeFileSync(at.path("load.yaml"), profile);
    const ended = await cli(at, ["run", "load.yaml", "--out", "out", "--emulator-url", server.url]);
    const headers = server.requests.map(({ headers: sent }) => sent);
    return { ended, report: readReport(at.path("out")), headers };
  } finally {
    server.close();
    at.remove();
  }
}

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, {
    "content-type": "application/json",
    "klarna-correlation-id": "c-1",
  });
  response.end(JSON.stringify(body));
};

test("the answer that stops a run is in its report, with its correlation id", async () => {
  const { ended, report } = await against(
    {
      answer: (_, response) => json(response, 401, { error_id: "e-1", error_code: "UNAUTHORIZED" }),
    },
    loadProfile(),
  );
  expect(ended.code).toBe(6);
  expect(report.stopReason?.code).toBe("STOP_UNAUTHORIZED");
  const [refused] = report.errors.filter(({ what }) => what === "401");
  expect(refused).toMatchObject({ errorCode: "UNAUTHORIZED", correlationIds: ["c-1"] });
  expect(report.operations[0]?.results["401"]).toBeGreaterThanOrEqual(1);
});

test("a value of live in an answer stops the run before it is sent on, as one request that was not sent", async () => {
  const { ended, report, headers } = await against(
    {
      answer: (_, response) =>
        json(response, 201, { payment_request_id: "krn:payment:eu1:live:x" }),
    },
    loadProfile({ lasts: "1s" }),
  );
  expect(ended.stderr).not.toContain("FAULT");
  expect(ended.code).toBe(6);
  expect(report.stopReason?.code).toBe("STOP_REFUSED");
  expect(report.errors.some(({ what }) => what === "not-sent")).toBe(true);
  const { planned, sent, dropped, answered, failed, unfinished } = report.totals;
  expect([planned, sent]).toEqual([dropped + sent, answered + failed + unfinished]);
  // The read never reached the server: only creates did.
  expect(headers.length).toBe(answered + unfinished);
});

test("a header that a profile sets goes out, however it is spelt", async () => {
  const { ended, headers } = await against(
    { answer: (_, response) => json(response, 201, { payment_request_id: "a-1" }) },
    loadProfile({ lasts: "500ms" }).replace(
      "        save:",
      "        headers: { Klarna-Network-Data2: abc, Partner-Correlation-Id: p1 }\n        save:",
    ),
  );
  expect(ended.stderr).not.toContain("GUARD_REQUEST_HEADER");
  expect(headers[0]).toMatchObject({
    "klarna-network-data2": "abc",
    "partner-correlation-id": "p1",
  });
});
