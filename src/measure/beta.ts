/**
 * The binomial distribution, to about 13 digits for any count that a run can reach.
 * The tail is the regularised incomplete beta function, by its continued fraction (NIST DLMF 8.17.22) evaluated
 * with Lentz's method; the factor before it is a binomial probability by C. Loader, "Fast and Accurate
 * Computation of Binomial Probabilities" (2000), since differences of log-gammas lose five digits at 10^9.
 */
const TINY = 1e-300;
const PRECISION = 1e-15;
/** The fraction needs about sqrt(max(a, b)) steps: 65 000 at 4 x 10^9. */
const STEPS_MAX = 1_000_000;
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** P(B <= k) for B binomial of `n` trials with probability `p`. @throws RangeError unless n is a count and 0 <= p <= 1 */
export function binomialCdf(k: number, n: number, p: number): number {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`not a count: ${n}`);
  if (!(p >= 0 && p <= 1)) throw new RangeError(`not a probability: ${p}`);
  if (k < 0) return 0;
  if (k >= n || p === 0) return 1;
  if (p === 1) return 0;
  return regularisedBeta(1 - p, p, n - k, k + 1);
}

/** I_x(a, b) for whole a, b >= 1, with y = 1 - x given apart so that a small one keeps its digits. */
function regularisedBeta(x: number, y: number, a: number, b: number): number {
  // On this side of the mean the fraction converges fast.
  return x < (a + 1) / (a + b + 2) ? lowerTail(x, y, a, b) : 1 - lowerTail(y, x, b, a);
}

function lowerTail(x: number, y: number, a: number, b: number): number {
  // x^a y^b / (a B(a, b)), written as a binomial probability
  const factor = (binomialProbability(a, a + b, x, y) * b) / (a + b);
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= STEPS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) return Math.min(1, factor * fraction);
  }
  throw new RangeError(`incomplete beta did not converge: x ${x}, a ${a}, b ${b}`);
}

/** P(B = k), 0 < k < n, by Loader's saddle-point expansion. */
function binomialProbability(k: number, n: number, p: number, q: number): number {
  const exponent =
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(n - k) -
    deviance(k, n * p) -
    deviance(n - k, n * q);
  return Math.sqrt(n / (2 * Math.PI * k * (n - k))) * Math.exp(exponent);
}

/** ln n! minus Stirling's formula for it. */
function stirlingError(n: number): number {
  if (n <= 15) {
    let logFactorial = 0;
    for (let i = 2; i <= n; i++) logFactorial += Math.log(i);
    return logFactorial - (n + 0.5) * Math.log(n) + n - HALF_LOG_TWO_PI;
  }
  const s = 1 / (n * n);
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - s / 1188) * s) * s) * s) / n;
}

/** x ln(x / mean) + mean - x, without cancellation where the two are close. */
function deviance(x: number, mean: number): number {
  const difference = x - mean;
  if (Math.abs(difference) >= 0.1 * (x + mean)) return x * Math.log(x / mean) - difference;
  const v = difference / (x + mean);
  let sum = difference * v;
  let term = 2 * x * v;
  for (let j = 1; ; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) return sum;
    sum = next;
  }
}

function nonZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}
