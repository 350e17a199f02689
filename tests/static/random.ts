// A seeded source of choices for tests that hold for all inputs; the seed is in the test, so that a failure comes back.

export interface Random {
  /** A whole number between both, both included. */
  readonly whole: (least: number, most: number) => number;
  readonly one: <Kind>(of: readonly Kind[]) => Kind;
  readonly chance: (share: number) => boolean;
}

export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const whole = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    whole,
    one: (of) => {
      const chosen = of[whole(0, of.length - 1)];
      if (chosen === undefined) throw new Error("nothing to choose from");
      return chosen;
    },
    chance: (share) => next() < share,
  };
}
