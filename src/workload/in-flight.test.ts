import { expect, it } from "vitest";
import { FAR, micros } from "../base/units.ts";
import { InFlight } from "./in-flight.ts";

it("knows since when there has been room below the bound, whatever else ends", () => {
  const flights = new InFlight<string>(2);
  flights.add("a");
  expect([flights.hasRoom, flights.roomSince]).toEqual([true, 0]);
  flights.add("b");
  expect([flights.hasRoom, flights.roomSince]).toEqual([false, FAR]);
  expect(flights.ended("a", micros(70))).toBe(true);
  expect([flights.hasRoom, flights.roomSince]).toEqual([true, 70]);
  flights.ended("b", micros(90));
  expect([flights.size, flights.roomSince]).toEqual([0, 70]);
});

it("ends nothing twice", () => {
  const flights = new InFlight<string>(1);
  flights.add("a");
  expect([flights.ended("a", micros(1)), flights.ended("a", micros(2))]).toEqual([true, false]);
  expect(flights.roomSince).toBe(1);
});

it("gives out everything in the end", () => {
  const flights = new InFlight<string>(5);
  for (const one of ["a", "b"]) flights.add(one);
  expect([flights.drain(), flights.size]).toEqual([["a", "b"], 0]);
});
