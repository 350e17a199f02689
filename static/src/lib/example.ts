// The numbers on the stage before anyone edits them: whole, small, the same on every visit and for every size, so that
// growing the input never changes what was there. app/arithmetic/example.py says the same; tests/cases/browser.json
// holds both to it.

/** Input: soft hills of 0…4, different in every channel. */
export function exampleInput(channel: number, row: number, column: number): number {
  const hill = wave(3 * row + column + 5 * channel, 20) + wave(3 * column - row + 7 * channel, 14);
  return Math.floor((hill * 5) / 18);
}

/** Kernel: Prewitt's edges, turned by an eighth from filter to filter and from channel to channel: −1, 0 or 1.
 * A kernel of one cell has 1, −1, 2 or −2. */
export function exampleWeight(
  filter: number,
  channel: number,
  row: number,
  column: number,
  rows: number,
  columns: number,
): number {
  const turn = (filter + channel) % 4;
  const sign = filter % 8 < 4 ? 1 : -1;
  if (rows * columns === 1) return sign * ([1, -1, 2, -2][turn] ?? 1);
  const right = columns === 1 ? 1 : 2 * column - (columns - 1);
  const down = rows === 1 ? 1 : 2 * row - (rows - 1);
  return sign * Math.sign([-right, -down, -right - down, down - right][turn] ?? 0) + 0;
}

/** Bias: 1, 0, −1 and again. */
export function exampleBias(filter: number): number {
  return 1 - (filter % 3);
}

/** A triangle of the given even period: 0 at its multiples, half the period between them. */
function wave(at: number, period: number): number {
  const inside = ((at % period) + period) % period;
  return Math.min(inside, period - inside);
}
