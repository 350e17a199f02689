// Exact fractions of safe integers: what the size formula gives before it is rounded.

export interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

/** numerator / denominator, reduced; the denominator (not 0) comes out positive. */
export function fraction(numerator: number, denominator = 1): Fraction {
  const sign = denominator < 0 ? -1 : 1;
  const divisor = gcd(numerator, denominator) * sign;
  return { numerator: numerator / divisor + 0, denominator: denominator / divisor };
}

/** The greatest common divisor, at least 1. */
export function gcd(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y) [x, y] = [y, x % y];
  return x || 1;
}

/** Every divisor of a positive integer, ascending. */
export function divisors(value: number): number[] {
  const small: number[] = [];
  const large: number[] = [];
  for (let d = 1; d * d <= value; d += 1) {
    if (value % d) continue;
    small.push(d);
    if (d * d !== value) large.unshift(value / d);
  }
  return [...small, ...large];
}
