// What the server says about a layer: everything the page does not work out by itself.

import type { Operation } from "./layer.ts";
import { formatQuery } from "./query.ts";

export interface Repair {
  readonly change: Readonly<Record<string, number | readonly number[]>>;
  readonly output: Readonly<Record<string, number>>;
}

export interface Factor {
  readonly name: string;
  readonly value: number;
}

export interface Description {
  readonly output: { readonly channels: number; readonly height: number; readonly width: number };
  readonly parameters: {
    readonly weight: number;
    readonly bias: number;
    readonly total: number;
    readonly factors: readonly Factor[];
  };
  readonly macs: number;
  readonly activation_bytes: number;
  readonly repairs: readonly Repair[];
  readonly pytorch: string;
  readonly checked_by_torch: boolean | null;
}

export interface FieldError {
  readonly field: string;
  readonly reason: string;
  readonly nearest: number | string | boolean | readonly number[] | null;
}

export interface Problem {
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly FieldError[];
}

export type Answer = { readonly description: Description } | { readonly problem: Problem };

/** Asks about a layer; rejects when the server cannot be reached or `signal` aborts. */
export async function ask(
  operation: Operation,
  pairs: Iterable<readonly [string, string | undefined]>,
  signal: AbortSignal,
): Promise<Answer> {
  const query = formatQuery([...pairs, ["lang", document.documentElement.lang]]);
  const answer = await fetch(`/api/v1/arithmetic/${operation}?${query}`, {
    signal,
    headers: { accept: "application/json, application/problem+json" },
  });
  if (answer.ok) return { description: await answer.json() };
  const problem: Partial<Problem> = await answer.json();
  return {
    problem: { title: problem.title ?? "", detail: problem.detail ?? "", errors: problem.errors ?? [] },
  };
}
