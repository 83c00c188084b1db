import { describe, expect, test } from "vitest";
import { seededRandom } from "../../base/random.ts";
import { seconds } from "../../base/units.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import { FaultBoard } from "./board.ts";

const CREATE = "payment-request.create";

function board(...faults: string[]) {
  const clock = new VirtualClock();
  const made = new FaultBoard(clock, seededRandom(1));
  for (const fault of faults) made.set(fault);
  const strikes = (operation: string | undefined = CREATE) =>
    made.onRequest(operation) !== undefined || made.onAnswer(operation) !== undefined;
  return { clock, board: made, strikes };
}

/** A server that keeps what befalls it. */
function server() {
  const said: string[] = [];
  return {
    said,
    controls: {
      expireCertificate: (on: boolean) => void said.push(`expired ${on}`),
      refuseConnections: (on: boolean) => void said.push(`refusing ${on}`),
    },
  };
}

describe("when a fault strikes", () => {
  test("from the first microsecond of its time to the last, counted from when it was set", () => {
    const { clock, board: faults, strikes } = board();
    clock.freeze(seconds(100));
    faults.set("stall:from=5s,for=10s");
    clock.freeze(seconds(4.999_999));
    expect(strikes()).toBe(false);
    clock.freeze(seconds(0.000_001));
    expect(strikes()).toBe(true);
    clock.freeze(seconds(9.999_999));
    expect(strikes()).toBe(true);
    clock.freeze(seconds(0.000_001));
    expect(strikes()).toBe(false);
  });

  test("with its probability, the same for the same seed, and independent of its neighbours", () => {
    const draw = (...faults: string[]) => {
      const { strikes } = board(...faults);
      return Array.from({ length: 4000 }, () => strikes());
    };
    const one = draw("stall:probability=0.25");
    const share = one.filter(Boolean).length / one.length;
    // Four standard errors of a share of a quarter among 4000.
    expect(Math.abs(share - 0.25)).toBeLessThan(0.028);
    expect(draw("stall:probability=0.25")).toEqual(one);
    expect(draw("stall:probability=0.25", "redirect:probability=0")).toEqual(one);
    expect(draw("stall:probability=0")).not.toContain(true);
  });

  test("the first that would is the one that does", () => {
    const { board: faults } = board(
      `stall:operation=${CREATE}`,
      "reset-before-headers",
      "slow-body",
    );
    faults.onAnswer(CREATE);
    faults.onAnswer("payment-request.read");
    expect(faults.list()).toEqual([
      { id: 1, fault: `stall:operation=${CREATE}`, struck: 1 },
      { id: 2, fault: "reset-before-headers", struck: 1 },
      { id: 3, fault: "slow-body", struck: 0 },
    ]);
  });

  test("not once it is taken back", () => {
    const { board: faults, strikes } = board("stall", "redirect");
    expect(faults.takeBack(1)).toBe(true);
    expect(faults.takeBack(1)).toBe(false);
    expect(strikes()).toBe(true);
    faults.takeBackAll();
    expect(strikes()).toBe(false);
    expect(faults.list()).toEqual([]);
  });

  test("there are at most a hundred", () => {
    const { board: faults } = board(...Array(100).fill("stall"));
    expect(() => faults.set("stall")).toThrowError(
      expect.objectContaining({ code: "EMULATOR_FAULT" }),
    );
  });
});

describe("a fault of the server", () => {
  test("begins and ends with its time", () => {
    const { clock, board: faults } = board();
    const { said, controls } = server();
    faults.attach(controls);
    faults.set("connection-refused:from=5s,for=10s");
    expect(clock.step() && clock.now()).toBe(5_000_000);
    expect(said).toEqual(["refusing true"]);
    expect(clock.step() && clock.now()).toBe(15_000_000);
    expect(said).toEqual(["refusing true", "refusing false"]);
    expect(faults.list()).toMatchObject([{ struck: 1 }]);
  });

  test("ends when it is taken back, and never begins if that was before", () => {
    const { clock, board: faults } = board();
    const { said, controls } = server();
    faults.attach(controls);
    const { id } = faults.set("expired-certificate");
    clock.step();
    faults.takeBack(id);
    const later = faults.set("expired-certificate:from=5s,for=10s");
    faults.takeBack(later.id);
    expect(clock.pending).toBe(0);
    expect(said).toEqual(["expired true", "expired false"]);
  });
});
