// Which examples each step reads. A function of seed and step, not of a generator's state: the same for every optimizer,
// and the same after a reload.

import { type Batch, EXAMPLES } from "./line-fit.ts";

/** The batch of step `index`; every epoch reads each example once, in an order of its own. */
export function batchAt(size: number, seed: number, index: number): Batch {
  const perEpoch = Math.ceil(EXAMPLES.length / size);
  const order = shuffled(EXAMPLES.length, seed, Math.floor(index / perEpoch));
  const from = (index % perEpoch) * size;
  return order.slice(from, from + size);
}

function shuffled(count: number, seed: number, epoch: number): readonly number[] {
  const draw = generator(seed * 0x9e3779b1 + epoch * 0x85ebca6b + 1);
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Math.floor(draw() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

/** Numbers from 0 to 1 without 1: mulberry32 (Tommy Ettinger, public domain). */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
