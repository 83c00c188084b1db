import { exponential, normal, type Random } from "../../src/base/random.ts";
import type { Distribution, Report } from "../../src/report/schema.ts";
import { distributionOf } from "./synthetic-run.ts";

/** What the fixture reports share. */

export const CAPTURE = "payment-transaction-capture";
export const MANAGEMENT = "payment-transaction-management";
const STARTED = "2026-08-27T10:15:00.000Z";

export const OPERATIONS = [
  { operation: "payment-request.create", category: CAPTURE, medianUs: 38_000, status: 201 },
  { operation: "payment-request.read", category: MANAGEMENT, medianUs: 12_000, status: 200 },
  { operation: "payment-request.update", category: MANAGEMENT, medianUs: 26_000, status: 200 },
  { operation: "payment-request.cancel", category: MANAGEMENT, medianUs: 21_000, status: 200 },
] as const;

export function serviceUs(random: Random, medianUs: number): number {
  return Math.round(medianUs * Math.exp(0.3 * normal(random)));
}

export function uuid(random: Random): string {
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => Math.floor(random.next() * 16).toString(16)).join("");
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}

export function shell(): Pick<Report, "run" | "guard"> {
  return {
    run: {
      id: "20260827T101500Z-7f3a",
      profile: "smoke",
      description: "Every operation three times, one after the other",
      kind: "smoke",
      environment: "emulator",
      startedAt: STARTED,
      endedAt: "2026-08-27T10:15:10.412Z",
      seed: 4_021_337_511,
      tool: { name: "klarna-perf", version: "0.1.0" },
      host: {
        node: "v20.20.2",
        platform: "linux",
        arch: "x64",
        cpus: 8,
        cpuModel: "AMD EPYC 7763 64-Core Processor",
        memoryMb: 16_384,
      },
      ci: null,
      profileHash: "9d5ed678fe57bcca610140957afab571f3b8c0f1e1c8a4f7a0e4f1f5b6c0d2e1",
      tags: {},
      command: "klarna-perf run smoke --env emulator --seed 4021337511",
    },
    guard: {
      decision: "allowed",
      origin: "https://127.0.0.1:40123",
      checks: [
        { code: "ENVIRONMENT", text: "smoke may run on emulator" },
        { code: "LIVE_MARKER", text: "no sign of Klarna's live environment in profile or account" },
        { code: "OPERATIONS", text: "every operation may run here" },
        { code: "PERMIT", text: "the emulator needs no permit" },
        { code: "RUNTIME", text: "no setting of this process weakens the lock" },
        { code: "CATEGORIES", text: "every category's peak is within its cap" },
      ],
      permit: null,
      addresses: ["127.0.0.1"],
      connectionsOpened: 4,
      connectFailures: 0,
      audit: null,
    },
  };
}

export function fixedWait(count: number, random: Random, meanUs: number): Distribution {
  const samples = Array.from({ length: count }, () => ({
    us: Math.round(exponential(random) * meanUs),
    censored: false,
  }));
  return distributionOf(samples);
}
