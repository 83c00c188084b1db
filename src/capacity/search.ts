import { studentQuantile } from "../measure/student.ts";

/** What one probe at one rate showed. */
export interface Probe<Why> {
  /** Why the rate is too high; `undefined`: it is not. */
  readonly beyond: Why | undefined;
}

/** Where a limit lies: the highest rate that was seen to pass, and the lowest that was seen not to. */
export interface Bracket<Why> {
  /** 0: not even the least rate passed. */
  readonly passed: number;
  /** `undefined`: even the highest rate passed, so that `passed` is a lower bound. */
  readonly failed: { readonly rate: number; readonly why: Why } | undefined;
  readonly probes: number;
}

export interface SearchRange {
  /** Where to begin. */
  readonly start: number;
  /** Growing steps go by this factor, more than 1. */
  readonly step: number;
  /** No rate below or above these is tried. */
  readonly least: number;
  readonly most: number;
  /** The bracket is narrowed until it is no wider than this part of itself. */
  readonly precision: number;
}

/**
 * Finds the rate at which a probe begins to fail: growing steps away from the start until it lies between two probes,
 * then bisection. A probe that passes at some rate is taken to pass at all lower ones; where chance breaks that, the
 * answer lies within the stretch in which it does.
 *
 * @param probe asked at each rate once
 */
export async function findLimit<Why>(
  probe: (rate: number) => Promise<Probe<Why>>,
  { start, step, least, most, precision }: SearchRange,
): Promise<Bracket<Why>> {
  let probes = 0;
  let passed = 0;
  let failed: { readonly rate: number; readonly why: Why } | undefined;
  const passes = async (rate: number): Promise<boolean> => {
    const { beyond } = await probe(rate);
    probes++;
    if (beyond === undefined) passed = rate;
    else failed = { rate, why: beyond };
    return beyond === undefined;
  };

  let rate = Math.min(Math.max(start, least), most);
  if (await passes(rate)) {
    while (rate < most) {
      rate = Math.min(rate * step, most);
      if (!(await passes(rate))) break;
    }
  } else {
    while (rate > least) {
      rate = Math.max(rate / step, least);
      if (await passes(rate)) break;
    }
  }
  while (failed !== undefined && passed > 0 && failed.rate / passed > 1 + precision) {
    await passes(Math.sqrt(failed.rate * passed));
  }
  return { passed, failed, probes };
}

/** A limit over several seeds. */
export interface Limit {
  readonly mean: number;
  /** Two-sided, at 95 %. */
  readonly low: number;
  readonly high: number;
  /** One for each seed. */
  readonly each: readonly number[];
  /** At least one seed passed at the highest rate tried: the true limit is higher. */
  readonly isLowerBound: boolean;
}

/**
 * The mean of the seeds' limits, with Student's interval at 95 %, widened by half a bracket on either side: where in its
 * bracket a limit lies is not known. `undefined` where no seed passed at any rate.
 *
 * @param brackets of two seeds or more, drawn independently @throws RangeError for fewer
 */
export function limitOf(brackets: readonly Bracket<unknown>[]): Limit | undefined {
  const n = brackets.length;
  if (n < 2) throw new RangeError("an interval needs two seeds or more");
  if (brackets.every(({ passed }) => passed === 0)) return undefined;
  const each = brackets.map(({ passed, failed }) =>
    failed && passed > 0 ? (passed + failed.rate) / 2 : passed,
  );
  const mean = each.reduce((sum, value) => sum + value, 0) / n;
  const variance = each.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const width = brackets.reduce(
    (sum, { passed, failed }) => sum + (failed && passed > 0 ? failed.rate - passed : 0),
    0,
  );
  const margin = studentQuantile(0.975, n - 1) * Math.sqrt(variance / n) + width / n / 2;
  return {
    mean,
    low: Math.max(0, mean - margin),
    high: mean + margin,
    each,
    isLowerBound: brackets.some(({ failed }) => failed === undefined),
  };
}
