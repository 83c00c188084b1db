/**
 * Student's t distribution for a whole number of degrees of freedom, by the finite sums of M. Abramowitz and
 * I. A. Stegun, "Handbook of Mathematical Functions", 26.7.3 and 26.7.4: exact but for rounding.
 */

/** P(T <= t). @param degrees of freedom, a whole number of 1 or more @throws RangeError for any other */
export function studentCdf(t: number, degrees: number): number {
  if (!Number.isSafeInteger(degrees) || degrees < 1) {
    throw new RangeError(`not degrees of freedom: ${degrees}`);
  }
  return (1 + Math.sign(t) * within(Math.abs(t), degrees)) / 2;
}

/** P(|T| <= t) for t >= 0. */
function within(t: number, degrees: number): number {
  const theta = Math.atan(t / Math.sqrt(degrees));
  const cosine = Math.cos(theta);
  const odd = degrees % 2 === 1;
  let sum = 0;
  let term = odd ? cosine : 1;
  for (let i = odd ? 1 : 0; i <= degrees - 2; i += 2) {
    sum += term;
    term *= ((i + 1) / (i + 2)) * cosine * cosine;
  }
  return odd ? (2 / Math.PI) * (theta + Math.sin(theta) * sum) : Math.sin(theta) * sum;
}

const known = new Map<string, number>();

/** The value that T stays at or below with this probability. @param probability 0.5 or more, below 1 @throws RangeError otherwise */
export function studentQuantile(probability: number, degrees: number): number {
  if (!(probability >= 0.5 && probability < 1)) {
    throw new RangeError(`not a probability from a half to below one: ${probability}`);
  }
  const key = `${probability} ${degrees}`;
  let quantile = known.get(key);
  if (quantile === undefined) {
    quantile = bisected(probability, degrees);
    known.set(key, quantile);
  }
  return quantile;
}

function bisected(probability: number, degrees: number): number {
  let high = 1;
  while (studentCdf(high, degrees) < probability) high *= 2;
  let low = 0;
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (studentCdf(middle, degrees) < probability) low = middle;
    else high = middle;
  }
  return high;
}
