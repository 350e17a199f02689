// Asks the server about the layer that is on the page now: after a rest, only the newest question, and again while PyTorch
// has not had its say.

import { type Answer, ask } from "./api.ts";
import type { Operation } from "./layer.ts";

const REST_MS = 100;
const CHECK_AGAIN_MS = 400;
const MOST_CHECKS = 8;

type Pairs = readonly (readonly [string, string | undefined])[];

/** An answer, or undefined as soon as a question makes the last one stale. */
export type Heard = Answer | undefined;

/** Makes the asker of a page; `tell` hears every answer. The first question is not asked where its answer is `known`. */
export function inquiry(
  tell: (answer: Heard) => void,
  known?: Answer,
): (operation: Operation, pairs: Pairs) => void {
  let asked = "";
  let asking = new AbortController();

  async function inquire(
    operation: Operation,
    pairs: Pairs,
    signal: AbortSignal,
    check: number,
  ): Promise<void> {
    if (signal.aborted) return;
    const answer = await ask(operation, pairs, signal).catch(() => undefined); // no server: the page's own numbers stay
    if (signal.aborted || !answer) return;
    tell(answer);
    if (isOpen(answer) && check < MOST_CHECKS) {
      setTimeout(() => void inquire(operation, pairs, signal, check + 1), CHECK_AGAIN_MS);
    }
  }

  return (operation, pairs) => {
    const question = JSON.stringify([operation, pairs]);
    if (question === asked) return;
    const isFirst = asked === "";
    asked = question;
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    tell(isFirst ? known : undefined);
    if (isFirst && known) return;
    setTimeout(() => void inquire(operation, pairs, signal, 1), REST_MS);
  };
}

function isOpen(answer: Answer): boolean {
  return "description" in answer && answer.description.checked_by_torch === null;
}
