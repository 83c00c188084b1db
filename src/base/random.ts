import { randomBytes } from "node:crypto";

/** A seeded source of randomness. The same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
  /** A source of its own for one purpose, so that drawing more for one never shifts another. */
  fork(purpose: string): Random;
}

/** The seed of a run: 0 to 2^32 - 1, printed in every report. */
export type Seed = number;

export const SEED_FORM = "a whole number from 0 to 4294967295";

export function isSeed(n: number): n is Seed {
  return Number.isInteger(n) && n >= 0 && n <= 0xffff_ffff;
}

/** A seed nobody chose. */
export function freshSeed(): Seed {
  return randomBytes(4).readUInt32LE();
}

/**
 * sfc32 (Chris Doty-Humphrey, PractRand), its 128-bit state filled from the seed by splitmix32 steps and
 * mixed by 12 rounds, as its author advises.
 */
export function seededRandom(seed: Seed): Random {
  let mixing = seed >>> 0;
  const splitmix = (): number => {
    mixing = (mixing + 0x9e3779b9) >>> 0;
    let z = mixing;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let a = splitmix();
  let b = splitmix();
  let c = splitmix();
  let counter = 1;
  const next32 = (): number => {
    const sum = (((a + b) >>> 0) + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0;
    return sum;
  };
  for (let round = 0; round < 12; round++) next32();
  return {
    next: () => ((next32() >>> 5) * 67_108_864 + (next32() >>> 6)) / 9_007_199_254_740_992,
    fork: (purpose) => seededRandom(hash(purpose, seed)),
  };
}

/** FNV-1a over the text, started from the seed. */
function hash(text: string, seed: Seed): Seed {
  let h = (0x811c9dc5 ^ seed) >>> 0;
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 0x01000193) >>> 0;
  return h >>> 0;
}

/** Exponential with mean 1: the gap between arrivals of a Poisson process of rate 1. Never infinite. */
export function exponential(random: Random): number {
  return -Math.log(1 - random.next());
}

/** Standard normal, by Box and Muller's formula. */
export function normal(random: Random): number {
  const radius = Math.sqrt(2 * exponential(random));
  return radius * Math.cos(2 * Math.PI * random.next());
}

/** A random index, each in proportion to its weight. @throws RangeError unless the weights add up to more than 0. */
export function pickWeighted(random: Random, weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) throw new RangeError("weights add up to nothing");
  let left = random.next() * total;
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i] ?? 0;
    if (left < 0) return i;
  }
  return weights.length - 1;
}
